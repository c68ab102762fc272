"""`datapackage.json` of a published version: its tables for tools that read Frictionless data packages.

Source: specs.frictionlessdata.io, tabular data package, version 1.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# The first word of a DuckDB type to the type of a table schema; other types are left open ("any").
FIELD_TYPES = {
    "VARCHAR": "string",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "FLOAT": "number",
    "DOUBLE": "number",
    "DECIMAL": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}


@dataclass(frozen=True)
class Column:
    """A column of a published table, with the database's own type and comment."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Table:
    """A table of the working or published database."""

    schema: str
    name: str
    comment: str
    rows: int
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.name}"

    @property
    def sql(self) -> str:
        """Its name in SQL, without the database."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def types(self) -> dict[str, str]:
        """Type of each column by name."""
        return {column.name: column.type for column in self.columns}


def write_datapackage(folder: Path, version: str, as_of: datetime, tables: Sequence[Table]) -> None:
    """Describe the copies `<schema>/<table>.parquet` of `folder` in `datapackage.json` beside them."""
    package = {
        "profile": "tabular-data-package",
        "name": "vigie",
        "title": "Vigie: published warehouse of the tourism observatory",
        "version": version,
        "created": f"{as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "resources": [
            resource(
                folder, table, f"{table.schema}/{table.name}.parquet", "parquet",
                "application/vnd.apache.parquet",
            )
            for table in tables
        ],
    }  # fmt: skip
    text = json.dumps(package, ensure_ascii=False, indent=1)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")


def field_type(sql_type: str) -> str:
    """The type of a table schema for a DuckDB type."""
    if sql_type.endswith("]"):
        return "array"
    return FIELD_TYPES.get(sql_type.split("(")[0].split(" ")[0], "any")


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def resource(folder: Path, table: Table, path: str, form: str, media_type: str) -> dict[str, object]:
    """A file of a folder that holds the rows of a table, as a resource of a data package."""
    with (folder / path).open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "profile": "tabular-data-resource",
        "name": table.key,
        "path": path,
        "format": form,
        "mediatype": media_type,
        "description": table.comment,
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{digest}",
        "rows": table.rows,
        "schema": {
            "fields": [
                {"name": c.name, "type": field_type(c.type), "description": c.comment} for c in table.columns
            ]
        },
    }
