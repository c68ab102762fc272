"""What nights build of compiled models is what dbt builds, on the whole demonstration."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb

import sources.catalogue
from tests.demo.conftest import Demonstration
from transforms.compiled import compiled
from transforms.compiling import Dbt
from transforms.describing import describe
from transforms.materializing import select


def everything(database: Path) -> dict[str, Any]:
    """Relations with their kind, columns with type and description, and all rows, whatever their order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        relations = connection.execute(
            """SELECT table_schema, table_name, table_type FROM information_schema.tables
               WHERE table_schema IN ('staging', 'marts') ORDER BY ALL"""
        ).fetchall()
        columns = connection.execute(
            """SELECT schema_name, table_name, column_index, column_name, data_type, comment
               FROM duckdb_columns() WHERE schema_name IN ('staging', 'marts') ORDER BY ALL"""
        ).fetchall()
        described = connection.execute(
            """SELECT table_name, comment FROM duckdb_tables() WHERE schema_name IN ('staging', 'marts')
               UNION ALL
               SELECT view_name, comment FROM duckdb_views() WHERE schema_name IN ('staging', 'marts')
               ORDER BY ALL"""
        ).fetchall()
        rows = {
            f"{schema}.{name}": connection.execute(
                f'SELECT count(*), sum(CAST(hash(one) AS HUGEINT)) FROM {schema}."{name}" AS one'
            ).fetchone()
            for schema, name, _ in relations
        }
    return {"relations": relations, "columns": columns, "described": described, **rows}


def test_dbt_builds_the_same_tables(demonstration: Demonstration, tmp_path: Path) -> None:
    database = tmp_path / demonstration.home.database.name
    shutil.copyfile(demonstration.home.database, database)
    with duckdb.connect(str(database)) as connection:
        # What is not there cannot be equal by having been left.
        for schema in ("staging", "marts"):
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
    dbt = Dbt(database, tmp_path / "dbt")
    dbt("seed")
    dbt("run")
    specs = [sources.catalogue.find(name).SPEC for name in sources.catalogue.names()]
    with duckdb.connect(str(database)) as connection:  # a night describes what was built, whoever built it
        describe(connection, compiled(demonstration.home), [table for spec in specs for table in spec.tables])
    built, expected = everything(demonstration.home.database), everything(database)
    assert len(expected) > 60
    assert {name for name in expected if built.get(name) != expected[name]} == set()
    assert built.keys() == expected.keys()

    withheld = frozenset(  # of whole sources, as a night withholds them
        table.name for spec in specs if spec.name in ("counters", "tourist_tax") for table in spec.tables
    )
    said = dbt("compile", withheld=sorted(withheld))
    code = {one.node.name: one.node.compiled_code for one in said.result.results}  # type: ignore[union-attr]
    models = compiled(demonstration.home).models.values()
    different = [
        one.name
        for one in models
        if one.kind in ("table", "view") and select(one, withheld) != code[one.name]
    ]
    assert different == []
