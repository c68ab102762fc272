"""The outbox, in the journal: a message stays in it until a channel has taken it.

It is entered with what it tells of, in one transaction, so that it is neither lost nor written twice. It is
struck out after the channel took it: killed in between, it goes out again under the same number, which is
all that a mail can promise.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from expectations.incidents import book

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    message_id TEXT NOT NULL, channel TEXT NOT NULL, incident_id TEXT REFERENCES incident,
    office TEXT NOT NULL, what TEXT NOT NULL, severity TEXT NOT NULL, subject TEXT NOT NULL,
    created_at TEXT NOT NULL, not_before TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    picture BLOB, picture_says TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, sent_at TEXT, given_up_at TEXT,
    PRIMARY KEY (message_id, channel)
)
"""
JOURNAL = f"{book.SCHEMA};{SCHEMA}"  # what messages tell of, and they
BACKUP_AFTER = 3  # attempts
FIRST_WAIT, LONGEST_WAIT = timedelta(hours=1), timedelta(days=1)  # after these, doubled each time
GIVEN_UP_AFTER = timedelta(days=7)
WAITING = "sent_at IS NULL AND given_up_at IS NULL"


@dataclass(frozen=True)
class Message:
    """What is told of an incident, or of a week, through one channel; instants are naive UTC.

    `incident_id` is None where it is of no incident; `picture` is a PNG, and `picture_says` what it shows.
    """

    message_id: str
    channel: str
    incident_id: str | None
    office: str
    what: str
    severity: str
    subject: str
    created_at: datetime
    not_before: datetime
    title: str
    text: str
    picture: bytes | None
    picture_says: str | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def thread(self) -> str:
        """What messages go out in order of: those of an incident, or of one kind."""
        return self.incident_id or self.what


def queue(journal: sqlite3.Connection, messages: Iterable[Message]) -> None:
    """Enter messages that are not there yet."""
    for one in messages:
        journal.execute(
            """INSERT OR IGNORE INTO message
                   (message_id, channel, incident_id, office, what, severity, subject, created_at, not_before,
                    title, text, picture, picture_says)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                one.message_id, one.channel, one.incident_id, one.office, one.what, one.severity, one.subject,
                one.created_at.isoformat(), one.not_before.isoformat(), one.title, one.text, one.picture,
                one.picture_says,
            ],
        )  # fmt: skip


def due(journal: sqlite3.Connection, office: str, at: datetime) -> list[Message]:
    """What waits to be sent at an instant (naive UTC), in the order in which it was written."""
    return _read(
        journal,
        f"office = ? AND {WAITING} AND not_before <= ? ORDER BY created_at, rowid",
        [office, at.isoformat()],
    )


def read_messages(journal: sqlite3.Connection, office: str) -> list[Message]:
    """Every message of the office, in the order in which it was written."""
    return _read(journal, "office = ? ORDER BY created_at, rowid", [office])


def unsent(journal: sqlite3.Connection, office: str, since: datetime) -> list[Message]:
    """Messages tried in vain that no channel took, written after an instant (naive UTC)."""
    return _read(
        journal,
        """office = ? AND created_at >= ? AND sent_at IS NULL AND attempts > 0 AND NOT EXISTS (
               SELECT 1 FROM message AS other
               WHERE other.message_id = message.message_id AND other.sent_at IS NOT NULL)
           ORDER BY created_at, rowid""",
        [office, since.isoformat()],
    )


def sent(journal: sqlite3.Connection, message: Message, at: datetime) -> None:
    """Strike out a message that its channel took. Its picture is not kept."""
    journal.execute(
        """UPDATE message SET attempts = attempts + 1, sent_at = ?, picture = NULL
           WHERE message_id = ? AND channel = ?""",
        [at.isoformat(), message.message_id, message.channel],
    )


def failed(journal: sqlite3.Connection, message: Message, backups: Sequence[str], at: datetime) -> None:
    """Count an attempt in vain; after a few, the message goes through the first backup that has not got it.

    From then on it is tried more and more rarely. A message is given up once another channel took it, or
    after a week.
    """
    attempts = message.attempts + 1
    wait = (
        min(FIRST_WAIT * 2 ** (attempts - BACKUP_AFTER), LONGEST_WAIT) if attempts >= BACKUP_AFTER else None
    )
    journal.execute(
        "UPDATE message SET attempts = ?, not_before = ? WHERE message_id = ? AND channel = ?",
        [
            attempts, (message.not_before if wait is None else at + wait).isoformat(),
            message.message_id, message.channel,
        ],
    )  # fmt: skip
    if attempts >= BACKUP_AFTER:
        for backup in backups:
            added = journal.execute(
                """INSERT OR IGNORE INTO message
                       (message_id, channel, incident_id, office, what, severity, subject, created_at,
                        not_before, title, text, picture, picture_says)
                   SELECT message_id, ?, incident_id, office, what, severity, subject, created_at, ?,
                          title, text, picture, picture_says
                   FROM message WHERE message_id = ? AND channel = ?""",
                [backup, at.isoformat(), message.message_id, message.channel],
            )
            if added.rowcount:
                break
    journal.execute(
        f"""UPDATE message SET given_up_at = ?, picture = NULL
            WHERE message_id = ? AND channel = ? AND {WAITING} AND attempts >= ?
              AND (created_at <= ? OR EXISTS (
                  SELECT 1 FROM message AS other
                  WHERE other.message_id = message.message_id AND other.sent_at IS NOT NULL))""",
        [
            at.isoformat(), message.message_id, message.channel, BACKUP_AFTER,
            (at - GIVEN_UP_AFTER).isoformat(),
        ],
    )  # fmt: skip


def _read(journal: sqlite3.Connection, where: str, values: list[str]) -> list[Message]:
    found = []
    for row in journal.execute(f"SELECT * FROM message WHERE {where}", values):
        columns = dict(row)
        for name in ("created_at", "not_before", "sent_at", "given_up_at"):
            columns[name] = None if columns[name] is None else datetime.fromisoformat(columns[name])
        found.append(Message(**columns))
    return found
