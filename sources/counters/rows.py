"""What both formats share: columns computed once below the checks, and the reading that is handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sources.catalogue import SourceReading
from sources.fields import quoted
from sources.reading import Reading, TextRows


def with_columns(rows: TextRows, computed: Mapping[str, str]) -> TextRows:
    """The same rows with further columns, computed once, for fields and checks to refer to by name."""
    columns = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in computed.items())
    return replace(
        rows,
        source=f"(SELECT *, {columns} FROM {rows.source})",
        first_pass=f"(SELECT *, {columns} FROM {rows.first_pass})",
    )


def finish(reading: Reading, table: str, parquet: Path, notices: Sequence[str]) -> SourceReading:
    """The reading of one table with its notices as the ledger's message."""
    return SourceReading(replace(reading.account, message=" ; ".join(notices)), {table: parquet})
