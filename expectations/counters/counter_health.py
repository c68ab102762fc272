"""The health of a counter: every fault of a counted series, each named, in one list.

Silences (`silence`), sunk directions (`directions`) and patterns (`patterns`) in the order of detection, then
changes of level (`level_faults`): a stretch that an earlier one explains is no evidence for a later one.
Directions that are exchanged (`exchanged`) leave the sum of both as it was, so they explain nothing and
nothing explains them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from expectations.counters import exchanged, level_faults, patterns, silence
from expectations.counters.directions import DIRECTIONS
from expectations.counters.outages import Outage, instant
from expectations.counters.silence import FROZEN_INDEX, QUESTIONS, SILENCES, ZEROS
from warehouse.counted.series import ExpectedSeries, Series

LATE_DAYS, NEVER = 14, np.iinfo(np.int64).max


@dataclass(frozen=True)
class Watched:
    """A series to judge, and what is read beside it.

    `directions` are its parts by direction, whose subjects end in `/in` and `/out`; `inside` series that
    count within the same office and tell that it was open; `nearby` series whose level moves with its own;
    `is_index` says that it comes from a cumulative index, whose zeros are an index that stands still;
    `first_day` is the local day (days since 1970) from which it is known, its first one unless told;
    `breaks` are the first local days of new methods, across which levels are not compared.
    `holidays` are the public holidays around its days, as local days since 1970.
    """

    total: ExpectedSeries
    directions: Sequence[Series] = ()
    inside: Sequence[ExpectedSeries] = ()
    nearby: Sequence[ExpectedSeries] = ()
    is_index: bool = False
    first_day: int | None = None
    breaks: Sequence[int] = ()
    holidays: frozenset[int] = frozenset()


def judge(watched: Watched, strictness: float = 1.0) -> list[Outage]:
    """Every fault of a series, in order of detection.

    What comes later never changes what a chart declared, with one exception: a silence or a pattern takes its
    days, from its onset, out of the level chart, which may have alarmed in them before it was declared.
    `strictness` multiplies every threshold: the benchmark draws with it what delays cost in false alarms.
    """
    if watched.total.series.start.size == 0:
        return []
    sunk, exchanges = exchanged.beside_sunk(watched.total, watched.directions, strictness)
    candidates = [
        *silence.judge(watched.total, watched.inside, strictness, watched.nearby),
        *sunk,
        *_patterns(watched, strictness),
    ]
    found: list[Outage] = []
    for one in sorted(candidates, key=lambda outage: (outage.detected_at, outage.chance)):
        if not any(_explains(known, one) for known in found):
            found.append(one)
    found += level_faults.judge(
        watched.total,
        (*watched.nearby, *watched.inside),
        found,
        watched.first_day,
        (*watched.breaks, *_late(watched.directions)),
        strictness,
    )
    found += exchanges
    if watched.is_index:
        found = [replace(one, fault=FROZEN_INDEX) if one.fault == ZEROS else one for one in found]
    return sorted(found, key=lambda outage: (outage.detected_at, outage.fault))


def _late(directions: Sequence[Series]) -> list[int]:
    """The first local day with a count of a direction that began `LATE_DAYS` after the first one, or later.

    A repair, and no rise: what was counted before was one way alone.
    """
    days = [int(one.day[one.count > 0].min(initial=NEVER)) for one in directions]
    return [day for day in days if min(days) + LATE_DAYS <= day < NEVER]


def _patterns(watched: Watched, strictness: float) -> Iterator[Outage]:
    """Stuck values, repeated days, shifted clocks and even counts."""
    threshold = strictness * float(np.log(patterns.OPEN_HOURS_PER_FALSE_ALARM))
    series, usual = watched.total.series.of_hours, watched.total.expected
    is_open = series.open_minutes > 0
    # Nothing is known of open slots of which nothing is expected: a series that is young, or long dead.
    expected = np.where(is_open & (usual.count == 0), np.nan, usual.count)
    found = (
        patterns.stuck(series, expected, usual.hour_dispersion, threshold)
        + patterns.delivered_again(series, expected, usual.hour_dispersion, threshold)
        + patterns.all_even(series, threshold)
        + patterns.clock_shift(series, usual.hour_dispersion, threshold, watched.holidays)
    )
    counted = np.where(is_open, np.nan_to_num(series.count), 0.0)
    for pattern in found:
        slots = slice(pattern.first, pattern.after)
        yield Outage(
            office=series.office,
            subject=series.subject,
            fault=pattern.fault,
            onset_at=instant(series.start[pattern.first]),
            detected_at=_end(series, pattern.declared),
            ended_at=None if pattern.after is None else instant(series.start[pattern.after]),
            expected_count=float(usual.count[slots].sum()),
            open_hours=float(series.open_minutes[slots].sum()) / 60,
            chance=float(np.exp(-pattern.evidence)),
            counted_count=float(counted[slots].sum()),
        )


def _explains(known: Outage, one: Outage) -> bool:
    """Whether what was known when another was detected makes that one no news: they share a stretch.

    A silence is news beside all but a wrong clock, which moves a day's counts into the night. A wrong clock
    is news once the silence that it began with is over: a dead counter does not count at night, and a closed
    place lets nobody in. So is a sunk direction, whose last count lies before the silence: it may have died
    in it, or come back from it without the other one; where one counts, nothing is closed.
    """
    share = known.onset_at < one.detected_at and (known.ended_at is None or one.onset_at < known.ended_at)
    if one.fault in SILENCES | QUESTIONS:
        return share and known.fault == patterns.CLOCK_SHIFT
    lasts = known.ended_at is None or known.ended_at > one.detected_at
    if one.fault in DIRECTIONS and known.fault in SILENCES | QUESTIONS:
        return share and lasts and known.fault not in QUESTIONS
    if one.fault == patterns.CLOCK_SHIFT:
        return share and lasts and known.fault not in QUESTIONS
    return share


def _end(series: Series, slot: int) -> datetime:
    """The instant at which a slot is over."""
    return instant(series.start[slot] + series.minutes[slot].astype("timedelta64[m]"))
