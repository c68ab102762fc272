"""Watched series as the tables that a night finds: marts.counted_series, its partners, the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import numpy as np

from warehouse.counted.series import Series
from warehouse.storage.database import make_tables


def watched_tables(
    series: Sequence[Series], sites: Mapping[str, str] | None = None
) -> duckdb.DuckDBPyConnection:
    """A working database in memory with these series; each at a site of its own unless `sites` says so."""
    connection = duckdb.connect()
    make_tables(connection)
    connection.execute(
        """CREATE TABLE marts.counted_series (
               office VARCHAR, subject VARCHAR, subject_kind VARCHAR, site VARCHAR, utc_hour TIMESTAMP,
               local_date DATE, local_hour BIGINT, slot_minutes BIGINT, open_minutes BIGINT,
               observed_count DOUBLE, entry_count DOUBLE, exit_count DOUBLE);
           CREATE TABLE settings.calendar (
               office VARCHAR, local_date DATE, month_start DATE,
               public_holiday_name VARCHAR, school_holiday_name VARCHAR);
           CREATE TABLE settings.opening_hour (
               office VARCHAR, site VARCHAR, local_date DATE, utc_hour TIMESTAMP, open_minutes BIGINT);
           CREATE TABLE settings.public_holiday (office VARCHAR, local_date DATE);
           CREATE TABLE settings.counter (
               office VARCHAR, counter VARCHAR, is_index BOOLEAN, delivered VARCHAR, files VARCHAR);
           CREATE TABLE settings.method_break (
               office VARCHAR, indicator VARCHAR, site VARCHAR, break_date DATE, reason VARCHAR);
           CREATE VIEW staging.series_partner AS
               WITH subjects AS (SELECT DISTINCT office, subject, site FROM marts.counted_series)
               SELECT this.office, this.subject, other.subject AS partner, 'inside' AS relation
               FROM subjects AS this JOIN subjects AS other USING (office, site)
               WHERE this.subject <> other.subject"""
    )
    for one in series:
        add_series(connection, one, (sites or {}).get(one.subject, one.subject))
    connection.execute(
        """INSERT INTO settings.calendar
           SELECT DISTINCT office, local_date, date_trunc('month', local_date), NULL, NULL
           FROM marts.counted_series"""
    )
    return connection


def add_series(connection: duckdb.DuckDBPyConnection, series: Series, site: str) -> None:
    """Put a series in the table, in no order, in place of what it held of it."""
    connection.execute("DELETE FROM marts.counted_series WHERE subject = ?", [series.subject])
    connection.register(
        "given",
        {
            "utc_hour": series.start,
            "day": series.day,
            "hour": series.hour,
            "minutes": series.minutes,
            "open": series.open_minutes,
            "count": series.count,
        },
    )
    connection.execute(
        """INSERT INTO marts.counted_series
           SELECT ?, ?, 'counter', ?, utc_hour, DATE '1970-01-01' + "day"::INTEGER, "hour", minutes, "open",
                  if(isnan("count"), NULL, "count"), NULL, NULL
           FROM given ORDER BY hash(utc_hour)""",
        [series.office, series.subject, site],
    )
    connection.unregister("given")


def same_rows(one: duckdb.DuckDBPyConnection, other: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether two databases hold the same rows of a table."""
    query = f"SELECT * FROM {table} ORDER BY ALL"
    first, second = one.execute(query).fetchnumpy(), other.execute(query).fetchnumpy()
    return all(np.array_equal(np.asarray(first[name]), np.asarray(second[name])) for name in first)
