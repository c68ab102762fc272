"""What a message says: its title and its text, short, in the office's language."""

from __future__ import annotations

from datetime import date, timedelta

from expectations.incidents.evidence import told_in_words
from expectations.incidents.life import VIGIE, Incident, Notice
from expectations.incidents.rules import Rule, rules
from warehouse.office.model import Office
from warehouse.office.part import Equipment
from warehouse.words.messages import catalogue, day, number, say
from warehouse.words.shapes import typed


def title(notice: Notice, office: Office) -> str:
    """The title of a message: what it is about, and whether it is news, a reminder or the end."""
    incident = notice.incident
    return say(
        f"message.title.{notice.what}",
        office.language,
        what=headline(incident, office),
        reminders=number(incident.reminders_in_a_row, office.language),
    )


def headline(incident: Incident, office: Office) -> str:
    """What an incident is about, in a few words."""
    rule = rules()[incident.rule]
    return (rule.faults[incident.fault].title or rule.title).say(
        office.language,
        subject=label(incident.subject, office),
        fault=fault(incident.rule, incident.fault, office.language),
    )


def fault(rule: str, name: str, language: str) -> str:
    """What a fault is called."""
    return rules()[rule].faults[name].name.say(language)


def text(notice: Notice, office: Office) -> str:
    """The text of a message: what is known, what is lost, what to do, how to answer."""
    incident, language = notice.incident, office.language
    parts = [incident.evidence, lost(incident, language)]
    if notice.what in ("closed", "over"):
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
    """What people call a subject such as `counter:auch-door`."""
    kind, _, code = subject.partition(":")
    if kind == "counter":
        return next((c.label for c in office.counters if c.code == code), code)
    # Behind a source's name stands how the names of its files begin.
    shown = typed(code) if kind == "source" and "/" in code else code
    site = next((s.name for s in office.sites if s.code == code), shown)
    key = f"subject.{kind}"
    return say(key, office.language, site=site) if key in catalogue() else subject


def lost(incident: Incident, language: str) -> str:
    """What is lost so far, in words; empty when nothing is."""
    losses = [
        say(f"message.lost.{what}", language, count=number(value, language))
        for what, value in (("visitors", incident.lost_visitors), ("eur", incident.lost_eur))
        if value is not None and round(value)
    ]
    return say("message.lost", language, losses=", ".join(losses)) if losses else ""


def todo(incident: Incident, office: Office) -> str:
    """What to do: what the fault itself asks for, else the equipment's runbook, else the rule's advice."""
    rule, own = rules()[incident.rule], equipment(incident.subject, office)
    if (asked := rule.faults[incident.fault].todo) is not None:
        return asked.say(office.language)
    return own.runbook if own is not None and own.runbook else rule.todo.say(office.language)


def equipment(subject: str, office: Office) -> Equipment | None:
    """What the office file says of a piece of equipment."""
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


def _end(incident: Incident, office: Office) -> str:
    """When and how an incident ended, by whom, and what they said."""
    said = say(
        "message.end" if incident.resolved_by == VIGIE else "message.end_by",
        office.language,
        resolved=told_in_words("resolved_at", incident.resolved_at, office.language, office.zone),
        resolution=say(f"resolution.{incident.resolution}", office.language),
        who=incident.resolved_by,
    )
    return f"{said} {incident.comment}".strip()
