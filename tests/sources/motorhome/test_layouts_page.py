"""docs/layouts.md, followed as it is written as far as the rows: its export, its layout, its commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from sources.catalogue import Context
from sources.motorhome.source import read
from tests.conftest import REPOSITORY
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery

PAGE = (REPOSITORY / "docs" / "layouts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[tuple[str, str]]:
    """The blocks of the page in a language: what stands behind its name, and the text."""
    return re.findall(rf"^```{language} ?([^\n]*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_ten_lines_of_the_page_read_the_export_of_an_unknown_kiosk(
    tmp_path: Path, office: Office, as_of: datetime
) -> None:
    ((layout, yaml),) = blocks("yaml")
    ((export, rows),) = blocks("csv")
    assert len(yaml.splitlines()) <= 10
    (tmp_path / layout).parent.mkdir(parents=True)
    (tmp_path / layout).write_text(yaml, encoding="utf-8")
    (tmp_path / export).write_text(rows, encoding="cp1252")
    delivery = Delivery(7, office.code, "motorhome", export, "0" * 64, naive_utc(as_of), tmp_path / export)
    reading = read(delivery, Context(office, lambda _: "k", tmp_path, as_of, Home(tmp_path)))
    query = "SELECT count(*), sum(amount_eur) FROM read_parquet(?)"
    (path,) = reading.tables.values()
    assert duckdb.execute(query, [str(path)]).fetchall() == [(3, Decimal("15.16"))]
    assert (reading.account.rows_filtered, reading.account.rows_quarantined) == (1, 0)


OFFICE = """
code: my-office
name: Office de tourisme
siren: "000000000"
language: en
time_zone: Europe/Paris
department: "32"
school_zone: C
municipalities: [{code: "32013", name: Auch}]
sites: [{code: area, name: Aire de camping-cars, always_open: true}]
systems: {motorhome: [{site: area, capacity: 10, vat_pct: 20}]}
"""


def test_the_commands_of_the_page_make_figures(tmp_path: Path) -> None:
    """As a reader types them, one after the other, in a folder with the export and a home with the layout."""
    ((layout, yaml),) = blocks("yaml")
    ((export, rows),) = blocks("csv")
    ((_, commands),) = blocks("console")
    home = Home(tmp_path / "home")
    (home.root / layout).parent.mkdir(parents=True)
    (home.root / layout).write_text(yaml, encoding="utf-8")
    home.office_file.write_text(OFFICE, encoding="utf-8")
    (tmp_path / export).write_text(rows, encoding="cp1252")
    told = []
    for line in commands.splitlines():
        words = line.split()
        assert words[0] == "vigie"
        done = subprocess.run(
            [sys.executable, "-m", "flows.command.cli", *words[1:]],
            cwd=tmp_path,
            env={**os.environ, "VIGIE_HOME": str(home.root), "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )
        told.append(done.stdout)
        assert done.returncode in (0, 1), (line, done.stdout, done.stderr)  # 1: something is told
    assert "Read by the layout: Parking Exemple." in told[0]
    figures = (tmp_path / "figures.csv").read_text(encoding="utf-8-sig")
    # 15.16 with the tourist tax of 1.16 and VAT at 20%.
    assert re.search(r"turnover_excluding_tax,.*,EUR,11\.67,", figures), figures
