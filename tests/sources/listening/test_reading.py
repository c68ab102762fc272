"""Entries of the listening register, by the workbook and by GLPI: dates and states, none of the text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"
ENTRY = ("entry_number", "entered_on", "origin", "nature", "theme", "status", "resolved_on", "is_taken_up")


def test_an_entry_of_the_workbook_is_loaded_once_for_each_of_its_natures(read_source: ReadSource) -> None:
    found = read_source("listening", FIXTURES / "ecoute-2025.csv")
    july, settled = date(2025, 7, 17), date(2025, 7, 4)
    assert found.rows(*ENTRY) == [
        ("E25-014", date(2025, 7, 3), "external", "incident", "motorhome_area", "resolved", settled, None),
        ("E25-015", july, "internal", "suggestion", "signage", "new", None, True),
        ("E25-015", july, "internal", "positive_remark", None, "closed_without_action", None, None),
    ]  # fmt: skip
    assert found.rows("site", "due_on") == [
        ("ile-saint-martin", date(2025, 7, 5)), ("auch", date(2026, 1, 30)), ("auch", None),
    ]  # fmt: skip


def test_an_incident_of_glpi_is_loaded_and_a_request_for_something_new_is_not(
    read_source: ReadSource,
) -> None:
    found = read_source("listening", FIXTURES / "glpi-2025.csv")
    assert found.rows("register", *ENTRY[:-2], "resolved_on") == [
        (
            "glpi",
            "5 732 943",
            date(2025, 1, 5),
            "internal",
            "incident",
            "motorhome_area",
            "waiting_for_provider",
            None,
        ),
        (
            "glpi",
            "5 732 950",
            date(2025, 1, 6),
            "internal",
            "incident",
            "premises",
            "resolved",
            date(2025, 1, 26),
        ),
    ]
    assert found.reading.account.rows_filtered == 1


@pytest.mark.parametrize("file", ["ecoute-2025.csv", "glpi-2025.csv"])
def test_no_description_and_no_name_is_loaded(read_source: ReadSource, file: str) -> None:
    (path,) = read_source("listening", FIXTURES / file).reading.tables.values()
    rows = str(duckdb.execute(f"FROM read_parquet('{path}')").fetchall())
    assert not [word for word in ("Quidam", "Panneau", "Prestataire", "Borne", "X Y") if word in rows]
