"""Published reports, kept in the journal: the figures as they were frozen, and what changed since."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

SCHEMA = """
CREATE TABLE IF NOT EXISTS publication (
    office TEXT NOT NULL, year INTEGER NOT NULL, published_at TEXT NOT NULL, version TEXT NOT NULL,
    digest TEXT NOT NULL, figures TEXT NOT NULL,
    PRIMARY KEY (office, year, published_at)
);
CREATE TABLE IF NOT EXISTS publication_change (
    digest TEXT NOT NULL, figure TEXT NOT NULL, since TEXT NOT NULL,
    PRIMARY KEY (digest, figure)
)
"""


@dataclass(frozen=True)
class Publication:
    """A report of a year that was published at an instant (naive UTC).

    `version` is the published version that it printed, `figures` what it said of the year (JSON), `digest`
    the SHA-256 of that text.
    """

    office: str
    year: int
    published_at: datetime
    version: str
    digest: str
    figures: str


def enter(kept: sqlite3.Connection, one: Publication) -> None:
    """Enter a publication."""
    kept.execute(
        "INSERT INTO publication VALUES (?, ?, ?, ?, ?, ?)",
        [one.office, one.year, one.published_at.isoformat(), one.version, one.digest, one.figures],
    )


def latest(kept: sqlite3.Connection, office: str) -> list[Publication]:
    """The last publication of each year of an office, by year; none where nothing was ever published."""
    if not kept.execute("SELECT 1 FROM sqlite_master WHERE name = 'publication'").fetchone():
        return []
    found = kept.execute(
        """SELECT office, year, max(published_at) AS published_at, version, digest, figures
           FROM publication WHERE office = ? GROUP BY office, year ORDER BY year""",
        [office],
    )
    return [
        Publication(**{**dict(row), "published_at": datetime.fromisoformat(row["published_at"])})
        for row in found
    ]


def note_changes(kept: sqlite3.Connection, digest: str, figures: Iterable[str], day: date) -> dict[str, date]:
    """Keep since when figures are not what was published; what is again as it was is forgotten.

    `figures` are the keys of all that differ as of a day; returns since when each does.
    """
    changed: Collection[str] = list(figures)
    known = dict(
        kept.execute("SELECT figure, since FROM publication_change WHERE digest = ?", [digest]).fetchall()
    )
    for figure in known.keys() - set(changed):
        kept.execute("DELETE FROM publication_change WHERE digest = ? AND figure = ?", [digest, figure])
    for figure in set(changed) - known.keys():
        kept.execute("INSERT INTO publication_change VALUES (?, ?, ?)", [digest, figure, day.isoformat()])
    return {one: date.fromisoformat(known.get(one, day.isoformat())) for one in changed}
