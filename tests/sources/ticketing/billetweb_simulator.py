"""Billetweb's API on a loopback port, as public code knows it: numbers come as text, times are Paris's."""

from __future__ import annotations

import base64
from typing import Any

from tests.loopback import Answered, Asked, Loopback


class BilletwebSimulator(Loopback):
    """`with BilletwebSimulator({number: (event, attendees)}) as billetweb:`; `secret` is its user and key."""

    def __init__(self, events: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]], secret: str) -> None:
        super().__init__()
        self.events = events
        self.authorization = "Basic " + base64.b64encode(secret.encode()).decode()
        self.limited = False  # whether the account may see some events only

    def answer(self, asked: Asked) -> Answered:
        if asked.authorization != self.authorization:
            return Answered({"error": "unauthorized", "description": "Invalid user or key"}, 401)
        if self.limited:
            told = "This user has limited rights to specific events"
            return Answered({"error": "unauthorized", "description": told})
        if asked.path == "/api/events":
            found = [event for event, _ in self.events.values()]
            return Answered(found if asked.params.get("past") == "1" else found[-1:])
        parts = asked.path.strip("/").split("/")
        if parts[:2] == ["api", "event"] and parts[3:] == ["attendees"] and parts[2] in self.events:
            return Answered(self.events[parts[2]][1])
        return Answered({"error": "not_found", "description": "No such event"}, 404)


def event(number: str, start: str, **more: Any) -> dict[str, Any]:
    """An invented event."""
    day = {"start": start, "end": start, "multiple": "0", "tax_rate": "0.00", "online": "1"}
    return {"id": number, "ext_id": "", "name": f"Exemple {number}", **day, **more}


def attendee(number: str, **more: Any) -> dict[str, Any]:
    """An invented ticket, with who holds it and what its order cost."""
    return {
        "id": number,
        "ext_id": f"X{number}",
        "barcode": f"000{number}",
        "used": "0",
        "used_date": "0000-00-00 00:00:00",
        "email": "jeanne@exemple.test",
        "firstname": "Jeanne",
        "name": "Exemple",
        "ticket": "Plein",
        "ticket_id": "771",
        "category": "",
        "price": "12.50",
        "reduction_code": "",
        "disabled": "0",
        "order_id": "5001",
        "order_email": "jeanne@exemple.test",
        "order_date": "2025-12-02 23:12:40",
        "order_paid": "1",
        "order_payment_type": "web",
        "order_price": "25.00",
        "order_session": "0",
        "session_start": "",
        "custom_order": {"Téléphone": "0600000000"},
        **more,
    }
