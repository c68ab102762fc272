"""Times of counters as SQL: ISO instants with an offset, and the clocks of devices."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sources.fields import EARLIEST, cell, literal
from warehouse.office import CounterCsv

Checks = tuple[tuple[str, str], ...]


def iso_instant(column: str) -> str:
    """SQL of the instant (naive UTC) in an ISO 8601 cell; NULL when unreadable or without an offset."""
    text = cell(column)
    # The cast takes a time without an offset for UTC, which would be a guess.
    tail = f"substr({text}, 17)"
    offset = f"(suffix({tail}, 'Z') OR contains({tail}, '+') OR contains({tail}, '-'))"
    return f"CASE WHEN {offset} THEN timezone('UTC', try_cast({text} AS TIMESTAMPTZ)) END"


def in_range(value: str, received_at: datetime) -> Checks:
    """Checks of an instant: not before 2000 (a reset clock), not after the reception."""
    return (
        ("date_too_early", f"{value} < TIMESTAMP {literal(EARLIEST)}"),
        ("date_in_the_future", f"{value} > TIMESTAMP {literal(f'{received_at:%Y-%m-%d %H:%M:%S}')}"),
    )


def moment(column: str, declared: CounterCsv) -> str:
    """SQL of the TIMESTAMP in the instant or date cell, by the device's clock; NULL when unreadable."""
    forms = "[" + ", ".join(literal(form) for form in declared.date_formats) + "]"
    return f"try_strptime({cell(column)}, {forms})"


def time_of_day(column: str) -> str:
    """SQL of the INTERVAL since midnight: an hour number 0 to 23, or `9:30`, `09:30:00`, `9h30`, `9h`."""
    text = cell(column)
    form = literal(r"^(\d{1,2})(?:[:h](\d{2})?(?::(\d{2}))?)?$")
    parts = [f"try_cast(nullif(regexp_extract({text}, {form}, {n}), '') AS INTEGER)" for n in (1, 2, 3)]
    hour, minute, second = (f"coalesce({part}, 0)" for part in parts)
    known = f"{parts[0]} <= 23 AND {minute} <= 59 AND {second} <= 59"
    return f"CASE WHEN {known} THEN to_seconds(3600 * {hour} + 60 * {minute} + {second}) END"


def utc_of_local(local: str, zone: str) -> str:
    """SQL of the instant (naive UTC) of a local time; of an hour that occurs twice, the first instant."""
    # ICU takes the second of the two.
    utc = f"timezone('UTC', timezone({literal(zone)}, {local}))"
    before = f"({utc} - INTERVAL 1 HOUR)"
    return f"CASE WHEN {local_of_utc(before, zone)} = {local} THEN {before} ELSE {utc} END"


def local_of_utc(utc: str, zone: str) -> str:
    """SQL of the local time of an instant (naive UTC)."""
    return f"timezone({literal(zone)}, timezone('UTC', {utc}))"


def winter_offset_seconds(zone: ZoneInfo) -> int:
    """Seconds by which winter time is ahead of UTC: the lesser of January's and July's offset."""
    offsets = [datetime(2025, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return int(min(offset.total_seconds() for offset in offsets if offset is not None))
