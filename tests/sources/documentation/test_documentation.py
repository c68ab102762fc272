"""Editions and movements of the documentation stock, as the workbook writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from demo.workbooks import Cell, workbook
from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"


def test_editions_are_read_and_their_total_line_is_none(read_source: ReadSource) -> None:
    read = read_source("documentation", FIXTURES / "editions-2025.csv")
    columns = ("edition_code", "edition_year", "printed_count", "cost_excluding_tax_eur", "threshold_count")
    assert read.rows(*columns) == [
        ("MAG25-FR", 2025, 8000, Decimal(6400), 500),
        ("MAG25-EN", 2025, 2000, Decimal(1900), None),
    ]
    assert read.reading.account.rows_filtered == 1


def test_two_equal_movements_of_a_day_are_two_and_keep_their_order(read_source: ReadSource) -> None:
    read = read_source("documentation", FIXTURES / "mouvements-2025.csv")
    assert read.rows("moved_on", "row_rank", "movement_kind", "copies_count", "partner") == [
        (date(2025, 6, 2), 1, "reception", 8000, None),
        (date(2025, 6, 10), 1, "delivery", 150, "Camping A"),
        (date(2025, 6, 10), 2, "delivery", 150, "Camping A"),
        (date(2025, 6, 13), 1, "inventory", 7650, None),
    ]


def test_a_quantity_in_boxes_is_no_number_of_copies(read_source: ReadSource) -> None:
    text = (FIXTURES / "mouvements-2025.csv").read_text(encoding="utf-8").replace(";7650;", ";12 cartons;")
    read = read_source("documentation", text, "mouvements.csv")
    assert read.faults() == [(5, "Quantité", "not_a_number")]


def test_the_partner_of_a_faulty_row_is_in_no_message(read_source: ReadSource) -> None:
    text = (FIXTURES / "mouvements-2025.csv").read_text(encoding="utf-8").replace("13/06/2025", "31/06/2025")
    read = read_source("documentation", text.replace("7650;", "7650;Jeanne Martin"), "mouvements.csv")
    assert read.reading.account.rows_quarantined == 1
    assert "Martin" not in read.reading.account.message


def test_one_workbook_fills_both_tables(read_source: ReadSource) -> None:
    sheets: dict[str, list[list[Cell]]] = {
        "Éditions": [["Code", "Édition", "Seuil d'alerte"], ["PLAN", "Plan", 50]],
        "Mouvements": [
            ["Date", "Code", "Mouvement", "Quantité", "Partenaire"],
            [date(2025, 6, 2), "PLAN", "jeté", 3, None],
        ],
    }
    read = read_source("documentation", workbook(sheets), "stock-documentation.xlsx")
    assert read.reading.account.kind == "stock"
    assert set(read.reading.tables) == {"documentation_editions", "documentation_movements"}
    assert read.reading.account.rows_loaded == 2
    assert read.reading.account.message == ""
