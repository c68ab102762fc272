"""Faults as they are in the field: few counters die cleanly.

Most that die still count a little; many die in pieces; a single count, or a technician who tests, is no
recovery; a direction sinks instead of stopping. Every one of these is repaired: the healthy counts return.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Literal

import numpy as np

from bench.counters.doors import Door, Generator
from bench.counters.faults import (
    FAULTS,
    FORTNIGHT,
    Fault,
    Kind,
    described,
    one_direction_dead,
    rescaled,
    span_of,
    thinned,
    with_counts,
    zeros,
)
from warehouse.counted.series import Bools, Floats

DEAD_HOURS, ALIVE_HOURS = (3, 72), (3, 48)
QUIET_DAYS = 3
TESTED_DAY = 20
TESTED_COUNTS = 30
YOUNG_DAYS = 90
SIX_MONTHS = 182
NEVER_DAYS = 280
EITHER = frozenset({"one_direction_dead", "one_direction_weak"})
SILENT = frozenset({"zeros", "no_data", "trickle"})


def trickle(door: Door, start: datetime, days: int, random: Generator, share: float) -> tuple[Door, Fault]:
    """A counter that is dead but for a `share` of its passages."""
    # Of a share of a small door nothing may be left: then it is at zero.
    fault = described("trickle", door, start, days, SILENT, share=share)
    return rescaled(door, start, days, share, random), fault


def in_pieces(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """Dead for some hours or days and alive for some, over a fortnight; then dead."""
    span = span_of(door, start, days)
    alive = np.zeros(span.stop - span.start, np.bool_)
    stretches, hour = [], int(random.integers(*DEAD_HOURS))
    while hour < FORTNIGHT * 24:
        until = hour + int(random.integers(*ALIVE_HOURS))
        alive[hour:until] = True
        stretches.append((start + timedelta(hours=hour), start + timedelta(hours=until)))
        hour = until + int(random.integers(*DEAD_HOURS))
    fault = described("in_pieces", door, start, days, SILENT, alive=tuple(stretches))
    return _counted_where(door, span, alive), fault


def stray(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """A dead counter with a single count on every open day, from the fourth on."""
    span = span_of(door, start, days)
    entries = np.zeros(span.stop - span.start)
    is_open = door.total.open_minutes[span] > 0
    day = door.total.day[span]
    for one in np.unique(day[is_open])[QUIET_DAYS:]:
        entries[random.choice(np.flatnonzero(is_open & (day == one)))] = 1
    fault = described("stray", door, start, days, SILENT)
    return with_counts(door, span, entries, np.zeros_like(entries)), fault


def tested(door: Door, start: datetime, days: int, random: Generator) -> tuple[Door, Fault]:
    """A dead counter that a technician tests: thirty counts in an open hour of the third week, no more."""
    span = span_of(door, start, days)
    entries = np.zeros(span.stop - span.start)
    is_open = door.total.open_minutes[span] > 0
    late = np.flatnonzero(is_open & (door.total.day[span] >= door.total.day[span.start] + TESTED_DAY))
    entries[late[int(random.integers(9))]] = TESTED_COUNTS / 2
    return with_counts(door, span, entries, entries), described("tested", door, start, days, SILENT)


def weak_direction(
    door: Door, start: datetime, days: int, random: Generator, share: float
) -> tuple[Door, Fault]:
    """Of one way, drawn, only a share is counted; the other way counts on."""
    span = span_of(door, start, days)
    entries, exits = door.entries.count[span], door.exits.count[span]
    if random.random() < 0.5:
        faulty = with_counts(door, span, thinned(entries, share, random), exits)
    else:
        faulty = with_counts(door, span, entries, thinned(exits, share, random))
    return faulty, described("weak_direction", door, start, days, EITHER, share=share)


def low(door: Door, start: datetime, days: int, random: Generator, share: float) -> tuple[Door, Fault]:
    """Only a share of the passages is counted, too many for a counter that is dead."""
    names = frozenset({"half", "step"})
    return rescaled(door, start, days, share, random), described("low", door, start, days, names, share=share)


def never(
    door: Door, start: datetime, days: int, random: Generator, direction: Literal["in"] | None
) -> tuple[Door, Fault]:
    """Nothing, or nothing of one way, from the first day of the counter on."""
    if direction is None:
        faulty, _ = zeros(door, start, days, random)
    else:
        faulty, _ = one_direction_dead(door, start, days, random, direction)
    return faulty, described("never", door, start, days, {"never_counted", "direction_never_counted"})


DEATHS: dict[str, Kind] = {
    **{f"trickle_{100 * share:g}": Kind(partial(trickle, share=share)) for share in (0.02, 0.05, 0.10)},
    "zeros": FAULTS["zeros"],
    "in_pieces": Kind(in_pieces),
    "stray": Kind(stray),
    "tested": Kind(tested),
    **{
        f"direction_{100 * share:g}": Kind(partial(weak_direction, share=share))
        for share in (0.02, 0.07, 0.30)
    },
    # In the first year of a door, whose neighbours are older.
    "first_year_0.39": Kind(partial(low, share=0.39), SIX_MONTHS, YOUNG_DAYS),
    "never": Kind(partial(never, direction=None), NEVER_DAYS, 0),
    "never_in": Kind(partial(never, direction="in"), NEVER_DAYS, 0),
}


def _counted_where(door: Door, span: slice, alive: Bools) -> Door:
    def kept(counts: Floats) -> Floats:
        return np.where(alive | np.isnan(counts), counts, 0.0)

    return with_counts(door, span, kept(door.entries.count[span]), kept(door.exits.count[span]))
