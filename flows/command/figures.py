"""`vigie figures`: what a year came to, from the published copy alone: figures, the year before, the change.

COLUMNS says what stands in the files; docs/figures.md is made from it and the catalogue.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import UsageError
from warehouse.storage.database import rows
from warehouse.words.messages import catalogue, number, say

# Sections of the activity report in its order; a section that is not named comes after them.
SECTIONS = ("welcome", "information", "motorhome", "tourist_tax")
# Warnings that the note says with their numbers instead of their words.
SAID_IN_NUMBERS = ("estimated_values", "partly_compared", "method_break")


@dataclass(frozen=True)
class Figure:
    """A figure of a year. `value` is null where it cannot be given, and the note says why.

    `change` is in percent, like for like where the indicator is compared slot by slot; it is null where no
    change may be printed.
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

    @property
    def decimals(self) -> int:
        """Decimals that its unit is printed with."""
        return 2 if self.unit == "EUR" else 0


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
    # Values are written into the queries: given beside them, DuckDB would import pandas.
    start = f"DATE '{date(year, 1, 1)}'"
    label = f"label_{language}"
    found = rows(
        connection,
        f"""SELECT indicator.section, indicator.indicator, indicator.{label} AS label, indicator.unit,
                   value.site, site.site_name, value.dimension, value.value, value.measured_value,
                   value.estimated_value, value.low, value.high, value.previous_value, value.change_percent,
                   value.change_low, value.change_high, value.comparable, value.warnings,
                   comparison.compared_share, NULL AS reason
            FROM marts.indicator_value AS value
            JOIN marts.indicator USING (indicator)
            LEFT JOIN marts.site ON value.office = site.office AND value.site = site.site
            LEFT JOIN marts.indicator_comparison AS comparison
                ON value.office = comparison.office AND value.indicator = comparison.indicator
                AND value.site = comparison.site AND value.dimension = comparison.dimension
                AND value.period_kind = comparison.period_kind
                AND value.period_start = comparison.period_start
            WHERE value.period_kind = 'year' AND value.period_start = {start}
            UNION ALL BY NAME
            SELECT indicator.section, indicator.indicator, indicator.{label} AS label, indicator.unit,
                   gap.site, site.site_name, gap.dimension, [] AS warnings, note.{label} AS reason
            FROM marts.indicator_gap AS gap
            JOIN marts.indicator USING (indicator)
            LEFT JOIN marts.site ON gap.office = site.office AND gap.site = site.site
            LEFT JOIN marts.figure_note AS note ON gap.reason_code = note.code
            WHERE gap.period_kind = 'year' AND gap.period_start = {start}
            ORDER BY section, indicator, site, dimension""",
    )
    if not found:
        years = rows(
            connection, "SELECT DISTINCT year(period_start) AS year FROM marts.indicator_value ORDER BY 1"
        )
        known = ", ".join(str(row["year"]) for row in years)
        raise UsageError(say("figures.no_year", language, year=year, years=known))
    words = {row["code"]: row[label] for row in rows(connection, "FROM marts.figure_note")}
    breaks = rows(
        connection,
        f"""SELECT indicator, site, break_date, reason FROM marts.method_break
            WHERE break_date BETWEEN {start} - INTERVAL 1 YEAR AND {start} + INTERVAL 1 YEAR
            ORDER BY break_date""",
    )
    figures = [_figure(row, words, breaks, language) for row in found]
    order = {section: rank for rank, section in enumerate(SECTIONS)}
    return sorted(figures, key=lambda one: order.get(one.section, len(order)))


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
    )
    if row["reason"] is not None:
        return figure
    own = [
        one["reason"]
        for one in breaks
        if one["indicator"] == row["indicator"] and one["site"] in ("all", row["site"])
    ]
    parts = [*_estimate(figure, language), *_comparison(figure, row, own, language)]
    parts += [words.get(code, code) for code in row["warnings"] if code not in SAID_IN_NUMBERS]
    return Figure(**{**vars(figure), "note": " ; ".join(parts)})


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
        return [say("figures.break", language, reason=" ".join(breaks))]
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
    """What people call a code, such as `unit.nights`; the code itself where it has no other name."""
    return say(key, language) if key in catalogue() else key.partition(".")[2]


def shown(value: Decimal | None, figure: Figure, language: str) -> str:
    """A value as people read it, with the decimals of its figure; a dash where there is none."""
    return "—" if value is None else number(float(value), language, figure.decimals)


def signed(percent: Decimal, language: str) -> str:
    """A change in percent with its sign."""
    return f"{'+' if percent > 0 else '−' if percent < 0 else ''}{number(abs(float(percent)), language, 1)}"


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
    line["unit"] = word(f"unit.{figure.unit}", language)
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
        writer = csv.writer(file, delimiter=separator)
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
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = say("figures.sheet", language)
    sheet.append(headings(language))
    for figure in figures:
        sheet.append(cells(figure, language))
        for name, cell in zip(COLUMNS, sheet[sheet.max_row], strict=True):
            cell.alignment = Alignment(vertical="top", wrap_text=name == "note")
            if isinstance(cell.value, int | float | Decimal):
                is_change = name.startswith("change")
                cell.number_format = "0.0" if is_change else "#,##0.00" if figure.decimals else "#,##0"
    for name, letter in zip(COLUMNS, "ABCDEFGHIJKLMNOP", strict=True):
        sheet.column_dimensions[letter].width = {"label": 34, "place": 30, "detail": 26, "note": 80}.get(
            name, 14
        )
    sheet.freeze_panes = "D2"
    meanings = book.create_sheet(say("figures.meanings", language))
    for name, heading in zip(COLUMNS, headings(language), strict=True):
        meanings.append([heading, say(f"figures.meaning.{name}", language)])
    meanings.column_dimensions["A"].width, meanings.column_dimensions["B"].width = 24, 110
    for shown_first in (sheet[1], meanings["A"]):
        for cell in shown_first:
            cell.font = Font(bold=True)
    book.save(path)
