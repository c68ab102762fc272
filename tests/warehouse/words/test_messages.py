"""The catalogue: numbers and the words that go with them, in the form of each language."""

from __future__ import annotations

import re

import pytest

from expectations.incidents.rules import rules
from warehouse.words.messages import LANGUAGES, catalogue, fill, say

PLURAL = re.compile(r"\{(\w+):[^{}|]*\|[^{}]*\}")


def every_text(language: str) -> dict[str, str]:
    """All texts that people of the office read, by where they stand."""
    texts = {key: words[language] for key, words in catalogue().items()}
    for name, rule in rules().items():
        for fault, declared in rule.faults.items():
            texts[f"{name}.{fault}"] = getattr(declared.evidence, language)
    return texts


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("fr", 0, "0 ligne est lue"),
        ("fr", "1", "1 ligne est lue"),
        ("fr", "1 024", "1 024 lignes sont lues"),
        ("en", 0, "0 lignes sont lues"),
        ("en", 1, "1 ligne est lue"),
    ],
)
def test_the_word_beside_a_number_goes_with_it(language: str, count: object, said: str) -> None:
    text = "{count} {count:ligne est lue|lignes sont lues}"
    assert fill(text, language, {"count": count}) == said


def test_a_period_of_one_day_is_one_day() -> None:
    assert say("register.days", "en", days=1) == "1 day"
    assert say("register.days", "en", days=30) == "30 days"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_noun_beside_a_number_stays_plural_beside_one(language: str) -> None:
    texts = every_text(language)
    numbers = {name for text in texts.values() for name in PLURAL.findall(text)}
    fixed = re.compile(
        rf"\{{(?:{'|'.join(sorted(numbers))})\}} (?:autres |more |open |working )?(?!fois)[^\W\d_]{{3,}}s\b"
    )
    assert [place for place, text in texts.items() if "(s)" in text] == []
    assert {place: fixed.findall(text) for place, text in texts.items() if fixed.search(text)} == {}
