"""What systems announced to us: their notifications of exports, kept in the journal, and what became of each.

A notification is kept when it comes; its file is fetched by the next run, and confirmed to the system once
the ledger says that it is loaded. Instants of what a run did are its as-of instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.clock import naive_utc
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home

SCHEMA = """
CREATE TABLE IF NOT EXISTS export_notification (
    notification_id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, received_at TEXT NOT NULL,
    is_success INTEGER NOT NULL, is_full INTEGER NOT NULL, is_occasional INTEGER NOT NULL,
    download_url TEXT NOT NULL, confirmation_url TEXT NOT NULL,
    status TEXT NOT NULL, sha256 TEXT, integrated_at TEXT, confirmed_at TEXT, message TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS export_notification_once
    ON export_notification (source, is_success, download_url) WHERE download_url <> ''
"""
# The states of a notification; warehouse/publishing/quality.yml says what they mean.
ERROR, WAITING, ARCHIVED, INTEGRATED = "error", "waiting", "archived", "integrated"
SUPERSEDED, LOST = "superseded", "lost"


@dataclass(frozen=True)
class Announcement:
    """What a system announced: an export to fetch, or that it could not make one."""

    is_success: bool
    is_full: bool
    is_occasional: bool
    download_url: str
    confirmation_url: str


@dataclass(frozen=True)
class Notification:
    """An announcement that was kept."""

    notification_id: int
    received_at: datetime
    is_full: bool
    download_url: str
    confirmation_url: str
    sha256: str | None
    integrated_at: datetime | None
    confirmed_at: datetime | None


def keep(home: Home, source: str, announcement: Announcement, received_at: datetime) -> bool:
    """Keep an announcement on disk; False when it was kept before (the same file announced twice)."""
    with journal(home, SCHEMA) as connection:
        added = connection.execute(
            """INSERT OR IGNORE INTO export_notification (source, received_at, is_success, is_full,
                   is_occasional, download_url, confirmation_url, status)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                source, received_at.isoformat(), announcement.is_success, announcement.is_full,
                announcement.is_occasional, announcement.download_url, announcement.confirmation_url,
                WAITING if announcement.is_success else ERROR,
            ],
        )  # fmt: skip
        return added.rowcount == 1


def of_status(home: Home, source: str, *statuses: str) -> list[Notification]:
    """The notifications in one of these states, in the order in which they came."""
    listed = ", ".join("?" for _ in statuses)
    with journal(home, SCHEMA) as connection:
        found = connection.execute(
            f"""SELECT * FROM export_notification WHERE source = ? AND status IN ({listed})
                ORDER BY notification_id""",
            [source, *statuses],
        ).fetchall()
    return [
        Notification(
            notification_id=row["notification_id"],
            received_at=_instant(row["received_at"]),
            is_full=bool(row["is_full"]),
            download_url=row["download_url"],
            confirmation_url=row["confirmation_url"],
            sha256=row["sha256"],
            integrated_at=_instant(row["integrated_at"]) if row["integrated_at"] else None,
            confirmed_at=_instant(row["confirmed_at"]) if row["confirmed_at"] else None,
        )
        for row in found
    ]


def update(home: Home, notification: Notification, message: str = "", **changes: str | datetime) -> None:
    """Write what became of a notification: its `status`, `sha256`, `integrated_at` or `confirmed_at`.

    `message` is what people should know of it, in the office's language; it replaces the one before.
    """
    values = {name: v.isoformat() if isinstance(v, datetime) else v for name, v in changes.items()}
    assigned = ", ".join(f"{name} = ?" for name in [*values, "message"])
    with journal(home, SCHEMA) as connection:
        connection.execute(
            f"UPDATE export_notification SET {assigned} WHERE notification_id = ?",
            [*values.values(), message, notification.notification_id],
        )


def copy_notifications(
    connection: duckdb.DuckDBPyConnection, home: Home, office: str, as_of: datetime
) -> None:
    """Copy what rules and people need of the notifications that came until `as_of` to quality.notification.

    Addresses stay in the journal: whoever has them can fetch the export. The settings are written before.
    """
    with journal(home, SCHEMA) as kept:
        found = kept.execute("SELECT * FROM export_notification ORDER BY notification_id").fetchall()
    connection.execute("DELETE FROM quality.notification")
    for row in found:
        if _instant(row["received_at"]) > as_of:
            continue
        connection.execute(
            """INSERT INTO quality.notification
               SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                      (SELECT expected_every_hours FROM settings.notified_source
                       WHERE office = ? AND source = ?)""",
            [
                office, row["source"], row["notification_id"], _naive(row["received_at"]), row["status"],
                bool(row["is_full"]), bool(row["is_occasional"]), row["sha256"],
                _naive(row["integrated_at"]), _naive(row["confirmed_at"]), row["message"],
                office, row["source"],
            ],
        )  # fmt: skip


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _naive(text: str | None) -> datetime | None:
    return naive_utc(_instant(text)) if text else None
