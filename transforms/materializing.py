"""Build compiled models in DuckDB, one after the other: tables, views, Python models and seeds."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Collection
from typing import Any

import duckdb

from transforms.compiled import PROJECT, Compiled, Model
from warehouse.storage.database import transaction
from warehouse.words.shapes import of_library

TYPES = {"BASE TABLE": "TABLE", "VIEW": "VIEW"}  # as the catalogue names them, and as SQL does


def materialize(
    connection: duckdb.DuckDBPyConnection,
    compiled: Compiled,
    names: Collection[str],
    withheld: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """Build these models, each in a transaction of its own; those that failed, with what the library says.

    A model that stands on one that failed is skipped. What is not built stays as it was. The raw tables that
    are `withheld` are read as empty.
    """
    there = _relations(connection)
    failed: dict[str, str] = {}
    for name, model in compiled.models.items():
        if name not in names or not failed.keys().isdisjoint(compiled.above([name])):
            continue
        try:
            with transaction(connection):
                _replace(connection, compiled, model, there.get((model.schema, name)), withheld)
        except Exception as error:  # noqa: BLE001  # whatever a model raises, the others are built
            said = str(error) if isinstance(error, duckdb.Error) else f"{type(error).__name__}: {error}"
            failed[name] = of_library(" ".join(said.split()))
    return failed


def drop_removed(connection: duckdb.DuckDBPyConnection, compiled: Compiled) -> None:
    """Drop what models of an earlier version of Vigie left in staging and marts: nothing refreshes it."""
    built = {(model.schema, model.name) for model in compiled.models.values()}
    for (schema, name), type_ in _relations(connection).items():
        if schema in ("staging", "marts") and (schema, name) not in built:
            connection.execute(f'DROP {type_} {schema}."{name}"')


def _relations(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """What is there, TABLE or VIEW, by schema and name."""
    found = connection.execute(
        "SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY ALL"
    ).fetchall()
    return {(schema, name): TYPES[type_] for schema, name, type_ in found if type_ in TYPES}


def _replace(
    connection: duckdb.DuckDBPyConnection,
    compiled: Compiled,
    model: Model,
    was: str | None,
    withheld: frozenset[str],
) -> None:
    """Build the model in place of the table or view that has its name."""
    type_ = "VIEW" if model.kind == "view" else "TABLE"
    if was not in (None, type_):
        connection.execute(f"DROP {was} {model.relation}")
    if model.kind == "seed":
        columns = ", ".join(f'"{column}" {kind}' for column, kind in model.types.items())
        connection.execute(f"CREATE OR REPLACE TABLE {model.relation} ({columns})")
        connection.execute(f"COPY {model.relation} FROM ? (FORMAT CSV, HEADER)", [str(PROJECT / model.path)])
    elif model.kind == "python":
        answer = _function(model)(_Dbt(connection, compiled, model), connection)
        connection.register("answer_of_model", answer)
        connection.execute(f"CREATE OR REPLACE TABLE {model.relation} AS SELECT * FROM answer_of_model")
        connection.unregister("answer_of_model")
    else:
        connection.execute(f"CREATE OR REPLACE {type_} {model.relation} AS {select(model, withheld)}")


def select(model: Model, withheld: frozenset[str]) -> str:
    """The SQL of the model's rows; raises ValueError when only a part of what it reads raw is withheld."""
    hidden = withheld.intersection(model.raw)
    if hidden and hidden != set(model.raw):
        raise ValueError(
            f"{model.name} reads raw tables of several sources, and {sorted(hidden)} are withheld"
        )
    return model.sql_withheld if hidden else model.sql


def _function(model: Model) -> Callable[[Any, duckdb.DuckDBPyConnection], Any]:
    """The function `model` of a Python model."""
    spec = importlib.util.spec_from_file_location(f"transforms.models.{model.name}", PROJECT / model.path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[[Any, duckdb.DuckDBPyConnection], Any] = module.model
    return function


class _Dbt:
    """What a Python model is given as `dbt`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, compiled: Compiled, model: Model) -> None:
        self._connection = connection
        self._compiled = compiled
        self.config = model.config

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        """The rows of another model."""
        return self._connection.sql(f"FROM {self._compiled.models[name].relation}")

    def source(self, schema: str, table: str) -> duckdb.DuckDBPyRelation:
        """The rows of a table that no model makes."""
        return self._connection.sql(f'FROM {schema}."{table}"')
