"""What a file replaces of what came before, as its layout says: the days asked for, an event, a year, all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from sources.layouts import Replaces
from sources.reading.fields import quoted
from sources.scope import Scope
from warehouse.spec import TableSpec


def scope_of(
    declared: Replaces,
    table: TableSpec,
    parquet: Path,
    file_name: str,
    constants: Mapping[str, str | int | None],
    *,
    lacks_rows: bool = False,
) -> Scope | None:
    """The scope of a file whose rows stand in Parquet; None when its name does not state the days asked for.

    `constants` are the columns that are the same for the whole file: they hold where it has no row at all.
    When it `lacks_rows`, for some are in quarantine, a day without a row may be one of theirs: of the days
    asked for only those are replaced of which a row is there; and nothing at all by a file without rows.
    """
    same = declared.same or [name for name in table.replaces if name not in (declared.days, declared.year)]
    names = dict.fromkeys(["office", *same, *(["site"] if "site" in table.all_columns else [])])
    with duckdb.connect() as connection:
        held = {}
        for name in names:
            texts = [text for (text,) in _distinct(connection, parquet, f"CAST({quoted(name)} AS VARCHAR)")]
            given = [] if constants.get(name) is None else [constants[name]]
            held[name] = tuple(dict.fromkeys(str(text) for text in (*texts, *given)))
        if declared.days is not None:
            asked = days_in(file_name, declared.file_name or "", declared.date)
            if asked is not None and lacks_rows:
                there = [day for (day,) in _distinct(connection, parquet, quoted(declared.days))]
                is_cut = sum(asked[0] <= day <= asked[1] for day in there) <= (asked[1] - asked[0]).days
                return Scope(held, declared.days, tuple((day, day) for day in there), is_cut)
            return None if asked is None else Scope(held, declared.days, (asked,))
        if declared.year is not None:
            years = _distinct(connection, parquet, f"year({quoted(declared.year)})")
            spans = tuple((date(year, 1, 1), date(year, 12, 31)) for (year,) in years)
            return Scope(held, declared.year, spans)
        if lacks_rows and not _distinct(connection, parquet, "true"):
            return Scope(dict.fromkeys(held, ()), is_cut=True)
    return Scope(held)


def days_in(file_name: str, pattern: str, forms: tuple[str, ...]) -> tuple[date, date] | None:
    """The first and the last day that a file's name states; None when it states none or the last is first.

    A form without a day is a whole month, one without a month a whole year.
    """
    said = re.search(pattern, file_name, re.IGNORECASE)
    spans = [_span(text, forms) for text in said.groups() if text] if said else []
    if not spans or None in spans:
        return None
    first, last = spans[0], spans[-1]
    assert first is not None
    assert last is not None
    return (first[0], last[1]) if first[0] <= last[1] else None


def _span(text: str, forms: tuple[str, ...]) -> tuple[date, date] | None:
    for form in forms:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
        if "%d" in form:
            return day, day
        if "%m" in form:
            return day, (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return day, date(day.year, 12, 31)
    return None


def _distinct(connection: duckdb.DuckDBPyConnection, parquet: Path, value: str) -> list[tuple[Any, ...]]:
    query = f"SELECT DISTINCT {value} AS one FROM read_parquet(?) WHERE one IS NOT NULL ORDER BY one"
    return connection.execute(query, [str(parquet)]).fetchall()
