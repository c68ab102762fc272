"""What every slot of a series was expected to count, from what lies before it alone.

The model of `transforms.counters.counter_model` is fitted at the start of each month, and weekly while a
series is young, on at most three years before it, so that a night costs the same however long the history
is, and what came later never changes what was expected. A day's expected count is spread over its open
hours by the profile of the last 56 days that counted.

That is `seasonal`; days that were known to be faulty at a fit teach it nothing
(`warehouse.counted.faulty`). `count` is the same at the level of the last 28 good days (open, with as many
counts as a working counter shows), or of the last 7 of them where they were quieter, as at the end of a
season; dispersions are how these days strayed from it. Days without a count, or almost, are left out, so an
outage does not teach that silence is normal; as leaving out days without any makes the mean of a rare event
too high, that is undone as for a zero-truncated Poisson. Nothing is expected before the 14th good day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from transforms.counters.counter_model import MIN_DAYS, Days, design
from warehouse.counted.faulty import NOTHING, Faulty
from warehouse.counted.series import (
    Bools,
    ExpectedCounts,
    ExpectedSeries,
    Floats,
    Integers,
    Series,
    sums_before,
)

FIT_DAYS = 3 * 366
YOUNG_DAYS = 92
PROFILE_DAYS = 56
HISTORY_DAYS = 28
JOIN_DAYS = 28
RECENT_DAYS = 7
LEAST_DAYS = 14
# A day with less than this share of what is usual, where that is enough to tell, is no good day.
LEAST_SHARE = 0.22
LEAST_USUAL = 8.0

Holidays = Callable[[Integers], Bools]


def seasonal(
    series: Series,
    is_public_holiday: Holidays,
    is_school_holiday: Holidays,
    known: Floats | None = None,
    faulty: Faulty = NOTHING,
) -> Floats:
    """What every day (days,) was expected to count, 0 before there are 14 days to learn from.

    `known` are expected counts by day of whole months that are known already, from the first day on: a
    night adds to them, and one that brought older days begins again at their month. From days that are known
    to be `faulty` nothing is learnt.
    """
    is_open = series.open_minutes > 0
    missing = series.by_day((is_open & np.isnan(series.count)).astype(np.float64)) > 0
    sums = series.by_day(np.where(is_open, np.nan_to_num(series.count), 0.0))
    # An open day without any count is a closure or a fault: it teaches nothing.
    counted = np.where(missing | (sums == 0), np.nan, sums)
    day = series.day[:1].sum() + np.arange(sums.size)
    every = Days(
        day=day,
        count=counted,
        exposure=series.by_day(series.open_minutes) / 60,
        weekday=(day + 3) % 7 + 1,
        is_public_holiday=is_public_holiday(day),
        is_school_holiday=is_school_holiday(day),
        partners=np.empty((0, sums.size)),
    )
    return expected_days(every, np.empty(0) if known is None else known, faulty)


def expect(series: Series, by_day: Floats) -> ExpectedSeries:
    """The series beside what it was expected to count, given its `seasonal` days (days,)."""
    return ExpectedSeries(series, _usual(series, by_day[series.row] * _profile(series)))


def expected_days(every: Days, known: Floats, faulty: Faulty = NOTHING, *, at_a_level: bool = True) -> Floats:
    """Expected count (D,) of every day, each from the fit on what lies before it.

    `known` are those of the first days, up to the end of a month. No fit reads days that were known to be
    `faulty` then; a level that has become usual is learnt from its onset on. Unless `at_a_level`, calendar
    and season alone tell: what changed slowly meanwhile is not learnt, and shows in the ratio of counted to
    expected.
    """
    mean = np.zeros(every.day.size)
    mean[: known.size] = known
    for begin, end in pairwise((*fits(every), every.day.size)):
        if begin < known.size:
            continue
        window = every.window(max(0, int(begin) - FIT_DAYS), int(end))
        day = int(every.day[begin])
        before = (window.day < day) & ~np.isin(window.day, faulty.known(day))
        if (window.observed & before).sum() >= MIN_DAYS:
            plan = design(replace(window, steps=(*every.steps, *faulty.steps(day))))
            model = plan.fit(before)
            if not at_a_level:
                model = model.of_season(plan)
            found = model.mean_of(plan)
            if not at_a_level:
                found = found * _joining(mean[:begin], found[: begin - end])
            mean[begin:end] = found[begin - end :]
    return mean


def _joining(known: Floats, again: Floats) -> float:
    """By how much a fit must be multiplied to go on where the one before it ended.

    `known` and `again` (days,) are what both expect of the days before. Else what each fit learns of the
    level would be a step of some 4% at the start of every month.
    """
    known, again = known[-JOIN_DAYS:], again[-JOIN_DAYS:]
    both = (known > 0) & (again > 0)
    return float(known[both].sum() / again[both].sum()) if both.any() else 1.0


def fits(every: Days) -> Integers:
    """Days at which the model is fitted: starts of months, and every week of the first three months."""
    months = every.day.astype("datetime64[D]").astype("datetime64[M]")
    starts = np.flatnonzero(np.concatenate([[True], months[1:] != months[:-1]])[: months.size])
    seen = np.flatnonzero(every.observed)
    if seen.size < MIN_DAYS:
        return starts
    weekly = np.arange(seen[MIN_DAYS - 1] + 1, min(seen[0] + YOUNG_DAYS, every.day.size), 7)
    return np.union1d(starts, weekly)


def _profile(series: Series) -> Floats:
    """Share of its day that each open slot has, by the hours of the last 56 days that counted."""
    row, is_open = series.row, series.open_minutes > 0
    counts = series.by_hour(np.where(is_open, np.nan_to_num(series.count), 0.0))
    minutes = series.by_hour(series.open_minutes)
    good = counts.any(axis=1)
    before: Integers = np.cumsum(good) - good
    counts_before, minutes_before = (
        sums_before(values[good], PROFILE_DAYS)[before] for values in (counts, minutes)
    )
    # Half an hour's worth of the day's mean keeps hours that were rarely open from being certain.
    usual = counts_before.sum(axis=1) / np.maximum(minutes_before.sum(axis=1), 1)
    rate = (counts_before + 30 * usual[:, np.newaxis]) / (minutes_before + 30)
    weight = np.where(is_open, rate[row, series.hour] * series.open_minutes, 0.0)
    total = series.by_day(weight)
    share: Floats = np.divide(weight, total[row], out=np.zeros_like(weight), where=total[row] > 0)
    return share


def _usual(series: Series, seasonal: Floats) -> ExpectedCounts:
    """How the series usually counts and varies in every slot, from the days before it."""
    known = (series.open_minutes > 0) & ~np.isnan(series.count)
    counts = series.by_hour(np.where(known, series.count, 0.0))
    minutes = series.by_hour(np.where(known, series.open_minutes, 0.0))
    hoped = series.by_hour(np.where(known, seasonal, 0.0))
    good = counts.sum(axis=1) > 0
    _lead_in(counts, minutes, hoped, good)
    good &= _could_be(counts.sum(axis=1), hoped.sum(axis=1))
    counts, minutes, hoped = counts[good], minutes[good], hoped[good]

    # Element g of what follows is of the 28 good days before good day g.
    number = np.minimum(np.arange(counts.shape[0] + 1), HISTORY_DAYS).astype(np.float64)
    of_day, hoped_of_day = counts.sum(axis=1, keepdims=True), hoped.sum(axis=1, keepdims=True)
    total, hoped_total = (
        sums_before(of_day, HISTORY_DAYS).ravel(),
        sums_before(hoped_of_day, HISTORY_DAYS).ravel(),
    )
    level = _ratio(total, hoped_total)
    hour_dispersion = _dispersion(
        counts, hoped, level, sums_before((hoped > 0) * 1.0, HISTORY_DAYS).sum(axis=1)
    )
    day_dispersion = _dispersion(of_day, hoped_of_day, level, number)

    recent = _ratio(sums_before(of_day, RECENT_DAYS).ravel(), sums_before(hoped_of_day, RECENT_DAYS).ravel())
    day_mean = _ratio(total, number)
    now = np.minimum(level, recent) * _untruncated(day_mean) * (number >= LEAST_DAYS)
    opened, counted = (sums_before(hours * 1.0, HISTORY_DAYS) for hours in (minutes > 0, counts > 0))
    zero_surprise = np.where(counted > 0, -np.log((opened - counted + 0.5) / (opened + 1)), 0.0)

    row = (np.cumsum(good) - good)[series.row]  # good days before each slot
    least = 1 + 1e-6  # Poisson
    return ExpectedCounts(
        seasonal=seasonal,
        count=seasonal * now[row],
        hour_dispersion=np.maximum(hour_dispersion, least)[row],
        day_dispersion=np.maximum(day_dispersion, least)[row],
        day_mean=day_mean[row],
        zero_surprise=zero_surprise[row, series.hour],
    )


def _could_be(counts: Floats, hoped: Floats) -> Bools:
    """Days (days,) that a working counter could have shown, each by the level of those before it.

    A counter that still counts a few per cent must not teach that so few are usual.
    """
    could_be = np.ones(counts.size, dtype=bool)
    recent: deque[tuple[float, float]] = deque(maxlen=HISTORY_DAYS)
    counted = expected = 0.0
    for day, (count, hope) in enumerate(zip(counts.tolist(), hoped.tolist(), strict=True)):
        if count <= 0:
            continue
        usual = counted * hope / expected if expected > 0 and len(recent) >= LEAST_DAYS else 0.0
        if usual >= LEAST_USUAL and count < LEAST_SHARE * usual:
            could_be[day] = False
            continue
        if len(recent) == HISTORY_DAYS:
            counted, expected = counted - recent[0][0], expected - recent[0][1]
        recent.append((count, hope))
        counted, expected = counted + count, expected + hope
    return could_be


def _lead_in(counts: Floats, minutes: Floats, hoped: Floats, good: Bools) -> None:
    """Fill in, by the mean of each hour, what was `hoped` on the days that the model learnt from first.

    They are judged by nobody; they tell how the first days that are expected may stray.
    """
    lead = np.cumsum(hoped.any(axis=1)) == 0
    learnt = lead & good
    hoped[lead] = _ratio(counts[learnt].sum(axis=0), minutes[learnt].sum(axis=0)) * minutes[lead]


def _dispersion(counts: Floats, hoped: Floats, level: Floats, cells: Floats) -> Floats:
    """Variance over mean of the last good days before each, (days + 1,), around what was hoped at a level.

    Squares and means are summed apart, as single cells of little hope would tell of nothing but themselves.
    """
    squares, products, hopes = (
        sums_before(of, HISTORY_DAYS).sum(axis=1) for of in (counts**2, counts * hoped, hoped**2)
    )
    strayed = squares - 2 * level * products + level**2 * hopes
    freedom = _ratio(cells - 1, cells)
    return _ratio(strayed, level * sums_before(hoped, HISTORY_DAYS).sum(axis=1) * freedom)


def _untruncated(mean: Floats) -> Floats:
    """Mean with the days at zero over the mean without them, for a Poisson count (1 when days are busy)."""
    whole = mean.copy()
    for _ in range(20):
        whole = mean * -np.expm1(-whole)
    return _ratio(whole, mean)


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, 0 where the divisor is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
