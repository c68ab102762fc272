"""Cells of a workbook that show a percentage: a spreadsheet keeps 20% as 0.2, and calamine gives that.

Only the format of the cell tells the two apart; of an XLS nothing is known.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from defusedxml.ElementTree import fromstring
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from python_calamine import CalamineWorkbook

from sources.reading.merged_cells import TABLE
from sources.reading.unread_cells import AT, CELL, part_of_sheet

STYLES = "xl/styles.xml"
STYLE = re.compile(rb'\bs="(\d+)"')
VALUE_TYPE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}value-type"
SHOWN_BY_NUMBER = {"9", "10"}  # the formats 0% and 0.00%, which every workbook knows
WIDEST = 16_384  # columns of a sheet
LITERAL = re.compile(r'"[^"]*"|\\.')  # of a format, what is shown as it stands


class PercentText(str):
    """What such a cell shows: `20%`, with a decimal point."""


def show_percents(cells: Sequence[list[Any]], workbook: CalamineWorkbook, sheet: str) -> None:
    """Put what they show in the place of the numbers that are shown as percentages, in `cells` themselves.

    Raises KeyError and xml.etree.ElementTree.ParseError for a damaged workbook.
    """
    for row, column in _places(Path(workbook.path or ""), sheet, len(cells)):
        if row < len(cells) and column < len(cells[row]):
            value = cells[row][column]
            if isinstance(value, int | float) and not isinstance(value, bool):
                # What 0.055 times 100 is in binary is not 5.5: fifteen digits are all that a cell has.
                hundredfold = Decimal(format(value * 100, ".15g")).normalize()
                cells[row][column] = PercentText(f"{hundredfold:f}%")


def _places(path: Path, sheet: str, height: int) -> Iterator[tuple[int, int]]:
    """Row and column (from 0) of the cells whose format is a percentage, in the first `height` rows."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        if "content.xml" in packed.namelist():
            yield from _places_of_ods(packed.read("content.xml"), sheet, height)
        elif STYLES in packed.namelist() and (styles := _styles(packed.read(STYLES))):
            for attributes, _ in CELL.findall(part_of_sheet(packed, sheet)):
                at, style = AT.search(attributes), STYLE.search(attributes)
                if at is not None and style is not None and style[1] in styles:
                    column, row = coordinate_from_string(at[1].decode())
                    yield row - 1, column_index_from_string(column) - 1


def _styles(xml: bytes) -> set[bytes]:
    """Numbers of the cell styles that show a percentage."""
    if b"%" not in xml and not re.search(rb'numFmtId="(9|10)"', xml):
        return set()
    styles = fromstring(xml)
    shown = SHOWN_BY_NUMBER | {
        one.get("numFmtId", "")
        for one in styles.findall("{*}numFmts/{*}numFmt")
        if "%" in LITERAL.sub("", one.get("formatCode", ""))
    }
    kinds = styles.findall("{*}cellXfs/{*}xf")
    return {str(rank).encode() for rank, one in enumerate(kinds) if one.get("numFmtId") in shown}


def _places_of_ods(xml: bytes, sheet: str, height: int) -> Iterator[tuple[int, int]]:
    if b'value-type="percentage"' not in xml:
        return
    for table in fromstring(xml).iter(f"{TABLE}table"):
        if table.get(f"{TABLE}name") != sheet:
            continue
        row = 0
        for line in table.iter(f"{TABLE}table-row"):
            rows, column = int(line.get(f"{TABLE}number-rows-repeated", 1)), 0
            found: list[range] = []
            for cell in line:
                columns = int(cell.get(f"{TABLE}number-columns-repeated", 1))
                if cell.get(VALUE_TYPE) == "percentage":
                    found.append(range(column, min(column + columns, WIDEST)))
                column += columns
            for at in range(row, min(row + rows, height)):
                yield from ((at, one) for several in found for one in several)
            row += rows
