"""Lines of the tills, of any tool: amounts of a line, what was given back negative, nobody's name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.refusals import refused
from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"
HEADING = "Date;Ticket;Ligne;Article;Famille;Quantité;Montant TTC;TVA;Prix d'achat;Mode\n"
ROW = "02/07/2025;T1001;1;Carte postale Gers;Cartes;2;3,20;0,53;0,30;Carte\n"
NAME = "boutique-auch-2025-07.csv"


def test_lines_of_the_till_are_read_for_the_place_of_the_file_s_name(read_source: ReadSource) -> None:
    read = read_source("shop", FIXTURES / NAME)
    columns = ("site", "local_date", "receipt", "product", "quantity", "amount_eur", "unit_cost_eur")
    assert read.rows(*columns)[:1] == [
        ("auch", date(2025, 7, 2), "T1001", "Carte postale Gers", 2.0, Decimal("3.20"), Decimal("0.30"))
    ]  # fmt: skip


def test_what_is_given_back_is_negative(read_source: ReadSource) -> None:
    read = read_source("shop", HEADING + ROW.replace(";2;3,20;0,53", ";-2;-3,20;-0,53"), NAME)
    assert read.rows("quantity", "amount_eur", "vat_eur") == [(-2.0, Decimal("-3.20"), Decimal("-0.53"))]


def test_the_total_of_a_day_is_compared_and_not_counted(read_source: ReadSource) -> None:
    total = "Total du jour;;;;;;3,40;;;\n"
    account = read_source("shop", HEADING + ROW + total, NAME).reading.account
    assert (account.rows_loaded, account.rows_filtered) == (1, 1)
    assert [(c.stated, c.loaded) for c in account.controls] == [(Decimal("3.40"), Decimal("3.20"))]


def test_stock_is_read_as_it_was_counted(read_source: ReadSource) -> None:
    read = read_source("shop", FIXTURES / "boutique-stock.csv")
    columns = ("site", "counted_date", "product_code", "unit_cost_eur", "stock_count", "threshold_count")
    assert read.rows(*columns) == [("auch", date(2025, 12, 31), "CP01", Decimal("0.30"), 140, 50)]


def test_an_amount_with_a_point_is_no_amount_of_this_workbook(read_source: ReadSource) -> None:
    assert read_source("shop", HEADING + ROW + ROW.replace("3,20", "3.20"), NAME).faults() == [
        (3, "Montant TTC", "not_a_number")
    ]


@pytest.mark.parametrize("content", [HEADING.replace("Ticket;", "") + ROW.replace("T1001;", ""), ""])
def test_a_file_without_receipts_is_refused(read_source: ReadSource, content: str) -> None:
    with refused(r"Ticket|vide"):
        read_source("shop", content, NAME)


# --- SumUp and Odoo --------------------------------------------------------------------------------------

SUMUP = (
    "Date,Type,Réf. transaction,Moyen de paiement,Quantité,Description,Catégorie,SKU,Devise,"
    "Prix avant réduction,Réduction,Prix (TTC),Prix (HT),TVA,Taux de TVA,Compte,Motif du remboursement\n"
)
SALE = (
    '2 juil. 2025 10:12,Vente,TAAAA00001,Visa - Débit,2,Carte postale Gers,Cartes,,EUR,"3,20","0,00","3,20",'
    '"2,67","0,53",20,jeanne@exemple.fr,\n'
)
REFUND = (
    '2 juil. 2025 10:31,Remboursement,TAAAA00002,Espèces,1,Magnet,Souvenirs,,EUR,"4,00","0,00","4,00",'
    '"3,33","0,67",20,boutique,Erreur\n'
)


def test_sumup_s_report_gives_back_what_its_type_says(read_source: ReadSource) -> None:
    read = read_source("shop", SUMUP + SALE + REFUND, "boutique-auch-2025-07.csv")
    columns = ("local_date", "receipt", "line_rank", "product", "quantity", "line_kind", "method")
    assert read.rows(*columns) == [
        (date(2025, 7, 2), "TAAAA00001", 1, "Carte postale Gers", 2.0, "sale", "card"),
        (date(2025, 7, 2), "TAAAA00002", 1, "Magnet", -1.0, "refund", "cash"),
    ]
    assert read.rows("amount_eur", "vat_rate_pct") == [(Decimal("3.20"), 20), (Decimal("-4.00"), 20)]
    assert "exemple" not in str(read.rows("*"))


def test_a_refund_of_sumup_s_that_is_negative_already_is_quarantined(read_source: ReadSource) -> None:
    refund = REFUND.replace('"4,00","3,33"', '"-4,00","3,33"')
    assert read_source("shop", SUMUP + SALE + refund, "boutique-auch-2025-07.csv").faults() == [
        (3, "Prix (TTC)", "negative")
    ]


def test_sumup_s_lines_of_a_till_without_vat_have_no_rate(read_source: ReadSource) -> None:
    sale = SALE.replace('"2,67","0,53",20', '"3,20","0,00",')
    assert read_source("shop", SUMUP + sale, "boutique-auch-2025-07.csv").rows("vat_eur", "vat_rate_pct") == [
        (None, None)
    ]


def test_an_amount_typed_without_an_article_is_known_as_such(read_source: ReadSource) -> None:
    sale = SALE.replace("Carte postale Gers", "Montant personnalisé").replace(",2,", ",,", 1)
    read = read_source("shop", SUMUP + sale, "boutique-auch-2025-07.csv")
    assert read.rows("product", "quantity") == [("custom_amount", None)]


def test_sumup_s_report_in_english_is_read_by_its_headings(read_source: ReadSource) -> None:
    text = (
        "Account,Date,Time,Type,Transaction ID,Receipt Number,Payment Method,Quantity,Description,Currency,"
        "Price (Gross),Price (Net),Tax,Tax rate,Transaction refunded\n"
        "a@b.ch,17.04.23,10:12,Sales,TAAA1,S1,Mastercard - Credit,1,Mug,EUR,11.90,9.92,1.98,20%,\n"
        "a@b.ch,17.04.23,10:12,Sales,TAAA1,S1,Mastercard - Credit,2,Card,EUR,3.20,2.67,0.53,20%,\n"
    )
    read = read_source("shop", text, "boutique-auch-2023.csv")
    assert read.rows("local_date", "receipt", "line_rank", "amount_eur", "vat_eur") == [
        (date(2023, 4, 17), "TAAA1", 1, Decimal("11.90"), Decimal("1.98")),
        (date(2023, 4, 17), "TAAA1", 2, Decimal("3.20"), Decimal("0.53")),
    ]


ODOO = (
    "name,pos_reference,date_order,session_id,state,amount_tax,amount_total,lines/product_id,lines/qty,"
    "lines/price_unit,lines/discount,lines/price_subtotal,lines/price_subtotal_incl,"
    "lines/total_cost,lines/margin\n"
)


def test_odoo_s_lines_have_the_order_of_the_line_above_and_the_local_day(read_source: ReadSource) -> None:
    text = (
        ODOO + "Boutique/0001,1,2025-07-02 22:30:00,1,done,2.5,15.1,Mug,1,11.9,0,9.92,11.9,6,3.92\n"
        ",,,,,,,Carte,2,1.6,0,2.67,3.2,0.6,2.07\n"
        "Boutique/0001 REMBOURSEMENT,2,2025-07-03 08:00:00,POS/1,paid,-0.5,-1.6,Carte,-1,1.6,0,-1.33,-1.6,"
        "-0.3,-1.03\n"
        "Boutique/0003,Order 3,2025-07-03 09:00:00,POS/1,draft,0.5,1.6,Carte,1,1.6,0,1.33,1.6,0.3,1.03\n"
        ",,,,,,,Carte,1,1.6,0,1.33,1.6,0.3,1.03\n"
    )
    read = read_source("shop", text, "boutique-auch-2025-07.csv")
    assert read.rows("local_date", "receipt", "line_rank", "quantity", "net_eur", "cost_eur") == [
        (date(2025, 7, 3), "Boutique/0001", 1, 1.0, Decimal("9.92"), Decimal(6)),
        (date(2025, 7, 3), "Boutique/0001", 2, 2.0, Decimal("2.67"), Decimal("0.6")),
        (date(2025, 7, 3), "Boutique/0001 REMBOURSEMENT", 1, -1.0, Decimal("-1.33"), Decimal("-0.3")),
    ]  # fmt: skip
    assert read.reading.account.rows_filtered == 2
