"""The budget in its three forms: workbook, SCDL and the XML of Actes budgétaires."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.refusals import refused
from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"

COLUMNS = ("document_kind", "recorded_in", "budget", "section", "direction", "chapter", "article")


def test_the_workbook_is_an_account(read_source: ReadSource) -> None:
    read = read_source("finance", FIXTURES / "budget-2025.csv")
    assert read.rows(*COLUMNS, "realised_eur") == [
        ("account", "workbook", "main", "operating", "receipt", "70", "7078", Decimal(25141)),
        ("account", "workbook", "main", "operating", "expense", "011", "6064", Decimal("980.55")),
        ("account", "workbook", "main", "investment", "expense", "001", "001", Decimal(500)),
    ]
    assert read.reading.account.rows_filtered == 1


def test_scdl_says_its_section_and_an_empty_amount_stays_empty(read_source: ReadSource) -> None:
    read = read_source("finance", FIXTURES / "scdl-budget-2025.csv")
    assert read.rows(*COLUMNS, "operation_kind", "realised_eur") == [
        ("account", "scdl", "00000000000000", "operating", "receipt", "70", "7078", "real", Decimal(25141)),
        ("account", "scdl", "00000000000000", "investment", "receipt", "040", "28183", "order", None),
    ]
    assert read.reading.account.message == ""


def test_the_section_of_the_xml_follows_from_the_article(read_source: ReadSource) -> None:
    read = read_source("finance", FIXTURES / "document-budgetaire-2025.xml")
    assert read.rows("section", "direction", "article", "operation_kind", "realised_eur") == [
        ("operating", "receipt", "7078", "real", Decimal(25141)),
        ("investment", "receipt", "28183", "order", Decimal("100.5")),
        ("operating", "expense", "6811", "order", Decimal("100.5")),
        ("operating", "receipt", "002", "real", Decimal(7)),
        ("investment", "receipt", "021", "order", None),
    ]
    assert set(read.rows("fiscal_year", "recorded_in", "budget")) == {(2025, "xml", "00000000000000")}


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('MtReal V="25141.00"', 'MtReal V="25 141,00"', (1, "MtReal", "not_a_number")),
        ('Nature V="7078"', 'Nature V="7E+3"', (1, "Nature", "misformed_code")),
        ('CodRD V="R"', 'CodRD V="X"', (1, "CodRD", "unknown_sign")),
    ],
)
def test_a_line_of_the_xml_that_cannot_be_read_is_quarantined(
    read_source: ReadSource, right: str, wrong: str, fault: tuple[int, str, str]
) -> None:
    text = (FIXTURES / "document-budgetaire-2025.xml").read_bytes().decode("iso-8859-1")
    read = read_source("finance", text.replace(right, wrong, 1).encode("iso-8859-1"), "budget.xml")
    assert read.faults() == [fault]
    assert read.reading.account.rows_loaded == 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[: len(text) // 2], "abîmé|endommagé|tronqué|illisible"),
        (lambda _: "<autre/>", "Document budgétaire"),
        (lambda text: text.replace('NatDec V="09"', 'NatDec V="77"'), "Document budgétaire"),
        (
            lambda text: text.replace(
                "</DocumentBudgetaire>",
                '<Budget><EnTeteBudget><IdEtab V="1"/></EnTeteBudget></Budget></DocumentBudgetaire>',
            ),
            "d'un seul budget",
        ),
    ],
    ids=["cut", "other root", "unknown kind", "two budgets"],
)
def test_an_xml_that_is_no_whole_document_is_refused(
    read_source: ReadSource, change: Callable[[str], str], told: str
) -> None:
    text = (FIXTURES / "document-budgetaire-2025.xml").read_bytes().decode("iso-8859-1")
    with refused(told):
        read_source("finance", change(text).encode("iso-8859-1"), "budget.xml")


def test_a_document_tells_its_account_plan(read_source: ReadSource) -> None:
    text = (FIXTURES / "document-budgetaire-2025.xml").read_text(encoding="latin-1")
    changed = text.replace('<Nomenclature V="M4"/>', '<Nomenclature V="M57_A"/>').encode("latin-1")
    rows = read_source("finance", changed, "document-budgetaire-2025.xml").rows("DISTINCT account_plan")
    assert rows == [("M57",)]


def test_a_balance_of_the_dgfip_tells_order_operations_apart(read_source: ReadSource) -> None:
    read = read_source("finance", FIXTURES / "balances-comptables-2024.csv")
    assert list(read.reading.tables) == ["published_balances"]
    assert read.rows("account_plan", "account", "net_debit_eur", "net_credit_eur", "order_debit_eur") == [
        ("M4", "6063", Decimal("1520.5"), 0, 0),
        ("M4", "6811", 900, 0, 900),
        ("M4", "7078", 0, 25141, 0),
    ]
    assert read.reading.account.message == ""
