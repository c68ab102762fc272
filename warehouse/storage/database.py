"""The working DuckDB database: opening it, its schemas, the raw tables that must exist."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.publishing.datapackage import literal, quoted
from warehouse.spec import TableSpec
from warehouse.storage.layout import Home

SCHEMAS = ("raw", "staging", "marts", "quality", "settings", "ops")
MEMORY_LIMIT = "600MB"

# What happened, which the archive alone cannot tell again.
LEDGER = """
CREATE TABLE IF NOT EXISTS quality.load (
    office VARCHAR NOT NULL, source VARCHAR NOT NULL, delivery_id BIGINT PRIMARY KEY, kind VARCHAR,
    file VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, size_bytes BIGINT NOT NULL,
    received_at TIMESTAMP NOT NULL, modified_at TIMESTAMP NOT NULL,
    rows_read BIGINT NOT NULL, rows_loaded BIGINT NOT NULL, rows_quarantined BIGINT NOT NULL,
    rows_duplicate BIGINT NOT NULL, rows_filtered BIGINT NOT NULL,
    status VARCHAR NOT NULL, message VARCHAR NOT NULL, fingerprint VARCHAR NOT NULL, fault VARCHAR,
    CHECK (rows_read = rows_loaded + rows_quarantined + rows_duplicate + rows_filtered)
);
CREATE TABLE IF NOT EXISTS quality.quarantined_row (
    office VARCHAR NOT NULL, source VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, delivery_id BIGINT NOT NULL,
    line BIGINT, "column" VARCHAR, rule VARCHAR NOT NULL, reason VARCHAR NOT NULL, sheet VARCHAR
);
CREATE TABLE IF NOT EXISTS quality.left_file (
    office VARCHAR NOT NULL, source VARCHAR NOT NULL, file VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    left_at TIMESTAMP NOT NULL, ended_at TIMESTAMP
);
CREATE TABLE IF NOT EXISTS quality.returned_copy (
    office VARCHAR NOT NULL, source VARCHAR NOT NULL, delivery_id BIGINT PRIMARY KEY, file VARCHAR
);
CREATE TABLE IF NOT EXISTS ops.reader_death (delivery_id BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS ops.erasure (erased_at TIMESTAMP NOT NULL);
CREATE TABLE IF NOT EXISTS quality.control_total (
    office VARCHAR NOT NULL, source VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, delivery_id BIGINT NOT NULL,
    line BIGINT NOT NULL, "column" VARCHAR NOT NULL, stated DECIMAL(18, 4) NOT NULL,
    loaded DECIMAL(18, 4) NOT NULL, is_disclosed BOOLEAN NOT NULL, is_met BOOLEAN NOT NULL
);
CREATE TABLE IF NOT EXISTS quality.check_result (
    office VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL, "table" VARCHAR NOT NULL, "check" VARCHAR NOT NULL,
    "column" VARCHAR, level VARCHAR NOT NULL, success BOOLEAN NOT NULL, observed VARCHAR, message VARCHAR
);
CREATE TABLE IF NOT EXISTS quality.run (
    office VARCHAR NOT NULL, run_id VARCHAR PRIMARY KEY, as_of TIMESTAMP NOT NULL,
    started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP, status VARCHAR NOT NULL,
    files_new BIGINT, files_known BIGINT, message VARCHAR, sources VARCHAR NOT NULL
);
"""
# What a night reckons from the rest, or copies from the journal: made anew when the columns change.
DERIVED = """
CREATE TABLE quality.incident (
    office VARCHAR NOT NULL, incident_id VARCHAR PRIMARY KEY, rule VARCHAR NOT NULL, subject VARCHAR NOT NULL,
    fault VARCHAR NOT NULL, severity VARCHAR NOT NULL, onset_at TIMESTAMP NOT NULL,
    detected_at TIMESTAMP NOT NULL, ended_at TIMESTAMP, status VARCHAR NOT NULL, reminders BIGINT NOT NULL,
    is_acknowledged BOOLEAN NOT NULL, snoozed_until TIMESTAMP,
    resolved_at TIMESTAMP, resolved_by VARCHAR, resolution VARCHAR,
    lost_visitors DOUBLE, lost_eur DECIMAL(18, 2), evidence VARCHAR NOT NULL
);
CREATE TABLE quality.incident_transition (
    office VARCHAR NOT NULL, incident_id VARCHAR NOT NULL, happened_at TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL, what VARCHAR NOT NULL, status VARCHAR NOT NULL, reason VARCHAR NOT NULL
);
CREATE TABLE quality.message (
    office VARCHAR NOT NULL, message_id VARCHAR NOT NULL, incident_id VARCHAR NOT NULL, what VARCHAR NOT NULL,
    channel VARCHAR NOT NULL, title VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL,
    not_before TIMESTAMP NOT NULL, attempts BIGINT NOT NULL, sent_at TIMESTAMP, given_up_at TIMESTAMP
);
CREATE TABLE quality.unread_file (
    office VARCHAR NOT NULL, source VARCHAR NOT NULL, file_family VARCHAR NOT NULL, kind VARCHAR,
    file VARCHAR NOT NULL, delivery_id BIGINT NOT NULL, received_at TIMESTAMP NOT NULL,
    subjects VARCHAR[] NOT NULL, extent VARCHAR NOT NULL, is_told BOOLEAN NOT NULL,
    rows_read BIGINT NOT NULL, rows_quarantined BIGINT NOT NULL,
    "column" VARCHAR, rule VARCHAR, rule_rows BIGINT, line BIGINT, reason VARCHAR NOT NULL,
    read_again_at TIMESTAMP
);
CREATE TABLE quality.outage (
    office VARCHAR NOT NULL, subject VARCHAR NOT NULL, fault VARCHAR NOT NULL,
    onset_at TIMESTAMP NOT NULL, detected_at TIMESTAMP NOT NULL, ended_at TIMESTAMP,
    expected_count DOUBLE NOT NULL, open_hours DOUBLE NOT NULL, chance DOUBLE NOT NULL,
    counted_count DOUBLE NOT NULL, direction VARCHAR, end_known_at TIMESTAMP, usual_at TIMESTAMP
);
CREATE TABLE quality.contradiction (
    office VARCHAR NOT NULL, subject VARCHAR NOT NULL, others VARCHAR[] NOT NULL, fault VARCHAR NOT NULL,
    step VARCHAR NOT NULL, onset_at TIMESTAMP NOT NULL, detected_at TIMESTAMP NOT NULL, ended_at TIMESTAMP,
    end_known_at TIMESTAMP, usual_at TIMESTAMP NOT NULL, change_pct DOUBLE NOT NULL, own_pct DOUBLE NOT NULL,
    others_pct DOUBLE NOT NULL, deviations DOUBLE NOT NULL
);
CREATE TABLE ops.activity (
    office VARCHAR NOT NULL, series VARCHAR NOT NULL, site VARCHAR NOT NULL, step VARCHAR NOT NULL,
    period_start DATE NOT NULL, value DOUBLE, expected DOUBLE NOT NULL, content UBIGINT NOT NULL,
    made_by VARCHAR NOT NULL
);
CREATE TABLE quality.notification (
    office VARCHAR NOT NULL, source VARCHAR NOT NULL, notification_id BIGINT PRIMARY KEY,
    received_at TIMESTAMP NOT NULL, status VARCHAR NOT NULL, is_full BOOLEAN NOT NULL,
    is_occasional BOOLEAN NOT NULL, sha256 VARCHAR, integrated_at TIMESTAMP, confirmed_at TIMESTAMP,
    message VARCHAR NOT NULL, expected_every_hours DOUBLE
);
CREATE TABLE quality.outage_course (
    office VARCHAR NOT NULL, subject VARCHAR NOT NULL, fault VARCHAR NOT NULL,
    onset_at TIMESTAMP NOT NULL, detected_at TIMESTAMP NOT NULL, known_at TIMESTAMP NOT NULL,
    open_hours DOUBLE NOT NULL, open_days DOUBLE NOT NULL, expected_count DOUBLE NOT NULL,
    counted_count DOUBLE NOT NULL, lost_visitors DOUBLE, lost_eur DECIMAL(18, 2)
);
CREATE TABLE quality.estimate (
    office VARCHAR NOT NULL, indicator VARCHAR NOT NULL, site VARCHAR NOT NULL, subject VARCHAR NOT NULL,
    onset_date DATE NOT NULL, period_kind VARCHAR NOT NULL, period_start DATE NOT NULL,
    estimated_count DOUBLE, low DOUBLE, high DOUBLE, method VARCHAR NOT NULL, tier BIGINT,
    is_final BOOLEAN NOT NULL, blocks BIGINT NOT NULL, refused_because VARCHAR, fingerprint VARCHAR NOT NULL
);
CREATE TABLE quality.expected_count (
    office VARCHAR NOT NULL, subject VARCHAR NOT NULL, utc_hour TIMESTAMP NOT NULL, local_date DATE NOT NULL,
    open_minutes DOUBLE NOT NULL, seasonal_count FLOAT NOT NULL, expected_count FLOAT NOT NULL,
    hour_dispersion FLOAT NOT NULL, day_dispersion FLOAT NOT NULL, day_mean FLOAT NOT NULL,
    zero_surprise FLOAT NOT NULL, partner_count FLOAT, partner_expected_count FLOAT
);
CREATE TABLE ops.expected_month (
    office VARCHAR NOT NULL, subject VARCHAR NOT NULL, first_date DATE NOT NULL, fingerprint VARCHAR NOT NULL
);
CREATE TABLE ops.judged_half_year (
    office VARCHAR NOT NULL, subject VARCHAR NOT NULL, first_date DATE NOT NULL, fingerprint VARCHAR NOT NULL
);
CREATE TABLE ops.judged_outage (
    office VARCHAR NOT NULL, subject VARCHAR NOT NULL, fault VARCHAR NOT NULL,
    onset_at TIMESTAMP NOT NULL, detected_at TIMESTAMP NOT NULL, ended_at TIMESTAMP,
    expected_count DOUBLE NOT NULL, open_hours DOUBLE NOT NULL, chance DOUBLE NOT NULL,
    counted_count DOUBLE NOT NULL, direction VARCHAR, end_known_at TIMESTAMP, first_date DATE NOT NULL
);
"""


@contextmanager
def working(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working database, read and write, its schemas and ledger made; closed and checkpointed after.

    Only the run that holds the lock may open it (`warehouse.storage.lock`). Where it is `held_open`, tables
    are made by the first who asks, and the checkpoint is that of its closing.
    """
    home.work.mkdir(parents=True, exist_ok=True)
    opening = _held.get(home.database)
    connection = duckdb.connect(str(home.database))
    try:
        limit(connection)
        if opening is None or not opening.has_tables:
            make_tables(connection)
            if opening is not None:
                opening.has_tables = True
        yield connection
        if opening is None:
            connection.execute("CHECKPOINT")
    finally:
        connection.close()


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What is written within comes all at once, or, where it fails, not at all.

    Many statements, each a transaction of its own and synced to the disk, take twice as long. What it failed
    of is raised as it was, also where the database is so broken that nothing can be rolled back any more;
    KeyboardInterrupt where somebody stopped its query.
    """
    connection.execute("BEGIN")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException as error:  # a signal that ends the run as well
        if is_interrupted(error):
            connection.interrupt()  # else threads of the query may go on, and be waited for
        try:
            connection.execute("ROLLBACK")
        except duckdb.Error as second:
            error.add_note(f"not rolled back: {second}")
        if isinstance(error, RuntimeError) and is_interrupted(error):
            raise KeyboardInterrupt from error  # what goes on without what failed must not go on without this
        raise


@dataclass
class _Opening:
    """A database that steps share, and whether its tables were made since."""

    connection: duckdb.DuckDBPyConnection
    has_tables: bool = False


_held: dict[Path, _Opening] = {}


@contextmanager
def held_open(home: Home) -> Iterator[None]:
    """Until it ends, or `let_go`, each `working` of this process shares one opening of the database.

    To open a database of hundreds of tables costs a tenth of a second each time, and a night has eighty
    steps. No other process can open it meanwhile.
    """
    home.work.mkdir(parents=True, exist_ok=True)
    _held[home.database] = _Opening(duckdb.connect(str(home.database)))
    try:
        yield
    finally:
        let_go(home)


def let_go(home: Home) -> None:
    """Close the opening that steps share, so that another process can open the database, or replace it."""
    if (opening := _held.pop(home.database, None)) is not None:
        opening.connection.close()


def is_interrupted(error: BaseException) -> bool:
    """Whether somebody stopped it (Ctrl-C): in a query, DuckDB raises a RuntimeError of its own for that."""
    return isinstance(error, KeyboardInterrupt | duckdb.InterruptException) or (
        isinstance(error, RuntimeError) and isinstance(error.__cause__, KeyboardInterrupt)
    )


@contextmanager
def only_read(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database of which a query, whoever wrote it, can read the tables, and nothing else of the machine.

    No other file, no network, no extension, no variable of Python, no setting. What does not fit in memory
    goes to a folder of its own: beside a published version nothing may be written.
    """
    with tempfile.TemporaryDirectory(prefix="vigie-") as spill:
        connection = duckdb.connect(
            str(path.resolve()),  # the pointer to the current version may move
            read_only=True,
            config={
                "enable_external_access": False,
                "autoload_known_extensions": False,
                "autoinstall_known_extensions": False,
                "allow_community_extensions": False,
                "python_enable_replacements": False,
                "temp_directory": spill,
            },
        )
        try:
            limit(connection)
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.interrupt()  # of a query that was stopped, threads may go on, and be waited for
            connection.close()


def rewrite(path: Path) -> None:
    """Write a DuckDB file anew with all that it holds: until then its free blocks hold what was erased.

    Nobody holds it open. The new file takes its place at once; killed before, the old one stays.
    """
    aside = path.with_name("rewriting")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    written = aside / path.name  # of the same stem: views keep the catalogue's name, and that is the stem
    duckdb.connect(str(path)).close()  # what a write-ahead log holds goes into the file
    connection = duckdb.connect(config={"temp_directory": str(aside / "spill")})
    try:
        limit(connection)
        connection.execute(f"ATTACH {literal(str(path))} AS old (READ_ONLY)")
        connection.execute(f"ATTACH {literal(str(written))} AS {quoted(path.stem)}")
        connection.execute(f"COPY FROM DATABASE old TO {quoted(path.stem)}")
        connection.execute(f"DETACH {quoted(path.stem)}")
    finally:
        connection.close()
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path)
    shutil.rmtree(aside)


def rewrite_where_erased(home: Home) -> None:
    """Rewrite the working database when something was erased from it since it was last rewritten."""
    with working(home) as connection:
        erased = connection.execute("SELECT 1 FROM ops.erasure LIMIT 1").fetchone()
    if erased is None:
        return
    let_go(home)  # else what follows would be written into the file that was replaced
    rewrite(home.database)
    with working(home) as connection:
        connection.execute("DELETE FROM ops.erasure")


def make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schemas, the ledger and what a night reckons, empty where they are not there.

    When another version of Vigie reckoned other columns, all of it is reckoned anew.
    """
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    connection.execute(LEDGER)
    connection.execute("ALTER TABLE quality.run ADD COLUMN IF NOT EXISTS sources VARCHAR DEFAULT 'all'")
    connection.execute("ALTER TABLE quality.load ADD COLUMN IF NOT EXISTS fault VARCHAR")
    connection.execute("ALTER TABLE quality.quarantined_row ADD COLUMN IF NOT EXISTS sheet VARCHAR")
    rename_column(connection, "control_total", "is_told", "is_disclosed")
    for column in ("is_disclosed", "is_met"):
        connection.execute(
            f"ALTER TABLE quality.control_total ADD COLUMN IF NOT EXISTS {column} BOOLEAN DEFAULT false"
        )
    connection.execute("CREATE TABLE IF NOT EXISTS ops.derived (made_by VARCHAR)")
    made_by = hashlib.sha256(DERIVED.encode()).hexdigest()
    if connection.execute("SELECT made_by FROM ops.derived").fetchall() == [(made_by,)]:
        return
    with transaction(connection):
        for table in re.findall(r"CREATE TABLE (\S+)", DERIVED):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(DERIVED)
        connection.execute("DELETE FROM ops.derived")
        connection.execute("INSERT INTO ops.derived VALUES (?)", [made_by])


def rename_column(connection: duckdb.DuckDBPyConnection, table: str, old: str, new: str) -> None:
    """Rename a column of a quality table that an earlier version of Vigie made under its old name."""
    # Of this table alone: a look at the columns of all of them costs ten times as much, at every opening.
    found = connection.execute(
        f"SELECT 1 FROM pragma_table_info('quality.{table}') WHERE name = ?", [old]
    ).fetchone()
    if found is not None:
        connection.execute(f"ALTER TABLE quality.{table} RENAME COLUMN {old} TO {new}")


def limit(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep a connection within the memory that a small machine can spare, in UTC, and silent."""
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("SET TimeZone = 'UTC'")
    # DuckDB shows one on stdout, among the answer, to a program that it takes for a person at a prompt.
    connection.execute("SET enable_progress_bar = false")


def table_exists(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    """True when the table is there."""
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema, name]
    ).fetchone()
    return bool(found and found[0])


def ensure_raw_tables(connection: duckdb.DuckDBPyConnection, tables: Iterable[TableSpec]) -> None:
    """Make the raw tables that no delivery has made yet, empty, so that every model always builds.

    Those of an earlier version of Vigie get the columns that they lack.
    """
    there = {
        (table, column)
        for table, column in connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'raw'"
        ).fetchall()
    }
    for table in tables:
        lacking = [one for one in table.all_columns.values() if (table.name, one.name) not in there]
        if len(lacking) == len(table.all_columns):
            columns = ", ".join(f'"{one.name}" {one.sql_type}' for one in lacking)
            connection.execute(f'CREATE TABLE IF NOT EXISTS raw."{table.name}" ({columns})')
            continue
        for one in lacking:
            connection.execute(f'ALTER TABLE raw."{table.name}" ADD COLUMN "{one.name}" {one.sql_type}')


def rows(
    connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query as dicts; for small answers that people read."""
    answer = connection.execute(query, values or [])
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
