"""The life of an incident: what the data and people make of it, instant by instant.

A pure machine. It is given what is known of the incidents and what the rules find, and returns what changes
and what must be told; asked again at the same instant it returns nothing, so whatever was killed is done
again. One incident a rule and subject is open at a time, and it keeps its identifier when it opens again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from expectations.incidents.episodes import Episode
from expectations.incidents.rules import rules
from warehouse.errors import UsageError
from warehouse.office.subjects.alerts import SEVERITIES, Severity
from warehouse.words.messages import say

Status = Literal["open", "acknowledged", "snoozed", "resolved"]
What = Literal["opened", "reopened", "worsened", "reminder", "over", "closed"]
REASONS = ("repaired", "false_alarm", "accepted", "other")
REPAIRED, OTHER, HISTORY_REVISED = "repaired", "other", "history_revised"
VIGIE = "vigie"  # who acts where no person did
NEWS = timedelta(days=2)  # what was over before it was known is told when it is so young
REPAIR_SHOWS_AFTER = timedelta(days=2)  # said to be repaired, and still at fault: it opens again
LONGEST_SNOOZE = timedelta(days=31)

Cadence = Callable[[str, Severity], Sequence[int]]


@dataclass(frozen=True)
class Incident:
    """What somebody must deal with; instants are naive UTC.

    `ended_at` is when the data were right again, `resolved_at` when the incident was settled: by Vigie then,
    or by a person earlier. `reminders` were sent since it opened first, `reminders_in_a_row` since it was
    last news; `due_at` is when the next one is. `messages` numbers what was told of it.
    """

    office: str
    incident_id: str
    rule: str
    subject: str
    fault: str
    severity: Severity
    onset_at: datetime
    detected_at: datetime
    ended_at: datetime | None
    evidence: str
    lost_visitors: float | None
    lost_eur: float | None
    status: Status = "open"
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    resolution: str | None = None
    comment: str = ""
    reminders: int = 0
    reminders_in_a_row: int = 0
    due_at: datetime | None = None
    messages: int = 0

    @property
    def awake(self) -> Status:
        """What it is when it is not snoozed."""
        return "open" if self.acknowledged_by is None else "acknowledged"


@dataclass(frozen=True)
class Transition:
    """A step in the life of an incident: when, by whom, what, and what they said."""

    incident_id: str
    happened_at: datetime
    who: str
    what: str
    status: Status
    reason: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Alert:
    """Something to tell of an incident, as it is then; `incident.messages` is its number."""

    what: What
    incident: Incident
    episode: Episode | None


@dataclass
class Case:
    """An incident at an instant, with what happens to it and what must be told."""

    incident: Incident
    at: datetime
    transitions: list[Transition] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)

    def move(
        self, what: str, *, who: str = VIGIE, reason: str = "", comment: str = "", **changes: Any
    ) -> None:
        """Change the incident and log it."""
        self.incident = replace(self.incident, **changes)
        step = Transition(
            self.incident.incident_id, self.at, who, what, self.incident.status, reason, comment
        )
        self.transitions.append(step)

    def tell(self, what: What, cadence: Cadence, episode: Episode | None = None) -> None:
        """Have something told, and set when the next reminder is."""
        before = self.incident
        row = before.reminders_in_a_row + 1 if what == "reminder" else 0
        days = cadence(before.rule, before.severity)
        is_over = before.status == "resolved"
        self.incident = replace(
            before,
            messages=before.messages + 1,
            reminders=before.reminders + (what == "reminder"),
            reminders_in_a_row=row,
            due_at=None if is_over else self.at + timedelta(days=days[min(row, len(days) - 1)]),
        )
        self.alerts.append(Alert(what, self.incident, episode))


def advance(
    office: str,
    known: Sequence[Incident],
    found: Iterable[Episode],
    at: datetime,
    cadence: Cadence,
    evidence: Callable[[Episode], str],
) -> list[Case]:
    """What becomes of the office's incidents at an instant (naive UTC), given the episodes known then.

    Returns a case for each incident that is new or another than before, in order of onset.
    """
    left = {incident.incident_id: incident for incident in known}
    cases = []
    for episode in found:
        incident = _same(left.values(), episode)
        if incident is None:
            cases.append(_opened(office, episode, at, cadence, evidence))
        else:
            del left[incident.incident_id]
            cases.append(_proceeds(incident, episode, at, cadence, evidence))
    for incident in left.values():
        case = Case(replace(incident, ended_at=incident.ended_at or at), at)
        if incident.status != "resolved":
            # Late data, a corrected office file: what was told has never been.
            _close(case, at, HISTORY_REVISED, cadence, None)
        cases.append(case)
    before = {incident.incident_id: incident for incident in known}
    changed = [case for case in cases if case.incident != before.get(case.incident.incident_id)]
    return sorted(changed, key=lambda case: (case.incident.onset_at, case.incident.incident_id))


def acknowledge(incident: Incident, who: str, at: datetime, comment: str = "", language: str = "fr") -> Case:
    """Somebody takes care of it. Raises UsageError when it is resolved."""
    _still_open(incident, language)
    case = Case(incident, at)
    case.move(
        "acknowledged",
        who=who,
        comment=comment,
        status="acknowledged",
        acknowledged_by=who,
        snoozed_until=None,
    )
    return case


def snooze(
    incident: Incident, who: str, at: datetime, until: datetime, comment: str = "", language: str = "fr"
) -> Case:
    """Be silent on it until an instant. Raises UsageError when it is resolved, or that is past or too far."""
    _still_open(incident, language)
    if not at < until <= at + LONGEST_SNOOZE:
        end = f"{until:%Y-%m-%d %H:%M} UTC"
        raise UsageError(say("incidents.snooze_end", language, days=LONGEST_SNOOZE.days, until=end))
    case = Case(incident, at)
    case.move(
        "snoozed", who=who, reason=f"{until:%Y-%m-%dT%H:%M}Z", comment=comment, status="snoozed",
        snoozed_until=until,
    )  # fmt: skip
    return case


def resolve(
    incident: Incident,
    who: str,
    at: datetime,
    reason: str,
    cadence: Cadence,
    comment: str = "",
    language: str = "fr",
) -> Case:
    """Somebody settles it. Raises UsageError when it is resolved, or `other` comes without a comment."""
    _still_open(incident, language)
    if reason not in REASONS:
        raise UsageError(say("incidents.no_reason", language, reason=reason, reasons=", ".join(REASONS)))
    if reason == OTHER and not comment:
        raise UsageError(say("incidents.other", language))
    case = Case(incident, at)
    _close(case, at, reason, cadence, None, who=who, comment=comment)
    return case


def incident_id(office: str, episode: Episode) -> str:
    """Twelve hexadecimal digits for a new incident."""
    identity = "\n".join([office, episode.rule, episode.subject, episode.onset_at.isoformat()])
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def _still_open(incident: Incident, language: str) -> None:
    if incident.status == "resolved":
        raise UsageError(
            say(
                "incidents.resolved_already",
                language,
                incident_id=incident.incident_id,
                resolution=say(f"resolution.{incident.resolution}", language),
            )
        )


def _same(known: Iterable[Incident], episode: Episode) -> Incident | None:
    """The incident that this episode belongs to: of its rule and subject, at the same time or soon after."""
    patience = timedelta(days=rules()[episode.rule].joins_within_days)
    same = [
        incident
        for incident in known
        if (incident.rule, incident.subject) == (episode.rule, episode.subject)
        and (episode.ended_at is None or incident.onset_at <= episode.ended_at + patience)
        and (incident.ended_at is None or episode.onset_at <= incident.ended_at + patience)
    ]
    return max(same, key=lambda incident: incident.onset_at, default=None)


def _facts(episode: Episode, evidence: Callable[[Episode], str]) -> dict[str, Any]:
    return {
        "fault": episode.current.fault,
        "onset_at": episode.onset_at,
        "detected_at": episode.detected_at,
        "ended_at": episode.ended_at,
        "evidence": evidence(episode),
        "lost_visitors": episode.lost_visitors,
        "lost_eur": episode.lost_eur,
    }


def _opened(
    office: str, episode: Episode, at: datetime, cadence: Cadence, evidence: Callable[[Episode], str]
) -> Case:
    severity = rules()[episode.rule].severity_of(
        episode.lost_visitors, episode.lost_eur, episode.current.fault
    )
    incident = Incident(
        office=office,
        incident_id=incident_id(office, episode),
        rule=episode.rule,
        subject=episode.subject,
        severity=severity,
        **_facts(episode, evidence),
    )
    case = Case(incident, at)
    if episode.ended_at is None:
        case.move("opened")
        case.tell("opened", cadence, episode)
        return case
    case.move(
        "recorded", status="resolved", resolved_at=episode.ended_at, resolved_by=VIGIE,
        resolution=episode.current.ended_because,
    )  # fmt: skip
    if at - episode.ended_at <= NEWS:
        case.tell("over", cadence, episode)
    return case


def _proceeds(
    before: Incident, episode: Episode, at: datetime, cadence: Cadence, evidence: Callable[[Episode], str]
) -> Case:
    case = Case(replace(before, **_facts(episode, evidence)), at)
    now = rules()[episode.rule].severity_of(episode.lost_visitors, episode.lost_eur, episode.current.fault)
    if episode.ended_at is not None:
        if before.status != "resolved":
            _close(case, episode.ended_at, episode.current.ended_because, cadence, episode)
        return case
    if before.status == "resolved":
        if _opens_again(before, episode, at):
            case.move(
                "reopened", status="open", severity=now, acknowledged_by=None, snoozed_until=None,
                resolved_at=None, resolved_by=None, resolution=None, comment="",
            )  # fmt: skip
            case.tell("reopened", cadence, episode)
        return case
    awake = case.incident.awake
    if SEVERITIES.index(now) > SEVERITIES.index(before.severity):
        # A graver incident breaks a snooze.
        case.move("worsened", reason=now, severity=now, status=awake, snoozed_until=None)
        case.tell("worsened", cadence, episode)
    elif before.status == "snoozed":
        if before.snoozed_until is not None and at >= before.snoozed_until:
            case.move("snooze_ended", status=awake, snoozed_until=None)
            case.tell("reminder", cadence, episode)
    elif before.due_at is not None and at >= before.due_at:
        case.tell("reminder", cadence, episode)
    return case


def _opens_again(before: Incident, episode: Episode, at: datetime) -> bool:
    """Whether what lasts makes a resolved incident open again.

    What a person called a false alarm or accepted stays settled until something new is found.
    """
    assert before.resolved_at is not None
    if before.resolved_by == VIGIE:
        return True
    is_new = any(
        one.detected_at > before.resolved_at and one.end(episode.at) is None for one in episode.findings
    )
    return is_new or (before.resolution == REPAIRED and at - before.resolved_at >= REPAIR_SHOWS_AFTER)


def _close(
    case: Case,
    resolved_at: datetime,
    resolution: str,
    cadence: Cadence,
    episode: Episode | None,
    *,
    who: str = VIGIE,
    comment: str = "",
) -> None:
    case.incident = replace(case.incident, comment=comment)
    case.move(
        "resolved", who=who, reason=resolution, comment=comment, status="resolved", snoozed_until=None,
        resolved_at=resolved_at, resolved_by=who, resolution=resolution,
    )  # fmt: skip
    case.tell("closed", cadence, episode)


def alerts(cases: Iterable[Case]) -> Iterator[Alert]:
    """What must be told, in order."""
    for case in cases:
        yield from case.alerts
