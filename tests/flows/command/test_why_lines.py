"""On which lines of its files a figure stands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from flows.command.why_lines import lines, ranges
from sources.catalogue import Context, find
from tests.conftest import REPOSITORY
from warehouse.office.model import Office
from warehouse.storage import ledger
from warehouse.storage.archive import Received
from warehouse.storage.database import make_tables
from warehouse.storage.layout import Home

FIXTURE = REPOSITORY / "tests/sources/ticketing/fixtures/billetterie-2025.csv"


@pytest.fixture
def working(home: Home, office: Office, tmp_path: Path, as_of: datetime) -> duckdb.DuckDBPyConnection:
    """A working database with the sales of one archived file."""
    archived = home.archive / "ticketing" / "abc"
    archived.parent.mkdir(parents=True)
    archived.write_bytes(FIXTURE.read_bytes())
    connection = duckdb.connect()
    make_tables(connection)
    ledger.register(
        connection, office.code, [Received("ticketing", FIXTURE.name, "abc", 1, as_of, as_of, archived)]
    )
    delivery = ledger.delivered(connection, home.archive, 1)
    work = tmp_path / "work"
    work.mkdir()
    reading = find("ticketing").read(delivery, Context(office, str, work, as_of, home))
    connection.execute("CREATE SCHEMA IF NOT EXISTS raw")
    connection.execute(
        "CREATE TABLE raw.ticket_sales AS FROM read_parquet(?)", [str(reading.tables["ticket_sales"])]
    )
    return connection


@pytest.mark.parametrize(
    ("condition", "said"),
    [("true", "2–4"), ("sold_on >= DATE '2025-07-03'", "3–4"), ("is_cancelled", "4"), ("false", "")],
)
def test_the_lines_of_rows_are_those_of_the_file(
    working: duckdb.DuckDBPyConnection, home: Home, office: Office, condition: str, said: str
) -> None:
    table = find("ticketing").SPEC.table("ticket_sales")
    with lines(home, office) as found:
        assert (found.of(working, table, 1, condition), found.unread) == (said, 0)


def test_rows_that_a_later_file_replaced_have_no_line_any_more(
    working: duckdb.DuckDBPyConnection, home: Home, office: Office
) -> None:
    working.execute("DELETE FROM raw.ticket_sales WHERE ticket_count = 1")
    with lines(home, office) as found:
        assert found.of(working, find("ticketing").SPEC.table("ticket_sales"), 1, "true") == "2–3"


def test_a_file_whose_bytes_are_gone_is_counted(
    working: duckdb.DuckDBPyConnection, home: Home, office: Office
) -> None:
    (home.archive / "ticketing" / "abc").unlink()
    with lines(home, office) as found:
        assert found.of(working, find("ticketing").SPEC.table("ticket_sales"), 1, "true") == ""
        assert found.unread == 1


def test_many_ranges_are_cut() -> None:
    assert ranges([2, 3, 4, 7]) == "2–4, 7"
    assert ranges(range(1, 60, 2)).endswith("21, 23, …")
