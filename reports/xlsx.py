"""The tables of a document as a workbook: numbers as numbers in the form that people read, texts as texts."""

from __future__ import annotations

import io
from typing import Any

from reports.document import Document, Number, Paragraph, Table, Text, Time
from reports.workbook import LONGEST_CELL, LONGEST_SHEET_NAME, workbook
from warehouse.words.messages import say
from warehouse.words.printable import printable

FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))  # in a sheet's name
WIDEST = 60
POINT = {"fr": ",", "en": "."}


def xlsx(document: Document, office: str) -> bytes:
    """A sheet a table, then one on what they are. No cell is a formula or a link, whatever it holds."""
    held = io.BytesIO()
    with workbook(held) as book:
        book.set_properties({"title": str(document.title), "author": office})
        writer = _Writer(book, document.language)
        for section in document.sections:
            for block in section.blocks:
                if isinstance(block, Table):
                    writer.table(block)
        writer.about(document)
    return held.getvalue()


class _Writer:
    """Writes the sheets of one workbook; formats of numbers are made once each."""

    def __init__(self, book: Any, language: str) -> None:
        self._book, self._language = book, language
        self._formats: dict[str, Any] = {}
        self._names: set[str] = set()
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})

    def table(self, table: Table) -> None:
        """A table as a sheet that can be filtered, its headings always seen."""
        sheet = self._book.add_worksheet(self._name(str(table.caption)))
        for rank, heading in enumerate(table.headings):
            longest = max((len(str(row[rank])) for row in table.rows), default=0)
            sheet.set_column(rank, rank, min(max(longest, len(str(heading)), 8) + 2, WIDEST))
            sheet.write_string(0, rank, str(heading), self._bold)
        for line, row in enumerate(table.rows, 1):
            for rank, cell in enumerate(row):
                self._cell(sheet, line, rank, cell)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.headings) - 1)

    def about(self, document: Document) -> None:
        """What the workbook is, line by line."""
        sheet = self._book.add_worksheet(self._name(say("annual.about", self._language)))
        sheet.set_column(0, 0, 110)
        told = [document.title, *(block.text for block in document.lead if isinstance(block, Paragraph))]
        for line, one in enumerate(told):
            sheet.write_string(line, 0, str(one), self._wrapped)

    def _cell(self, sheet: Any, line: int, rank: int, cell: Text) -> None:
        first, *others = cell.pieces or ("",)
        if isinstance(first, Number) and all(isinstance(one, str | Time) for one in others):
            unit = "".join(map(str, others))
            sheet.write_number(line, rank, first.value, self._format(str(first), unit))
        else:
            sheet.write_string(line, rank, printable(str(cell))[:LONGEST_CELL], self._wrapped)

    def _format(self, shown: str, unit: str) -> Any:
        """The form of a number as it is read: its decimals, its sign, its unit."""
        decimals = len(shown.partition(POINT[self._language])[2])
        plain = "#,##0" + ("." + "0" * decimals if decimals else "")
        behind = f'"{unit}"' if unit else ""
        form = f"{plain}{behind}"
        if shown.startswith(("+", "−")):
            form = f'"+"{plain}{behind};"−"{plain}{behind};{plain}{behind}'
        if form not in self._formats:
            self._formats[form] = self._book.add_format({"num_format": form, "valign": "top"})
        return self._formats[form]

    def _name(self, said: str) -> str:
        """A name that a sheet may have, and no other one has."""
        name = said.translate(FORBIDDEN).strip()[:LONGEST_SHEET_NAME]
        rank = 1
        while name.lower() in self._names:
            rank += 1
            behind = f" ({rank})"
            name = name[: LONGEST_SHEET_NAME - len(behind)] + behind
        self._names.add(name.lower())
        return name
