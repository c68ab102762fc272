"""The one catalogue of the words that people of the office read, in their language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from warehouse.words.marks import typed
from warehouse.yaml_file import read_yaml

# One file a room, by who says most of what begins with a key's first part.
CATALOGUE = tuple(sorted(Path(__file__).parent.glob("*.yml")))
LANGUAGES = ("fr", "en")
# Messages that are kept, published and sent, and what stands in them as a file or a person wrote it.
KEPT = ("refused.", "notice.", "quarantine.", "check.", "reader.", "upstream.", "failure.")
TYPED = frozenset(("file", "sheet", "nearest", "path", "value", "detail"))


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All messages: key to language to text with placeholders (`fill`)."""
    texts: dict[str, dict[str, str]] = {}
    for path in CATALOGUE:
        texts |= read_yaml(path)
    return texts


def say(key: str, language: str = "fr", /, **values: object) -> str:
    """The message `key` in `language`, its placeholders filled. An unknown key raises KeyError.

    In messages that are kept, what somebody else wrote is marked (`warehouse.words.shapes`).
    """
    if key.startswith(KEPT):
        values |= {name: typed(values[name]) for name in TYPED & values.keys()}
    return fill(catalogue()[key][language], language, values)


def fill(text: str, language: str, values: Mapping[str, object]) -> str:
    """A text of the language with its placeholders filled.

    `{count}` is the value, `{count:file was read|files were read}` what is said of one and of several.
    """
    return FILLERS[language].vformat(text, (), values)


class Filler(Formatter):
    """Fills placeholders in a language; a format `one|several` says the word that goes with a number."""

    def __init__(self, language: str) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """The value, or the word that goes with it."""
        one, divides, several = format_spec.partition("|")
        if not divides:
            return str(super().format_field(value, format_spec))
        return one if is_singular(value, self._language) else several


def is_singular(value: object, language: str) -> bool:
    """Whether what is counted by a number, as it is written, is one: `1,5 point` in French, `1.5 points`.

    French has the singular below 2, whatever the sign; English for 1 alone.
    """
    written = re.sub(r"\s", "", str(value)).replace("\u2212", "-").lstrip("+-")
    if language == "en":
        return written == "1"
    try:
        return Decimal(written.replace(",", ".")) < BELOW
    except InvalidOperation:
        return False


BELOW = 2  # the first number that French has the plural for
FILLERS = {language: Filler(language) for language in LANGUAGES}


def unit(code: str, language: str, count: object = BELOW) -> str:
    """The word of a unit behind a number as it is written; that of several on an axis or over a column."""
    return say(f"unit.{code}", language, count=count)


MOMENT = {"fr": "d MMMM y 'à' HH:mm", "en": "d MMMM y, HH:mm"}
COLON, SEMICOLON = {"fr": " : ", "en": ": "}, {"fr": " ; ", "en": "; "}


def titled(title: object, text: object, language: str) -> str:
    """A text below its title, on one line: `title: text`, with the language's space before the colon."""
    return f"{title}{COLON[language]}{text}"


def unended(sentence: str) -> str:
    """A sentence as a part of another one, which has its own full stop; an ellipsis stays."""
    return sentence.rstrip() if sentence.rstrip().endswith("..") else sentence.rstrip().removesuffix(".")


def listed(messages: Iterable[str], language: str) -> str:
    """Several messages on one line, with the language's semicolon between them; empty ones are left out."""
    return SEMICOLON[language].join(message for message in messages if message)


def number(value: float, language: str = "fr", decimals: int = 0) -> str:
    """A number as the language writes it: 25 646 or 25,646; what rounds to 0 has no sign."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    said = format_decimal(abs(value), format=pattern, locale=language)
    return f"−{said}" if value < 0 and said.strip("0.,") else said


def day(value: object, language: str = "fr") -> str:
    """A date in full: 15 mai 2025, 1er mai 2025, 15 May 2025."""
    return _first(format_date(value, format="d MMMM y", locale=language), language)  # type: ignore[arg-type]


def moment(value: object, language: str = "fr") -> str:
    """An instant, already in local time: 15 mai 2025 à 11:00."""
    said = format_datetime(value, format=MOMENT[language], locale=language)  # type: ignore[arg-type]
    return _first(said, language)


def _first(said: str, language: str) -> str:
    """A date as people write it: French counts the first day of a month, and no other one."""
    return f"1er {said[2:]}" if language == "fr" and said.startswith("1 ") else said
