"""Faults of a people counter, put into a healthy door: pure functions Door -> (Door, Fault).

Every function takes the door, the instant at which the fault begins (naive UTC, the start of a slot), its
length in days and a generator. Desk and neighbour live on; total = entries + exits stays true, as thinning
is binomial on both directions. Taxonomy: counters.md, 5c.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import numpy as np

from bench.counters.doors import Door, Generator
from warehouse.counted.series import Floats, Instants, Series

FORTNIGHT = 14
HISTORY_DAYS = 3 * 365
LASTING = 60
DRIFTING = 82
SEASON = frozenset(range(4, 11))
Start = Literal["open_hour", "eve", "closure"]
Season = Literal["season", "low_season"]


@dataclass(frozen=True)
class Fault:
    """What was injected: instants are naive UTC, `end` None when it outlasts the series.

    `names` are the names that are right for it: some faults look the same in the counts. `alive` are the
    stretches meanwhile, [begin, end], in which the counter counted as it should.
    """

    name: str
    start: datetime
    end: datetime | None
    parameters: dict[str, float | str]
    names: frozenset[str]
    alive: tuple[tuple[datetime, datetime], ...] = ()


Inject = Callable[[Door, datetime, int, Generator], tuple[Door, Fault]]


def no_data(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """No rows at all."""
    span = span_of(door, start, days)
    return with_counts(door, span, np.nan, np.nan), described("no_data", door, start, days)


def zeros(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Rows that say 0."""
    return _silenced(door, start, days), described("zeros", door, start, days)


def frozen_index(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """A cumulative index that stands still: its differences are 0, so the counts look like zeros."""
    return _silenced(door, start, days), described("frozen_index", door, start, days, also=["zeros"])


def missing_as_zero(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """An export that writes missing days as 0."""
    return _silenced(door, start, days), described("missing_as_zero", door, start, days, also=["zeros"])


def stuck(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """The last positive count of each direction, repeated every hour around the clock.

    Raises ValueError when a direction has never counted before.
    """
    span = span_of(door, start, days)
    entries, exits = (_last_positive(series, span.start) for series in (door.entries, door.exits))
    return with_counts(door, span, entries, exits), described(
        "stuck", door, start, days, value=entries + exits
    )


def one_direction_dead(
    door: Door, start: datetime, days: int, random: Generator, direction: Literal["in", "out"]
) -> tuple[Door, Fault]:
    """Entries or exits are 0, the total is the other direction alone."""
    span = span_of(door, start, days)
    entries, exits = door.entries.count[span], door.exits.count[span]
    dead = zeroed(entries if direction == "in" else exits)
    faulty = (
        with_counts(door, span, dead, exits) if direction == "in" else with_counts(door, span, entries, dead)
    )
    return faulty, described("one_direction_dead", door, start, days, direction=direction)


def half(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Every passage is missed with a chance of one half."""
    return rescaled(door, start, days, 0.5, random), described("half", door, start, days)


def doubled(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Every count is written twice: exactly times 2."""
    span = span_of(door, start, days)
    faulty = with_counts(door, span, 2 * door.entries.count[span], 2 * door.exits.count[span])
    return faulty, described("doubled", door, start, days)


def drift(door: Door, start: datetime, days: int, random: Generator, per_day: float) -> tuple[Door, Fault]:
    """The share of the passages that is counted falls by `per_day` (0.01 = 1 %) every day, compounded."""
    span = span_of(door, start, days)
    elapsed = (door.total.start[span] - _instant(start)) / np.timedelta64(1, "D")
    share = (1 - per_day) ** elapsed
    entries, exits = (thinned(series.count[span], share, random) for series in (door.entries, door.exits))
    return with_counts(door, span, entries, exits), described("drift", door, start, days, per_day=per_day)


def step(door: Door, start: datetime, days: int, random: Generator, factor: float) -> tuple[Door, Fault]:
    """Another level, as after a repair: thinned below 1, Poisson counts added above."""
    return rescaled(door, start, days, factor, random), described("step", door, start, days, factor=factor)


def swapped(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Entries are counted as exits and exits as entries."""
    span = span_of(door, start, days)
    faulty = with_counts(door, span, door.exits.count[span], door.entries.count[span])
    return faulty, described("swapped", door, start, days)


def duplicate_delivery(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """The days of the last fortnight are delivered again as the present ones.

    Raises ValueError when it lasts more than a fortnight or the door has no fortnight before it.
    """
    span = span_of(door, start, days)
    past = slice(span.start - FORTNIGHT * 24, span.stop - FORTNIGHT * 24)
    if days > FORTNIGHT or past.start < 0:
        raise ValueError("a delivery repeats at most the fortnight before it")
    faulty = with_counts(door, span, door.entries.count[past], door.exits.count[past])
    return faulty, described("duplicate_delivery", door, start, days)


def clock_shift(door: Door, start: datetime, days: int, random: Generator, hours: int) -> tuple[Door, Fault]:
    """The device's clock jumps `hours` ahead: counts are written that much later, the hours skipped as 0."""
    span = span_of(door, start, days)

    def shifted(counts: Floats) -> Floats:
        late: Floats = np.concatenate([np.zeros(hours), counts[span]])[: span.stop - span.start]
        return late

    faulty = with_counts(door, span, shifted(door.entries.count), shifted(door.exits.count))
    return faulty, described("clock_shift", door, start, days, hours=float(hours))


def late(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Rows that come late, as seen on the day before they come; afterwards the door is the healthy one."""
    span = span_of(door, start, days)
    missing = with_counts(door, span, np.nan, np.nan)
    last = int(door.total.day[span.stop - 1])
    return missing.window(door.days[0], last), described("late", door, start, days, also=["no_data"])


def back_filled(door: Door, start: datetime, days: int, as_of: datetime) -> Door:
    """The door as known at `as_of` (naive UTC): rows from `start` on come together `days` later."""
    came = as_of >= start + timedelta(days=days)
    known = door if came else with_counts(door, span_of(door, start, days), np.nan, np.nan)
    over = int(np.searchsorted(door.total.start, _instant(as_of) - np.timedelta64(1, "h"), side="right"))
    future = slice(over, door.total.start.size)
    return with_counts(known, future, np.nan, np.nan) if over < door.total.start.size else known


@dataclass(frozen=True)
class Kind:
    """A fault of the protocol, how many days it lasts, and how many the door counted before it, at most."""

    inject: Inject
    days: int = LASTING
    history_days: int = HISTORY_DAYS


FAULTS: dict[str, Kind] = {
    "no_data": Kind(no_data),
    "zeros": Kind(zeros),
    "frozen_index": Kind(frozen_index),
    "stuck": Kind(stuck),
    "entries_dead": Kind(partial(one_direction_dead, direction="in")),
    "exits_dead": Kind(partial(one_direction_dead, direction="out")),
    "half": Kind(half),
    "doubled": Kind(doubled),
    "drift_0.5": Kind(partial(drift, per_day=0.005), DRIFTING),
    "drift_1": Kind(partial(drift, per_day=0.01), DRIFTING),
    "step_0.7": Kind(partial(step, factor=0.7)),
    "step_1.5": Kind(partial(step, factor=1.5)),
    "swapped": Kind(swapped),
    "duplicate_delivery": Kind(duplicate_delivery, FORTNIGHT),
    "clock_1h": Kind(partial(clock_shift, hours=1)),
    "clock_12h": Kind(partial(clock_shift, hours=12)),
    "missing_as_zero": Kind(missing_as_zero, 3),
    "late": Kind(late, FORTNIGHT),
}


def starts(door: Door, season: Season, kind: Start, after: int = DRIFTING) -> Instants:
    """Instants at which a fault may begin in the judged days, with `after` days of the series left.

    `open_hour`: any open hour; `eve`: the last open hour before a declared closed day; `closure`: noon of an
    unannounced closure. April to October is the season. Empty where the door has none.
    """
    series = door.total
    months = series.start.astype("datetime64[M]").astype(np.int64) % 12 + 1
    in_season = np.isin(months, list(SEASON)) == (season == "season")
    first, end = door.judged
    may = in_season & (series.open_minutes > 0) & (series.day >= first)
    may &= series.day < min(end, door.days[1] - after)
    if kind == "closure":
        may &= np.isin(series.day, door.closures) & (series.hour == 12)
    elif kind == "eve":
        opened = (series.open_minutes > 0).reshape(-1, 24)
        last = np.zeros(opened.shape, np.bool_)
        before_closed = np.flatnonzero(opened[:-1].any(axis=1) & ~opened[1:].any(axis=1))
        last[before_closed, 23 - opened[before_closed, ::-1].argmax(axis=1)] = True
        may &= last.ravel()
    instants: Instants = series.start[may]
    return instants


def span_of(door: Door, start: datetime, days: int) -> slice:
    """The slots of so many days from the start of one of them on.

    Raises ValueError when no slot begins then.
    """
    begin = int(np.searchsorted(door.total.start, _instant(start)))
    if begin == door.total.start.size or door.total.start[begin] != _instant(start) or days < 1:
        raise ValueError(f"no slot of the door begins at {start}, or {days} days are no length")
    return slice(begin, min(begin + days * 24, door.total.start.size))


def described(
    name: str,
    door: Door,
    start: datetime,
    days: int,
    also: Collection[str] = (),
    alive: tuple[tuple[datetime, datetime], ...] = (),
    **parameters: float | str,
) -> Fault:
    """The fault that was injected; right are its own name and those that are right `also`."""
    end = start + timedelta(days=days)
    outlasts = _instant(end) > door.total.start[-1]
    return Fault(name, start, None if outlasts else end, parameters, frozenset({name, *also}), alive)


def with_counts(door: Door, span: slice, entries: Floats | float, exits: Floats | float) -> Door:
    """The door with other counts of both directions in some slots."""
    new_entries, new_exits = door.entries.count.copy(), door.exits.count.copy()
    new_entries[span], new_exits[span] = entries, exits
    return door.counted(new_entries, new_exits)


def _silenced(door: Door, start: datetime, days: int) -> Door:
    span = span_of(door, start, days)
    return with_counts(door, span, zeroed(door.entries.count[span]), zeroed(door.exits.count[span]))


def zeroed(counts: Floats) -> Floats:
    """Zeros where there are rows."""
    return np.where(np.isnan(counts), np.nan, 0.0)


def rescaled(door: Door, start: datetime, days: int, factor: float, random: Generator) -> Door:
    """The door at another level for so many days."""
    span = span_of(door, start, days)
    change = partial(thinned, share=factor) if factor <= 1 else partial(_swollen, factor=factor)
    return with_counts(
        door,
        span,
        change(door.entries.count[span], random=random),
        change(door.exits.count[span], random=random),
    )


def thinned(counts: Floats, share: Floats | float, random: Generator) -> Floats:
    """Counts of which each passage is kept with a chance of `share`."""
    kept = random.binomial(np.nan_to_num(counts).astype(np.int64), share)
    return np.where(np.isnan(counts), np.nan, kept)


def _swollen(counts: Floats, factor: float, random: Generator) -> Floats:
    more: Floats = counts + random.poisson((factor - 1) * np.nan_to_num(counts))
    return more


def _last_positive(series: Series, before: int) -> float:
    positive = np.flatnonzero(np.nan_to_num(series.count[:before]) > 0)
    if positive.size == 0:
        raise ValueError(f"{series.subject} has never counted before")
    return float(series.count[positive[-1]])


def _instant(value: datetime) -> np.datetime64:
    return np.datetime64(value, "us")
