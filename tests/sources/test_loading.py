"""Loading with dlt: what a new delivery does to the rows that stand, and what a killed run leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources.loading import is_empty, latest_rows, load, replaced_rows
from tests.described import PROCESSING
from warehouse.spec import SourceSpec
from warehouse.storage.database import working
from warehouse.storage.layout import Home

COLUMNS: list[dict[str, Any]] = [
    {"name": "period", "type": "text", "description": "d"},
    {"name": "rank", "type": "integer", "description": "d"},
    {"name": "paid_eur", "type": "decimal", "description": "d"},
    {"name": "paid_at", "type": "timestamp", "description": "d"},
    {"name": "paid_on", "type": "date", "description": "d"},
    {"name": "is_card", "type": "boolean", "description": "d"},
    {"name": "weight", "type": "number", "description": "d"},
]
SPEC = SourceSpec.model_validate(
    {
        "name": "museum", "label_fr": "M", "label_en": "M", "description": "d", "publisher": "p",
        "obtain": "o", "processing": PROCESSING,
        "deliveries": [],
        "tables": [
            {"name": "ticket", "description": "d", "grain": "g", "columns": COLUMNS,
             "primary_key": ["period", "rank"]},
            {"name": "statement", "description": "d", "grain": "g", "columns": COLUMNS,
             "replaces": ["period"]},
        ],
    }
)  # fmt: skip
SCHEMA = pa.schema(
    [
        ("office", pa.string()), ("delivery_id", pa.int64()), ("period", pa.string()), ("rank", pa.int64()),
        ("paid_eur", pa.decimal128(18, 4)), ("paid_at", pa.timestamp("us")), ("paid_on", pa.date32()),
        ("is_card", pa.bool_()), ("weight", pa.float64()),
    ]
)  # fmt: skip
Row = tuple[str, int, str]
"""period, rank, amount."""


def stage(folder: Path, delivery: int, rows: Sequence[Row]) -> Path:
    path = folder / f"{delivery}.parquet"
    filled = [
        {
            "office": "auch", "delivery_id": delivery, "period": period, "rank": rank,
            "paid_eur": Decimal(amount), "paid_at": datetime.fromisoformat("2025-07-01T08:30:00"),
            "paid_on": date(2025, 7, 1), "is_card": True, "weight": 0.1,
        }
        for period, rank, amount in rows
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(filled, schema=SCHEMA), path)
    return path


def deliver(home: Home, table: str, folder: Path, delivery: int, rows: Sequence[Row]) -> None:
    path = stage(folder, delivery, rows)
    with working(home) as connection:
        empty = {table} if is_empty(connection, table) else set()
    load(home, SPEC, {table: [path]}, empty)


def standing(home: Home, table: str) -> list[tuple[Any, ...]]:
    with working(home) as connection:
        return connection.execute(
            f"SELECT delivery_id, period, rank, paid_eur::VARCHAR FROM raw.{table} ORDER BY period, rank"
        ).fetchall()


def test_a_later_delivery_wins_row_by_row_and_loading_it_again_adds_nothing(
    home: Home, tmp_path: Path
) -> None:
    deliver(home, "ticket", tmp_path, 1, [("2025", 1, "10"), ("2025", 2, "20")])
    for _ in range(2):
        deliver(home, "ticket", tmp_path, 2, [("2025", 2, "22"), ("2025", 3, "30")])
    assert standing(home, "ticket") == [
        (1, "2025", 1, "10.0000"), (2, "2025", 2, "22.0000"), (2, "2025", 3, "30.0000"),
    ]  # fmt: skip


def test_a_later_delivery_replaces_every_row_of_its_scope_and_no_other(home: Home, tmp_path: Path) -> None:
    deliver(
        home,
        "statement",
        tmp_path,
        1,
        [("2024", 1, "5"), ("2025", 1, "10"), ("2025", 2, "20"), ("2025", 2, "20")],
    )
    deliver(home, "statement", tmp_path, 2, [("2025", 1, "11")])
    assert standing(home, "statement") == [(1, "2024", 1, "5.0000"), (2, "2025", 1, "11.0000")]


def test_types_arrive_as_the_spec_says(home: Home, tmp_path: Path) -> None:
    deliver(home, "ticket", tmp_path, 1, [("2025", 1, "10.25")])
    with working(home) as connection:
        types = dict(
            connection.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'ticket'"
            ).fetchall()
        )
        instant = connection.execute("SELECT paid_at FROM raw.ticket").fetchone()
    assert types == {name: column.sql_type for name, column in SPEC.table("ticket").all_columns.items()}
    assert instant == (datetime.fromisoformat("2025-07-01T08:30:00"),)


def test_a_run_that_was_killed_while_loading_is_simply_run_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(home, "ticket", tmp_path, 1, [("2025", 1, "10")])

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dlt.Pipeline, "load", killed)
    with pytest.raises(KeyboardInterrupt):
        deliver(home, "ticket", tmp_path, 2, [("2025", 1, "99")])
    monkeypatch.undo()
    assert standing(home, "ticket") == [(1, "2025", 1, "10.0000")]
    deliver(home, "ticket", tmp_path, 3, [("2025", 2, "20")])
    assert standing(home, "ticket") == [(1, "2025", 1, "10.0000"), (3, "2025", 2, "20.0000")]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE SCHEMA raw")
        yield opened


@pytest.mark.parametrize(
    ("table", "kept"),
    [
        ("ticket", [(1, "2025", 1), (2, "2025", 2), (2, "2025", 3)]),
        ("statement", [(2, "2025", 2), (2, "2025", 3)]),
    ],
)
def test_of_several_deliveries_in_one_night_the_last_word_stays(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, table: str, kept: list[tuple[int, str, int]]
) -> None:
    files = [
        stage(tmp_path, 1, [("2025", 1, "10"), ("2025", 2, "20")]),
        stage(tmp_path, 2, [("2025", 2, "22"), ("2025", 3, "30")]),
    ]
    merged = latest_rows(connection, SPEC.table(table), files, tmp_path / "merged.parquet")
    rows = pq.read_table(merged).sort_by("rank").to_pylist()
    assert [(row["delivery_id"], row["period"], row["rank"]) for row in rows] == kept


def test_one_delivery_is_loaded_as_it_was_written(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = stage(tmp_path, 1, [("2025", 1, "10")])
    assert latest_rows(connection, SPEC.table("ticket"), [path], tmp_path / "merged.parquet") == path


def test_corrections_are_counted_against_what_stands_and_within_the_night(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    before = stage(tmp_path, 1, [("2024", 1, "1"), ("2025", 1, "10"), ("2025", 2, "20")])
    connection.execute("CREATE TABLE raw.statement AS SELECT * FROM read_parquet(?)", [str(before)])
    files = [stage(tmp_path, 2, [("2025", 1, "11")]), stage(tmp_path, 3, [("2025", 1, "12")])]
    assert sorted(replaced_rows(connection, SPEC.table("statement"), files)) == [(2, 1, 2), (3, 2, 1)]


def test_a_first_delivery_corrects_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert replaced_rows(connection, SPEC.table("ticket"), [stage(tmp_path, 1, [("2025", 1, "10")])]) == []


def test_new_keys_correct_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    before = stage(tmp_path, 1, [("2025", 1, "10")])
    connection.execute("CREATE TABLE raw.ticket AS SELECT * FROM read_parquet(?)", [str(before)])
    assert replaced_rows(connection, SPEC.table("ticket"), [stage(tmp_path, 2, [("2025", 2, "20")])]) == []
