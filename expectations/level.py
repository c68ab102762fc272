"""The level chart: has a series counted less, or more, than it should for several open days together?

What was counted over the last 2 to 42 open days is compared with what season, weekday and opening made
expected, at the level of the 42 days before them: the logarithm of the ratio is the contrast. The change of
a partner over the same days is taken off, as far as it used to go along with the series. How far a contrast
strays when nothing is wrong is not assumed but read from the series itself, from its contrasts of all
earlier days. A change is declared when the contrast is that many deviations away (`WINDOWS`) and of a size
that matters. Events, storms and school groups are single days: what one day adds is bounded.

A generalised likelihood ratio over windows (Siegmund and Venkatraman 1995; for counts Hoehle and Paul 2008),
with empirical in place of assumed variances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from warehouse.series import Bools, Floats, Integers

# Open days, and how many deviations a mean over so many must be away: storms and fairs last days, not weeks.
WINDOWS = {2: 5.0, 3: 4.5, 5: 4.0, 7: 3.7, 10: 3.7, 14: 3.7, 21: 3.7, 30: 3.7, 42: 3.7}
REFERENCE_DAYS = 42
LEAST_REFERENCE_DAYS = 14
HISTORY_DAYS = 400
PRIOR_DAYS = 60.0
PRIOR_DEVIATION = 0.12
DAY_BOUND = 0.9
LEAST_CHANGE = 0.18
SETTLED_DAYS = 5
STAYS_DAYS = 90


@dataclass(frozen=True)
class LevelChange:
    """A change of level: positions among the open days that were judged.

    `onset` first day of the change, `detected` day at whose end it was declared, `ended` first day that
    was back at the old level, None while it lasts. `log_ratio` of counted to expected from onset to
    detection; `trend` is how much it moved meanwhile; `score` in deviations.
    """

    onset: int
    detected: int
    ended: int | None
    log_ratio: float
    trend: float
    score: float


@dataclass(frozen=True)
class Counted:
    """Open days of a series in order, without those that another fault explains: counted and expected.

    Both (days,), `expected` in any scale; 0 where the day is not known.
    """

    counted: Floats
    expected: Floats

    @property
    def log_ratio(self) -> Floats:
        """Logarithm of counted to expected by day, NaN where it is not known."""
        ratio = np.log((self.counted + 0.5) / (self.expected + 0.5))
        return np.where(self.expected > 0, ratio, np.nan)

    def at(self, days: Integers) -> Counted:
        """The chosen days."""
        return Counted(self.counted[days], self.expected[days])

    def shifted(self, days: Integers, log_ratio: float) -> Counted:
        """With what was expected on some days moved to another level."""
        expected = self.expected.copy()
        expected[days] *= np.exp(log_ratio)
        return Counted(self.counted, expected)


def level_changes(
    series: Counted, partners: Sequence[Counted] = (), strictness: float = 1.0, seasoned: int = 0
) -> list[LevelChange]:
    """The changes of level of one series, in order; what comes later changes no detection.

    `partners` are other series on the same days; `strictness` multiplies the thresholds; no day before
    `seasoned` alarms. From its onset on a change is taken for the level, so that what follows is judged
    against it: more of the same belongs to it, and the way back ends it.
    """
    found: list[LevelChange] = []
    offset, resume = 0.0, 0
    references = [_reference(partner) for partner in partners]
    beside = {
        window: [_contrast(*pair, window) for pair in zip(partners, references, strict=True)]
        for window in WINDOWS
    }
    while True:
        score, window, contrast = _scores(series, beside, strictness)
        since = max(resume, seasoned)
        alarms = np.flatnonzero(score[since:] > 0) + since
        returns = _returns(series, offset, resume)
        if not alarms.size and not returns.size:
            return found
        if returns.size and not (alarms.size and alarms[0] < returns[0]):
            at, span, change = int(returns[0]), SETTLED_DAYS, -offset
        else:
            at = int(alarms[0])
            span, change = int(window[at]), float(contrast[at])
        first = at + 1 - span
        left = offset + change
        is_over = offset != 0 and (abs(left) < max(abs(offset) / 2, LEAST_CHANGE) or left * offset < 0)
        if is_over:
            found[-1] = replace(found[-1], ended=first)
        if abs(left) < LEAST_CHANGE or (is_over and left * offset > 0):
            change, left = -offset, 0.0
        elif offset == 0 or is_over:
            trend = _trend(series.log_ratio[first : at + 1])
            found.append(LevelChange(first, at, None, change, trend, float(score[at])))
        series = series.shifted(np.arange(first, series.counted.size), change)
        offset, resume = left, at + 1
        if found and found[-1].ended is None and at - found[-1].detected > STAYS_DAYS:
            offset = 0.0  # it has become the usual level


def _returns(series: Counted, offset: float, resume: int) -> Integers:
    """Days at which the last few together are back at the level before a change, all after its detection."""
    if offset == 0:
        return np.zeros(0, dtype=np.int64)
    recent = _contrast(series, _reference(series), SETTLED_DAYS)
    is_back = np.abs(offset + recent) < abs(offset) / 3
    is_back[: resume + SETTLED_DAYS - 1] = False
    return np.flatnonzero(is_back)


def _trend(departed: Floats) -> float:
    """How much the log ratio moved over the days, by least squares."""
    if departed.size < 3:
        return 0.0
    return float(np.polyfit(np.linspace(0, 1, departed.size), departed, 1)[0])


def _scores(
    series: Counted, beside: Mapping[int, Sequence[Floats]], strictness: float
) -> tuple[Floats, Integers, Floats]:
    """The largest score of each day over the windows that alarm, with its window and contrast; else 0.

    `beside` are the contrasts of the partners by window.
    """
    days = series.counted.size
    best, best_window, best_change = np.zeros(days), np.zeros(days, dtype=np.int64), np.zeros(days)
    reference = _reference(series)
    for window, threshold in WINDOWS.items():
        contrast = _contrast(series, reference, window)
        chance = 1 / (_last(series.expected, window) + 0.5)
        prior = PRIOR_DEVIATION**2 + chance
        score, change = _deviations(contrast, None, prior, window)
        for other in beside[window]:
            # One after the other: what the first explains, the next need not.
            surer, less = _deviations(change, other, prior, window)
            known = ~np.isnan(surer)
            score, change = np.where(known, surer, score), np.where(known, less, change)
        is_rare = np.nan_to_num(score) >= strictness * threshold
        # A partner's own fault is not the series' one: that must have moved itself, and in the same way.
        is_its_own = (np.abs(change) >= LEAST_CHANGE) & (contrast * np.sign(change) >= LEAST_CHANGE / 2)
        better = is_rare & is_its_own & (score > best)
        better[better] = _most_days(series, reference, np.flatnonzero(better), window, change)
        best[better], best_window[better], best_change[better] = score[better], window, change[better]
    return best, best_window, best_change


def _most_days(series: Counted, reference: Floats, ends: Integers, window: int, change: Floats) -> Bools:
    """Whether more than half of the days of each window show half of the change: one odd day is none."""
    days = ends[:, np.newaxis] - np.arange(window)
    departed = series.log_ratio[days] - reference[ends - window, np.newaxis]
    shows = departed * np.sign(change[ends, np.newaxis]) >= np.abs(change[ends, np.newaxis]) / 2
    most: Bools = shows.sum(axis=1) * 2 > window
    return most


def _deviations(contrast: Floats, other: Floats | None, prior: Floats, window: int) -> tuple[Floats, Floats]:
    """How many of its usual deviations each contrast is away, and the contrast less the partner's share."""
    known = ~np.isnan(contrast) if other is None else ~np.isnan(contrast) & ~np.isnan(other)
    mine = np.where(known, contrast, 0.0)
    theirs = np.zeros_like(mine) if other is None else np.where(known, other, 0.0)
    number = _earlier(known.astype(np.float64), window)
    squares, products = _earlier(mine * mine, window), _earlier(mine * theirs, window)
    others = _earlier(theirs * theirs, window)
    share = np.clip(products / (others + PRIOR_DAYS * prior), 0.0, 1.0)
    spread = (PRIOR_DAYS * prior + squares - 2 * share * products + share**2 * others) / (PRIOR_DAYS + number)
    change = np.where(known, mine - share * theirs, np.nan)
    return np.abs(change) / np.sqrt(spread), change


def _reference(series: Counted) -> Floats:
    """Level, as a log ratio, of the last 42 days up to each day; NaN before 14 of them are known.

    No day counts for more than `DAY_BOUND` away from the median of the days.
    """
    before = np.zeros(REFERENCE_DAYS - 1)
    counted, expected = (
        np.lib.stride_tricks.sliding_window_view(np.concatenate([before, values]), REFERENCE_DAYS)
        for values in (series.counted, series.expected)
    )
    found = np.full(series.counted.size, np.nan)
    enough = (expected > 0).sum(axis=1) >= LEAST_REFERENCE_DAYS
    if enough.any():
        counted, expected = counted[enough], expected[enough]
        ratio = np.where(expected > 0, np.log((counted + 0.5) / (expected + 0.5)), np.nan)
        # Unknown days sort last: the middle of the known ones, at a tenth of what np.nanmedian costs.
        known = (expected > 0).sum(axis=1)[:, np.newaxis]
        ordered = np.sort(ratio, axis=1)
        lower, upper = (np.take_along_axis(ordered, at // 2, axis=1) for at in (known - 1, known))
        middle = (lower + upper) / 2
        found[enough] = middle[:, 0] + _bounded(counted, expected, middle)
    return found


def _contrast(series: Counted, reference: Floats, window: int) -> Floats:
    """Log ratio of counted to expected over the last `window` days, at the level of the days before them."""
    found = np.full(series.counted.size, np.nan)
    if series.counted.size > window:
        counted, expected = (
            np.lib.stride_tricks.sliding_window_view(values[1:], window)
            for values in (series.counted, series.expected)
        )
        level = reference[: counted.shape[0], np.newaxis]
        found[window:] = np.where((expected > 0).any(axis=1), _bounded(counted, expected, level), np.nan)
    return found


def _bounded(counted: Floats, expected: Floats, level: Floats) -> Floats:
    """Log ratio of counted to expected at a level, over each row of days; what one day adds is bounded."""
    usual = expected * np.exp(level)
    within = np.clip(counted, usual * np.exp(-DAY_BOUND), usual * np.exp(DAY_BOUND))
    ratio: Floats = np.log((within.sum(axis=1) + 0.5) / (usual.sum(axis=1) + 0.5))
    return ratio


def _last(values: Floats, window: int) -> Floats:
    """Sum of the last `window` values (fewer at the start)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    last = np.arange(1, values.size + 1)
    found: Floats = sums[last] - sums[np.maximum(0, last - window)]
    return found


def _earlier(values: Floats, window: int) -> Floats:
    """Sum over the last 400 days that ended before the window of each day began."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    until = np.maximum(0, np.arange(values.size) + 1 - window)
    since = np.maximum(0, until - HISTORY_DAYS)
    earlier: Floats = sums[until] - sums[since]
    return earlier
