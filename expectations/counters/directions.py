"""One direction sunk: entries, or exits, that count nothing, almost nothing or a third of what they should.

Nothing need be expected of either. Given how many passed, each of them goes one way with the share that this
way had at that hour on the last 28 sound days (binomial). A closure is therefore no evidence, and neither
season nor level matters. That share is weighed against those that the direction would have if it counted
nothing, a tenth or 35 % of what it should (`_SUNK`): each slot adds the logarithm of the ratio of both
chances to a sum that never falls below zero (CUSUM). Shares stray from a binomial, variance over that of the
binomial, by hours and by whole days, the larger of the two:
- above 1 (groups, a march through one door) the evidence is divided by it;
- below 1 people come and go by turns and only misreadings stray: with a chance q of one, the variance is
  4 q (1 - q) of the binomial, and that all of one way among n are misread has (q (1 - q)) ^ (n / 2). It
  speaks for a direction at zero only.

A direction is declared when a sum reaches the logarithm of 10,000, the open hours in which one false alarm is
allowed (three years of a door), and it counted since then no more than the hypothesis claims. A slot adds at
most a quarter of that, so that a school group that comes in at once, or leaves at once, is no fault; of a
direction that still counts, a day adds no more than `most_a_day`. Directions are judged from the 14th such
day on.

It is right again when the share shows it, by the same likelihood against a direction at 35 %, over four slots
and an open day at least; a stray count ends nothing. The days of a fault, from its onset to its end, teach
nothing to what comes later, of either direction.

Entries and exits that have changed places are judged in `exchanged`. One of them falls, too, but as many pass
as before: what may be that is not declared here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from expectations.counters.cusum import IMPOSSIBLE, cusum, running, sum_within
from expectations.counters.outages import Outage, instant
from warehouse.counted.series import Bools, ExpectedSeries, Floats, Integers, Series, sums_before

DEAD, WEAK = "one_direction_dead", "one_direction_weak"
DIRECTIONS = frozenset({DEAD, WEAK})
ODDS_OF_RECOVERY = 1_000
HISTORY_DAYS = 28
LEAST_DAYS = 14
LEAST_COUNTS = 100
SETTLING_DAYS = 28
LEAST_SLOTS = 4
PRIOR_PASSAGES = 20.0  # at the whole day's share, for every hour
LEAST_SPREAD = 0.5
LEAST_LEAN = 0.05  # of a share from a half, for an exchange to show
NEAR = 1 / 3  # of the way from a share to the exchanged one
FALLEN = 3 / 4  # of the fall of the sum, as a logarithm, that tells a sunk direction from an exchange


@dataclass(frozen=True)
class _Sunk:
    """A hypothesis: the direction counts `factor` of what it should, and claims what counts up to `most`.

    A day adds at most `most_a_day` of the threshold to it.
    """

    factor: float
    most: float
    most_a_day: float
    open_hours_per_false_alarm: float

    @property
    def threshold(self) -> float:
        """The evidence that declares it."""
        return float(np.log(self.open_hours_per_false_alarm))


_NEARLY_DEAD, _WEAK = _Sunk(0.1, 0.15, 2 / 3, 100_000), _Sunk(0.35, 0.42, 2 / 5, 100_000)
_SUNK = (_Sunk(0.0, 0.0, np.inf, 10_000), _NEARLY_DEAD, _WEAK)


@dataclass(frozen=True)
class _Usual:
    """What sound days made usual of a direction, one element a slot.

    `share` of those who pass in that hour of the day, `whole` of all; `above` and `below` are how much more,
    or less, than a binomial its shares stray; `known` where there were 14 sound days, `well_known` where the
    direction counted 100 on them, too: what counts less is judged at zero only.
    """

    share: Floats
    whole: Floats
    above: Floats
    below: Floats
    known: Bools
    well_known: Bools

    @property
    def odds(self) -> Floats:
        """What is usually counted for each count of the others."""
        odds: Floats = self.share / (1 - self.share)
        return odds


@dataclass(frozen=True)
class _Way:
    """A direction: what it and the others counted in open slots (0 in closed ones), and where it counted.

    What the sound days before a slot made usual stands in its `row` of `shares`, by hour and in column 24 of
    the whole day, of `spread` and of `counts`, how many of its own that is known from.
    """

    series: Series
    own: Floats
    others: Floats
    counted: Bools
    row: Integers
    shares: Floats
    spread: Floats
    counts: Floats

    def usual(self, at: int | None = None) -> _Usual:
        """What was usual at every slot as it was known then, or as it was known at slot `at`."""
        row = self.row if at is None else np.full_like(self.row, self.row[at])
        return _Usual(
            self.shares[row, self.series.hour],
            self.shares[row, 24],
            np.maximum(self.spread[row], 1.0) * _doubt(self.counts[row]),
            np.clip(self.spread[row], LEAST_SPREAD, 1.0),
            row >= LEAST_DAYS,
            (row >= LEAST_DAYS) & (self.counts[row] >= LEAST_COUNTS),
        )


@dataclass(frozen=True)
class _Declared:
    """Slots of the onset and of the declaration, the name of the fault, and the hypothesis declared."""

    onset: int
    slot: int
    fault: str
    sunk: _Sunk


def judge(total: ExpectedSeries, directions: Sequence[Series], strictness: float = 1.0) -> list[Outage]:
    """The directions of a counted subject that sank while the others counted, in order of detection.

    The subject of each direction ends in its name, as in `counter:door/in`, and all have the slots of the
    `total`. Pure and causal. `strictness` multiplies the thresholds.
    """
    if total.series.start.size == 0 or len(directions) < 2:
        return []
    return list(_judge(total, directions, strictness))


def _judge(total: ExpectedSeries, directions: Sequence[Series], strictness: float) -> Iterator[Outage]:
    series = total.series
    counts = [np.nan_to_num(one.count) for one in directions]
    everyone = np.sum(counts, axis=0)
    sound, begin = np.ones(series.days, np.bool_), 0
    while begin < series.start.size:
        ways = [_way(series, own, everyone - own, sound) for own in counts]
        declared = [(_declared(total, way, begin, strictness), at) for at, way in enumerate(ways)]
        found = [(one, at) for one, at in declared if one is not None]
        if not found:
            return
        first, at = min(found, key=lambda pair: pair[0].slot)
        way, usual = ways[at], ways[at].usual(first.onset)
        recovery = _recovery(way, usual, first.slot + 1, strictness)
        end, begin = recovery or (series.start.size, series.start.size)
        slots = slice(first.onset, end)
        threshold = strictness * first.sunk.threshold
        evidence = float(_evidence(way, usual, first.sunk, threshold)[slots].sum())
        yield Outage(
            office=series.office,
            subject=series.subject,
            fault=first.fault,
            onset_at=instant(series.start[first.onset]),
            detected_at=_over(series, first.slot),
            ended_at=instant(series.start[end]) if recovery else None,
            expected_count=float((way.others * usual.odds)[slots].sum()),
            open_hours=float(series.open_minutes[slots].sum()) / 60,
            chance=float(np.exp(-max(threshold, evidence))),
            counted_count=float(way.own[slots].sum()),
            direction=directions[at].subject.rpartition("/")[2],
            end_known_at=_over(series, begin - 1) if recovery else None,
        )
        if recovery:
            sound[series.row[first.onset] : series.row[end] + 1] = False


def _way(series: Series, own: Floats, others: Floats, sound: Bools) -> _Way:
    """A direction, with what the sound days on which both were counted made usual."""
    counts, passed = series.by_hour(own), series.by_hour(own + others)
    of_day, passed_of_day = counts.sum(axis=1), passed.sum(axis=1)
    good = sound & (of_day > 0) & (of_day < passed_of_day)
    counts, passed = counts[good], passed[good]
    before_counts, before_passed = sums_before(counts, HISTORY_DAYS), sums_before(passed, HISTORY_DAYS)
    whole = ((before_counts.sum(axis=1) + 1) / (before_passed.sum(axis=1) + 2))[:, np.newaxis]
    share = (before_counts + PRIOR_PASSAGES * whole) / (before_passed + PRIOR_PASSAGES)
    hoped = passed * share[:-1]
    variance = hoped * (1 - share[:-1])
    strayed = np.column_stack(
        [
            ((counts - hoped) ** 2).sum(axis=1),
            (counts - hoped).sum(axis=1) ** 2,
            variance.sum(axis=1),
        ]
    )
    by_hours, by_days, binomial = sums_before(strayed, HISTORY_DAYS).T
    is_open = series.open_minutes > 0
    number = (np.cumsum(good) - good)[series.row]
    return _Way(
        series=series,
        own=np.where(is_open, own, 0.0),
        others=np.where(is_open, others, 0.0),
        counted=own > 0,
        row=np.maximum(np.minimum(number, HISTORY_DAYS), number - SETTLING_DAYS),
        shares=np.hstack([share, whole]),
        spread=np.maximum(by_hours, by_days) / np.maximum(binomial, 1e-9),
        counts=before_counts.sum(axis=1),
    )


def _doubt(counted: Floats) -> Floats:
    """How much more evidence it takes when the share is known from so few counts (gamma distribution)."""
    counted = np.maximum(counted, 1.0)
    enough = _SUNK[0].threshold
    doubt: Floats = enough / (counted * np.log1p(enough / counted))
    return doubt


def _declared(total: ExpectedSeries, way: _Way, begin: int, strictness: float) -> _Declared | None:
    """What is declared first from slot `begin` on, since when the hypothesis that is likeliest then says."""
    usual = way.usual()
    charts, first = [], way.series.start.size
    for sunk in _SUNK:
        threshold = strictness * sunk.threshold
        worth = _evidence(way, usual, sunk, threshold)
        worth[:begin] = 0.0
        evidence, since = cusum(worth)
        charts.append((evidence, since, sunk))
        at = np.flatnonzero(evidence[:first] >= threshold)
        at = at[_is_claimed(total, way, usual, sunk, since[at], at)]
        first = int(at[0]) if at.size else first
    if first == way.series.start.size:
        return None
    _, since, sunk = max(charts, key=lambda chart: float(chart[0][first]))
    factor = _factor(way, usual, since[[first]], np.array([first]))[0]
    return _Declared(int(since[first]), first, DEAD if factor <= _NEARLY_DEAD.most else WEAK, sunk)


def _evidence(way: _Way, usual: _Usual, sunk: _Sunk, threshold: float) -> Floats:
    """What each slot adds to a hypothesis."""
    if sunk.factor == 0:
        worth = way.others * (-np.log1p(-usual.share) / usual.above - usual.share * np.log(usual.below))
        worth = np.where(way.counted, IMPOSSIBLE, worth)
    else:
        worth = np.where(usual.well_known, _likelihood(way, usual, sunk), 0.0)
    worth = np.where(usual.known, np.minimum(worth, threshold / LEAST_SLOTS), 0.0)
    if np.isinf(sunk.most_a_day):
        return worth
    so_far = np.minimum(sum_within(worth, way.series.day), sunk.most_a_day * threshold)
    return _differences(so_far, way.series)


def _likelihood(way: _Way, usual: _Usual, sunk: _Sunk) -> Floats:
    """Logarithm of the ratio of the chances of what each slot counted: under the hypothesis, and usually."""
    passed = way.own + way.others
    ratio: Floats = way.own * np.log(sunk.factor) - passed * np.log1p(-(1 - sunk.factor) * usual.share)
    return ratio / usual.above


def _is_claimed(
    total: ExpectedSeries, way: _Way, usual: _Usual, sunk: _Sunk, since: Integers, at: Integers
) -> Bools:
    """Whether what was counted from the slots `since` to `at` is what a hypothesis claims, and no exchange.

    Where a share falls to that of exchanged directions, as many pass as before.
    """
    own, others = _sum(way.own, since, at), _sum(way.others, since, at)
    factor = _factor(way, usual, since, at)
    claimed: Bools = factor <= sunk.most
    before = usual.whole[since]
    is_near = np.abs(own / np.maximum(own + others, 1.0) - (1 - before)) <= NEAR * np.abs(2 * before - 1)
    may_be_exchange = is_near & (np.abs(before - 0.5) >= LEAST_LEAN)
    if (claimed & may_be_exchange).any():
        fall = FALLEN * np.log1p(-before * (1 - factor))
        claimed &= ~may_be_exchange | (_change(total, way.own + way.others, since, at) <= fall)
    return claimed


def _factor(way: _Way, usual: _Usual, since: Integers, at: Integers) -> Floats:
    """What was counted from slots `since` to `at`, over what it should have been."""
    return _sum(way.own, since, at) / np.maximum(_sum(way.others * usual.odds, since, at), 1e-9)


def _change(total: ExpectedSeries, passed: Floats, since: Integers, at: Integers) -> Floats:
    """Logarithm of how many passed from slots `since` to `at`, over the four weeks before them.

    For each that the season made expected where that is known, else for each open minute.
    """
    series, hoped = total.series, np.where(total.series.open_minutes > 0, total.expected.seasonal, 0.0)
    first = np.searchsorted(series.day, series.day[since] - HISTORY_DAYS)
    rates = []
    for counted, base in ((np.where(hoped > 0, passed, 0.0), hoped), (passed, series.open_minutes)):
        now = (_sum(counted, since, at) + 0.5) / np.maximum(_sum(base, since, at), 1e-9)
        then = (_sum(counted, first, since - 1) + 0.5) / np.maximum(_sum(base, first, since - 1), 1e-9)
        rates.append(np.log(now / then))
    known = (_sum(hoped, since, at) > 0) & (_sum(hoped, first, since - 1) > 0)
    return np.where(known, rates[0], rates[1])


def _recovery(way: _Way, usual: _Usual, begin: int, strictness: float) -> tuple[int, int] | None:
    """The slot from which the share was right again, and the first one after that in which it was known."""
    threshold = strictness * float(np.log(ODDS_OF_RECOVERY))
    worth = np.minimum(-_likelihood(way, usual, _WEAK), threshold / LEAST_SLOTS)
    worth[:begin] = 0.0
    evidence, since = cusum(worth)
    minutes = way.series.open_minutes
    lasted = _sum(minutes, since, np.arange(minutes.size))
    at = np.flatnonzero((evidence >= threshold) & (lasted >= _usual_day(way.series)))
    return (int(since[at[0]]), int(at[0]) + 1) if at.size else None


def _usual_day(series: Series) -> Floats:
    """Mean open minutes of the open days so far."""
    opens = np.flatnonzero(series.open_minutes > 0)
    _, first = np.unique(series.day[opens], return_index=True)
    days = np.zeros(series.start.size)
    days[opens[first]] = 1.0
    mean: Floats = np.cumsum(series.open_minutes) / np.maximum(np.cumsum(days), 1.0)
    return mean


def _differences(running: Floats, series: Series) -> Floats:
    """What was added to running sums that start again with every local day."""
    is_first = np.diff(series.day, prepend=-1) != 0
    return running - np.where(is_first, 0.0, np.concatenate([[0.0], running[:-1]]))


def _sum(values: Floats, first: Integers, last: Integers) -> Floats:
    """Sums of values from slots `first` to `last`, both included."""
    sums = running(values)
    between: Floats = sums[last + 1] - sums[first]
    return between


def _over(series: Series, slot: int) -> datetime:
    """The instant at which a slot is over."""
    return instant(series.start[slot] + series.minutes[slot].astype("timedelta64[m]"))
