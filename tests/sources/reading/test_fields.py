"""Builders of output columns: what each makes of a cell, and which rule a bad cell breaks."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.reading import fields
from sources.reading.fields import Field
from warehouse.clock import naive_utc

RECEIVED = naive_utc(datetime(2026, 1, 5, 1, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = duckdb.connect()
    opened.execute("SET TimeZone = 'UTC'")
    yield opened
    opened.close()


def judge(connection: duckdb.DuckDBPyConnection, field: Field, cell: str | None) -> tuple[object, str | None]:
    """The value that the field makes of a cell, and the first rule that it breaks."""
    checks = ", ".join(f"coalesce({condition}, false)" for _, condition, *_ in field.checks)
    rows = fields.evaluated(f"(SELECT {fields.trimmed('c')} AS c FROM (SELECT ?::VARCHAR AS c))", [field])
    row = connection.execute(
        f"SELECT {field.value}{', ' + checks if checks else ''} FROM {rows}", [cell]
    ).fetchone()
    assert row is not None
    broken = [rule for (rule, *_), is_broken in zip(field.checks, row[1:], strict=True) if is_broken]
    return row[0], broken[0] if broken else None


@pytest.mark.parametrize("cell", [None, "", "   ", "\u00a0", "\t\u202f"])
def test_a_blank_cell_is_null_in_every_builder(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    builders = [
        fields.text("o", "c"),
        fields.category("o", "c", {"a": "b"}),
        fields.number("o", "c"),
        fields.whole("o", "c"),
        fields.day("o", "c", ["%d/%m/%Y"], RECEIVED),
        fields.instant(
            "o", "c", fields.local_time('"c"', ["%Y-%m-%d"]), RECEIVED, zone="Europe/Paris", required=False
        ),
    ]
    assert {judge(connection, builder, cell) for builder in builders} == {(None, None)}


@pytest.mark.parametrize(
    "field",
    [
        fields.text("o", "c", required=True),
        fields.category("o", "c", {"a": "b"}, required=True),
        fields.number("o", "c", required=True),
        fields.day("o", "c", ["%d/%m/%Y"], RECEIVED, required=True),
        fields.instant("o", "c", fields.local_time('"c"', ["%Y"]), RECEIVED, zone="Europe/Paris"),
        fields.keyed_hash("o", "c", "2025", required=True),
    ],
    ids=["text", "category", "number", "day", "instant", "hash"],
)
def test_a_required_cell_may_not_be_blank(connection: duckdb.DuckDBPyConnection, field: Field) -> None:
    fields.set_hash_key(connection, "key")
    assert judge(connection, field, " ")[1] == "missing_value"


def test_text_loses_outer_spaces_only(connection: duckdb.DuckDBPyConnection) -> None:
    assert judge(connection, fields.text("o", "c"), " L'Isle  Jourdain\u00a0") == ("L'Isle  Jourdain", None)


def test_a_constant_may_be_text_a_number_or_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    made = [judge(connection, fields.constant("o", value), "x")[0] for value in ("l'office", 7, None)]
    assert made == ["l'office", 7, None]


@pytest.mark.parametrize(
    ("cell", "value", "is_unknown"), [("E", "in", False), (" e ", "in", False), ("Zig", "other", True)]
)
def test_a_category_is_translated_and_the_text_of_an_unknown_one_is_not_loaded(
    connection: duckdb.DuckDBPyConnection, cell: str, value: str, is_unknown: bool
) -> None:
    field = fields.category("o", "c", {"e": "in", "S": "out"})
    assert judge(connection, field, cell)[0] == value
    query = f"SELECT {field.unknown} FROM (SELECT {fields.trimmed('c')} AS c FROM (SELECT ?::VARCHAR AS c))"
    assert connection.execute(query, [cell]).fetchone() == (is_unknown,)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1 234,56", Decimal("1234.5600")),
        ("1\u202f234,5", Decimal("1234.5000")),
        ("+0,8", Decimal("0.8000")),
        (",5", Decimal("0.5000")),
        ("5,", Decimal("5.0000")),
    ],
)
def test_a_number_in_french_form_is_exact(
    connection: duckdb.DuckDBPyConnection, cell: str, value: Decimal
) -> None:
    assert judge(connection, fields.number("o", "c"), cell) == (value, None)


@pytest.mark.parametrize(
    "cell", ["1.234", "1,2,3", "1e5", "NaN", "inf", "--1", "12 €", "0x1F", "١٢", "1_000"]
)
def test_what_is_no_number_in_the_declared_form_is_told(
    connection: duckdb.DuckDBPyConnection, cell: str
) -> None:
    assert judge(connection, fields.number("o", "c"), cell) == (None, "not_a_number")


def test_a_number_with_a_decimal_point_is_read_when_declared(connection: duckdb.DuckDBPyConnection) -> None:
    point = fields.number("o", "c", decimal=".")
    assert judge(connection, point, "1.25") == (Decimal("1.2500"), None)
    assert judge(connection, point, "1,25")[1] == "not_a_number"


def test_a_negative_number_is_told_unless_it_is_allowed(connection: duckdb.DuckDBPyConnection) -> None:
    assert judge(connection, fields.number("o", "c"), "-1,5")[1] == "negative"
    assert judge(connection, fields.number("o", "c", negative=True), "-1,5") == (Decimal("-1.5000"), None)


@pytest.mark.parametrize(("decimal", "cell"), [(",", "12,0"), (",", "12,00"), (".", "12.0"), (".", "12")])
def test_a_whole_number_may_have_zeros_that_are_no_thousands(
    connection: duckdb.DuckDBPyConnection, decimal: str, cell: str
) -> None:
    assert judge(connection, fields.number("o", "c", "BIGINT", decimal=decimal), cell) == (12, None)


@pytest.mark.parametrize("cell", ["1,5", "9223372036854775808", "1.0", "1,000"])
def test_what_is_no_whole_number_is_told(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    assert judge(connection, fields.whole("o", "c"), cell)[1] == "not_a_number"


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("29/02/2024", None),
        ("29/02/2025", "not_a_date"),
        ("2025-03-01", "not_a_date"),
        ("01/01/1970", "date_too_early"),
        ("31/12/1999", "date_too_early"),
        ("05/01/2026", None),
        ("06/01/2026", "date_in_the_future"),
    ],
)
def test_a_day_is_strict_and_lies_between_2000_and_the_reception(
    connection: duckdb.DuckDBPyConnection, cell: str, rule: str | None
) -> None:
    assert judge(connection, fields.day("o", "c", ["%d/%m/%Y"], RECEIVED), cell)[1] == rule


def test_a_day_tries_its_forms_in_order_and_may_lie_ahead(connection: duckdb.DuckDBPyConnection) -> None:
    field = fields.day("o", "c", ["%d/%m/%Y", "%Y-%m-%d"], RECEIVED, future=True)
    assert judge(connection, field, "2027-05-01") == (date(2027, 5, 1), None)


@pytest.mark.parametrize(
    ("cell", "utc", "rule"),
    [
        ("2025-01-15 10:00", "2025-01-15 09:00", None),
        ("2025-07-15 10:00", "2025-07-15 08:00", None),
        ("2025-03-30 01:59", "2025-03-30 00:59", None),
        ("2025-03-30 02:30", None, "no_such_local_time"),
        ("2025-03-30 03:00", "2025-03-30 01:00", None),
        ("2025-10-26 02:30", "2025-10-26 01:30", None),
        ("2025-10-26 03:00", "2025-10-26 02:00", None),
        ("1970-01-01 10:00", None, "date_too_early"),
        ("2026-01-05 02:31", None, "date_in_the_future"),
        ("yesterday", None, "not_a_date"),
    ],
)
def test_a_local_instant_becomes_utc_and_the_hour_that_comes_twice_is_the_second(
    connection: duckdb.DuckDBPyConnection, cell: str, utc: str | None, rule: str | None
) -> None:
    local = fields.local_time('"c"', ["%Y-%m-%d %H:%M"])
    value, broken = judge(connection, fields.instant("o", "c", local, RECEIVED, zone="Europe/Paris"), cell)
    assert broken == rule
    if utc is not None:
        assert value == datetime.fromisoformat(utc)


@pytest.mark.parametrize("key", ["k", "a key for tests only", "é" * 32, "long" * 40])
@pytest.mark.parametrize("plate", ["AB-123-CD", "ab 123 cd", " 1234 XY 32 "])
def test_a_keyed_hash_is_the_hmac_of_the_bare_plate(
    connection: duckdb.DuckDBPyConnection, key: str, plate: str
) -> None:
    fields.set_hash_key(connection, key)
    bare = re.sub("[^A-Z0-9]", "", plate.upper())
    key_of_2025 = hmac.new(key.encode(), b"2025", hashlib.sha256).digest()
    expected = hmac.new(key_of_2025, bare.encode(), hashlib.sha256).hexdigest()
    assert judge(connection, fields.keyed_hash("o", "c", "2025"), plate) == (expected, None)
    assert fields.plate_hash(key, plate, 2025) == expected
    assert judge(connection, fields.keyed_hash("o", "c", "2026"), plate)[0] != expected


def test_a_plate_without_letters_or_digits_has_no_hash(connection: duckdb.DuckDBPyConnection) -> None:
    fields.set_hash_key(connection, "k")
    assert judge(connection, fields.keyed_hash("o", "c", "2025"), " -- ")[0] is None


def test_a_hashed_column_is_personal() -> None:
    assert fields.keyed_hash("o", "c", "2025").personal


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(cell=st.text(max_size=20), name=st.text(min_size=1, max_size=8).filter(lambda n: "\x00" not in n))
def test_no_text_can_break_a_builder_or_its_column_name(
    connection: duckdb.DuckDBPyConnection, cell: str, name: str
) -> None:
    if "\x00" in cell:
        return
    for field in (
        fields.text("o", name),
        fields.number("o", name),
        fields.day("o", name, ["%d/%m/%Y"], RECEIVED),
    ):
        connection.execute(
            f"SELECT {field.sql} FROM (SELECT ?::VARCHAR AS {fields.quoted(name)})", [cell]
        ).fetchall()


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(min_value=-(10**12), max_value=10**12), st.integers(0, 9999))
def test_every_amount_written_in_french_comes_back_exactly(
    connection: duckdb.DuckDBPyConnection, whole: int, parts: int
) -> None:
    written = f"{whole:,}".replace(",", "\u202f") + f",{parts:04d}"
    value = Decimal(f"{whole}.{parts:04d}")
    assert judge(connection, fields.number("o", "c", negative=True), written) == (value, None)
