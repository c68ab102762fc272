"""Merged cells below a sheet's heading: the first of them holds the value, calamine gives the others empty.

Merged down over rows, a word or a day holds for each of them. A number does not: it may be of each, or the
sum of all. Over several columns nothing tells of which of them a value is. What is not told is no empty cell:
each cell of it is MergedText, and faulty where it is read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from defusedxml.ElementTree import fromstring
from python_calamine import CalamineWorkbook

NUMBER = re.compile(r"[-+−]?\d[\d\s\u00a0\u202f]*([.,]\d+)?\s*[€%]?")


TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"

Corner = tuple[int, int]  # row and column, from 0


class MergedText(str):
    """What is known of a cell that is merged with others: the value of the first of them."""


def resolve(cells: Sequence[list[Any]], workbook: CalamineWorkbook, sheet: str, first_row: int) -> None:
    """Give the merged cells of the rows from `first_row` (from 0) on what they hold, in `cells` themselves.

    Rows in which nothing else stands stay as they are: lines of a title, or blank. Raises KeyError and
    xml.etree.ElementTree.ParseError for a damaged workbook.
    """
    for (top, left), (bottom, right) in _ranges(workbook, sheet):
        if top < first_row or top >= len(cells) or (value := cells[top][left]) in (None, ""):
            continue
        is_told = left == right and not _is_number(value)
        for row in cells[top : bottom + 1]:
            if not any(cell not in (None, "") for at, cell in enumerate(row) if not left <= at <= right):
                continue
            for at in range(left, min(right + 1, len(row))):
                row[at] = value if is_told else MergedText(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or bool(isinstance(value, str) and NUMBER.fullmatch(value.strip()))


def _ranges(workbook: CalamineWorkbook, sheet: str) -> list[tuple[Corner, Corner]]:
    """The first and the last cell of each range; calamine does not give those of an ODS."""
    path = Path(workbook.path or "")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            if "content.xml" in packed.namelist():
                return list(_ranges_of_ods(packed.read("content.xml"), sheet))
    return workbook.get_sheet_by_name(sheet).merged_cell_ranges or []


def _ranges_of_ods(xml: bytes, sheet: str) -> Iterator[tuple[Corner, Corner]]:
    for table in fromstring(xml).iter(f"{TABLE}table"):
        if table.get(f"{TABLE}name") != sheet:
            continue
        row = 0
        for line in table.iter(f"{TABLE}table-row"):
            column = 0
            for cell in line:
                down, across = (int(cell.get(f"{TABLE}number-{n}-spanned", 1)) for n in ("rows", "columns"))
                if down > 1 or across > 1:
                    yield (row, column), (row + down - 1, column + across - 1)
                column += int(cell.get(f"{TABLE}number-columns-repeated", 1))
            row += int(line.get(f"{TABLE}number-rows-repeated", 1))
