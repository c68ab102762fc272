"""A source that is a source.yml and layouts: read without a line of Python, its sites those of the office."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sources import catalogue, declared, layouts, names
from sources.layouts import LayoutError
from sources.reading.faults import faults_of, found, remedy
from tests.refusals import refused
from tests.sources.conftest import ReadSource
from warehouse.office.model import Office

WORDS = "{fr: x, en: x}"
SPEC = f"""
name: bicycles
label_fr: Vélos
label_en: Bicycles
description: x
publisher: x
obtain: x
processing:
  {{purpose: {WORDS}, legal_basis: {WORDS}, people: {WORDS}, data: {WORDS},
   readers: {WORDS}, recipients: {WORDS}}}
deliveries:
  - kind: rentals
    description: x
    format: x
    files: ["velos-*.csv"]
    tables: [bicycle_rentals]
    rows: {{fewest: 1, most: 100, reason: x}}
    retention: {{days: 30, reason: {WORDS}}}
    sample: x
tables:
  - name: bicycle_rentals
    description: x
    grain: x
    replaces: [office, site, local_date]
    happened: local_date
    columns:
      - {{name: site, type: text, required: true, description: x}}
      - {{name: local_date, type: date, required: true, description: x}}
      - {{name: bicycles_count, type: integer, required: true, description: x}}
"""
COLUMNS = "  local_date: {heading: Date}\n  bicycles_count: {heading: Vélos}\n"
AT_SITE = (
    "tool: T\ntable: bicycle_rentals\ncolumns:\n  site: {heading: Lieu, values: {tresor: [Le trésor]}}\n"
    + COLUMNS
)
BY_NAME = "tool: T\ntable: bicycle_rentals\ncolumns:\n" + COLUMNS


@pytest.fixture
def bicycles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sources that holds `bicycles`, which this gives, still without a layout."""
    root = tmp_path / "sources"
    folder = root / "bicycles"
    (folder / "layouts").mkdir(parents=True)
    (folder / "source.yml").write_text(SPEC, encoding="utf-8")
    monkeypatch.setattr(catalogue, "ROOT", root)
    monkeypatch.setattr(layouts, "ROOT", root)
    layouts.shipped.cache_clear()
    return folder


def lay_out(folder: Path, text: str) -> None:
    (folder / "layouts" / "t.yml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("auch", "auch"),
        ("Castéra-Verduzan", "castera-verduzan"),
        ("CASTERA  VERDUZAN", "castera-verduzan"),
        ("Trésor de la cathédrale", "tresor"),
        ("Bureau d’accueil d'Auch", "auch"),
        ("le tresor", "tresor"),
    ],
)
def test_a_site_is_told_by_its_code_its_name_or_a_word_of_the_layout(
    bicycles: Path, read_source: ReadSource, said: str, code: str
) -> None:
    lay_out(bicycles, AT_SITE)
    read = read_source("bicycles", f"Lieu;Date;Vélos\n{said};13/07/2025;4\n", "velos.csv")
    assert read.rows("site", "local_date", "bicycles_count") == [(code, date(2025, 7, 13), 4)]


def test_a_site_that_the_office_has_not_is_quarantined_with_the_nearest(
    bicycles: Path, read_source: ReadSource
) -> None:
    lay_out(bicycles, AT_SITE)
    read = read_source("bicycles", "Lieu;Date;Vélos\nAuche;13/07/2025;4\nauch;13/07/2025;5\n", "velos.csv")
    assert read.rows("bicycles_count") == [(5,)]
    assert read.faults() == [(2, "Lieu", "unknown_site")]
    (fault,) = faults_of(read.reading.account.quarantine)
    assert found(fault, "fr").endswith("(mot connu le plus proche : « auch »)")
    assert "« castera-verduzan »" in remedy(fault, "fr")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("velos-auch-2025.csv", "auch"),
        ("Vélos Castéra-Verduzan 2025.csv", "castera-verduzan"),
        ("velos_musee_resistance_2025.csv", "musee-resistance"),
    ],
)
def test_the_name_of_a_file_tells_the_site_that_its_columns_do_not(
    bicycles: Path, read_source: ReadSource, name: str, code: str
) -> None:
    lay_out(bicycles, BY_NAME)
    assert read_source("bicycles", "Date;Vélos\n13/07/2025;4\n", name).rows("site") == [(code,)]


@pytest.mark.parametrize("name", ["velos-2025.csv", "velos-auchan.csv", "velos-auch-et-tresor.csv"])
def test_a_name_that_tells_no_site_or_two_refuses_the_file(
    bicycles: Path, read_source: ReadSource, name: str
) -> None:
    lay_out(bicycles, BY_NAME)
    with refused(r"ne dit pas de quel site .*\(auch, castera-verduzan, "):
        read_source("bicycles", "Date;Vélos\n13/07/2025;4\n", name)


def test_an_office_with_one_site_need_not_say_which(
    bicycles: Path, read_source: ReadSource, office: Office
) -> None:
    lay_out(bicycles, BY_NAME)
    alone = office.model_copy(update={"sites": office.sites[:1]})
    assert read_source("bicycles", "Date;Vélos\n13/07/2025;4\n", "velos.csv", alone).rows("site") == [
        ("auch",)
    ]


def test_the_longer_of_two_sites_counts_where_one_name_lies_in_the_other(office: Office) -> None:
    inner = office.sites[0].model_copy(update={"code": "musee", "name": "Musée"})
    both = office.model_copy(update={"sites": (inner, *office.sites)})
    assert declared.site_in("visites-musee-resistance-2025.csv", both) == "musee-resistance"
    assert declared.site_in("visites-musee-2025.csv", both) == "musee"


def test_a_layout_of_a_site_that_the_office_has_not_is_wrong(bicycles: Path, read_source: ReadSource) -> None:
    lay_out(bicycles, BY_NAME + "  site: {constant: auche}\n")
    with pytest.raises(LayoutError, match=r"« auche ».*« auch »"):
        read_source("bicycles", "Date;Vélos\n13/07/2025;4\n", "velos.csv")


def test_every_source_is_found_with_or_without_a_reader_of_its_own() -> None:
    for name in names():
        found = catalogue.find(name)
        assert found.SPEC.name == name
        assert callable(found.read)
