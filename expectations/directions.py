"""One direction dead: entries, or exits, that stay at zero while the other direction counts.

Nothing need be expected of either. Given how many passed, each of them goes one way with the share that this
way had at that hour on the last 28 days on which both counted (binomial). A closure is therefore no evidence,
and neither season nor level matters. `n` others while none of one's own was counted have the chance
(1 - share) ^ n, corrected by how the shares strayed on those days, variance over that of the binomial, by
hours and by whole days, the larger of the two:
- above 1 (groups, a march through one door) the evidence is divided by it;
- below 1 people come and go by turns and only misreadings stray: with a chance q of one, the variance is
  4 q (1 - q) of the binomial, and that all of one way among n are misread has (q (1 - q)) ^ (n / 2).

A direction is declared when its chance falls below one in 10,000, the open hours in which one false alarm
is allowed: three years of a door. What one slot adds is bounded by a quarter of that, so that a school group
that comes in at once, or leaves at once, is no fault. Directions are judged from the 14th such day on.

Entries and exits that have changed places are judged in `exchanged`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from expectations.cusum import sum_within
from expectations.outages import Outage, instant
from warehouse.series import Floats, Series, sums_before

ONE_DIRECTION = "one_direction_dead"
OPEN_HOURS_PER_FALSE_ALARM = 10_000
HISTORY_DAYS = 28
LEAST_DAYS = 14
LEAST_SLOTS = 4
PRIOR_PASSAGES = 20.0  # at the whole day's share, for every hour
LEAST_SPREAD = 0.5


def judge(subject: str, directions: Sequence[Series], strictness: float = 1.0) -> list[Outage]:
    """The directions of a counted subject that died while the others counted, in order of detection.

    The subject of each direction ends in its name, as in `counter:door/in`. Pure and causal. `strictness`
    multiplies the threshold.
    """
    found = []
    threshold = strictness * float(np.log(OPEN_HOURS_PER_FALSE_ALARM))
    for own in directions:
        if own.start.size == 0:
            continue
        others = [np.nan_to_num(other.at(own.start)) for other in directions if other is not own]
        if others:
            found += list(_judge(subject, own, np.sum(others, axis=0), threshold))
    return sorted(found, key=lambda outage: (outage.detected_at, outage.direction or ""))


def _judge(subject: str, own: Series, others: Floats, threshold: float) -> Iterator[Outage]:
    count = np.nan_to_num(own.count)
    share, worth = _usual(own, count, others)
    silent = (count == 0) & (own.open_minutes > 0) & (others > 0)
    evidence = np.where(silent, np.minimum(others * worth, threshold / LEAST_SLOTS), 0.0)
    # Every count of its own begins a stretch.
    stretch = np.cumsum(count > 0, dtype=np.int64)
    so_far = sum_within(evidence, stretch)
    declared = np.flatnonzero(so_far >= threshold)
    _, first = np.unique(stretch[declared], return_index=True)
    for at in declared[first]:
        begin, end = (int(slot) for slot in np.searchsorted(stretch, [stretch[at], stretch[at] + 1]))
        onset = begin + int(np.flatnonzero(silent[begin:end])[0])
        slots = slice(onset, end)
        missed = np.where(silent, others * share / (1 - share), 0.0)[slots]
        yield Outage(
            office=own.office,
            subject=subject,
            fault=ONE_DIRECTION,
            onset_at=instant(own.start[onset]),
            detected_at=instant(own.start[at] + own.minutes[at].astype("timedelta64[m]")),
            ended_at=instant(own.start[end]) if end < own.start.size else None,
            expected_count=float(missed.sum()),
            open_hours=float(own.open_minutes[slots].sum()) / 60,
            chance=float(np.exp(-so_far[end - 1])),
            direction=own.subject.rpartition("/")[2],
        )


def _usual(own: Series, count: Floats, others: Floats) -> tuple[Floats, Floats]:
    """Usual share of a direction in each slot, and what a count of the others is worth in its silence."""
    counts, passed = own.by_hour(count), own.by_hour(count + others)
    of_day, passed_of_day = counts.sum(axis=1), passed.sum(axis=1)
    good = (of_day > 0) & (of_day < passed_of_day)
    counts, passed, of_day, passed_of_day = counts[good], passed[good], of_day[good], passed_of_day[good]
    before_counts, before_passed = sums_before(counts, HISTORY_DAYS), sums_before(passed, HISTORY_DAYS)
    whole = (before_counts.sum(axis=1) + 1) / (before_passed.sum(axis=1) + 2)
    share = (before_counts + PRIOR_PASSAGES * whole[:, np.newaxis]) / (before_passed + PRIOR_PASSAGES)
    hoped = passed * share[:-1]
    variance = hoped * (1 - share[:-1])
    strayed = np.column_stack(
        [
            ((counts - hoped) ** 2).sum(axis=1),
            (counts - hoped).sum(axis=1) ** 2,
            variance.sum(axis=1),
        ]
    )
    by_hours, by_days, usual = sums_before(strayed, HISTORY_DAYS).T
    spread = np.maximum(by_hours, by_days) / np.maximum(usual, 1e-9)
    above, below = np.maximum(spread, 1.0), np.clip(spread, LEAST_SPREAD, 1.0)
    worth = -np.log1p(-share) / above[:, np.newaxis] - share * np.log(below)[:, np.newaxis]
    worth[:LEAST_DAYS] = 0.0
    row = (np.cumsum(good) - good)[own.row]
    return share[row, own.hour], worth[row, own.hour]
