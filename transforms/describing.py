"""What the marts and their columns mean, as comments in the database: each column is described once.

A column is described where it arises: a raw one in source.yml, a quality one beside its table, any other in
the YAML of its model. A model that only passes a column on says nothing of it: what it reads tells; and a
part of a whole (`transforms.parts`) says what is peculiar to it, of the rest the whole tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import duckdb

from transforms.compiled import Compiled
from transforms.parts import parts, wholes
from warehouse.publishing.datapackage import literal, quoted
from warehouse.publishing.versions import Description, quality_descriptions
from warehouse.spec import OFFICE, TableSpec
from warehouse.storage.database import transaction

Place = tuple[str, str]
"""Schema and name of a table or view."""


@dataclass(frozen=True)
class Said:
    """What the project says of a model or seed and of some of its columns, and the tables that it reads.

    `whole` is the model that it is a part of.
    """

    place: Place
    description: str
    columns: Mapping[str, str]
    reads: Sequence[Place]
    whole: str | None = None


def describe(connection: duckdb.DuckDBPyConnection, compiled: Compiled, raw: Iterable[TableSpec]) -> None:
    """Comment every mart of the working database, and its columns."""
    found = descriptions(of_models(compiled), built_columns(connection), raw)
    with transaction(connection):
        for (schema, name), described in found.items():
            if schema != "marts":
                continue
            place = f"marts.{quoted(name)}"
            connection.execute(f"COMMENT ON TABLE {place} IS {literal(described.description)}")
            for column, text in described.columns.items():
                connection.execute(f"COMMENT ON COLUMN {place}.{quoted(column)} IS {literal(text)}")


def of_models(compiled: Compiled) -> list[Said]:
    """What the project says of every model and seed."""
    whole_of = {part: path.stem for path, beginning in wholes() for part in parts(path, beginning)}
    return [
        Said(
            (model.schema, model.name),
            _one_line(model.description),
            {name: _one_line(text) for name, text in model.columns.items()},
            model.reads,
            whole_of.get(model.name),
        )
        for model in compiled.models.values()
    ]


def built_columns(connection: duckdb.DuckDBPyConnection) -> dict[Place, Sequence[str]]:
    """The columns of every table and view that the models built."""
    return {
        (schema, name): columns
        for schema, name, columns in connection.execute(
            """SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
               WHERE schema_name IN ('staging', 'marts') GROUP BY ALL"""
        ).fetchall()
    }


def descriptions(
    models: Iterable[Said], built: Mapping[Place, Sequence[str]], raw: Iterable[TableSpec]
) -> dict[Place, Description]:
    """What each built model and seed means, with its columns.

    A column of which nothing is said, or different things by the tables that its model reads, is left out.
    """
    said = {model.place: model for model in models}
    of_whole = {model.place[1]: model.columns for model in said.values()}
    given = {("raw", table.name): _of_spec(table) for table in raw}
    given |= {("quality", name): dict(one.columns) for name, one in quality_descriptions().items()}

    @cache
    def meanings(place: Place, column: str) -> frozenset[str]:
        """What is said of a column where it stands, else of those of the same name that it is made of."""
        if place not in said:
            text = given.get(place, {OFFICE.name: OFFICE.description}).get(column)
            return frozenset() if text is None else frozenset({_one_line(text)})
        if own := said[place].columns.get(column):
            return frozenset({own})
        if column not in built.get(place, ()):
            return frozenset()
        passed_on = frozenset[str]().union(*(meanings(read, column) for read in said[place].reads))
        of_part = of_whole.get(said[place].whole or "", {}).get(column)
        return passed_on if of_part is None or len(passed_on) == 1 else frozenset({of_part})

    found = {}
    for place in said.keys() & built.keys():
        texts = {column: meanings(place, column) for column in built[place]}
        columns = {column: next(iter(said)) for column, said in texts.items() if len(said) == 1}
        found[place] = Description(said[place].description, columns)
    return found


def _of_spec(table: TableSpec) -> dict[str, str]:
    return {name: column.description for name, column in table.all_columns.items()}


def _one_line(text: str) -> str:
    return " ".join(text.split())
