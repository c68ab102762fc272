"""Why an incident is reported: since when, what and how much, in words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.lists import format_list

from expectations.incidents.episodes import Episode
from expectations.incidents.rules import rules
from warehouse.words.messages import catalogue, day, moment, number, say, unended
from warehouse.words.shapes import typed

NAMES_OF_FILES = ("file", "last_file", "returned_file")
LEAST_A_DAY = 5  # expected, below which rounded counts a day would say little
RATIOS = {"half": (0.4, 0.6), "double": (1.75, 2.3)}  # that are about that
THINGS = {"kiosk": "payments"}


def evidence(episode: Episode, language: str, zone: ZoneInfo, name_of: Callable[[str], str] = str) -> str:
    """The evidence of an episode's current finding, as it was known, in the office's language and time.

    Beside the columns of the rule's query a text may name `{counts}`, so many a day instead of so many, and
    `{ratio}`, what that makes in a word; they follow from the same numbers. `{handed_back}` is where the
    marked copy of a file lies, empty when there is none. `name_of` gives what people call a subject: a list
    among the values is one of words of the catalogue (`value.<name>.<value>`) or of subjects.
    """
    finding = episode.current
    state = finding.state(episode.at)
    values = {
        name: format_list([_named(name, one, language, name_of) for one in value], locale=language)
        if isinstance(value, list)
        else as_people_read(name, value, language, zone)
        for name, value in state.values.items()
    }
    if "reason" in values:  # of a refused file, a sentence; of a row, a part of one
        values["reason"] = unended(values["reason"])
    if state.values.get("days") is not None and "expected" in state.values:
        values["counts"], values["ratio"] = counts(
            _thing(finding.subject, state.values), state.values, language
        )
    if "returned_file" in state.values:
        is_there = state.values["returned_file"] is not None
        values["handed_back"] = say("evidence.handed_back", language, **values) if is_there else ""
    what = rules()[finding.rule].faults[finding.fault].evidence.say(language, **values)
    span = {"onset": when(finding.rule, finding.onset_at, language, zone)}
    if (ended_at := finding.end(episode.at)) is not None:
        span["end"] = when(finding.rule, ended_at, language, zone)
    return say("evidence.between" if "end" in span else "evidence.since", language, what=what, **span)


def counts(thing: str, known: Mapping[str, Any], language: str) -> tuple[str, str]:
    """What was counted of a thing beside what was expected, and their ratio in a word, empty when none fits.

    A usual open day is the measure once one is over and holds some passages, else all so far. Of `known` it
    takes `counted`, `expected`, `hours` and `days` (open ones so far).
    """
    counted, expected, hours = (float(known[name] or 0) for name in ("counted", "expected", "hours"))
    days = float(known["days"])
    by_day = days >= 1 and expected / days >= LEAST_A_DAY
    if by_day:
        counted, expected = counted / days, expected / days
    size = "none" if not counted else "few" if counted < 1 else "some"
    printed = (round(counted), round(expected))
    said = say(
        "counts.so_far" if not by_day else "counts.none_by_day" if size == "none" else "counts.by_day",
        language,
        things=say(f"thing.{thing}.{size}", language, count=number(printed[0], language)),
        expected=number(printed[1], language),
        hours=number(max(1, round(hours)), language),
    )
    # What is printed decides of the word beside it.
    share = printed[0] / printed[1] if size == "some" and printed[1] else 0.0
    word = next((name for name, (least, most) in RATIOS.items() if least <= share <= most), None)
    return said, say(f"ratio.{word}", language) if word else ""


def when(rule: str, at: datetime, language: str, zone: ZoneInfo) -> str:
    """An instant (naive UTC) of a fault of a rule as people read it; its day where no hour is known."""
    local = at.replace(tzinfo=UTC).astimezone(zone)
    return day(local, language) if rules()[rule].is_by_day else moment(local, language)


def _named(name: str, value: str, language: str, name_of: Callable[[str], str]) -> str:
    word = f"value.{name}.{value}"
    return say(word, language) if word in catalogue() else name_of(value)


def _thing(subject: str, known: Mapping[str, Any]) -> str:
    """What is counted: entries or exits of one direction, payments of a kiosk, else passages."""
    kind = subject.partition(":")[0]
    return {"in": "entries", "out": "exits"}.get(known.get("direction") or "", THINGS.get(kind, "passages"))


def as_people_read(name: str, value: Any, language: str, zone: ZoneInfo) -> str:
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
