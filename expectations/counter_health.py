"""The health of a counter: every fault of a counted series, each named, in one list.

Silences (`silence`), sunk directions (`directions`) and patterns (`patterns`) in the order of detection, then
changes of level (`level`): a stretch that an earlier one explains is no evidence for a later one. Directions
that are exchanged (`exchanged`) leave the sum of both as it was, so they explain nothing and nothing explains
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from scipy import stats

from expectations import exchanged, level, patterns, silence
from expectations.outages import DOUBLED, DRIFT, HALF, STEP, Outage, instant
from expectations.silence import CLOSED, FROZEN_INDEX, SILENCES, ZEROS
from warehouse.series import Bools, ExpectedSeries, Floats, Integers, Series

SEASON_DAYS = 365
MOST_PARTNERS = 3  # whose level is taken off: a fourth costs as much as the others and tells little more


@dataclass(frozen=True)
class Watched:
    """A series to judge, and what helps to.

    `directions` are its parts by direction, whose subjects end in `/in` and `/out`; `inside` series that
    count within the same office and tell that it was open; `nearby` series whose level moves with its own;
    `is_index` says that it comes from a cumulative index, whose zeros are an index that stands still;
    `first_day` is the local day (days since 1970) from which it is known, its first one unless told.
    """

    total: ExpectedSeries
    directions: Sequence[Series] = ()
    inside: Sequence[ExpectedSeries] = ()
    nearby: Sequence[ExpectedSeries] = ()
    is_index: bool = False
    first_day: int | None = None


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
        *silence.judge(watched.total, watched.inside, strictness),
        *sunk,
        *_patterns(watched.total, strictness),
    ]
    found: list[Outage] = []
    for one in sorted(candidates, key=lambda outage: (outage.detected_at, outage.chance)):
        if not any(_explains(known, one) for known in found):
            found.append(one)
    found += _levels(watched, found, strictness)
    found += exchanges
    if watched.is_index:
        found = [replace(one, fault=FROZEN_INDEX) if one.fault == ZEROS else one for one in found]
    return sorted(found, key=lambda outage: (outage.detected_at, outage.fault))


def _patterns(watched: ExpectedSeries, strictness: float) -> Iterator[Outage]:
    """Stuck values, repeated days, shifted clocks and even counts."""
    threshold = strictness * float(np.log(patterns.OPEN_HOURS_PER_FALSE_ALARM))
    series, usual = watched.series.of_hours, watched.expected
    is_open = series.open_minutes > 0
    # Nothing is known of open slots of which nothing is expected: a series that is young, or long dead.
    expected = np.where(is_open & (usual.count == 0), np.nan, usual.count)
    found = (
        patterns.stuck(series, expected, usual.hour_dispersion, threshold)
        + patterns.delivered_again(series, expected, usual.hour_dispersion, threshold)
        + patterns.all_even(series, threshold)
        + patterns.clock_shift(series, usual.hour_dispersion, threshold)
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


def _levels(watched: Watched, earlier: Sequence[Outage], strictness: float) -> Iterator[Outage]:
    """Changes of level on the days that no other fault explains."""
    series = watched.total.series
    day, counted, expected, whole = _by_day(watched.total)
    judged = whole & (expected > 0)
    for outage in earlier:
        judged &= ~_touched(day, series, outage)
    if not judged.any():
        return
    partners = []
    for partner in (*watched.nearby, *watched.inside)[:MOST_PARTNERS]:
        if partner.series.start.size == 0:
            continue
        its_day, its_count, its_expected, its_whole = _by_day(partner)
        counts, hoped = np.zeros(day.size), np.zeros(day.size)
        known = its_whole & (its_day >= day[0]) & (its_day <= day[-1])
        counts[its_day[known] - day[0]] = its_count[known]
        hoped[its_day[known] - day[0]] = its_expected[known]
        partners.append(level.Counted(counts[judged], hoped[judged]))
    position = np.flatnonzero(judged)
    # Until a season was seen, its turn looks like a change of level.
    known_since = day[0] if watched.first_day is None else watched.first_day
    seasoned = int(np.searchsorted(day[position], known_since + SEASON_DAYS))
    mine = level.Counted(counted[judged], expected[judged])
    for change in level.level_changes(mine, partners, strictness, seasoned):
        first, declared = day[position[change.onset]], day[position[change.detected]]
        end = None if change.ended is None else day[position[change.ended]]
        inside = (series.day >= first) & (series.day < (end if end is not None else series.day[-1] + 1))
        inside &= series.open_minutes > 0
        yield Outage(
            office=series.office,
            subject=series.subject,
            fault=_name(change),
            onset_at=_opening(series, first),
            detected_at=_end(series, int(np.searchsorted(series.day, declared, "right")) - 1),
            ended_at=None if end is None else _opening(series, end),
            expected_count=float(watched.total.expected.seasonal[inside].sum()),
            open_hours=float(series.open_minutes[inside].sum()) / 60,
            chance=float(2 * stats.norm.sf(change.score)),
            counted_count=float(np.nan_to_num(series.count[inside]).sum()),
        )


def _name(change: level.LevelChange) -> str:
    """Half and doubled by their ratio, a drift by its trend, else a step."""
    # What crosses a threshold first has chance on its side: half of one of its deviations names most rightly.
    ratio = float(np.exp(change.log_ratio * (1 - 0.5 / change.score)))
    if change.detected - change.onset >= 13 and abs(change.trend) > abs(change.log_ratio):
        return DRIFT
    # The limits lie half way, by ratio, to a step of a third down or a half up.
    if 0.38 <= ratio <= 0.6:
        return HALF
    return DOUBLED if 1.65 <= ratio <= 2.6 else STEP


def _by_day(watched: ExpectedSeries) -> tuple[Integers, Floats, Floats, Bools]:
    """Local days, their counts and expected counts in open hours, and whether every open slot has a row."""
    series, seasonal = watched.series, watched.expected.seasonal
    is_open = series.open_minutes > 0
    counted = series.by_day(np.where(is_open, np.nan_to_num(series.count), 0.0))
    expected = series.by_day(np.where(is_open, seasonal, 0.0))
    missing = series.by_day((is_open & np.isnan(series.count)).astype(np.float64))
    return series.day[0] + np.arange(counted.size), counted, expected, missing == 0


def _touched(day: Integers, series: Series, outage: Outage) -> Bools:
    """Local days that an outage lies in, that of its end included."""
    inside = series.start >= np.datetime64(outage.onset_at)
    if outage.ended_at is not None:
        inside &= series.start <= np.datetime64(outage.ended_at)
    return np.isin(day, series.day[inside])


def _explains(known: Outage, one: Outage) -> bool:
    """Whether what was known when another was detected makes that one no news: they share a stretch.

    A silence is news beside all but a wrong clock, which moves a day's counts into the night. A wrong clock
    is news once the silence that it began with is over: a dead counter does not count at night.
    """
    share = known.onset_at < one.detected_at and (known.ended_at is None or one.onset_at < known.ended_at)
    if one.fault in (*SILENCES, CLOSED):
        return share and known.fault == patterns.CLOCK_SHIFT
    if one.fault == patterns.CLOCK_SHIFT:
        return share and (known.ended_at is None or known.ended_at > one.detected_at)
    return share


def _end(series: Series, slot: int) -> datetime:
    """The instant at which a slot is over."""
    return instant(series.start[slot] + series.minutes[slot].astype("timedelta64[m]"))


def _opening(series: Series, day: int) -> datetime:
    """The start of the first open slot of a local day."""
    slots = np.flatnonzero((series.day == day) & (series.open_minutes > 0))
    return instant(series.start[slots[0]])
