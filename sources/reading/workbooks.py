"""Open workbooks: the sheet with the heading, and what each cell is as text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from sources.reading.heading import (
    HEADING_WITHIN,
    Heading,
    column_names,
)
from sources.reading.merged_cells import MergedText, resolve
from sources.reading.percents import PercentText, show_percents
from sources.reading.rows import (
    LineNumbers,
    TextRows,
    kind_column,
)
from sources.reading.unread_cells import UnreadText, unread_cells
from sources.reading.zips import WORKBOOK, refuse_bomb
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say


class Row(NamedTuple):
    """A row of cells, the line on which it stands, and its column where it comes from one cell alone."""

    line: int
    cells: Sequence[Any]
    position: int = 0


def open_workbook(path: Path, name: str, language: str = "fr") -> tuple[CalamineWorkbook, bool | None]:
    """A workbook, and whether it numbers its days from 1904 (None where that cannot be told).

    Raises RefusedDeliveryError for one that is empty, damaged or a bomb.
    """
    if path.stat().st_size == 0:
        raise RefusedDeliveryError(say("refused.empty", language, file=name))
    in_1904: bool | None = None
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                refuse_bomb(packed.infolist(), path.stat().st_size, WORKBOOK, name, language)
                if "xl/workbook.xml" in packed.namelist():
                    said = re.search(rb'date1904="(1|true)"', packed.read("xl/workbook.xml"))
                    in_1904 = said is not None
        return CalamineWorkbook.from_path(str(path)), in_1904
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise RefusedDeliveryError(say("refused.damaged", language, file=name, detail=str(error))) from error


def heads_of_sheets(
    workbook: CalamineWorkbook, name: str, language: str = "fr"
) -> list[tuple[str, bool, list[list[str]]]]:
    """Each sheet with its name, whether it is visible, and the texts of its first rows."""
    heads = []
    try:
        for sheet in workbook.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                table = workbook.get_sheet_by_name(sheet.name)
                head = table.to_python(skip_empty_area=False, nrows=HEADING_WITHIN)
                heads.append((sheet.name, sheet.visible == SheetVisibleEnum.Visible, _texts(head)))
    except CalamineError as error:
        raise RefusedDeliveryError(say("refused.damaged", language, file=name, detail=str(error))) from error
    return heads


def cells_of_sheet(
    workbook: CalamineWorkbook, sheet: str, name: str, language: str, first_row: int = 0
) -> list[list[Any]]:
    """All cells of a sheet, from its first row and column on.

    Those without a result are UnreadText, those that show a percentage PercentText; those of
    rows from `first_row` (from 0) on that are merged with others hold what that means, MergedText where
    nothing tells it.
    """
    try:
        cells = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        unread = unread_cells(Path(workbook.path or ""), sheet)
        show_percents(cells, workbook, sheet)
        resolve(cells, workbook, sheet, first_row)
    except (CalamineError, KeyError, ParseError, zipfile.BadZipFile) as error:
        raise RefusedDeliveryError(say("refused.damaged", language, file=name, detail=str(error))) from error
    for row, column, text in unread:
        if row <= len(cells) and column <= len(cells[row - 1]):
            cells[row - 1][column - 1] = text
    return cells


def rows_of_cells(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    size_bytes: int,
    heading: Heading,
    found: Sequence[str],
    data: Sequence[Row],
    table: str = "sheet",
    *,
    language: str = "fr",
) -> TextRows:
    """The rows as text, in a temporary table, with what each cell is; `found` are their headings."""
    names = column_names(found, heading)
    columns: dict[str, pa.Array] = {}
    for n in heading.columns:
        at = names.index(n) if n in names else -1
        values = [row.cells[at] if 0 <= at < len(row.cells) else None for row in data]
        columns[n] = pa.array([cell_text(value) or None for value in values], pa.string())
        columns[kind_column(n)] = pa.array([cell_kind(value) for value in values], pa.string())
    connection.register("sheet_rows", pa.table(columns))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM sheet_rows")
    unknown = (c for c, n in zip(found, names, strict=True) if n not in heading.columns and c)
    return TextRows(
        name=name,
        source=table,
        first_pass=table,
        size_bytes=size_bytes,
        headings=dict(zip(names, found, strict=True)),
        unknown_columns=tuple(unknown),
        lines=LineNumbers(
            known=[row.line for row in data], positions=[row.position for row in data], language=language
        ),
        positions={n: rank for rank, n in enumerate(names, 1)},
        written=tuple(found),
        language=language,
    )


def _texts(cells: Iterable[Sequence[Any]]) -> list[list[str]]:
    return [[cell_text(value) for value in row] for row in cells]


def cell_kind(value: Any) -> str | None:
    """What a cell of a workbook is; None for text and for what is empty."""
    if isinstance(value, UnreadText):
        return "unread"
    if isinstance(value, MergedText):
        return "merged"
    if isinstance(value, PercentText):
        return "percent"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return None if value is None or isinstance(value, str) else "date"


def cell_text(value: Any) -> str:
    """A cell of a workbook as text: ISO dates, a decimal point, whole numbers without one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # Never with an exponent: the residue of a formula, 5e-17, is 0.00000000000000005.
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None else str(value).strip()
