"""Every faulty cell of a file leads back to its place, with what is expected there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from sources.reading import fields
from sources.reading.delimited import open_delimited
from sources.reading.faults import cell_name, faults_of, found, place, remedy
from sources.reading.heading import Heading
from sources.reading.judging import read_strictly
from sources.reading.rows import TextRows, connect
from sources.staged import Quarantined
from tests.sources.reading.opening import open_sheet
from warehouse.words.messages import LANGUAGES, catalogue

HEADING = Heading({"name": ("Nom",), "count": ("Entrées",), "way": ("Sens",)}, frozenset({"name", "count"}))
FIELDS = [
    fields.text("name", "name", required=True),
    fields.whole("count", "count", required=True),
    fields.category("way", "way", {"Entrée": "in", "Sortie": "out"}),
]
ROWS: list[list[Any]] = [
    ["Nom", "Vide", "Sens", "Entrées"],
    ["A", None, "Entre", 3],
    ["B", None, "Sortie", "x"],
    [None, 1, "Sortie", -2],
]


TYPES = {"name": "VARCHAR", "count": "BIGINT", "way": "VARCHAR"}


def faults(connection: duckdb.DuckDBPyConnection, rows: TextRows, work: Path) -> list[Quarantined]:
    account = read_strictly(connection, rows, FIELDS, TYPES, (), "counts", work).account
    assert (account.rows_loaded, account.rows_quarantined) == (1, 2)
    return faults_of((*account.quarantine, *account.beside))


@pytest.fixture
def of_workbook(tmp_path: Path) -> list[Quarantined]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Ventes"
    sheet.append(["Ventes de juillet"])
    for row in ROWS:
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    with connect(tmp_path) as connection:
        rows = open_sheet(connection, tmp_path / "a.xlsx", "a.xlsx", HEADING)
        return faults(connection, rows, tmp_path)


@pytest.fixture
def of_text(tmp_path: Path) -> list[Quarantined]:
    text = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in ROWS)
    (tmp_path / "a.csv").write_text(f"Ventes de juillet\n{text}\n")
    with connect(tmp_path) as connection:
        rows = open_delimited(connection, tmp_path / "a.csv", "a.csv", HEADING, tmp_path)
        return faults(connection, rows, tmp_path)


def test_each_faulty_cell_of_a_workbook_is_named_by_sheet_and_cell(of_workbook: list[Quarantined]) -> None:
    assert [(place(one, "fr"), one.rule) for one in of_workbook] == [
        ("feuille « Ventes », cellule C3", "unknown_word"),
        ("feuille « Ventes », cellule D4", "not_a_number"),
        ("feuille « Ventes », cellule A5", "missing_value"),
        ("feuille « Ventes », cellule D5", "negative"),
    ]


def test_each_faulty_cell_of_a_text_is_named_by_line_and_column(of_text: list[Quarantined]) -> None:
    assert [(place(one, "fr"), one.rule) for one in of_text] == [
        ("ligne 3, colonne « Sens »", "unknown_word"),
        ("ligne 4, colonne « Entrées »", "not_a_number"),
        ("ligne 5, colonne « Nom »", "missing_value"),
        ("ligne 5, colonne « Entrées »", "negative"),
    ]


def test_a_word_that_is_not_known_is_told_with_the_nearest_and_all_that_are(
    of_text: list[Quarantined],
) -> None:
    assert found(of_text[0], "fr").endswith("comme « autre » (mot connu le plus proche : « Entrée »)")
    assert "(« Entrée », « Sortie »)" in remedy(of_text[0], "fr")


@pytest.mark.parametrize(
    ("at", "name"), [((1, 1), "A1"), ((14, 26), "Z14"), ((9, 27), "AA9"), ((2, 703), "AAA2")]
)
def test_cells_are_called_as_a_workbook_calls_them(at: tuple[int, int], name: str) -> None:
    assert cell_name(*at) == name


def test_every_rule_says_what_it_expects_and_what_to_do() -> None:
    rules = {key.partition(".")[2] for key in catalogue() if key.startswith("quarantine.")}
    for rule in {*rules, "unknown_word"}:
        for language in LANGUAGES:
            assert remedy(Quarantined(1, "a", rule, "", known=("b",)), language)
