"""The judge of the house, all its charts, on the doors of the benchmark."""

from __future__ import annotations

import numpy as np

from bench.counters.doors import Door
from bench.counters.scoring import Episode
from expectations import counter_health, silence
from transforms.expecting import Expected, seasonal
from warehouse.series import Bools, Floats, Integers, Series


class House:
    """Judges doors; what a healthy one expects serves its faulty copies up to the month of the fault."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Series, Expected]] = {}

    def __call__(self, door: Door) -> list[Episode]:
        """Every fault that is found; a closure that is recognised is a question and no alarm."""
        series = (door.total, door.desk, door.neighbour)
        watched = counter_health.Watched(
            door.total,
            directions=(door.entries, door.exits),
            inside=(door.desk,),
            nearby=(door.neighbour,),
            seasonal={one.subject: self._expected(one).by_slot for one in series},
        )
        return [
            Episode(outage.fault, outage.onset_at, outage.detected_at, outage.ended_at)
            for outage in counter_health.judge(watched)
            if outage.fault != silence.CLOSED
        ]

    def _expected(self, series: Series) -> Expected:
        before = self._seen.get(series.subject)
        if before is not None and before[0] is series:
            return before[1]
        if before is not None and np.array_equal(before[0].start, series.start):
            same = (before[0].count == series.count) | (np.isnan(before[0].count) & np.isnan(series.count))
            return seasonal(series, _none, _none, _whole_months(series, same, before[1].by_day))
        expected = seasonal(series, _none, _none)
        self._seen[series.subject] = series, expected
        return expected


def _whole_months(series: Series, same: Bools, by_day: Floats) -> Floats:
    """The expected counts of the months before, and of, the first day that differs."""
    if same.all():
        return by_day
    days = np.arange(series.day[0], series.day[-1] + 1).astype("datetime64[D]").astype("datetime64[M]")
    changed = series.day[np.flatnonzero(~same)[0]] - series.day[0]
    known: Floats = by_day[days <= days[changed]]
    return known


def _none(day: Integers) -> Bools:
    """No public and no school holidays: those of Leeds and Münster are not at hand."""
    return np.zeros(day.size, dtype=bool)
