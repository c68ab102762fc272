"""The demonstration's tourist tax: the published figures come out of its raw files, and only of them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.tourist_tax import generate
from flows.ingesting import read_and_load, receive
from flows.preparing import prepare
from transforms.building import build
from warehouse.layout import Home
from warehouse.office import Office

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
PUBLISHED = Path(__file__).parents[2] / "demo" / "published.csv"
MODELS = ["+observed_tourist_tax", "+tax_declaration_month", "+tax_reconciliation"]


def _night(home: Home, office: Office) -> None:
    receive(home, office, "tourist_tax", AS_OF)
    read_and_load(home, office, "tourist_tax", AS_OF)
    prepare(home, office, AS_OF)
    build(home, ["seed", "--select", "tax_additional_rate"])
    build(home, ["run", "--select", *MODELS])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, office: Office) -> Home:
    """The demonstration's tax files, received, read, loaded and built."""
    home = Home(tmp_path_factory.mktemp("tax") / "home")
    generate(home.inbox, 2025)
    _night(home, office)
    return home


@pytest.fixture
def database(demo: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        yield connection


def _figures(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Decimal]:
    """The figures of 2025 by indicator and dimension."""
    found = connection.execute(
        """SELECT indicator, dimension, sum(measured_value)::DECIMAL(18, 2) FROM staging.observed_tourist_tax
           WHERE year(period_start) = 2025 GROUP BY ALL"""
    ).fetchall()
    return {(indicator, dimension): value for indicator, dimension, value in found}


def test_every_published_figure_comes_out_to_the_cent(database: duckdb.DuckDBPyConnection) -> None:
    with PUBLISHED.open(encoding="utf-8") as lines:
        published = {
            (row["indicator"], row["dimension"]): Decimal(row["value"])
            for row in csv.DictReader(lines)
            if row["section"] == "tourist_tax"
        }
    assert len(published) == 9
    assert _figures(database) == published


def test_the_difference_of_58_to_61_euros_is_a_reconciliation_within_tolerance(
    database: duckdb.DuckDBPyConnection,
) -> None:
    (row,) = database.execute(
        """SELECT difference_eur, declared_eur - base_eur - additional_shares_eur, tolerance_eur, status
           FROM marts.tax_reconciliation WHERE year(year_start) = 2025 AND subject = 'hosts'"""
    ).fetchall()
    assert Decimal(58) <= row[0] <= Decimal(61)
    assert row == (row[0], row[0], Decimal("143.36"), "within_tolerance")


def test_operators_are_not_compared_while_nobody_knows_whether_they_are_gross(
    database: duckdb.DuckDBPyConnection,
) -> None:
    statuses = database.execute(
        "SELECT DISTINCT status, amounts FROM marts.tax_reconciliation WHERE subject <> 'hosts'"
    ).fetchall()
    assert statuses == [("unknown_gross_or_net", "unknown")]
    warnings = database.execute(
        "SELECT DISTINCT warning FROM staging.observed_tourist_tax WHERE dimension = 'Airbnb'"
    ).fetchall()
    assert warnings == [("unknown_gross_or_net",)]


def test_every_ledger_balances_and_tells_its_total_lines_corrections_and_strays(
    database: duckdb.DuckDBPyConnection,
) -> None:
    ledger = database.execute(
        """SELECT file, rows_read - rows_loaded, rows_filtered, rows_quarantined, message FROM quality.load
           WHERE rows_read <> rows_loaded OR message <> '' ORDER BY file"""
    ).fetchall()
    booking = [
        (f"booking-{year}-S{half}.csv", 1, 1, 0, "lignes écartées : total_line 1")
        for year in (2024, 2025)
        for half in (1, 2)
    ]
    assert ledger == [
        *booking,
        ("declarations-2025-T2-correction.csv", 0, 0, 0, "remplace 18 lignes de declarations-2025-T2.csv"),
        ("declarations-2025-T3.xlsx", 1, 0, 1, ""),
    ]


def test_no_name_or_address_of_a_host_is_anywhere_in_the_database(
    demo: Home, database: duckdb.DuckDBPyConnection
) -> None:
    tables = database.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
    ).fetchall()
    found = [
        f"{schema}.{table}"
        for schema, table in tables
        for text in [str(database.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall())]
        if "Dargelos" in text or "chemin de la Fontaine" in text
    ]
    assert found == []
    assert any(b"Dargelos" in p.read_bytes() for p in (demo.archive / "tourist_tax").iterdir())


def test_marts_tell_no_lodging_and_no_small_cell(database: duckdb.DuckDBPyConnection) -> None:
    columns = database.execute(
        """SELECT table_name, column_name FROM duckdb_columns()
           WHERE schema_name = 'marts' AND column_name IN ('lodging_id', 'host_id', 'registration_number')"""
    ).fetchall()
    assert columns == []
    small = database.execute(
        """SELECT count(*) FROM marts.tax_declaration_month AS cell JOIN (
               SELECT month_start, municipality_code, nature, category, count(DISTINCT host_id) AS hosts
               FROM staging.tax_declaration_line GROUP BY ALL) AS line
           USING (month_start, municipality_code, nature, category)
           WHERE hosts < 3 AND NOT (is_suppressed AND declared_eur IS NULL AND host_count IS NULL)"""
    ).fetchall()
    assert small == [(0,)]
    told = database.execute(
        "SELECT count(*) > 0 FROM marts.tax_declaration_month WHERE declared_eur > 0"
    ).fetchall()
    assert told == [(True,)]


def test_other_raw_rows_give_other_figures(
    demo: Home, office: Office, tmp_path: Path, database: duckdb.DuckDBPyConnection
) -> None:
    before = _figures(database)
    database.close()
    generate(tmp_path, 2025)
    source = tmp_path / "tourist_tax" / "declarations-2025-T4.csv"
    heading, *lines = source.read_text(encoding="utf-8").splitlines()
    line = next(x for x in lines if ";1 étoile;" in x and ";01/10/2025;" in x)
    cells = line.split(";")
    more = str(int(cells[14]) + 100)
    changed = [*cells[:14], more, cells[15], str(int(cells[16]) + 100), *cells[17:]]
    target = demo.inbox / "tourist_tax" / "declarations-2025-T4-correction.csv"
    target.write_text(f"{heading}\n{';'.join(changed)}\n", encoding="utf-8")
    statement = tmp_path / "tourist_tax" / "booking-2025-S2.csv"
    halved = statement.read_bytes().splitlines(keepends=True)
    (demo.inbox / "tourist_tax" / "booking-2025-S2.csv").write_bytes(b"".join(halved[:2]))
    for path in (demo.inbox / "tourist_tax").iterdir():
        os.utime(path, (AS_OF.timestamp(), AS_OF.timestamp()))
    _night(demo, office)
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        after = _figures(connection)
    # 100 person-nights more at 0.78 are 78.00 of base; what was declared did not change.
    assert after["tax_share", "department"] - before["tax_share", "department"] == Decimal("7.80")
    assert after["tax_share", "gpso"] - before["tax_share", "gpso"] == Decimal("26.52")
    declared = ("tax_declared", "without_digital_operators")
    assert after[declared] == before[declared]
    # A statement replaces the whole of the one before.
    assert after["tax_declared", "Booking"] < before["tax_declared", "Booking"]


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    def written(name: str, seed: int) -> dict[str, bytes]:
        generate(tmp_path / name, seed)
        return {p.name: p.read_bytes() for p in (tmp_path / name / "tourist_tax").iterdir()}

    first: dict[str, Any] = written("first", 1)
    assert first == written("second", 1)
    assert first != written("third", 2)
