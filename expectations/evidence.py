"""What an incident is believed on: when, what, how much and how surely, in words and numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.lists import format_list

from expectations.episodes import Episode
from expectations.rules import rules
from warehouse.messages import catalogue, day, moment, number, say
from warehouse.shapes import typed

NAMES_OF_FILES = ("file", "last_file")


def evidence(episode: Episode, language: str, zone: ZoneInfo, name_of: Callable[[str], str] = str) -> str:
    """The evidence of an episode's current finding, as it was known, in the office's language and time.

    `name_of` gives what people call a subject: a list among the values is one of subjects.
    """
    finding = episode.current
    told = finding.told(episode.at)
    values = {
        name: format_list([name_of(one) for one in value], locale=language)
        if isinstance(value, list)
        else told_in_words(name, value, language, zone)
        for name, value in told.values.items()
    }
    what = rules()[finding.rule].faults[finding.fault].evidence.say(language, **values)
    span = {"onset": told_in_words("onset_at", finding.onset_at, language, zone)}
    if (ended_at := finding.end(episode.at)) is not None:
        span["end"] = told_in_words("ended_at", ended_at, language, zone)
    said = [say("evidence.between" if "end" in span else "evidence.since", language, what=what, **span)]
    if told.values.get("rarity") is not None:
        said.append(say("evidence.rarity", language, rarity=values["rarity"]))
    return " ".join(said)


def told_in_words(name: str, value: Any, language: str, zone: ZoneInfo) -> str:
    """A value as people read it; a text is a word of the catalogue (`value.<name>.<value>`) or as it is."""
    if value is None:
        return "?"
    if isinstance(value, datetime):
        return moment(value.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None), language)
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, Decimal):
        return number(float(value), language, 2)
    if isinstance(value, int | float):
        return number(value, language)
    word = f"value.{name}.{value}"
    if word in catalogue():
        return say(word, language)
    return typed(value) if name in NAMES_OF_FILES else str(value)
