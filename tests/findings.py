"""Findings by hand, for the tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from expectations.incidents.findings import Finding, State


def utc(*parts: int) -> datetime:
    """Naive UTC, as DuckDB holds instants."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


ONSET, DETECTED = utc(2025, 5, 15, 7), utc(2025, 5, 15, 11)
VALUES = {
    "hours": 126.0,
    "days": 14.0,
    "expected": 1980.4,
    "counted": 0.0,
    "direction": None,
    "file": "door-17.csv",
    "file_at": datetime(2025, 5, 17, 2, 30),  # noqa: DTZ001 - naive UTC, as DuckDB holds instants
    "files": 1,
    "unread_rows": 24,
    "reason": "“31/02” is not a date",
}


def finding(
    rule: str = "counter_silent",
    fault: str = "zeros",
    *,
    subject: str = "counter:auch-door",
    onset_at: datetime = ONSET,
    detected_at: datetime | None = None,
    ended_at: datetime | None = None,
    because: str = "counts_came_back",
    lost: Sequence[tuple[datetime, float]] = (),
    **values: object,
) -> Finding:
    """A finding; `lost` are visitors by the instant from which that is known."""
    detected_at = detected_at or (DETECTED if onset_at == ONSET else onset_at)
    course = [State(detected_at, 50.0, None, VALUES | values)]
    course += [State(at, visitors, None, VALUES | values) for at, visitors in lost]
    return Finding(rule, subject, fault, onset_at, detected_at, ended_at, because, tuple(course))
