"""The rows of a workbook as text, by the way that a file takes through the reader of layouts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from sources.layouts import Layout, LayoutColumn
from sources.reading.heading import Heading
from sources.reading.recognising import look, recognise
from sources.reading.rows import TextRows
from sources.reading.workbooks import Row, cell_text, cells_of_sheet, rows_of_cells


def open_sheet(connection: duckdb.DuckDBPyConnection, path: Path, name: str, heading: Heading) -> TextRows:
    """The rows of the sheet that has the headings; raises RefusedDeliveryError."""
    layout = Layout(tool="Essai", table="x", columns={"x": LayoutColumn(constant=1)}, name="essai")
    opened = look(path, name, path.parent, "fr")
    fit, *_ = recognise(opened, [(layout, heading)], "essai", "fr").fits
    assert opened.workbook is not None
    cells = list(enumerate(cells_of_sheet(opened.workbook, fit.table.sheet or "", name, "fr"), 1))
    data = [Row(line, row) for line, row in cells[fit.rank + 1 :] if any(map(cell_text, row))]
    rows = rows_of_cells(connection, name, path.stat().st_size, heading, fit.cells, data)
    return replace(rows, has_kinds=True, sheet=fit.table.sheet, in_1904=opened.in_1904)
