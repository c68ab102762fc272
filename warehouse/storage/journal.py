"""The journal: what machines and people told us and what we told them, which no archive can give again.

SQLite and not DuckDB: somebody acknowledges an incident, or a notification arrives, while a night holds the
working database. Each room that keeps something in it brings its own tables.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.storage.layout import Home

WAIT_SECONDS = 60.0
TABLE = re.compile(r"\s*CREATE TABLE IF NOT EXISTS (\w+)")


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
                _as_declared(connection, statement)
            yield connection
    finally:
        connection.close()


def _as_declared(connection: sqlite3.Connection, statement: str) -> None:
    """Make a table where it is not there; one that an earlier version of Vigie made gets today's columns.

    SQLite cannot change what a column may hold: the table is made anew with the rows that it had. No other
    table may refer to one that changes.
    """
    declared = TABLE.match(statement)
    if declared is None:
        connection.execute(statement)
        return
    name = declared[1]
    found = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()
    if found is None:
        connection.execute(statement)
        return
    if _columns_of(found["sql"]) == _columns_of(statement):
        return
    connection.execute(f"ALTER TABLE {name} RENAME TO earlier_{name}")
    connection.execute(statement)
    known = [{row["name"] for row in connection.execute(f"PRAGMA table_info({one})")}
             for one in (name, f"earlier_{name}")]  # fmt: skip
    columns = ", ".join(sorted(known[0] & known[1]))
    connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM earlier_{name} ORDER BY rowid")
    connection.execute(f"DROP TABLE earlier_{name}")


def _columns_of(statement: str) -> str:
    """What a statement declares between its outer brackets, whatever its spaces."""
    return " ".join(statement.partition("(")[2].split())
