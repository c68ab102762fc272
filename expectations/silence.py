"""Silences: when did a counted series fall silent, and since when is that no chance.

Silence. Consecutive open slots with no row or a zero; closed slots neither add to it nor end it, a count
ends it whenever it comes. Its evidence is the sum of what was expected in it (`warehouse.series.Expectation`:
nothing before the 14th day with a count).

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
alarm in 15,000 open hours is allowed, 0.2 a year of a door. When both are silent it is a question to the
staff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from expectations.outages import Outage, instant
from warehouse.series import Bools, Expectation, ExpectedSeries, Floats, Integers, Series

OPEN_HOURS_PER_FALSE_ALARM = 300_000
OPEN_HOURS_PER_WITNESSED_ALARM = 15_000
NO_DATA, ZEROS, FROZEN_INDEX, TRICKLE = "no_data", "zeros", "frozen_index", "trickle"
CLOSED = "unannounced_closure"
SILENCES = frozenset({NO_DATA, ZEROS, FROZEN_INDEX, TRICKLE})
LEAST_ASKED = 3.0  # expected counts of the partners whose silence makes a closure likely enough to ask


def judge(
    watched: ExpectedSeries, inside: Sequence[ExpectedSeries] = (), strictness: float = 1.0
) -> list[Outage]:
    """The silences of one series, in order of detection. Pure; work and memory are linear in the slots.

    `inside` are series that count within the same office at the same hours. Besides `no_data` and `zeros`
    there is `unannounced_closure`, where they are silent too. `strictness` multiplies the thresholds.
    """
    series, usual = watched.series, watched.expected
    if series.start.size == 0:
        return []
    expected = usual.count
    counted = np.nan_to_num(series.count) > 0
    silent = (series.open_minutes > 0) & ~counted
    # Every count begins a stretch; what is silent before the next count is one silence.
    stretch = np.cumsum(counted, dtype=np.int64)
    evidence = sum_within(np.where(silent, expected, 0.0), stretch)
    by_zeros = sum_within(np.where(silent, usual.zero_surprise, 0.0), stretch)
    surprise = np.minimum(_surprise(usual, evidence), by_zeros)
    witness = _Witness.of(series, inside)
    was_asked = sum_within(np.where(silent & witness.is_known, 1.0, 0.0), stretch) > 0
    budget = np.where(was_asked, OPEN_HOURS_PER_WITNESSED_ALARM, OPEN_HOURS_PER_FALSE_ALARM)
    threshold = strictness * np.log(budget)
    is_rare = silent & (surprise >= threshold)
    # Silent hours of a day on which no witness counted may be a closure: they are no evidence.
    proof = silent & witness.has_counted
    proven = _on_proven_days(np.where(silent, expected, 0.0), proof, stretch, series.day)
    is_dead = is_rare & (~was_asked | (proof & (_surprise(usual, proven) >= threshold)))
    missed = sum_within(np.where(silent, witness.expected, 0.0), stretch)
    heard = sum_within(proof.astype(np.float64), stretch) > 0
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
    def of(cls, series: Series, inside: Sequence[ExpectedSeries]) -> _Witness:
        slots = series.start.size
        known, counted, expected = np.zeros(slots, bool), np.zeros(slots, bool), np.zeros(slots)
        for witness in inside:
            count = witness.series.at(series.start)
            hoped = replace(witness.series, count=witness.expected.count).at(series.start)
            known |= ~np.isnan(count)
            counted |= np.nan_to_num(count) > 0
            expected += np.where(np.isnan(count), 0.0, hoped)
        return cls(known, counted, expected)


def _surprise(usual: Expectation, evidence: Floats) -> Floats:
    """Minus the logarithm of the chance that a working counter is silent for so many expected counts."""
    gamma = usual.day_mean / (usual.day_dispersion - 1)
    within_a_day = gamma * np.log1p(_ratio(evidence, gamma))
    days = np.maximum(within_a_day, evidence * _worth(usual.day_dispersion))
    return np.minimum(days, evidence * _worth(usual.hour_dispersion))


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


def _on_proven_days(values: Floats, proof: Bools, stretch: Integers, day: Integers) -> Floats:
    """Running sum, within each stretch, of the values of those of its days that have had a proof so far."""
    part = np.cumsum(np.concatenate([[0], (np.diff(stretch) != 0) | (np.diff(day) != 0)]))
    so_far = sum_within(values, part)
    is_proven = sum_within(proof.astype(np.float64), part) > 0
    last = np.concatenate([np.diff(part) != 0, [True]])
    whole = np.where(last & is_proven, so_far, 0.0)
    before = sum_within(whole, stretch) - whole
    found: Floats = before + np.where(is_proven, so_far, 0.0)
    return found


def sum_within(values: Floats, group: Integers) -> Floats:
    """Running sum (slots,) that starts again with every group; `group` ascends."""
    sums = np.cumsum(values)
    before = np.concatenate([[0.0], sums])[np.searchsorted(group, group)]
    running: Floats = sums - before
    return running


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, 0 where the divisor is 0."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
