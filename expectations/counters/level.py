"""The level chart: has a series counted less, or more, than it should for several open days together?

What was counted over the last 2 to 42 open days is compared with what season, weekday and opening made
expected, at the level of the 42 days before them: the logarithm of the ratio is the contrast. The change of
a partner over the same days is taken off, as far as it used to go along with the series. How far a contrast
strays when nothing is wrong is not assumed but read from the series itself, from its contrasts of all
earlier days; it grows with the days that are missing in between, where an outage was. A change is declared
when the contrast is that many deviations away (`WINDOWS`) and of a size that matters. Events, storms and
school groups are single days: what one day adds is bounded.

A change is over when the level before it is far likelier than one that would still be wrong (`_Chart.back`).
A half that becomes two thirds goes on. What lasts for `USUAL_AFTER` is the usual level from then on.

A generalised likelihood ratio over windows (Siegmund and Venkatraman 1995; for counts Hoehle and Paul 2008),
with empirical in place of assumed variances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from expectations.counters.outages import USUAL_AFTER
from warehouse.counted.series import Bools, Floats, Integers

# Open days, and how many deviations a mean over so many must be away: storms and fairs last days, not weeks.
WINDOWS = {2: 5.0, 3: 4.5, 5: 4.0, 7: 3.7, 10: 3.7, 14: 3.7, 21: 3.7, 30: 3.7, 42: 3.7}
REFERENCE_DAYS = 42
LEAST_REFERENCE_DAYS = 14
FRESH_DAYS = 28  # that a chart needs to begin afresh
HISTORY_DAYS = 400
PRIOR_DAYS = 60.0
DAY_BOUND = 0.9
# What each day that is missing between a window and the days before it adds to the variance of the contrast:
# after 100 of them, the turn of the season may look like a tenth. A chart day takes so many calendar days.
GAP_VARIANCE = 0.0001
CALENDAR_DAYS = 1.25
BACK_WINDOWS = (5, 7, 10, 14, 21, 30, 42)
BACK_EVIDENCE = 5.5  # logarithm of how much likelier a way back is than a level that is still wrong
BACK_SHARE = 0.6  # of the days of a window that must show it
STILL_WRONG = 0.3  # at least half of a change, and this much where the change was so large
MISFIT = 0.2  # by so much a change may look larger than it was, where the season is not well known


@dataclass(frozen=True)
class Terms:
    """What a chart asks of a change.

    `prior_deviation` is that of a contrast as long as little is known, `least_change` the log ratio that
    matters.
    """

    prior_deviation: float = 0.12
    least_change: float = 0.18


USUALLY = Terms()


@dataclass(frozen=True)
class LevelChange:
    """A change of level: positions among the open days that were judged.

    `onset` first day of the change, `detected` day at whose end it was declared; `ended` first day that was
    back at the old level, as was `known` at the end of that day, None while it lasts. `log_ratio` of counted
    to expected from onset to detection; `trend` is how much it moved meanwhile; `score` in deviations.
    """

    onset: int
    detected: int
    ended: int | None
    known: int | None
    log_ratio: float
    trend: float
    score: float


@dataclass(frozen=True)
class Counted:
    """Open days of a series in order, without those that another fault explains: counted and expected.

    All (days,); `day` local day since 1970; `expected` in any scale, 0 where the day is not known.
    """

    day: Integers
    counted: Floats
    expected: Floats

    @property
    def log_ratio(self) -> Floats:
        """Logarithm of counted to expected by day, NaN where it is not known."""
        ratio = np.log((self.counted + 0.5) / (self.expected + 0.5))
        return np.where(self.expected > 0, ratio, np.nan)

    def at(self, days: Integers) -> Counted:
        """The chosen days."""
        return Counted(self.day[days], self.counted[days], self.expected[days])


def level_changes(
    series: Counted,
    partners: Sequence[Counted] = (),
    strictness: float = 1.0,
    since: int = 0,
    until: int | None = None,
    *,
    afresh: Sequence[int] = (),
    views: Sequence[Counted] = (),
    terms: Terms = USUALLY,
) -> list[LevelChange]:
    """The changes of level of one series, in order; what comes later changes no detection.

    `partners` are other series on the same days; `views` the same series beside other expectations, which
    must not gainsay a change; `strictness` multiplies the thresholds. Changes are declared from day `since`
    to before `until` (positions); days before and after one of `afresh` are not compared.

    The days of a change that is over are left out of what follows. One that lasts has become the usual level
    after `USUAL_AFTER`: the chart begins afresh, with the first month whose expectations know of it. The way
    back of one that counted less, even then, is its end and no change: it was repaired. What had risen and
    falls is a change, for a counter that sees half looks the same.
    """
    found: list[LevelChange] = []
    begins = [*afresh]
    left = np.arange(series.day.size)
    while left.size:
        chart = _Chart(
            series.at(left),
            [one.at(left) for one in partners],
            [one.at(left) for one in views],
            [int(np.searchsorted(left, one)) for one in begins],
            terms,
        )
        begin, end = np.searchsorted(left, [since, series.day.size if until is None else until])
        alarm = chart.first_alarm(int(begin), int(end), strictness)
        if alarm is None:
            break
        if (
            found
            and found[-1].ended is None
            and alarm.change > 0
            and abs(alarm.change + found[-1].log_ratio) <= abs(alarm.change) / 2
        ):
            # The way back of what had become usual: expectations will have learnt it next month.
            found[-1] = replace(found[-1], ended=int(left[alarm.first]), known=int(left[alarm.at]))
            learnt = int(np.searchsorted(chart.own.day, learnt_from(int(chart.own.day[alarm.at]) + 1)))
            since = int(left[learnt]) if learnt < left.size else series.day.size
            begins.append(since)
            left = np.delete(left, slice(alarm.first, learnt))
            continue
        usual_day = usual_from(int(chart.own.day[alarm.at]))
        usual = int(np.searchsorted(chart.own.day, usual_day))
        back = chart.back(alarm, usual)
        found.append(
            LevelChange(
                onset=int(left[alarm.first]),
                detected=int(left[alarm.at]),
                ended=None if back is None else int(left[back[0]]),
                known=None if back is None else int(left[back[1]]),
                log_ratio=alarm.change,
                trend=_trend(chart.own.log_ratio[alarm.first : alarm.at + 1]),
                score=alarm.score,
            )
        )
        if back is not None:
            since = int(left[back[1]]) + 1
            left = np.delete(left, slice(alarm.first, back[0]))
        elif usual < left.size:
            learnt = int(np.searchsorted(chart.own.day, learnt_from(usual_day)))
            since = int(left[learnt]) if learnt < left.size else series.day.size
            begins.append(since)
            left = np.delete(left, slice(alarm.first, learnt))
        else:
            break
    return found


def usual_from(detected: int) -> int:
    """The local day from which a change that was declared at the end of a day is the usual level."""
    return detected + 1 + USUAL_AFTER.days


def learnt_from(day: int) -> int:
    """The first day of a month, not before a day (days since 1970), whose expectations know of that day."""
    month = np.datetime64(day - 1, "D").astype("datetime64[M]") + 1
    return int(month.astype("datetime64[D]").astype(np.int64))


def _trend(departed: Floats) -> float:
    """How much the log ratio moved over the days, by least squares."""
    known = np.isfinite(departed)
    if known.sum() < 3:
        return 0.0
    return float(np.polyfit(np.linspace(0, 1, departed.size)[known], departed[known], 1)[0])


@dataclass(frozen=True)
class _Alarm:
    """A change as it was declared at the end of day `at`; it began on day `first`."""

    first: int
    at: int
    change: float
    score: float


@dataclass(frozen=True)
class _Contrasts:
    """What every day says over one window, all (days,).

    `own` is the contrast of the series itself, `change` what partners leave of it by their `shares`,
    `variance` that of a change when nothing is wrong, `gap` what missing days add to it.
    """

    own: Floats
    change: Floats
    variance: Floats
    gap: Floats
    shares: tuple[Floats, ...]


class _Departed:
    """How far the days of a series are from a fixed level, as log ratios, and stretches of them.

    What a day adds is bounded around that level and around the level `changed` from it.
    """

    def __init__(self, series: Counted, level: float, changed: float) -> None:
        usual = series.expected * np.exp(level)
        low, high = min(0.0, changed) - DAY_BOUND, max(0.0, changed) + DAY_BOUND
        counted = np.clip(series.counted, usual * np.exp(low), usual * np.exp(high))
        self.by_day: Floats = np.log((counted + 0.5) / (usual + 0.5))
        self._counted, self._usual = (
            np.concatenate([[0.0], np.cumsum(values)]) for values in (counted, usual)
        )

    def over(self, begin: Integers | int, end: Integers | int) -> Floats:
        """Of the days from `begin` to before `end`."""
        counted = self._counted[end] - self._counted[begin]
        usual = self._usual[end] - self._usual[begin]
        found: Floats = np.log((counted + 0.5) / (usual + 0.5))
        return found


@dataclass(frozen=True)
class _Chart:
    """One series on the days that are judged, its partners and other views of it; where it begins afresh."""

    own: Counted
    partners: Sequence[Counted]
    views: Sequence[Counted]
    afresh: Sequence[int]
    terms: Terms

    def first_alarm(self, begin: int, end: int, strictness: float) -> _Alarm | None:
        """The first day from `begin` to before `end` that declares a change, by its window of best score."""
        days = self.own.day.size
        best, best_window, best_change = np.zeros(days), np.zeros(days, dtype=np.int64), np.zeros(days)
        least = self.terms.least_change
        for window, threshold in WINDOWS.items():
            it = self.contrasts[window]
            score = np.nan_to_num(np.abs(it.change) / np.sqrt(it.variance + it.gap))
            better = (score >= strictness * threshold) & (score > best) & (np.abs(it.change) >= least)
            better[:begin] = better[end:] = False
            # A partner's own fault is not the series' one: that must have moved itself, and in the same way.
            for own in (
                it.own,
                *(self._contrast(view, self._reference(view), window) for view in self.views),
            ):
                better &= ~(own * np.sign(it.change) < least / 2)
            better[better] = self._most_days(np.flatnonzero(better), window, it.change)
            best[better], best_window[better], best_change[better] = score[better], window, it.change[better]
        alarms = np.flatnonzero(best)
        if not alarms.size:
            return None
        at = int(alarms[0])
        return _Alarm(at + 1 - int(best_window[at]), at, float(best_change[at]), float(best[at]))

    def back(self, alarm: _Alarm, until: int) -> tuple[int, int] | None:
        """The first day that was back at the level before a change, and that at whose end it was known.

        Only days before `until`. The last days must have come back from those before them, on most of them,
        by so much that what is missing is far likelier nothing than half of the change; or have been no
        different from those before the change for a whole reference.
        """
        found: list[tuple[int, float, int]] = []
        departed = [self.departed(at, alarm) for at in range(1 + len(self.partners))]
        away = -float(np.sign(alarm.change))
        # What crosses a threshold first has chance on its side: half of a deviation is taken off.
        declared = abs(alarm.change) * (1 - 0.5 / alarm.score)
        for window in BACK_WINDOWS:
            ends = np.arange(alarm.at + window, min(until, self.own.day.size))
            it = self.contrasts[window]
            begin = ends + 1 - window
            before = np.maximum(alarm.first, begin - REFERENCE_DAYS)
            now, was = departed[0].over(begin, ends + 1), departed[0].over(before, begin)
            for partner, shares in zip(departed[1:], it.shares, strict=True):
                now = now - shares[alarm.at] * partner.over(begin, ends + 1)
                was = was - shares[alarm.at] * partner.over(before, begin)
            now, was = now * away, was * away
            # What is not known of the season moves both alike.
            change = np.where(-was <= declared, -was, np.maximum(declared, -was - MISFIT))
            missing = change - (now - was)
            wrong = np.maximum(change / 2, np.minimum(change, STILL_WRONG))
            shorter = (1 + window / (begin - before)) / (1 + window / REFERENCE_DAYS)
            evidence = wrong * (wrong - 2 * missing) / (2 * it.variance[alarm.at] * shorter)
            is_back = (evidence >= BACK_EVIDENCE) & (was < 0)
            rows = departed[0].by_day[ends[is_back, np.newaxis] - np.arange(window)]
            is_back[is_back] = (rows * away > was[is_back, np.newaxis] / 2).mean(axis=1) >= BACK_SHARE
            if window == REFERENCE_DAYS:
                is_back |= now >= -self.terms.least_change / 2
            for at in np.flatnonzero(is_back)[:1]:
                level = float(was[at] * away)
                first = _likeliest(departed[0].by_day[begin[at] : ends[at] + 1], level)
                found.append((int(ends[at]), -float(evidence[at]), int(begin[at]) + first))
        if not found:
            return None
        known, _, ended = min(found)
        return ended, known

    def departed(self, at: int, alarm: _Alarm) -> _Departed:
        """The series (0) or a partner (1, 2, …) against its level before a change of the series."""
        level = self._references[at][alarm.first - 1]
        series = (self.own, *self.partners)[at]
        return _Departed(series, float(np.nan_to_num(level)), alarm.change if at == 0 else 0.0)

    @cached_property
    def contrasts(self) -> dict[int, _Contrasts]:
        """By window."""
        return {window: self._contrasts(window) for window in WINDOWS}

    @cached_property
    def _references(self) -> list[Floats]:
        return [self._reference(series) for series in (self.own, *self.partners)]

    def _reference(self, series: Counted) -> Floats:
        edges = sorted({0, *self.afresh, series.day.size})
        parts = [_reference(series.at(np.arange(*pair))) for pair in pairwise(edges)]
        return np.concatenate(parts)

    def _contrasts(self, window: int) -> _Contrasts:
        own = self._contrast(self.own, self._references[0], window)
        prior = self.terms.prior_deviation**2 + 1 / (_last(self.own.expected, window) + 0.5)
        nothing = np.zeros_like(own)
        change, variance = own, _variance(own, nothing, nothing, prior, window)
        shares = []
        for partner, reference in zip(self.partners, self._references[1:], strict=True):
            # One after the other: what the first explains, the next need not.
            other = self._contrast(partner, reference, window)
            known = ~np.isnan(change) & ~np.isnan(other)
            mine, theirs = np.where(known, change, np.nan), np.where(known, other, 0.0)
            products, squares = _earlier(np.nan_to_num(mine) * theirs, window), _earlier(theirs**2, window)
            share = np.where(known, np.clip(products / (squares + PRIOR_DAYS * prior), 0.0, 1.0), 0.0)
            variance = np.where(known, _variance(mine, theirs, share, prior, window), variance)
            change = change - share * theirs
            shares.append(share)
        return _Contrasts(own, change, variance, self._gap_variance(window), tuple(shares))

    def _contrast(self, series: Counted, reference: Floats, window: int) -> Floats:
        """The contrasts of a series, NaN where few days of the reference lie after a new begin."""
        found = _contrast(series, reference, window)
        for begin in self.afresh:
            found[begin : begin + FRESH_DAYS + window] = np.nan
        return found

    def _gap_variance(self, window: int) -> Floats:
        """What the days that are missing between a window and its reference add to the variance."""
        sums = np.concatenate([[0.0], np.cumsum(self.own.day - self.own.day[:1].sum())])
        end = np.arange(1, self.own.day.size + 1)
        begin = np.maximum(0, end - window)
        before = np.maximum(0, begin - REFERENCE_DAYS)
        window_day = (sums[end] - sums[begin]) / (end - begin)
        reference_day = (sums[begin] - sums[before]) / np.maximum(1, begin - before)
        usual = CALENDAR_DAYS * (window + REFERENCE_DAYS) / 2
        found: Floats = GAP_VARIANCE * np.maximum(0.0, window_day - reference_day - usual)
        return found

    def _most_days(self, ends: Integers, window: int, change: Floats) -> Bools:
        """Whether more than half of the days of each window show half of the change: one odd day is none."""
        days = ends[:, np.newaxis] - np.arange(window)
        departed = self.own.log_ratio[days] - self._references[0][ends - window, np.newaxis]
        shows = departed * np.sign(change[ends, np.newaxis]) >= np.abs(change[ends, np.newaxis]) / 2
        most: Bools = shows.sum(axis=1) * 2 > window
        return most


def _likeliest(departed: Floats, level: float) -> int:
    """The day since which 0 is likeliest, and another level before it."""
    bounded = np.clip(departed, min(0.0, level), max(0.0, level))
    likelier = np.cumsum((level**2 - 2 * bounded * level)[::-1])[::-1]
    return int(np.argmax(likelier))


def _variance(contrast: Floats, other: Floats, share: Floats, prior: Floats, window: int) -> Floats:
    """Variance of a contrast less a share of another, from those of earlier days and a prior one."""
    known = ~np.isnan(contrast)
    mine, theirs = np.where(known, contrast, 0.0), np.where(known, other, 0.0)
    number = _earlier(known.astype(np.float64), window)
    strayed = _earlier(mine * mine, window)
    if share.any():
        products, squares = _earlier(mine * theirs, window), _earlier(theirs * theirs, window)
        strayed = strayed - 2 * share * products + share**2 * squares
    found: Floats = (PRIOR_DAYS * prior + strayed) / (PRIOR_DAYS + number)
    return found


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
        # A partner of which most days are not known says nothing.
        is_known = (expected > 0).sum(axis=1) * 2 > window
        found[window:] = np.where(is_known, _bounded(counted, expected, level), np.nan)
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
