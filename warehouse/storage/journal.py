"""The journal: what machines and people told us and what we told them, which no archive can give again.

SQLite and not DuckDB: somebody acknowledges an incident, or a notification arrives, while a night holds the
working database. Each room that keeps something in it brings its own tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.storage.layout import Home

WAIT_SECONDS = 60.0


@contextmanager
def journal(home: Home, schema: str) -> Iterator[sqlite3.Connection]:
    """One transaction on the journal, `schema` (CREATE TABLE IF NOT EXISTS …) made first.

    All of it is kept when the block ends, nothing when it raises or the process dies. Waits for another
    writer as long as WAIT_SECONDS, then raises sqlite3.OperationalError. Rows are read by column name.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(home.journal, timeout=WAIT_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten in the file
        connection.execute("BEGIN IMMEDIATE")
        with connection:  # commits, or rolls back when the block raises
            for statement in schema.split(";"):
                connection.execute(statement)
            yield connection
    finally:
        connection.close()
