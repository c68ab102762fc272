"""Messages that wait, go out once, and are neither lost nor doubled."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from flows.alerts import outbox
from flows.alerts.outbox import Message
from flows.alerts.telling import SCHEMA
from tests.findings import utc
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

AT = utc(2025, 5, 15, 11)
MESSAGE = Message(
    "m1", "mail", "i1", "o", "opened", "high", "counter:door", AT, AT, "Title", "Text", b"png"
)  # fmt: skip


@pytest.fixture
def kept(home: Home) -> Iterator[sqlite3.Connection]:
    with journal(home, SCHEMA) as connection:
        connection.execute("INSERT INTO incident VALUES ('i1', 'o', '{}')")
        yield connection


def test_a_message_is_due_until_its_channel_took_it(kept: sqlite3.Connection) -> None:
    outbox.queue(kept, [MESSAGE])
    assert outbox.due(kept, "o", AT) == [MESSAGE]
    outbox.sent(kept, MESSAGE, AT)
    assert outbox.due(kept, "o", AT) == []
    (one,) = outbox.read_messages(kept, "o")
    assert (one.sent_at, one.attempts, one.picture) == (AT, 1, None)


def test_the_same_message_is_entered_once(kept: sqlite3.Connection) -> None:
    outbox.queue(kept, [MESSAGE, MESSAGE])
    outbox.sent(kept, MESSAGE, AT)
    outbox.queue(kept, [MESSAGE])
    assert outbox.due(kept, "o", AT) == []


def test_a_message_waits_for_the_end_of_quiet_hours(kept: sqlite3.Connection) -> None:
    morning = AT + timedelta(hours=9)
    outbox.queue(kept, [replace(MESSAGE, not_before=morning)])
    assert outbox.due(kept, "o", morning - timedelta(minutes=1)) == []
    assert len(outbox.due(kept, "o", morning)) == 1


def fail(kept: sqlite3.Connection, times: int, backups: list[str], at: datetime = AT) -> None:
    for _ in range(times):
        for message in outbox.due(kept, "o", at):
            outbox.failed(kept, message, backups, at)


def test_after_three_attempts_in_vain_a_backup_gets_the_message(kept: sqlite3.Connection) -> None:
    outbox.queue(kept, [MESSAGE])
    fail(kept, 2, ["spare"])
    assert [one.channel for one in outbox.due(kept, "o", AT)] == ["mail"]
    fail(kept, 1, ["spare"])
    (spare,) = outbox.due(kept, "o", AT)
    assert (spare.channel, spare.attempts, spare.text, spare.picture) == ("spare", 0, "Text", b"png")


def test_a_message_that_a_backup_took_is_given_up_by_its_channel(kept: sqlite3.Connection) -> None:
    outbox.queue(kept, [MESSAGE])
    fail(kept, 3, ["spare"])
    spare = next(one for one in outbox.due(kept, "o", AT) if one.channel == "spare")
    outbox.sent(kept, spare, AT)
    fail(kept, 1, ["spare"], AT + timedelta(hours=1))
    assert outbox.due(kept, "o", AT + timedelta(days=6)) == []


def test_when_all_channels_fail_the_message_waits(kept: sqlite3.Connection) -> None:
    outbox.queue(kept, [MESSAGE])
    fail(kept, 20, ["spare"])
    assert {one.channel for one in outbox.due(kept, "o", AT + timedelta(hours=1))} == {"mail", "spare"}


def test_after_three_attempts_in_vain_a_message_is_tried_more_and_more_rarely(
    kept: sqlite3.Connection,
) -> None:
    outbox.queue(kept, [MESSAGE])
    fail(kept, 3, [])
    tried = []
    for hours in range(80):
        at = AT + timedelta(hours=hours)
        tried += [hours for _ in outbox.due(kept, "o", at)]
        fail(kept, 1, [], at)
    assert tried == [1, 3, 7, 15, 31, 55, 79]


def test_after_a_week_in_vain_a_message_is_given_up_and_stays_on_record(kept: sqlite3.Connection) -> None:
    outbox.queue(kept, [replace(MESSAGE, created_at=AT - timedelta(days=7))])
    fail(kept, 3, [])
    assert outbox.due(kept, "o", AT) == []
    assert [one.given_up_at for one in outbox.read_messages(kept, "o")] == [AT]


def test_nothing_is_kept_of_a_transaction_that_breaks(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), journal(home, SCHEMA) as kept:
        kept.execute("INSERT INTO incident VALUES ('i1', 'o', '{}')")
        outbox.queue(kept, [MESSAGE])
        raise ZeroDivisionError
    with journal(home, SCHEMA) as kept:
        assert outbox.read_messages(kept, "o") == []


def test_a_message_tried_in_vain_is_unsent_until_any_channel_took_it(kept: sqlite3.Connection) -> None:
    outbox.queue(kept, [MESSAGE, replace(MESSAGE, channel="other")])
    assert outbox.unsent(kept, "o", AT) == []
    outbox.failed(kept, MESSAGE, [], AT)
    assert [one.channel for one in outbox.unsent(kept, "o", AT)] == ["mail"]
    assert outbox.unsent(kept, "o", AT + timedelta(days=1)) == []
    outbox.sent(kept, replace(MESSAGE, channel="other"), AT)
    assert outbox.unsent(kept, "o", AT) == []
