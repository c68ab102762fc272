"""`vigie figures` and `vigie sql`: what they print, and the files that other programs open."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pytest
from rich.cells import cell_len

from flows.command import console
from flows.command.figures import (
    COLUMNS,
    Figure,
    changed,
    read_figures,
    with_unit,
    write_figures,
)
from flows.command.why import days_of
from reports.order import SECTIONS
from tests.flows.command.test_cli import vigie
from tests.flows.conftest import Life
from warehouse.errors import UsageError
from warehouse.words.messages import catalogue

FIGURE = Figure(
    section="motorhome",
    indicator="turnover_excluding_tax",
    label="Chiffre d'affaires",
    place="Aire",
    detail="",
    unit="EUR",
    value=Decimal("71585.1500"),
    low=None,
    high=None,
    measured=Decimal("71585.1500"),
    estimated=Decimal(0),
    before=Decimal("70875.9300"),
    change=Decimal("-1.25"),
    change_low=None,
    change_high=None,
    note="« à suivre »; vu",
    decimals=2,
    kind="sum",
)
GAP = replace(
    FIGURE,
    section="welcome",
    unit="persons",
    value=None,
    measured=None,
    estimated=None,
    before=None,
    change=None,
    note="aucune donnée",
    decimals=0,
)


@pytest.fixture
def published(life: Life) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(life.home.published_database), read_only=True) as connection:
        yield connection


def test_every_indicator_has_its_line_with_its_value_or_the_reason_why_there_is_none(
    published: duckdb.DuckDBPyConnection,
) -> None:
    figures = read_figures(published, 2025, "fr")
    indicators = published.execute("SELECT indicator FROM marts.indicator").fetchall()
    assert {(one.indicator,) for one in figures} == set(indicators)
    assert all(one.value is not None or one.note for one in figures)
    (door,) = [one for one in figures if one.indicator == "counter_passages"]
    told = published.execute(
        """SELECT value, low, high FROM marts.indicator_value
           WHERE indicator = 'counter_passages' AND period_kind = 'year'
             AND period_start = DATE '2025-01-01'"""
    ).fetchone()
    assert (door.value, door.low, door.high) == told
    assert door.place == "Accueil"
    assert "pas d'année précédente" in door.note
    sections = [one.section for one in figures]
    assert sections == sorted(sections, key=SECTIONS.index)


def test_an_estimated_figure_says_how_much_and_how_sure(published: duckdb.DuckDBPyConnection) -> None:
    (door,) = [one for one in read_figures(published, 2025, "fr") if one.indicator == "counter_passages"]
    assert door.estimated
    assert "dont" in door.note
    assert "estimés" in door.note


def test_a_year_without_figures_names_those_that_there_are(published: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UsageError, match=r"Aucun chiffre pour 1999.*2025"):
        read_figures(published, 1999, "fr")


def test_every_section_and_unit_has_words(published: duckdb.DuckDBPyConnection) -> None:
    for column, kind in (("section", "section"), ("unit", "unit")):
        found = published.execute(f"SELECT DISTINCT {column} FROM marts.indicator").fetchall()
        assert [code for (code,) in found if f"{kind}.{code}" not in catalogue()] == []


def test_a_change_of_a_share_is_in_points_and_a_peak_has_a_name() -> None:
    share = replace(
        FIGURE, unit="percent", kind="share", value=Decimal("88.4"), change=Decimal("-3.3"), decimals=1
    )
    assert (with_unit(share, "fr"), changed(share, "fr")) == ("88,4 %", "−3,3 pts")
    assert changed(FIGURE, "fr") == "−1,2 %"
    peak = replace(FIGURE, unit="weekday", kind="peak", value=Decimal("6.0000"), change=None, decimals=0)
    assert (with_unit(peak, "fr"), changed(peak, "fr")) == ("samedi", "")
    assert with_unit(replace(peak, unit="month", value=Decimal(8)), "en") == "August"
    assert with_unit(replace(peak, unit="hour", value=Decimal(11)), "fr") == "11 heures"
    assert changed(replace(share, change=Decimal("-1.9")), "fr") == "−1,9 pt"


@pytest.mark.parametrize(
    ("value", "decimals", "french", "english"),
    [
        ("0", 0, "0 groupe", "0 groups"),
        ("1", 0, "1 groupe", "1 group"),
        ("1", 2, "1,00 groupe", "1.00 groups"),
        ("-1.96", 0, "−2 groupes", "−2 groups"),
        ("1001", 0, "1 001 groupes", "1,001 groups"),
    ],
)
def test_a_unit_goes_with_the_number_as_it_is_written(
    value: str, decimals: int, french: str, english: str
) -> None:
    one = replace(FIGURE, unit="groups", value=Decimal(value), decimals=decimals)
    assert with_unit(one, "fr").replace("\u202f", " ") == french
    assert with_unit(one, "en") == english


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("2025", (date(2025, 1, 1), date(2025, 12, 31))),
        ("2025-07-14", (date(2025, 7, 14), date(2025, 7, 14))),
        ("2024-02", (date(2024, 2, 1), date(2024, 2, 29))),
        ("2025-07/2025-08", (date(2025, 7, 1), date(2025, 8, 31))),
        ("2024-11/2025-03", (date(2024, 11, 1), date(2025, 3, 31))),
    ],
)
def test_a_published_period_is_a_year_a_month_or_several(period: str, days: tuple[date, date]) -> None:
    assert days_of(period) == days


def test_the_csv_opens_in_a_french_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "figures.csv"
    write_figures([FIGURE, GAP], path, "fr")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfSection;Code;Chiffre;")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        heading, line, gap = csv.reader(lines, delimiter=";")
    assert len(heading) == len(COLUMNS)
    told = dict(zip(COLUMNS, line, strict=True))
    assert (told["value"], told["before"], told["change"]) == ("71585,15", "70875,93", "-1,2")
    assert told["note"] == "« à suivre »; vu"
    assert (gap[6], gap[-1]) == ("", "aucune donnée")


def test_no_text_of_the_files_is_a_formula(tmp_path: Path) -> None:
    dangerous = replace(FIGURE, detail="=cmd|' /C calc'!A0", place="@SUM(A1)")
    write_figures([dangerous], tmp_path / "x.xlsx", "fr")
    write_figures([dangerous], tmp_path / "x.csv", "fr")
    sheet, _ = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets
    assert {cell.data_type for cell in sheet[2] if isinstance(cell.value, str)} == {"s"}
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as lines:
        _, line = csv.reader(lines, delimiter=";")
    assert [cell for cell in line if cell.startswith(("=", "@"))] == []
    assert "-1,2" in line


def test_the_workbook_holds_numbers_and_says_what_its_columns_mean(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    write_figures([FIGURE, GAP], path, "fr")
    figures, meanings = openpyxl.load_workbook(path).worksheets
    told = dict(zip(COLUMNS, [cell.value for cell in figures[2]], strict=True))
    assert (told["value"], told["change"], told["unit"]) == (71585.15, -1.2, "€")
    assert [cell.value for cell in figures[3]][6] is None
    assert [row[0] for row in meanings.values] == [cell.value for cell in figures[1]]


@pytest.mark.parametrize(
    ("name", "told"), [("figures.pdf", ".csv ou .xlsx"), ("nowhere/figures.csv", "n'a pas pu être écrit")]
)
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        write_figures([FIGURE], tmp_path / name, "fr")


def test_the_command_prints_the_figures_and_writes_the_files(
    life: Life, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.csv"
    assert vigie("figures", "2025", "--to", path, "--home", life.home.root) == 0
    said = capsys.readouterr().out
    assert "Passages à la porte" in said
    assert "aucune donnée exploitable" in " ".join(said.split())
    assert path.is_file()


def test_rows_are_given_to_other_programs_whole(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    query = "SELECT 1 AS n, 2.50::DECIMAL(9,2) AS eur, ['a', 'é'] AS list, true AS yes, NULL AS x, 'a,b' AS n"
    assert vigie("sql", "--format", "json", query, "--home", life.home.root) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"n": 1, "eur": 2.5, "list": ["a", "é"], "yes": True, "x": None, "n_1": "a,b"}
    ]
    assert vigie("sql", "--format", "csv", query, "--home", life.home.root) == 0
    assert list(csv.reader(capsys.readouterr().out.splitlines())) == [
        ["n", "eur", "list", "yes", "x", "n_1"], ["1", "2.50", '["a", "é"]', "true", "", "a,b"],
    ]  # fmt: skip
    assert vigie("sql", "--format", "csv", "SELECT * FROM range(12345)", "--home", life.home.root) == 0
    assert len(capsys.readouterr().out.splitlines()) == 12346


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM marts.indicator_value LIMIT 3",
        "SELECT indicator, definition_fr FROM marts.indicator",
        "SELECT * FROM quality.load",
    ],
)
def test_nothing_is_cut_on_a_narrow_screen(
    life: Life, query: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console.out, "width", 80)
    assert vigie("sql", query, "--home", life.home.root) == 0
    said = capsys.readouterr().out
    assert max(map(cell_len, said.splitlines())) <= 80
    assert "…" not in said
    shown = "".join(said.split()).replace("│", "")
    with duckdb.connect(str(life.home.published_database), read_only=True) as connection:
        cells = connection.execute(query).fetchall()
    if "│" not in said:  # a block a row: every cell stands in it from end to end
        assert [cell for row in cells for cell in row if "".join(str(cell or "").split()) not in shown] == []


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_columns_share_the_width_and_keep_their_words(width: int) -> None:
    columns = [["référence", "dfdd569f1d36"], ["note", "une phrase " * 9], ["fichier", "x" * 45]]
    widths = console.fitting(columns, width)
    assert widths is not None
    assert sum(widths) + 3 * len(widths) + 1 <= width
    assert widths[0] == 12
    assert console.fitting(columns, 40) is None


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert vigie("--version") == 0
    assert capsys.readouterr().out.startswith("vigie ")


@pytest.mark.parametrize(
    "arguments", [["-h"], ["sql", "-h"], ["incidents", "-h"], ["incidents", "resolve", "-h"]]
)
def test_a_short_h_is_help_everywhere(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert vigie(*arguments) == 0
    assert "--help" in capsys.readouterr().out


def test_commands_are_completed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("_VIGIE_COMPLETE", "complete_bash"),
        ("COMP_WORDS", "vigie st"),
        ("COMP_CWORD", "1"),
    ):
        monkeypatch.setenv(name, value)
    assert vigie() == 0
    assert capsys.readouterr().out.split() == ["status"]
