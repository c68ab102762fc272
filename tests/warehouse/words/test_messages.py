"""The catalogue: numbers and the words that go with them, in the form of each language."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from expectations.incidents.rules import rules
from warehouse.words.messages import LANGUAGES, catalogue, day, fill, moment, say

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
        ("fr", "1\u202f024", "1\u202f024 lignes sont lues"),
        ("fr", "1,9", "1,9 ligne est lue"),
        ("fr", "−1,0", "−1,0 ligne est lue"),
        ("fr", "+2,0", "+2,0 lignes sont lues"),
        ("fr", "—", "— lignes sont lues"),
        ("en", "1.0", "1.0 lignes sont lues"),
        ("en", "−1", "−1 ligne est lue"),
        ("en", 0, "0 lignes sont lues"),
        ("en", 1, "1 ligne est lue"),
    ],
)
def test_the_word_beside_a_number_goes_with_it(language: str, count: object, said: str) -> None:
    text = "{count} {count:ligne est lue|lignes sont lues}"
    assert fill(text, language, {"count": count}) == said


def test_the_first_of_a_month_is_written_as_people_write_it() -> None:
    assert day(date(2026, 1, 1)) == "1er janvier 2026"
    assert moment(datetime(2026, 1, 1, 2, 30, tzinfo=UTC)) == "1er janvier 2026 à 02:30"
    assert [day(date(2026, 1, n)) for n in (11, 21)] == ["11 janvier 2026", "21 janvier 2026"]
    assert day(date(2026, 1, 1), "en") == "1 January 2026"


def test_days_are_put_into_words_in_one_place() -> None:
    """A pattern of babel's with a day in it, anywhere else, would write the first of a month wrongly."""
    root = Path(__file__).parents[3]
    rooms = ("flows", "sources", "transforms", "expectations", "reports", "warehouse")
    written = {
        path.relative_to(root).as_posix()
        for room in rooms
        for path in (root / room).rglob("*.py")
        if re.search(r"format_date(?:time)?\([^)]*\bd+\b", path.read_text(encoding="utf-8"))
    }
    assert written == {"warehouse/words/messages.py"}


def test_a_period_of_one_day_is_one_day() -> None:
    assert say("register.days", "en", days=1) == "1 day"
    assert say("register.days", "en", days=30) == "30 days"


def test_no_french_word_right_after_a_value_stays_plural() -> None:
    """French has no verbs in -s there, so that this holds for every placeholder."""
    always_several = {"tries", "minutes"}  # constants of ours
    fixed = re.compile(r"\{(\w+)\} (?!fois\b)[^\W\d_]{3,}[sx]\b")
    found = {place: set(fixed.findall(text)) - always_several for place, text in every_text("fr").items()}
    assert {place: names for place, names in found.items() if names} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_noun_beside_a_number_stays_plural_beside_one(language: str) -> None:
    texts = every_text(language)
    numbers = {name for text in texts.values() for name in PLURAL.findall(text)}
    fixed = re.compile(
        rf"\{{(?:{'|'.join(sorted(numbers))})\}} (?:autres |more |open |working )?(?!fois)[^\W\d_]{{3,}}s\b"
    )
    assert [place for place, text in texts.items() if "(s)" in text] == []
    assert {place: fixed.findall(text) for place, text in texts.items() if fixed.search(text)} == {}


@pytest.mark.parametrize("key", sorted(key for key in catalogue() if key.startswith("unit.")))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_unit_that_is_a_noun_has_a_singular(key: str, language: str) -> None:
    """But for weekdays and months, which are named and not counted."""
    text = catalogue()[key][language]
    assert PLURAL.search(text) or not re.search("[a-z]{3}", text) or key in ("unit.weekday", "unit.month")
