"""What of a series must be done again: fingerprints of its months."""

from __future__ import annotations

from datetime import UTC, date, datetime

import duckdb
import pytest

from tests.expectations.synthetic import door
from tests.watched import watched_tables
from warehouse.counted.months import Contents, added, mark, read_contents, stale

AS_OF = datetime(2024, 7, 1, tzinfo=UTC)
TABLE = "ops.expected_month"


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return watched_tables([door(1, days=150), door(2, days=150, subject="counter:side")])


def fingerprint(contents: Contents, first: date, last: date, version: str = "1") -> str:
    return contents.fingerprint(["counter:door"], first, last, version)


def change(connection: duckdb.DuckDBPyConnection, subject: str = "counter:door") -> None:
    """Another count on 12 March."""
    connection.execute(
        """UPDATE marts.counted_series SET observed_count = 999
           WHERE subject = ? AND utc_hour = '2024-03-12 09:00:00'""",
        [subject],
    )


def test_months_before_and_after_a_change_keep_their_fingerprint(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    before = read_contents(connection, "marts.counted_series", "auch", AS_OF)
    change(connection)
    after = read_contents(connection, "marts.counted_series", "auch", AS_OF)
    for first, last, same in (
        (date(2024, 1, 1), date(2024, 2, 1), True),
        (date(2024, 1, 1), date(2024, 3, 1), False),
        (date(2024, 3, 1), date(2024, 3, 1), False),
        (date(2024, 4, 1), date(2024, 5, 1), True),
    ):
        assert (fingerprint(before, first, last) == fingerprint(after, first, last)) is same


def test_another_series_another_code_and_a_later_instant_are_told_apart(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    contents = read_contents(connection, "marts.counted_series", "auch", AS_OF)
    march = date(2024, 3, 1)
    assert fingerprint(contents, march, march) != fingerprint(contents, march, march, version="2")
    change(connection, "counter:side")
    again = read_contents(connection, "marts.counted_series", "auch", AS_OF)
    assert fingerprint(again, march, march) == fingerprint(contents, march, march)
    early = read_contents(connection, "marts.counted_series", "auch", datetime(2024, 3, 20, tzinfo=UTC))
    assert fingerprint(early, march, march) != fingerprint(contents, march, march)


def test_what_is_not_marked_as_done_stays_to_be_done(connection: duckdb.DuckDBPyConnection) -> None:
    wanted = {("s", date(2024, 2, 1)): "b", ("s", date(2024, 1, 1)): "a", ("t", date(2024, 1, 1)): "c"}
    assert stale(connection, TABLE, "auch", wanted).todo == sorted(wanted, key=lambda key: (key[1], key[0]))
    mark(connection, TABLE, "auch", {("s", date(2024, 1, 1)): "a", ("t", date(2024, 1, 1)): "older"})
    left = [("t", date(2024, 1, 1)), ("s", date(2024, 2, 1))]
    assert stale(connection, TABLE, "auch", wanted).todo == left
    assert stale(connection, TABLE, "auch", wanted).todo == left


def test_what_is_no_more_is_told_once(connection: duckdb.DuckDBPyConnection) -> None:
    mark(connection, TABLE, "auch", {("old", date(2024, 1, 1)): "a"})
    assert stale(connection, TABLE, "auch", {}).gone == [("old", date(2024, 1, 1))]
    assert stale(connection, TABLE, "auch", {}).gone == []


def test_months_are_counted_across_years() -> None:
    assert added(date(2024, 11, 1), 3) == date(2025, 2, 1)
    assert added(date(2024, 2, 1), -26) == date(2021, 12, 1)
