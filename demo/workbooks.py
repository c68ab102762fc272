"""Files of the demonstration as people's tools write them, the same bytes for the same rows."""

from __future__ import annotations

import csv
import os
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from pathlib import Path

from openpyxl import Workbook

Cell = str | int | float | date | None
DAY = "DD/MM/YYYY"


def workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """A workbook of these sheets, the first row of each its headings; days are real dates."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
        for line in page.iter_rows(min_row=2):
            for cell in line:
                if isinstance(cell.value, date):
                    cell.number_format = DAY
    return written(book)


def written(book: Workbook) -> bytes:
    """The bytes of a workbook, without the instants of its making: the same content gives the same bytes."""
    drawn = BytesIO()
    book.save(drawn)
    still = BytesIO()
    with zipfile.ZipFile(drawn) as source, zipfile.ZipFile(still, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:.]+Z", b"2026-01-03T08:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return still.getvalue()


def delimited(rows: Iterable[Sequence[object]], separator: str = ";", encoding: str = "utf-8") -> bytes:
    """Delimited text of these rows, the first of which are the headings."""
    text = StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue().encode(encoding)


def drop(path: Path, content: bytes, received: date) -> None:
    """Write a file as if it had been dropped on the morning of a day."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    instant = datetime(received.year, received.month, received.day, 9, tzinfo=UTC).timestamp()
    os.utime(path, (instant, instant))
