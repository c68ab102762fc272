"""The words that may be shown of the names of files."""

from __future__ import annotations

import pytest

import sources.catalogue
import sources.layouts
from flows.command.vocabulary import known, vocabulary
from warehouse.office.model import Office
from warehouse.publishing.published_text import declarations, declared
from warehouse.words.shapes import shown_name


@pytest.mark.parametrize(
    "name",
    [
        "porte-auch-2026-01.csv",
        "porte-auch-20250714 (1).csv",
        "passages-ile-saint-martin-2025-05.csv",
        "paiements-ile-saint-martin-2025-05 - Copie.csv",
        "declarations-2025-T3.xlsx",
        "booking-2025-S1.csv",
        "autres-operateurs-2025-S2.csv",
        "deliberations-2024.xml",
        "mqtt-20250714.ndjson",
        "apidae-api.zip",
        "export juillet 2025.csv",
        "hebergements_classes.csv",
        "scdl-budget-2025.csv",
        "matomo-tourisme-2025.csv",
        "takeout-20260104T081500Z-1.zip",
    ],
)
def test_an_analyst_knows_his_files_again(office: Office, name: str) -> None:
    assert shown_name(name, "fr", vocabulary(office)) == name


def test_every_workbook_that_vigie_itself_names_is_shown_by_its_name(office: Office) -> None:
    templates = {
        layout.template.file.format(year=2025, site="auch")
        for source in sources.catalogue.names()
        for layout in sources.layouts.shipped(sources.catalogue.find(source).SPEC)
        if layout.template
    }
    assert {name for name in templates if shown_name(name, "fr", vocabulary(office)) != name} == set()
    assert len(templates) > 10


@pytest.mark.parametrize("name", ["passages Dupont.csv", "declarations-0612345678.csv", "AB-123-CD.csv"])
def test_what_points_at_somebody_is_not_shown(office: Office, name: str) -> None:
    shown = shown_name(name, "fr", vocabulary(office))
    assert not any(part in shown for part in ("Dupont", "0612345678", "AB", "123", "CD"))


def test_a_column_may_hold_the_known_values_that_source_yml_says_of_its_name(office: Office) -> None:
    found = declared("anything", "payment_kind", known(office))
    assert found is not None
    assert {"sale", "refund", "other"} <= set(known(office).lists[found.lists[0]])
    assert declared("anything", "invented_by_nobody", known(office)) is None


def test_no_declaration_says_again_what_source_yml_says(office: Office) -> None:
    lists = known(office).lists
    unknown = {one for said in declarations().values() for one in said.lists} - set(lists)
    again = {
        name
        for name, said in declarations().items()
        if said.lists == (name,) and set(said.values) <= set(lists[name]) and not (said.codes or said.pattern)
    }
    assert (unknown, again) == (set(), set())
