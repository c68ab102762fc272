"""The judge of the house, all its charts, on the doors of the benchmark."""

from __future__ import annotations

import numpy as np

from bench.counters.doors import Door
from bench.counters.scoring import Episode
from expectations import counter_health, silence
from transforms.expecting import expect, seasonal
from warehouse.series import Bools, ExpectedSeries, Floats, Integers, Series


class House:
    """Judges doors; what a healthy one expects serves its faulty copies up to the month of the fault.

    Houses of another `strictness` may share the expectations of this one.
    """

    def __init__(self, strictness: float = 1.0, like: House | None = None) -> None:
        self._strictness = strictness
        self._seen: dict[str, tuple[ExpectedSeries, Floats]] = {} if like is None else like._seen
        self._last: dict[str, ExpectedSeries] = {} if like is None else like._last

    def __call__(self, door: Door) -> list[Episode]:
        """Every fault that is found; a closure that is recognised is a question and no alarm."""
        watched = counter_health.Watched(
            self.expected(door.total),
            directions=(door.entries, door.exits),
            inside=(self.expected(door.desk),),
            nearby=(self.expected(door.neighbour),),
        )
        return [
            Episode(outage.fault, outage.onset_at, outage.detected_at, outage.ended_at, outage.end_known_at)
            for outage in counter_health.judge(watched, self._strictness)
            if outage.fault != silence.CLOSED
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
            by_day = seasonal(series, _none, _none)
            self._seen[series.subject] = expect(series, by_day), by_day
            return self._seen[series.subject][0]
        healthy, by_day = before
        if healthy.series is series:
            return healthy
        return expect(series, seasonal(series, _none, _none, _whole_months(series, healthy.series, by_day)))


def _whole_months(series: Series, before: Series, by_day: Floats) -> Floats:
    """The expected counts of the months before, and of, the first day that differs."""
    same = (before.count == series.count) | (np.isnan(before.count) & np.isnan(series.count))
    if same.all():
        return by_day
    days = np.arange(series.day[0], series.day[-1] + 1).astype("datetime64[D]").astype("datetime64[M]")
    changed = series.day[np.flatnonzero(~same)[0]] - series.day[0]
    known: Floats = by_day[days <= days[changed]]
    return known


def _none(day: Integers) -> Bools:
    """No public and no school holidays: those of Leeds and Münster are not at hand."""
    return np.zeros(day.size, dtype=bool)
