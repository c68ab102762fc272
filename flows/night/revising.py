"""What has changed of published reports: each night looks, so that a later report can say since when."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC

import duckdb

from reports.frozen import Change, Revision, changes, freeze_report
from warehouse.office.model import Office
from warehouse.publishing.versions import instant_of
from warehouse.storage import publications
from warehouse.storage.database import only_read
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home


def note_revisions(home: Home, office: Office) -> None:
    """Look at the current version; does nothing where no report was ever published."""
    with journal(home, "") as kept:
        if publications.latest(kept, office.code):
            with only_read(home.published_database) as connection:
                revisions(connection, kept, office, home.current.resolve().name)


def revisions(
    connection: duckdb.DuckDBPyConnection, kept: sqlite3.Connection, office: Office, version: str
) -> tuple[Revision, ...]:
    """Figures of the last published report of each year that are others in a version; keeps since when."""
    as_of = instant_of(version).astimezone(office.zone).date()
    found: list[Revision] = []
    for one in publications.latest(kept, office.code):
        now = freeze_report(connection, one.year)
        changed = {_key(change): change for change in changes(one.figures, now)}
        since = publications.note_changes(kept, one.digest, changed, as_of)
        on = one.published_at.replace(tzinfo=UTC).astimezone(office.zone).date()
        found += [Revision(change, one.digest, on, since[key]) for key, change in changed.items()]
    return tuple(found)


def _key(change: Change) -> str:
    return json.dumps((*change.figure, change.column), ensure_ascii=False)
