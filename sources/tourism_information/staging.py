"""Write what was read as Parquet: the raw tables as source.yml has them, and the quarantine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sources.tourism_information.objects import Row, Rows
from warehouse.ledger import Delivery
from warehouse.messages import say
from warehouse.spec import SourceSpec, TableSpec

ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "decimal": pa.decimal128(18, 4),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "boolean": pa.bool_(),
}
QUARANTINE = pa.schema(
    {"line": pa.int64(), "column": pa.string(), "rule": pa.string(), "reason": pa.string()}
)


def write_tables(spec: SourceSpec, rows: Rows, delivery: Delivery, work: Path) -> dict[str, Path]:
    """One Parquet file in `work` for each raw table that has rows, by its name."""
    paths = {}
    for table in spec.tables:
        found = rows.tables.get(table.name)
        if found:
            paths[table.name] = work / f"{table.name}.parquet"
            pq.write_table(_as_arrow(table, found, delivery), paths[table.name])
    return paths


def _as_arrow(table: TableSpec, rows: list[Row], delivery: Delivery) -> pa.Table:
    """The rows in the columns of the table, of two with the same key the last."""
    common = {"office": delivery.office, "delivery_id": delivery.delivery_id}
    whole = [{**common, **row} for row in rows]
    if table.primary_key:
        repeated = Counter(tuple(row[name] for name in table.primary_key) for row in whole)
        if len(repeated) < len(whole):
            whole = list({tuple(row[name] for name in table.primary_key): row for row in whole}.values())
    schema = pa.schema(
        pa.field(name, ARROW_TYPES[column.type], nullable=not column.required)
        for name, column in table.all_columns.items()
    )
    return pa.Table.from_pylist(whole, schema=schema)


def write_quarantine(rows: list[Row], work: Path, language: str) -> tuple[Path, ...]:
    """The quarantined objects as Parquet (line, column, rule, reason); none when all were good."""
    if not rows:
        return ()
    path = work / "quarantine.parquet"
    reasons = [
        {**row, "reason": say(f"quarantine.{row['rule']}", language, value=row["value"], key="id")}
        for row in rows
    ]
    pq.write_table(pa.Table.from_pylist(reasons, schema=QUARANTINE), path)
    return (path,)
