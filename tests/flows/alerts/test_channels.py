"""Who is told, and when."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from flows.alerts.channels import channels, not_before
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import AlertChannel, Alerts, QuietHours, Severity

PARIS = ZoneInfo("Europe/Paris")


def channel(name: str, **given: object) -> AlertChannel:
    return AlertChannel.model_validate({"name": name, "address_secret": name.upper(), **given})


def office(*declared: AlertChannel) -> Office:
    alerts = Alerts(channels=declared)
    return Office.model_validate({"code": "o", "name": "O", "siren": "123456789", "alerts": alerts})


NIGHT = {"quiet_hours": {"start": "20:00", "end": "08:00"}}


@pytest.mark.parametrize(
    ("severity", "told"),
    [("question", ["mail"]), ("medium", ["mail"]), ("high", ["mail", "sms"]), ("critical", ["mail", "sms"])],
)
def test_a_channel_gets_what_is_grave_enough_for_it(severity: Severity, told: list[str]) -> None:
    known = office(channel("mail"), channel("sms", least_severity="high"))
    assert [one.name for one in channels(known, severity, "counter:door")] == told


def test_a_channel_gets_the_subjects_that_it_is_declared_for() -> None:
    known = office(
        channel("door", subjects=["counter:*"]), channel("area", subjects=["barrier:ile-*", "kiosk:*"])
    )
    assert [one.name for one in channels(known, "high", "counter:auch-door")] == ["door"]
    assert [one.name for one in channels(known, "high", "barrier:ile-saint-martin")] == ["area"]
    assert channels(known, "high", "source:counters") == []


def test_a_backup_is_used_only_when_it_is_asked_for() -> None:
    known = office(channel("mail"), channel("spare", backup=True))
    assert [one.name for one in channels(known, "high", "x")] == ["mail"]
    assert [one.name for one in channels(known, "high", "x", backup=True)] == ["spare"]


@pytest.mark.parametrize(
    ("at", "told_at"),
    [
        ("2025-05-15 19:59", "2025-05-15 19:59"),
        ("2025-05-15 20:00", "2025-05-16 08:00"),
        ("2025-05-16 02:30", "2025-05-16 08:00"),
        ("2025-05-16 08:00", "2025-05-16 08:00"),
        ("2025-03-29 23:00", "2025-03-30 08:00"),  # the clocks change in between
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(at: str, told_at: str) -> None:
    instant, expected = (datetime.fromisoformat(text).replace(tzinfo=PARIS) for text in (at, told_at))
    assert not_before(channel("sms", **NIGHT), "high", instant, PARIS) == naive_utc(expected)


def test_quiet_hours_within_a_day_end_on_that_day() -> None:
    noon = channel("sms", quiet_hours=QuietHours.model_validate({"start": "12:00", "end": "14:00"}))
    at = datetime(2025, 5, 15, 13, tzinfo=PARIS)
    assert not_before(noon, "high", at, PARIS) == naive_utc(at.replace(hour=14))
    assert not_before(noon, "high", at.replace(hour=15), PARIS) == naive_utc(at.replace(hour=15))


def test_what_is_critical_is_told_at_any_hour() -> None:
    at = datetime(2025, 5, 16, 2, 30, tzinfo=PARIS)
    assert not_before(channel("sms", **NIGHT), "critical", at, PARIS) == naive_utc(at)


def test_reminder_days_that_are_not_given_keep_their_default() -> None:
    alerts = Alerts.model_validate({"reminder_days": {"high": [2]}})
    assert (alerts.reminder_days["high"], alerts.reminder_days["question"]) == ((2,), (3, 14))
    with pytest.raises(ValueError, match="at least one"):
        Alerts.model_validate({"reminder_days": {"high": []}})
