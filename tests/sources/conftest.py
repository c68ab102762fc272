"""A file read by its source, as a night reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.catalogue import Context, SourceReading, find
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery


@dataclass(frozen=True)
class ReadFile:
    """What a source made of a file."""

    reading: SourceReading

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """These columns of what was loaded, in the order of the file."""
        (path,) = self.reading.tables.values()
        return duckdb.execute(f"SELECT {', '.join(columns)} FROM read_parquet('{path}')").fetchall()

    def faults(self) -> list[tuple[int, str, str]]:
        """Line, column and rule of the quarantined rows."""
        if not self.reading.account.quarantine:
            return []
        query = 'SELECT line, "column", rule FROM read_parquet(?) ORDER BY line'
        return duckdb.execute(query, [str(self.reading.account.quarantine[0])]).fetchall()


ReadSource = Callable[..., ReadFile]


@pytest.fixture
def read_source(tmp_path: Path, office: Office, as_of: datetime) -> ReadSource:
    """Reads content (or a file) as a delivery of a source that came under a name."""

    def read(
        source: str, content: str | bytes | Path, name: str | None = None, office: Office = office
    ) -> ReadFile:
        path = tmp_path / "archived"
        if isinstance(content, Path):
            name, content = name or content.name, content.read_bytes()
        assert name is not None
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        delivery = Delivery(7, office.code, source, name, "0" * 64, naive_utc(as_of), path)
        context = Context(office, lambda _: "a key of tests", tmp_path, as_of, Home(tmp_path))
        reading = find(source).read(delivery, context)
        assert reading.account.balances
        return ReadFile(reading)

    return read
