"""The one model of a counter: what a day should have counted, from the calendar, the season and partners.

A Poisson regression with log link and a Gaussian prior on every coefficient (ridge), by day. The prior does
the work of special cases: three weeks of history leave the season at zero, three years let the data speak.
The level is a random walk of the log rate on knots four weeks apart. After the last observed day it holds (a
forecast), between observed days it bridges (an interpolation): noticing, which knows the past only, and
estimating, which knows both sides of a gap, use the same model and differ by the mask of days alone.

Poisson regression of counts with calendar effects: Höhle & Paul 2008 (10.1016/j.csda.2008.02.015). A partner
as factor of the day of the year: Hankey, Lindsey & Marshall 2014.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from scipy.linalg import solve
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from warehouse.counted.series import Bools, Floats, Integers

YEAR_DAYS = 365.2425
MIN_DAYS = 14
SEASON_MIN_SPAN = 300
# Prior standard deviations, of the logarithm of the rate. Chosen by `python -m bench.imputing` on the tuning
# years; all of them lie on a plateau (half or double moves the error of a block by a tenth).
WEEKDAY_SD = 0.5
HOLIDAY_SD = 0.5
HARMONICS = 4
SEASON_SD = 0.4
SEASON_FALL = 2.0  # the harmonic of j cycles a year has SEASON_SD / j ** SEASON_FALL
KNOT_DAYS = 28
LEVEL_SD = 0.04  # step of the random walk from knot to knot
PASSING_SD = 0.1  # what a month has for itself and does not keep
STEP_SD = 1.0  # a level of its own, from the day of a new method on
# A partner's slow course (season and level) and its day by day: usual share that the counter follows, and sd.
PARTNER_SLOW, PARTNER_SLOW_SD = 0.6, 0.3
PARTNER_FAST, PARTNER_FAST_SD = 0.6, 0.4
# Days of one month err alike, so they weigh less than independent ones would.
AUTOCORRELATION = 4.0
# Times the busiest day learnt from, by rate: beyond that a model extrapolates, and nothing is believed of it.
MOST_RATE = 3.0
PRECISION = 1e-7  # of a fit, as a share of what was counted
MOST_STEPS = 50  # of a fit: five are usual
CHI2_1_MEDIAN = 0.4549  # median of a squared standard normal


class TooLittleHistoryError(ValueError):
    """The days to learn from are too few, or nothing was counted on them."""


@dataclass(frozen=True)
class Days:
    """One counter by local day; every array is (D,), in order of consecutive days.

    `day` days since 1970; `count` NaN where not validly observed; `exposure` effective open time in any one
    unit, 0 when closed; `weekday` 1 (Monday) to 7; `partners` (P, D) counts of what is counted beside it, NaN
    where unknown. `steps` are days (since 1970) from which the counter has another level, as after a change
    of method: days on both sides teach the season, and each side its level.

    Raises
    ------
    ValueError
        When the arrays do not fit together or the days are not consecutive.
    """

    day: Integers
    count: Floats
    exposure: Floats
    weekday: Integers
    is_public_holiday: Bools
    is_school_holiday: Bools
    partners: Floats
    steps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        shape = self.day.shape
        own = (self.count, self.exposure, self.weekday, self.is_public_holiday, self.is_school_holiday)
        if any(array.shape != shape for array in own) or self.partners.shape[1:] != shape:
            raise ValueError(f"every array of Days must have the {shape} of `day`")
        if np.any(np.diff(self.day) != 1):
            raise ValueError("days must be consecutive: an unobserved day has a count of NaN")

    def __len__(self) -> int:
        return self.day.size

    @property
    def observed(self) -> Bools:
        """Days (D,) that were open and validly observed."""
        return np.isfinite(self.count) & (self.exposure > 0)

    def window(self, first: int, end: int) -> Days:
        """The rows from `first` to before `end`."""
        rows = slice(first, end)
        return Days(
            self.day[rows],
            self.count[rows],
            self.exposure[rows],
            self.weekday[rows],
            self.is_public_holiday[rows],
            self.is_school_holiday[rows],
            self.partners[:, rows],
            self.steps,
        )


@dataclass(frozen=True)
class Model:
    """A fitted counter. `dispersion` is Pearson's, at least 1: the variance of a day over its mean.

    `log_scale` is the logarithm of the rate per unit of exposure on a usual day; `coefficients` (K,) go with
    the columns of `Design`; `log_most` is the logarithm of the highest rate that it may give.
    """

    basis: Basis
    log_scale: float
    coefficients: Floats
    dispersion: float
    log_most: float

    def mean(self, days: Days) -> Floats:
        """Expected count (D,) of each day, 0 when closed; `days` may go beyond those of the fit.

        Raises
        ------
        ValueError
            When `days` has not the partners of the fit.
        """
        return self.mean_of(self.basis.design(days))

    def of_season(self, design: Design) -> Model:
        """The same without the course of its level: what calendar and season alone make of the mean rate."""
        is_level = design.smooth & ~design.seasonal
        return replace(self, coefficients=np.where(is_level, 0.0, self.coefficients))

    def mean_of(self, design: Design) -> Floats:
        """The same for days whose columns exist already."""
        log_rate = self.log_scale + design.offset + design.columns @ self.coefficients
        rate: Floats = np.exp(np.minimum(log_rate, self.log_most))
        return design.days.exposure * rate


@dataclass(frozen=True)
class Partner:
    """How a partner's counts are read: against its own usual course, and shrunk as its noise demands.

    `usual` is the partner's own model; `prior_count` the strength of the gamma prior on a day's ratio to it;
    `centre` the mean of its slow course over the days of the fit.
    """

    usual: Model
    prior_count: float
    centre: float

    def signals(self, days: Days, counts: Floats) -> tuple[Floats, Floats]:
        """Slow course and day's deviation of the partner, both (D,) logarithms around 0.

        A day's ratio to the usual is the posterior mean of a gamma-Poisson model, so that a desk of ten a day
        does not pass its chance on (errors in variables). An unknown day is a usual one.
        """
        design = self.usual.basis.design(_alone(days, counts))
        slow = design.columns[:, design.smooth] @ self.usual.coefficients[design.smooth]
        usual = self.usual.mean_of(design)
        known = np.isfinite(counts) & (days.exposure > 0)
        ratio = np.ones(len(days))
        ratio[known] = (counts[known] + self.prior_count) / (usual[known] + self.prior_count)
        return slow - self.centre, np.log(ratio)


@dataclass(frozen=True)
class Basis:
    """A model's columns before any data of the counter: knots from `first_day` to `last_day`; `steps`."""

    first_day: int
    last_day: int
    partners: tuple[Partner, ...]
    steps: tuple[int, ...] = ()

    def design(self, days: Days) -> Design:
        """Columns for `days`, each scaled by its prior standard deviation.

        Raises
        ------
        ValueError
            When `days` has not the partners of this basis.
        """
        if len(days.partners) != len(self.partners):
            raise ValueError(f"{len(self.partners)} partners were learnt, {len(days.partners)} are given")
        angle = 2 * np.pi * days.day[:, np.newaxis] / YEAR_DAYS
        cycle = np.arange(1, HARMONICS + 1)
        season_sd = SEASON_SD / cycle**SEASON_FALL
        season = np.hstack([np.sin(angle * cycle) * season_sd, np.cos(angle * cycle) * season_sd])
        knots = np.arange(self.first_day, self.last_day + KNOT_DAYS, KNOT_DAYS)
        since = (days.day[:, np.newaxis] - knots) / KNOT_DAYS
        walk = np.clip(since[:, :-1], 0, 1) * LEVEL_SD
        passing = np.clip(1 - np.abs(since), 0, None) * PASSING_SD
        weekday = (days.weekday[:, np.newaxis] == np.arange(1, 8)) * WEEKDAY_SD
        holiday = np.column_stack([days.is_public_holiday, days.is_school_holiday]) * HOLIDAY_SD
        offset = np.zeros(len(days))
        step = (days.day[:, np.newaxis] >= np.array(self.steps, dtype=np.int64)) * STEP_SD
        blocks = [season, walk, passing, weekday, holiday, step]
        for partner, counts in zip(self.partners, days.partners, strict=True):
            slow, fast = partner.signals(days, counts)
            offset += (PARTNER_SLOW * slow + PARTNER_FAST * fast) / len(self.partners)
            blocks.append(np.column_stack([slow * PARTNER_SLOW_SD, fast * PARTNER_FAST_SD]))
        columns = np.hstack(blocks)
        position = np.arange(columns.shape[1])
        seasonal = position < season.shape[1]
        smooth = position < season.shape[1] + walk.shape[1] + passing.shape[1]
        return Design(self, days, columns, seasonal, smooth, offset)


@dataclass(frozen=True)
class Design:
    """The columns (D, K) of some days, to fit several masks of them at little cost.

    `seasonal` and `smooth` (K,) tell the annual columns, and those that vary slowly (season and level);
    `offset` (D,) is what partners make one expect before anything is learnt of the counter.
    """

    basis: Basis
    days: Days
    columns: Floats
    seasonal: Bools
    smooth: Bools
    offset: Floats

    def fit(self, on: Bools, weights: Floats | None = None) -> Model:
        """Learn from the observed days of the mask `on` (D,), each with its weight (D,).

        Raises
        ------
        TooLittleHistoryError
            When these are fewer than two weeks, or nothing was counted on them.
        """
        rows = np.flatnonzero(on & self.days.observed)
        if rows.size < MIN_DAYS:
            raise TooLittleHistoryError(f"{rows.size} observed days, at least {MIN_DAYS} are needed")
        count = self.days.count[rows]
        usual = self.days.exposure[rows] * np.exp(self.offset[rows])
        own = np.ones(rows.size) if weights is None else weights[rows]
        if (own * count).sum() <= 0:
            raise TooLittleHistoryError(f"nothing was counted on {rows.size} observed days")
        # The annual cycle is not separable from the level in much less than a year.
        learnt = np.ones(self.columns.shape[1], dtype=bool)
        if np.ptp(rows) < SEASON_MIN_SPAN:
            learnt &= ~self.seasonal
        columns = self.columns[np.ix_(rows, learnt)]
        scale = (own * count).sum() / (own * usual).sum()
        mass = own * usual * scale
        penalty = AUTOCORRELATION * _dispersion_by_weeks(self.days, rows)
        # With target count / usual and the usual as weight this is the likelihood of counts with an offset.
        # The matrices are small: several threads take a hundred times as long on a machine that is shared.
        with _threads().limit(limits=1):
            found, intercept = poisson_ridge(columns, count / (usual * scale), mass, penalty)
            mean = usual * scale * np.exp(columns @ found + intercept)
            dispersion = _pearson(count, mean, own, columns, penalty)
        coefficients = np.zeros(learnt.size)
        coefficients[learnt] = found
        log_scale = float(np.log(scale) + intercept)
        log_most = float(np.log(MOST_RATE * (count / self.days.exposure[rows]).max()))
        return Model(self.basis, log_scale, coefficients, dispersion, log_most)


def poisson_ridge(columns: Floats, rates: Floats, weights: Floats, penalty: float) -> tuple[Floats, float]:
    """The coefficients (K,) and the intercept of a Poisson regression with log link and a ridge.

    They make least the sum over rows of weight * (mean - rate * log(mean)), plus half the penalty times the
    squares of the coefficients. `columns` (N, K), `rates` and `weights` (N,); a weighted mean rate near 1 is
    a good start. Newton steps, halved where they would climb; the sum is convex, so they always end.
    """
    basis = np.column_stack((columns, np.ones(len(columns))))
    ridge = np.append(np.full(columns.shape[1], penalty), 0.0)

    def loss(at: Floats) -> float:
        linear = basis @ at
        with np.errstate(over="ignore"):
            return float(weights @ (np.exp(linear) - rates * linear) + at * ridge @ at / 2)

    at = np.zeros(basis.shape[1])
    least = loss(at)
    for _ in range(MOST_STEPS):
        mean = weights * np.exp(basis @ at)
        slope = basis.T @ (mean - weights * rates) + ridge * at
        if np.abs(slope).max() <= PRECISION * weights.sum():
            return at[:-1], float(at[-1])
        step = solve(basis.T @ (basis * mean[:, np.newaxis]) + np.diag(ridge), slope, assume_a="pos")
        while (there := loss(at - step)) > least + PRECISION * abs(least):
            step /= 2
        at, least = at - step, there
    raise ValueError(f"a regression on {len(rates)} days did not end in {MOST_STEPS} steps")


def design(days: Days) -> Design:
    """Columns for `days`, with each partner read against its own usual course over all of them.

    A reader that must not know the future cuts `days` at the present. A partner that was observed on too few
    days to have a usual course cannot stand in: leave it out of `days`.

    Raises
    ------
    TooLittleHistoryError
        When a partner was observed on fewer than two weeks of days or counted nothing.
    """
    first, last = int(days.day[0]), int(days.day[-1])
    partners = tuple(_partner(days, counts) for counts in days.partners)
    steps = tuple(step for step in days.steps if first < step <= last)
    return Basis(first, last, partners, steps).design(days)


@cache
def _threads() -> Any:
    return ThreadpoolController()


def _alone(days: Days, counts: Floats) -> Days:
    return replace(days, count=counts, partners=np.empty((0, len(days))), steps=())


def _partner(days: Days, counts: Floats) -> Partner:
    own = Basis(int(days.day[0]), int(days.day[-1]), ()).design(_alone(days, counts))
    model = own.fit(own.days.observed)
    slow = own.columns[:, own.smooth] @ model.coefficients[own.smooth]
    usual = float(np.mean(model.mean_of(own)[own.days.observed]))
    # Poisson variance plus that of a gamma: dispersion = 1 + mean / prior_count.
    prior_count = usual / max(model.dispersion - 1, 1e-3)
    return Partner(model, prior_count, float(slow.mean()))


def _dispersion_by_weeks(days: Days, rows: Integers) -> float:
    """Variance over mean by the median of differences of a week: no model, and bad days change little."""
    count = np.full(len(days), np.nan)
    count[rows] = days.count[rows]
    before, after = count[:-7], count[7:]
    squares = (after - before) ** 2 / np.maximum(after + before, 1)
    squares = squares[np.isfinite(squares)]
    if not squares.size:
        return 1.0
    return max(1.0, float(np.median(squares)) / CHI2_1_MEDIAN)


def _pearson(count: Floats, mean: Floats, weights: Floats, columns: Floats, penalty: float) -> float:
    """Pearson's dispersion over the degrees of freedom that a ridge leaves (trace of its hat matrix)."""
    information = columns.T @ (columns * (weights * mean)[:, np.newaxis])
    ridge = information + penalty * np.eye(len(information))
    used = 1 + float(np.trace(np.linalg.solve(ridge, information)))
    squares = float(np.sum(weights * (count - mean) ** 2 / mean))
    free = max(count.size - used, 1.0) * float(weights.mean())
    return max(1.0, squares / free)
