"""What a person does with an incident, from the command or from a mail's link: one way into the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from expectations.incidents import book
from expectations.incidents.life import Cadence, Case, Incident
from flows.alerts import outbox
from flows.alerts.telling import SCHEMA, cadence, compose
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

Step = Callable[[Incident, str, datetime, Cadence, str], Case]


def act(home: Home, office: Office, begins: str, who: str, step: Step, at: datetime) -> Incident:
    """Have a person change the incident whose reference begins so, log it, and write what must be told.

    `at` is aware. Returns the incident as it is then. Raises UsageError when there is none or several, and
    when the step cannot be taken.
    """
    with journal(home, SCHEMA) as kept:
        incident = book.find_incident(kept, office.code, begins, office.language)
        case = step(incident, who, naive_utc(at), cadence(office), office.language)
        book.write_cases(kept, [case])
        for alert in case.alerts:
            outbox.queue(kept, compose(alert, office, at, None))
    return case.incident
