"""What the best test of a slow drift can reach on the doors of the benchmark: a bound, like that of silences.

The test is given what no real one has: the day on which the drift would begin, how day and door vary (the
covariance of daily log ratios of door, desk and neighbour, up to 160 open days apart), and the true size of
the fall. Told of everything before and of desk and neighbour meanwhile, the likelihood ratio is then Gaussian
with signal `d`, and by Neyman and Pearson no test that alarms falsely with a chance of at most `a` during
these days finds more than the share Phi(d - z(1 - a)). Days are cut at three deviations, so that fairs do not
count as noise; covariances are read from the judged doors themselves. Both can only raise the bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from scipy import stats

from bench.counters.doors import Door, Split, doors
from bench.counters.house import House
from bench.counters.scoring import DAYS_A_YEAR
from warehouse.counted.series import ExpectedSeries, Floats

PAST_DAYS = 140
WITHIN_DAYS = 20
FALSE_ALARMS = (0.33, 1.0, 2.0, 4.0)
PER_DAY = 0.01
CUT = 3.0


def run(split: Split, volumes: Iterable[int], seeds: tuple[int, ...]) -> list[dict[str, Any]]:
    """By volume and false alarms a counter-year: the largest share of drifts found within 20 open days."""
    return [
        {"volume": volume, "a_year": a_year, "signal": round(signal, 2), "share": round(share, 3)}
        for volume in volumes
        for signal, open_days in [signal_of(list(doors(split, volume, seeds)))]
        for a_year in FALSE_ALARMS
        for share in [bound(signal, a_year * WITHIN_DAYS / open_days)]
    ]


def bound(signal: float, false_alarm: float) -> float:
    """The most that a test of that chance of a false alarm finds of a Gaussian signal, in deviations."""
    return float(stats.norm.cdf(signal - stats.norm.isf(min(false_alarm, 1.0))))


def signal_of(several: Iterable[Door]) -> tuple[float, float]:
    """The signal of 20 open days of drift in deviations, and the open days of a year."""
    found = [_daily(door) for door in several]
    open_days = DAYS_A_YEAR * sum(one.shape[1] for one, _ in found) / sum(days for _, days in found)
    fall = np.log1p(-PER_DAY) * (np.arange(WITHIN_DAYS) + 0.5) * DAYS_A_YEAR / open_days
    return signal([one for one, _ in found], fall), open_days


def signal(ratios: Iterable[Floats], fall: Floats) -> float:
    """Signal of a fall of the first of some series, given its past and all of the others.

    `ratios` are (series, open days), 0 where not known; `fall` (days,) is known.
    """
    several, lags = list(ratios), PAST_DAYS + fall.size
    number = several[0].shape[0]
    covariance = covariance_of(several, lags).transpose(1, 0, 3, 2).reshape(number * lags, number * lags)
    precision = np.linalg.inv(covariance)
    last = np.arange(PAST_DAYS, lags)
    # The precision of some days given all the others is their block of the whole precision.
    return float(np.sqrt(fall @ precision[np.ix_(last, last)] @ fall))


def covariance_of(several: Sequence[Floats], lags: int) -> Floats:
    """Covariance (day, series, day, series) of so many days of some towns' log ratios (series, open days)."""
    days = sum(one.shape[1] for one in several)
    # Divided by all days, not by the pairs at that lag: so the covariance is positive.
    apart = np.array(
        [sum(one[:, lag:] @ one[:, : one.shape[1] - lag].T for one in several) / days for lag in range(lags)]
    )
    at = np.subtract.outer(np.arange(lags), np.arange(lags))[..., np.newaxis, np.newaxis]
    by_day = apart[np.abs(at[..., 0, 0])]
    by_day = np.where(at >= 0, by_day, by_day.swapaxes(-1, -2))  # (day, day, series, series)
    number = several[0].shape[0]
    covariance: Floats = by_day.transpose(0, 2, 1, 3) + 1e-9 * np.eye(lags * number).reshape(
        lags, number, lags, number
    )
    return covariance


def _daily(door: Door) -> tuple[Floats, float]:
    """Log ratios (3, open days) of door, desk and neighbour in the judged days, and their length in days."""
    seen = door.window(door.days[0], door.judged[1])
    house = House()
    ratios = np.array([_ratio(house.expected(one)) for one in (seen.total, seen.desk, seen.neighbour)])
    day = np.arange(*seen.days)
    kept = (day >= door.judged[0]) & ~np.isnan(ratios[0]) & ~np.isin(day, door.closures)
    return np.array(list(cut(ratios[:, kept]))), float(door.judged[1] - door.judged[0])


def _ratio(one: ExpectedSeries) -> Floats:
    series, is_open = one.series, one.series.open_minutes > 0
    counted = series.by_day(np.where(is_open, series.count, 0.0))
    expected = series.by_day(np.where(is_open, one.expected.seasonal, 0.0))
    return np.where(expected > 0, np.log((counted + 0.5) / (expected + 0.5)), np.nan)


def cut(ratios: Floats) -> Iterator[Floats]:
    """Each series around 0, cut at three deviations; 0 where it is not known."""
    for one in ratios:
        middle = np.nanmedian(one)
        most = CUT * stats.median_abs_deviation(one, nan_policy="omit", scale="normal")
        within = np.clip(one, middle - most, middle + most)
        yield np.nan_to_num(within - np.nanmean(within))
