"""A document as a page: what a line may not break, and what is only heard."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reports.charts.drawing import Drawer
from reports.document import Code, Document, Number, Paragraph, Section, Table, Text, text
from reports.html import Frame, page

NUMBER = Number("39 638", "figure/x", Decimal(39638))


def written(*blocks: Paragraph | Table, title: str = "Accueil") -> str:
    """The page of one section with these blocks."""
    document = Document(text("Office"), "fr", (Section(text(title), blocks),))
    return page(document, "index.html", Frame("Office", [("index.html", "Accueil")], Text()), Drawer("fr"))


@pytest.mark.parametrize("unit", ["personnes", "%", "€"])
def test_a_number_is_not_parted_from_its_unit(unit: str) -> None:
    assert f"</data>\u00a0{unit}" in written(Paragraph(text(NUMBER, f" {unit} ; et le reste")))


@pytest.mark.parametrize(("said", "instead"), [
    ("le 15 avril 2026", "le 15\u00a0avril"),
    ("le 1er avril", "le 1er\u00a0avril"),
    ("12 lignes", "12\u00a0lignes"),
])  # fmt: skip
def test_a_day_is_not_parted_from_its_month(said: str, instead: str) -> None:
    assert instead in written(Paragraph(text(said)))


def test_no_option_of_a_command_is_parted_at_its_hyphens() -> None:
    assert "<code>vigie why x <span>--site</span> auch</code>" in written(
        Paragraph(text(Code("vigie why x --site auch")))
    )


def test_the_caption_of_a_table_is_not_seen_below_a_heading_that_says_it() -> None:
    table = Table(text("Axe"), (text("Action"),), ((text("Festivals"),),))
    assert 'class="heard">Axe</caption>' in written(table, title="Axe")
    assert (
        ">Axe</caption>" in written(table, title="Autre") and "heard" not in written(table).split("<main")[1]
    )
