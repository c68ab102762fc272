"""Make the working database ready for the models: raw tables, settings, calendar, notifications."""

from __future__ import annotations

from datetime import date, datetime

import sources.catalogue
from warehouse.office.model import Office
from warehouse.office.settings import write_settings
from warehouse.spec import TableSpec
from warehouse.storage.database import ensure_raw_tables, transaction, working
from warehouse.storage.layout import Home
from warehouse.storage.notifications import copy_notifications


def raw_tables() -> list[TableSpec]:
    """The raw tables of all sources."""
    return [table for name in sources.catalogue.names() for table in sources.catalogue.find(name).SPEC.tables]


def prepare(home: Home, office: Office, as_of: datetime) -> None:
    """Make the raw tables that are missing, and write settings and notifications as of that instant.

    The calendar begins on 1 January of the year of the earliest row, or of `as_of` when there is none.
    """
    tables = raw_tables()
    with working(home) as connection, transaction(connection):
        ensure_raw_tables(connection, tables)
        first_year = as_of.astimezone(office.zone).year
        for table in tables:
            if table.happened is None:
                continue
            row = connection.execute(f'SELECT min("{table.happened}") FROM raw."{table.name}"').fetchone()
            if row is not None and row[0] is not None:
                first_year = min(first_year, row[0].year)
        write_settings(connection, office, as_of, date(first_year, 1, 1))
        copy_notifications(connection, home, office.code, as_of)
