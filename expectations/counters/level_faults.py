"""Changes of level of a watched series, as faults with names, on the days that no other fault explains.

Until a season was seen, its turn looks like a change of level: what is expected is no judge then. In that
first year a series is judged by its partner with the most counts alone: by the ratio of both, which needs no
season, and with more caution, as partners do not share every season either. Where the method changed
(`Watched.breaks`), the level is judged afresh.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from expectations.counters.level import Counted, LevelChange, Terms, learnt_from, level_changes, usual_from
from expectations.counters.outages import DOUBLED, DRIFT, HALF, STEP, Outage, instant
from warehouse.counted.series import Bools, ExpectedSeries, Floats, Integers, Series

SEASON_DAYS = 365
COMPANION_DAYS = 56  # from which a series of the first year is judged by its partner
SETTLED_DAYS = 28  # of a new method, that what is expected must have learnt from
MOST_PARTNERS = 3  # whose level is taken off: a fourth costs as much as the others and tells little more
BY_RATIO = Terms(prior_deviation=0.22, least_change=0.42)
# Half way, by ratio, to a step of a third down or a half up. The sums of the days may stray a little more.
LITTLE, LEAST_USUAL = 0.25, 8.0  # of a day's expected count, where that is enough to tell
HALVES, DOUBLES = (0.38, 0.6), (1.65, 2.6)
SUMS_STRAY = 1.2


def judge(
    watched: ExpectedSeries,
    partners: Sequence[ExpectedSeries],
    earlier: Sequence[Outage],
    first_day: int | None = None,
    breaks: Sequence[int] = (),
    strictness: float = 1.0,
) -> Iterator[Outage]:
    """Changes of level of a series, in order of detection.

    Days that `earlier` faults touch are no evidence. `first_day` is the local day (since 1970) from which the
    series is known, its first one unless told; `breaks` are the first local days of new methods.
    """
    series = watched.series
    day, counted, expected, whole = _by_day(watched)
    # Almost nothing is a closure, a storm or a dead counter, and no level.
    is_little = (expected >= LEAST_USUAL) & (counted < LITTLE * expected)
    judged = whole & (expected > 0) & ~is_little
    for outage in earlier:
        judged &= ~_touched(day, series, outage)
    position = np.flatnonzero(judged)
    mine = Counted(day[position], counted[position], expected[position])
    others = [_beside(mine, partner) for partner in partners[:MOST_PARTNERS] if partner.series.start.size]
    known_since = int(day[0]) if first_day is None else first_day
    edges = [int(day[0]), *sorted(one for one in breaks if day[0] < one <= day[-1]), int(day[-1]) + 1]
    for begin, end in pairwise(edges):
        # A new method is expected from the first month on that has learnt it.
        learnt = learnt_from(begin + SETTLED_DAYS) if begin > edges[0] else begin
        days = np.flatnonzero((mine.day < end) & ((mine.day < begin) | (mine.day >= learnt)))
        own, beside = mine.at(days), [other.at(days) for other in others]
        afresh = np.searchsorted(own.day, [learnt] if begin > edges[0] else [])
        companion_from = max(known_since + COMPANION_DAYS, learnt)
        seasoned_from = max(known_since + SEASON_DAYS, learnt)
        for change in _changes(own, beside, companion_from, seasoned_from, strictness, afresh):
            found = _Found.of(change, own.day)
            if found.back is None and end < edges[-1]:
                found = replace(found, back=end, known=None)
            yield _outage(watched, found)


@dataclass(frozen=True)
class _Found:
    """A change by local days: `known` is None where its end, at a break, is known from the office file."""

    change: LevelChange
    onset: int
    detected: int
    back: int | None
    known: int | None

    @classmethod
    def of(cls, change: LevelChange, day: Integers) -> _Found:
        back, known = (None if one is None else int(day[one]) for one in (change.ended, change.known))
        return cls(change, int(day[change.onset]), int(day[change.detected]), back, known)


def _changes(
    own: Counted,
    others: Sequence[Counted],
    companion_from: int,
    seasoned_from: int,
    strictness: float,
    afresh: Integers,
) -> Iterator[LevelChange]:
    """By the ratio to a partner while the season is not known, then by what is expected."""
    companion, since = (int(at) for at in np.searchsorted(own.day, [companion_from, seasoned_from]))
    left = np.ones(own.day.size, dtype=bool)
    begins = [*afresh.tolist()]
    if companion < since:
        for change in _young(own, others, companion, since, strictness, afresh):
            yield change
            usual_day = usual_from(int(own.day[change.detected]))
            if change.ended is None or change.known is None:
                over = int(np.searchsorted(own.day, learnt_from(usual_day)))
                begins.append(over)
            elif own.day[change.known] >= usual_day:
                over = int(np.searchsorted(own.day, learnt_from(int(own.day[change.known]) + 1)))
                begins.append(over)
            else:
                over = change.ended
                since = max(since, change.known + 1)
            left[change.onset : over] = False
            since = max(since, over)
    kept = np.flatnonzero(left)
    found = level_changes(
        own.at(kept),
        [other.at(kept) for other in others],
        strictness,
        int(np.searchsorted(kept, since)),
        afresh=np.searchsorted(kept, begins).tolist(),
    )
    for change in found:
        ended, known = (None if one is None else int(kept[one]) for one in (change.ended, change.known))
        yield replace(
            change, onset=int(kept[change.onset]), detected=int(kept[change.detected]),
            ended=ended, known=known,
        )  # fmt: skip


def _young(
    own: Counted,
    others: Sequence[Counted],
    since: int,
    until: int,
    strictness: float,
    afresh: Integers,
) -> list[LevelChange]:
    """Changes of the ratio to the partner that counts most; the others and the series itself concur."""
    ratios = [
        Counted(own.day, own.counted, np.where(other.expected > 0, other.counted, 0.0)) for other in others
    ]
    if not ratios:
        return []
    main, *rest = sorted(ratios, key=lambda ratio: -ratio.expected[:since].sum())
    return level_changes(
        main, (), strictness, since, until, afresh=afresh.tolist(), views=(own, *rest), terms=BY_RATIO
    )


def _outage(watched: ExpectedSeries, found: _Found) -> Outage:
    series = watched.series

    def sums(until: int) -> tuple[float, float, float]:
        inside = (series.day >= found.onset) & (series.day < until) & (series.open_minutes > 0)
        return (
            float(np.nan_to_num(series.count[inside]).sum()),
            float(watched.expected.seasonal[inside].sum()),
            float(series.open_minutes[inside].sum()) / 60,
        )

    counted, expected, open_hours = sums(series.day[-1] + 1 if found.back is None else found.back)
    counted_then, expected_then, _ = sums(found.detected + 1)
    return Outage(
        office=series.office,
        subject=series.subject,
        fault=name(found.change, counted_then / max(expected_then, 1e-9)),
        onset_at=_opening(series, found.onset),
        detected_at=_end_of(series, found.detected),
        ended_at=None if found.back is None else _opening(series, found.back),
        expected_count=expected,
        open_hours=open_hours,
        chance=float(2 * ndtr(-found.change.score)),
        counted_count=counted,
        end_known_at=None if found.known is None else _end_of(series, found.known),
    )


def name(change: LevelChange, share: float) -> str:
    """Half and doubled by their ratio, a drift by its trend, else a step.

    `share` is what was counted of what was expected from onset to detection. It is what people read, so that
    it must be about a half or a double, too, before it is called so.
    """
    # What crosses a threshold first has chance on its side: half of one of its deviations names most rightly.
    ratio = float(np.exp(change.log_ratio * (1 - 0.5 / change.score)))
    if change.detected - change.onset >= 13 and abs(change.trend) > abs(change.log_ratio):
        return DRIFT
    for fault, (low, high) in ((HALF, HALVES), (DOUBLED, DOUBLES)):
        if low <= ratio <= high and low / SUMS_STRAY <= share <= high * SUMS_STRAY:
            return fault
    return STEP


def _beside(mine: Counted, partner: ExpectedSeries) -> Counted:
    """A partner on the days of a series; days that it does not know are 0."""
    day, counted, expected, whole = _by_day(partner)
    at = np.clip(mine.day - day[0], 0, day.size - 1)
    known = (day[at] == mine.day) & whole[at]
    return Counted(mine.day, np.where(known, counted[at], 0.0), np.where(known, expected[at], 0.0))


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


def _end_of(series: Series, day: int) -> datetime:
    """The instant at which a local day is over."""
    slot = int(np.searchsorted(series.day, day, "right")) - 1
    return instant(series.start[slot] + series.minutes[slot].astype("timedelta64[m]"))


def _opening(series: Series, day: int) -> datetime:
    """The start of the first open slot of a local day, or of the first day after it that has one."""
    slots = np.flatnonzero((series.day >= day) & (series.open_minutes > 0))
    return instant(series.start[slots[0]])
