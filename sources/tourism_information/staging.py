"""Write what was read as Parquet: the raw tables as source.yml has them, and the quarantine."""

from __future__ import annotations

from pathlib import Path

from sources import staged
from sources.tourism_information.objects import Row, Rows
from warehouse.spec import SourceSpec, TableSpec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say


def write_tables(spec: SourceSpec, rows: Rows, delivery: Delivery, work: Path) -> dict[str, Path]:
    """One Parquet file in `work` for each raw table that has rows, by its name."""
    return {
        table.name: staged.write_rows(table, _last_of_each_key(table, found), delivery, work)
        for table in spec.tables
        if (found := rows.tables.get(table.name))
    }


def _last_of_each_key(table: TableSpec, rows: list[Row]) -> list[Row]:
    if not table.primary_key:
        return rows
    return list({tuple(row.get(name) for name in table.primary_key): row for row in rows}.values())


def write_quarantine(rows: list[Row], work: Path, language: str) -> tuple[Path, ...]:
    """The quarantined objects as Parquet (line, column, rule, reason); none when all were good."""
    if not rows:
        return ()
    path = work / "quarantine.parquet"
    staged.write_quarantine(
        path,
        [
            (
                row["line"],
                row["column"],
                row["rule"],
                say(f"quarantine.{row['rule']}", language, key=row["column"], **row["words"]),
            )
            for row in rows
        ],
    )
    return (path,)
