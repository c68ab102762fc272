"""Selections written to files: a workbook of several, CSV or Parquet of one; numbers and days stay such."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from reports.exports.cells import CsvWriter
from reports.exports.selection import Selection
from reports.workbook import LONGEST_CELL, LONGEST_SHEET_NAME, workbook
from warehouse.errors import UsageError
from warehouse.words.messages import say

MOST_ROWS = 1_048_575  # of a sheet, below its heading
FIRST_DAY = date(1900, 3, 1)  # before it, days of a workbook are counted wrongly


def write(
    connection: duckdb.DuckDBPyConnection,
    selections: Sequence[Selection],
    path: Path,
    language: str,
    about: Sequence[str] = (),
) -> int:
    """Write the rows to a file by the ending of its name; how many there are.

    `about` are the first lines of a workbook's last sheet. Raises UsageError for
    another ending, several tables where the file holds one, a sheet that is too small, and a file that cannot
    be written.
    """
    writers: dict[str, Callable[[duckdb.DuckDBPyConnection, Selection, Path], int]] = {
        ".csv": write_csv,
        ".parquet": write_parquet,
    }
    ending = path.suffix.lower()
    if ending not in (".xlsx", *writers):
        raise UsageError(say("export.ending", language, path=path))
    if ending != ".xlsx" and len(selections) != 1:
        raise UsageError(say("export.one_table", language, path=path, count=len(selections)))
    draft = path.with_name(f".{path.name}-building")
    try:
        if ending == ".xlsx":
            count = write_workbook(connection, selections, draft, language, about)
        else:
            count = writers[ending](connection, selections[0], draft)
        draft.replace(path)
    except OSError as error:
        raise UsageError(say("figures.unwritten", language, path=path, reason=error.strerror)) from error
    finally:
        draft.unlink(missing_ok=True)  # what could not be written whole is not there at all
    return count


def write_csv(connection: duckdb.DuckDBPyConnection, selection: Selection, path: Path) -> int:
    """CSV: UTF-8, commas, decimal points, ISO days, instants in UTC, lists as JSON, no text a formula."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.writerow([column.name for column in selection.columns])
        for row in selection.rows(connection):
            writer.writerow([cell_of_csv(value) for value in row])
            count += 1
    return count


def cell_of_csv(value: object) -> object:
    """A value as a cell of a CSV that a table schema describes."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}Z"
    if isinstance(value, bool | list | dict):
        return json.dumps(value, default=str, ensure_ascii=False)
    return f"{value:f}" if isinstance(value, Decimal) else value


def write_parquet(connection: duckdb.DuckDBPyConnection, selection: Selection, path: Path) -> int:
    """Parquet with the types of the database; the comments of table and columns go with it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = connection.sql(selection.query).to_arrow_table()
    described = [
        field.with_metadata({"description": column.comment})
        for field, column in zip(found.schema, selection.columns, strict=True)
    ]
    schema = pa.schema(described, {"description": selection.table.comment})
    pq.write_table(found.cast(schema), path, compression="zstd")
    return int(found.num_rows)


def write_workbook(
    connection: duckdb.DuckDBPyConnection,
    selections: Sequence[Selection],
    path: Path,
    language: str,
    about: Sequence[str] = (),
    *,
    is_small: bool = False,
) -> int:
    """A workbook: a sheet a selection, then what the columns mean, then where it comes from.

    One that `is_small` is made in memory.
    """
    count = 0
    with path.open("wb") as file, workbook(file, is_small=is_small) as book:
        bold = book.add_format({"bold": True})
        formats = {
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            Decimal: book.add_format({"num_format": "#,##0.00"}),
        }
        title = say("figures.meanings", language)[:LONGEST_SHEET_NAME]
        names = sheet_names([one.table.name for one in selections], title)
        for selection, name in zip(selections, names, strict=True):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for rank, column in enumerate(selection.columns):
                sheet.set_column(rank, rank, max(12, len(column.name) + 2))
                sheet.write_string(0, rank, column.name, bold)
            line = 0
            for line, row in enumerate(selection.rows(connection), start=1):
                if line > MOST_ROWS:
                    raise UsageError(
                        say("export.too_many_rows", language, table=selection.table.key, most=MOST_ROWS)
                    )
                for rank, value in enumerate(row):
                    money = selection.columns[rank].name.endswith("_eur")
                    write_cell(sheet, line, rank, value, formats, is_money=money, language=language)
            sheet.autofilter(0, 0, max(line, 1), len(selection.columns) - 1)
            count += line
        meanings = book.add_worksheet(title)
        meanings.set_column(0, 1, 28)
        meanings.set_column(2, 2, 110)
        lines = [("", "", text) for text in about]
        for selection in selections:
            lines.append((selection.table.key, "", selection.table.comment))
            lines += [(selection.table.key, one.name, one.comment) for one in selection.columns]
        for at, line_of_words in enumerate(lines):
            for rank, text in enumerate(line_of_words):
                meanings.write_string(at, rank, text)
    return count


def sheet_names(tables: Sequence[str], title: str) -> list[str]:
    """The names of the sheets of these tables: cut where they are too long, and each another one.

    A number tells apart those that begin alike; spreadsheets do not tell capitals apart. `title` is taken.
    """
    taken, names = {title.lower()}, []
    for table in tables:
        name, rank = table[:LONGEST_SHEET_NAME], 1
        while name.lower() in taken:
            rank += 1
            behind = f"~{rank}"
            name = table[: LONGEST_SHEET_NAME - len(behind)] + behind
        taken.add(name.lower())
        names.append(name)
    return names


def write_cell(
    sheet: Any, line: int, rank: int, value: object, formats: dict[type, Any], *, is_money: bool,
    language: str,
) -> None:  # fmt: skip
    """Write a value as what it is: nothing, true or false, a number, a day, an instant (UTC) or a text.

    A number that a workbook cannot hold exactly (15 digits) is written as a text. Raises UsageError for a
    text that is too long for a cell.
    """
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, rank, value)
    elif isinstance(value, int | float | Decimal) and is_exact(value):
        sheet.write_number(line, rank, value, formats[Decimal] if is_money else None)
    elif isinstance(value, date) and date(value.year, value.month, value.day) >= FIRST_DAY:
        form = formats[datetime if isinstance(value, datetime) else date]
        sheet.write_datetime(line, rank, value, form)
    else:
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        if len(text) > LONGEST_CELL:
            raise UsageError(say("export.cell_too_long", language, count=len(text), most=LONGEST_CELL))
        sheet.write_string(line, rank, text)


def is_exact(value: int | float | Decimal) -> bool:
    """True for a number that a workbook's floating cells hold as it is."""
    if isinstance(value, float):
        return value - value == 0  # neither infinite nor no number
    return Decimal(f"{float(value):.15G}") == value
