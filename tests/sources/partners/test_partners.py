"""Partners, support, labels and the national file of classed lodgings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"


def test_a_partner_is_a_number_as_the_workbook_stated_it(read_source: ReadSource) -> None:
    read = read_source("partners", FIXTURES / "partenaires.csv", "partenaires-2026-01-05.csv")
    assert read.rows("partner_id", "stated_on", "partner_kind", "fee_eur", "partner_status") == [
        ("P001", date(2026, 1, 5), "lodging", Decimal(60), "active"),
        ("P002", date(2026, 1, 5), "restaurant", None, "former"),
    ]
    assert read.reading.account.message == ""


def test_support_is_read_without_its_result(read_source: ReadSource) -> None:
    read = read_source("partners", FIXTURES / "accompagnements.csv")
    assert read.rows("supported_on", "partner_id", "support_kind", "duration_hours") == [
        (date(2025, 5, 12), "P001", "familiarisation_tour", 7.0),
        (date(2025, 5, 13), "P002", "advice", 1.5),
    ]


def test_a_label_without_a_due_day_is_kept_as_a_missing_date(read_source: ReadSource) -> None:
    read = read_source("partners", FIXTURES / "labels.csv")
    assert read.rows("label", "due_on", "label_status") == [
        ("classification", date(2028, 6, 19), "held"),
        ("accueil_velo", None, "held"),
    ]


def test_atout_france_writes_none_as_a_dash(read_source: ReadSource) -> None:
    read = read_source(
        "partners", FIXTURES / "hebergements_classes.csv", "hebergements_classes-2026-01-05.csv"
    )
    columns = ("lodging_kind", "postal_code", "capacity_count", "room_count", "pitch_count", "is_extended")
    assert read.rows(*columns) == [
        ("hotel", "32000", 62, 37, None, False),
        ("campsite", "32410", 300, None, 100, True),
    ]
    assert read.reading.account.message == ""


@pytest.mark.parametrize("word", ["5 étoiles", "x"])
def test_a_capacity_that_is_no_number_is_quarantined(read_source: ReadSource, word: str) -> None:
    text = (FIXTURES / "hebergements_classes.csv").read_text(encoding="utf-8").replace(";62;", f";{word};")
    read = read_source("partners", text, "hebergements_classes.csv")
    assert [rule for _, _, rule in read.faults()] == ["not_a_number"]


def test_insee_is_read_by_headings_that_end_in_the_year(read_source: ReadSource) -> None:
    read = read_source("partners", FIXTURES / "base-cc-tourisme-2021-geo2022.csv")
    columns = ("year", "municipality_code", "hotel_count", "hotel_room_count", "campsite_pitch_count")
    assert read.rows(*columns, "hostel_bed_count") == [
        (2021, "32013", 6, 212, 60, 24),
        (2021, "2A004", 30, 1212, 600, 24),
    ]


def test_a_code_that_lost_its_zero_is_quarantined(read_source: ReadSource) -> None:
    text = (FIXTURES / "base-cc-tourisme-2021-geo2022.csv").read_text(encoding="utf-8")
    read = read_source("partners", text.replace("32013;Auch", "1004;Ambérieu"), "base-cc-tourisme-2021.csv")
    assert read.faults() == [(5, "CODGEO", "misformed_code")]


def test_labelled_places_are_read_with_the_handicaps_that_their_label_tells_of(
    read_source: ReadSource,
) -> None:
    read = read_source("partners", FIXTURES / "tourisme-handicap.csv", "tourisme-handicap-2026-01-05.csv")
    assert read.rows("label", "trade_name", "postal_code", "obtained_on", "handicaps") == [
        ("tourisme_handicap", "MUSEE EXEMPLE", "32000", date(2023, 6, 19), "hearing,mental"),
        ("tourisme_handicap", "GITE EXEMPLE", "32410", date(2021, 2, 1), "mobility"),
    ]
    assert read.reading.account.message == ""


def test_of_qualite_tourisme_no_day_is_known_and_no_address_is_read(read_source: ReadSource) -> None:
    read = read_source("partners", FIXTURES / "qualite-tourisme.csv", "qualite-tourisme-2026-01-05.csv")
    assert read.rows("label", "trade_name", "obtained_on", "activity") == [
        ("qualite_tourisme", "OFFICE EXEMPLE", None, "Office de tourisme")
    ]
    assert read.reading.account.message == ""
    assert "jeanne" not in str(read.rows("*"))
