"""Cells of a workbook that calamine gives as empty although they hold something.

An error such as #N/A, and a formula that no program ever computed, both come out of it as an empty cell. Only
the XML of an XLSX tells them from one; of an XLS nothing is known.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from posixpath import join, normpath
from typing import NamedTuple

from defusedxml.ElementTree import fromstring
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
AT = re.compile(rb'\br="([A-Z]+[0-9]+)"')
KIND = re.compile(rb'\bt="(\w+)"')
FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)<)")
RESULT = re.compile(rb"<(?:\w+:)?v\b[^>/]*>([^<]+)<")


class UnreadText(str):
    """What such a cell holds: `#N/A`, or `=A1+B1` that was never computed; marked, as it is no typed text."""


class Unread(NamedTuple):
    """A cell, by row and column from 1, and what it holds."""

    row: int
    column: int
    text: UnreadText


def unread_cells(path: Path, sheet: str) -> list[Unread]:
    """Cells of a sheet that calamine gives as empty though they hold something; none of an XLS.

    Raises KeyError, zipfile.BadZipFile and xml.etree.ElementTree.ParseError for a damaged workbook.
    """
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as packed:
        return list(_unread(part_of_sheet(packed, sheet))) if WORKBOOK in packed.namelist() else []


def part_of_sheet(packed: zipfile.ZipFile, sheet: str) -> bytes:
    """The XML of a sheet of an XLSX, empty where it has none of that name; raises KeyError when damaged."""
    parts = {part.get("Id"): part.get("Target", "") for part in fromstring(packed.read(RELATIONS))}
    for one in fromstring(packed.read(WORKBOOK)).findall("{*}sheets/{*}sheet"):
        if one.get("name") == sheet:
            return packed.read(normpath(join("xl", parts[one.get(RELATION)])).lstrip("/"))
    return b""


def _unread(xml: bytes) -> Iterator[Unread]:
    if b't="e"' not in xml and b"<f" not in xml and b":f" not in xml:
        return
    for attributes, content in CELL.findall(xml):
        at, kind = AT.search(attributes), KIND.search(attributes)
        if at is None:
            continue
        result, formula = RESULT.search(content), FORMULA.search(content)
        is_error = kind is not None and kind[1] == b"e"
        # A formula whose result is an empty text was computed.
        if not is_error and (
            formula is None or result is not None or (kind is not None and kind[1] == b"str")
        ):
            continue
        text = result[1] if is_error and result else b"=" + (formula[1] or b"" if formula else b"")
        column, row = coordinate_from_string(at[1].decode())
        yield Unread(row, column_index_from_string(column), UnreadText(unescape(text.decode())))
