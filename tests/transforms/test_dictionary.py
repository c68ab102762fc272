"""The dictionary of indicators: what an entry may say, and what is refused."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from jinja2 import Environment

from transforms.compiled import PROJECT, compiled
from transforms.dictionary.entries import Ratio, as_row, entries, indicators, sections
from transforms.materializing import materialize
from warehouse.storage.layout import DATABASE_NAME, Home

RATIO = """
sales:
  kind: component
  source: shop
  definition: {fr: "Ventes.", en: "Sales."}

baskets:
  label: {fr: Paniers, en: Baskets}
  unit: items
  kind: sum
  source: shop
  definition: {fr: "Paniers.", en: "Baskets."}

average_basket:
  label: {fr: Panier moyen, en: Average basket}
  unit: EUR
  decimals: 2
  kind: ratio
  of: sales
  by: baskets
  source: shop
  definition: {fr: "Par panier.", en: "By basket."}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.yml").write_text(RATIO, encoding="utf-8")
    return tmp_path


def refused(folder: Path, old: str, new: str) -> str:
    """What is said of the entries above with one text in the place of another."""
    assert old in RATIO
    (folder / "shop.yml").write_text(RATIO.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError) as error:
        sections(folder)
    return str(error.value)


def test_an_entry_lies_in_the_file_of_its_section(folder: Path) -> None:
    found = sections(folder)["shop"]
    assert list(found) == ["sales", "baskets", "average_basket"]
    assert isinstance(found["average_basket"], Ratio)
    assert found["average_basket"].parts == ("sales", "baskets")


def test_a_key_that_nobody_knows_is_refused_by_its_line(folder: Path) -> None:
    said = refused(folder, "  decimals: 2", "  decimal: 2")
    assert "shop.yml:17: average_basket.decimal" in said


def test_a_part_that_nothing_gives_is_refused(folder: Path) -> None:
    assert "average_basket: nothing is called basket" in refused(folder, "by: baskets", "by: basket")


def test_what_is_computed_from_figures_that_are_computed_is_refused(folder: Path) -> None:
    assert "average_basket is computed itself" in refused(folder, "of: sales", "of: average_basket")


def test_a_unit_without_a_word_is_refused(folder: Path) -> None:
    assert "unit.itms" in refused(folder, "unit: items", "unit: itms")


def test_a_kind_has_the_keys_of_its_own(folder: Path) -> None:
    assert "average_basket.of" in refused(folder, "kind: ratio", "kind: sum")


def test_a_code_stands_in_one_section(folder: Path) -> None:
    (folder / "welcome.yml").write_text(RATIO.split("baskets:")[0], encoding="utf-8")
    with pytest.raises(ValueError, match=r"welcome\.yml: sales stands in shop\.yml, too"):
        sections(folder)


def test_a_component_is_no_indicator() -> None:
    assert entries().keys() >= indicators().keys() > {"counter_passages", "tax_declared"}
    left_out = entries().keys() - indicators().keys()
    assert {entries()[name].kind for name in left_out} == {"component"}


# --- docs/add-an-indicator.md ----------------------------------------------------------------------------

PAGE = Path(__file__).parents[2] / "docs" / "add-an-indicator.md"
SESSIONS = """
CREATE SCHEMA settings; CREATE SCHEMA staging;
CREATE TABLE settings.calendar AS
    SELECT 'auch' AS office, day::DATE AS local_date, isodow(day) AS weekday, month(day) AS month,
           date_trunc('week', day)::DATE AS week_start,
           date_trunc('month', day)::DATE AS month_start, date_trunc('quarter', day)::DATE AS quarter_start
    FROM range(TIMESTAMP '2025-06-30', TIMESTAMP '2025-07-03', INTERVAL 1 DAY) AS days(day);
CREATE TABLE settings.season AS
    SELECT 'auch' AS office, 'july_august' AS season, 'Été' AS season_label,
           DATE '2025-07-01' AS season_start,
           DATE '2025-08-31' AS season_end;
CREATE TABLE sessions_by_day AS
    SELECT 'auch' AS office, 'escape' AS site, day::DATE AS local_date, 2 AS sessions
    FROM range(TIMESTAMP '2025-06-30', TIMESTAMP '2025-07-03', INTERVAL 1 DAY) AS days(day);
"""


def blocks(language: str) -> list[str]:
    """The blocks of code of a language in the page."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_page_that_says_how_to_add_an_indicator_is_right(home: Home, tmp_path: Path) -> None:
    """The entry of the page and its line of SQL, on a table of sessions: figures by day, month and season."""
    (tmp_path / "equipment.yml").write_text(blocks("yaml")[0], encoding="utf-8")
    (row,) = [as_row(code, "equipment", entry) for code, entry in sections(tmp_path)["equipment"].items()]
    macros = (PROJECT / "macros" / "figures.sql").read_text(encoding="utf-8")
    line = Environment().from_string(macros + blocks("sql")[0]).render()
    models = compiled(home)
    with duckdb.connect(str(tmp_path / DATABASE_NAME)) as connection:
        connection.execute(SESSIONS)
        texts = {name: pa.string() for name, value in row.items() if value is None or isinstance(value, str)}
        texts |= {"largest": pa.int32(), "fewest": pa.int32()}
        given = pa.table({name: pa.array([value], texts.get(name)) for name, value in row.items()})
        connection.register("given", given)
        connection.execute("CREATE TABLE staging.indicator_dictionary AS SELECT * FROM given")
        connection.execute(f"CREATE TABLE staging.observed AS {line}")
        built = ("calendar_period", "observed_period", "derived_period", "register_zero", "indicator_period")
        assert materialize(connection, models, built) == {}
        found = connection.execute(
            """SELECT period_kind, period_start, measured_value FROM staging.indicator_period
               WHERE period_kind IN ('month', 'july_august') ORDER BY ALL"""
        ).fetchall()
    assert found == [
        ("july_august", date(2025, 7, 1), 4), ("month", date(2025, 6, 1), 2), ("month", date(2025, 7, 1), 4),
    ]  # fmt: skip


def test_the_components_of_the_page_are_entries(tmp_path: Path) -> None:
    (tmp_path / "welcome.yml").write_text(blocks("yaml")[1], encoding="utf-8")
    assert [entry.kind for entry in sections(tmp_path)["welcome"].values()] == ["component", "share"]


# --- What people read ------------------------------------------------------------------------------------

TEXTS = [
    pytest.param(text, id=f"{code}.{part}.{language}")
    for code, entry in entries().items()
    for part in ("label", "definition", "not_comparable")
    if (words := getattr(entry, part, None)) is not None
    for language in ("fr", "en")
    if (text := getattr(words, language))
]
# What is of one office and year: a year, a share, an amount, an office and the towns it calls its own.
OF_ONE_OFFICE = re.compile(
    r"\b(?:19|20)\d\d\b|\d[\s\u202f\u00a0]*[%€]|€\d|\d[.,]\d|\b(?:Auch|Gascogne|Orthe|Arrigans|Chalosse|Landes)\b"
)
# What only this software or its analysts call by that name: codes, tables, files of settings, Markdown.
OF_SOFTWARE = re.compile(r"`|\b[a-z]+_[a-z_]+\b|\.(?:yml|md|xlsx|csv)\b|\b(?:marts|quality|systems)\.")


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_holds_nothing_of_one_office(text: str) -> None:
    """Every office prints the same dictionary: what one report says stands in docs/annual-report.md."""
    assert OF_ONE_OFFICE.search(text) is None


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_holds_no_code(text: str) -> None:
    """Pages print texts as they are, to people who know no column and no file of settings."""
    assert OF_SOFTWARE.search(text) is None


@pytest.mark.parametrize("code", [code for code, one in indicators().items() if one.not_comparable])
def test_what_cannot_be_compared_is_a_sentence(code: str) -> None:
    """It stands alone in a box above the figures."""
    told = indicators()[code].not_comparable
    assert told is not None
    subject = r"(Les années|Les \w+|Years|The \w+)"
    for text, verb in ((told.fr, "ne se comparent pas"), (told.en, "cannot be compared")):
        assert re.match(rf"{subject} {verb} .*\.$", text)


def test_a_note_on_a_figure_is_a_part_of_a_sentence() -> None:
    """Pages put it behind a colon or between semicolons."""
    with (PROJECT / "seeds" / "figure_note.csv").open(encoding="utf-8", newline="") as lines:
        notes = list(csv.DictReader(lines))
    for label in (note[f"label_{language}"] for note in notes for language in ("fr", "en")):
        assert label[0].islower()
        assert not label.endswith(".")
