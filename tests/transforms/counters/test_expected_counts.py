"""The table of expected counts: one model by month, done again only where its months changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import numpy as np
import pytest

from tests.expectations.synthetic import door
from tests.watched import add_series, same_rows, watched_tables
from transforms.counters.expected_counts import refresh_expected_counts
from transforms.counters.expecting import seasonal
from warehouse.counted.series import Bools, Integers, Series

AS_OF = datetime(2025, 3, 20, 1, tzinfo=UTC)
TABLE = "quality.expected_count"


@pytest.fixture(scope="module")
def series() -> Series:
    return door(4, per_day=140, days=445)


def refreshed(series: Series, as_of: datetime = AS_OF) -> duckdb.DuckDBPyConnection:
    connection = watched_tables([series])
    refresh_expected_counts(connection, "auch", as_of)
    return connection


@pytest.fixture(scope="module")
def first(series: Series) -> duckdb.DuckDBPyConnection:
    """A first night."""
    return refreshed(series)


def sums(connection: duckdb.DuckDBPyConnection, where: str) -> tuple[float, float]:
    """What was expected and what was counted."""
    row = connection.execute(
        f"""SELECT sum(expected_count), sum(observed_count)
            FROM quality.expected_count
            JOIN marts.counted_series USING (office, subject, utc_hour, local_date)
            WHERE {where}"""
    ).fetchone()
    assert row is not None
    return row


def test_every_slot_that_was_over_has_its_expected_count(first: duckdb.DuckDBPyConnection) -> None:
    row = first.execute(
        """SELECT count(*), count(*) FILTER (expected.utc_hour IS NULL), max(expected.utc_hour)::VARCHAR
           FROM marts.counted_series AS counted
           LEFT JOIN quality.expected_count AS expected USING (office, subject, utc_hour)
           WHERE counted.utc_hour < '2025-03-20 01:00:00'"""
    ).fetchone()
    assert row is not None
    assert row[0] > 10_000
    assert row[1:] == (0, "2025-03-20 00:00:00")


def test_a_year_later_a_month_is_expected_within_a_tenth(first: duckdb.DuckDBPyConnection) -> None:
    expected, counted = sums(first, "local_date BETWEEN '2025-02-01' AND '2025-02-28'")
    assert expected == pytest.approx(counted, rel=0.1)


def test_the_table_expects_of_a_day_what_the_model_expects_of_the_whole_series(
    series: Series, first: duckdb.DuckDBPyConnection
) -> None:
    told = first.execute(
        """SELECT sum(seasonal_count) FROM quality.expected_count
           WHERE local_date BETWEEN '2025-02-01' AND '2025-02-28' GROUP BY local_date ORDER BY local_date"""
    ).fetchnumpy()
    february = slice(397, 397 + 28)  # from 1 January 2024
    expected = seasonal(series, no_day, no_day)[february]
    assert told["sum(seasonal_count)"] == pytest.approx(expected, rel=1e-5)


def test_a_day_keeps_its_expected_count_where_closed_days_have_no_slot(series: Series) -> None:
    """Months that begin or end on a closed Sunday, and one that begins with the series."""
    opened = at(series, (series.open_minutes > 0) & (series.day >= series.day[0] + 5))
    told = (
        refreshed(opened)
        .execute(
            """SELECT local_date - DATE '1970-01-01' AS day, sum(seasonal_count) AS expected
           FROM quality.expected_count GROUP BY day ORDER BY day"""
        )
        .fetchnumpy()
    )
    expected = seasonal(opened, no_day, no_day)[told["day"] - opened.day[0]]
    assert told["expected"] == pytest.approx(expected, rel=1e-5)


def at(series: Series, slots: Bools) -> Series:
    names = ("start", "minutes", "day", "hour", "open_minutes", "count")
    return replace(series, **{name: getattr(series, name)[slots] for name in names})


def no_day(day: Integers) -> Bools:
    return np.zeros(day.size, dtype=bool)


def test_closed_hours_expect_nothing(first: duckdb.DuckDBPyConnection) -> None:
    row = first.execute(
        "SELECT sum(expected_count), sum(seasonal_count) FROM quality.expected_count WHERE open_minutes = 0"
    ).fetchone()
    assert row == (0, 0)


def test_a_night_does_again_the_month_that_is_not_over_and_comes_to_what_a_first_one_comes_to(
    series: Series,
) -> None:
    nightly = refreshed(series, datetime(2025, 3, 18, 1, tzinfo=UTC))
    assert refresh_expected_counts(nightly, "auch", AS_OF) == 1
    assert refresh_expected_counts(nightly, "auch", AS_OF) == 0
    assert same_rows(nightly, refreshed(series), TABLE)


def test_late_counts_of_january_revise_what_was_expected_since_and_nothing_before(
    series: Series, first: duckdb.DuckDBPyConnection
) -> None:
    january = (series.start >= np.datetime64("2025-01-06")) & (series.start < np.datetime64("2025-01-20"))
    late = refreshed(replace(series, count=np.where(january, np.nan, series.count)))
    assert not same_rows(late, first, TABLE)
    add_series(late, series, series.subject)
    assert refresh_expected_counts(late, "auch", AS_OF) == 3
    assert same_rows(late, first, TABLE)


def test_a_night_that_was_killed_before_its_end_is_done_again(
    series: Series, first: duckdb.DuckDBPyConnection
) -> None:
    killed = refreshed(series)
    killed.execute("DELETE FROM ops.expected_month WHERE first_date > '2024-12-01'")
    assert refresh_expected_counts(killed, "auch", AS_OF) == 3
    assert same_rows(killed, first, TABLE)


def test_a_series_that_is_watched_no_more_leaves_the_table(series: Series) -> None:
    connection = watched_tables([series, replace(series, subject="counter:old")])
    refresh_expected_counts(connection, "auch", AS_OF)
    connection.execute("DELETE FROM marts.counted_series WHERE subject = 'counter:old'")
    refresh_expected_counts(connection, "auch", AS_OF)
    assert connection.execute("SELECT DISTINCT subject FROM quality.expected_count").fetchall() == [
        ("counter:door",)
    ]


def test_what_counts_beside_it_at_the_same_site_is_written_beside_it(series: Series) -> None:
    beside = replace(series, subject="counter:side", count=np.where(series.open_minutes > 0, 5.0, 0.0))
    connection = watched_tables([series, beside], {"counter:door": "desk", "counter:side": "desk"})
    refresh_expected_counts(connection, "auch", AS_OF)
    row = connection.execute(
        """SELECT min(partner_count), max(partner_count),
                  min(partner_expected_count), max(partner_expected_count)
           FROM quality.expected_count
           WHERE subject = 'counter:door' AND open_minutes > 0 AND local_date >= '2025-02-01'"""
    ).fetchone()
    assert row is not None
    assert row[:2] == (5, 5)
    assert row[2:] == (pytest.approx(5, rel=0.02), pytest.approx(5, rel=0.02))


# --- faults ------------------------------------------------------------------------------------------------


def declared(connection: duckdb.DuckDBPyConnection, onset: str, detected: str, usual: str) -> None:
    """Enter a half of the level that lasts."""
    connection.execute(
        """INSERT INTO quality.outage
           VALUES ('auch', 'counter:door', 'half', ?, ?, NULL, 0, 0, 0, 0, NULL, NULL, ?)""",
        [onset, detected, usual],
    )


def level_of(connection: duckdb.DuckDBPyConnection, month: str) -> float:
    """What season made expected in a month, over what the sound door would have counted."""
    row = connection.execute(
        f"""SELECT sum(seasonal_count), sum(observed_count)
            FROM {TABLE} JOIN marts.counted_series USING (office, subject, utc_hour, local_date)
            WHERE date_trunc('month', local_date) = ?""",
        [month],
    ).fetchone()
    assert row is not None
    return float(row[0] / row[1])


@pytest.fixture(scope="module")
def halved(series: Series) -> Series:
    """The door that counts half of what passes from 1 November 2024 on."""
    half = series.start >= np.datetime64("2024-10-31T23:00:00")
    return replace(series, count=np.where(half, np.floor(series.count / 2), series.count))


def test_no_month_is_learnt_from_days_that_were_declared_faulty(halved: Series) -> None:
    taught = refreshed(halved)
    spared = watched_tables([halved])
    declared(spared, "2024-11-01 08:00:00", "2024-11-09 00:00:00", "2025-03-09 00:00:00")
    refresh_expected_counts(spared, "auch", AS_OF)
    # Half is counted, so twice as much should be expected.
    assert level_of(spared, "2025-02-01") > 1.25 * level_of(taught, "2025-02-01")
    assert level_of(spared, "2024-11-01") == level_of(taught, "2024-11-01")  # not known yet


def test_a_level_that_has_become_usual_is_learnt(halved: Series) -> None:
    taught = refreshed(halved)
    usual = watched_tables([halved])
    declared(usual, "2024-11-01 08:00:00", "2024-11-09 00:00:00", "2025-01-15 00:00:00")
    refresh_expected_counts(usual, "auch", AS_OF)
    # As a step: days of a fault that nobody declared pull the level down month by month.
    assert level_of(usual, "2025-02-01") == pytest.approx(1, abs=0.2)
    assert level_of(taught, "2025-02-01") > 1.5


def test_a_new_method_that_the_office_file_lists_is_learnt_as_a_step(halved: Series) -> None:
    listed = watched_tables([halved])
    listed.execute(
        "INSERT INTO settings.method_break VALUES ('auch', 'counter_passages', 'all', '2024-11-01', '')"
    )
    refresh_expected_counts(listed, "auch", AS_OF)
    assert level_of(listed, "2025-02-01") == pytest.approx(1, abs=0.2)


def test_a_fault_that_is_declared_has_the_months_after_it_learnt_again_and_no_other(halved: Series) -> None:
    connection = refreshed(halved)
    declared(connection, "2024-11-01 08:00:00", "2024-11-09 00:00:00", "2025-03-09 00:00:00")
    assert refresh_expected_counts(connection, "auch", AS_OF) == 4  # December to March
    assert refresh_expected_counts(connection, "auch", AS_OF) == 0
