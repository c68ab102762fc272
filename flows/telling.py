"""Tell people: each open incident once, through the office's channels (Apprise)."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import apprise

from warehouse.clock import naive_utc
from warehouse.database import rows, working
from warehouse.errors import UpstreamError
from warehouse.layout import Home
from warehouse.messages import say
from warehouse.office import Office
from warehouse.secrets import secret

log = logging.getLogger("vigie")
OPENED = "opened"


def tell(home: Home, office: Office, as_of: datetime) -> list[str]:
    """Send what is open and was not sent yet; returns the identifiers of the incidents told now.

    A message is entered in ops.notification once its channel took it, so it goes out once and is tried
    again when no channel did. Raises UpstreamError naming the channels that failed, after trying all.
    """
    told: list[str] = []
    failed: list[str] = []
    for channel in office.alerts.channels:
        with working(home) as connection:
            waiting = rows(
                connection,
                """SELECT * FROM quality.incident AS incident
                   WHERE status = 'open' AND NOT EXISTS (
                       SELECT 1 FROM ops.notification AS sent
                       WHERE sent.incident_id = incident.incident_id AND sent.event = ? AND sent.channel = ?)
                   ORDER BY detected_at""",
                [OPENED, channel.name],
            )
        for incident in waiting:
            if not send(secret(home, channel.address_secret), *message(incident, office)):
                failed.append(channel.name)
                continue
            with working(home) as connection:
                connection.execute(
                    "INSERT INTO ops.notification VALUES (?, ?, ?, ?, ?)",
                    [office.code, incident["incident_id"], OPENED, channel.name, naive_utc(as_of)],
                )
            told.append(incident["incident_id"])
    if failed:
        raise UpstreamError(
            f"Alerts could not be sent through {', '.join(sorted(set(failed)))}: the address or its server "
            "is wrong or down. They are kept and sent by the next run; try `vigie check`."
        )
    return told


def message(incident: dict[str, Any], office: Office) -> tuple[str, str]:
    """Title and text of an incident's message, in the office's language."""
    rule, language = incident["rule"], office.language
    subject = label(incident["subject"], office)
    fault = say(f"fault.{incident['fault']}", language)
    return (
        say(f"alert.title.{rule}", language, subject=subject, fault=fault),
        say(
            f"alert.text.{rule}",
            language,
            subject=subject,
            evidence=incident["evidence"],
            incident_id=incident["incident_id"],
        ),
    )


def label(subject: str, office: Office) -> str:
    """What people call a subject such as `counter:auch-door`."""
    kind, _, code = subject.partition(":")
    if kind == "counter":
        return next((c.label for c in office.counters if c.code == code), code)
    site = next((s.name for s in office.sites if s.code == code), code)
    return say(f"subject.{kind}", office.language, site=site)


def send(address: str, title: str, text: str) -> bool:
    """Send one message; False when the channel did not take it. The address is a secret: never logged."""
    channel = apprise.Apprise()
    if not channel.add(address):
        return False
    return bool(channel.notify(title=title, body=text, body_format=apprise.NotifyFormat.TEXT))
