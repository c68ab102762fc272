"""Counts in the national schema: valid by it, and what Vigie exports it reads back equal."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.exports.counting import CHANNEL, MEASURE, SITE, write_counts
from sources.counters.national import HEADINGS
from tests.conftest import SHARED_DATA
from tests.sources.counters.reading import read_file, with_counters
from warehouse.errors import UsageError
from warehouse.office.model import Office

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
SCHEMAS = SHARED_DATA / "counters" / "comptage-mobilites"


def published(longitude: float | None = 0.58) -> duckdb.DuckDBPyConnection:
    """A door that counts both ways with a dead hour, one that counts in alone, and a gate of halves."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA marts")
    connection.execute(
        """CREATE TABLE marts.site AS
           SELECT 'o' AS office, 'auch' AS site, 'Bureau, « accueil »' AS site_name,
                  '32013' AS municipality_code, ?::DOUBLE AS longitude, 43.64::DOUBLE AS latitude""",
        [longitude],
    )
    connection.execute(
        """CREATE TABLE marts.counter AS
           SELECT 'o' AS office, unnest(['door', 'gate', 'in', 'new']) AS counter, 'Porte' AS counter_label,
                  'auch' AS site, CASE WHEN counter <> 'new' THEN TIMESTAMP '2025-03-30 00:00' END
                      AS first_count_at, NULL::TIMESTAMP AS until_at"""
    )
    connection.execute(
        """CREATE TABLE marts.counter_hour AS
           SELECT 'o' AS office, counter, 'auch' AS site, utc_hour, slot_minutes::BIGINT AS slot_minutes,
                  passages::DOUBLE AS passage_count, entries::DOUBLE AS entry_count,
                  exits::DOUBLE AS exit_count,
                  delivered_entries::DOUBLE AS delivered_entry_count,
                  delivered_exits::DOUBLE AS delivered_exit_count
           FROM (VALUES
               ('door', TIMESTAMP '2025-03-30 00:00', 60, 5, 3, 2, 3, 2),
               ('door', TIMESTAMP '2025-03-30 01:00', 60, NULL, NULL, NULL, 0, 0),
               ('door', TIMESTAMP '2025-03-30 02:00', 60, 0, 0, 0, 0, 0),
               ('gate', TIMESTAMP '2025-03-30 00:00', 60, 5, 2.5, 2.5, 2.5, 2.5),
               ('gate', TIMESTAMP '2025-03-29 23:00', 1380, 41, 20.5, 20.5, 20.5, 20.5),
               ('in', TIMESTAMP '2025-03-30 00:00', 60, 9, 9, NULL, 9, NULL)
           ) AS t(counter, utc_hour, slot_minutes, passages, entries, exits, delivered_entries,
                  delivered_exits)"""
    )
    return connection


@pytest.fixture
def folder(office: Office, tmp_path: Path) -> Path:
    assert write_counts(published(), office, AS_OF, tmp_path / "national") == 9
    return tmp_path / "national"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_is_exported_is_read_back_equal(folder: Path, office: Office, tmp_path: Path) -> None:
    declared = with_counters(
        office,
        [
            {"code": "door", "format": "national", "channels": {"door-in": "in", "door-out": "out"}},
            {"code": "gate", "format": "national", "channels": {"gate": "both"}},
            {"code": "in", "format": "national", "channels": {"in-in": "in"}},
        ],
    )
    result = read_file(folder / "measure.csv", declared, tmp_path / "work")
    assert result.sums == (9, 9, 0, 0, 0)
    told = {
        (row["counter"], row["direction"], str(row["start_at"]), str(row["end_at"]), row["passage_count"])
        for row in result.rows
    }
    assert told == {
        ("door", "in", "2025-03-30 00:00:00", "2025-03-30 01:00:00", 3.0),
        ("door", "in", "2025-03-30 01:00:00", "2025-03-30 02:00:00", None),
        ("door", "in", "2025-03-30 02:00:00", "2025-03-30 03:00:00", 0.0),
        ("door", "out", "2025-03-30 00:00:00", "2025-03-30 01:00:00", 2.0),
        ("door", "out", "2025-03-30 01:00:00", "2025-03-30 02:00:00", None),
        ("door", "out", "2025-03-30 02:00:00", "2025-03-30 03:00:00", 0.0),
        ("gate", "both", "2025-03-29 23:00:00", "2025-03-30 22:00:00", 41.0),
        ("gate", "both", "2025-03-30 00:00:00", "2025-03-30 01:00:00", 5.0),
        ("in", "in", "2025-03-30 00:00:00", "2025-03-30 01:00:00", 9.0),
    }  # fmt: skip
    for name, count in (("site.csv", 1), ("channel.csv", 4)):
        assert read_file(folder / name, declared, tmp_path / name).sums == (count, count, 0, 0, 0)


def test_its_columns_are_those_that_vigie_reads(folder: Path) -> None:
    for kind, columns in (("measures", MEASURE), ("channels", CHANNEL), ("sites", SITE)):
        mandatory, optional = HEADINGS[kind]
        assert set(columns) == {*mandatory, *optional}


@pytest.mark.real
@pytest.mark.parametrize("name", ["site", "channel", "measure"])
def test_each_file_is_valid_by_the_schema_itself(name: str, folder: Path) -> None:
    path = SCHEMAS / f"{name}.schema.json"
    if not path.is_file():
        pytest.skip(f"SKIPPED: {path} is not here")
    schema = json.loads(path.read_text(encoding="utf-8"))
    rows = read(folder / f"{name}.csv")
    assert list(rows[0]) == [field["name"] for field in schema["fields"]]
    assert [wrong for row in rows for field in schema["fields"] for wrong in faults(field, row)] == []


def faults(field: dict[str, Any], row: dict[str, str]) -> list[str]:
    """What a table schema says against a cell."""
    cell, limits = row[field["name"]], field.get("constraints", {})
    if cell == "":
        return [f"{field['name']} is missing"] if limits.get("required") else []
    forms = {"string": r".*", "number": r"-?\d+(\.\d+)?", "integer": r"\d+",
             "datetime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}  # fmt: skip
    is_right = (
        re.fullmatch(forms[field["type"]], cell) is not None
        and cell in limits.get("enum", [cell])
        and re.fullmatch(limits.get("pattern", ".*"), cell) is not None
    )
    return [] if is_right else [f"{field['name']}: {cell}"]


def test_a_site_without_coordinates_is_named(office: Office, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="elles manquent pour auch"):
        write_counts(published(longitude=None), office, AS_OF, tmp_path / "national")


def test_an_office_that_counts_nothing_is_told_so(office: Office, tmp_path: Path) -> None:
    connection = published()
    connection.execute("DELETE FROM marts.counter WHERE counter <> 'new'")
    with pytest.raises(UsageError, match="Aucun compteur"):
        write_counts(connection, office, AS_OF, tmp_path / "national")
