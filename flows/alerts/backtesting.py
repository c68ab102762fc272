"""`vigie backtest`: the messages of past days, by the same machine that writes those of today.

What a rule finds says when it could be known, so that the past is replayed by looking at each instant at
which a run would have come by. Between two runs at which nothing can change, none is played.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from expectations.incidents.episodes import episodes
from expectations.incidents.findings import Finding
from expectations.incidents.life import Alert, Incident, advance, alerts
from flows.alerts.channels import channels, not_before
from flows.alerts.telling import cadence, evidence_of
from flows.alerts.wording import title
from warehouse.clock import NIGHT, naive_utc
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import Severity

# The runs of prefect.yaml, in local time: the night, and the hourly look at the counters.
RUNS = (NIGHT, *(time(hour, 10) for hour in range(8, 21)))
LEAD = timedelta(days=365)  # played before the first day, so that what was open then is no news


@dataclass(frozen=True)
class Said:
    """A message that would have gone out at `instant` (local time of the office) through these channels."""

    instant: datetime
    what: str
    incident_id: str
    subject: str
    severity: Severity
    title: str
    channels: tuple[str, ...]


def backtest(findings: Sequence[Finding], office: Office, first: date, last: date) -> list[Said]:
    """The messages written within the local days `first` to `last`, both included, in order of time."""
    begin = datetime.combine(first, time(), office.zone)
    end = datetime.combine(last + timedelta(days=1), time(), office.zone)
    said = []
    for at, alert in play(findings, office, begin - LEAD, end):
        if at >= begin:
            said.append(_said(alert, office, at))
    return said


def play(
    findings: Sequence[Finding], office: Office, begin: datetime, end: datetime
) -> Iterator[tuple[datetime, Alert]]:
    """What is told at each run between two aware instants, beginning with no incident known."""
    changes = sorted(set(_changes(findings)))
    known: dict[str, Incident] = {}
    at: datetime | None = next_run(begin, office.zone)
    while at is not None and at < end:
        instant = naive_utc(at)
        cases = advance(
            office.code, list(known.values()), episodes(findings, instant), instant, cadence(office),
            lambda episode: evidence_of(episode, office),
        )  # fmt: skip
        for alert in alerts(cases):
            yield at, alert
        known |= {case.incident.incident_id: case.incident for case in cases}
        later = [change for change in changes if change > instant]
        later += [one.due_at for one in known.values() if one.due_at is not None and one.status != "resolved"]
        at = next_run(min(later).replace(tzinfo=UTC), office.zone) if later else None


def next_run(at: datetime, zone: ZoneInfo) -> datetime:
    """The first run at an aware instant or after it."""
    day = at.astimezone(zone).date()
    return next(
        run
        for days in range(3)
        for clock in RUNS
        if (run := datetime.combine(day + timedelta(days=days), clock, zone)) >= at
    )


def _changes(findings: Sequence[Finding]) -> Iterator[datetime]:
    for one in findings:
        yield one.detected_at
        if (end := one.end_known_at or one.ended_at) is not None:
            yield end
        yield from (state.known_at for state in one.course)


def _said(alert: Alert, office: Office, at: datetime) -> Said:
    incident = alert.incident
    told_to = channels(office, incident.severity, incident.subject)
    sent = [not_before(channel, incident.severity, at, office.zone) for channel in told_to]
    instant = min(sent).replace(tzinfo=UTC) if sent else at
    return Said(
        instant=instant.astimezone(office.zone),
        what=alert.what,
        incident_id=incident.incident_id,
        subject=incident.subject,
        severity=incident.severity,
        title=title(alert, office),
        channels=tuple(channel.name for channel in told_to),
    )
