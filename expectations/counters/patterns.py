"""Faults that leave a pattern: stuck values, days delivered twice, a wrong clock, counts that are all even.

Each is declared when a working counter would show the pattern by chance less than once in 50,000 open hours,
fifteen years of a door: `evidence` adds up minus logarithms of chances. Only what came before a slot is used
to judge it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from warehouse.counted.series import Bools, Floats, Integers, Series, sums_before

CLOCK_SHIFT = "clock_shift"
OPEN_HOURS_PER_FALSE_ALARM = 50_000
LEAST_STUCK_SLOTS = 6
CLOSED_RATE = 0.02  # passages an hour that a closed office shows at least: a cleaner now and then
LAGS = np.arange(1, 32)
SHIFTS = tuple(range(-3, 0)) + tuple(range(1, 13))
PROFILE_DAYS = 56
LEAST_PROFILE_DAYS = 14
LEAST_SHARE = 0.002
LEAST_MINUTES = 30.0  # of the mean of all hours, in what an hour that was rarely open is taken to count
KIND_MINUTES = 120.0  # of the mean of all days, in what an hour of a Sunday is taken to count
FRIDAY = 4
MARGIN_DAYS = 7  # around the days that are judged, to see the stretches of days off that they are part of


@dataclass(frozen=True)
class Pattern:
    """A pattern that was declared, in positions of slots: first, last before the declaration, first after.

    `evidence` is minus the logarithm of the chance that a working counter shows it.
    """

    fault: str
    first: int
    declared: int
    after: int | None
    evidence: float


def stuck(series: Series, expected: Floats, dispersion: Floats, threshold: float) -> list[Pattern]:
    """The same positive count again and again, in open and closed slots."""
    has_row = np.flatnonzero(~np.isnan(series.count))
    count = series.count[has_row]
    repeats = np.zeros(count.size, dtype=bool)
    repeats[1:] = (count[1:] == count[:-1]) & (count[1:] > 0)
    surprise = np.zeros(count.size)
    surprise[repeats] = _surprise(series.count, expected, dispersion, has_row[repeats])
    return _runs("stuck", has_row, repeats, surprise, threshold, LEAST_STUCK_SLOTS - 1)


def all_even(series: Series, threshold: float) -> list[Pattern]:
    """Counts that are all even, in a series that used to have odd ones: everybody is counted twice.

    The chance of an even count is the share that was even before, a half at least: where as many leave as
    enter within the hour, most sums of both are even.
    """
    positive = np.flatnonzero(np.nan_to_num(series.count) > 0)
    is_even = series.count[positive] % 2 == 0
    before = np.arange(positive.size)
    usual = np.maximum((np.cumsum(is_even) - is_even + 1) / (before + 2), 0.5)
    # Runs begin after an odd count, so that a series that was always even never has one.
    is_even &= np.maximum.accumulate(~is_even) if is_even.size else is_even
    return _runs("doubled", positive, is_even, -np.log(usual), threshold, 1, own_first=True)


def delivered_again(series: Series, expected: Floats, dispersion: Floats, threshold: float) -> list[Pattern]:
    """Days that repeat, hour by hour, the days a fixed number of days before them."""
    grid = _Grid.of(series)
    is_open = grid.minutes.sum(axis=1) > 0
    of_day = grid.counts.sum(axis=1)
    lags = LAGS[of_day.size > LAGS]
    same = np.zeros((lags.size, is_open.size), dtype=bool)
    for at, lag in enumerate(lags):
        # Few days have the sum of another: the hours of those alone are compared.
        alike = np.flatnonzero((of_day[lag:] == of_day[:-lag]) & is_open[lag:]) + lag
        same[at, alike] = (grid.counts[alike] == grid.counts[alike - lag]).all(axis=1)
    # A day without a count proves nothing.
    proves: Bools = same.any(axis=0) & (of_day > 0)
    slots = np.flatnonzero(~np.isnan(series.count) & proves[grid.row])
    surprise = np.zeros(series.count.size)
    surprise[slots] = _surprise(series.count, expected, dispersion, slots)
    surprise_of_day = series.by_day(surprise)
    found = []
    for of_lag in same[same.any(axis=1)]:
        found += _daily("duplicate_delivery", grid, of_lag, surprise_of_day, threshold + np.log(LAGS.size))
    return sorted(found, key=lambda pattern: (pattern.declared, pattern.first))


def clock_shift(
    series: Series, dispersion: Floats, threshold: float, holidays: Collection[int] = ()
) -> list[Pattern]:
    """A day's hours that look like those of another clock: a CUSUM.

    The day's total is taken as given (multinomial), so that neither season nor level matters, and so are the
    hours in which it was open. `holidays` are public holidays, as local days since 1970: unless its passages
    come in closed hours alone, one proves nothing; the days around it may have the hours of any day of the
    week; and neither teaches.
    """
    grid = _Grid.of(series)
    day = series.day[:1].sum() + np.arange(grid.counts.shape[0])
    # No event empties the open hours and fills the closed ones: such a day proves, and teaches nothing.
    counted = grid.counts.sum(axis=1) > 0
    is_open = grid.minutes.any(axis=1)
    is_inverted = counted & is_open & ((grid.counts * (grid.minutes > 0)).sum(axis=1) == 0)
    is_holiday = np.isin(day, list(holidays))
    is_near = _near_holidays(day, holidays)
    teaches = counted & is_open & ~is_inverted & ~is_near
    is_known = _before(teaches[:, np.newaxis] * 1.0)[:, 0] >= LEAST_PROFILE_DAYS
    by_day = np.ones(day.size)
    by_day[grid.row] = dispersion
    # One odd day is an event: what a day adds is bounded, so that a clock shows on the third day.
    bound = np.where(is_inverted, threshold, threshold / 2.5)
    kind = np.maximum(_weekday(day), FRIDAY)
    shares = _hours(grid, [teaches & (kind == one) for one in np.unique(kind)], teaches)
    shares = [np.log(share) for share in shares]
    own = np.choose(np.searchsorted(np.unique(kind), kind)[:, np.newaxis], shares)

    def likelihood(shift: int) -> Floats:
        likeliest = _of_clock(grid.counts, own, shift)
        if is_near.any():
            of_kinds = [_of_clock(grid.counts[is_near], share[is_near], shift) for share in shares]
            likeliest[is_near] = np.max(of_kinds, axis=0)
        return likeliest

    found: list[Pattern] = []
    usual, proves = likelihood(0), is_known & (is_inverted | ~is_holiday)
    for shift in SHIFTS:
        ratio = np.where(proves, (likelihood(shift) - usual) / by_day, 0.0)
        found += _cusum(CLOCK_SHIFT, grid, ratio, bound, threshold + np.log(len(SHIFTS)))
    return sorted(found, key=lambda pattern: (pattern.declared, -pattern.evidence))


def _near_holidays(day: Integers, holidays: Collection[int]) -> Bools:
    """Which of these days in a row are public holidays, days off that join one, or a day before or after.

    Days off are Saturdays, Sundays, holidays, and a single day between two of them.
    """
    every = day[:1].sum() + np.arange(-MARGIN_DAYS, day.size + MARGIN_DAYS)
    is_holiday = np.isin(every, list(holidays))
    is_off = is_holiday | (_weekday(every) > FRIDAY)
    is_off[1:-1] |= is_off[:-2] & is_off[2:]
    stretch = np.cumsum(np.diff(is_off, prepend=False))
    joins = is_off & np.isin(stretch, stretch[is_holiday])
    joins[1:-1] |= joins[:-2] | joins[2:]
    found: Bools = joins[MARGIN_DAYS : MARGIN_DAYS + day.size]
    return found


def _of_clock(counts: Floats, share: Floats, shift: int) -> Floats:
    """Log likelihood (days,) of counts (days, 24), given logarithms of shares, by a clock that is shifted."""
    found: Floats = (counts * np.roll(share, shift, axis=1)).sum(axis=1)
    return found


def _hours(grid: _Grid, kinds: Sequence[Bools], others: Bools) -> list[Floats]:
    """Share (days, 24) that each hour has of the passages of a day of each kind, by days before it.

    It follows from their passages a minute, those of its own kind before those of `others`, and from the
    hours in which the day itself is open: other hours on Sundays or from November on are no other clock.
    """
    passages = [np.zeros_like(grid.counts) for _ in kinds]
    is_open = grid.minutes > 0
    for hours, minutes in ((is_open, grid.minutes), (~is_open, np.full_like(grid.minutes, 60.0))):
        known = hours & others[:, np.newaxis]
        counts, spent = _before(grid.counts * known), _before(minutes * known)
        usual = counts.sum(axis=1, keepdims=True) / np.maximum(spent.sum(axis=1, keepdims=True), 1.0)
        of_all = (counts + LEAST_MINUTES * usual) / (spent + LEAST_MINUTES)
        for own, passed in zip(kinds, passages, strict=True):
            known = hours & own[:, np.newaxis]
            counts, spent = _before(grid.counts * known), _before(minutes * known)
            rate = (counts + KIND_MINUTES * of_all) / (spent + KIND_MINUTES)
            passed += np.where(hours, rate * minutes, 0.0)
    shares = [of / np.maximum(of.sum(axis=1, keepdims=True), 1e-9) + LEAST_SHARE for of in passages]
    return [share / share.sum(axis=1, keepdims=True) for share in shares]


def _before(values: Floats) -> Floats:
    """Sums (days, 24) over the days before each that its profile is made of."""
    return sums_before(values, PROFILE_DAYS)[:-1]


def _weekday(day: Integers) -> Integers:
    """Weekdays of local days since 1970, 0 for Monday."""
    return (day + 3) % 7


@dataclass(frozen=True)
class _Grid:
    """Counts and open minutes by local day and hour; `first` and `last` slot of each day."""

    counts: Floats
    minutes: Floats
    row: Integers
    first: Integers
    last: Integers

    @classmethod
    def of(cls, series: Series) -> _Grid:
        counts, minutes = series.by_hour(np.nan_to_num(series.count)), series.by_hour(series.open_minutes)
        row, every = series.row, np.arange(counts.shape[0])
        last = np.searchsorted(row, every, "right") - 1
        return cls(counts, minutes, row, np.searchsorted(row, every), last)


def _surprise(count: Floats, expected: Floats, dispersion: Floats, slots: Integers) -> Floats:
    """Minus the logarithm of the chance of the counts of some slots; 0 before anything is expected.

    It is 0 too where the expected count is not known (NaN). Negative binomial, variance `dispersion` times
    the mean.
    """
    mean = np.maximum(expected[slots], CLOSED_RATE)
    over = np.maximum(dispersion[slots], 1.05)
    seen, size = np.round(count[slots]), mean / (over - 1)
    chance = gammaln(size + seen) - gammaln(seen + 1) - gammaln(size) + seen * np.log1p(-1 / over)
    chance -= size * np.log(over)
    is_known = np.maximum.accumulate(expected > 0) & ~np.isnan(expected)
    return np.where(is_known[slots], -chance, 0.0)


def _runs(
    fault: str,
    position: Integers,
    goes_on: Bools,
    surprise: Floats,
    threshold: float,
    least: int,
    own_first: bool = False,
) -> list[Pattern]:
    """Runs of `goes_on` with enough evidence; a run begins with the slot before it, or with its own first."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], goes_on, [False]]).astype(np.int8)))
    found = []
    sums = np.concatenate([[0.0], np.cumsum(surprise)])
    could_be = sums[edges[1::2]] - sums[edges[::2]] >= threshold - 1e-6  # rounding
    for begin, end in edges.reshape(-1, 2)[could_be]:
        evidence = np.cumsum(surprise[begin:end])
        enough = np.flatnonzero(evidence >= threshold)
        enough = enough[enough >= least - 1]
        if enough.size:
            found.append(
                Pattern(
                    fault,
                    first=int(position[begin if own_first else begin - 1]),
                    declared=int(position[begin + enough[0]]),
                    after=int(position[end]) if end < position.size else None,
                    evidence=float(evidence[-1]),
                )
            )
    return found


def _daily(fault: str, grid: _Grid, goes_on: Bools, surprise: Floats, threshold: float) -> list[Pattern]:
    """Runs of days, closed ones neither adding nor ending, as patterns of slots."""
    is_open = np.flatnonzero(grid.minutes.sum(axis=1) > 0)
    runs = _runs(fault, is_open, goes_on[is_open], surprise[is_open], threshold, 1, own_first=True)
    return [_as_slots(grid, run) for run in runs]


def _cusum(fault: str, grid: _Grid, ratio: Floats, bound: Floats, threshold: float) -> list[Pattern]:
    """Stretches in which the sum of bounded log likelihood ratios since its last zero reaches the threshold.

    One ends on the day from which the sum of the opposite ratio reaches the threshold. Its evidence is not
    bounded, so that of several hypotheses the likeliest can be told.
    """
    found: list[Pattern] = []
    sums = np.cumsum(np.minimum(ratio, bound))
    if not (sums - np.minimum(np.minimum.accumulate(sums), 0.0) >= threshold - 1e-6).any():
        return found
    total, begin, declared, against, turned = 0.0, 0, -1, 0.0, 0
    for day, value in enumerate(ratio):
        if declared < 0:
            if total == 0.0:
                begin = day
            total = max(0.0, total + min(value, bound[day]))
            if total >= threshold:
                declared, against = day, 0.0
                found.append(Pattern(fault, begin, day, None, float(ratio[begin : day + 1].sum())))
            continue
        if against == 0.0:
            turned = day
        against = max(0.0, against - value)
        if against >= threshold:
            found[-1] = Pattern(fault, found[-1].first, declared, turned, found[-1].evidence)
            total, declared = 0.0, -1
    return [_as_slots(grid, pattern) for pattern in found]


def _as_slots(grid: _Grid, days: Pattern) -> Pattern:
    """A pattern of days as one of slots."""
    after = None if days.after is None else int(grid.first[days.after])
    return Pattern(
        days.fault, int(grid.first[days.first]), int(grid.last[days.declared]), after, days.evidence
    )
