"""`vigie export` of what is named twice, and to where one stands."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.flows.command.test_cli import vigie
from tests.security.test_sql import home
from warehouse.storage.layout import Home

__all__ = ["home"]  # a fixture: a home with a published version of one table


def test_a_table_that_is_named_twice_is_exported_once(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    assert vigie("export", "tables", "site", "marts.site", "site", "--to", path, "--home", home.root) == 0
    assert openpyxl.load_workbook(path).sheetnames[:-1] == ["site"]
    assert vigie("export", "tables", "site", "site", "--to", tmp_path / "x.csv", "--home", home.root) == 0
