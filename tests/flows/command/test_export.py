"""`vigie export` of what is named twice, and a program of others that is fed by `vigie sql`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pytest

from docs.analysts import R
from tests.flows.command.test_cli import vigie
from tests.security.test_sql import home
from warehouse.office import office_file
from warehouse.storage.layout import Home

__all__ = ["home"]  # a fixture: a home with a published version of one table


def test_a_table_that_is_named_twice_is_exported_once(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    assert vigie("export", "tables", "site", "marts.site", "site", "--to", path, "--home", home.root) == 0
    assert openpyxl.load_workbook(path).sheetnames[:-1] == ["site"]
    assert vigie("export", "tables", "site", "site", "--to", tmp_path / "x.csv", "--home", home.root) == 0


def test_r_reads_the_figures_as_numbers_by_the_recipe_of_the_analysts(home: Home, tmp_path: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("SKIPPED: there is no Rscript here (r-base-core)")
    with duckdb.connect(str(home.published_database)) as connection:
        connection.execute(
            """CREATE TABLE marts.indicator_value AS
               SELECT 'counter_passages' AS indicator, 'year' AS period_kind,
                      DATE '2025-01-01' AS period_start, 39638.5::DECIMAL(18, 4) AS value,
                      38000.0 AS low, NULL::DOUBLE AS high"""
        )
    command = tmp_path / "vigie"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flows.command.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    printed = "cat(class(figures$period_start), class(figures$value), figures$value, figures$high)"
    told = subprocess.run(
        ["Rscript", "-e", f"{R}; {printed}"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "VIGIE_HOME": str(home.root)},
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert told.stdout == "character numeric 39638.5 NA"


def test_who_opens_data_at_no_address_is_told_and_a_disk_is_refused(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    template = Path(office_file.__file__).parents[2] / "flows" / "command" / "office-template.yml"
    home.office_file.write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    with duckdb.connect(str(home.published_database)) as connection:
        connection.execute("CREATE TABLE marts.indicator_value (period_start DATE, period_end DATE)")
    command = ("export", "open-data", "--home", home.root, "--to")
    assert vigie(*command, tmp_path / "open") == 0
    assert "open_data, address" in capfd.readouterr().err
    with home.office_file.open("a", encoding="utf-8") as file:
        file.write("\nopen_data:\n  address: https://data.office.example/open\n")
    assert vigie(*command, tmp_path / "open") == 0
    assert "address" not in capfd.readouterr().err
    assert vigie(*command, "/") == 2
    assert "contient autre chose" in capfd.readouterr().err
