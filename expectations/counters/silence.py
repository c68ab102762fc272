"""Silences: when did a counted series fall silent, or almost, and since when is that no chance.

A dead counter. Few of them count nothing at all: most go on counting a few per cent of what passes. So
three dead counters are held against a working one, of which every slot tells by its likelihood ratio: those
that count nothing, 3 % and 10 % (`RATES`) of what was expected (`warehouse.counted.series.Expectation`:
nothing before the 14th day with a count). The evidence is the sum of the ratios since it was last below
zero (CUSUM); for a counter that counts nothing any count is the end of it.

Threshold. A silence is declared when a working counter would show it with a chance below one in N, N
being the open hours in which one false alarm is allowed: 300,000, a hundred years of a door. For a
Poisson count the chance of silence while `e` counts are expected is exp(-e), so no test can declare a
dead counter surely before about ln(N) expected counts, 12.6 here (Wald, Lorden; reference counters.md,
section 5). Real counts vary more (groups, weather, fairs), so three measures of it, of the same 28 days,
must all be overcome:
- hours vary by `f`, variance over mean (negative binomial);
- days vary by `f` together: negative binomial again over several days, but within a day, where all hours
  share one luck, one of k = daily mean / (f - 1) successes;
- an hour that was often at zero on those days proves little: the chances of its zeros are multiplied. One
  that never was has a chance of half a day in 29, so that no fewer than 4 open slots are ever declared.

Closures. An office that closes without declaring it looks like a dead counter, because for the counter it
is the same thing. Where another series counts inside the same office (the desk, the other direction, a
register by day), a silence is declared only in a slot in which that one counted: then the office was open,
and one false alarm in 15,000 open hours is allowed, 0.2 a year of a door. When both are silent it is a
question to the staff. Where nothing else counts inside a place that closes, one silent day is a question; it
is an alarm when what is left without the day that tells most would be enough beside a witness, or when rows
are missing that a closed office would have sent. What fell at the neighbours too, in a storm or a lockdown,
is taken off what was expected.

Its end. A stray count, or an hour in which a technician walks to and fro, ends nothing: a silence is over
once counts show by their likelihood that at least half of what is expected is counted again rather than
15 % of it, over at least 8 open hours, and it ended where that evidence begins. A trickle takes 16 hours, for
at a fair it may count as much as half of a usual day. A counter that dies again within a fortnight must count
for twice as long, each time, up to 32 hours: a fault that comes in pieces is not told as over after every
piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np
from scipy.special import betainc, gammaln

from expectations.counters.cusum import IMPOSSIBLE, cusum, running, sum_within
from expectations.counters.outages import Outage, instant
from warehouse.counted.series import Bools, ExpectedSeries, Floats, Series

OPEN_HOURS_PER_FALSE_ALARM = 300_000
OPEN_HOURS_PER_WITNESSED_ALARM = 15_000
NO_DATA, ZEROS, FROZEN_INDEX, TRICKLE = "no_data", "zeros", "frozen_index", "trickle"
# Questions: where a partner is silent too, and where nothing else counts.
CLOSED, CLOSED_OR_DEAD = "unannounced_closure", "closed_or_dead"
QUESTIONS = frozenset({CLOSED, CLOSED_OR_DEAD})
SILENCES = frozenset({NO_DATA, ZEROS, FROZEN_INDEX, TRICKLE})
LEAST_ASKED = 3.0  # expected counts of the partners whose silence makes a closure likely enough to ask
RATES = (0.0, 0.03, 0.1)  # of what is expected, that a dead counter counts
QUIET_RATE = 0.3  # of what is expected, that an office counts which works, in a storm
CLEARER = 3.0  # evidence by which a trickle must be likelier than that, or than zeros since the last count
SECOND_DAY = 3.0  # evidence of a trickle without the day that tells most
SOUND_RATE, DEAD_RATE = 0.5, 0.15
SOUND_SHARE = 0.35  # of what is expected, that a recovery counts at least
OPEN_HOURS_PER_FALSE_RECOVERY = 10_000
RECOVERY_MINUTES = 480.0
AGAIN_DAYS = 14  # from a recovery to the next silence, within which a counter dies again
MOST_RECOVERY_MINUTES = 4 * RECOVERY_MINUTES
MANY_AT_NIGHT = 20.0  # counts while the place is closed: the clock is wrong, and the counter at work
RECOVERY_SLOTS = 3  # of less than a day, that a recovery takes at least
LEAST_EXPECTED = 0.05  # counts of an open slot of which less, or nothing, is expected
ROWS_DAYS, FEW = 28, 0.05  # before a silence, in which a counter that sends zeros lacks few rows
NEIGHBOURS_QUIET = 0.75  # share of what neighbours should count, from which on it is taken off
NEIGHBOURS_LEAST = 0.1


def judge(
    watched: ExpectedSeries,
    inside: Sequence[ExpectedSeries] = (),
    strictness: float = 1.0,
    nearby: Sequence[ExpectedSeries] = (),
) -> list[Outage]:
    """The silences of one series, in order of detection. Pure; what comes later changes no declaration.

    `inside` are series that count within the same office, in slots of the same length or longer; `nearby`
    others whose passages rise and fall with its own. Besides silences there are `QUESTIONS`, which may
    be no fault. `strictness` multiplies the thresholds.
    """
    if watched.series.start.size == 0:
        return []
    chart = _Chart.of(watched, inside, nearby, strictness)
    found: list[Outage] = []
    begin, end, minutes = 0, watched.series.start.size, RECOVERY_MINUTES
    while begin < end:
        dead = chart.first(begin, end, chart.is_dead)
        found += _closures(chart, begin, end, dead)
        if dead is None:
            break
        # What dies again and again is well for longer, each time, before it is believed to be.
        again = begin > 0 and chart.days_between(begin, dead.first) < AGAIN_DAYS
        minutes = min(2 * minutes, MOST_RECOVERY_MINUTES) if again else chart.least_recovery(dead)
        sound = chart.recovery(dead, minutes)
        found.append(chart.outage(dead, sound))
        begin = end if sound is None else sound.first
    return sorted(found, key=lambda outage: (outage.detected_at, outage.fault))


def _closures(chart: _Chart, begin: int, end: int, dead: _Span | None) -> Iterator[Outage]:
    """The closures that may have been before an alarm; one that it is about is answered by it."""
    until = end if dead is None else dead.at
    while begin < until and (closed := chart.first(begin, until, chart.may_be_closed)) is not None:
        sound = chart.recovery(closed)
        if dead is not None and (sound is None or sound.first > dead.first):
            yield chart.outage(closed, _Span(dead.at + 1, dead.at), chart.question(closed))
            return
        yield chart.outage(closed, sound, chart.question(closed))
        begin = end if sound is None else sound.first


@dataclass(frozen=True)
class _Span:
    """A stretch by its first slot, and the slot at whose end it was known."""

    first: int
    at: int


@dataclass(frozen=True)
class _Chart:
    """A series slot by slot (slots,), and running sums of what was counted and expected (slots + 1,).

    `ratios` and `zeros` are log likelihood ratios of a dead counter to a working one, by rate, and the same
    bounded by what a zero proves there. `expected` is what should have been counted on such a day: `passing`
    is the share of the usual that came. `hopes` sums what is usual, `seasons` what the season alone makes so.
    """

    watched: ExpectedSeries
    expected: Floats
    ratios: tuple[Floats, ...]
    zeros: tuple[Floats, ...]
    witness: _Witness
    counts: Floats
    hopes: Floats
    seasons: Floats
    passing: Floats
    alarm: float
    witnessed_alarm: float

    @classmethod
    def of(
        cls,
        watched: ExpectedSeries,
        inside: Sequence[ExpectedSeries],
        nearby: Sequence[ExpectedSeries],
        strictness: float,
    ) -> _Chart:
        series, usual = watched.series, watched.expected
        is_open = series.open_minutes > 0
        count = np.nan_to_num(series.count)
        hopes = np.where(is_open, usual.count, 0.0)
        passing = _passing(series, nearby)
        expected = hopes * passing
        ratios, zeros = [], []
        for rate, ratio in zip(
            RATES, _ratios(count, expected, usual.hour_dispersion, 1.0, RATES), strict=True
        ):
            if rate > 0:
                # What is counted while the place is closed, a counter counts that works.
                ratio = np.where(is_open, ratio, -count)
            ratios.append(ratio)
            # A low count proves no more than a zero would.
            bounded = np.where(count > 0, np.minimum(ratio, usual.zero_surprise), usual.zero_surprise)
            zeros.append(np.where(is_open, bounded, 0.0))
        return cls(
            watched=watched,
            expected=expected,
            ratios=tuple(ratios),
            zeros=tuple(zeros),
            witness=_Witness.of(series, inside),
            counts=running(np.where(is_open, count, 0.0)),
            hopes=running(hopes),
            seasons=running(np.where(is_open, usual.seasonal, 0.0)),
            passing=passing,
            alarm=strictness * float(np.log(OPEN_HOURS_PER_FALSE_ALARM)),
            witnessed_alarm=strictness * float(np.log(OPEN_HOURS_PER_WITNESSED_ALARM)),
        )

    @cached_property
    def quiet(self) -> list[Floats]:
        """Log likelihood ratios of a dead counter to one of a quiet day, by rate."""
        count, dispersion = np.nan_to_num(self.watched.series.count), self.watched.expected.hour_dispersion
        return list(_ratios(count, self.expected, dispersion, QUIET_RATE, RATES))

    def first(self, begin: int, end: int, holds: Callable[[_Span, float], bool]) -> _Span | None:
        """The first silence within slots [begin, end) of which `holds` is true, given its own evidence."""
        is_open = self.watched.series.open_minutes[begin:end] > 0
        charts, found = [], None
        for of_rate, (rate, ratio, zero) in enumerate(zip(RATES, self.ratios, self.zeros, strict=True)):
            evidence, start = cusum(ratio[begin:end])
            charts.append((evidence, start))
            by_zeros = running(zero[begin:end])
            least = np.minimum(evidence, by_zeros[1:] - by_zeros[start])
            is_rare = is_open & (least >= self.witnessed_alarm)
            if rate > 0 and is_rare.any():
                than_quiet = running(self.quiet[of_rate][begin:end])
                is_rare &= than_quiet[1:] - than_quiet[start] >= CLEARER
            for at in np.flatnonzero(is_rare).tolist():
                if found is not None and at >= found.at - begin:
                    break
                one = _Span(begin + int(start[at]), begin + at)
                if holds(one, float(least[at])):
                    found = one
        if found is None:
            return None
        # The likeliest dead counter tells since when.
        at = found.at - begin
        zeros, *trickles = charts
        best = max(trickles, key=lambda chart: float(chart[0][at]))
        if best[0][at] < zeros[0][at] + CLEARER:
            best = zeros
        return _Span(begin + int(best[1][at]), found.at)

    def is_dead(self, one: _Span, evidence: float) -> bool:
        """Whether a silence is no closure, and no chance."""
        slots = slice(one.first, one.at + 1)
        day = self.watched.series.day[slots]
        # The day that tells most is the one that misses most, not the one of which most was expected.
        lost = np.bincount(day - day[0], self.expected[slots] - np.diff(self.counts[one.first : one.at + 2]))
        other_days = day != day[0] + int(np.argmax(lost))
        # One day with a tenth of its visitors is a holiday or a storm, two are none.
        if self._sum(self.counts, one) > 0 and self._surprise(one, other_days) < SECOND_DAY:
            return False
        if self.witness.is_known[slots].any():
            if not self.witness.has_counted[one.at]:
                return False
            # Silent hours of a day on which no witness counted may be a closure: they are no evidence.
            proven = np.isin(day, day[self.witness.has_counted[slots]])
            return self._surprise(one, proven) >= self.witnessed_alarm
        if min(evidence, self._surprise(one, np.ones(day.size, dtype=bool))) < self.alarm:
            return False
        if self._never_closes or self._lacks_rows(one):
            return True
        return self._surprise(one, other_days) >= self.witnessed_alarm

    @property
    def _never_closes(self) -> bool:
        series = self.watched.series
        return bool((series.open_minutes >= series.minutes).all())

    def _lacks_rows(self, one: _Span) -> bool:
        """Whether a silence has no rows where a closed office would have had zeros."""
        series = self.watched.series
        begin = int(np.searchsorted(series.day, series.day[one.first] - ROWS_DAYS))
        has_row = ~np.isnan(series.count)
        before, now = has_row[begin : one.first], has_row[one.first : one.at + 1]
        sent_zeros = bool((series.count[begin : one.first] == 0).any())
        return sent_zeros and bool(before.mean() >= 1 - FEW and now.mean() <= FEW)

    def may_be_closed(self, one: _Span, evidence: float) -> bool:
        """Whether a silence that is no chance may be a closure that nobody announced."""
        slots = slice(one.first, one.at + 1)
        surprise = min(evidence, self._surprise(one, np.ones(one.at + 1 - one.first, dtype=bool)))
        if not self.witness.is_known[slots].any():
            return surprise >= self.alarm and not self._never_closes
        heard = self.witness.has_counted[slots].any()
        missed = float(self.witness.expected[slots].sum())
        return not heard and missed >= LEAST_ASKED and surprise >= self.witnessed_alarm

    def question(self, one: _Span) -> str:
        """Which question a silence is that may be a closure."""
        return CLOSED if self.witness.is_known[one.first : one.at + 1].any() else CLOSED_OR_DEAD

    def _surprise(self, one: _Span, among: Bools) -> float:
        """Minus the logarithm of the chance that a working counter shows so little in some of the slots."""
        slots, usual = slice(one.first, one.at + 1), self.watched.expected
        count = (
            float(np.diff(self.counts)[slots][among].sum())
            if not among.all()
            else self._sum(self.counts, one)
        )
        hoped = float(self.expected[slots][among].sum())
        hours, days = float(usual.hour_dispersion[one.at]), float(usual.day_dispersion[one.at])
        of_a_day = float(usual.day_mean[one.at]) / (days - 1)
        together = max(_rarity(count, hoped, of_a_day), _rarity(count, hoped, hoped / (days - 1)))
        return min(together, _rarity(count, hoped, hoped / (hours - 1)))

    @staticmethod
    def _sum(sums: Floats, one: _Span) -> float:
        return float(sums[one.at + 1] - sums[one.first])

    def days_between(self, first: int, then: int) -> int:
        """Local days from one slot to another."""
        day = self.watched.series.day
        return int(day[then] - day[first])

    def least_recovery(self, silence: _Span) -> float:
        """Open minutes that a recovery takes at least: of what still counted, some two days."""
        return (2 if self._sum(self.counts, silence) > 0 else 1) * RECOVERY_MINUTES

    def recovery(self, silence: _Span, lasting: float = RECOVERY_MINUTES) -> _Span | None:
        """The first slots after a declared silence that show a counter at work, None while none do.

        They last for at least so many open minutes.
        """
        series, usual = self.watched.series, self.watched.expected
        after = slice(silence.at + 1, series.start.size)
        minutes = series.open_minutes[after]
        if not minutes.size:
            return None
        # What is expected is unknown once the silence is older than what it is learnt from.
        rate = self._sum(self.hopes, silence) / max(
            series.open_minutes[silence.first : silence.at + 1].sum(), 1
        )
        # The level is that of the days before: low counts since then may have passed for sound ones.
        level = self._sum(self.hopes, silence) / max(self._sum(self.seasons, silence), 1e-9)
        usually = np.diff(self.seasons)[after] * level * self.passing[after]
        expected = np.where(usually > 0, usually, rate * minutes)
        count = np.nan_to_num(series.count[after])
        expected_at_least = np.maximum(expected, LEAST_EXPECTED)
        (ratio,) = _ratios(count, expected_at_least, usual.hour_dispersion[after], DEAD_RATE, [SOUND_RATE])
        enough = float(np.log(OPEN_HOURS_PER_FALSE_RECOVERY))
        most = enough * np.clip(minutes / RECOVERY_MINUTES, 1 / RECOVERY_SLOTS, 1)
        evidence, start = cusum(np.minimum(np.where(minutes > 0, ratio, count), most))
        opened, counts, hopes = running(minutes), running(count), running(expected)
        at_night = running(np.where(minutes > 0, 0.0, count))
        is_sound = (evidence >= enough - 1e-9) & (
            (opened[1:] - opened[start] >= lasting) | (at_night[1:] - at_night[start] >= MANY_AT_NIGHT)
        )
        is_sound &= counts[1:] - counts[start] >= SOUND_SHARE * (hopes[1:] - hopes[start])
        if not is_sound.any():
            return None
        at = int(np.argmax(is_sound))
        # It begins with a slot that counted.
        first = int(start[at]) + int(np.argmax(count[start[at] :] > 0))
        return _Span(after.start + first, after.start + at)

    def outage(self, silence: _Span, sound: _Span | None, fault: str | None = None) -> Outage:
        """The outage of a silence that ended, or has not ended."""
        series = self.watched.series
        is_open = series.open_minutes > 0
        first = silence.first + int(np.argmax(is_open[silence.first : silence.at + 1]))
        slots = slice(first, series.start.size if sound is None else sound.first)
        declared = series.count[first : silence.at + 1][is_open[first : silence.at + 1]]
        if fault is None:
            fault = NO_DATA if np.isnan(declared).mean() > 0.5 else TRICKLE if np.nansum(declared) else ZEROS
        whole = _Span(first, max(slots.stop - 1, silence.at))
        return Outage(
            office=series.office,
            subject=series.subject,
            fault=fault,
            onset_at=instant(series.start[first]),
            detected_at=_end(series, silence.at),
            ended_at=None if sound is None else _begin(series, sound.first),
            expected_count=float(self.hopes[slots.stop] - self.hopes[slots.start]),
            open_hours=float(series.open_minutes[slots].sum()) / 60,
            chance=float(np.exp(-self._surprise(whole, np.ones(whole.at + 1 - first, dtype=bool)))),
            counted_count=float(np.nansum(series.count[slots][is_open[slots]])),
            end_known_at=None if sound is None else _end(series, sound.at),
        )


@dataclass(frozen=True)
class _Witness:
    """What series inside the same office saw, one element a slot of the series that is judged.

    What counts by longer slots, a register by day, tells at the end of each of them.
    """

    is_known: Bools
    has_counted: Bools
    expected: Floats

    @classmethod
    def of(cls, series: Series, inside: Sequence[ExpectedSeries]) -> _Witness:
        slots = series.start.size
        known, counted, expected = np.zeros(slots, bool), np.zeros(slots, bool), np.zeros(slots)
        is_open = series.open_minutes > 0
        for witness in inside:
            theirs = witness.series
            if not theirs.start.size:
                continue
            covers = np.searchsorted(theirs.start, series.start, "right") - 1
            over = theirs.start + theirs.minutes.astype("timedelta64[m]")
            is_covered = (covers >= 0) & (over[covers] > series.start) & is_open
            is_covered &= ~np.isnan(theirs.count[covers])
            known |= is_covered
            slot = np.flatnonzero(is_covered)
            tells = slot[np.append(np.diff(covers[slot]) != 0, True)[: slot.size]]
            counted[tells] |= theirs.count[covers[tells]] > 0
            expected[tells] += witness.expected.count[covers[tells]]
        return cls(known, counted, expected)


def _ratios(
    count: Floats, expected: Floats, dispersion: Floats, usual: float, rates: Sequence[float]
) -> Iterator[Floats]:
    """Log likelihood ratios of counts (slots,) at `rates` times what is expected to those at `usual` times.

    Negative binomial, variance `dispersion` times the mean. They never speak for a counter that counts more.
    """
    worth = np.log(dispersion) / (dispersion - 1)
    some = np.flatnonzero(count > 0)
    many, k = count[some], np.maximum(expected[some] / (dispersion[some] - 1), 1e-9)
    of_many, of_none = gammaln(many + usual * k), gammaln(usual * k)
    for rate in rates:
        ratio = (usual - rate) * expected * worth
        if rate == 0:
            ratio[some] = IMPOSSIBLE
        else:
            ratio[some] += gammaln(many + rate * k) - gammaln(rate * k) - of_many + of_none
        yield ratio


def _rarity(count: float, mean: float, size: float) -> float:
    """Minus the logarithm of the chance of at most `count` counts: negative binomial of `size` successes."""
    if mean <= 0 or size <= 0:
        return 0.0
    success = size / (size + mean)
    if count <= 0:
        return float(-size * np.log(success))
    return float(-np.log(max(betainc(size, count + 1, success), 1e-300)))


def _passing(series: Series, nearby: Sequence[ExpectedSeries]) -> Floats:
    """Share of the usual that passes by in each slot: below 1 where neighbours were quiet that day."""
    counted, hoped = np.zeros(series.start.size), np.zeros(series.start.size)
    for other in nearby:
        theirs = other.series.at(series.start)
        known = ~np.isnan(theirs)
        counted += np.where(known, theirs, 0.0)
        hoped += np.where(known, np.nan_to_num(_expected_at(other, series)), 0.0)
    so_far, usual = sum_within(counted, series.day), sum_within(hoped, series.day)
    share: Floats = np.clip((so_far + 1) / (usual + 1) / NEIGHBOURS_QUIET, NEIGHBOURS_LEAST, 1.0)
    return share


def _expected_at(other: ExpectedSeries, series: Series) -> Floats:
    """What was expected of another series in the slots of this one, NaN where it has none."""
    return replace(other.series, count=other.expected.count).at(series.start)


def _begin(series: Series, slot: int) -> datetime:
    """The instant at which a slot begins; that after the last one ends with it."""
    return instant(series.start[slot]) if slot < series.start.size else _end(series, slot - 1)


def _end(series: Series, slot: int) -> datetime:
    """The instant at which a slot is over."""
    return instant(series.start[slot] + series.minutes[slot].astype("timedelta64[m]"))
