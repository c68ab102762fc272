"""`vigie figures`: what a year came to, from the published copy alone: figures, the year before, the change.

COLUMNS says what stands in the files; docs/figures.md is made from it and the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from reports.exports.cells import CsvWriter
from reports.order import rank
from reports.reading import sql, written
from reports.workbook import workbook
from warehouse.errors import UsageError
from warehouse.storage.database import rows
from warehouse.words.messages import catalogue, listed, number, say, unit
from warehouse.words.units import unit_of_change

WIDTHS = {"label": 34, "place": 30, "detail": 26, "note": 80}  # of columns of the workbook
# Warnings that the note says with their numbers instead of their words.
SAID_IN_NUMBERS = ("estimated_values", "partly_compared", "method_break")


@dataclass(frozen=True)
class Figure:
    """A figure of a year. `value` is null where it cannot be given, and the note says why.

    `change` is in percent, and in points where the unit is a scale (percent, marks); like for like where the
    indicator is compared slot by slot. It is null where no change may be printed.
    """

    section: str
    indicator: str
    label: str
    place: str
    detail: str
    unit: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    measured: Decimal | None
    estimated: Decimal | None
    before: Decimal | None
    change: Decimal | None
    change_low: Decimal | None
    change_high: Decimal | None
    note: str
    decimals: int
    kind: str


# The columns of the files, in order: the key of their heading and meaning in the catalogue, what fills them.
COLUMNS: dict[str, Callable[[Figure], Decimal | str | None]] = {
    "section": lambda one: one.section,
    "indicator": lambda one: one.indicator,
    "label": lambda one: one.label,
    "place": lambda one: one.place,
    "detail": lambda one: one.detail,
    "unit": lambda one: one.unit,
    "value": lambda one: one.value,
    "low": lambda one: one.low,
    "high": lambda one: one.high,
    "measured": lambda one: one.measured,
    "estimated": lambda one: one.estimated,
    "before": lambda one: one.before,
    "change": lambda one: one.change,
    "change_low": lambda one: one.change_low,
    "change_high": lambda one: one.change_high,
    "note": lambda one: one.note,
}


def read_figures(connection: duckdb.DuckDBPyConnection, year: int, language: str) -> list[Figure]:
    """The figures of a year and the gaps in them, in the report's order; raises UsageError when none is."""
    found = figures_of(connection, "year", date(year, 1, 1), language)
    if not found:
        known = published_years(connection, language)
        raise UsageError(say("figures.no_year", language, year=year, years=known))
    return found


def published_years(connection: duckdb.DuckDBPyConnection, language: str) -> str:
    """The years that have figures, in words; before its first files an office has none."""
    years = rows(
        connection,
        """SELECT DISTINCT year(period_start) AS year FROM marts.indicator_value
           WHERE period_kind = 'year' ORDER BY 1""",
    )
    return ", ".join(str(row["year"]) for row in years) or say("figures.no_years", language)


def figures_of(connection: duckdb.DuckDBPyConnection, kind: str, first: date, language: str) -> list[Figure]:
    """The figures of the period of a kind that begins on a day, and its gaps, in the report's order."""
    # Values are written into the queries: given beside them, DuckDB would import pandas.
    start = f"DATE '{first}'"
    label = f"label_{language}"
    found = rows(
        connection,
        f"""SELECT {label} AS label, note.reason, figure.*
            FROM (FROM ({sql("figure")}) UNION ALL BY NAME FROM ({sql("gap")})) AS figure
            LEFT JOIN (SELECT code AS reason_code, {label} AS reason FROM marts.figure_note) AS note
                USING (reason_code)
            WHERE period_kind = '{kind}' AND period_start = {start}
            ORDER BY section, indicator, site, dimension""",
    )
    words = {row["code"]: row[label] for row in rows(connection, "FROM marts.figure_note")}
    breaks = rows(
        connection,
        f"""SELECT indicator, site, break_date, reason FROM ({sql("method_break")})
            WHERE break_date BETWEEN {start} - INTERVAL 1 YEAR AND {start} + INTERVAL 1 YEAR
            ORDER BY break_date""",
    )
    figures = [_figure(row, words, breaks, language) for row in found]
    return sorted(figures, key=lambda one: rank(one.section))


def _figure(
    row: Mapping[str, Any], words: Mapping[str, str], breaks: Sequence[Mapping[str, Any]], language: str
) -> Figure:
    """A row of the query above as a figure."""
    figure = Figure(
        section=row["section"],
        indicator=row["indicator"],
        label=row["label"],
        place="" if row["site"] == "all" else row["site_name"] or row["site"],
        detail=word(f"dimension.{row['dimension']}", language),
        unit=row["unit"],
        value=row["value"],
        low=row["low"],
        high=row["high"],
        measured=row["measured_value"],
        estimated=row["estimated_value"],
        before=row["previous_value"],
        change=row["change_percent"],
        change_low=row["change_low"],
        change_high=row["change_high"],
        note=row["reason"] or "",
        decimals=row["decimals"],
        kind=row["kind"],
    )
    if row["reason"] is not None:
        return figure
    stands_on = (row["indicator"], row["of_indicator"], row["by_indicator"])
    own = [
        one["reason"]
        for one in breaks
        if one["indicator"] in stands_on and one["site"] in ("all", row["site"])
    ]
    parts = [*_estimate(figure, language), *_comparison(figure, row, own, language)]
    parts += [words.get(code, code) for code in row["warnings"] if code not in SAID_IN_NUMBERS]
    return Figure(**{**vars(figure), "note": listed(parts, language)})


def _estimate(figure: Figure, language: str) -> list[str]:
    """What is estimated of a figure, and how sure that is."""
    if not figure.estimated:
        return []
    said = [say("figures.estimated", language, count=shown(figure.estimated, figure, language))]
    if figure.low is not None and figure.high is not None:
        bounds = {name: shown(getattr(figure, name), figure, language) for name in ("low", "high")}
        said.append(say("figures.between", language, **bounds))
    return [" ".join(said)]


def _comparison(figure: Figure, row: Mapping[str, Any], breaks: list[str], language: str) -> list[str]:
    """What the change stands on, or why there is none."""
    if "method_break" in row["warnings"]:
        return [say("figures.break", language, reason=", ".join(breaks))]
    if figure.before is None:
        return [say("figures.first_year", language)]
    if not row["comparable"]:
        return [say("figures.not_comparable", language)]
    if row["compared_share"] is None or figure.change is None:
        return []
    said = [say("figures.like_for_like", language, share=number(100 * row["compared_share"], language))]
    if figure.change_low is not None and figure.change_high is not None:
        low, high = (signed(bound, language) for bound in (figure.change_low, figure.change_high))
        said.append(say("figures.change_between", language, low=low, high=high))
    return [" ".join(said)]


def word(key: str, language: str) -> str:
    """What people call a code, such as `section.welcome`; the code itself where it has no other name."""
    return say(key, language) if key in catalogue() else key.partition(".")[2]


def shown(value: Decimal | None, figure: Figure, language: str) -> str:
    """A value as people read it, with the decimals of its figure; a dash where there is none."""
    return in_words(value, figure.kind, figure.unit, figure.decimals, language)


def in_words(value: Decimal | None, kind: str, unit: str, decimals: int, language: str) -> str:
    """A value of an indicator of that kind and unit as people read it; a dash where there is none."""
    if value is None:
        return "—"
    if kind == "peak" and unit != "hour":
        from babel.dates import get_day_names, get_month_names

        if unit == "weekday":
            return str(get_day_names(locale=language)[int(value) - 1])
        return str(get_month_names(locale=language)[int(value)])
    return number(float(value), language, decimals)


def with_unit(figure: Figure, language: str) -> str:
    """The value of a figure as people read it, with its unit; names of weekdays and months have none."""
    told = shown(figure.value, figure, language)
    is_named = figure.value is None or (figure.kind == "peak" and figure.unit != "hour")
    return told if is_named else f"{told} {unit(figure.unit, language, told)}"


def changed(figure: Figure, language: str) -> str:
    """The change of a figure as people read it: in percent, or in points; nothing where there is none."""
    if figure.change is None:
        return ""
    told = signed(figure.change, language)
    return f"{told} {unit_of_change(figure.unit, language, told)}"


def signed(percent: Decimal, language: str) -> str:
    """A change in percent with its sign."""
    return written(percent, language, 1, signed=True)


def write_figures(figures: Sequence[Figure], path: Path, language: str) -> None:
    """Write the figures as CSV or XLSX, by the ending of the name; raises UsageError for another."""
    writers = {".csv": write_csv, ".xlsx": write_xlsx}
    if path.suffix.lower() not in writers:
        raise UsageError(say("figures.ending", language, path=path))
    try:
        writers[path.suffix.lower()](figures, path, language)
    except OSError as error:
        raise UsageError(say("figures.unwritten", language, path=path, reason=error.strerror)) from error


def headings(language: str) -> list[str]:
    """The headings of the files."""
    return [say(f"figures.column.{name}", language) for name in COLUMNS]


def cells(figure: Figure, language: str) -> list[Decimal | str | None]:
    """A line of the files: words for codes of section and unit, numbers as numbers."""
    line = {name: fill(figure) for name, fill in COLUMNS.items()}
    line["section"] = word(f"section.{figure.section}", language)
    line["unit"] = unit(figure.unit, language)
    return [
        round(cell, figure.decimals if name not in ("change", "change_low", "change_high") else 1)
        if isinstance(cell, Decimal)
        else cell
        for name, cell in line.items()
    ]


def write_csv(figures: Sequence[Figure], path: Path, language: str) -> None:
    """CSV that a spreadsheet of that language opens: its separator, its decimal sign, UTF-8 with a mark."""
    separator, point = (";", ",") if language == "fr" else (",", ".")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = CsvWriter(file, delimiter=separator)
        writer.writerow(headings(language))
        for figure in figures:
            writer.writerow(
                [
                    str(cell).replace(".", point) if isinstance(cell, Decimal) else cell
                    for cell in cells(figure, language)
                ]
            )


def write_xlsx(figures: Sequence[Figure], path: Path, language: str) -> None:
    """A workbook: the figures as numbers on its first sheet, what the columns mean on its second."""
    with path.open("wb") as file, workbook(file) as book:
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        numbers = {
            form: book.add_format({"num_format": form, "valign": "top"})
            for form in ("0.0", "#,##0", "#,##0.00")
        }
        sheet = book.add_worksheet(say("figures.sheet", language))
        sheet.freeze_panes(1, list(COLUMNS).index("place"))
        meanings = book.add_worksheet(say("figures.meanings", language))
        meanings.set_column(0, 0, 24)
        meanings.set_column(1, 1, 110)
        for rank, (name, heading) in enumerate(zip(COLUMNS, headings(language), strict=True)):
            sheet.set_column(rank, rank, WIDTHS.get(name, 14))
            sheet.write_string(0, rank, heading, bold)
            meanings.write_string(rank, 0, heading, bold)
            meanings.write_string(rank, 1, say(f"figures.meaning.{name}", language))
        for line, figure in enumerate(figures, start=1):
            for rank, (name, cell) in enumerate(zip(COLUMNS, cells(figure, language), strict=True)):
                if isinstance(cell, Decimal):
                    is_change = name.startswith("change")
                    form = "0.0" if is_change else "#,##0.00" if figure.decimals else "#,##0"
                    sheet.write_number(line, rank, cell, numbers[form])
                elif cell:
                    sheet.write_string(line, rank, cell, wrapped)
