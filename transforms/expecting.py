"""What every slot of a series was expected to count, from the days before its month alone.

The model of `transforms.counter_model` is fitted at the start of each month on at most three years before
it, so that a night costs the same however long the history is, and what came later never changes what was
expected. A day's expected count is spread over its open hours by the profile of the last 56 days that
counted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from transforms.counter_model import MIN_DAYS, Days, fit
from warehouse.series import Bools, Expectation, ExpectedSeries, Floats, Integers, Series

FIT_DAYS = 3 * 366
PROFILE_DAYS = 56
HISTORY_DAYS = 28
RECENT_DAYS = 7
LEAST_DAYS = 14

Holidays = Callable[[Integers], Bools]


def seasonal(
    series: Series,
    is_public_holiday: Holidays,
    is_school_holiday: Holidays,
    known: Floats | None = None,
) -> Floats:
    """What every day (days,) was expected to count, 0 before there are 14 days to learn from.

    `known` are expected counts by day of whole months that are known already, from the first day on: a
    night adds to them, and one that brought older days begins again at their month.
    """
    is_open = series.open_minutes > 0
    missing = series.by_day((is_open & np.isnan(series.count)).astype(np.float64)) > 0
    sums = series.by_day(np.where(is_open, np.nan_to_num(series.count), 0.0))
    # An open day without any count is a closure or a fault: it teaches nothing.
    counted = np.where(missing | (sums == 0), np.nan, sums)
    day = series.day[0] + np.arange(sums.size)
    every = Days(
        day=day,
        count=counted,
        exposure=series.by_day(series.open_minutes) / 60,
        weekday=(day + 3) % 7 + 1,
        is_public_holiday=is_public_holiday(day),
        is_school_holiday=is_school_holiday(day),
        partners=np.empty((0, sums.size)),
    )
    return expected_days(every, np.empty(0) if known is None else known)


def expect(series: Series, by_day: Floats) -> ExpectedSeries:
    """The series beside what it was expected to count, given its `seasonal` days (days,)."""
    return ExpectedSeries(series, _usual(series, by_day[series.row] * _profile(series)))


def expected_days(every: Days, known: Floats) -> Floats:
    """Expected count (D,) of every day, from fits on what lies before its month.

    `known` are those of the first days, up to the end of a month.
    """
    mean = np.zeros(every.day.size)
    mean[: known.size] = known
    months = every.day.astype("datetime64[D]").astype("datetime64[M]")
    for month in np.unique(months[known.size :]):
        now = np.flatnonzero(months == month)
        window = every.window(max(0, int(now[0]) - FIT_DAYS), int(now[-1]) + 1)
        before = window.day < every.day[now[0]]
        if (window.observed & before).sum() >= MIN_DAYS:
            mean[now] = fit(window, before).mean(window)[-now.size :]
    return mean


def _profile(series: Series) -> Floats:
    """Share of its day that each open slot has, by the hours of the last 56 days that counted."""
    row, is_open = series.row, series.open_minutes > 0
    counts = series.by_hour(np.where(is_open, np.nan_to_num(series.count), 0.0))
    minutes = series.by_hour(series.open_minutes)
    counted = counts.sum(axis=1) > 0
    sums = np.cumsum(np.stack([counts, minutes * counted[:, np.newaxis]]), axis=1)
    sums = np.concatenate([np.zeros((2, 1, 24)), sums], axis=1)
    until = np.arange(counts.shape[0])
    counts_before, minutes_before = sums[:, until] - sums[:, np.maximum(0, until - PROFILE_DAYS)]
    # Half an hour's worth of the day's mean keeps hours that were rarely open from being certain.
    usual = counts_before.sum(axis=1) / np.maximum(minutes_before.sum(axis=1), 1)
    rate = (counts_before + 30 * usual[:, np.newaxis]) / (minutes_before + 30)
    weight = np.where(is_open, rate[row, series.hour] * series.open_minutes, 0.0)
    total = series.by_day(weight)
    share: Floats = np.divide(weight, total[row], out=np.zeros_like(weight), where=total[row] > 0)
    return share


def _usual(series: Series, seasonal: Floats) -> Expectation:
    """How the series usually counts and varies in every slot, from the days before it."""
    row = series.row
    known = (series.open_minutes > 0) & ~np.isnan(series.count)
    counts = series.by_hour(np.where(known, series.count, 0.0))
    minutes = series.by_hour(np.where(known, series.open_minutes, 0.0))

    good = counts.sum(axis=1) > 0
    before = np.cumsum(good) - good  # good days before each day
    # Element g: the 28 good days that precede good day g, empty days where there are fewer.
    hours = np.flatnonzero(minutes.any(axis=0))
    past_counts, past_minutes = _history(counts[good][:, hours]), _history(minutes[good][:, hours])
    number = np.minimum(np.arange(past_counts.shape[0]), HISTORY_DAYS).astype(np.float64)
    total = past_counts.sum(axis=1)
    rate = _ratio(total, past_minutes.sum(axis=1))
    day_mean = _ratio(total.sum(axis=1), number)

    hoped = rate[:, np.newaxis, :] * past_minutes
    strayed = _ratio((past_counts - hoped) ** 2, hoped)
    cells = (hoped > 0).sum(axis=(1, 2)) - (rate > 0).sum(axis=1)
    hour_dispersion = _ratio(strayed.sum(axis=(1, 2)), cells.astype(np.float64))
    hoped = hoped.sum(axis=2)
    strayed = _ratio((past_counts.sum(axis=2) - hoped) ** 2, hoped)
    day_dispersion = _ratio(strayed.sum(axis=1), number - 1)

    recent = past_counts[:, -RECENT_DAYS:].sum(axis=(1, 2))
    quieter = np.minimum(_ratio(recent, hoped[:, -RECENT_DAYS:].sum(axis=1)), 1.0)
    open_days = (past_minutes > 0).sum(axis=1)
    zeros = open_days - (past_counts > 0).sum(axis=1)
    zero_surprise = np.where(rate > 0, -np.log((zeros + 0.5) / (open_days + 1)), 0.0)

    rate *= (quieter * _untruncated(day_mean))[:, np.newaxis]
    rate[number < LEAST_DAYS] = 0.0
    expected = _by_hour(rate, hours)[before[row], series.hour] * series.open_minutes
    least = 1 + 1e-6  # Poisson
    return Expectation(
        seasonal=seasonal,
        count=expected,
        hour_dispersion=np.maximum(hour_dispersion, least)[before[row]],
        day_dispersion=np.maximum(day_dispersion, least)[before[row]],
        day_mean=day_mean[before[row]],
        zero_surprise=_by_hour(zero_surprise, hours)[before[row], series.hour],
    )


def _untruncated(mean: Floats) -> Floats:
    """Mean with the days at zero over the mean without them, for a Poisson count (1 when days are busy)."""
    whole = mean.copy()
    for _ in range(20):
        whole = mean * -np.expm1(-whole)
    return _ratio(whole, mean)


def _history(good_days: Floats) -> Floats:
    """Good days as (days + 1, 28, hours): element g holds the 28 before day g, zeros where there are none."""
    none_yet = np.zeros((HISTORY_DAYS, good_days.shape[1]))
    padded = np.concatenate([none_yet, good_days])
    windows = np.lib.stride_tricks.sliding_window_view(padded, HISTORY_DAYS, axis=0)
    history: Floats = np.moveaxis(windows, 2, 1)
    return history


def _by_hour(values: Floats, hours: Integers) -> Floats:
    """Columns of some hours as columns of all 24, 0 where there is none."""
    whole = np.zeros((values.shape[0], 24))
    whole[:, hours] = values
    return whole


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, 0 where the divisor is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
