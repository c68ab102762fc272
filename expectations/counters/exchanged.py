"""Entries and exits that have changed places, as after a repair with the wires the other way round.

Where more come in than go out, or fewer, the share of entries tells it, and needs no season: it jumps from p
to 1 - p while the sum of both stays. Each day adds the logarithm of the ratio of two chances (binomial), that
of its entries at the share 1 - p and that at p, divided by how much more than a binomial the days strayed
(groups); it adds at most two fifths of the threshold, so that a swap shows on the third day. It is declared
when that sum (CUSUM) reaches the threshold, one false question in 50,000 open hours, the share of these days
is 1 - p within a third of the way between both, and as many passed as before, within a half up or a third
down, of what the season made expected where that is known. A direction that died, or sees less, so is no
exchange.

p is that of the last 28 days on which both ways were counted, from the 14th on. While it lies between 40 and
60 % nothing is judged: a door through which as many leave as enter looks the same with its wires exchanged,
and a share near a half may cross it by itself. Days on which one direction had sunk (`directions`) are left
out: they show no exchange and teach no share. What follows a swap is read with its directions changed back:
the exchange lasts until the share returns by the same evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from expectations.counters import directions
from expectations.counters.outages import Outage, instant
from warehouse.counted.series import Bools, ExpectedSeries, Floats, Integers, Series, sums_before

EXCHANGED = "directions_exchanged"
OPEN_HOURS_PER_FALSE_QUESTION = 50_000
HISTORY_DAYS = 28
LEAST_DAYS = 14
LEAST_LEAN = 0.1  # of p from a half
DAYS_TO_SHOW = 2.5
NEAR = 1 / 3  # of the way from p to 1 - p
MOST_CHANGE = float(np.log(1.5))  # of the sum of both, as a logarithm


@dataclass(frozen=True)
class _Days:
    """The days on which both ways were counted, in order: entries, all passages, and what was expected."""

    day: Integers
    entries: Floats
    passed: Floats
    expected: Floats


@dataclass(frozen=True)
class _Exchange:
    """Positions among the days that were judged: the first, that of the declaration, the first one after."""

    onset: int
    declared: int
    after: int | None
    evidence: float


def judge(
    total: ExpectedSeries,
    entries: Series,
    exits: Series,
    strictness: float = 1.0,
    sunk: Sequence[Outage] = (),
) -> list[Outage]:
    """The stretches in which entries and exits were exchanged, in order of detection.

    `sunk` are the faults of one direction, whose days are left out from the onset on. Pure; what comes later
    changes no declaration but in such days. `strictness` multiplies the threshold.
    """
    series = total.series
    if series.start.size == 0:
        return []
    days = _days(total, entries, exits, sunk)
    threshold = strictness * float(np.log(OPEN_HOURS_PER_FALSE_QUESTION))
    return [_outage(total, entries, exits, days, one) for one in _exchanges(days, threshold)]


def changed_back(entries: Series, exits: Series, exchanges: Sequence[Outage]) -> tuple[Series, Series]:
    """Entries and exits as they would have been counted without the exchanges."""
    at = np.zeros(entries.start.size, np.bool_)
    for one in exchanges:
        at |= _inside(entries, one)
    return (
        replace(entries, count=np.where(at, exits.count, entries.count)),
        replace(exits, count=np.where(at, entries.count, exits.count)),
    )


def as_counted(outage: Outage, exchanges: Sequence[Outage]) -> Outage:
    """A fault of a direction that was changed back, under the name that it is counted by."""
    if not any(_lies_in(one, outage) for one in exchanges):
        return outage
    return replace(outage, direction="out" if outage.direction == "in" else "in")


def _inside(series: Series, outage: Outage) -> Bools:
    """The slots of an outage."""
    inside: Bools = series.start >= np.datetime64(outage.onset_at)
    return inside if outage.ended_at is None else inside & (series.start < np.datetime64(outage.ended_at))


def beside_sunk(
    total: ExpectedSeries, both: Sequence[Series], strictness: float = 1.0
) -> tuple[list[Outage], list[Outage]]:
    """Directions that sank (`directions.judge`), and exchanges, of entries and exits: what is declared first.

    What one of them explains is no evidence for the other.
    """
    sunk = directions.judge(total, both, strictness)
    if len(both) != 2:
        return sunk, []
    entries, exits = both
    exchanges = judge(total, entries, exits, strictness)
    if not (sunk or exchanges):
        return [], []
    news = [one for one in sunk if not any(_explains(known, one) for known in exchanges)]
    exchanges = judge(total, entries, exits, strictness, news)
    found = directions.judge(total, changed_back(entries, exits, exchanges), strictness)
    return [as_counted(one, exchanges) for one in found], exchanges


def _explains(known: Outage, one: Outage) -> bool:
    """Whether an outage that was known when another was detected shares a stretch with it."""
    is_known = known.detected_at <= one.detected_at
    return is_known and (known.ended_at is None or one.onset_at < known.ended_at)


def _lies_in(known: Outage, one: Outage) -> bool:
    """Whether an outage begins in another."""
    return known.onset_at <= one.onset_at and (known.ended_at is None or one.onset_at < known.ended_at)


def _days(total: ExpectedSeries, entries: Series, exits: Series, sunk: Sequence[Outage]) -> _Days:
    series = total.series
    left_out = np.zeros(series.start.size)
    for one in sunk:
        left_out += _inside(series, one)
    known: Bools = ~np.isnan(entries.count) & ~np.isnan(exits.count)
    came = series.by_day(np.where(known, entries.count, 0.0))
    passed = came + series.by_day(np.where(known, exits.count, 0.0))
    expected = series.by_day(np.where(known, total.expected.seasonal, 0.0))
    kept = (came > 0) & (came < passed) & (series.by_day(left_out) == 0)
    day: Integers = series.day[0] + np.flatnonzero(kept)
    return _Days(day, came[kept], passed[kept], expected[kept])


def _exchanges(days: _Days, threshold: float) -> Iterator[_Exchange]:
    """One day after the other. `usual` are the entries as they would be with the directions as at first."""
    usual = days.entries.copy()
    evidence, begin, share, spread = 0.0, 0, 0.5, 1.0
    onset, declared, strength = -1, -1, 0.0
    leans = _leans(usual, days.passed)
    for day in range(days.day.size):
        if evidence == 0.0:
            if not leans[day]:
                continue
            begin = day
            before = slice(max(0, begin - HISTORY_DAYS), begin)
            share, spread = _usual(usual[before], days.passed[before])
        # A day read with its directions as they are now: how much likelier is the other way round?
        lean = np.log((1 - share) / share)
        ratio = float((2 * usual[day] - days.passed[day]) * lean / spread)
        evidence = min(max(0.0, evidence + min(ratio, threshold / DAYS_TO_SHOW)), 2 * threshold)
        if evidence < threshold or not _is_exchange(days, usual, begin, day, share):
            continue
        if onset < 0:
            onset, declared, strength = begin, day, evidence
        else:
            yield _Exchange(onset, declared, begin, strength)
            onset = -1
        usual[begin:] = days.passed[begin:] - usual[begin:]
        evidence, leans = 0.0, _leans(usual, days.passed)
    if onset >= 0:
        yield _Exchange(onset, declared, None, strength)


def _leans(entries: Floats, passed: Floats) -> Bools:
    """Whether the days before each tell a share, and one that is not near a half: others are not judged."""
    came, passages = (sums_before(of[:, np.newaxis], HISTORY_DAYS)[:-1, 0] for of in (entries, passed))
    found: Bools = np.abs((came + 1) / (passages + 2) - 0.5) >= LEAST_LEAN
    found[:LEAST_DAYS] = False
    return found


def _usual(entries: Floats, passed: Floats) -> tuple[float, float]:
    """Share of entries, and its variance by day over that of a binomial."""
    share = float((entries.sum() + 1) / (passed.sum() + 2))
    strayed = (entries - share * passed) ** 2
    return share, max(1.0, float(strayed.sum() / (share * (1 - share) * passed.sum())))


def _is_exchange(days: _Days, usual: Floats, begin: int, day: int, share: float) -> bool:
    """Whether the share since `begin` is the other way's, and as many passed as in the days before."""
    now, before = slice(begin, day + 1), slice(max(0, begin - HISTORY_DAYS), begin)
    found = usual[now].sum() / days.passed[now].sum()
    if abs(found - (1 - share)) > NEAR * abs(2 * share - 1):
        return False
    rates = []
    for stretch in (now, before):
        known = days.expected[stretch] > 0
        hoped = days.expected[stretch][known].sum()
        rates.append((days.passed[stretch][known].sum(), hoped))
    (counted, hoped), (counted_before, hoped_before) = rates
    if not (hoped > 0 and hoped_before > 0 and counted_before > 0):
        counted, counted_before = days.passed[now].mean(), days.passed[before].mean()
        hoped = hoped_before = 1.0
    change = np.log(counted / hoped) - np.log(counted_before / hoped_before)
    return bool(abs(change) <= MOST_CHANGE)


def _outage(total: ExpectedSeries, entries: Series, exits: Series, days: _Days, one: _Exchange) -> Outage:
    series = total.series
    end = series.start.size if one.after is None else int(np.searchsorted(series.day, days.day[one.after]))
    slots = slice(int(np.searchsorted(series.day, days.day[one.onset])), end)
    last = int(np.searchsorted(series.day, days.day[one.declared], "right")) - 1
    return Outage(
        office=series.office,
        subject=series.subject,
        fault=EXCHANGED,
        onset_at=instant(series.start[slots.start]),
        detected_at=instant(series.start[last] + series.minutes[last].astype("timedelta64[m]")),
        ended_at=None if one.after is None else instant(series.start[end]),
        # What was counted as exits is what came in.
        expected_count=float(np.nansum(exits.count[slots])),
        open_hours=float(series.open_minutes[slots].sum()) / 60,
        chance=float(np.exp(-one.evidence)),
        counted_count=float(np.nansum(entries.count[slots])),
        direction="in",
    )
