"""What the tables and columns of the models mean, as comments in the database: each column is described once.

A column is described where it arises: a raw one in source.yml, a quality one beside its table, any other in the YAML
of its model. A model that only passes a column on says nothing of it: the description of what it reads holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import duckdb

from transforms.building import read_manifest
from warehouse.publishing.datapackage import literal, quoted
from warehouse.publishing.versions import Description, quality_descriptions
from warehouse.spec import COMMON_COLUMNS, TableSpec
from warehouse.storage.layout import Home

# Said of every table that has it.
OFFICE = {column.name: column.description for column in COMMON_COLUMNS if column.name == "office"}


def describe(home: Home, connection: duckdb.DuckDBPyConnection, raw: Iterable[TableSpec]) -> None:
    """Comment every mart of the working database, and its columns."""
    for (schema, name), told in descriptions(read_manifest(home), built_columns(connection), raw).items():
        if schema != "marts":
            continue
        place = f"marts.{quoted(name)}"
        connection.execute(f"COMMENT ON TABLE {place} IS {literal(told.description)}")
        for column, text in told.columns.items():
            connection.execute(f"COMMENT ON COLUMN {place}.{quoted(column)} IS {literal(text)}")


def built_columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Sequence[str]]:
    """The columns of every table and view that the models built, by schema and name."""
    return dict(
        ((schema, name), columns)
        for schema, name, columns in connection.execute(
            """SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
               WHERE schema_name IN ('staging', 'marts') GROUP BY ALL"""
        ).fetchall()
    )


def descriptions(
    manifest: Mapping[str, Any], built: Mapping[tuple[str, str], Sequence[str]], raw: Iterable[TableSpec]
) -> dict[tuple[str, str], Description]:
    """What each built model and seed means, with its columns, by schema and name.

    A column of which nothing is said, or different things by the tables that its model reads, is left out.
    """
    nodes, sources = manifest["nodes"], _sources(manifest, raw)

    @cache
    def meanings(key: str, column: str) -> frozenset[str]:
        """What is said of a column of a model, a seed or a source: by itself, else by what it reads."""
        if key in sources:
            return frozenset({sources[key][column]} if column in sources[key] else ())
        node = nodes[key]
        if own := _one_line(node["columns"].get(column, {}).get("description", "")):
            return frozenset({own})
        if column not in built.get((node["schema"], node["name"]), ()):
            return frozenset()
        return frozenset().union(*(meanings(parent, column) for parent in node["depends_on"]["nodes"]))

    found = {}
    for key, node in nodes.items():
        place = (node["schema"], node["name"])
        if node["resource_type"] in ("model", "seed") and place in built:
            told = {column: meanings(key, column) for column in built[place]}
            columns = {column: next(iter(texts)) for column, texts in told.items() if len(texts) == 1}
            found[place] = Description(_one_line(node["description"]), columns)
    return found


def _sources(manifest: Mapping[str, Any], raw: Iterable[TableSpec]) -> dict[str, dict[str, str]]:
    """What is said of the columns of the tables that no model builds, by dbt's name for them."""
    said = {
        ("raw", table.name): {name: column.description for name, column in table.all_columns.items()}
        for table in raw
    } | {("quality", name): dict(table.columns) for name, table in quality_descriptions().items()}
    found = {}
    for key, node in manifest["sources"].items():
        own = {name: column["description"] for name, column in node["columns"].items()}
        columns = OFFICE | said.get((node["schema"], node["name"]), {}) | own
        found[key] = {name: _one_line(text) for name, text in columns.items()}
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())
