"""Raw files as rows of text, number and day cells, and the words that they share."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from python_calamine import CalamineWorkbook

Row = dict[str, Any]
PARIS = ZoneInfo("Europe/Paris")


def by_reception(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that fit a pattern, in the order in which they came."""
    return sorted(folder.glob(pattern), key=lambda path: (path.stat().st_mtime, path.name))


def saved(path: Path) -> date:
    """The day in France on which a file was last saved: that of a state which it does not date."""
    return datetime.fromtimestamp(path.stat().st_mtime, PARIS).date()


def lines(path: Path, sheet: str = "", separator: str = ";") -> Iterator[Row]:
    """The rows of a CSV file or of a sheet, each under its headings."""
    if path.suffix == ".xlsx":
        found = iter(sheet_rows(path, sheet))
    else:
        found = csv.reader(io.StringIO(text_of(path)), delimiter=separator)
    heading = [str(cell or "").strip() for cell in next(found)]
    for cells in found:
        if any(cell not in (None, "") for cell in cells):
            yield dict(zip(heading, cells, strict=False))


def sheet_rows(path: Path, sheet: str) -> list[list[Any]]:
    """The rows of a sheet, of the first one when none is named; an empty cell is None."""
    book = CalamineWorkbook.from_path(path)
    page = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
    return [[_cell(value) for value in row] for row in page.to_python()]


def _cell(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


def text_of(path: Path) -> str:
    """The text of a file: UTF-16 or UTF-8 by its first bytes, Windows-1252 where it is not UTF-8."""
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def day(cell: Any) -> date | None:
    """A day of a cell: a date, day/month/year or year-month-day; None of an empty one."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date) or cell in (None, ""):
        return cell or None
    if found := re.match(r"(\d\d)/(\d\d)/(\d{4})", cell):
        return date(int(found[3]), int(found[2]), int(found[1]))
    return date.fromisoformat(cell[:10])


def dated(cell: Any) -> date:
    """The day of a cell that has to hold one."""
    found = day(cell)
    if found is None:
        raise ValueError("a day is missing")
    return found


def number(cell: Any) -> Decimal | None:
    """A number of a cell, with a decimal comma or point; None of an empty one."""
    if cell in (None, ""):
        return None
    if isinstance(cell, int):
        return Decimal(cell)
    return Decimal("".join(str(cell).split()).replace(",", "."))


def amount(cell: Any) -> Decimal:
    """The same; an empty cell is nothing."""
    return number(cell) or Decimal(0)


def local_day(instant: str) -> date:
    """The day in Paris of an instant in UTC, as Google and Apidae write it."""
    at = datetime.strptime(instant[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    return at.astimezone(PARIS).date()


def bare(text: str) -> str:
    """A name in small letters and figures alone."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[^a-z0-9]+", " ", plain.encode("ascii", "ignore").decode().lower()).strip()
