"""What each system gave by month: nothing that did not come is called complete, or not expected."""

from __future__ import annotations

import duckdb
import pytest

from reports.reading import read

TABLES = """
CREATE SCHEMA marts;
CREATE TABLE marts.calendar AS
    SELECT day::DATE AS local_date, month(day) AS month, date_trunc('month', day)::DATE AS month_start
    FROM range(DATE '2024-01-01', DATE '2026-03-15', INTERVAL 1 DAY) AS days (day);
CREATE TABLE marts.indicator AS
    FROM (VALUES ('counter_passages', 'counters', false), ('observatory_coverage', 'counters', true),
                 ('contacts', 'contacts', false), ('visitors', 'equipment', false))
         AS one (indicator, source_system, is_about_observation);
CREATE TABLE marts.indicator_value (
    indicator VARCHAR, site VARCHAR, period_kind VARCHAR, period_start DATE, coverage DOUBLE);
CREATE TABLE marts.indicator_gap (
    indicator VARCHAR, site VARCHAR, period_kind VARCHAR, period_start DATE, reason_code VARCHAR);
"""


@pytest.fixture
def published() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(TABLES)
    return connection


def give(published: duckdb.DuckDBPyConnection, indicator: str, month: str, coverage: float = 1.0) -> None:
    row = [indicator, f"{month}-01", coverage]
    published.execute("INSERT INTO marts.indicator_value SELECT ?, 'auch', 'month', ?::DATE, ?", row)


def states(published: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    found = read(published, "coverage", f"source = '{source}'")
    return {f"{row['period_start']:%Y-%m}": row["state"] for row in found}


def test_a_dead_counter_is_missing_though_its_outage_is_known(published: duckdb.DuckDBPyConnection) -> None:
    give(published, "counter_passages", "2025-11")
    give(published, "counter_passages", "2025-12", 0.4)
    give(published, "counter_passages", "2026-01", 0.0)
    give(published, "observatory_coverage", "2026-01")
    give(published, "observatory_coverage", "2026-02")
    published.execute(
        "INSERT INTO marts.indicator_gap VALUES "
        "('counter_passages', 'auch', 'day', '2026-02-07', 'too_few_blocks')"
    )
    assert states(published, "counters") == {
        "2025-11": "complete", "2025-12": "partial", "2026-01": "missing", "2026-02": "missing",
    }  # fmt: skip


def test_a_register_that_no_longer_comes_is_missing_in_the_months_of_the_years_before(
    published: duckdb.DuckDBPyConnection,
) -> None:
    for month in range(1, 13):
        give(published, "contacts", f"2024-{month:02}")
    found = states(published, "contacts")
    assert {found[month] for month in ("2025-01", "2025-11")} == {"missing"}
    assert {found[month] for month in ("2025-12", "2026-03")} == {"to_come"}, (
        "a quarter's file may still come"
    )


def test_a_month_before_one_that_came_is_missing_at_once(published: duckdb.DuckDBPyConnection) -> None:
    for month in ("2025-01", "2025-02", "2026-02"):
        give(published, "contacts", month)
    assert states(published, "contacts")["2026-01"] == "missing"


def test_what_pauses_in_winter_is_not_expected_then(published: duckdb.DuckDBPyConnection) -> None:
    for year in (2024, 2025):
        give(published, "visitors", f"{year}-07")
    assert states(published, "equipment") == {"2024-07": "complete", "2025-07": "complete"}
