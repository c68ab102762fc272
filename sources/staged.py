"""What a reader gives to the loader: Parquet of the raw tables' rows, and of the quarantined ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.spec import ColumnType, TableSpec
from warehouse.storage.ledger import Delivery

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "decimal": pa.decimal128(18, 4),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
}


class Quarantined(NamedTuple):
    """A quarantined row: line and heading of its faulty cell, the rule that it breaks, the reason in words.

    `sheet`, and `position` of the column (from 1), lead to the cell in the file itself; `found` is its text,
    never that of a personal column; `known` are the words that the column knows. They are for who
    hands the file back, and go no further.
    """

    line: int | None
    column: str | None
    rule: str
    reason: str
    sheet: str | None = None
    position: int | None = None
    found: str | None = None
    known: tuple[str, ...] = ()


QUARANTINE = {
    "line": pa.int64(),
    "column": pa.string(),
    "rule": pa.string(),
    "reason": pa.string(),
    "sheet": pa.string(),
    "position": pa.int64(),
    "found": pa.string(),
    "known": pa.list_(pa.string()),
}


def write_rows(table: TableSpec, rows: Sequence[Mapping[str, Any]], delivery: Delivery, work: Path) -> Path:
    """Write rows of a raw table, given without `office` and `delivery_id`, as one Parquet file in `work`.

    Raises pyarrow.ArrowInvalid or ArrowTypeError for a value that is not of its column's type, or for a
    required one that is missing.
    """
    common = {"office": delivery.office, "delivery_id": delivery.delivery_id}
    schema = pa.schema(
        pa.field(name, ARROW_TYPES[column.type], nullable=not column.required)
        for name, column in table.all_columns.items()
    )
    path = work / f"{table.name}.parquet"
    pq.write_table(pa.Table.from_pylist([{**common, **row} for row in rows], schema=schema), path)
    return path


def prove(table: TableSpec, path: Path) -> None:
    """Prove that staged rows can be loaded with those of any other file: each column there, of its one type.

    Raises AssertionError naming the column that is not, or that is required and null somewhere: what wrote
    them is wrong. Reads nothing but the end of the file.
    """
    staged = pq.ParquetFile(path)
    names = staged.schema_arrow.names
    for name, column in table.all_columns.items():
        if name not in names or staged.schema_arrow.field(name).type != ARROW_TYPES[column.type]:
            raise AssertionError(f"{table.name}.{name} is not staged as {ARROW_TYPES[column.type]}")
        if column.required and _nulls(staged, name):
            raise AssertionError(f"{table.name}.{name} is required and was staged with nulls")


def _nulls(staged: pq.ParquetFile, name: str) -> int:
    """How many values of a column are null, by what the file says of itself."""
    rank = staged.schema_arrow.names.index(name)
    groups = [staged.metadata.row_group(n) for n in range(staged.metadata.num_row_groups)]
    told = [group.column(rank).statistics for group in groups]
    if any(one is None or not one.has_null_count for one in told):
        return int(staged.read(columns=[name])[0].null_count)
    return sum(one.null_count for one in told)


def write_quarantine(
    path: Path, rows: Sequence[tuple[int | None, str | None, str, str] | Quarantined]
) -> None:
    """Write quarantined rows as the Parquet of which the ledger takes line, column, rule and reason."""
    named = [Quarantined(*row)._asdict() for row in rows]
    pq.write_table(pa.Table.from_pylist(named, schema=pa.schema(QUARANTINE)), path)
