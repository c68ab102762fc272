"""Instants and local days. Instants are UTC everywhere; local time only where people read it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

NIGHT = time(2, 30)


def nightly_instant(day: date, zone: ZoneInfo) -> datetime:
    """The instant of the nightly refresh of a local day: 02:30, in UTC."""
    return datetime.combine(day, NIGHT, zone).astimezone(UTC)


def naive_utc(instant: datetime) -> datetime:
    """An aware instant as DuckDB's TIMESTAMP holds it: UTC without its zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def now() -> datetime:
    """The present instant, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
