"""Hours of an opening period by day of the week: Apidae's `horaires`, which since June 2025 say it all.

`ouverture.periodesOuvertures[].horaires[]` holds kinds of hours (opening, guided tour, breakfast), each with
`timePeriods[]`: days (`MON` to `SUN`, `HOL` for public holidays), whether they are `closed`, and time frames.
Where it is given, the period's `type`, `ouverturesJournalieres`, `horaireOuverture` and `horaireFermeture`
are out of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sources.tourism_information.values import Node

WEEKDAYS = {"MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6, "SUN": 7}
PUBLIC_HOLIDAY, OUTSIDE_THE_RULE = 8, 0
DAYS = {**WEEKDAYS, "HOL": PUBLIC_HOLIDAY}
OPENING, GUIDED_TOUR = 7457, 7460
# What we know of each level; another key is told.
KEYS = {
    "horaires": {"id", "type", "timePeriods"},
    "timePeriods": {"closed", "weekdays", "timeFrames"},
    "timeFrames": {"startTime", "endTime", "recurrence"},
}

Row = dict[str, Any]


@dataclass
class WeeklyHours:
    """Time frames by day (1 Monday to 7 Sunday, 8 a public holiday), and what could not be read."""

    open: dict[int, set[tuple[str, str, str]]] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    left_out: set[tuple[str, str]] = field(default_factory=set)

    def is_open(self, day: int) -> bool:
        """True on days that are named open and not closed; when none is named, on all that are not closed."""
        named = day in self.open if self.open else day != PUBLIC_HOLIDAY
        return named and day not in self.closed

    @property
    def weekdays(self) -> str:
        """Open weekdays as seven digits from Monday, 1 for open."""
        return "".join(str(int(self.is_open(day))) for day in WEEKDAYS.values())

    def rows(self) -> Iterator[Row]:
        """One row a weekday, one for public holidays when they have a rule of their own.

        One more, weekday 0, tells the hours of a day that is opened outside the rule: those of all open days,
        when these are the same.
        """
        days = list(WEEKDAYS.values())
        if PUBLIC_HOLIDAY in self.open or PUBLIC_HOLIDAY in self.closed:
            days.append(PUBLIC_HOLIDAY)
        for day in days:
            frames = self.open.get(day, set()) if self.is_open(day) else set()
            yield {"weekday": day, "is_open": self.is_open(day), **_hours(frames)}
        usual = {frozenset(self.open.get(day, set())) for day in days if self.is_open(day)}
        if len(usual) == 1:
            yield {"weekday": OUTSIDE_THE_RULE, "is_open": True, **_hours(set(usual.pop()))}


def weekly_hours(period: Node) -> WeeklyHours | None:
    """What `horaires` say of a period; None when they say nothing. Raises FaultError.

    Its opening hours count; where a period has none, all other kinds together (the tours of a sight that is
    only seen with a guide).
    """
    given = [one for one in period.at("horaires").items() if not one.at("timePeriods").is_absent]
    if not given:
        return None
    found = WeeklyHours()
    opening = [one for one in given if one.at("type", "id").whole() == OPENING]
    for kind in given:
        _tell_keys(found, kind, "horaires")
        number = kind.at("type", "id").whole()
        if number not in (None, OPENING, GUIDED_TOUR):
            found.left_out.add(("horaires.type", str(number)))
    for kind in opening or given:
        for one in kind.at("timePeriods").items():
            _read(one, found)
    return found


def _read(time_period: Node, found: WeeklyHours) -> None:
    _tell_keys(found, time_period, "timePeriods")
    names = [name for one in time_period.at("weekdays").items() if (name := one.text())]
    days = {DAYS[name] for name in names if name in DAYS}
    found.left_out |= {("horaires.timePeriods.weekdays", name) for name in names if name not in DAYS}
    if time_period.at("closed").flag():
        if not names:
            found.left_out.add(("horaires.timePeriods", "closed, weekdays –"))
        found.closed |= days
        return
    frames = set()
    for frame in time_period.at("timeFrames").items():
        _tell_keys(found, frame, "timeFrames")
        start, end, every = (frame.at(name).clock() for name in ("startTime", "endTime", "recurrence"))
        frames.add((start or "", end or "", every or ""))
    for day in days if names else WEEKDAYS.values():
        found.open.setdefault(day, set()).update(frames)


def _tell_keys(found: WeeklyHours, node: Node, level: str) -> None:
    if isinstance(node.value, dict):
        found.left_out |= {(level, key) for key in node.value if key not in KEYS[level]}


def _hours(frames: set[tuple[str, str, str]]) -> Row:
    """First opening, last closing, all time frames as `10:00-12:00 14:00-18:00` (`/00:30` if they recur)."""
    ordered = sorted(frames)
    said = [f"{start}-{end}" + (f"/{every}" if every else "") for start, end, every in ordered]
    return {
        "opens_at": (ordered[0][0] or None) if ordered else None,
        "closes_at": (ordered[-1][1] or None) if ordered else None,
        "hours": " ".join(said) or None,
    }
