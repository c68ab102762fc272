"""The book of incidents, in the journal: what each of them is now, and every step that led there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from pydantic import TypeAdapter

from expectations.incidents.life import Case, Incident, Transition
from warehouse.errors import UsageError
from warehouse.words.messages import say

SCHEMA = """
CREATE TABLE IF NOT EXISTS incident (
    incident_id TEXT PRIMARY KEY, office TEXT NOT NULL, content TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS transition (
    incident_id TEXT NOT NULL REFERENCES incident, happened_at TEXT NOT NULL, who TEXT NOT NULL,
    what TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, comment TEXT NOT NULL
)
"""
AS_JSON = TypeAdapter(Incident)


def read_incidents(book: sqlite3.Connection, office: str) -> list[Incident]:
    """The office's incidents, in order of onset."""
    found = [
        AS_JSON.validate_json(row["content"])
        for row in book.execute("SELECT content FROM incident WHERE office = ?", [office])
    ]
    return sorted(found, key=lambda incident: (incident.onset_at, incident.subject, incident.rule))


def find_incident(book: sqlite3.Connection, office: str, begins: str, language: str = "fr") -> Incident:
    """The incident whose identifier begins so; raises UsageError when there is none, or several."""
    found = [one for one in read_incidents(book, office) if one.incident_id.startswith(begins)]
    if len(found) != 1:
        known = ", ".join(one.incident_id for one in found)
        key = "incidents.several" if found else "incidents.none_begins_so"
        raise UsageError(say(key, language, begins=begins, known=known))
    return found[0]


def write_cases(book: sqlite3.Connection, cases: Iterable[Case]) -> None:
    """Enter what became of incidents."""
    for case in cases:
        incident = case.incident
        book.execute(
            """INSERT INTO incident VALUES (?, ?, ?)
               ON CONFLICT (incident_id) DO UPDATE SET content = excluded.content""",
            [incident.incident_id, incident.office, AS_JSON.dump_json(incident).decode()],
        )
        for one in case.transitions:
            book.execute(
                "INSERT INTO transition VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    one.incident_id,
                    one.happened_at.isoformat(),
                    one.who,
                    one.what,
                    one.status,
                    one.reason,
                    one.comment,
                ],
            )


def read_transitions(
    book: sqlite3.Connection, office: str, incident_id: str | None = None
) -> list[Transition]:
    """Every step of the office's incidents, or of one of them, in order of time."""
    found = book.execute(
        """SELECT transition.* FROM transition JOIN incident USING (incident_id)
           WHERE office = ? AND incident_id = coalesce(?, incident_id)
           ORDER BY happened_at, transition.rowid""",
        [office, incident_id],
    )
    return [
        Transition(
            row["incident_id"], datetime.fromisoformat(row["happened_at"]), row["who"], row["what"],
            row["status"], row["reason"], row["comment"],
        )
        for row in found
    ]  # fmt: skip
