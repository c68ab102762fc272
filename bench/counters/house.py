"""The judge of the house, all its charts, on the doors of the benchmark."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np

from bench.counters.calendars import is_public_holiday
from bench.counters.doors import Door
from bench.counters.scoring import Episode
from expectations import counter_health, silence
from transforms.expecting import expect, seasonal
from warehouse.series import Bools, ExpectedSeries, Floats, Integers, Series

# Who helps to judge a door: its desk and a neighbour, a neighbour alone, or nobody.
Beside = Literal["desk", "neighbour", "alone"]


class House:
    """Judges doors; what a healthy one expects serves its faulty copies up to the month of the fault.

    Houses of another `strictness`, or that judge beside others, may share the expectations of this one.
    """

    def __init__(self, strictness: float = 1.0, like: House | None = None, beside: Beside = "desk") -> None:
        self._strictness = strictness
        self._beside = beside
        self._seen: dict[str, tuple[ExpectedSeries, Floats]] = {} if like is None else like._seen
        self._last: dict[str, ExpectedSeries] = {} if like is None else like._last

    def __call__(self, door: Door) -> list[Episode]:
        """Every fault that is found; a closure that is recognised is a question and no alarm."""
        return [one for one in self.judged(door) if one.fault != silence.CLOSED]

    def judged(self, door: Door, until: int | None = None) -> list[Episode]:
        """All that is found, questions too, when the rows of the door are known up to a local day.

        The desk and the neighbour are known beyond it: only the door's own files come seldom.
        """
        inside = (self.expected(door.desk),) if self._beside == "desk" else ()
        nearby = (self.expected(door.neighbour),) if self._beside != "alone" else ()
        total, directions = self.expected(door.total), (door.entries, door.exits)
        if until is not None:
            known = slice(0, int(np.searchsorted(door.total.day, until)))
            total, directions = total.among(known), (door.entries.among(known), door.exits.among(known))
        watched = counter_health.Watched(total, directions, inside, nearby)
        return [
            Episode(outage.fault, outage.onset_at, outage.detected_at, outage.ended_at, outage.end_known_at)
            for outage in counter_health.judge(watched, self._strictness)
        ]

    def expected(self, series: Series) -> ExpectedSeries:
        """The series beside what is expected of it."""
        last = self._last.get(series.subject)
        if last is None or last.series is not series:
            self._last[series.subject] = self._reckoned(series)
        return self._last[series.subject]

    def _reckoned(self, series: Series) -> ExpectedSeries:
        before = self._seen.get(series.subject)
        if before is None or not np.array_equal(before[0].series.start, series.start):
            by_day = _seasonal(series)
            self._seen[series.subject] = expect(series, by_day), by_day
            return self._seen[series.subject][0]
        healthy, by_day = before
        if healthy.series is series:
            return healthy
        return expect(series, _seasonal(series, _whole_months(series, healthy.series, by_day)))


def _whole_months(series: Series, before: Series, by_day: Floats) -> Floats:
    """The expected counts of the months before, and of, the first day that differs."""
    same = (before.count == series.count) | (np.isnan(before.count) & np.isnan(series.count))
    if same.all():
        return by_day
    days = np.arange(series.day[0], series.day[-1] + 1).astype("datetime64[D]").astype("datetime64[M]")
    changed = series.day[np.flatnonzero(~same)[0]] - series.day[0]
    known: Floats = by_day[days <= days[changed]]
    return known


def _seasonal(series: Series, known: Floats | None = None) -> Floats:
    """With the public holidays of the city; its school holidays are not at hand."""
    return seasonal(series, partial(is_public_holiday, series.office), _no_day, known)


def _no_day(day: Integers) -> Bools:
    return np.zeros(day.size, dtype=bool)
