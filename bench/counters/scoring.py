"""How a judge did: delay, name and onset of what it noticed, and the alarms it raised over nothing.

An alarm counts as a detection only where the same judge is silent about the same door without the fault:
what a healthy door would have raised anyway is a coincidence (counters.md, 5b).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bench.counters.doors import Door
from bench.counters.faults import Fault
from warehouse.counted.series import Series

DEAD = frozenset({"no_data", "zeros", "frozen_index"})
FALSE_ALARMS_A_YEAR = 0.2
DAYS_A_YEAR = 365.25
SETTLES = timedelta(days=2)


@dataclass(frozen=True)
class Episode:
    """An alarm with a name: instants are naive UTC, `ended` None while it lasts.

    `onset` is when the fault began as far as the judge can tell, `detected` when the alarm was raised;
    `end_known` when it was taken back, at `ended` where None.
    """

    fault: str
    onset: datetime
    detected: datetime
    ended: datetime | None
    end_known: datetime | None = None


Judge = Callable[[Door], list[Episode]]


@dataclass(frozen=True)
class Finding:
    """What became of one fault: `delay_hours` in open hours, infinite when it was not found.

    `named` is the name under which it was first noticed, `later` the last one told within two days of that: a
    clock that jumped looks dead until its night is known. `onset_error_hours` is the distance, in open hours,
    of the onset told from the true one. `delay_days` is the delay in days of the door's usual open hours.
    """

    delay_hours: float
    delay_days: float
    named: str | None
    right: bool
    later: str | None
    right_later: bool
    onset_error_hours: float | None


def find(fault: Fault, door: Door, judged: Sequence[Episode], healthy: Sequence[Episode]) -> Finding:
    """How the episodes of a faulty door tell its fault, given those of the same door without it."""
    noticed = [
        (instant, episode)
        for episode in judged
        if overlaps(episode, fault) and (instant := raised(episode, fault, healthy)) is not None
    ]
    if not noticed:
        return Finding(np.inf, np.inf, None, False, None, False, None)
    instant, _ = min(noticed, key=lambda pair: pair[0])
    # Of alarms raised together, the one with the right name speaks.
    together = [episode for at, episode in noticed if at == instant]
    first = next((episode for episode in together if episode.fault in fault.names), together[0])
    _, later = max(
        ((at, one) for at, one in noticed if at <= instant + SETTLES),
        key=lambda pair: (pair[0], pair[1] is first),
    )
    delay = open_hours(door.total, fault.start, instant)
    return Finding(
        delay_hours=delay,
        delay_days=delay / hours_a_day(door.total),
        named=first.fault,
        right=first.fault in fault.names,
        later=later.fault,
        right_later=later.fault in fault.names,
        onset_error_hours=abs(open_hours(door.total, fault.start, first.onset)),
    )


def false_alarms(door: Door, judged: Sequence[Episode]) -> tuple[int, int]:
    """Episodes that a healthy door raised in the days to judge: of all charts, and of the dead chart."""
    raised = in_judged_days(door, judged)
    return len(raised), sum(episode.fault in DEAD for episode in raised)


def in_judged_days(door: Door, judged: Sequence[Episode]) -> list[Episode]:
    """The episodes that were raised in the days to judge."""
    first, end = (np.datetime64(day, "D") for day in door.judged)
    return [episode for episode in judged if first <= np.datetime64(episode.detected, "us") < end]


def years(door: Door) -> float:
    """Counter-years of the days to judge."""
    return (door.judged[1] - door.judged[0]) / DAYS_A_YEAR


def limit_hours(door: Door, fault: Fault, days: int) -> float:
    """Open hours before which no test can surely declare a dead door: ln(N) over what an open hour counts.

    N is the number of open hours in which one false alarm is allowed, five counter-years at 0.2 a year; the
    rate is that of the healthy door in the `days` after the fault began (Wald; Lorden 1971). Rounded up to
    whole hours: an hourly row is known when its hour is over.
    """
    series = door.total
    budget = open_hours_a_year(series) / FALSE_ALARMS_A_YEAR
    begin = int(np.searchsorted(series.start, np.datetime64(fault.start, "us")))
    after = slice(begin, begin + days * 24)
    is_open = series.open_minutes[after] > 0
    rate = float(np.nanmean(series.count[after][is_open]))
    return float(np.ceil(np.log(budget) / rate))


def open_hours(series: Series, begin: datetime, end: datetime) -> float:
    """Declared open hours between two instants, negative when `end` comes first."""
    passed = np.concatenate([[0.0], np.cumsum(series.open_minutes)]) / 60
    slots = np.searchsorted(series.start, [np.datetime64(begin, "us"), np.datetime64(end, "us")])
    return float(passed[slots[1]] - passed[slots[0]])


def hours_a_day(series: Series) -> float:
    """Open hours of a usual open day: the median."""
    by_day = series.open_minutes.reshape(-1, 24).sum(axis=1)
    return float(np.median(by_day[by_day > 0])) / 60


def open_hours_a_year(series: Series) -> float:
    """Declared open hours in a year, on average."""
    return float(series.open_minutes.sum()) / 60 / (series.start.size / 24 / DAYS_A_YEAR)


def overlaps(episode: Episode, fault: Fault) -> bool:
    """Whether an episode and a fault share a stretch."""
    begins_in_time = fault.end is None or episode.onset < fault.end
    return begins_in_time and (episode.ended is None or episode.ended > fault.start)


def raised(episode: Episode, fault: Fault, healthy: Sequence[Episode]) -> datetime | None:
    """First instant since the fault began at which the alarm is on and the healthy door has none of its name.

    None where there is no such instant.
    """
    instant = max(episode.detected, fault.start)
    for one in sorted(healthy, key=lambda one: one.detected):
        if one.fault != episode.fault or one.detected > instant:
            continue
        if one.ended is None or (episode.ended is not None and episode.ended <= one.ended):
            return None
        instant = max(instant, one.ended)
    return instant
