"""Who is told, and when: the channels that a message goes through."""

from __future__ import annotations

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import SEVERITIES, AlertChannel, QuietHours, Severity


def channels(office: Office, severity: Severity, subject: str, *, backup: bool = False) -> list[AlertChannel]:
    """The channels for incidents of a severity and subject, in order; those of last resort with `backup`."""
    return [
        channel
        for channel in office.alerts.channels
        if channel.backup == backup
        and SEVERITIES.index(severity) >= SEVERITIES.index(channel.least_severity)
        and any(fnmatchcase(subject, pattern) for pattern in channel.subjects)
    ]


def not_before(channel: AlertChannel, severity: Severity, at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant (naive UTC) from `at` (aware) on at which a channel may tell of something."""
    if channel.quiet_hours is None or severity == SEVERITIES[-1]:
        return naive_utc(at)
    return naive_utc(_end_of_quiet(channel.quiet_hours, at.astimezone(zone)))


def _end_of_quiet(quiet: QuietHours, local: datetime) -> datetime:
    now = local.time()
    is_over_midnight = quiet.end <= quiet.start
    since, until = now >= quiet.start, now < quiet.end
    is_quiet = (since or until) if is_over_midnight else (since and until)
    if not is_quiet:
        return local
    day = local.date() + timedelta(days=is_over_midnight and since)
    return datetime.combine(day, quiet.end, local.tzinfo)
