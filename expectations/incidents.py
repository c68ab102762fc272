"""From outages to incidents: what somebody must deal with, and why it is believed.

Incidents are a pure function of the data: the same outages give the same incidents, whoever asks and however
often. Only what follows a person's view of it is kept beside: reminders sent, and that an incident which the
data no longer show (a late back-fill) was once open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from expectations.counter_health import LEVELS
from expectations.directions import ONE_DIRECTION
from expectations.outages import Outage
from expectations.patterns import PATTERNS
from expectations.silence import CLOSED, SILENCES
from warehouse.clock import naive_utc
from warehouse.messages import moment, number, say

OPEN, RESOLVED = "open", "resolved"
COUNTS_CAME_BACK, BACK_TO_NORMAL, HISTORY_REVISED = "counts_came_back", "back_to_normal", "history_revised"
BECAME_USUAL = "became_usual"
USUAL_AFTER = timedelta(days=120)  # a level that lasts so long is the usual one; its comparisons stay blocked
RAREST = 1_000_000_000  # beyond one chance in so many, a number says nothing more


@dataclass(frozen=True)
class Rule:
    """A rule that opens incidents: its name, its severity, the kinds of subjects and faults it watches."""

    name: str
    severity: str
    kinds: tuple[str, ...]
    faults: frozenset[str]


EQUIPMENT = ("counter", "barrier", "kiosk")
COUNTER_WRONG = Rule("counter_wrong", "medium", EQUIPMENT, LEVELS | PATTERNS | {ONE_DIRECTION})
RULES = (
    Rule("counter_silent", "high", EQUIPMENT, SILENCES),
    COUNTER_WRONG,
    # The office and its counter were silent together: only the staff knows whether it was closed.
    Rule("closure_question", "question", EQUIPMENT, frozenset({CLOSED})),
)


@dataclass(frozen=True)
class Incident:
    """A row of quality.incident (warehouse/database.py); instants are naive UTC."""

    office: str
    incident_id: str
    rule: str
    subject: str
    fault: str
    severity: str
    onset_at: datetime
    detected_at: datetime
    status: str
    reminders: int
    resolved_at: datetime | None
    resolution: str | None
    evidence: str


def incidents(
    outages: Iterable[Outage],
    office: str,
    as_of: datetime,
    language: str = "fr",
    zone: ZoneInfo | None = None,
) -> list[Incident]:
    """The office's incidents as of an aware instant, in order of onset.

    What was detected later is not known yet, and what ended later still lasts. Outages of a subject that
    begin on one day are one incident. Instants in the evidence are in `zone` (Europe/Paris unless told).
    """
    known = naive_utc(as_of)
    zone = zone or ZoneInfo("Europe/Paris")
    found: dict[str, tuple[Rule, Outage]] = {}
    for outage in sorted(outages, key=lambda one: (one.onset_at, one.subject)):
        kind = outage.subject.partition(":")[0]
        for rule in RULES:
            is_watched = kind in rule.kinds and outage.fault in rule.faults
            if outage.office == office and is_watched and outage.detected_at <= known:
                identity = incident_id(office, rule.name, outage.subject, outage.onset_at)
                before = found.get(identity)
                found[identity] = rule, outage if before is None else _joined(before[1], outage)
    return [_incident(rule, outage, known, language, zone) for rule, outage in found.values()]


def incident_id(office: str, rule: str, subject: str, onset_at: datetime) -> str:
    """Twelve hexadecimal digits that stay the same as long as the subject fell silent on that day (UTC)."""
    told = "\n".join([office, rule, subject, onset_at.date().isoformat()])
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def write_incidents(
    connection: duckdb.DuckDBPyConnection, office: str, found: Sequence[Incident], as_of: datetime
) -> None:
    """Make the office's rows of quality.incident those of `found`, in one transaction.

    Reminders of known incidents stay. A known incident that no longer follows from the data stays too,
    resolved as `history_revised` at `as_of` unless it was resolved before.
    """
    known = {row.incident_id: row for row in read_incidents(connection, office)}
    rows = {row.incident_id: row for row in found}
    for identity, before in known.items():
        if identity in rows:
            rows[identity] = replace(rows[identity], reminders=before.reminders)
        elif before.status == OPEN:
            rows[identity] = replace(
                before, status=RESOLVED, resolved_at=naive_utc(as_of), resolution=HISTORY_REVISED
            )
        else:
            rows[identity] = before
    connection.execute("BEGIN")
    try:
        connection.execute("DELETE FROM quality.incident WHERE office = ?", [office])
        if rows:
            connection.executemany(
                "INSERT INTO quality.incident VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [astuple(row) for row in sorted(rows.values(), key=lambda row: (row.onset_at, row.subject))],
            )
    except duckdb.Error:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def read_incidents(connection: duckdb.DuckDBPyConnection, office: str) -> list[Incident]:
    """The office's rows of quality.incident, in order of onset."""
    found = connection.execute(
        """SELECT office, incident_id, rule, subject, fault, severity, onset_at, detected_at, status,
                  reminders, resolved_at, resolution, evidence
           FROM quality.incident WHERE office = ? ORDER BY onset_at, subject""",
        [office],
    ).fetchall()
    return [Incident(*row) for row in found]


def _joined(first: Outage, second: Outage) -> Outage:
    """Two outages that began on one day, as one."""
    return replace(
        first,
        ended_at=second.ended_at,
        expected_count=first.expected_count + second.expected_count,
        counted_count=first.counted_count + second.counted_count,
        open_hours=first.open_hours + second.open_hours,
        chance=min(first.chance, second.chance),
    )


def _incident(rule: Rule, outage: Outage, known: datetime, language: str, zone: ZoneInfo) -> Incident:
    ended_at = outage.ended_at if outage.ended_at is not None and outage.ended_at <= known else None
    resolved_at, resolution = _resolved(rule, outage, ended_at, known)
    return Incident(
        office=outage.office,
        incident_id=incident_id(outage.office, rule.name, outage.subject, outage.onset_at),
        rule=rule.name,
        subject=outage.subject,
        fault=outage.fault,
        severity=rule.severity,
        onset_at=outage.onset_at,
        detected_at=outage.detected_at,
        status=OPEN if resolution is None else RESOLVED,
        reminders=0,
        resolved_at=resolved_at,
        resolution=resolution,
        evidence=_evidence(outage, ended_at, language, zone),
    )


def _resolved(
    rule: Rule, outage: Outage, ended_at: datetime | None, known: datetime
) -> tuple[datetime | None, str | None]:
    """When and how an incident was resolved by `known`; nothing while it lasts."""
    if ended_at is not None:
        return ended_at, BACK_TO_NORMAL if rule is COUNTER_WRONG else COUNTS_CAME_BACK
    if outage.fault in LEVELS and known - outage.detected_at > USUAL_AFTER:
        return outage.detected_at + USUAL_AFTER, BECAME_USUAL
    return None, None


def _evidence(outage: Outage, ended_at: datetime | None, language: str, zone: ZoneInfo) -> str:
    """When, what, how much, and how surely: in words and numbers."""
    span = {"onset": _local(outage.onset_at, zone, language)}
    if ended_at is not None:
        span["end"] = _local(ended_at, zone, language)
    what = say(
        f"evidence.{outage.fault}",
        language,
        direction=say(f"direction.{outage.direction or 'both'}", language),
        hours=number(outage.open_hours, language),
        expected=number(outage.expected_count, language),
        counted=number(outage.counted_count, language),
        share=number(
            100 * outage.counted_count / outage.expected_count if outage.expected_count else 0, language
        ),
    )
    rarity = number(min(1 / max(outage.chance, 1 / RAREST), RAREST), language)
    return " ".join(
        [
            say("evidence.since" if ended_at is None else "evidence.between", language, what=what, **span),
            say("evidence.rarity", language, rarity=rarity),
        ]
    )


def _local(instant: datetime, zone: ZoneInfo, language: str) -> str:
    return moment(instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None), language)
