"""The three sheets of the equipment workbook: visits by opening day, sessions, rentals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"
VISITS = "equipements-visites-2025.csv"


def test_a_day_is_loaded_and_what_was_not_counted_is_no_zero(read_source: ReadSource) -> None:
    found = read_source("equipment", FIXTURES / VISITS)
    assert found.rows("site", "local_date", "is_open", "paid_count", "free_count", "event") == [
        ("tresor", date(2025, 9, 20), True, 0, 412, "heritage_days"),
        ("tresor", date(2025, 9, 21), True, 0, 415, "heritage_days"),
        ("tresor", date(2025, 9, 23), True, None, None, None),
        ("tresor", date(2025, 9, 24), False, 0, 0, None),
    ]


def test_a_session_and_a_rental_are_loaded(read_source: ReadSource) -> None:
    sessions = read_source("equipment", FIXTURES / "equipements-seances-2025.csv")
    assert sessions.rows("site", "local_date", "offered_count", "participant_count", "is_cancelled") == [
        ("escape-dartagnan", date(2025, 7, 13), 6, 4, False),
        ("escape-dartagnan", date(2025, 7, 13), 6, 0, True),
    ]
    rentals = read_source("equipment", FIXTURES / "equipements-locations-2025.csv")
    assert rentals.rows("site", "rented_on", "duration_hours", "amount_eur") == [
        ("auch", date(2025, 7, 13), 4.0, Decimal("20")),
        ("auch", date(2025, 7, 14), 1.5, Decimal("10")),
    ]


def test_a_day_that_stands_twice_with_other_counts_is_in_conflict(read_source: ReadSource) -> None:
    text = (FIXTURES / VISITS).read_text().replace("21/09/2025", "20/09/2025")
    assert [(line, rule) for line, _, rule in read_source("equipment", text, VISITS).faults()] == [
        (3, "conflicting_key")
    ]


def test_a_place_that_the_office_has_not_is_a_faulty_cell(read_source: ReadSource) -> None:
    text = (FIXTURES / VISITS).read_text().replace(";Trésor de la cathédrale;", ";Donjon;")
    assert [(line, rule) for line, _, rule in read_source("equipment", text, VISITS).faults()] == [
        (3, "unknown_site")
    ]


@pytest.mark.parametrize(("schools", "faults"), [(412, []), (413, [(2, "exceeds_whole")])])
def test_a_part_is_never_more_than_its_whole(
    schools: int, faults: list[tuple[int, str]], read_source: ReadSource
) -> None:
    """Of 412 entries of the heritage days 412 at most were those of schools."""
    heading = (FIXTURES / VISITS).read_text().splitlines()[0].split(";")
    lines = [line.split(";") for line in (FIXTURES / VISITS).read_text().splitlines()[1:]]
    lines[0][heading.index("dont scolaires")] = str(schools)
    text = "\n".join(";".join(line) for line in [heading, *lines]) + "\n"
    assert [(line, rule) for line, _, rule in read_source("equipment", text, VISITS).faults()] == faults


def test_the_national_file_tells_each_museum_and_year_once(read_source: ReadSource) -> None:
    read = read_source("equipment", FIXTURES / "frequentation-musees.csv")
    assert read.rows(
        "museum_id", "year", "municipality_code", "visitor_count", "school_count", "under_18_count"
    ) == [
        ("M0001", 2023, "32013", 2000, 350, 210),
        ("M0001", 2024, "32013", 2150, 380, None),
        ("M0002", 2024, "01053", None, None, None),
    ]
    assert read.reading.account.message == ""
