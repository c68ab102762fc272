"""No canary leaves the working database: what is published holds nothing that somebody typed."""

from __future__ import annotations

import duckdb
import pytest

from flows.command.vocabulary import known
from sources.catalogue import find, names
from tests.security.canaries import found_below, found_in, traces_in
from tests.security.conftest import Night
from warehouse.office.model import load_office
from warehouse.publishing.datapackage import Column, Table
from warehouse.publishing.published_text import declarations, undeclared


def test_the_night_ended_and_told_the_staff_of_what_it_found(canary_night: Night) -> None:
    assert canary_night.home.published_database.is_file(), canary_night.said
    assert len(canary_night.mails) > 3, canary_night.said


def test_no_canary_is_in_any_mail(canary_night: Night) -> None:
    for mail in canary_night.mails:
        parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        headers = [f"{name}: {value}" for name, value in mail.items()]
        assert traces_in("\n".join([*headers, *parts])) == set()
    assert any("caractères" in part.get_content() for mail in canary_night.mails for part in mail.walk()
               if part.get_content_maintype() == "text")  # fmt: skip


def test_no_canary_is_in_prefect_s_database_or_in_any_log(canary_night: Night) -> None:
    home = canary_night.home
    assert (home.prefect / "prefect.db").is_file()
    assert found_below(home.prefect) == {}
    assert [found_in(path) for path in home.work.glob("vigie.log*") if found_in(path)] == []


def test_no_canary_is_in_anything_published(canary_night: Night) -> None:
    assert found_below(canary_night.home.published) == {}


@pytest.mark.parametrize(
    "place",
    [
        "quality.load.message", "quality.load.file", "quality.quarantined_row.reason",
        "quality.left_file.file", "quality.unread_file.reason", "settings.correction.reported_by",
        "raw.tourism_objects.name", "raw.motorhome_passages.lane", "raw.counter_sites.site_name",
    ],
)  # fmt: skip
def test_the_working_database_keeps_the_full_text_for_the_office(canary_night: Night, place: str) -> None:
    table, _, column = place.rpartition(".")
    with duckdb.connect(str(canary_night.home.database), read_only=True) as connection:
        found = connection.execute(
            f"SELECT 1 FROM {table} WHERE contains({column}, 'Quastemarque')"
        ).fetchone()
    assert found is not None


def test_the_canaries_were_read_and_their_figures_were_published(canary_night: Night) -> None:
    with duckdb.connect(str(canary_night.home.published_database), read_only=True) as connection:
        kinds = connection.execute(
            "SELECT DISTINCT kind FROM quality.load WHERE status = 'loaded'"
        ).fetchall()
        published = {
            table: connection.execute(f"SELECT count(*) FROM marts.{table}").fetchone()
            for table in ("tax_reconciliation", "tax_declaration_month", "tourism_object", "site",
                          "counter_channel", "tax_tariff", "counter_hour", "tax_statement")
        }  # fmt: skip
    declared = {one.kind for name in names() for one in find(name).SPEC.deliveries}
    # An office has one tourism information system, and the one of the canaries has Apidae.
    assert {kind for (kind,) in kinds} == declared - {"syndications"}
    assert all(count and count[0] for count in published.values()), published


def test_every_published_column_of_text_and_no_other_says_what_it_may_hold(canary_night: Night) -> None:
    with duckdb.connect(str(canary_night.home.published_database), read_only=True) as connection:
        found = connection.execute(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
    tables = [
        Table(schema, table, "", 0, (Column(column, kind, ""),)) for schema, table, column, kind in found
    ]
    assert undeclared(tables, known(load_office(canary_night.home.office_file))) == []
    published = {f"{table}.{column}" for _, table, column, _ in found}
    published |= {column for _, _, column, _ in found} | {f"{table}.*" for _, table, _, _ in found}
    assert set(declarations()) - published == set(), "what is no longer published needs no line"
