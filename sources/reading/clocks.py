"""Instants as SQL: those that carry an offset, and what the clocks of devices show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sources.reading import decided
from sources.reading.fields import EARLIEST, literal, quoted
from sources.reading.rows import TextRows
from warehouse.office.subjects.counter_csv import carries_offset

Checks = tuple[tuple[str, str], ...]


def iso_instant(column: str) -> str:
    """SQL of the instant (naive UTC) in an ISO 8601 cell; NULL when unreadable or without an offset."""
    text = quoted(column)
    # The cast takes a time without an offset for UTC, which would be a guess; it ignores outer spaces.
    value = f"make_timestamp(epoch_us(try_cast({text} AS TIMESTAMPTZ)))"
    behind = r"'[T ].*-\d\d(:?\d\d)? *$'"
    return (
        f"CASE WHEN contains({text}, 'Z') OR contains({text}, '+') THEN {value} "
        f"WHEN regexp_matches({text}, {behind}) THEN {value} END"
    )


def in_range(value: str, received_at: datetime) -> Checks:
    """Checks of an instant: not before 2000 (a reset clock), not after the reception."""
    return (
        ("date_too_early", f"{value} < TIMESTAMP {literal(EARLIEST)}"),
        ("date_in_the_future", f"{value} > {_timestamp(received_at)}"),
    )


def instant_of_offset(text: str, forms: Sequence[str]) -> str:
    """SQL of the instant (naive UTC) in a text with an offset or a `Z`, by the forms that have one."""
    offsets = [form for form in forms if "%z" in form]
    # strptime's %z does not know the Z of ISO 8601.
    universal = [form.replace("%z", "Z") for form in forms if carries_offset(form)]
    by_offset = f"make_timestamp(epoch_us(try_strptime({text}, {_list(offsets)})))" if offsets else None
    read = [by_offset, f"try_strptime({text}, {_list(universal)})" if universal else None]
    return f"coalesce({', '.join(sql or 'NULL::TIMESTAMP' for sql in read)})"


# The last hour of a day, as ISO 8601 and people write it, in a cell with a date before it.
HOUR_24 = r"(^|[T ])24($|[hH:]00)"
HOUR_0 = r"(^|[T ])0?0($|[hH:]00)"
OFFSET_BEHIND_TIME = r":\d\d(\.\d+)? ?(Z|[+-]\d\d(:?\d\d)?)$"


def midnight_before(text: str) -> str:
    """SQL of a text of hour 24 with its hour 0 instead; NULL for any other text."""
    return (
        f"CASE WHEN regexp_matches({text}, {literal(HOUR_24)}) "
        f"THEN regexp_replace({text}, {literal(HOUR_24)}, '\\100\\2') END"
    )


def time_or_hour(rows: TextRows, column: str) -> str:
    """SQL of the INTERVAL since midnight in a cell: an hour number 0 to 24, else a time of day or 24:00."""
    text = f"rtrim(replace(lower({quoted(column)}), 'h', ':'), ':')"
    # A table of which a cell was empty has its hours as 9.0.
    text = f"CASE WHEN ends_with({text}, '.0') THEN left({text}, -2) ELSE {text} END"
    hour = f"try_cast({text} AS INTEGER)"
    usual = f"try_strptime({text}, ['%H:%M', '%H:%M:%S']) - TIMESTAMP '1900-01-01'"  # costs a third
    return (
        f"CASE WHEN length({text}) <= 2 THEN CASE WHEN {hour} BETWEEN 0 AND 24 THEN to_hours({hour}) END "
        f"WHEN {text} IN ('24:00', '24:00:00') THEN to_hours(24) "
        f"ELSE coalesce({usual}, {decided.time_of_day(rows, column)}) END"
    )


def _list(forms: Sequence[str]) -> str:
    return "[" + ", ".join(literal(form) for form in forms) + "]"


@dataclass(frozen=True)
class ClockChange:
    """The instant (naive UTC) at which a zone's clocks change, and their offsets before and after."""

    at: datetime
    before: timedelta
    after: timedelta


@cache
def clock_changes(zone: ZoneInfo, until: datetime) -> tuple[ClockChange, ...]:
    """The changes of a zone's clocks from the earliest date that is read to the day after `until`."""

    def offset(utc: datetime) -> timedelta:
        return utc.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()

    changes = []
    day = datetime.fromisoformat(EARLIEST) - timedelta(days=1)
    while day <= until:
        start, end = day, day + timedelta(days=1)
        if offset(start) != offset(end):
            while end - start > timedelta(minutes=1):
                middle = start + (end - start) / 2
                start, end = (middle, end) if offset(middle) == offset(start) else (start, middle)
            at = end.replace(second=0, microsecond=0)
            changes.append(ClockChange(at, offset(day), offset(day + timedelta(days=1))))
        day += timedelta(days=1)
    return tuple(changes)


def utc_of_local(local: str, zone: ZoneInfo, changes: Sequence[ClockChange]) -> str:
    """SQL of the instant (naive UTC) of a local time; of an hour that occurs twice, the first instant."""
    # ICU's timezone() takes the second instant, and costs twenty times as much.
    cases = " ".join(
        f"WHEN {local} < {_timestamp(c.at + c.before)} THEN {c.before.total_seconds():.0f}" for c in changes
    )
    last = changes[-1].after if changes else datetime(2025, 1, 1, tzinfo=zone).utcoffset() or timedelta()
    seconds = f"{last.total_seconds():.0f}"
    return f"{local} - to_seconds({f'CASE {cases} ELSE {seconds} END' if cases else seconds})"


def is_skipped(local: str, changes: Sequence[ClockChange]) -> str:
    """SQL condition of a local time that the clocks leave out (spring)."""
    return _within(local, [(c.at + c.before, c.at + c.after) for c in changes if c.after > c.before])


def is_twofold(local: str, changes: Sequence[ClockChange]) -> str:
    """SQL condition of a local time that the clocks show twice (autumn)."""
    return _within(local, [(c.at + c.after, c.at + c.before) for c in changes if c.after < c.before])


def _within(local: str, spans: Sequence[tuple[datetime, datetime]]) -> str:
    tests = [f"({local} >= {_timestamp(start)} AND {local} < {_timestamp(end)})" for start, end in spans]
    return f"({' OR '.join(tests)})" if tests else "false"


def _timestamp(moment: datetime) -> str:
    return f"TIMESTAMP {literal(f'{moment:%Y-%m-%d %H:%M:%S}')}"


def winter_offset_seconds(zone: ZoneInfo) -> int:
    """Seconds by which winter time is ahead of UTC: the lesser of January's and July's offset."""
    offsets = [datetime(2025, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    return int(min(offset.total_seconds() for offset in offsets if offset is not None))
