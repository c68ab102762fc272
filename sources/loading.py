"""Load what was read: staged Parquet goes into the raw tables with dlt, `merge` or `replace`, never `append`.

Loading the same files again changes nothing, so a run that was killed is simply run again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
# dlt keeps what it merged last in tables of its own.
os.environ.setdefault("LOAD__TRUNCATE_STAGING_DATASET", "true")

import dlt
import duckdb
import pyarrow.parquet as pq
from dlt.common.schema.typing import TColumnSchema, TDeleteInsertStrategyDict
from dlt.extract import DltResource, DltSource

from sources.reading.fields import literal, quoted
from sources.scope import Scope
from warehouse.spec import TOKEN, ColumnSpec, SourceSpec, TableSpec
from warehouse.storage.database import table_exists
from warehouse.storage.layout import Home

BATCH_ROWS = 1 << 18
MERGE: TDeleteInsertStrategyDict = {
    "disposition": "merge",
    "strategy": "delete-insert",
    "deduplicated": True,
}

Staged = Mapping[str, Sequence[Path]]
"""Raw table to the Parquet files that hold its new rows, one per delivery, in the order of delivery."""


def source_of(spec: SourceSpec, staged: Staged) -> DltSource:
    """The dlt source of these rows, by the name of our source."""

    @dlt.source(name=spec.name)
    def of_staged() -> Iterator[DltResource]:
        yield from _resources(spec, staged)

    return of_staged()


def _resources(spec: SourceSpec, staged: Staged) -> Iterator[DltResource]:
    """One dlt resource for each raw table that has new rows, with the table's key and column types."""
    for name, files in staged.items():
        table = spec.table(name)
        yield dlt.resource(
            _batches(files, list(table.all_columns)),
            name=name,
            write_disposition=MERGE,
            primary_key=list(table.primary_key),
            merge_key=list(table.replaces),
            columns={column.name: _hint(column) for column in table.all_columns.values()},
        )


def load(home: Home, spec: SourceSpec, staged: Staged, empty_tables: set[str]) -> None:
    """Load staged rows with dlt into the working database, which no connection of ours may hold open.

    Tables in `empty_tables` hold nothing yet: they are replaced, which spares the merge.
    """
    source = source_of(spec, staged)
    for name, resource in source.resources.items():
        if name in empty_tables:
            resource.apply_hints(write_disposition="replace")
    pipeline = dlt.pipeline(
        pipeline_name=f"vigie_{source.name}",
        destination=dlt.destinations.duckdb(str(home.database)),
        dataset_name="raw",
        pipelines_dir=str(home.pipelines),
    )
    if pipeline.has_pending_data:
        # A run was killed: its files are still pending in the ledger and are read again just now.
        pipeline.drop_pending_packages()
    pipeline.run(source, loader_file_format="parquet")
    # dlt keeps the files that it has loaded.
    shutil.rmtree(home.pipelines / pipeline.pipeline_name / "load" / "loaded", ignore_errors=True)


def is_empty(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """True when the raw table has no row, or is not there."""
    if not table_exists(connection, "raw", table):
        return True
    return connection.execute(f"SELECT 1 FROM raw.{quoted(table)} LIMIT 1").fetchone() is None


def latest_rows(
    connection: duckdb.DuckDBPyConnection,
    table: TableSpec,
    files: Sequence[Path],
    target: Path,
    scopes: Mapping[int, Scope] = MappingProxyType({}),
) -> Path:
    """Of several deliveries read in one night, keep what the last of them says; write it to `target`.

    `scopes` are those of the table, by delivery.
    """
    if len(files) == 1:
        return files[0]
    key = ", ".join(quoted(name) for name in table.key)
    rank = "row_number()" if table.primary_key else "rank()"
    columns = ", ".join(quoted(name) for name in table.all_columns)
    connection.execute(
        f"""COPY (SELECT {columns} FROM read_parquet({_list(files)}, union_by_name=true)
                  WHERE NOT {_replaced(scopes)}
                  QUALIFY {rank} OVER (PARTITION BY {key} ORDER BY delivery_id DESC) = 1)
            TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)"""
    )
    return target


def _replaced(scopes: Mapping[int, Scope]) -> str:
    """SQL that is true for rows of before a delivery which lie in its scope."""
    found = [f"(delivery_id < {delivery} AND {scope.condition})" for delivery, scope in scopes.items()]
    return f"coalesce({' OR '.join(found)}, false)" if found else "false"


def empty_scopes(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, arriving: Path, scopes: Mapping[int, Scope]
) -> list[tuple[int, int, int]]:
    """Delete the standing rows that these deliveries replace beyond what loading replaces by itself.

    Gives (new delivery, corrected delivery, rows of it that nothing of the new one takes the place of).
    """
    if not scopes or is_empty(connection, table.name):
        return []
    same = " AND ".join(f"standing.{quoted(name)} = arriving.{quoted(name)}" for name in table.key)
    found = []
    for delivery, scope in sorted(scopes.items()):
        mine = _replaced({delivery: scope})
        found += connection.execute(
            f"""SELECT {delivery}, standing.delivery_id, count(*)
                FROM (SELECT * FROM raw.{quoted(table.name)} WHERE {mine}) AS standing
                WHERE NOT EXISTS (SELECT 1 FROM read_parquet({literal(str(arriving))}) AS arriving
                                  WHERE {same})
                GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
        connection.execute(f"DELETE FROM raw.{quoted(table.name)} WHERE {mine}")
    return found


def recognise(connection: duckdb.DuckDBPyConnection, table: TableSpec, arriving: Path) -> None:
    """Before rows are replaced: link again what was linked with those that come once more.

    Where the personal value of a standing row became a token, and the same row arrives, its value takes the
    place of the token in all rows that have it: the day's row is replaced, its neighbours know it again. They
    get a new token as soon as their time is over, which is at the end of the run.
    """
    kept = table.retention
    if kept is None or not kept.recognised_by or is_empty(connection, table.name):
        return
    same = " AND ".join(
        f"standing.{quoted(name)} = arriving.{quoted(name)}" for name in ("office", *kept.recognised_by)
    )
    for name in map(quoted, kept.tokened):
        connection.execute(
            f"""UPDATE raw.{quoted(table.name)} AS it SET {name} = known.value
                FROM (SELECT standing.{name} AS token, min(arriving.{name}) AS value
                      FROM raw.{quoted(table.name)} AS standing
                      JOIN read_parquet({literal(str(arriving))}) AS arriving ON {same}
                      WHERE starts_with(standing.{name}, '{TOKEN}') AND arriving.{name} IS NOT NULL
                      GROUP BY ALL HAVING count(DISTINCT arriving.{name}) = 1) AS known
                WHERE it.{name} = known.token"""
        )


def replaced_rows(
    connection: duckdb.DuckDBPyConnection, table: TableSpec, files: Sequence[Path]
) -> list[tuple[int, int, int]]:
    """What new deliveries correct: (new delivery, corrected delivery, rows of it that are replaced).

    Where a delivery wins row by row, a row that it repeats unchanged is not a correction. Where the table
    keeps all deliveries, these are the rows of those that a new one resembles.
    """
    columns_of_key = table.resembles or table.key
    columns = ", ".join(quoted(name) for name in table.all_columns)
    read = f"read_parquet({_list(files)}, union_by_name=true)"
    standing = [f"SELECT {columns} FROM {read}"] if len(files) > 1 else []
    if not is_empty(connection, table.name):
        standing.append(f"SELECT {columns} FROM raw.{quoted(table.name)}")
    if not standing:
        return []
    told = [name for name in table.all_columns if name not in (*columns_of_key, "delivery_id")]
    content = f"hash({', '.join(quoted(name) for name in told)})" if table.primary_key and told else "0"
    key = ", ".join(quoted(name) for name in columns_of_key)
    same = " AND ".join(f"standing.{quoted(name)} = arriving.{quoted(name)}" for name in columns_of_key)
    changed = "standing.content <> arriving.content" if table.primary_key else "true"
    return connection.execute(
        f"""WITH arriving AS (SELECT DISTINCT {key}, delivery_id, {content} AS content FROM {read}),
                 standing AS (SELECT {key}, delivery_id, {content} AS content, count(*) AS rows
                              FROM ({" UNION ALL ".join(standing)}) GROUP BY ALL),
                 corrected AS (SELECT min(arriving.delivery_id) AS new, standing.delivery_id AS old,
                                      any_value(standing.rows) AS rows,
                                      arg_min({changed}, arriving.delivery_id) AS is_changed
                               FROM standing JOIN arriving
                                 ON {same} AND arriving.delivery_id > standing.delivery_id
                               GROUP BY {", ".join("standing." + quoted(n) for n in columns_of_key)},
                                        standing.delivery_id)
            SELECT new, old, sum(rows)::BIGINT FROM corrected WHERE is_changed GROUP BY ALL ORDER BY ALL"""
    ).fetchall()


def _batches(files: Sequence[Path], columns: list[str]) -> Iterator[Any]:
    # Staged files may carry columns of the reader's own, which are not loaded.
    for path in files:
        yield from pq.ParquetFile(path).iter_batches(batch_size=BATCH_ROWS, columns=columns)


def _hint(column: ColumnSpec) -> TColumnSchema:
    types: dict[str, TColumnSchema] = {
        "text": {"data_type": "text"},
        "integer": {"data_type": "bigint"},
        "number": {"data_type": "double"},
        "decimal": {"data_type": "decimal", "precision": 18, "scale": 4},
        "date": {"data_type": "date"},
        "timestamp": {"data_type": "timestamp", "timezone": False},
        "boolean": {"data_type": "bool"},
    }
    return {"name": column.name, "nullable": not column.required, **types[column.type]}


def _list(files: Sequence[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in files) + "]"
