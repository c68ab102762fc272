"""docs/layouts.md, followed as it is written as far as the rows: its export, its layout, its commands."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from flows.command.cli import app
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


def test_the_commands_of_the_page_exist() -> None:
    ((_, commands),) = blocks("console")
    known = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {line.split()[1] for line in commands.splitlines()} <= known
