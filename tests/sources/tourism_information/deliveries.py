"""Make export ZIPs in temporary folders and read them, for the tests of the tourism information system."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sources.catalogue import Context
from sources.tourism_information.source import read
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Delivery

FIXTURES = Path(__file__).with_name("fixtures")
AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
DIFFERENTIAL = "672_20260104-1344_V4BjvT.zip"
FULL = "672_20260104-1344_V4BjvT-reinitialisation.zip"


def fixture(name: str) -> Any:
    """A fixture's JSON, its own copy."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def hotel(**more: Any) -> dict[str, Any]:
    """The sample hotel, with other values."""
    return {**fixture("ungrouped-hotel"), **more}


def export(folder: Path, members: dict[str, Any], name: str = DIFFERENTIAL) -> Path:
    """Write a ZIP; what is not bytes becomes JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            archive.writestr(member, data)
    return path


def objects(*content: Any) -> dict[str, Any]:
    """A grouped export of these objects."""
    return {"objets_modifies/objets_modifies-1.json": list(content)}


def context(office: Office, work: Path, key: str = "") -> Context:
    """A reader's context."""
    work.mkdir(parents=True, exist_ok=True)
    return Context(office=office, secret=lambda _: key, work=work, as_of=AS_OF, home=Home(work))


def reading(
    path: Path, office: Office, work: Path, delivery_id: int = 1
) -> tuple[Account, dict[str, list[dict[str, Any]]]]:
    """The account of a ZIP and the rows of its raw tables."""
    delivery = Delivery(
        delivery_id=delivery_id,
        office=office.code,
        source="tourism_information",
        file_name=path.name,
        sha256="0" * 64,
        received_at=AS_OF.replace(tzinfo=None),
        path=path,
    )
    result = read(delivery, context(office, work))
    assert result.account.balances
    return result.account, {name: pq.read_table(file).to_pylist() for name, file in result.tables.items()}


def quarantined(account: Account) -> list[tuple[int, str, str]]:
    """Line, column and rule of the quarantined objects."""
    return [
        (row["line"], row["column"], row["rule"])
        for file in account.quarantine
        for row in pq.read_table(file).to_pylist()
    ]
