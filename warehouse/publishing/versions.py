"""Publish: build a version aside, prove it whole, then move the pointer `published/current` to it at once.

Readers open `published/current/vigie.duckdb` read-only. A version is never written after it is published, so
nobody waits for a refresh and nobody sees half of one; a run killed at any point leaves the old one current.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb

from warehouse.errors import VigieError
from warehouse.office.office_file import language_of
from warehouse.publishing.datapackage import Column, Table, literal, quoted, write_datapackage
from warehouse.publishing.published_text import Known, closed
from warehouse.spec import OFFICE
from warehouse.storage.database import limit, rewrite, transaction
from warehouse.storage.layout import DATABASE_NAME, Home
from warehouse.storage.private import open_like
from warehouse.words.messages import say
from warehouse.yaml_file import read_yaml

SCHEMAS = ("marts", "quality")
# Columns that are published otherwise than the working database holds them.
PUBLISHED_AS = {
    ("quality", "control_total", "stated"): "CASE WHEN is_disclosed THEN stated END AS stated",
    ("quality", "control_total", "loaded"): "CASE WHEN is_disclosed THEN loaded END AS loaded",
}
VERSIONS_KEPT = 7
KEPT_AT_LEAST_SECONDS = 3600.0
# Above this, sorting costs more than it gives: the rows are the same, in the order the models wrote them.
SORTED_UP_TO_ROWS = 100_000
BUILDING = ".building-"
PAGES = "pages"  # of a version: what people read, written once it is current (`reports.pages.writing`)

Content = Literal["previous", "previous_rows", "empty"]


@dataclass(frozen=True)
class Holds:
    """What the checks stopped.

    `tables` are marts held whole; `rows` are those of which some rows are held, with the condition in SQL
    that is true for these alone (`working` and `previous` are the databases).
    """

    tables: frozenset[str] = frozenset()
    rows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Published:
    """A published version: its name, its folder, the rows of each `schema.table`, and what was held.

    `held` maps a mart to what stands in it: `previous` (all rows of the version before), `previous_rows`
    (those of the held sources), or `empty` (there was no earlier content of the same columns to keep).
    """

    version: str
    path: Path
    rows: Mapping[str, int]
    held: Mapping[str, Content] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A version being built: its marts are written, as they are in the working database."""

    version: str
    path: Path


def draft(home: Home, as_of: datetime, known: Known | None = None) -> Draft:
    """Begin a new version, aside: only reads the working database, so the checks may run meanwhile.

    `known` is what its texts may show.
    """
    versions = home.published / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for left_behind in versions.glob(BUILDING + "*"):
        shutil.rmtree(left_behind)
    version = _version_name(versions, as_of)
    building = versions / f"{BUILDING}{version}"
    building.mkdir()
    closing = known or Known(language_of(home.office_file))
    with _beside_working(home, building) as (connection, working), transaction(connection):
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        for table in working.values():
            if table.schema == "marts":
                _write(connection, table, _of(table, "working"), building, closing)
    return Draft(version, building)


def publish(
    home: Home,
    as_of: datetime,
    holds: Holds | None = None,
    drafted: Draft | None = None,
    known: Known | None = None,
) -> Published:
    """Publish the marts and the quality tables of the working database as a new version, and make it current.

    Texts are closed on the way (`warehouse.publishing.published_text`), by what is `known`.
    A draft saves its work when nothing was written to the marts since. The caller holds the home's lock and
    no connection to the working database. Raises VigieError when the version that was built does not read
    back as it was written; the old version then stays current.
    """
    drafted = drafted or draft(home, as_of, known)
    building = drafted.path
    tables, held = _complete(home, building, holds or Holds(), known or Known(language_of(home.office_file)))
    _verify(building, tables, language_of(home.office_file))
    write_datapackage(building, drafted.version, as_of, tables)
    for path in sorted(building.rglob("*")):
        _sync(path)
    _keep_pages(home, building)
    _sync(building)
    path = building.rename(building.with_name(drafted.version))
    _sync(path.parent)
    open_like(path.parent, home.published)
    _point(home, drafted.version)
    forget_old(home)
    return Published(drafted.version, path, {table.key: table.rows for table in tables}, held)


def _keep_pages(home: Home, building: Path) -> None:
    """Take the pages of the current version along, which say of when they are, until others are drawn."""
    pages = home.current.resolve() / PAGES
    if pages.is_dir():
        shutil.copytree(pages, building / PAGES, copy_function=_link)


def _link(of: str, to: str) -> None:
    """Give a file, which nobody writes again, a second name; a copy where the disk knows none."""
    try:
        os.link(of, to)
    except OSError:
        shutil.copy2(of, to)


def remake_current(home: Home, change: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    """Publish the current version once more, changed, and delete it as it was; the lock is held."""
    old = home.current.resolve()
    as_of = instant_of(old.name)
    version = _version_name(old.parent, as_of)
    building = old.with_name(f"{BUILDING}{version}")
    shutil.rmtree(building, ignore_errors=True)
    shutil.copytree(old, building)
    shutil.rmtree(building / PAGES, ignore_errors=True)  # they are made of the database as it was
    with _opened(building / DATABASE_NAME) as connection:
        change(connection)
        tables = list(tables_of(connection, Path(DATABASE_NAME).stem).values())
        for table in tables:
            copy = building / table.schema / f"{table.name}.parquet"
            connection.execute(f"COPY {table.sql} TO {literal(str(copy))} (FORMAT parquet, COMPRESSION zstd)")
    rewrite(building / DATABASE_NAME)
    _verify(building, tables, language_of(home.office_file))
    write_datapackage(building, version, as_of, tables)
    for path in sorted(building.rglob("*")):
        _sync(path)
    building.rename(building.with_name(version))
    _point(home, version)
    shutil.rmtree(old)


def tables_of(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, Table]:
    """The base tables of an attached database that are (to be) published, by `schema.table`, in order."""
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, name, column, type_, comment in connection.execute(
        """SELECT schema_name, table_name, column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
           WHERE database_name = ? AND list_contains(?, schema_name)
           ORDER BY schema_name, table_name, column_index""",
        [database, list(SCHEMAS)],
    ).fetchall():
        columns.setdefault((schema, name), []).append(Column(column, type_, comment))
    found = connection.execute(
        """SELECT schema_name, table_name, coalesce(comment, '') FROM duckdb_tables()
           WHERE database_name = ? AND list_contains(?, schema_name) ORDER BY ALL""",
        [database, list(SCHEMAS)],
    ).fetchall()
    tables = {}
    for schema, name, comment in found:
        place = f"{quoted(database)}.{quoted(schema)}.{quoted(name)}"
        rows = _count(connection, f"FROM {place}")
        table = Table(schema, name, comment, rows, tuple(columns[schema, name]))
        tables[table.key] = table
    return tables


@dataclass(frozen=True)
class Description:
    """What a quality table and its columns mean."""

    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@cache
def quality_descriptions() -> dict[str, Description]:
    """What the quality tables and their columns mean, by table (marts are described by their models).

    What every table has, the office, is said in warehouse/spec.py.
    """
    path = Path(__file__).with_name("quality.yml")
    content = read_yaml(path)
    office = {OFFICE.name: OFFICE.description}
    return {
        name: Description(described["description"], office | described["columns"])
        for name, described in content.items()
    }


@contextmanager
def _beside_working(
    home: Home, building: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Table]]]:
    """A connection to the version being built, the working database attached, and the latter's tables."""
    # The same file stem in every version: a view keeps the catalogue's name, and that is the stem.
    with _opened(building / DATABASE_NAME, spill=home.work / "spill") as connection:
        connection.execute(f"ATTACH {literal(str(home.database))} AS working (READ_ONLY)")
        yield connection, tables_of(connection, "working")
        connection.execute("DETACH working")
        connection.execute("CHECKPOINT")


def _complete(
    home: Home, building: Path, holds: Holds, known: Known
) -> tuple[list[Table], dict[str, Content]]:
    """Write what the draft lacks: quality tables, and what is held; returns what is written and held."""
    held: dict[str, Content] = {}
    with _beside_working(home, building) as (connection, working):
        previous: dict[str, Table] = {}
        if home.published_database.is_file():
            # By its real path: the pointer must not move under an open database.
            connection.execute(
                f"ATTACH {literal(str(home.published_database.resolve()))} AS previous (READ_ONLY)"
            )
            previous = tables_of(connection, "previous")
        # A held mart whose model was not built keeps its place as well.
        wanted = working | {
            key: table
            for key, table in previous.items()
            if key not in working and table.schema == "marts" and table.name in holds.tables
        }
        with transaction(connection):
            for table in sorted(wanted.values(), key=lambda table: table.key):
                query, content = _content(table, holds, previous.get(table.key))
                if content is not None:
                    held[table.name] = content
                elif table.schema == "marts":
                    continue
                connection.execute(f"DROP TABLE IF EXISTS {table.sql}")
                _write(connection, table, query, building, known)
        tables = list(tables_of(connection, Path(DATABASE_NAME).stem).values())
        if previous:
            connection.execute("DETACH previous")
    return tables, held


def _of(table: Table, database: str) -> str:
    """The query of a whole table of an attached database, as it is published."""
    columns = [
        PUBLISHED_AS.get((table.schema, table.name, column.name), quoted(column.name))
        for column in table.columns
    ]
    return f"SELECT {', '.join(columns)} FROM {database}.{table.sql}"


def _content(table: Table, holds: Holds, previous: Table | None) -> tuple[str, Content | None]:
    """The query that fills a table, and what is held of it."""
    new, kept = _of(table, "working"), _of(table, "previous")
    can_keep = previous is not None and previous.types == table.types
    if table.schema != "marts":
        return new, None
    if table.name in holds.tables:
        return (kept, "previous") if can_keep else (f"{new} WHERE false", "empty")
    if is_held := holds.rows.get(table.name):
        others = f"{new} WHERE NOT ({is_held})"
        if not can_keep:
            return others, "empty"
        return f"{others} UNION ALL {kept} WHERE {is_held}", "previous_rows"
    return new, None


def _write(
    connection: duckdb.DuckDBPyConnection, table: Table, query: str, building: Path, known: Known
) -> None:
    """Write one table, its texts closed, its comments and its Parquet copy."""
    query = closed(connection, table, query, known)
    order = "ORDER BY ALL" if table.rows <= SORTED_UP_TO_ROWS else ""
    connection.execute(f"CREATE TABLE {table.sql} AS SELECT * FROM ({query}) {order}")
    described = Description()
    if table.schema == "quality":
        described = quality_descriptions().get(table.name, described)
    if comment := table.comment or described.description:
        connection.execute(f"COMMENT ON TABLE {table.sql} IS {literal(comment)}")
    for column in table.columns:
        if comment := column.comment or described.columns.get(column.name, ""):
            connection.execute(f"COMMENT ON COLUMN {table.sql}.{quoted(column.name)} IS {literal(comment)}")
    copy = building / table.schema / f"{table.name}.parquet"
    copy.parent.mkdir(exist_ok=True)
    connection.execute(f"COPY {table.sql} TO {literal(str(copy))} (FORMAT parquet, COMPRESSION zstd)")


def _verify(building: Path, tables: list[Table], language: str) -> None:
    """Raise VigieError unless the closed version reads back row for row and leaves no write-ahead log."""
    database = building / DATABASE_NAME
    log = database.with_name(database.name + ".wal")
    if log.exists():
        # It would be replayed into whatever file takes this one's place.
        raise VigieError(say("publishing.log_left", language, path=log))
    with _opened(database, read_only=True) as connection:
        for table in tables:
            copy = building / table.schema / f"{table.name}.parquet"
            for place, source in ((database, table.sql), (copy, f"read_parquet({literal(str(copy))})")):
                count = _count(connection, f"FROM {source}")
                if count != table.rows:
                    raise VigieError(
                        say(
                            "publishing.rows_lost", language, path=place, count=count, table=table.key,
                            written=table.rows,
                        )
                    )  # fmt: skip


def instant_of(version: str) -> datetime:
    """The instant, aware, that a version is as of, by its name."""
    return datetime.strptime(version[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _version_name(versions: Path, as_of: datetime) -> str:
    """The as-of instant in UTC, and a rank when that instant was published before."""
    name = f"{as_of.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    ranks = [
        int(rank) if rank else 1
        for folder in versions.glob(name + "*")
        for _, _, rank in [folder.name.partition("-")]
        if not rank or rank.isdigit()
    ]
    return f"{name}-{max(ranks) + 1}" if ranks else name


def _point(home: Home, version: str) -> None:
    """Swap the pointer: one rename, so a reader finds the old version or the new one, and never none."""
    draft = home.published / ".current-next"
    draft.unlink(missing_ok=True)
    draft.symlink_to(Path("versions") / version)
    draft.replace(home.current)
    _sync(home.published)


def forget_old(home: Home, days: int | None = None) -> None:
    """Delete all but the newest versions, and those older than so many days.

    Never the current one, nor one that a reader may be opening.
    """
    versions = home.published / "versions"
    if not versions.is_dir():
        return
    newest_first = sorted(
        (path for path in versions.iterdir() if not path.name.startswith(BUILDING)),
        key=lambda path: (path.stat().st_mtime_ns, path.name),
        reverse=True,
    )
    for rank, path in enumerate(newest_first):
        age = time.time() - path.stat().st_mtime
        is_old = rank >= VERSIONS_KEPT or (days is not None and age > days * 86400)
        if is_old and age >= KEPT_AT_LEAST_SECONDS and path.resolve() != home.current.resolve():
            # Renamed first: a deletion that is killed leaves a folder that the next run clears away.
            doomed = path.rename(path.with_name(f"{BUILDING}{path.name}"))
            shutil.rmtree(doomed)


@contextmanager
def _opened(
    path: Path, *, read_only: bool = False, spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection limited in memory and closed at the end."""
    config: dict[str, Any] = {"temp_directory": str(spill)} if spill else {}
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    try:
        limit(connection)
        yield connection
    finally:
        connection.close()


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"SELECT count(*) {source}").fetchone()
    assert row is not None
    return int(row[0])


def _sync(path: Path) -> None:
    """Force a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
