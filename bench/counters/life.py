"""The whole life of a fault, as people had it: how long under alarm, how often told, and after its repair.

What is told is what the incident machine of the house makes of the episodes, each as it was known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bench.counters.doors import Door
from bench.counters.faults import Fault, Season, starts
from bench.counters.scoring import Episode, open_hours, overlaps, raised
from expectations.counters.outages import LEVELS, USUAL_AFTER
from expectations.incidents.episodes import episodes
from expectations.incidents.findings import Finding, State
from expectations.incidents.life import Alert, Incident, advance, alerts
from expectations.incidents.rules import BACK_TO_NORMAL, rules
from warehouse.counted.series import Bools, Instants, Series

AFTER_REPAIR = timedelta(days=60)
USUAL = "became_usual"
LONG_DAYS = 10_000  # before a reminder: reminders are no news


@dataclass(frozen=True)
class Life:
    """What people had of one fault, from its begin to `AFTER_REPAIR` after its end.

    `delay_hours` are the open hours to the first alarm, infinite when it was not found while it lasted;
    `names` are the names it was given, `right` says that one of them is right;
    `wrong_hours` are the open hours from the first alarm on in which the counter was wrong, `alarm_hours`
    those of them under any alarm. `incidents` are those that the fault opened, `messages` what they told
    (openings, reopenings, closings), `closings` the closings among it, `early` the closings told while the
    counter was still wrong. `false_names` are the alarms raised after the repair, the healthy door's own
    left out.
    """

    delay_hours: float
    names: tuple[str, ...]
    right: bool
    wrong_hours: float
    alarm_hours: float
    incidents: int
    messages: int
    closings: int
    early: int
    false_names: tuple[str, ...]


def beginnings(door: Door, season: Season, days: int) -> Instants:
    """Open hours of a season at which a fault may begin and be followed for so many days, all of them judged.

    Else what is chosen on the tuning years would have seen some of the test years.
    """
    instants = starts(door, season, "open_hour", days)
    return instants[instants < np.datetime64(door.judged[1] - days, "D")]


def live(fault: Fault, door: Door, judged: Sequence[Episode], healthy: Sequence[Episode]) -> Life:
    """How the episodes of a door tell the life of its fault, given those of the same door without it.

    Raises ValueError when the fault outlasts the door.
    """
    if fault.end is None:
        raise ValueError(f"{fault.name} of {fault.start} is not repaired")
    end, limit = fault.end, fault.end + AFTER_REPAIR
    found = [
        (instant, one)
        for one in judged
        if one.detected < end
        and overlaps(one, fault)
        and (instant := raised(one, fault, healthy)) is not None
        and instant < end
    ]
    false = [
        one
        for one in judged
        if end <= one.detected < limit and not any(_is_same(one, other) for other in healthy)
    ]
    first = min((instant for instant, _ in found), default=None)
    wrong = _wrong(door.total, fault, since=first or end)
    alarm = np.zeros_like(wrong)
    for instant, one in found:
        alarm |= between(door.total, instant, one.end_known or one.ended)
    told = list(_told([*(one for _, one in found), *false], limit))
    begun = {alert.incident.incident_id for at, alert in told if at < end}
    of_fault = [(at, alert) for at, alert in told if alert.incident.incident_id in begun]
    closings = [(at, one) for at, one in of_fault if one.what in ("closed", "over")]
    minutes = door.total.open_minutes
    names = tuple(dict.fromkeys(one.fault for _, one in found))
    return Life(
        names=names,
        right=not fault.names.isdisjoint(names),
        delay_hours=np.inf if first is None else open_hours(door.total, fault.start, first),
        wrong_hours=float(minutes[wrong].sum()) / 60,
        alarm_hours=float(minutes[wrong & alarm].sum()) / 60,
        incidents=len(begun),
        messages=len(of_fault),
        closings=len(closings),
        early=sum(_is_wrong(fault, at) for at, one in closings if one.incident.resolution != USUAL),
        false_names=tuple(one.fault for one in false),
    )


def _told(judged: Sequence[Episode], until: datetime) -> Iterator[tuple[datetime, Alert]]:
    """What the incident machine of the house tells of episodes up to an instant, when it is told.

    It looks whenever something can change, as the hourly runs of the house all but do.
    """
    found = [_finding(one) for one in judged]
    changes = {at for one in found for at in (one.detected_at, one.end_known_at) if at is not None}
    known: dict[str, Incident] = {}
    for at in sorted(change for change in changes if change < until):
        cases = advance(
            "bench", list(known.values()), episodes(found, at), at, lambda *_: (LONG_DAYS,), lambda _: ""
        )
        known |= {case.incident.incident_id: case.incident for case in cases}
        yield from ((at, alert) for alert in alerts(cases))


def _finding(episode: Episode) -> Finding:
    """An episode as its rule would find it."""
    rule = next(name for name, one in rules().items() if one.is_of_equipment and episode.fault in one.faults)
    ended, known, because = episode.ended, episode.end_known or episode.ended, BACK_TO_NORMAL
    usual = episode.detected + USUAL_AFTER if episode.fault in LEVELS else None
    if usual is not None and (known is None or known > usual):
        ended, known, because = usual, usual, USUAL
    course = (State(episode.detected, None, None, {}),)
    return Finding(
        rule, "counter:door", episode.fault, episode.onset, episode.detected, ended, because, course, known
    )


def _wrong(series: Series, fault: Fault, since: datetime) -> Bools:
    """The slots from an instant on in which the counter was wrong."""
    wrong = between(series, max(fault.start, since), fault.end)
    for begin, end in fault.alive:
        wrong &= ~between(series, begin, end)
    return wrong


def _is_wrong(fault: Fault, at: datetime) -> bool:
    """Whether the counter was wrong at an instant."""
    lasts = fault.start <= at and (fault.end is None or at < fault.end)
    return lasts and not any(begin <= at <= end for begin, end in fault.alive)


def between(series: Series, begin: datetime, end: datetime | None) -> Bools:
    """The slots that begin from one instant to before another, which is never when None."""
    inside: Bools = series.start >= np.datetime64(begin, "us")
    return inside if end is None else inside & (series.start < np.datetime64(end, "us"))


def _is_same(one: Episode, other: Episode) -> bool:
    """Whether two episodes of a name share a stretch."""
    return (
        one.fault == other.fault
        and (one.ended is None or other.onset < one.ended)
        and (other.ended is None or one.onset < other.ended)
    )
