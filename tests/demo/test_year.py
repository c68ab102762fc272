"""A year of the demonstration office's days, with and without a killer."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from ctypes import c_int
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.incidents import book
from expectations.incidents.findings import Finding, read_findings
from expectations.incidents.life import acknowledge, snooze
from flows.alerts import outbox
from flows.alerts.backtesting import next_run, play
from flows.alerts.telling import SCHEMA, enter, tell
from tests.demo.conftest import AS_OF, Demonstration
from tests.flows.conftest import mail_server
from warehouse.clock import naive_utc
from warehouse.errors import UpstreamError
from warehouse.office.model import Office, load_office
from warehouse.office.subjects.alerts import AlertChannel, Alerts, QuietHours
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

SEED = 20250515
KILLS = 20
FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
DOOR = "counter:auch-door"
FORKED = multiprocessing.get_context("fork")  # what is imported need not be imported again


def instants(office: Office) -> list[datetime]:
    """The nights and the runs at 13:10 of the year."""
    found, at = [], next_run(FIRST, office.zone)
    while at < LAST:
        if at.astimezone(office.zone).hour in (2, 13):
            found.append(at)
        at = next_run(at + timedelta(minutes=1), office.zone)
    return found


def people(home: Home, office: Office, at: datetime) -> None:
    """What the staff does: it takes care of the door in May, and puts it off in July."""
    day = at.astimezone(office.zone).date()
    with journal(home, SCHEMA) as kept:
        for one in book.read_incidents(kept, office.code):
            if one.subject != DOOR or one.status == "resolved":
                continue
            if day == date(2025, 5, 25) and one.acknowledged_by is None:
                book.write_cases(kept, [acknowledge(one, "Anne", naive_utc(at))])
            if day == date(2025, 7, 1) and one.status != "snoozed":
                until = naive_utc(at) + timedelta(days=10)
                book.write_cases(kept, [snooze(one, "Anne", naive_utc(at), until, "pièce commandée")])


def days(
    home: Home, office: Office, findings: Sequence[Finding], done: c_int, runs: Sequence[datetime]
) -> None:
    """Play the runs from the first that was not done; `done` tells how far it went."""
    for at in runs[done.value :]:
        enter(home, office, findings, at)
        # On some days no server answers.
        where = office if at.day % 7 else replace_addresses(office)
        try:
            tell(home, where, at)
        except UpstreamError:
            assert where is not office
        people(home, office, at)
        done.value += 1


def replace_addresses(office: Office) -> Office:
    """The office with channels of which no address answers."""
    channels = [one.model_copy(update={"address_secret": "VIGIE_NOBODY"}) for one in office.alerts.channels]
    return office.model_copy(update={"alerts": Alerts(channels=tuple(channels))})


def year(
    root: Path, office: Office, findings: Sequence[Finding], kills: int = 0
) -> tuple[dict[str, list[dict[str, Any]]], Counter[str]]:
    """What a year left: the tables of the journal, and how many mails came of each number."""
    home, runs = Home(root), instants(office)
    done = FORKED.RawValue(c_int, 0)  # without a lock: a child that is killed would keep it
    chance = random.Random(SEED)
    stops = sorted(chance.randrange(len(runs)) for _ in range(kills))
    with mail_server() as box:
        while done.value < len(runs):
            child = FORKED.Process(target=days, args=(home, office, findings, done, runs))
            child.start()
            if stops:
                stop = stops.pop(0)
                while done.value < stop and child.is_alive():
                    time.sleep(0.0005)
                time.sleep(chance.uniform(0, 0.02))
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
            child.join()
            assert child.exitcode in (0, -signal.SIGKILL)
        mails = Counter(str(mail["X-Vigie-Message"]) for mail in box.messages)
    with journal(home, SCHEMA) as kept:
        messages = [replace(one, attempts=0) for one in outbox.read_messages(kept, office.code)]
        left = {
            "incident": [asdict(one) for one in book.read_incidents(kept, office.code)],
            "transition": [asdict(one) for one in book.read_transitions(kept, office.code)],
            "message": [asdict(one) for one in messages],
        }
    return left, mails


@pytest.fixture(scope="module")
def office(demonstration: Demonstration) -> Office:
    """The office with two channels, one of them for what is grave and never at night."""
    quiet = QuietHours.model_validate({"start": "20:00", "end": "08:00"})
    channels = (
        AlertChannel(name="mail", address_secret="VIGIE_ALERT_STAFF"),
        AlertChannel(
            name="director", address_secret="VIGIE_ALERT_STAFF", least_severity="high", quiet_hours=quiet
        ),
    )
    known = load_office(demonstration.home.office_file)
    return known.model_copy(update={"alerts": Alerts(channels=channels)})


@pytest.fixture(scope="module")
def findings(demonstration: Demonstration, office: Office) -> list[Finding]:
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        return read_findings(connection, office.code, AS_OF)


def test_a_year_with_twenty_kills_leaves_the_same_incidents_and_messages_none_lost_none_twice(
    office: Office, findings: list[Finding], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_NOBODY", "mailto://127.0.0.1:9?from=vigie@example.org&to=x@example.org")
    told, mails = year(tmp_path / "calm", office, findings)
    told_again, mails_again = year(tmp_path / "killed", office, findings, KILLS)
    print(f"seed {SEED}, {KILLS} kills, {sum(mails.values())} mails")  # noqa: T201
    for table in told:
        assert told_again[table] == told[table], f"seed {SEED}: {table}"
    assert len(told["message"]) > 30
    assert all(message["sent_at"] is not None for message in told["message"])
    assert mails.keys() == mails_again.keys() == {message["message_id"] for message in told["message"]}
    assert sum(mails.values()) == len(told["message"])
    # Killed between the server's answer and the stroke through it, a mail goes out again under its number.
    assert sum(mails_again.values()) - sum(mails.values()) <= 2


def test_a_replay_tells_what_a_year_of_runs_told(
    office: Office, findings: list[Finding], tmp_path: Path
) -> None:
    """Without people, at every run of the year: the replay leaves out only runs at which nothing changes."""
    home = Home(tmp_path)
    at, told = next_run(FIRST, office.zone), []
    while at < datetime(2025, 6, 10, tzinfo=UTC):
        told += [(at, incident) for incident in enter(home, office, findings, at)]
        at = next_run(at + timedelta(minutes=1), office.zone)
    replayed = play(findings, office, FIRST, datetime(2025, 6, 10, tzinfo=UTC))
    assert [(at, alert.incident.incident_id) for at, alert in replayed] == told
    assert len(told) >= 7
