"""A small published version for the tests of exports: every type that marts have, and texts of all kinds."""

from __future__ import annotations

import duckdb

DANGEROUS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "http://example.org/x",
    "0012",
    "{=1}",
    "\t=1",
)


def small_version() -> duckdb.DuckDBPyConnection:
    """A connection to it, in memory."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA marts; CREATE SCHEMA quality")
    connection.execute(
        """CREATE TABLE marts.indicator_value (
               office VARCHAR, indicator VARCHAR, site VARCHAR, dimension VARCHAR, period_kind VARCHAR,
               period_start DATE, period_end DATE, value DECIMAL(18,4), coverage DOUBLE, comparable BOOLEAN,
               warnings VARCHAR[], refreshed_at TIMESTAMP)"""
    )
    connection.execute(
        """INSERT INTO marts.indicator_value VALUES
           ('o', 'counter_passages', 'auch', '', 'year', '2025-01-01', '2025-12-31', 39638.5000, 0.72, true,
            ['estimated_values'], '2026-01-05 01:30:00'),
           ('o', 'counter_passages', 'auch', '', 'month', '2025-07-01', '2025-07-31', 12345678901234.5678, 1,
            NULL, [], '2026-01-05 01:30:00'),
           ('o', 'sales', 'all', 'it''s "quoted", and\nbroken', 'year', '2024-01-01', '2024-12-31', 0, NULL,
            false, ['a', 'b'], '2026-01-05 01:30:00')"""
    )
    connection.execute("COMMENT ON TABLE marts.indicator_value IS 'The figures.'")
    connection.execute("COMMENT ON COLUMN marts.indicator_value.value IS 'What to print.'")
    connection.execute(
        """CREATE TABLE marts.site (
               office VARCHAR, site VARCHAR, site_name VARCHAR, municipality_code VARCHAR, longitude DOUBLE,
               latitude DOUBLE)"""
    )
    connection.executemany(
        "INSERT INTO marts.site VALUES ('o', ?, ?, '01000', NULL, NULL)",
        [(f"s{rank}", name) for rank, name in enumerate(DANGEROUS)],
    )
    return connection
