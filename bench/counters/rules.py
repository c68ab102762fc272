"""Seven published or usual rules, as baselines: functions of a series, or of a series and its desk's.

All work on hourly series of whole days and look only back: what comes later never changes an alarm. A rule
that judges days raises its alarm at midnight after the day, and takes it back at midnight after the first
open day that is well. Sources: counters.md, sections 2 and 5b.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

import numpy as np

from bench.counters.scoring import Episode
from warehouse.counted.series import Bools, Floats, Integers, Series


def no_data_for_24_hours(series: Series) -> list[Episode]:
    """No row for 24 hours around the clock, as the monitors of devices do."""
    whole = np.arange(series.start.size)
    return _silences(series, whole, np.isnan(series.count), 24, "no_data")


def seven_zero_hours(series: Series) -> list[Episode]:
    """Seven consecutive open hours at zero (FHWA, TMAS 2.0), under a calendar that is taken as perfect."""
    opened = np.flatnonzero(series.open_minutes > 0)
    return _silences(series, opened, series.count[opened] == 0, 7, "zeros")


def three_zero_days(series: Series) -> list[Episode]:
    """Three consecutive open days at zero (ITRE: 3 to 5 days, review)."""
    days = Days.of(series)
    zero = days.known & (days.total == 0)
    return [
        Episode("zeros", days.begin(begin), days.end(begin + 2), days.well(end))
        for begin, end in _runs(zero)
        if end - begin >= 3
    ]


def z_score(series: Series) -> list[Episode]:
    """A day further than 3 standard deviations from the mean of the last 8 same weekdays that were open."""
    days = Days.of(series)
    low, high = np.zeros((2, days.day.size), np.bool_)
    for weekday in range(7):
        same = np.flatnonzero((days.day % 7 == weekday) & days.known)
        past = _past(days.total[same], 8)
        mean, deviation = past.mean(axis=1), past.std(axis=1, ddof=1)
        low[same] = days.total[same] < mean - 3 * deviation
        high[same] = days.total[same] > mean + 3 * deviation
    return _daily(days, low, "half") + _daily(days, high, "doubled")


def below_70_percent(series: Series) -> list[Episode]:
    """A day below 70 % of the mean of the last 60 open days (Toronto's outage check)."""
    days = Days.of(series)
    low = np.zeros(days.day.size, np.bool_)
    low[days.known] = days.total[days.known] < 0.7 * _past(days.total[days.known], 60).mean(axis=1)
    return _daily(days, low, "half")


def daily_samples(series: Series) -> list[Episode]:
    """The four statistics of a day of samples (Chen et al., TRR 1855, 2003), on open hours under a calendar.

    PeMS decides on a day at once: too many samples at zero, too many samples too high, too little entropy,
    or too few samples. Its limits are for loops of a motorway; here they come from the door's own last 60
    open days that counted: more hours at zero than on any of them and at least 5; half of the hours above
    three times the usual; counts of 5 hours or more that hold one value; half of the hours without a row.
    """
    days = Days.of(series)
    opened = days.opened
    hours = opened.sum(axis=1)
    at_zero = (opened & (days.count == 0)).sum(axis=1)
    good = days.known & (days.total > 0)
    most = _before(at_zero.astype(np.float64), good, 60).max(axis=1)
    usual = _before(days.total / hours, good, 60).mean(axis=1)
    too_high = (opened & (days.count > 3 * np.maximum(usual, 1.0)[:, np.newaxis])).sum(axis=1)
    counts = np.where(opened, days.count, np.nan)
    # fmin and fmax of a day without rows are NaN, which compares as false.
    constant = np.fmin.reduce(counts, axis=1) == np.fmax.reduce(counts, axis=1)
    missing = (opened & np.isnan(days.count)).sum(axis=1) * 2 > hours
    zeros = (at_zero > most) & (at_zero >= 5)
    return [
        *_daily(days, missing, "no_data"),
        *_daily(days, zeros, "zeros"),
        *_daily(days, constant & (days.total > 0) & (hours >= 5), "stuck"),
        *_daily(days, too_high * 2 >= hours, "doubled"),
    ]


@dataclass(frozen=True)
class Cusum:
    """Parameters of `nb_cusum`; thresholds are in units of log-likelihood.

    Chosen on the tuning years, doors of 60 a day with seeds 0 to 9: dead alarms at 0.2 and all alarms at
    about one a counter-year.
    """

    recent_days: int = 28
    lag_days: int = 7
    profile_days: int = 28
    learning_days: int = 56
    dead_level: float = 0.05
    dead_threshold: float = 11.0
    half_level: float = 0.5
    half_threshold: float = 8.0
    doubled_level: float = 2.0
    doubled_threshold: float = 14.0
    partner_prior: float = 11.0


def nb_cusum(series: Series, desk: Series, tuned: Cusum | None = None) -> list[Episode]:
    """Negative-binomial CUSUM with calendar, partner and closure veto, after Höhle and Paul (2008).

    S(t) = max(0, S(t-1) + log f1(x) / f0(x)); an alarm is on while S is at the threshold or above. f0 is
    negative binomial around the mean of the last 28 open days that counted, a week left out so that a fault
    does not teach it, in the profile of the last 28 of its kind (weekday, Saturday, Sunday). Three charts:
    dead, by the open hour (f1 at 5 % of the mean; a missing row is a zero); half and doubled, by the day,
    whose mean follows the desk as far as the desk is big enough (a gamma prior worth 11 contacts, a relative
    deviation of days of 30 %). Veto: with the partner at zero too, an hour or a day is no evidence. S is held
    at three times the threshold, so that alarms end.
    """
    p = tuned or Cusum()
    days, partner = Days.of(series), Days.of(desk, series)
    hourly = _expected(days, p)
    mean = hourly.sum(axis=1)
    veto = partner.opened & (partner.count == 0)
    dead = _dead_chart(series, days, hourly, veto, p)

    # A desk without a row tells nothing: the door is expected at its level.
    contacts = _expected(partner, p).sum(axis=1)
    seen = partner.known & ~np.isnan(contacts)
    busier = np.where(seen, (partner.total + p.partner_prior) / (contacts + p.partner_prior), 1.0)
    judged = days.known & ~(partner.known & (partner.total == 0))
    found = list(dead)
    for name, factor, threshold in (
        ("half", p.half_level, p.half_threshold),
        ("doubled", p.doubled_level, p.doubled_threshold),
    ):
        dispersion = _dispersion(days.total, mean * busier, p.learning_days)
        evidence = _log_ratio(days.total, mean * busier, factor, dispersion)
        chart = _cusum(np.where(judged, evidence, 0.0), threshold)
        found += _charted(chart, threshold, name, days)
    return found


def _dead_chart(series: Series, days: Days, hourly: Floats, veto: Bools, p: Cusum) -> Iterator[Episode]:
    opened = days.opened
    counts, expected = np.nan_to_num(days.count[opened]), hourly[opened]
    dispersion = _dispersion(counts, expected, p.learning_days * 9)
    evidence = _log_ratio(counts, expected, p.dead_level, dispersion)
    evidence[veto[opened]] = np.minimum(evidence[veto[opened]], 0.0)
    chart = _cusum(evidence, p.dead_threshold)
    slots = np.flatnonzero(series.open_minutes > 0)
    missing = np.isnan(series.count[slots])
    for begin, end in _runs(chart >= p.dead_threshold):
        onset = begin - int(np.argmax(chart[: begin + 1][::-1] <= 0)) + 1
        since = missing[min(onset, begin) : begin + 1]
        yield Episode(
            "no_data" if since.mean() > 0.5 else "zeros",
            _instant(series.start[slots[min(onset, begin)]]),
            _instant(series.start[slots[begin]], hours=1),
            _instant(series.start[slots[end]], hours=1) if end < slots.size else None,
        )


def _charted(chart: Floats, threshold: float, name: str, days: Days) -> Iterator[Episode]:
    for begin, end in _runs(chart >= threshold):
        onset = begin - int(np.argmax(chart[: begin + 1][::-1] <= 0)) + 1
        yield Episode(name, days.begin(min(onset, begin)), days.end(begin), days.well(end))


def _log_ratio(counts: Floats, mean: Floats, factor: float, dispersion: Floats) -> Floats:
    """log f1(x) / f0(x) of negative binomials of size 1 / dispersion; 0 while they are not known."""
    with np.errstate(invalid="ignore"):
        size = 1 / dispersion
        changed = counts * np.log(factor) + (counts + size) * (
            np.log(size + mean) - np.log(size + factor * mean)
        )
    return np.where(np.isfinite(changed) & (mean > 0), changed, 0.0)


def _cusum(evidence: Floats, threshold: float) -> Floats:
    """Reflected sums of the evidence, between 0 and three times the threshold."""
    most = 3 * threshold
    sums = accumulate(evidence.tolist(), lambda before, step: min(max(before + step, 0.0), most))
    return np.fromiter(sums, np.float64, evidence.size)


def _dispersion(counts: Floats, mean: Floats, learning: int) -> Floats:
    """Dispersion 1/k of a negative binomial from all that came before, by moments; NaN while learning."""
    known = ~np.isnan(mean) & (mean > 0)
    # A fault or a fair must not make the door look wild: deviations are cut at three times the mean.
    excess = np.where(known, np.minimum((counts - mean) ** 2, 9 * mean**2) - mean, 0.0)
    square = np.where(known, mean**2, 0.0)
    before: Integers = np.cumsum(known) - known
    with np.errstate(invalid="ignore", divide="ignore"):
        moments = (np.cumsum(excess) - excess) / (np.cumsum(square) - square)
    return np.where(before >= learning, np.maximum(moments, 1e-3), np.nan)


def _level(total: Floats, good: Bools, p: Cusum) -> Floats:
    """Mean of the recent good days, a few of the last left out; NaN where there are too few."""
    past = _before(total, good, p.recent_days + p.lag_days)
    level: Floats = past[:, : p.recent_days].mean(axis=1)
    return level


def _expected(days: Days, p: Cusum) -> Floats:
    """Expected count of every open hour, (days, 24): the recent level in the profile of the kind of day.

    Weekdays, Saturdays and Sundays each have the profile of their own last days; NaN where not known yet.
    """
    good = days.known & (days.total > 0)
    level = _level(days.total, good, p)
    counts = np.where(days.opened, np.nan_to_num(days.count), 0.0)
    expected = np.full(counts.shape, np.nan)
    for kind in (days.weekday < 5, days.weekday == 5, days.weekday == 6):
        teaches = kind & good & ~np.isnan(level)
        sums = _sums_before(counts[teaches], p.profile_days)
        whole = _sums_before(level[teaches, np.newaxis], p.profile_days)
        shape = np.divide(sums, whole, out=np.full_like(sums, np.nan), where=whole > 0)
        expected[kind] = shape[(np.cumsum(teaches) - teaches)[kind]] * level[kind, np.newaxis]
    return np.where(days.opened, expected, 0.0)


def _sums_before(values: Floats, number: int) -> Floats:
    """Sums of at most `number` rows before each row, and after the last, (rows + 1, columns)."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    past = sums.copy()
    past[number:] -= sums[:-number]
    return past


@dataclass(frozen=True)
class Days:
    """The open days of an hourly series: `count` and `opened` are (days, 24), the others (days,).

    `total` is the sum over open hours, 0 where there is no row; `known` says that every open hour has one.
    """

    day: Integers
    count: Floats
    opened: Bools
    total: Floats
    known: Bools

    @classmethod
    def of(cls, series: Series, like: Series | None = None) -> Days:
        """The open days of a series, or those on which another series of the same grid is open.

        Raises ValueError unless the series is hourly and made of whole days.
        """
        if series.start.size % 24 or np.any(series.hour != np.arange(series.hour.size) % 24):
            raise ValueError(f"{series.subject} is not hourly by whole days")
        opened = ((like or series).open_minutes > 0).reshape(-1, 24)
        some = opened.any(axis=1)
        opened, count = opened[some], series.count.reshape(-1, 24)[some]
        missing: Bools = np.any(opened & np.isnan(count), axis=1)
        return cls(
            day=series.day.reshape(-1, 24)[some, 0],
            count=count,
            opened=opened,
            total=np.where(opened, np.nan_to_num(count), 0.0).sum(axis=1),
            known=~missing,
        )

    @property
    def weekday(self) -> Integers:
        """0 on Monday to 6 on Sunday."""
        return (self.day + 3) % 7

    def begin(self, at: int) -> datetime:
        """Begin of the first open hour of a day."""
        return _instant(self.day[at].astype("datetime64[D]"), hours=int(self.opened[at].argmax()))

    def end(self, at: int) -> datetime:
        """Midnight after a day, when it is judged."""
        return _instant(self.day[at].astype("datetime64[D]"), hours=24)

    def well(self, at: int) -> datetime | None:
        """When it is known that a day is well; None after the last day."""
        return self.end(at) if at < self.day.size else None


def _silences(series: Series, slots: Integers, silent: Bools, least: int, name: str) -> list[Episode]:
    """Runs of at least so many silent slots; an hourly rule knows of a slot when it is over."""
    return [
        Episode(
            name,
            _instant(series.start[slots[begin]]),
            _instant(series.start[slots[begin + least - 1]], hours=1),
            _instant(series.start[slots[end]], hours=1) if end < slots.size else None,
        )
        for begin, end in _runs(silent)
        if end - begin >= least
    ]


def _daily(days: Days, alarm: Bools, name: str) -> list[Episode]:
    return [Episode(name, days.begin(begin), days.end(begin), days.well(end)) for begin, end in _runs(alarm)]


def _runs(mask: Bools) -> list[tuple[int, int]]:
    """Runs of true elements as [begin, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _past(values: Floats, number: int) -> Floats:
    """The `number` values before each, (size, number); NaN before the first."""
    return _before(values, np.ones(values.size, np.bool_), number)


def _before(values: Floats, good: Bools, number: int) -> Floats:
    """The last `number` good values before each, (size, number); NaN before the first."""
    padded = np.concatenate([np.full(number, np.nan), values[good]])
    windows = np.lib.stride_tricks.sliding_window_view(padded, number)
    past: Floats = windows[np.cumsum(good) - good]
    return past


def _instant(value: np.datetime64, hours: int = 0) -> datetime:
    instant: datetime = (value.astype("datetime64[us]") + np.timedelta64(hours, "h")).item()
    return instant
