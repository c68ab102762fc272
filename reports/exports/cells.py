"""Cells of CSV files: no text of them is one that a spreadsheet would run.

A workbook knows a text from a formula; in a CSV whatever begins with one of a few signs is a formula, and
OWASP advises an apostrophe before it, which spreadsheets show as the text that follows. Who opens a file of
commas with semicolons, as a French spreadsheet does by a double click, splits the texts themselves: what
follows a separator, a quote or a line break within a text is the beginning of a cell too.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

# What begins a formula, in the wide form of East Asia too, and what a spreadsheet drops before it.
SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
RUN = re.compile(f"[{SIGNS}\t\r\n]")
# The same where another separator than the file's own, or no regard for its quotes, makes it a cell's first;
# not in a list of plain numbers, of which some are negative.
NUMBERS = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
LIST = rf"[+-]{NUMBERS}(?:[;,|\s]+[+-]?{NUMBERS})*[\])\s]*$"
RUN_WITHIN = re.compile(rf"""([;,|\t\r\n"][^\S\t\r\n]*)(?=[{SIGNS}])(?!{LIST})""")
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")


class CsvWriter:
    """Writes rows as `csv.writer` does, with harmless texts; numbers, negative ones too, stay numbers."""

    def __init__(self, file: TextIO, **options: Any) -> None:
        """`options` are those of `csv.writer`."""
        self._writer = csv.writer(file, **options)

    def writerow(self, row: Iterable[object]) -> None:
        """Write one row."""
        self._writer.writerow([harmless(cell) for cell in row])

    def writerows(self, rows: Iterable[Iterable[object]]) -> None:
        """Write several rows."""
        for row in rows:
            self.writerow(row)


def harmless(cell: object) -> object:
    """A cell with an apostrophe before what a spreadsheet would run, at its beginning or within it."""
    if not isinstance(cell, str) or NUMBER.fullmatch(cell):
        return cell
    text = RUN_WITHIN.sub(r"\1'", cell)
    if RUN.match(text):
        return f"'{text}"
    return cell if text == cell else text
