"""What pages put together of texts of other people: one full stop, and nothing of what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from flows.command.figures import figures_of
from reports.document import Text, texts
from reports.pages import figures
from reports.pages.index import themes
from reports.pages.indicator import indicator
from reports.pages.published import Names, Published
from tests.reports.test_so_far import JULY, Made

GAPS = """
ALTER TABLE marts.indicator ADD COLUMN definition_fr VARCHAR DEFAULT 'Ce que c''est.';
ALTER TABLE marts.indicator ADD COLUMN not_comparable_fr VARCHAR;
ALTER TABLE marts.indicator ADD COLUMN wholes VARCHAR;
CREATE TABLE marts.indicator_gap (
    office VARCHAR, indicator VARCHAR, site VARCHAR, dimension VARCHAR, period_kind VARCHAR,
    period_start DATE, period_end DATE, reason_code VARCHAR, reason VARCHAR);
INSERT INTO marts.indicator_gap VALUES
    ('o', 'contact_persons', 'all', '', 'year', '2025-01-01', '2025-12-31', 'no_data_from_source',
     'aucune donnée exploitable n''a jamais été reçue');
"""


@pytest.fixture
def made() -> Iterator[Made]:
    one = Made()
    one.connection.execute(GAPS)
    yield one
    one.connection.close()


def published(made: Made) -> Published:
    names = Names("Office", "fr", ZoneInfo("Europe/Paris"), {}, lambda *_: Text())
    found = Published(made.connection, names)
    found.__dict__["standing"] = {"refreshed_at": JULY}
    return found


def test_a_reason_that_ends_with_a_full_stop_ends_its_sentence_once(made: Made) -> None:
    made.put("contact_persons", "year", "2025-01-01", 700, 1200, comparable=False)
    made.connection.execute("UPDATE marts.indicator_value SET warnings = ['method_break']")
    for reason in ("La saisie a commencé en juin 2024.", "Un autre outil."):
        made.connection.execute(
            "INSERT INTO marts.method_break VALUES ('contact_persons', 'all', '2024-06-01', ?)", [reason]
        )
    pages = published(made)
    (row,) = pages.of_year("contact_persons", 2025)
    assert str(pages.wording.sentence(row)).endswith(" : La saisie a commencé en juin 2024, Un autre outil.")
    (figure,) = [
        one for one in figures_of(made.connection, "year", date(2025, 1, 1), "fr") if one.value is not None
    ]
    assert figure.note.endswith(" : La saisie a commencé en juin 2024, Un autre outil")


def test_an_indicator_without_a_figure_says_why_and_gives_no_file(made: Made) -> None:
    document = indicator(published(made), "contact_persons")
    said = [str(one) for one in texts(document)]
    assert "Aucun chiffre : aucune donnée exploitable n'a jamais été reçue." in said
    assert "files" not in [one.anchor for one in document.sections]


def test_an_indicator_with_figures_gives_its_files(made: Made) -> None:
    made.put("contact_persons", "year", "2025-01-01", 700)
    document = indicator(published(made), "contact_persons")
    assert [one.anchor for one in document.sections][-1] == "files"


def test_what_has_no_figure_comes_last_in_its_theme(made: Made) -> None:
    made.put("bed_places_commercial", "year", "2025-01-01", 700)
    (line,) = themes(published(made)).items
    assert str(line).split(" : ")[1].startswith("Lits, ")


@pytest.mark.parametrize(
    ("dimensions", "said"),
    [
        (["32", "31"], ""),
        (["32", "974"], " L'outre-mer est dans le tableau."),
        (["32", "unknown"], " Ce qui n'a pas été noté est dans le tableau."),
        (["974", "unknown"], " L'outre-mer et ce qui n'a pas été noté sont dans le tableau."),
    ],
)
def test_the_map_says_what_its_table_holds_besides(dimensions: list[str], said: str) -> None:
    whole = "Part de chaque département dans les groupes venus de France." + said
    assert str(figures._origin_sentence(dimensions, "fr")) == whole
