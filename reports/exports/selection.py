"""What of a published table is exported: its rows of an indicator, a site and a period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse.errors import UsageError
from warehouse.publishing.datapackage import Column, Table, literal, quoted
from warehouse.publishing.versions import tables_of
from warehouse.words.messages import say

FETCHED = 10_000  # rows at a time
# The columns that tell the days of a row, in pairs of the first and the last one; the first pair that a table
# has is taken.
DAYS = (("period_start", "period_end"), ("local_date", "local_date"), ("month", "month"))


@dataclass(frozen=True)
class Asked:
    """Which rows: all of them where nothing is said; `days` are the first and the last local day."""

    indicator: str | None = None
    site: str | None = None
    days: tuple[date, date] | None = None


@dataclass(frozen=True)
class Selection:
    """A published table and the query of its rows that are asked for."""

    table: Table
    query: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns, in order."""
        return self.table.columns

    def rows(self, connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
        """Its rows, some at a time."""
        answer = connection.execute(self.query)
        while some := answer.fetchmany(FETCHED):
            yield from some


@dataclass(frozen=True)
class Held(Selection):
    """A selection whose rows were read already, by `query` among others."""

    held: Sequence[tuple[Any, ...]]

    def rows(self, connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
        """Its rows."""
        return iter(self.held)


def published_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    """The published tables by `schema.table`, read from the version that is open."""
    row = connection.execute("SELECT current_database()").fetchone()
    assert row is not None
    return tables_of(connection, row[0])


def select(tables: Mapping[str, Table], name: str, asked: Asked, language: str) -> Selection:
    """The rows of a table, named with or without its schema.

    Raises UsageError for a table that is not published, or that has no column for what is asked.
    """
    table = tables.get(name) or tables.get(f"marts.{name}") or tables.get(f"quality.{name}")
    if table is None:
        raise UsageError(say("export.no_table", language, table=name, known=", ".join(sorted(tables))))
    conditions = [
        f"{column} = {literal(value)}"
        for column, value in (("indicator", asked.indicator), ("site", asked.site))
        if value is not None and has(table, column, language)
    ]
    if asked.days is not None:
        first, last = asked.days
        pair = next((pair for pair in DAYS if table.types.keys() >= set(pair)), None)
        if pair is None:
            raise UsageError(say("export.no_column", language, table=table.key, column="period_start"))
        conditions.append(f"{pair[0]} >= DATE '{first}' AND {pair[1]} <= DATE '{last}'")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    # The same order at every export: rows of two exports can be compared.
    names = ", ".join(quoted(column.name) for column in table.columns)
    return Selection(table, f"SELECT {names} FROM {table.sql}{where} ORDER BY ALL")


def has(table: Table, column: str, language: str) -> bool:
    """True when the table has the column; raises UsageError when it has not."""
    if column not in table.types:
        raise UsageError(say("export.no_column", language, table=table.key, column=column))
    return True
