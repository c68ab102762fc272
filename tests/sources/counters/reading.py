"""Helpers of the counters' tests: offices with the counters that a test needs, and reading one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from sources.catalogue import Context
from sources.counters.source import read
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Delivery

RECEIVED = datetime(2026, 1, 5, 1, 30)  # noqa: DTZ001 - the ledger's instants are naive UTC

DOOR: dict[str, Any] = {
    "files": "door-*.csv",
    "date_column": "Date",
    "time_column": "Heure",
    "date_formats": ["%d/%m/%Y"],
    "count_columns": {"Entrées": "in", "Sorties": "out"},
}


@dataclass(frozen=True)
class Result:
    """What reading one file gave: the account, the loaded rows and the quarantined ones."""

    account: Account
    rows: list[dict[str, Any]]
    quarantined: list[tuple[int, str | None, str]]  # line, column, rule

    @property
    def sums(self) -> tuple[int, int, int, int, int]:
        """Rows read, loaded, quarantined, duplicate, filtered."""
        a = self.account
        return a.rows_read, a.rows_loaded, a.rows_quarantined, a.rows_duplicate, a.rows_filtered


def with_counters(
    office: Office, counters: Sequence[Mapping[str, Any]], time_zone: str = "Europe/Paris"
) -> Office:
    """The office with these counters instead of its own."""
    content = office.model_dump(mode="json")
    content["counters"] = [{"label": c["code"], "site": "auch", **c} for c in counters]
    content["time_zone"] = time_zone
    return Office.model_validate(content)


def door(office: Office, **declared: Any) -> Office:
    """The office with one counter `door` whose CSV is DOOR with these changes."""
    return with_counters(office, [{"code": "door", "format": "csv", "csv": {**DOOR, **declared}}])


def read_file(path: Path, office: Office, work: Path, name: str = "") -> Result:
    """Read a file as delivery 1."""
    work.mkdir(exist_ok=True)
    delivery = Delivery(1, office.code, "counters", name or path.name, "0", RECEIVED, path)
    reading = read(delivery, Context(office, lambda _: "", work, RECEIVED, Home(work)))
    assert reading.account.balances
    (parquet,) = reading.tables.values()
    relation = duckdb.read_parquet(str(parquet))
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    assert len(reading.account.quarantine) == (reading.account.rows_quarantined > 0)
    quarantined = [
        row
        for file in reading.account.quarantine
        for row in duckdb.read_parquet(str(file)).project('line, "column", rule').fetchall()
    ]
    return Result(reading.account, rows, quarantined)


def read_text(text: str | bytes, office: Office, work: Path, name: str = "door-1.csv") -> Result:
    """Read a file of that content and name."""
    path = work / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_file(path, office, work / "work")
