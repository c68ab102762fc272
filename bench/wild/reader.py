"""The reader of layouts, asked as the benchmark asks every reader."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from bench.wild.scoring import Named, Read
from bench.wild.tools import spec as wild_spec
from sources import by_layout, layouts
from sources.motorhome.source import SPEC as MOTORHOME
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import SourceSpec, TableSpec
from warehouse.words.marks import plain

RECEIVED = datetime(2026, 2, 1)  # noqa: DTZ001 - naive UTC
# What a reader with a fault in it raises; the night holds such a file too, and tells it.
CRASHES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
    duckdb.Error,
)
COMMON = ("office", "delivery_id")


def read(path: Path, layout_yaml: str, table: TableSpec) -> Read:
    """Read a file as one layout says, in the zone of Paris; a refusal is a result."""
    source = _source(table)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        layout_file = work / "wild.yml"
        layout_file.write_text(layout_yaml, encoding="utf-8")
        layout = layouts.load(layout_file, source, "fr")
        try:
            found = by_layout.read(
                by_layout.FileToRead(path, path.name, RECEIVED, work),
                source,
                [layout],
                constants=lambda _: {"office": "wild", "delivery_id": 1},
                zone="Europe/Paris",
                language="fr",
            )
        except RefusedDeliveryError as refusal:
            return Read(refusal=plain(str(refusal)))
        except CRASHES as error:
            return Read(refusal=f"crashed: {error!r}", crashed=True)
        account = found.account
        rows = pq.read_table(*found.tables.values()).to_pylist()
        return Read(
            rows=[
                {k: v for k, v in row.items() if k not in COMMON and not k.startswith("~")} for row in rows
            ],
            named=[_named(one) for path in account.quarantine for one in pq.read_table(path).to_pylist()],
            filtered={"left out": account.rows_filtered + account.rows_duplicate},
            notices=[plain(found.account.message)],
        )


def _source(table: TableSpec) -> SourceSpec:
    return next(one for one in (wild_spec(), MOTORHOME) if table.name in {t.name for t in one.tables})


def _named(fault: dict[str, object]) -> Named:
    line, column, sheet, position = (fault[key] for key in ("line", "column", "sheet", "position"))
    return Named(
        line if isinstance(line, int) else None,
        column if isinstance(column, str) else None,
        plain(str(fault["reason"])),
        sheet if isinstance(sheet, str) else None,
        position if isinstance(position, int) else None,
    )
