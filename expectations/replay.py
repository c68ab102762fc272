"""What would have been said and when: the alerts and closings of past days (`vigie backtest`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from expectations.outages import Outage

What = Literal["alert", "closed"]


@dataclass(frozen=True, order=True)
class Event:
    """At `instant` (aware, local time of the office), an alert went out for a subject, or it was closed."""

    instant: datetime
    subject: str
    fault: str
    what: What
    onset: datetime


def backtest(outages: Iterable[Outage], first: date, last: date, zone: ZoneInfo) -> list[Event]:
    """Alerts and closings within the local days `first` to `last`, both included, in order of time.

    The judgement of an instant uses nothing later (expectations.counter_health), so replaying is reading.
    A closing is told at the slot that counted again, also when its alert lies before `first`.
    """
    events = []
    for outage in outages:
        instants: list[tuple[What, datetime | None]] = [
            ("alert", outage.detected_at),
            ("closed", outage.ended_at),
        ]
        for what, at in instants:
            if at is not None and first <= _local(at, zone).date() <= last:
                onset = _local(outage.onset_at, zone)
                events.append(Event(_local(at, zone), outage.subject, outage.fault, what, onset))
    return sorted(events)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(zone)
