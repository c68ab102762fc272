"""What every slot of a series was expected to count, from the days before its month alone.

The model of `transforms.counter_model` is fitted at the start of each month on at most three years before
it, so that a night costs the same however long the history is, and what came later never changes what was
expected. A day's expected count is spread over its open hours by the profile of the last 56 days that
counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from transforms.counter_model import MIN_DAYS, Days, fit
from warehouse.series import Bools, Floats, Integers, Series

FIT_DAYS = 3 * 366
PROFILE_DAYS = 56

Holidays = Callable[[Integers], Bools]


@dataclass(frozen=True)
class Expected:
    """What a series was expected to count: by day (days,) from its first one, and by slot (slots,)."""

    by_day: Floats
    by_slot: Floats


def seasonal(
    series: Series,
    is_public_holiday: Holidays,
    is_school_holiday: Holidays,
    known: Floats | None = None,
) -> Expected:
    """What every slot was expected to count: 0 in closed ones and before there are 14 days to learn from.

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
    by_day = _by_month(every, np.empty(0) if known is None else known)
    return Expected(by_day, by_day[series.row] * _profile(series))


def _by_month(every: Days, known: Floats) -> Floats:
    """Expected count of every day, from fits on what lies before its month."""
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
