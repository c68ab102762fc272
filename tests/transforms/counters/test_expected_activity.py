"""The table of activity: every series beside what was expected of it, from what lies before alone."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from transforms.counters.expected_activity import of_earlier_years, refresh_activity
from warehouse.storage.database import make_tables

FIRST, DAYS = date(2024, 1, 1), 500


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """A register by day, busy on Saturdays, that records a fifth less from 1 April 2025 on."""
    connection = duckdb.connect()
    make_tables(connection)
    connection.execute(
        """CREATE TABLE settings.calendar AS
           SELECT 'o' AS office, day::DATE AS local_date, NULL::VARCHAR AS public_holiday_name,
                  NULL::VARCHAR AS school_holiday_name
           FROM range(TIMESTAMP '2023-01-01', TIMESTAMP '2026-01-01', INTERVAL 1 DAY) AS days(day);
           CREATE TABLE staging.activity (
               office VARCHAR, series VARCHAR, site VARCHAR, step VARCHAR, period_start DATE, exposure DOUBLE,
               value DOUBLE, is_complete BOOLEAN)"""
    )
    random = np.random.default_rng(1)
    for rank in range(DAYS):
        day = FIRST + timedelta(rank)
        usual = (200 if day.weekday() == 5 else 100) * (0.8 if day >= date(2025, 4, 1) else 1)
        record(connection, day, float(random.poisson(usual)))
    return connection


def record(connection: duckdb.DuckDBPyConnection, day: date, value: float, is_complete: bool = True) -> None:
    row = ["o", "register", "all", "day", day, 8, value, is_complete]
    connection.execute("INSERT INTO staging.activity VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def kept(connection: duckdb.DuckDBPyConnection) -> dict[date, tuple[float | None, float]]:
    found = connection.execute("SELECT period_start, value, expected FROM ops.activity").fetchall()
    return {day: (value, expected) for day, value, expected in found}


def test_a_day_is_expected_by_its_calendar_and_not_by_a_level_that_fell(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    refresh_activity(connection, "o")
    found = kept(connection)
    saturday, monday = (found[day][1] for day in (date(2025, 5, 10), date(2025, 5, 12)))
    assert saturday / monday == pytest.approx(2, abs=0.2)
    assert monday > 90  # with its level the model expects 80


def test_a_night_comes_to_the_same_as_a_first_one(connection: duckdb.DuckDBPyConnection) -> None:
    refresh_activity(connection, "o")
    before = kept(connection)
    record(connection, FIRST + timedelta(DAYS), 80.0)
    refresh_activity(connection, "o")
    after = kept(connection)
    assert {day: after[day] for day in before} == before
    connection.execute("DELETE FROM ops.activity")
    refresh_activity(connection, "o")
    assert kept(connection) == after


def test_a_correction_of_the_past_changes_what_follows_it(connection: duckdb.DuckDBPyConnection) -> None:
    refresh_activity(connection, "o")
    before = kept(connection)
    connection.execute("UPDATE staging.activity SET value = 3 * value WHERE period_start < '2024-03-01'")
    refresh_activity(connection, "o")
    assert kept(connection)[date(2024, 3, 15)][1] > before[date(2024, 3, 15)][1] * 1.5


def test_what_is_not_complete_has_no_value_and_teaches_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "UPDATE staging.activity SET value = 0, is_complete = false WHERE period_start < '2024-02-01'"
    )
    refresh_activity(connection, "o")
    assert kept(connection)[date(2024, 1, 10)] == (None, 0.0)


def test_a_series_that_is_gone_is_forgotten(connection: duckdb.DuckDBPyConnection) -> None:
    refresh_activity(connection, "o")
    connection.execute("DELETE FROM staging.activity")
    refresh_activity(connection, "o")
    assert kept(connection) == {}


def test_a_month_is_expected_like_the_same_months_before() -> None:
    months = np.array(["2023-08", "2024-07", "2024-08", "2025-08"], "datetime64[M]")
    day = months.astype("datetime64[D]").astype(np.int64)
    assert of_earlier_years(day, np.array([100.0, 7.0, 200.0, 9.0]), "month").tolist() == [0, 0, 100, 150]
