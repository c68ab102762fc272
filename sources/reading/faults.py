"""What is wrong in a file, cell by cell, as whoever corrects it reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from sources.staged import Quarantined
from warehouse.office.misfits import Near
from warehouse.words.messages import say
from warehouse.words.shapes import plain

MOST_WORDS = 24  # that a message lists


def faults_of(files: Sequence[Path]) -> list[Quarantined]:
    """The faults that Parquet files of `sources.staged.write_quarantine` hold, in the order of the file."""
    found = [
        Quarantined(**{**row, "known": tuple(row["known"] or ())})
        for path in files
        for row in pq.read_table(path).to_pylist()
    ]
    return sorted(found, key=lambda one: (one.sheet or "", one.line or 0, one.position or 0))


def cell_name(line: int, position: int) -> str:
    """A cell as a workbook calls it: row 14 of the third column is C14."""
    letters = ""
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{line}"


def place(fault: Quarantined, language: str) -> str:
    """Where it stands, in words: sheet and cell of a workbook, line and column of a text."""
    if fault.line is None:
        return say("place.at_file", language)
    if fault.sheet is not None:
        if fault.position is None:
            return say("place.at_row", language, sheet=fault.sheet, line=fault.line)
        return say("place.at_cell", language, sheet=fault.sheet, cell=cell_name(fault.line, fault.position))
    if fault.column is None:
        return say("place.at_line", language, line=fault.line)
    return say("place.at_column", language, line=fault.line, column=fault.column)


def found(fault: Quarantined, language: str) -> str:
    """What was found, and the nearest word that the column knows."""
    near = nearest(fault)
    return plain(fault.reason) + (say("place.near", language, word=near) if near else "")


def nearest(fault: Quarantined) -> str | None:
    """The known word that is nearest to what stands in the cell, however it is written; None when none is."""
    return (Near(fault.found, fault.known).name or None) if fault.found else None


def remedy(fault: Quarantined, language: str) -> str:
    """What the rule asks of a cell, and what to do; of many known words the first ones."""
    words = [f"« {word} »" for word in fault.known[:MOST_WORDS]]
    more = ["…"] if len(fault.known) > MOST_WORDS else []
    return say(f"remedy.{fault.rule}", language, words=", ".join([*words, *more]))
