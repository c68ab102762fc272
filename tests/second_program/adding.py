"""What was observed, added up by day, week, month, quarter, year and the office's season."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

DAY = timedelta(days=1)
SEASON = "july_august"

Figure = tuple[str, str, str, str, date]
"""Indicator, site, dimension, kind of period, its first day."""
Figures = dict[Figure, Fraction]


class Seen(NamedTuple):
    """A number that a raw file gives for a day, or for the month or year that begins on it."""

    indicator: str
    site: str
    dimension: str
    first: date
    value: Decimal | int
    of: str = "day"


def periods(first: date, of: str = "day") -> Iterator[tuple[str, date]]:
    """The periods that hold a day, a month or a year that begins on that day."""
    if of == "day":
        yield "day", first
        yield "week", first - first.weekday() * DAY
    if of in ("day", "month"):
        yield "month", first.replace(day=1)
        yield "quarter", date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
        if first.month in (7, 8):
            yield SEASON, date(first.year, 7, 1)
    yield "year", date(first.year, 1, 1)


def sums(seen: Iterable[Seen]) -> Figures:
    """Numbers added up over each period."""
    first: dict[tuple[str, str, str, date, str], Decimal] = defaultdict(Decimal)
    for one in seen:
        first[one.indicator, one.site, one.dimension, one.first, one.of] += one.value
    found: dict[Figure, Decimal] = defaultdict(Decimal)
    for (indicator, site, dimension, start_of, of), value in first.items():
        for kind, start in periods(start_of, of):
            found[indicator, site, dimension, kind, start] += value
    return {figure: Fraction(value) for figure, value in found.items()}


def levels(seen: Iterable[Seen]) -> Figures:
    """The last number of each period."""
    found: Figures = {}
    for one in sorted(seen, key=lambda one: one.first):
        for kind, start in periods(one.first, one.of):
            found[one.indicator, one.site, one.dimension, kind, start] = Fraction(one.value)
    return found


def distinct(indicator: str, things: Iterable[tuple[date, str]]) -> Figures:
    """How many different things each period has, for the whole office."""
    found: dict[Figure, set[str]] = defaultdict(set)
    for at, thing in things:
        for kind, start in periods(at):
            found[indicator, "all", "", kind, start].add(thing)
    return {figure: Fraction(len(named)) for figure, named in found.items()}


def ratios(figures: Figures, name: str, of: str, by: str, factor: int = 1, fewest: int = 0) -> Figures:
    """One sum divided by another, period by period."""
    found: Figures = {}
    for figure, whole in figures.items():
        indicator, *rest = figure
        if indicator == by and whole > 0 and whole >= fewest and (of, *rest) in figures:
            found[(name, *rest)] = factor * figures[(of, *rest)] / whole  # type: ignore[index]
    return found


def shares(figures: Figures, name: str, of: str) -> Figures:
    """Each dimension's part of all dimensions, in percent."""
    whole: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
    for (indicator, site, _, kind, start), value in figures.items():
        if indicator == of:
            whole[site, kind, start] += value
    return {
        (name, site, dimension, kind, start): 100 * value / whole[site, kind, start]
        for (indicator, site, dimension, kind, start), value in figures.items()
        if indicator == of and whole[site, kind, start]
    }


def peaks(figures: Figures, name: str, of: str, unit: str) -> Figures:
    """The hour (a dimension), weekday (1 Monday to 7) or month that holds most; of equals the first."""
    held: dict[Figure, dict[int, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for (indicator, site, dimension, kind, start), value in figures.items():
        if indicator != of:
            continue
        if unit == "hour":
            held[name, site, "", kind, start][int(dimension)] += value
        elif unit == "weekday" and kind == "day":
            for other, first in periods(start):
                if other != "day":
                    held[name, site, dimension, other, first][start.isoweekday()] += value
        elif unit == "month" and kind == "month":
            for other, first in periods(start, "month"):
                if other != "month":
                    held[name, site, dimension, other, first][start.month] += value
    return {
        figure: Fraction(min(places, key=lambda place: (-places[place], place)))
        for figure, places in held.items()
        if max(places.values()) > 0
    }


def month_ends(first: date, last: date) -> Iterator[date]:
    """The last days of the months between two days, and the last of these days."""
    at = first
    while at < last:
        at = date(at.year, at.month, monthrange(at.year, at.month)[1])
        if at < last:
            yield at
        at += DAY
    yield last
