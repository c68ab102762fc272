"""Cells that a workbook holds and calamine gives as empty."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from sources.reading.unread_cells import unread_cells


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A workbook with an error, a formula nobody computed, one with a result and one with an empty text."""
    made = Workbook()
    made.active.title = "Ventes & co"
    for row in (["a", 1, "=1+1"], ["#N/A", None, "=B1&D1"], ["x", '=IF(B1>0,"","y")', "=2+2"]):
        made.active.append(row)
    made.create_sheet("vide")
    path = tmp_path / "w.xlsx"
    made.save(path)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    sheet = re.sub(r'(<c r="C3"[^>]*><f>[^<]*</f>)<v ?/?>(</v>)?', r"\1<v>4</v>", sheet)
    sheet = re.sub(r'<c r="B3"([^>]*)>', r'<c r="B3" t="str"\1>', sheet)
    parts["xl/worksheets/sheet1.xml"] = sheet
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return path


def test_errors_and_formulas_never_computed_are_found_and_computed_ones_are_not(workbook: Path) -> None:
    assert unread_cells(workbook, "Ventes & co") == [(1, 3, "=1+1"), (2, 1, "#N/A"), (2, 3, "=B1&D1")]
    assert unread_cells(workbook, "vide") == []


def test_what_is_no_xlsx_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n")
    assert unread_cells(path, "a") == []
