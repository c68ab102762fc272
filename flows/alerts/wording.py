"""What a message says: its title and its text, short, in the office's language."""

from __future__ import annotations

import re
from datetime import UTC, date, timedelta

from expectations.incidents.evidence import when
from expectations.incidents.life import VIGIE, Alert, Incident
from expectations.incidents.rules import Rule, rules
from warehouse.office.model import Office
from warehouse.office.part import Equipment
from warehouse.words.messages import catalogue, day, moment, number, say
from warehouse.words.shapes import typed


def title(alert: Alert, office: Office) -> str:
    """The title of a message: what it is about, and whether it is news, a reminder or the end."""
    incident = alert.incident
    return say(
        f"message.title.{alert.what}",
        office.language,
        what=headline(incident, office),
        reminders=number(incident.reminders_in_a_row, office.language),
    )


def headline(incident: Incident, office: Office) -> str:
    """What an incident is about, in a few words."""
    return named(incident.rule, incident.fault, incident.subject, office)


def named(rule: str, name: str, subject: str, office: Office) -> str:
    """What a fault of a rule and a subject is called."""
    found = rules()[rule]
    return (found.faults[name].title or found.title).say(
        office.language, subject=label(subject, office), fault=fault(rule, name, office.language)
    )


def fault(rule: str, name: str, language: str) -> str:
    """The name of a fault, as messages print it."""
    return rules()[rule].faults[name].name.say(language)


def text(alert: Alert, office: Office) -> str:
    """The text of a message: what is known, what is lost, what to do, how to answer."""
    incident, language = alert.incident, office.language
    parts = [incident.evidence, lost(incident, language)]
    if alert.what in ("closed", "over"):
        parts.append(_end(incident, office))
    else:
        rule = rules()[incident.rule]
        parts += [
            _data_in_device(incident, rule, office),
            say("message.todo", language, todo=todo(incident, office)),
        ]
        if incident.acknowledged_by:
            parts.append(say("message.acknowledged", language, who=incident.acknowledged_by))
        parts.append(say("message.answer", language, incident_id=incident.incident_id))
    parts.append(
        say("message.reference", language, incident_id=incident.incident_id, number=incident.messages)
    )
    return "\n\n".join(part for part in parts if part)


def label(subject: str, office: Office) -> str:
    """What people call a subject such as `counter:auch-door` or `listening:2025-07-01`; `counter:` is all."""
    kind, colon, code = subject.partition(":")
    if colon and not code:
        return say(f"subjects.{kind}", office.language)
    if (of := subject_day(subject)) is not None:
        code = day(of, office.language)
    if kind == "counter":
        return next((c.label for c in office.counters if c.code == code), code)
    if kind == "label" and "-" in code:  # of a partner whose number may be shown
        code, _, name = code.rpartition("-")
        word = f"dimension.{name}"
        code = f"{code}, {say(word, office.language) if word in catalogue() else name}"
    # Behind a source's name stands how the names of its files begin.
    shown = typed(code) if kind == "source" and "/" in code else code
    site = next((s.name for s in office.sites if s.code == code), shown)
    if kind == "reviews" and (word := f"site.{code}") in catalogue():  # no place: the office itself
        site = say(word, office.language)
    key = f"subject.{kind}"
    return say(key, office.language, site=site) if key in catalogue() else subject


def subject_day(subject: str) -> date | None:
    """The day that a subject is about, where it is one: an entry of the listening register."""
    code = subject.partition(":")[2]
    return date.fromisoformat(code) if re.fullmatch(r"\d{4}-\d\d-\d\d", code) else None


def lost(incident: Incident, language: str) -> str:
    """What was not counted or not taken so far, in sentences; empty when nothing is missed."""
    return " ".join(
        say(f"message.lost.{what}", language, count=number(value, language))
        for what, value in (("visitors", incident.lost_visitors), ("eur", incident.lost_eur))
        if value is not None and round(value)
    )


def todo(incident: Incident, office: Office) -> str:
    """What to do: what the fault itself asks for, else the rule's advice.

    Where the machine is broken, its runbook comes before that advice; of what is not mended at the machine it
    says nothing. Of the files of a source it says whom to ask, where office.yml names somebody.
    """
    rule, own = rules()[incident.rule], equipment(incident.subject, office)
    fault_ = rule.faults[incident.fault]
    if fault_.is_breakdown and fault_.todo is None and own is not None and own.runbook:
        said = own.runbook
    else:
        said = (fault_.todo or rule.todo).say(office.language)
    kind, _, code = incident.subject.partition(":")
    keeper = office.alerts.keepers.get(code.partition("/")[0]) if kind == "source" else None
    asks = say("message.keeper", office.language, who=keeper) if keeper else ""
    return f"{said} {asks}".strip()


def equipment(subject: str, office: Office) -> Equipment | None:
    """The equipment of a subject as office.yml describes it; None where it says nothing."""
    kind, _, code = subject.partition(":")
    if kind == "counter":
        return next((one.equipment for one in office.counters if one.code == code), None)
    area = next((one for one in office.systems.motorhome if one.site == code), None)
    if area is None:
        return None
    return {"barrier": area.barrier, "kiosk": area.kiosk}.get(kind)


def _data_in_device(incident: Incident, rule: Rule, office: Office) -> str:
    """Whether what was missed may still be fetched from the device."""
    own = equipment(incident.subject, office)
    if not rule.is_of_equipment or own is None or own.keeps_data_days is None:
        return ""
    if own.keeps_data_days == 0:
        return say("message.device.none", office.language)
    until: date = incident.onset_at.date() + timedelta(days=own.keeps_data_days)
    return say("message.device.until", office.language, until=day(until, office.language))


def resolved_at(incident: Incident, office: Office) -> str:
    """When an incident was closed, empty while it is open; a person closes at an instant."""
    at, language = incident.resolved_at, office.language
    if at is None:
        return ""
    if incident.resolved_by == VIGIE:
        return when(incident.rule, at, language, office.zone)
    return moment(at.replace(tzinfo=UTC).astimezone(office.zone), language)


def _end(incident: Incident, office: Office) -> str:
    """When and how an incident ended, by whom, and what they said."""
    said = say(
        "message.end" if incident.resolved_by == VIGIE else "message.end_by",
        office.language,
        resolved=resolved_at(incident, office),
        resolution=say(f"resolution.{incident.resolution}", office.language),
        who=incident.resolved_by,
    )
    return f"{said} {incident.comment}".strip()
