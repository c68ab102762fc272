"""All the text that a file holds, whatever it is: to look for somebody in it, not to read figures."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

import duckdb
import pyarrow.parquet as pq

from warehouse.words.person import Person

PART_BYTES = 4 << 20
DEEPEST = 4  # containers in containers
ZIP, GZIP, PARQUET, OLE = b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"\xd0\xcf\x11\xe0"


def count_in(person: Person, path: Path) -> int:
    """How often a person is in a file: in its name, in its text, in what it contains."""
    found = person.count(path.name)
    with path.open("rb") as file:
        return found + sum(person.count(text) for text in _texts(file))


def _texts(file: IO[bytes], depth: int = 0) -> Iterator[str]:
    begins = file.read(8)
    file.seek(0)
    if begins.startswith(ZIP) and depth < DEEPEST:
        with zipfile.ZipFile(file) as container:
            for name in container.namelist():
                yield name
                yield from _texts(BytesIO(container.read(name)), depth + 1)
    elif begins.startswith(GZIP) and depth < DEEPEST:
        yield from _texts(BytesIO(gzip.decompress(file.read())), depth + 1)
    elif begins.startswith(PARQUET):
        for batch in pq.ParquetFile(file).iter_batches():
            for column in batch.columns:
                yield from {str(value) for value in column.to_pylist() if value is not None}
    elif begins.startswith(OLE):
        content = file.read()
        # Cells are in Latin-1 or in UTF-16, at odd places as well as at even ones.
        yield content.decode("latin-1")
        yield content.decode("utf-16-le", errors="replace")
        yield content[1:].decode("utf-16-le", errors="replace")
    elif begins[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield file.read().decode("utf-16", errors="replace")
    else:
        while lines := file.readlines(PART_BYTES):
            yield decoded(b"".join(lines))


def decoded(content: bytes) -> str:
    """Bytes as text: UTF-8, else what Windows writes."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def text_columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    """Schema, table, column and type of all that may hold text in a DuckDB file's own tables."""
    return connection.execute(
        """SELECT schema_name, table_name, column_name, data_type
           FROM duckdb_columns() JOIN duckdb_tables() USING (database_name, schema_name, table_name)
           WHERE database_name = current_database()
             AND (data_type LIKE '%VARCHAR%' OR data_type = 'JSON') ORDER BY ALL"""
    ).fetchall()
