"""Tickets of the workbook, HelloAsso and Billetweb: what is loaded, what is left out, and that no name is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.refusals import refused
from tests.sources.conftest import ReadSource
from warehouse.words.shapes import plain

FIXTURES = Path(__file__).parent / "fixtures"
SALE = ("sold_on", "site", "ticket_kind", "ticket_count", "amount_eur", "is_cancelled")


def test_a_sale_of_the_workbook_is_loaded_with_its_value_and_its_site(read_source: ReadSource) -> None:
    found = read_source("ticketing", FIXTURES / "billetterie-2025.csv")
    assert found.rows("scope", *SALE, "commission_eur") == [
        ("2025", date(2025, 7, 2), "auch", "heritage", 2, Decimal("12"), False, None),
        ("2025", date(2025, 7, 4), "auch", "show", 2, Decimal("1050"), False, Decimal("2.5")),
        ("2025", date(2025, 7, 25), "auch", "show", 1, Decimal("25"), True, Decimal("1.25")),
    ]
    assert found.reading.account.rows_filtered == 1  # the total line


def test_a_refused_ticketing_is_its_day(read_source: ReadSource) -> None:
    found = read_source("ticketing", FIXTURES / "refus-2025.csv")
    assert list(found.reading.tables) == ["ticketing_refusals"]
    assert found.rows("scope", "refused_on") == [("2025", date(2025, 5, 12)), ("2025", date(2025, 5, 13))]


def test_a_ticket_of_helloasso_counts_when_it_is_valid_and_its_event_is_its_scope(
    read_source: ReadSource,
) -> None:
    found = read_source("ticketing", FIXTURES / "helloasso-spectacle-jazz-en-juillet.csv")
    scope = "helloasso-spectacle-jazz-en-juillet"
    assert found.rows("scope", "ticket_number", *SALE) == [
        (scope, "90000001", date(2025, 7, 2), None, "show", 1, Decimal("12"), False),
        (scope, "90000002", date(2025, 7, 13), None, "show", 1, None, False),
    ]
    assert "not_valid 1" in plain(found.reading.account.message)


def test_a_ticket_of_billetweb_counts_when_it_is_paid_on_the_day_of_its_event(
    read_source: ReadSource,
) -> None:
    found = read_source("ticketing", FIXTURES / "billetweb-spectacle-theatre.csv")
    assert found.rows(*SALE) == [
        (date(2025, 7, 12), None, "show", 1, Decimal("12.5"), False),
        (date(2025, 7, 13), None, "show", 1, Decimal("12.5"), True),
    ]
    assert "not_paid 1" in plain(found.reading.account.message)


def test_a_row_of_weezevent_is_a_ticket_also_when_two_are_alike(read_source: ReadSource) -> None:
    found = read_source("ticketing", FIXTURES / "weezevent-visite-cathedrale.csv")
    full = (date(2025, 7, 2), None, "tour", 1, Decimal(6), False)
    assert found.rows(*SALE) == [full, full, (date(2025, 7, 15), None, "tour", 1, None, False)]
    assert found.reading.account.message == ""


def test_a_line_of_bizouk_counts_its_own_amount_and_never_the_order_s(read_source: ReadSource) -> None:
    found = read_source("ticketing", FIXTURES / "bizouk-spectacle-festival.csv")
    assert found.rows("ticket_count", "amount_eur", "commission_eur") == [
        (2, Decimal(50), None), (1, Decimal(20), None),
    ]  # fmt: skip
    assert found.faults() == [(4, "Statut de la commande", "unknown_status")]


@pytest.mark.parametrize(
    "file", ["helloasso-spectacle-jazz-en-juillet.csv", "billetweb-spectacle-theatre.csv"]
)
def test_no_name_and_no_address_is_loaded(read_source: ReadSource, file: str) -> None:
    found = read_source("ticketing", FIXTURES / file)
    (path,) = found.reading.tables.values()
    assert "example.test" not in str(duckdb.execute(f"FROM read_parquet('{path}')").fetchall())


def test_a_status_that_nobody_knows_is_a_faulty_cell_and_no_lost_ticket(read_source: ReadSource) -> None:
    text = (FIXTURES / "helloasso-spectacle-jazz-en-juillet.csv").read_text().replace("Remboursé", "Bizarre")
    found = read_source("ticketing", text, "helloasso-spectacle-jazz.csv")
    assert [(line, rule) for line, _, rule in found.faults()] == [(4, "unknown_status")]


@pytest.mark.parametrize("name", ["helloasso-jazz.csv", "billetterie.csv"])
def test_a_file_whose_name_tells_neither_year_nor_kind_is_refused(read_source: ReadSource, name: str) -> None:
    file = "billetterie-2025.csv" if name == "billetterie.csv" else "helloasso-spectacle-jazz-en-juillet.csv"
    with refused("ne dit pas"):
        read_source("ticketing", (FIXTURES / file).read_bytes(), name)


def test_a_kind_that_nobody_knows_is_told_and_loaded_as_other(read_source: ReadSource) -> None:
    text = (FIXTURES / "billetterie-2025.csv").read_text().replace("PAH;03", "Atelier;03")
    assert read_source("ticketing", text, "billetterie-2025.csv").rows("ticket_kind")[0] == ("other",)
