"""The two sheets of the groups workbook: what is loaded, and that no client and no guide is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"
FILES = "groupes-dossiers-2025.csv"


def test_a_file_is_loaded_from_its_request_to_its_visit_or_loss(read_source: ReadSource) -> None:
    found = read_source("groups", FIXTURES / FILES)
    assert found.rows(
        "workbook_year", "file_number", "file_kind", "actual_count", "visit_on", "status", "loss_reason",
        "amount_eur", "satisfaction_score",
    ) == [
        (2025, "G25-001", "group", 40, date(2025, 5, 14), "completed", None, Decimal("1120"), 9.0),
        (2025, "G25-002", "group", None, date(2025, 6, 12), "lost", "no_guide_available", None, None),
        (2025, "G25-003", "individual_stay", None, date(2026, 6, 12), "confirmed", None, Decimal("339.3"),
         None),
    ]  # fmt: skip


def test_a_service_is_loaded_with_its_theme(read_source: ReadSource) -> None:
    found = read_source("groups", FIXTURES / "groupes-prestations-2025.csv")
    assert found.rows("file_number", "served_on", "theme", "persons_count") == [
        ("G25-001", date(2025, 5, 14), "Cathédrale", 40),
        ("G25-001", date(2025, 5, 14), "Cœur de ville", 40),
    ]


@pytest.mark.parametrize("file", [FILES, "groupes-prestations-2025.csv"])
def test_no_client_and_no_guide_is_loaded(read_source: ReadSource, file: str) -> None:
    (path,) = read_source("groups", FIXTURES / file).reading.tables.values()
    rows = str(duckdb.execute(f"FROM read_parquet('{path}')").fetchall())
    assert not [name for name in ("Autocariste", "Association", "Famille", "Guide D") if name in rows]


def test_a_number_that_two_files_have_is_in_conflict(read_source: ReadSource) -> None:
    text = (FIXTURES / FILES).read_text().replace("G25-002", "G25-001")
    assert [(line, rule) for line, _, rule in read_source("groups", text, FILES).faults()] == [
        (3, "conflicting_key")
    ]


def test_a_request_of_days_to_come_is_a_faulty_cell_and_a_visit_is_none(read_source: ReadSource) -> None:
    text = (FIXTURES / FILES).read_text().replace("20/12/2025;séjour", "20/12/2026;séjour")
    assert [(line, rule) for line, _, rule in read_source("groups", text, FILES).faults()] == [
        (4, "date_in_the_future")
    ]
