"""The judge of the house, all its charts, on the doors of the benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from bench.counters.calendars import is_public_holiday, public_holidays
from bench.counters.doors import Door
from bench.counters.scoring import Episode
from expectations.counters import counter_health, silence
from expectations.counters.outages import Outage, instant
from transforms.counters.expecting import expect, seasonal
from warehouse.counted.faulty import HARMLESS, NOTHING, Faulty, Stretch
from warehouse.counted.series import Bools, ExpectedSeries, Floats, Integers, Series

# Who helps to judge a door: its desk and a neighbour, a neighbour alone, or nobody.
Beside = Literal["desk", "neighbour", "alone"]


@dataclass(frozen=True)
class _Settled:
    """A door that was judged first of its window, what it was expected to count by day, its faulty days."""

    series: Series
    by_day: Floats
    faulty: Faulty


class House:
    """Judges doors; what a healthy one expects serves its faulty copies up to the month of the fault.

    As in the night, what was declared is not learnt from: a door is judged until that changes nothing more.
    Houses of another `strictness`, or that judge beside others, may share the expectations of this one.
    """

    def __init__(self, strictness: float = 1.0, like: House | None = None, beside: Beside = "desk") -> None:
        self._strictness = strictness
        self._beside = beside
        self._seen: dict[str, tuple[ExpectedSeries, Floats]] = {} if like is None else like._seen
        self._last: dict[str, ExpectedSeries] = {} if like is None else like._last
        self._healthy: _Settled | None = None

    def __call__(self, door: Door) -> list[Episode]:
        """Every fault that is found; a closure that is recognised is a question and no alarm."""
        return [one for one in self.judged(door) if one.fault not in silence.QUESTIONS]

    def judged(self, door: Door) -> list[Episode]:
        """All that is found, questions too."""
        return as_episodes(self.settled(door)[1])

    def settled(self, door: Door) -> tuple[counter_health.Watched, list[Outage]]:
        """What is judged of a door once nothing faulty is learnt from, and all that is declared of it."""
        inside, nearby = self.partners(door)
        healthy = self._healthy
        if healthy is None or not np.array_equal(healthy.series.start, door.total.start):
            healthy = None
            total, by_day = self._reckoned(door.total)
            faulty = NOTHING
        else:
            # What was declared before the first day that differs was, and is, not learnt from.
            faulty = healthy.faulty
            by_day = _seasonal(door.total, _whole_months(door.total, healthy.series, healthy.by_day), faulty)
            total = expect(door.total, by_day)
        right = -1
        while True:
            watched = counter_health.Watched(
                total,
                directions=(door.entries, door.exits),
                inside=[self.expected(one) for one in inside],
                nearby=[self.expected(one) for one in nearby],
                holidays=public_holidays(door.total.office),
            )
            found = counter_health.judge(watched, self._strictness)
            declared = faulty_days(found, door.total)
            # A month stands on those before it alone: once done again it is right.
            begin = _first_change(faulty, declared, door.total, right)
            if begin is None:
                self._healthy = healthy or _Settled(door.total, by_day, faulty)
                return watched, found
            faulty, right = declared, begin
            by_day = _seasonal(door.total, by_day[:begin], faulty)
            total = expect(door.total, by_day)

    def partners(self, door: Door) -> tuple[Sequence[Series], Sequence[Series]]:
        """The series inside the office of a door, and those nearby, that help to judge it."""
        inside = (door.desk,) if self._beside == "desk" else ()
        nearby = (door.neighbour,) if self._beside != "alone" else ()
        return inside, nearby

    def expected(self, series: Series) -> ExpectedSeries:
        """The series beside what is expected of it, as if all of it were sound."""
        last = self._last.get(series.subject)
        if last is None or last.series is not series:
            self._last[series.subject], _ = self._reckoned(series)
        return self._last[series.subject]

    def _reckoned(self, series: Series) -> tuple[ExpectedSeries, Floats]:
        before = self._seen.get(series.subject)
        if before is None or not np.array_equal(before[0].series.start, series.start):
            by_day = _seasonal(series)
            self._seen[series.subject] = expect(series, by_day), by_day
            return self._seen[series.subject]
        healthy, by_day = before
        if healthy.series is series:
            return before
        by_day = _seasonal(series, _whole_months(series, healthy.series, by_day))
        return expect(series, by_day), by_day


def as_episodes(found: Sequence[Outage]) -> list[Episode]:
    """Outages as the benchmark scores them."""
    return [
        Episode(one.fault, one.onset_at, one.detected_at, one.ended_at, one.end_known_at) for one in found
    ]


def faulty_days(found: Sequence[Outage], series: Series) -> Faulty:
    """The days that outages of a series declare faulty."""
    stretches = [
        Stretch(one.onset_at, one.detected_at, one.ended_at, one.end_known_at, one.usual_at)
        for one in found
        if one.fault not in HARMLESS
    ]
    return Faulty.of(stretches, instant(series.start[-1]))


def _first_change(before: Faulty, now: Faulty, series: Series, right: int) -> int | None:
    """Days up to the first month whose fit changes when other days are faulty; None if none does.

    Months up to that which begins after `right` days are right.
    """
    days = np.arange(series.day[0], series.day[-1] + 1)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    for begin in np.flatnonzero(np.concatenate([[True], months[1:] != months[:-1]])):
        if begin > right and not np.array_equal(before.known(int(days[begin])), now.known(int(days[begin]))):
            return int(begin)
    return None


def _whole_months(series: Series, before: Series, by_day: Floats) -> Floats:
    """The expected counts of the months before, and of, the first day that differs."""
    same = (before.count == series.count) | (np.isnan(before.count) & np.isnan(series.count))
    if same.all():
        return by_day
    days = np.arange(series.day[0], series.day[-1] + 1).astype("datetime64[D]").astype("datetime64[M]")
    changed = series.day[np.flatnonzero(~same)[0]] - series.day[0]
    known: Floats = by_day[days <= days[changed]]
    return known


def _seasonal(series: Series, known: Floats | None = None, faulty: Faulty = NOTHING) -> Floats:
    """With the public holidays of the city; its school holidays are not at hand."""
    return seasonal(series, partial(is_public_holiday, series.office), _no_day, known, faulty)


def _no_day(day: Integers) -> Bools:
    return np.zeros(day.size, dtype=bool)
