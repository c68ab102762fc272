"""Like incidents are one line of the first page, which leads to where each of them stands."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import duckdb
import pytest

from reports.document import Link, Number, Section, Table, pieces, text
from reports.pages.incidents import in_short, incidents
from reports.pages.published import Names, Published
from reports.reading import reread, sql

TABLES = """
CREATE SCHEMA marts; CREATE SCHEMA quality;
CREATE TABLE marts.figure_note AS SELECT 'x' AS code, 'x' AS label_fr, 'x' AS label_en;
CREATE TABLE marts.method_break (indicator VARCHAR, site VARCHAR, break_date DATE, reason VARCHAR);
CREATE TABLE quality.incident AS
    SELECT id AS incident_id, rule, fault, kind || ':[texte de ' || rank || ' caractères]' AS subject,
           severity, status, TIMESTAMP '2025-01-15 06:00' + INTERVAL 1 DAY * rank AS onset_at,
           'E' || rank AS evidence
    FROM (VALUES ('aaaa1', 1, 'label_due', 'due', 'label', 'question', 'open'),
                 ('bbbb2', 2, 'label_due', 'due', 'label', 'question', 'open'),
                 ('cccc3', 3, 'label_due', 'due', 'label', 'question', 'acknowledged'),
                 ('dddd4', 4, 'label_due', 'due', 'label', 'question', 'resolved'),
                 ('eeee5', 5, 'label_due', 'lapsed', 'label', 'medium', 'open'))
         AS one (id, rank, rule, fault, kind, severity, status);
"""


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Published:
    connection = duckdb.connect()
    connection.execute(TABLES)
    standing = "SELECT count(*) AS open_incidents FROM quality.incident WHERE status <> 'resolved'"
    monkeypatch.setattr("reports.reading.sql", lambda view: standing if view == "standing" else sql(view))
    names = Names(
        "Office", "fr", ZoneInfo("Europe/Paris"), {}, lambda rule, fault, subject: text(f"{subject} {fault}")
    )
    return Published(connection, names)


def test_like_incidents_are_one_line_with_their_number_the_oldest_and_a_link(published: Published) -> None:
    (table,) = in_short(published)
    assert isinstance(table, Table)
    assert [[str(cell) for cell in row] for row in table.rows] == [
        ["label:[texte de 5 caractères] lapsed", "moyenne, ouvert eeee", "E5"],
        ["label: due", "question, 3 incidents semblables", "Le plus ancien. E1"],
    ]
    (link,) = [
        piece for row in table.rows for cell in row for piece in cell.pieces if isinstance(piece, Link)
    ]
    anchors = [section.anchor for section in incidents(published).sections]
    assert link.to.partition("#") == ("incidents.html", "#", "label-due-due-label")
    assert "label-due-due-label" in anchors


def test_one_fault_of_two_kinds_of_things_is_two_lines(published: Published) -> None:
    published.connection.execute(
        "UPDATE quality.incident SET subject = 'source:x' WHERE incident_id IN ('bbbb2', 'cccc3')"
    )
    (table,) = in_short(published)
    assert isinstance(table, Table)
    assert [str(row[0]) for row in table.rows][1:] == ["source: due", "label:[texte de 1 caractères] due"]


def test_the_page_of_incidents_holds_each_that_is_open_once(published: Published) -> None:
    sections: list[Section] = list(incidents(published).sections)
    tables = [block for section in sections for block in section.blocks if isinstance(block, Table)]
    assert [str(row[2]) for table in tables for row in table.rows] == ["E5", "E1", "E2", "E3"]


def test_the_number_of_like_incidents_is_read_again_as_it_stands(published: Published) -> None:
    (table,) = in_short(published)
    numbers = [one for one in pieces(table) if isinstance(one, Number) and one.of.startswith("alike")]
    assert [reread(published.connection, [one.of])[one.of] for one in numbers] == [3]


def test_what_is_alone_of_its_kind_stands_together_before_those_that_are_several(
    published: Published,
) -> None:
    single, several = incidents(published).sections
    assert [str(single.title), str(several.title)] == ["Incidents isolés", "label: due (3)"]


def test_more_kinds_of_incidents_than_the_first_page_holds_are_counted_below_its_table(
    published: Published,
) -> None:
    published.connection.execute("""
        INSERT INTO quality.incident
        SELECT 'f' || rank, 'label_due', 'due', 'kind_' || rank || ':x', 'question', 'open',
               TIMESTAMP '2024-01-01' - INTERVAL 1 DAY * rank, 'F' FROM range(13) AS one (rank)""")
    table, more = in_short(published)
    assert isinstance(table, Table)
    assert len(table.rows) == 12
    assert "".join(str(one) for one in pieces(more)) == "Et 3 autres : Incidents."
    (number,) = [one for one in pieces(more) if isinstance(one, Number)]
    assert reread(published.connection, [number.of])[number.of] == 3


def test_where_nothing_is_open_there_is_no_table(published: Published) -> None:
    published.connection.execute("UPDATE quality.incident SET status = 'resolved'")
    assert in_short(published) == []
    assert incidents(published).sections == ()
