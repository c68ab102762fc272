"""The office file and the calendar as tables (schema `settings`), so that SQL reads them like any data.

Each subject of the office file gives its own: `warehouse.office.subjects`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import duckdb

from warehouse.office.model import Office
from warehouse.office.subjects import given
from warehouse.office.tables import Period, Table


def tables() -> Iterator[Table]:
    """Every settings table."""
    for one in given("TABLES"):
        yield from one


def write_settings(
    connection: duckdb.DuckDBPyConnection, office: Office, as_of: datetime, first_day: date
) -> None:
    """Write every settings table of the office; calendars run from `first_day` to the day of `as_of`,
    public holidays to the end of the second year after it.
    """
    as_of_date = as_of.astimezone(office.zone).date()
    days = [first_day + timedelta(days=n) for n in range((as_of_date - first_day).days + 1)]
    period = Period(as_of, as_of_date, days)
    for table in tables():
        connection.register("settings_rows", table.content(office, period))
        connection.execute(f"CREATE OR REPLACE TABLE settings.{table.name} AS SELECT * FROM settings_rows")
        connection.unregister("settings_rows")
