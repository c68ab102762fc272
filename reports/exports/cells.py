"""Cells of CSV files: no text of them is one that a spreadsheet would run.

A workbook knows a text from a formula; in a CSV whatever begins with one of a few signs is a formula, and
OWASP advises an apostrophe before it, which spreadsheets show as the text that follows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

# What begins a formula, in the wide form of East Asia too, and what a spreadsheet drops before it.
RUN = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
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
    """A cell with an apostrophe before a text that a spreadsheet would run."""
    if isinstance(cell, str) and RUN.match(cell) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
