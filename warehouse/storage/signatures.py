"""Who answers for the figures of a period, kept in the journal: a named person signs, and may take it back.

What was signed is kept as it was then: later changes of it can be told, one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

SCHEMA = """
CREATE TABLE IF NOT EXISTS signature (
    office TEXT NOT NULL, first_date TEXT NOT NULL, last_date TEXT NOT NULL, signed_at TEXT NOT NULL,
    who TEXT NOT NULL, comment TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
    figures TEXT NOT NULL,
    withdrawn_at TEXT, withdrawn_by TEXT, withdrawn_because TEXT,
    PRIMARY KEY (office, first_date, last_date, signed_at)
)
"""


@dataclass(frozen=True)
class Signature:
    """A period (local days, both included) that somebody signed; instants are naive UTC.

    `version` is the published version that was signed, `figures` what it said (JSON), `digest` the SHA-256 of
    that text. The last three are None while the signature holds.
    """

    office: str
    first_date: date
    last_date: date
    signed_at: datetime
    who: str
    comment: str
    version: str
    digest: str
    figures: str
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_because: str | None = None


def enter(kept: sqlite3.Connection, signature: Signature) -> None:
    """Enter a signature."""
    values = [value.isoformat() if isinstance(value, date) else value for value in vars(signature).values()]
    places = ", ".join("?" * len(values))
    kept.execute(f"INSERT INTO signature ({', '.join(vars(signature))}) VALUES ({places})", values)


def read(kept: sqlite3.Connection, office: str) -> list[Signature]:
    """Every signature of an office, by period and then by instant, those that were taken back included."""
    found = []
    for row in kept.execute(
        "SELECT * FROM signature WHERE office = ? ORDER BY first_date, last_date, signed_at", [office]
    ):
        columns = dict(row)
        for name in ("first_date", "last_date"):
            columns[name] = date.fromisoformat(columns[name])
        for name in ("signed_at", "withdrawn_at"):
            columns[name] = None if columns[name] is None else datetime.fromisoformat(columns[name])
        found.append(Signature(**columns))
    return found


def withdraw(kept: sqlite3.Connection, signature: Signature, who: str, because: str, at: datetime) -> None:
    """Take a signature back at an instant (naive UTC); it stays in the journal."""
    kept.execute(
        """UPDATE signature SET withdrawn_at = ?, withdrawn_by = ?, withdrawn_because = ?
           WHERE office = ? AND first_date = ? AND last_date = ? AND signed_at = ?""",
        [
            at.isoformat(), who, because, signature.office, signature.first_date.isoformat(),
            signature.last_date.isoformat(), signature.signed_at.isoformat(),
        ],
    )  # fmt: skip


def unsigned_days(signatures: Iterable[Signature], first: date, last: date) -> list[date]:
    """The days of a period that no signature holds for: only a period without any may be published."""
    signed = [one for one in signatures if one.withdrawn_at is None]
    days = [first + timedelta(days=rank) for rank in range((last - first).days + 1)]
    return [day for day in days if not any(one.first_date <= day <= one.last_date for one in signed)]
