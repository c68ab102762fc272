"""The bounds of source.yml: every number has them, and every reader quarantines what lies beyond."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

import sources.catalogue
from demo.auch.tourist_tax import generate
from sources.catalogue import Context, find, names
from tests.sources.tourism_information.deliveries import FULL, export, hotel, objects
from warehouse.office.model import Office
from warehouse.spec import MUNICIPALITY_CODE, NUMERIC, Bounds
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery

RECEIVED = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
NATIONAL = "channel_id,start_datetime,end_datetime,count\n"
HOTEL = "informationsHotellerie"

Read = Callable[[str, str, str | bytes], tuple[int, list[tuple[str, str, str]]]]


def test_every_number_of_every_source_has_a_least_and_a_largest_value() -> None:
    lacking = [
        f"{table.name}.{column.name}"
        for name in sources.catalogue.names()
        for table in sources.catalogue.find(name).SPEC.tables
        for column in table.all_columns.values()
        if column.type in NUMERIC and (column.minimum is None or column.maximum is None)
    ]
    assert lacking == []


def test_bounds_are_within_and_the_last_day_is_included_whole() -> None:
    bounds = Bounds(datetime(2000, 1, 1).date(), datetime(2001, 1, 1).date())  # noqa: DTZ001
    assert bounds.holds(datetime(2001, 1, 1, 23, 59))  # noqa: DTZ001
    assert not bounds.holds(datetime(2001, 1, 2))  # noqa: DTZ001
    sql = f"SELECT {bounds.beyond('v')} FROM (VALUES (TIMESTAMP '2001-01-01 23:59'), ('2001-01-02')) AS t(v)"
    assert duckdb.sql(sql).fetchall() == [(False,), (True,)]


@pytest.fixture
def read(tmp_path: Path, office: Office) -> Read:
    """Read a content as the night would: rows loaded, and column, rule and reason of those quarantined."""

    def reader(source: str, name: str, content: str | bytes) -> tuple[int, list[tuple[str, str, str]]]:
        work, path = tmp_path / "work", tmp_path / "archived"
        work.mkdir()
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        delivery = Delivery(7, office.code, source, name, "0" * 64, RECEIVED.replace(tzinfo=None), path)
        context = Context(office, lambda _: "key", work, RECEIVED, Home(tmp_path))
        account = sources.catalogue.find(source).read(delivery, context).account
        assert account.balances
        found = [
            row
            for file in account.quarantine
            for row in duckdb.execute(
                'SELECT "column", rule, reason FROM read_parquet(?) ORDER BY line', [str(file)]
            ).fetchall()
        ]
        return account.rows_loaded, found

    return reader


def payment(nights: str, amount: str) -> str:
    return (
        "Numéro;Date;Heure;Ticket;Nuits;Montant TTC;TVA;Taxe de séjour;Mode;Type\n"
        f"1;05/07/2025;08:58:02;T1;{nights};{amount};2,33;1,16;carte;vente\n"
        "2;05/07/2025;08:59:02;T2;366;10000;2,33;1,16;carte;vente\n"
    )


@pytest.mark.parametrize(
    ("nights", "amount", "column", "bounds"),
    [
        ("0612345678", "15,16", "Nuits", "-366 à 366"),
        ("2", "123456789", "Montant TTC", "-10000 à 10000"),
    ],
)
def test_a_telephone_number_in_a_nights_cell_is_told_with_the_bounds_of_its_column(
    read: Read, nights: str, amount: str, column: str, bounds: str
) -> None:
    loaded, ((where, rule, reason),) = read("motorhome", "paiements-2025.csv", payment(nights, amount))
    assert (loaded, where, rule) == (1, column, "out_of_bounds")
    assert bounds in reason
    assert (nights if column == "Nuits" else amount) in reason


def test_a_count_of_18_digits_of_the_national_schema_is_quarantined(read: Read) -> None:
    day = "1,2025-07-0{0}T00:00:00+02:00,2025-07-0{0}T01:00:00+02:00,{1}\n"
    lines = NATIONAL + day.format(1, 123456789012345678) + day.format(2, 20000)
    loaded, ((where, rule, _),) = read("counters", "comptages.csv", lines)
    assert (loaded, where, rule) == (1, "count", "more_than_possible")


def test_a_slot_that_ends_in_the_year_9999_is_quarantined(read: Read) -> None:
    lines = NATIONAL + "1,2025-07-01T00:00:00+02:00,9999-12-31T00:00:00+02:00,5\n"
    loaded, ((where, rule, _),) = read("counters", "comptages.csv", lines)
    assert (loaded, where, rule) == (0, "end_datetime", "slot_too_long")


def test_a_count_of_18_digits_in_a_declared_file_is_quarantined(read: Read) -> None:
    lines = "Date;Heure;Entrées;Sorties\n01/07/2025;10;123456789012345678;1\n01/07/2025;11;20000;1\n"
    loaded, ((where, rule, _),) = read("counters", "porte-auch-2025.csv", lines)
    assert (loaded, where, rule) == (1, "Entrées", "more_than_possible")


@pytest.mark.parametrize("beds", [9 * 10**18, 25_001])
def test_beds_without_measure_quarantine_their_object_alone(read: Read, tmp_path: Path, beds: int) -> None:
    good, bad = hotel(id=1), hotel(id=2)
    bad[HOTEL] = {"capacite": {"nombreChambresClassees": beds}}
    path = export(tmp_path / "zip", objects(good, bad), FULL)
    loaded, ((where, rule, _),) = read("tourism_information", FULL, path.read_bytes())
    assert (loaded, where, rule) == (1, "tourism_bed_places.bed_count", "out_of_bounds")


@pytest.mark.parametrize("first", ["0001-01-01", "9999-12-31"])
def test_an_opening_in_a_year_that_nobody_meant_is_quarantined(
    read: Read, tmp_path: Path, first: str
) -> None:
    bad = hotel(id=2)
    bad["ouverture"] = {"periodesOuvertures": [{"dateDebut": first, "dateFin": "9999-12-31"}]}
    path = export(tmp_path / "zip", objects(hotel(id=1), bad), FULL)
    loaded, ((_, rule, _),) = read("tourism_information", FULL, path.read_bytes())
    assert (loaded, rule) == (1, "out_of_bounds" if first.startswith("9") else "date_too_early")


def test_a_tariff_of_six_digits_quarantines_its_deliberation_alone(read: Read, tmp_path: Path) -> None:
    generate(tmp_path / "inbox", 1)
    national = (tmp_path / "inbox" / "tourist_tax" / "deliberations-2024.xml").read_text(encoding="utf-8")
    start, end = national.index("<deliberation>"), national.index("</deliberations>")
    one = national[start:end]
    bad = one.replace(">2.05<", ">123456<").replace("200066926", "200000001")
    loaded, ((where, rule, reason),) = read(
        "tourist_tax", "deliberations.xml", national[:end] + bad + national[end:]
    )
    assert (loaded, where, rule) == (1, "200000001/tax_tariffs.tariff", "out_of_bounds")
    assert "0 à 50" in reason


@pytest.mark.parametrize("tariff", ["123456", "1E+30"])
def test_a_legal_scale_that_no_law_has_refuses_the_file(read: Read, tmp_path: Path, tariff: str) -> None:
    from warehouse.errors import RefusedDeliveryError

    generate(tmp_path / "inbox", 1)
    national = (tmp_path / "inbox" / "tourist_tax" / "deliberations-2024.xml").read_text(encoding="utf-8")
    start = national.index("<plafond>")
    bad = national[:start] + f"<plafond>{tariff}" + national[national.index("</plafond>", start) :]
    with pytest.raises(RefusedDeliveryError):
        read("tourist_tax", "deliberations.xml", bad)


def test_the_form_of_a_municipality_code_is_said_once_for_every_source() -> None:
    forms = {
        column.pattern
        for name in names()
        for table in find(name).SPEC.tables
        for column in table.columns
        if column.name == "municipality_code"
    }
    assert forms == {MUNICIPALITY_CODE}
    assert [bool(re.fullmatch(MUNICIPALITY_CODE, code)) for code in ("01053", "2A004", "1053", "20A04")] == [
        True, True, False, False,
    ]  # fmt: skip
