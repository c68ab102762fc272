"""`vigie why`: the way back from a figure: its parts, its models, the files and lines that it stands on.

The figure is read from the published copy, its parts and its rows from the working database of the last run.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb

import sources.catalogue
from transforms.compiled import Compiled
from transforms.dictionary.entries import Component, entries, indicators
from warehouse.errors import UsageError
from warehouse.office.misfits import Near
from warehouse.publishing.datapackage import literal, quoted
from warehouse.spec import TableSpec
from warehouse.storage.database import rows
from warehouse.words.messages import day, number, say, unit
from warehouse.words.units import unit_of_change

if TYPE_CHECKING:  # who looks at a figure alone reads no file again
    from flows.command.why_lines import Lines

MOST_FILES = 20  # that are told of a raw table, those with the most rows first
MOST_LINES = 10  # that are told of a file, of those that could not be read


@dataclass(frozen=True)
class Asked:
    """A figure: its indicator, and where, of what and when."""

    indicator: str
    site: str
    dimension: str
    first: date
    last: date

    @property
    def condition(self) -> str:
        """SQL that is true for the figure in a mart of figures."""
        return (
            f"indicator = {literal(self.indicator)} AND site = {literal(self.site)}"
            f" AND dimension = {literal(self.dimension)} AND period_start = DATE '{self.first}'"
            f" AND period_end = DATE '{self.last}'"
        )

    def within(self, column: str) -> str:
        """SQL that is true for a day of the figure's period."""
        return f"{column} BETWEEN DATE '{self.first}' AND DATE '{self.last}'"


def days_of(period: str) -> tuple[date, date]:
    """The first and last day of a period: 2025, 2025-07, 2025-07-14, or 2025-07/2025-08 for several months.

    Raises ValueError for what is none.
    """
    first, _, last = period.partition("/")
    if len(period) == len("2025-07-14") and "/" not in period:
        return date.fromisoformat(period), date.fromisoformat(period)
    start = date.fromisoformat(f"{first}-01" if "-" in first else f"{first}-01-01")
    year, _, month = (last or first).partition("-")
    return start, date(int(year), int(month or 12), monthrange(int(year), int(month or 12))[1])


def asked(
    connection: duckdb.DuckDBPyConnection,
    indicator: str,
    site: str | None,
    dimension: str | None,
    first: date,
    last: date,
    language: str,
) -> Asked:
    """The figure that is meant; what is not named is found where there is only one.

    Raises UsageError for an indicator that nobody knows and where several figures are meant, naming them.
    """
    if indicator not in indicators():
        near = Near(indicator, list(indicators())).in_words(language)
        raise UsageError(say("why.unknown", language, indicator=indicator, near=near))
    found = rows(
        connection,
        f"""SELECT DISTINCT site, dimension FROM (
                SELECT site, dimension FROM marts.indicator_value
                WHERE indicator = {literal(indicator)} AND period_start = DATE '{first}'
                  AND period_end = DATE '{last}'
                UNION ALL
                SELECT site, dimension FROM marts.indicator_gap
                WHERE indicator = {literal(indicator)} AND period_start = DATE '{first}')
            WHERE ({literal(site or "")} IN ('', site)) AND {_is(dimension)} ORDER BY ALL""",
    )
    if len(found) == 1:
        return Asked(indicator, found[0]["site"], found[0]["dimension"], first, last)
    if not found:
        raise UsageError(say("why.no_figure", language, indicator=indicator, first=first, last=last))
    named = "; ".join(
        f"--site {one['site']}" + (f" --dimension '{one['dimension']}'" if one["dimension"] else "")
        for one in found
    )
    raise UsageError(say("why.several", language, indicator=indicator, figures=named))


def _is(dimension: str | None) -> str:
    return "true" if dimension is None else f"dimension = {literal(dimension)}"


def told_figure(
    connection: duckdb.DuckDBPyConnection, figure: Asked, language: str
) -> Iterator[tuple[str, str]]:
    """The figure as it is published: a name and what is said, line by line."""
    entry = indicators()[figure.indicator]
    yield "label", f"{getattr(entry.label, language)} ({figure.indicator})"
    yield "definition", getattr(entry.definition, language)
    words = {row["code"]: row[f"label_{language}"] for row in rows(connection, "FROM marts.figure_note")}
    found = rows(
        connection, f"FROM marts.indicator_value WHERE {figure.condition} ORDER BY period_kind LIMIT 1"
    )
    if not found:
        for gap in rows(
            connection,
            f"""SELECT reason FROM marts.indicator_gap
                WHERE indicator = {literal(figure.indicator)} AND site = {literal(figure.site)}
                  AND dimension = {literal(figure.dimension)} AND period_start = DATE '{figure.first}'""",
        ):
            yield "gap", gap["reason"]
        return
    (row,) = found

    def said(value: Any) -> str:
        return number(float(value), language, entry.decimals)

    value = said(row["value"])
    yield "value", f"{value} {unit(entry.unit, language, value)}"
    if row["estimated_value"]:
        yield "measured", f"{said(row['measured_value'] or 0)} + {said(row['estimated_value'])}"
    if row["low"] is not None and row["low"] != row["high"]:
        yield "interval", f"{said(row['low'])} – {said(row['high'])}"
    yield "coverage", f"{number(100 * row['coverage'], language, 1)} %"
    if row["previous_value"] is not None:
        yield "before", said(row["previous_value"])
    if row["change_percent"] is not None:
        change = number(float(row["change_percent"]), language, 2)
        yield "change", f"{change} {unit_of_change(entry.unit, language, change)}"
    for code in row["warnings"]:
        yield "warning", words.get(code, code)
    if entry.not_comparable is not None:
        yield "not_comparable", getattr(entry.not_comparable, language)


def told_parts(
    connection: duckdb.DuckDBPyConnection, figure: Asked, language: str
) -> Iterator[tuple[str, str]]:
    """What the figure is computed from: sums of the same period, or the months that it adds up."""
    entry = indicators()[figure.indicator]
    for code in entry.parts:
        given = entries()[code]
        label = code if isinstance(given, Component) else getattr(given.label, language)
        for row in rows(
            connection,
            f"""SELECT dimension, coalesce(measured_value, 0) + estimated_value AS value
                FROM staging.observed_period
                WHERE indicator = {literal(code)} AND site = {literal(figure.site)} AND refusal IS NULL
                  AND period_start = DATE '{figure.first}' AND period_end = DATE '{figure.last}'
                  AND ({literal(entry.kind)} <> 'ratio' OR dimension = {literal(figure.dimension)})
                QUALIFY row_number() OVER (PARTITION BY dimension ORDER BY period_kind) = 1
                ORDER BY value DESC, dimension""",
        ):
            place = f"{label}, {row['dimension']}" if row["dimension"] else label
            yield place, number(float(row["value"]), language, 2)
    if not entry.parts and (figure.last - figure.first).days > 31:
        for row in rows(
            connection,
            f"""SELECT period_start, coalesce(measured_value, 0) + estimated_value AS value
                FROM staging.indicator_period
                WHERE indicator = {literal(figure.indicator)} AND site = {literal(figure.site)}
                  AND dimension = {literal(figure.dimension)} AND period_kind = 'month'
                  AND {figure.within("period_start")} ORDER BY period_start""",
        ):
            yield f"{row['period_start']:%Y-%m}", number(float(row["value"]), language, entry.decimals)


def told_models(models: Compiled, figure: Asked, language: str) -> Iterator[tuple[str, str]]:
    """The models of the figure, from its source on, and the raw tables that they read."""
    entry = indicators()[figure.indicator]
    for code in entry.parts or (figure.indicator,):
        model = f"observed_{entries()[code].source}"
        yield model, ", ".join(f"raw.{table}" for table in sorted(models.raw_behind(model)))
    if entry.parts:
        yield "derived_period", say(f"why.kind.{entry.kind}", language)


def told_files(
    connection: duckdb.DuckDBPyConnection, models: Compiled, figure: Asked, language: str, told: Lines | None
) -> Iterator[tuple[str, str]]:
    """The files whose rows lie in the period, with how many, their lines, and those that were not read."""
    entry = indicators()[figure.indicator]
    given = [entries()[code] for code in entry.parts or (figure.indicator,)]
    behind = frozenset().union(*(models.raw_behind(f"observed_{one.source}") for one in given))
    for source in sources.catalogue.names():
        for table in sources.catalogue.find(source).SPEC.tables:
            if table.name in behind:
                condition = _condition(table, figure)
                for row in rows(connection, _files_of(table, condition)):
                    said = [say("why.rows", language, count=row["row_count"], table=f"raw.{table.name}")]
                    if told and (on := told.of(connection, table, row["delivery_id"], condition)):
                        said.append(say("why.on_lines", language, lines=on))
                    if row["lines"]:
                        said.append(say("why.lines", language, lines=row["lines"]))
                    yield f"{row['file']} ({day(row['received_at'].date(), language)})", " ".join(said)
    if told and told.unread:
        yield "…", say("why.lines_unread", language, count=number(told.unread, language))


def _condition(table: TableSpec, figure: Asked) -> str:
    """SQL that is true for rows of the period and the site, where a raw table tells them."""
    conditions = ["true"]
    if table.happened is not None:
        at = quoted(table.happened)
        if table.all_columns[table.happened].type == "timestamp":
            # An instant of the last evening of UTC is one of the next local day.
            zone = "(SELECT any_value(time_zone) FROM settings.office)"
            at = f"timezone({zone}, timezone('UTC', {at}))"
        conditions.append(figure.within(f"CAST({at} AS DATE)"))
    if table.happened_in_year is not None:
        year = f"CAST(left(CAST({quoted(table.happened_in_year)} AS VARCHAR), 4) AS INTEGER)"
        conditions.append(f"{year} BETWEEN {figure.first.year} AND {figure.last.year}")
    if "site" in table.all_columns and figure.site != "all":
        conditions.append(f"site = {literal(figure.site)}")
    return " AND ".join(conditions)


def _files_of(table: TableSpec, condition: str) -> str:
    """The query of the files that have rows of a raw table for which a condition holds."""
    return f"""
        WITH used AS (
            SELECT delivery_id, count(*) AS row_count FROM raw.{quoted(table.name)}
            WHERE {condition} GROUP BY delivery_id)
        SELECT * FROM (SELECT load.delivery_id, load.file, load.received_at, used.row_count,
               (SELECT string_agg(line, ', ' ORDER BY line) FROM (
                    SELECT DISTINCT line FROM quality.quarantined_row AS bad
                    WHERE bad.delivery_id = used.delivery_id AND line IS NOT NULL
                    ORDER BY line LIMIT {MOST_LINES})) AS lines
        FROM used JOIN quality.load USING (delivery_id)
        ORDER BY used.row_count DESC, load.file LIMIT {MOST_FILES}) ORDER BY file, received_at"""


def told_doubts(
    connection: duckdb.DuckDBPyConnection, figure: Asked, language: str
) -> Iterator[tuple[str, str]]:
    """Changes of method, corrections, outages and estimates that touch the figure."""
    entry = indicators()[figure.indicator]
    codes = ", ".join(literal(code) for code in (figure.indicator, *entry.parts))
    at_site = f"site IN ('all', {literal(figure.site)})"
    year = f"DATE '{figure.first}' - INTERVAL 1 YEAR"
    for row in rows(
        connection,
        f"""SELECT break_date, reason FROM settings.method_break
            WHERE indicator IN ({codes}) AND {at_site}
              AND break_date BETWEEN {year} AND DATE '{figure.last}' ORDER BY ALL""",
    ):
        yield say("why.break", language), f"{day(row['break_date'], language)}: {row['reason']}"
    for row in rows(
        connection,
        f"""SELECT correction.first_date, correction.last_date, correction.action, correction.reason
            FROM settings.correction JOIN settings.counter USING (office, counter)
            WHERE counter.site = {literal(figure.site)} AND 'counter_passages' IN ({codes})
              AND correction.first_date <= DATE '{figure.last}'
              AND coalesce(correction.last_date, DATE '{figure.last}') >= DATE '{figure.first}'
            ORDER BY ALL""",
    ):
        yield say("why.correction", language), _of(row, language)
    for row in rows(
        connection,
        f"""SELECT onset_date, min(subject) AS subject, sum(estimated_count) AS estimated,
                   min(refused_because) AS refused
            FROM quality.estimate
            WHERE indicator IN ({codes}) AND site = {literal(figure.site)} AND period_kind = 'day'
              AND {figure.within("period_start")}
            GROUP BY onset_date, subject ORDER BY ALL""",
    ):
        told = (
            say("why.refused", language, reason=row["refused"])
            if row["refused"]
            else say("why.estimated", language, count=number(float(row["estimated"]), language))
        )
        yield say("why.estimate", language), f"{row['subject']}, {day(row['onset_date'], language)}: {told}"


def _of(row: Mapping[str, Any], language: str) -> str:
    until = day(row["last_date"], language) if row["last_date"] else "…"
    return f"{day(row['first_date'], language)} – {until}: {row['reason']}"


Section = tuple[str, Sequence[tuple[str, str]]]


def why(
    published: duckdb.DuckDBPyConnection,
    working: duckdb.DuckDBPyConnection,
    models: Compiled,
    figure: Asked,
    language: str,
    lines: Lines | None = None,
) -> list[Section]:
    """All that is known of a figure, section by section; empty sections are left out.

    With `lines` the files are read again, and the lines are told on which the figure stands.
    """
    found: list[Section] = [
        (
            "figure",
            [(say(f"why.{name}", language), text) for name, text in told_figure(published, figure, language)],
        ),
        ("parts", list(told_parts(working, figure, language))),
        ("models", list(told_models(models, figure, language))),
        ("doubts", list(told_doubts(working, figure, language))),
        ("files", list(told_files(working, models, figure, language, lines))),
    ]
    return [section for section in found if section[1]]
