"""Faults of a people counter, put into a healthy door: pure functions Door -> (Door, Fault).

Every function takes the door, the instant at which the fault begins (naive UTC, the start of a slot), its
length in days and a generator. Desk and neighbour live on; total = entries + exits stays true, as thinning
is binomial on both directions. Taxonomy: counters.md, 5c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import numpy as np

from bench.counters.doors import Door, Generator
from warehouse.series import Floats, Instants, Series

FORTNIGHT = 14
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
    span = _span(door, start, days)
    return _with(door, span, np.nan, np.nan), _fault("no_data", door, start, days)


def zeros(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Rows that say 0."""
    return _silenced(door, start, days), _fault("zeros", door, start, days)


def frozen_index(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """A cumulative index that stands still: its differences are 0, so the counts look like zeros."""
    return _silenced(door, start, days), _fault("frozen_index", door, start, days, also="zeros")


def missing_as_zero(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """An export that writes missing days as 0."""
    return _silenced(door, start, days), _fault("missing_as_zero", door, start, days, also="zeros")


def stuck(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """The last positive count of each direction, repeated every hour around the clock.

    Raises ValueError when a direction has never counted before.
    """
    span = _span(door, start, days)
    entries, exits = (_last_positive(series, span.start) for series in (door.entries, door.exits))
    return _with(door, span, entries, exits), _fault("stuck", door, start, days, value=entries + exits)


def one_direction_dead(
    door: Door, start: datetime, days: int, random: Generator, direction: Literal["in", "out"]
) -> tuple[Door, Fault]:
    """Entries or exits are 0, the total is the other direction alone."""
    span = _span(door, start, days)
    entries, exits = door.entries.count[span], door.exits.count[span]
    dead = _zeroed(entries if direction == "in" else exits)
    faulty = _with(door, span, dead, exits) if direction == "in" else _with(door, span, entries, dead)
    return faulty, _fault("one_direction_dead", door, start, days, direction=direction)


def half(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Every passage is missed with a chance of one half."""
    return _rescaled(door, start, days, 0.5, random), _fault("half", door, start, days)


def doubled(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Every count is written twice: exactly times 2."""
    span = _span(door, start, days)
    faulty = _with(door, span, 2 * door.entries.count[span], 2 * door.exits.count[span])
    return faulty, _fault("doubled", door, start, days)


def drift(door: Door, start: datetime, days: int, random: Generator, per_day: float) -> tuple[Door, Fault]:
    """The share of the passages that is counted falls by `per_day` (0.01 = 1 %) every day, compounded."""
    span = _span(door, start, days)
    elapsed = (door.total.start[span] - _instant(start)) / np.timedelta64(1, "D")
    share = (1 - per_day) ** elapsed
    entries, exits = (_thinned(series.count[span], share, random) for series in (door.entries, door.exits))
    return _with(door, span, entries, exits), _fault("drift", door, start, days, per_day=per_day)


def step(door: Door, start: datetime, days: int, random: Generator, factor: float) -> tuple[Door, Fault]:
    """Another level, as after a repair: thinned below 1, Poisson counts added above."""
    return _rescaled(door, start, days, factor, random), _fault("step", door, start, days, factor=factor)


def trickle(door: Door, start: datetime, days: int, random: Generator, share: float) -> tuple[Door, Fault]:
    """A counter that is dead but for a `share` of its passages, as most that die are in the field."""
    # Of a share of a small door nothing may be left: then it is at zero.
    fault = _fault("trickle", door, start, days, also="zeros", share=share)
    return _rescaled(door, start, days, share, random), fault


def swapped(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Entries are counted as exits and exits as entries."""
    span = _span(door, start, days)
    faulty = _with(door, span, door.exits.count[span], door.entries.count[span])
    return faulty, _fault("swapped", door, start, days)


def duplicate_delivery(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """The days of the last fortnight are delivered again as the present ones.

    Raises ValueError when it lasts more than a fortnight or the door has no fortnight before it.
    """
    span = _span(door, start, days)
    past = slice(span.start - FORTNIGHT * 24, span.stop - FORTNIGHT * 24)
    if days > FORTNIGHT or past.start < 0:
        raise ValueError("a delivery repeats at most the fortnight before it")
    faulty = _with(door, span, door.entries.count[past], door.exits.count[past])
    return faulty, _fault("duplicate_delivery", door, start, days)


def clock_shift(door: Door, start: datetime, days: int, random: Generator, hours: int) -> tuple[Door, Fault]:
    """The device's clock jumps `hours` ahead: counts are written that much later, the hours skipped as 0."""
    span = _span(door, start, days)

    def shifted(counts: Floats) -> Floats:
        late: Floats = np.concatenate([np.zeros(hours), counts[span]])[: span.stop - span.start]
        return late

    faulty = _with(door, span, shifted(door.entries.count), shifted(door.exits.count))
    return faulty, _fault("clock_shift", door, start, days, hours=float(hours))


def late(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Rows that come late, as seen on the day before they come; afterwards the door is the healthy one."""
    span = _span(door, start, days)
    missing = _with(door, span, np.nan, np.nan)
    last = int(door.total.day[span.stop - 1])
    return missing.window(door.days[0], last), _fault("late", door, start, days, also="no_data")


def back_filled(door: Door, start: datetime, days: int, as_of: datetime) -> Door:
    """The door as known at `as_of` (naive UTC): rows from `start` on come together `days` later."""
    came = as_of >= start + timedelta(days=days)
    known = door if came else _with(door, _span(door, start, days), np.nan, np.nan)
    over = int(np.searchsorted(door.total.start, _instant(as_of) - np.timedelta64(1, "h"), side="right"))
    future = slice(over, door.total.start.size)
    return _with(known, future, np.nan, np.nan) if over < door.total.start.size else known


@dataclass(frozen=True)
class Kind:
    """A fault of the protocol and how many days it lasts."""

    inject: Inject
    days: int = LASTING


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

# Faults that are followed from their first day to some weeks after their repair.
LIVES: dict[str, Kind] = {
    **{f"trickle_{100 * share:g}": Kind(partial(trickle, share=share)) for share in (0.02, 0.05, 0.10)},
    "zeros": FAULTS["zeros"],
    "no_data": FAULTS["no_data"],
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


def _span(door: Door, start: datetime, days: int) -> slice:
    begin = int(np.searchsorted(door.total.start, _instant(start)))
    if begin == door.total.start.size or door.total.start[begin] != _instant(start) or days < 1:
        raise ValueError(f"no slot of the door begins at {start}, or {days} days are no length")
    return slice(begin, min(begin + days * 24, door.total.start.size))


def _fault(
    name: str, door: Door, start: datetime, days: int, also: str | None = None, **parameters: float | str
) -> Fault:
    end = start + timedelta(days=days)
    outlasts = _instant(end) > door.total.start[-1]
    names = frozenset({name} if also is None else {name, also})
    return Fault(name, start, None if outlasts else end, parameters, names)


def _with(door: Door, span: slice, entries: Floats | float, exits: Floats | float) -> Door:
    new_entries, new_exits = door.entries.count.copy(), door.exits.count.copy()
    new_entries[span], new_exits[span] = entries, exits
    return door.counted(new_entries, new_exits)


def _silenced(door: Door, start: datetime, days: int) -> Door:
    span = _span(door, start, days)
    return _with(door, span, _zeroed(door.entries.count[span]), _zeroed(door.exits.count[span]))


def _zeroed(counts: Floats) -> Floats:
    """Zeros where there are rows."""
    return np.where(np.isnan(counts), np.nan, 0.0)


def _rescaled(door: Door, start: datetime, days: int, factor: float, random: Generator) -> Door:
    span = _span(door, start, days)
    change = partial(_thinned, share=factor) if factor <= 1 else partial(_swollen, factor=factor)
    return _with(
        door,
        span,
        change(door.entries.count[span], random=random),
        change(door.exits.count[span], random=random),
    )


def _thinned(counts: Floats, share: Floats | float, random: Generator) -> Floats:
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
