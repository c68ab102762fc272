"""Write a wild file: delimited text byte for byte, or a workbook with the results of its formulas."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from bench.wild.pages import Book, Cell, File, Page, Text

FORMULA = re.compile(r'<c r="([A-Z]+\d+)"([^>]*)><f>(.*?)</f><v ?/?>(?:</v>)?</c>', re.DOTALL)
STYLE = re.compile(r' s="\d+"')


def write(file: File, folder: Path) -> Path:
    """Write the file into a folder, and give each of its lines the number under which it stands there."""
    path = folder / f"{file.name}{file.written.suffix}"
    if isinstance(file.written, Text):
        path.write_bytes(_text(file, file.written))
    else:
        _book(file, file.written, path)
    return path


def _text(file: File, how: Text) -> bytes:
    written = [how.first] if how.first else []
    row = 1 + len(written)
    for _, line in file.lines:
        line.row = row
        content = how.separator.join(
            cell.text if cell.raw else _quoted(cell.text, how) for cell in line.cells
        )
        row += 1 + content.count("\n")
        written.append(content)
    text = how.newline.join(written) + how.newline
    if how.cut:
        text = text[: -how.cut]
    return text.encode(how.encoding, how.errors)


def _quoted(text: str, how: Text) -> str:
    if how.quote_all or any(sign in text for sign in (how.separator, '"', "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _book(file: File, how: Book, path: Path) -> None:
    workbook = Workbook()
    if how.starts_1904:
        workbook.epoch = CALENDAR_MAC_1904
    workbook.remove(workbook.active)
    results: dict[int, dict[str, Any]] = {}
    for number, page in enumerate(file.pages, 1):
        sheet = workbook.create_sheet(page.name)
        if page.hidden:
            sheet.sheet_state = "hidden"
        results[number] = _sheet(sheet, page)
    visible = next((n for n, page in enumerate(file.pages) if not page.hidden), 0)
    workbook.active = visible
    workbook.save(path)
    if any(results.values()):
        _keep_results(path, results)
    if how.cut:
        path.write_bytes(path.read_bytes()[: -how.cut])


def _sheet(sheet: Worksheet, page: Page) -> dict[str, Any]:
    """Fill a sheet; the results that its formulas shall keep, by cell."""
    results = {}
    for row, line in enumerate(page.all_lines(), 1):
        line.row = row
        for rank, cell in enumerate(line.cells, 1):
            if cell.formula is not None:
                sheet.cell(row, rank).value = "=" + cell.formula
                sheet.cell(row, rank).number_format = cell.format
                if cell.value is not None:
                    results[f"{get_column_letter(rank)}{row}"] = cell.value
            else:
                _fill(sheet, row, rank, cell)
        if line.hidden:
            sheet.row_dimensions[row].hidden = True
    for rank in page.hidden_columns:
        sheet.column_dimensions[get_column_letter(rank + 1)].hidden = True
    for area in page.merged:
        sheet.merge_cells(area)
    return results


def _fill(sheet: Worksheet, row: int, rank: int, cell: Cell) -> None:
    if cell.value is None and not cell.text:
        return
    target = sheet.cell(row, rank)
    if cell.value is None:
        target.value = cell.text
        target.data_type = "s"
        target.number_format = cell.format
        return
    target.value = float(cell.value) if isinstance(cell.value, Decimal) else cell.value
    if cell.format != "General" or not isinstance(cell.value, date | datetime):
        target.number_format = cell.format


def _keep_results(path: Path, results: dict[int, dict[str, Any]]) -> None:
    """Write the results of formulas into the XML of the sheets, as a program that computed them would."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for number, kept in results.items():
        name = f"xl/worksheets/sheet{number}.xml"

        def computed(found: re.Match[str], kept: dict[str, Any] = kept) -> str:
            at, attributes, formula = found.groups()
            if at not in kept:
                return found.group()
            style = STYLE.search(attributes)
            kind, text = _result(kept[at])
            return f'<c r="{at}"{style.group() if style else ""}{kind}><f>{formula}</f><v>{text}</v></c>'

        parts[name] = FORMULA.sub(computed, parts[name].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def _result(value: Any) -> tuple[str, str]:
    """The type of a cell and the text of its result, as the XML of a sheet has them."""
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    if isinstance(value, int | float | Decimal):
        return "", repr(float(value)) if isinstance(value, Decimal) else repr(value)
    if isinstance(value, str) and value.startswith("#"):
        return ' t="e"', escape(value)
    return ' t="str"', escape(str(value))
