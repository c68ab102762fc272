"""Exports of published tables: numbers and days stay such, and no cell of a workbook runs anything."""

from __future__ import annotations

import csv
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest

from reports.exports.selection import Asked, published_tables, select
from reports.exports.writing import sheet_names, write
from tests.reports.exports.small import DANGEROUS, small_version
from warehouse.errors import UsageError


def export(path: Path, *names: str, asked: Asked | None = None) -> int:
    connection = small_version()
    known = published_tables(connection)
    selections = [select(known, name, asked or Asked(), "fr") for name in names]
    return write(connection, selections, path, "fr", ["Vigie, version publiée X."])


def test_a_workbook_holds_numbers_days_and_truths_as_such(tmp_path: Path) -> None:
    assert export(tmp_path / "x.xlsx", "indicator_value") == 3
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["indicator_value"]
    heading, *lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    found = [dict(zip(heading, line, strict=True)) for line in lines]
    year = next(
        one for one in found if one["indicator"] == "counter_passages" and one["period_kind"] == "year"
    )
    assert (year["value"], year["coverage"], year["comparable"]) == (39638.5, 0.72, True)
    assert (year["period_start"], year["refreshed_at"]) == (datetime(2025, 1, 1), datetime(2026, 1, 5, 1, 30))  # noqa: DTZ001
    assert year["warnings"] == "estimated_values"


def test_a_number_of_more_digits_than_a_cell_holds_is_a_text_and_not_another_number(tmp_path: Path) -> None:
    export(tmp_path / "x.xlsx", "indicator_value", asked=Asked(days=(date(2025, 7, 1), date(2025, 7, 31))))
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["indicator_value"]
    assert [cell.value for cell in sheet["H"]] == ["value", "12345678901234.5678"]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    export(tmp_path / "x.xlsx", "site", "indicator_value")
    book = openpyxl.load_workbook(tmp_path / "x.xlsx")
    assert [cell.value for cell in book["site"]["C"]][1:] == list(DANGEROUS)
    assert {cell.data_type for cell in book["site"]["C"]} == {"s"}
    with zipfile.ZipFile(tmp_path / "x.xlsx") as packed:
        content = b"".join(packed.read(name) for name in packed.namelist())
        names = packed.namelist()
    assert b"<f>" not in content
    assert b"hyperlink" not in content
    assert not [name for name in names if "externalLink" in name or "vba" in name.lower()]


def test_the_last_sheet_says_the_version_and_what_the_columns_mean(tmp_path: Path) -> None:
    export(tmp_path / "x.xlsx", "indicator_value")
    *_, last = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets
    lines = [[cell.value for cell in row] for row in last.iter_rows()]
    assert lines[0][2] == "Vigie, version publiée X."
    assert ["marts.indicator_value", "value", "What to print."] in lines


def test_csv_is_the_table_cell_for_cell(tmp_path: Path) -> None:
    export(tmp_path / "x.csv", "marts.indicator_value")
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    published = small_version().execute("FROM marts.indicator_value ORDER BY ALL").fetchall()
    assert [Decimal(row["value"]) for row in rows] == [row[7] for row in published]
    assert [json.loads(row["warnings"]) for row in rows] == [row[10] for row in published]
    assert [row["dimension"] for row in rows] == [row[3] for row in published]
    assert {row["refreshed_at"] for row in rows} == {"2026-01-05T01:30:00Z"}
    assert [row["coverage"] for row in rows] == ["1.0", "0.72", ""]


def test_parquet_has_the_types_of_the_database_and_its_comments(tmp_path: Path) -> None:
    export(tmp_path / "x.parquet", "indicator_value")
    relation = duckdb.read_parquet(str(tmp_path / "x.parquet"))
    with_types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert with_types["value"] == "DECIMAL(18,4)"
    assert with_types["period_start"] == "DATE"
    assert (
        relation.fetchall() == small_version().execute("FROM marts.indicator_value ORDER BY ALL").fetchall()
    )
    described = pq.read_schema(tmp_path / "x.parquet").field("value").metadata
    assert described[b"description"] == b"What to print."


def test_rows_are_filtered_by_indicator_site_and_days(tmp_path: Path) -> None:
    asked = Asked("counter_passages", "auch", (date(2025, 1, 1), date(2025, 12, 31)))
    assert export(tmp_path / "x.csv", "indicator_value", asked=asked) == 2


@pytest.mark.parametrize(
    ("name", "table", "asked", "told"),
    [
        ("x.ods", "site", Asked(), "finit par .xlsx, .csv ou .parquet"),
        ("x.csv", "sites", Asked(), "La table sites n'est pas publiée"),
        ("x.csv", "site", Asked(indicator="sales"), "pas de colonne indicator"),
        ("x.csv", "site", Asked(days=(date(2025, 1, 1), date(2025, 1, 1))), "pas de colonne period_start"),
        ("nowhere/x.csv", "site", Asked(), "n'a pas pu être écrit"),
        ("nowhere/x.xlsx", "site", Asked(), "n'a pas pu être écrit"),
    ],
)
def test_what_cannot_be_exported_is_told(
    name: str, table: str, asked: Asked, told: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=told):
        export(tmp_path / name, table, asked=asked)


def test_a_sheet_has_a_name_of_its_own_that_is_not_too_long() -> None:
    long = "a_table_of_a_name_of_thirty_characters"
    names = sheet_names([f"{long}_one", f"{long}_two", "site", "Site", "meanings"], "Meanings")
    assert names == [long[:31], f"{long[:29]}~2", "site", "Site~2", "meanings~2"]


def test_several_tables_need_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 sont demandées"):
        export(tmp_path / "x.csv", "site", "indicator_value")
