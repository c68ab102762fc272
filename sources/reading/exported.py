"""The day of a state that a file holds and does not date: its name, else when it was last saved.

Where that is not known it is the day on which it was received (`warehouse.storage.ledger.Delivery.saved_at`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import day, say

# Whole days alone, 2025-12-31, 20251231 or 31-12-2025: not the digits of a longer number, nor a month.
IN_NAME = (
    re.compile(r"(?<!\d)(?P<year>20\d\d)([-_.]?)(?P<month>\d\d)\2(?P<day>\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d\d)([-_.])(?P<month>\d\d)\2(?P<year>20\d\d)(?!\d)"),
)


def exported_on(
    name: str, saved_at: datetime, received_at: datetime, zone: ZoneInfo, language: str
) -> tuple[date, str]:
    """The local day of a state, and what is to be said of it, empty where the file's name states the day.

    Instants are naive UTC. Raises RefusedDeliveryError for a name with a day that is still to come.
    """
    latest = _local(received_at, zone)
    named = set(_days(name))
    if len(named) == 1:
        (said,) = named
        if said > latest:
            told = say("refused.state_to_come", language, file=name, day=day(said, language))
            raise RefusedDeliveryError(told)
        return said, ""
    found = _local(saved_at, zone)
    key = "notice.state_received" if saved_at == received_at else "notice.state_dated"
    return found, say(key, language, day=day(found, language), example=f"{found}")


def _days(name: str) -> Iterator[date]:
    for pattern in IN_NAME:
        for found in pattern.finditer(name):
            try:
                yield date(int(found["year"]), int(found["month"]), int(found["day"]))
            except ValueError:
                continue


def _local(at: datetime, zone: ZoneInfo) -> date:
    return at.replace(tzinfo=UTC).astimezone(zone).date()
