"""The two files of the motorhome area: what is loaded, what is not, and that no plate is ever in clear."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.night.ingesting import read_and_load, receive
from sources.catalogue import Context, SourceReading
from sources.motorhome.source import SPEC, read
from tests.refusals import refused
from warehouse.clock import naive_utc
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery
from warehouse.words.shapes import plain

FIXTURES = Path(__file__).parent / "fixtures"
PASSAGES = "passages-ile-saint-martin-2025-07.csv"
PAYMENTS = "paiements-ile-saint-martin-2025-07.csv"
PASSAGE_HEADING = "Date;Heure;Borne;Sens;Plaque;Ticket;Ouverture\n"
PAYMENT_HEADING = "Numéro;Date;Heure;Ticket;Nuits;Montant TTC;TVA;Taxe de séjour;Mode;Type\n"
KEY = "the office's key"

Reader = Callable[..., SourceReading]


@pytest.fixture
def read_text(tmp_path: Path, office: Office, as_of: datetime) -> Reader:
    """Read a text as if it had come under that name."""

    def reader(text: str | bytes, name: str = PASSAGES, office: Office = office) -> SourceReading:
        path = tmp_path / "archived"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        delivery = Delivery(7, office.code, "motorhome", name, "0" * 64, naive_utc(as_of), path)
        return read(delivery, Context(office, lambda _: KEY, tmp_path, as_of, Home(tmp_path)))

    return reader


def rows(reading: SourceReading) -> list[dict[str, Any]]:
    (path,) = reading.tables.values()
    answer = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def rules(reading: SourceReading) -> list[tuple[int, str, str]]:
    """Line, column and rule of the quarantined rows."""
    if not reading.account.quarantine:
        return []
    query = 'SELECT line, "column", rule FROM read_parquet(?) ORDER BY line'
    return duckdb.execute(query, [str(reading.account.quarantine[0])]).fetchall()


def passage(**changes: str) -> str:
    cells = {
        "date": "03/07/2025", "time": "16:42:10", "lane": "Entrée", "direction": "E",
        "plate": "AB-123-CD", "ticket": "T1", "opening": "ticket",
    }  # fmt: skip
    return ";".join((cells | changes).values()) + "\n"


def payment(**changes: str) -> str:
    cells = {
        "number": "1", "date": "05/07/2025", "time": "08:58:02", "ticket": "T1", "nights": "2",
        "amount": "15,16", "vat": "2,33", "tax": "1,16", "method": "carte", "kind": "vente",
    }  # fmt: skip
    return ";".join((cells | changes).values()) + "\n"


def test_a_passage_is_loaded_with_its_instant_in_utc_and_its_local_day(read_text: Reader) -> None:
    found = rows(read_text(PASSAGE_HEADING + passage(date="04/07/2025", time="00:30:00")))
    assert [(r["site"], r["passed_at"], r["local_date"], r["direction"], r["opening"]) for r in found] == [
        ("ile-saint-martin", datetime(2025, 7, 3, 22, 30), date(2025, 7, 4), "in", "ticket")  # noqa: DTZ001
    ]


def test_a_plate_becomes_its_hmac_however_it_is_written(read_text: Reader) -> None:
    reading = read_text((FIXTURES / PASSAGES).read_bytes())
    key_of_2025 = hmac.new(KEY.encode(), b"2025", hashlib.sha256).digest()
    expected = hmac.new(key_of_2025, b"AB123CD", hashlib.sha256).hexdigest()
    assert [row["plate_hash"] for row in rows(reading)] == [expected, expected, None, None]


def test_a_plate_in_another_column_is_quarantined_and_never_repeated(read_text: Reader) -> None:
    shifted = [
        passage(ticket="AB-123-CD", time="16:00:00"),
        passage(direction="ZZ 999 ZZ", time="16:00:01"),
        passage(date="QQ-111-QQ"),
        passage(opening="1234 XY 32"),
    ]
    reading = read_text(PASSAGE_HEADING + "".join(shifted) + passage())
    assert [rule for _, _, rule in rules(reading)] == ["misplaced_plate"] * 4
    told = str(duckdb.execute("FROM read_parquet(?)", [str(reading.account.quarantine[0])]).fetchall())
    told += str(rows(reading)) + plain(reading.account.message)
    assert not [plate for plate in ("AB-123-CD", "ZZ 999", "zz 999", "QQ-111", "1234 XY") if plate in told]


def test_a_payment_is_loaded_as_decimals_and_the_total_line_is_filtered(read_text: Reader) -> None:
    reading = read_text((FIXTURES / PAYMENTS).read_bytes(), PAYMENTS)
    assert [(r["payment_kind"], r["amount_eur"], r["vat_eur"], r["nights_count"]) for r in rows(reading)] == [
        ("sale", Decimal("1015.16"), Decimal("169.00"), 2),
        ("refund", Decimal("-7.58"), Decimal("-1.17"), -1),
    ]
    assert reading.account.rows_filtered == 1
    assert "total_line 1" in plain(reading.account.message)


def test_a_total_line_of_fewer_cells_is_filtered_too(read_text: Reader) -> None:
    reading = read_text(PAYMENT_HEADING + payment() + "TOTAL;15,16\n", PAYMENTS)
    assert (reading.account.rows_loaded, reading.account.rows_filtered) == (1, 1)


def test_card_numbers_and_names_are_dropped_without_a_word(read_text: Reader) -> None:
    reading = read_text((FIXTURES / PAYMENTS).read_bytes(), PAYMENTS)
    told = str(rows(reading)) + plain(reading.account.message)
    assert "4242" not in told
    assert "DUPONT" not in told
    assert "Carte" not in told


def test_only_refunds_and_cancellations_are_negative(read_text: Reader) -> None:
    lines = [
        payment(number="1", amount="-15,16"),
        payment(number="2", kind="remboursement"),
        payment(number="3", kind="annulation", nights="-2", amount="-15,16", vat="-2,33", tax="-1,16"),
        payment(number="4", kind="don", amount="-1,00"),
    ]
    reading = read_text(PAYMENT_HEADING + "".join(lines), PAYMENTS)
    assert rules(reading) == [
        (2, "Montant TTC", "negative"),
        (3, "Nuits", "positive_refund"),
        (5, "Montant TTC", "negative"),
    ]
    assert [row["payment_kind"] for row in rows(reading)] == ["cancellation"]


@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"date": "01/01/1970"}, "Date", "date_too_early"),
        ({"date": "03/07/2031"}, "Date", "date_in_the_future"),
        ({"date": "31/02/2025"}, "Date", "not_a_date"),
        ({"time": "25:00:00"}, "Heure", "not_a_date"),
        ({"time": ""}, "Heure", "missing_value"),
        ({"date": "30/03/2025", "time": "02:30:00"}, "Heure", "no_such_local_time"),
        ({"direction": ""}, "Sens", "missing_value"),
    ],
)
def test_a_bad_passage_is_quarantined_with_line_column_and_rule(
    read_text: Reader, changes: dict[str, str], column: str, rule: str
) -> None:
    reading = read_text(PASSAGE_HEADING + passage(time="09:00:00") + passage(**changes))
    assert rules(reading) == [(3, column, rule)]
    assert reading.account.rows_loaded == 1


def test_a_decimal_point_is_not_taken_for_a_decimal_comma(read_text: Reader) -> None:
    reading = read_text(PAYMENT_HEADING + payment(amount="15.16"), PAYMENTS)
    assert rules(reading) == [(2, "Montant TTC", "not_a_number")]


def test_the_same_payment_number_with_other_values_is_quarantined(read_text: Reader) -> None:
    reading = read_text(PAYMENT_HEADING + payment() + payment() + payment(amount="99,00"), PAYMENTS)
    assert (reading.account.rows_loaded, reading.account.rows_duplicate) == (1, 1)
    assert [rule for _, _, rule in rules(reading)] == ["conflicting_key"]


def test_two_gates_opened_by_hand_in_one_minute_are_two_passages(read_text: Reader) -> None:
    by_hand = passage(plate="", ticket="", opening="manuel")
    known = passage(ticket="T1")
    reading = read_text(PASSAGE_HEADING + by_hand * 2 + known * 2)
    assert (reading.account.rows_loaded, reading.account.rows_duplicate) == (3, 1)


def test_the_total_line_of_payments_is_compared_with_them(read_text: Reader) -> None:
    reading = read_text(PAYMENT_HEADING + payment() + "TOTAL;99,00\n", PAYMENTS)
    (control,) = reading.account.controls
    assert (control.column, str(control.stated)) == ("Montant TTC", "99.00")
    assert "écart" in plain(reading.account.message)


def test_an_unknown_opening_is_loaded_as_other_and_its_text_reported_once(read_text: Reader) -> None:
    text = passage(opening="Badge") + passage(opening="badge", time="17:00:00")
    reading = read_text(PASSAGE_HEADING + text)
    assert [row["opening"] for row in rows(reading)] == ["other", "other"]
    assert plain(reading.account.message).count("Ouverture") == 1


def test_a_wrong_separator_refuses_the_file(read_text: Reader) -> None:
    with refused("','"):
        read_text((PASSAGE_HEADING + passage()).replace(";", ","))


def test_a_missing_column_refuses_the_whole_file_by_its_name(read_text: Reader) -> None:
    text = PAYMENT_HEADING.replace("Taxe de séjour;", "") + payment()
    with refused("« Taxe de séjour »"):
        read_text(text, PAYMENTS)


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_refused(read_text: Reader, content: str) -> None:
    with refused("est vide"):
        read_text(content)


def test_the_site_may_be_left_out_of_the_name_when_there_is_one_area(read_text: Reader) -> None:
    assert rows(read_text(PASSAGE_HEADING + passage(), "passages-2025-07.csv"))[0]["site"] == (
        "ile-saint-martin"
    )


@pytest.mark.parametrize("name", ["passages-autre-aire-2025-07.csv", "ventes-2025-07.csv"])
def test_a_file_of_no_known_area_or_kind_is_refused(read_text: Reader, name: str) -> None:
    with refused(name):
        read_text(PASSAGE_HEADING + passage(), name)


def test_with_two_areas_the_name_tells_which(read_text: Reader, office: Office) -> None:
    site, area = office.sites[-1], office.systems.motorhome[0]
    more = (area, area.model_copy(update={"site": "ile"}))
    two = office.model_copy(
        update={
            "sites": (*office.sites, site.model_copy(update={"code": "ile"})),
            "systems": office.systems.model_copy(update={"motorhome": more}),
        }
    )
    text = PASSAGE_HEADING + passage()
    assert rows(read_text(text, PASSAGES, two))[0]["site"] == "ile-saint-martin"
    assert rows(read_text(text, "passages-ile-2025-07.csv", two))[0]["site"] == "ile"
    with pytest.raises(RefusedDeliveryError):
        read_text(text, "passages-2025-07.csv", two)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["03/07/2025", "", "01/01/1970", "x"]),
            st.sampled_from(["16:42:10", "", "9h"]),
            st.sampled_from(["E", "S", "?", ""]),
            st.sampled_from(["AB-123-CD", "", "é"]),
            st.sampled_from(["T1", "", '"T;1"', "TOTAL", "a;b"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_no_row_of_a_wild_file_is_lost(read_text: Reader, lines: list[tuple[str, ...]]) -> None:
    text = "".join(
        passage(date=date_, time=time, direction=direction, plate=plate, ticket=ticket)
        for date_, time, direction, plate, ticket in lines
    )
    account = read_text(PASSAGE_HEADING + text).account
    assert account.balances
    assert account.rows_read == len(lines)


def test_a_correction_replaces_its_days_and_no_plate_is_in_the_database(
    home: Home, office: Office, as_of: datetime
) -> None:
    inbox = home.inbox / "motorhome"
    inbox.mkdir(parents=True)
    first = passage() + passage(date="04/07/2025", time="09:00:00") + passage(date="04/07/2025", ticket="T9")
    deliveries = {
        PASSAGES: PASSAGE_HEADING + first + passage(direction="", plate="ZZ-999-ZZ"),
        "passages-ile-saint-martin-2025-07-04.csv": PASSAGE_HEADING + passage(date="04/07/2025", ticket="T8"),
        PAYMENTS: PAYMENT_HEADING + payment(),
    }
    for age, (name, text) in enumerate(deliveries.items()):
        (inbox / name).write_text(text, encoding="utf-8")
        received = datetime(2025, 8, 1 + age, tzinfo=UTC).timestamp()
        os.utime(inbox / name, (received, received))
    receive(home, office, "motorhome", as_of)
    read_and_load(home, office, "motorhome", as_of)

    with duckdb.connect(str(home.database), read_only=True) as connection:
        standing = connection.execute(
            "SELECT local_date, ticket FROM raw.motorhome_passages ORDER BY ALL"
        ).fetchall()
        messages = connection.execute("SELECT message FROM quality.load ORDER BY delivery_id").fetchall()
        tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        content = [
            str(connection.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall())
            for schema, table in tables
        ]
    assert standing == [(date(2025, 7, 3), "T1"), (date(2025, 7, 4), "T8")]
    assert f"remplace 2 lignes de {PASSAGES}" in plain(messages[1][0])
    everything = "".join(content)
    assert "T8" in everything  # the scan sees what is there
    assert not [p for p in ("AB-123-CD", "AB123CD", "ZZ-999-ZZ", "ZZ999ZZ") if p in everything]


def test_the_samples_of_source_yml_are_read_whole(read_text: Reader) -> None:
    for delivery in SPEC.deliveries:
        name = PASSAGES if delivery.kind == "passages" else PAYMENTS
        account = read_text(delivery.sample, name).account
        assert account.rows_loaded > 0
        assert account.rows_quarantined == 0


def test_hashes_of_two_years_differ_and_january_has_that_of_december_beside_its_own(
    read_text: Reader,
) -> None:
    lines = ["Date;Heure;Sens;Plaque;Ticket;Ouverture"]
    lines += [f"{day};10:00:00;{way};AB-123-CD;;plaque" for day, way in (
        ("20/12/2024", "E"), ("21/01/2025", "S"), ("22/01/2025", "E"),
    )]  # fmt: skip
    december, early, late = rows(read_text("\n".join(lines).encode()))
    assert december["plate_hash"] != early["plate_hash"] == late["plate_hash"]
    assert early["plate_hash_last_year"] == december["plate_hash"]
    assert late["plate_hash_last_year"] is december["plate_hash_last_year"] is None
