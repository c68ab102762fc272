"""Judge every counted series: when did it fall silent, and since when is that no chance.

Expected count. What an open slot should have counted is the mean of the same local hour over the last 28
good days (open, with at least one count), scaled by the minutes that the slot is open for, and lowered to
the level of the last 7 of them where they were quieter, as at the end of a season. Bad days are left out,
so an outage does not teach the judge that silence is normal; as leaving out days without a count makes
the mean of a rare event too high, that is undone as for a zero-truncated Poisson count. A series is
judged from its 14th good day on. Only days before the slot's own are used: what came later never changes
how a past was judged.

Silence. Consecutive open slots with no row or a zero; closed slots neither add to it nor end it, a count
ends it whenever it comes. Its evidence is the sum of what was expected in it.

Threshold. A silence is declared when a working counter would show it with a chance below one in N, N
being the open hours in which one false alarm is allowed: 300,000, a hundred years of a door. For a
Poisson count the chance of silence while `e` counts are expected is exp(-e), so no test can declare a
dead counter surely before about ln(N) expected counts, 12.6 here (Wald, Lorden; reference counters.md,
section 5). Real counts vary more (groups, weather, fairs), so three measures of it, of the same 28 days,
must all be overcome:
- hours vary by `f`, variance over mean: the chance is exp(-e ln(f) / (f - 1)) (negative binomial);
- days vary by `f` together: exp(-e ln(f) / (f - 1)) again over several days, but within a day, where all
  hours share one luck, (1 + e / k) ^ -k with k = daily mean / (f - 1);
- an hour that was often at zero on those days proves little: the chances of its zeros are multiplied. One
  that never was has a chance of half a day in 29, so that no fewer than 4 open slots are ever declared.

Closures. An office that closes without declaring it looks like a dead counter, because for the counter it
is the same thing. Where another series counts inside the same office (the desk, the other direction), a
silence is declared only in a slot in which that one counted: then the office was open, and one false
alarm in 50,000 open hours is allowed. When both are silent it is a question to the staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from expectations.outages import Outage, instant
from warehouse.series import Bools, Floats, Integers, Series

HISTORY_DAYS = 28
RECENT_DAYS = 7
LEAST_DAYS = 14
OPEN_HOURS_PER_FALSE_ALARM = 300_000
OPEN_HOURS_PER_WITNESSED_ALARM = 50_000
NO_DATA, ZEROS, CLOSED = "no_data", "zeros", "unannounced_closure"
LEAST_ASKED = 3.0  # expected counts of the partners whose silence makes a closure likely enough to ask


def judge(series: Series, inside: Sequence[Series] = ()) -> list[Outage]:
    """The silences of one series, in order of detection. Pure; work and memory are linear in the slots.

    `inside` are series that count within the same office at the same hours. Besides `no_data` and `zeros`
    there is `unannounced_closure`, where they are silent too.
    """
    if series.start.size == 0:
        return []
    expected, usual = expectation(series)
    counted = np.nan_to_num(series.count) > 0
    silent = (series.open_minutes > 0) & ~counted
    # Every count begins a stretch; what is silent before the next count is one silence.
    stretch = np.cumsum(counted, dtype=np.int64)
    evidence = _sum_within(np.where(silent, expected, 0.0), stretch)
    by_zeros = _sum_within(np.where(silent, usual.zero_surprise, 0.0), stretch)
    surprise = np.minimum(usual.surprise(evidence), by_zeros)
    witness = _Witness.of(series, inside)
    was_asked = _sum_within(np.where(silent & witness.is_known, 1.0, 0.0), stretch) > 0
    budget = np.where(was_asked, OPEN_HOURS_PER_WITNESSED_ALARM, OPEN_HOURS_PER_FALSE_ALARM)
    threshold = np.log(budget)
    is_rare = silent & (surprise >= threshold)
    # Silent hours of a day on which no witness counted may be a closure: they are no evidence.
    proof = silent & witness.has_counted
    proven = _on_proven_days(np.where(silent, expected, 0.0), proof, stretch, series.day)
    is_dead = is_rare & (~was_asked | (proof & (usual.surprise(proven) >= threshold)))
    missed = _sum_within(np.where(silent, witness.expected, 0.0), stretch)
    heard = _sum_within(proof.astype(np.float64), stretch) > 0
    is_closed = is_rare & was_asked & ~heard & (missed >= LEAST_ASKED)
    found = []
    for declared, fault in ((is_dead, None), (is_closed, CLOSED)):
        at = np.flatnonzero(declared)
        _, first = np.unique(stretch[at], return_index=True)
        found += [
            _outage(series, silent, stretch, evidence, surprise, int(slot), fault) for slot in at[first]
        ]
    return sorted(found, key=lambda outage: (outage.detected_at, outage.fault))


@dataclass(frozen=True)
class _Witness:
    """What series inside the same office saw, one element a slot of the series that is judged."""

    is_known: Bools
    has_counted: Bools
    expected: Floats

    @classmethod
    def of(cls, series: Series, inside: Sequence[Series]) -> _Witness:
        slots = series.start.size
        known, counted, expected = np.zeros(slots, bool), np.zeros(slots, bool), np.zeros(slots)
        for partner in inside:
            at = np.searchsorted(partner.start, series.start)
            same = at < partner.start.size
            same[same] = partner.start[at[same]] == series.start[same]
            at = at[same]
            known[same] |= ~np.isnan(partner.count[at])
            counted[same] |= np.nan_to_num(partner.count[at]) > 0
            expected[same] += np.where(np.isnan(partner.count[at]), 0.0, expectation(partner)[0][at])
        return cls(known, counted, expected)


@dataclass(frozen=True)
class Usual:
    """How a series usually varies, one element a slot: see the module's text."""

    hour_dispersion: Floats
    day_dispersion: Floats
    day_mean: Floats
    zero_surprise: Floats

    def surprise(self, evidence: Floats) -> Floats:
        """Minus the logarithm of the chance that a working counter is silent for so many expected counts."""
        gamma = self.day_mean / (self.day_dispersion - 1)
        within_a_day = gamma * np.log1p(_ratio(evidence, gamma))
        days = np.maximum(within_a_day, evidence * _worth(self.day_dispersion))
        return np.minimum(days, evidence * _worth(self.hour_dispersion))


def expectation(series: Series) -> tuple[Floats, Usual]:
    """Expected count of every slot, and how the series usually varies, both from the days before it.

    The expected count is 0 in closed slots and where the series is not judged yet.
    """
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
    return expected, Usual(
        hour_dispersion=np.maximum(hour_dispersion, least)[before[row]],
        day_dispersion=np.maximum(day_dispersion, least)[before[row]],
        day_mean=day_mean[before[row]],
        zero_surprise=_by_hour(zero_surprise, hours)[before[row], series.hour],
    )


def _outage(
    series: Series,
    silent: Bools,
    stretch: Integers,
    evidence: Floats,
    surprise: Floats,
    at: int,
    fault: str | None,
) -> Outage:
    """The outage declared at the end of slot `at`."""
    begin, end = np.searchsorted(stretch, [stretch[at], stretch[at] + 1])
    slots = begin + np.flatnonzero(silent[begin:end])
    until_declared = series.count[slots[slots <= at]]
    return Outage(
        office=series.office,
        subject=series.subject,
        fault=fault or (NO_DATA if np.isnan(until_declared).mean() > 0.5 else ZEROS),
        onset_at=instant(series.start[slots[0]]),
        detected_at=instant(series.start[at] + series.minutes[at].astype("timedelta64[m]")),
        ended_at=instant(series.start[end]) if end < series.start.size else None,
        expected_count=float(evidence[slots[-1]]),
        open_hours=float(series.open_minutes[slots].sum()) / 60,
        chance=float(np.exp(-surprise[slots].max())),
    )


def _worth(dispersion: Floats) -> Floats:
    """ln(f) / (f - 1): what an expected count of a negative binomial is worth in counts of a Poisson."""
    worth: Floats = np.log(dispersion) / (dispersion - 1)
    return worth


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


def _on_proven_days(values: Floats, proof: Bools, stretch: Integers, day: Integers) -> Floats:
    """Running sum, within each stretch, of the values of those of its days that have had a proof so far."""
    part = np.cumsum(np.concatenate([[0], (np.diff(stretch) != 0) | (np.diff(day) != 0)]))
    so_far = _sum_within(values, part)
    is_proven = _sum_within(proof.astype(np.float64), part) > 0
    last = np.concatenate([np.diff(part) != 0, [True]])
    whole = np.where(last & is_proven, so_far, 0.0)
    before = _sum_within(whole, stretch) - whole
    found: Floats = before + np.where(is_proven, so_far, 0.0)
    return found


def _sum_within(values: Floats, group: Integers) -> Floats:
    """Running sum that starts again with every group; `group` ascends."""
    sums = np.cumsum(values)
    before = np.concatenate([[0.0], sums])[np.searchsorted(group, group)]
    running: Floats = sums - before
    return running


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, 0 where the divisor is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
