"""What published columns of text may hold (`published_text.yml`), and what stands there instead of all else.

A column is closed when the version is written, whatever the models gave: a text that its declaration does
not hold is published by its shape, and a column that nobody declared by shapes alone. So no model can publish
what somebody typed, and nothing is held back for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from warehouse.publishing.datapackage import Column, Table, literal, quoted
from warehouse.spec import FORMS
from warehouse.words.marks import OPENS
from warehouse.words.personal import looks_personal
from warehouse.words.shapes import plain, shape, shown, shown_name
from warehouse.yaml_file import read_yaml

DECLARATIONS = Path(__file__).with_suffix(".yml")
TEXT, TEXTS = "VARCHAR", "VARCHAR[]"


@dataclass(frozen=True)
class Known:
    """What may be shown: `words` of names (`flows.command.vocabulary`), and `lists` of values by their name.

    A list that is called like a column is that of the column, where no declaration says otherwise.
    Without them all but Vigie's own words and the codes of the office file is published by its shape.
    """

    language: str = "fr"
    words: Collection[str] = frozenset()
    lists: Mapping[str, Collection[str]] = field(default_factory=lambda: MappingProxyType({}))


class Declaration(BaseModel):
    """What a column may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    pattern: str | None = None
    several: bool = False
    text: Literal["own", "record", "name", "sentence"] | None = None


@cache
def declarations() -> dict[str, Declaration]:
    """All declarations, by what they stand under in the file."""
    content = read_yaml(DECLARATIONS)
    return {name: Declaration(**one) for name, one in content.items()}


def declared(table: str, column: str, known: Known) -> Declaration | None:
    """The declaration of a published column, else what source.yml knows of its name, or None."""
    names = (f"{table}.{column}", f"{table}.*", column)
    found = next((found for name in names if (found := declarations().get(name))), None)
    if column in FORMS:
        return found or Declaration(pattern=FORMS[column])
    of_name = Declaration(lists=(column,), several=True) if column in known.lists else None
    return found or of_name


def closed(
    connection: duckdb.DuckDBPyConnection, table: Table, query: str, known: Known, database: str = "working"
) -> str:
    """The query of a table whose columns of text are closed.

    `database` holds the tables of codes. Texts that change are kept beside, in a temporary table.
    """
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS closed_text (place VARCHAR, typed VARCHAR, shown VARCHAR)"
    )
    replaced = []
    there = _tables(connection, database)
    for column in table.columns:
        if column.type in (TEXT, TEXTS):
            place = f"{table.key}.{column.name}"
            changed = _changed(connection, table, column, query, known, there)
            if changed:
                found = pa.table(
                    {"place": [place] * len(changed), "typed": list(changed), "shown": list(changed.values())}
                )
                connection.register("changed_text", found)
                connection.execute("INSERT INTO closed_text SELECT * FROM changed_text")
                connection.unregister("changed_text")
                replaced.append(f"{_instead(column, place, changed)} AS {quoted(column.name)}")
    return f"SELECT * REPLACE ({', '.join(replaced)}) FROM ({query})" if replaced else query


def _instead(column: Column, place: str, changed: Mapping[str, str]) -> str:
    """SQL of what stands in the column, its texts looked up in `closed_text`; those of lists are few."""
    name = quoted(column.name)
    if column.type == TEXTS:
        pairs = ", ".join(f"{literal(text)}: {literal(other)}" for text, other in changed.items())
        return f"list_transform({name}, lambda text: coalesce(MAP {{{pairs}}}[text], text))"
    return f"""coalesce((SELECT shown FROM closed_text
                         WHERE place = {literal(place)} AND closed_text.typed = {name}), {name})"""


def _changed(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    column: Column,
    query: str,
    known: Known,
    there: Mapping[str, str],
) -> dict[str, str]:
    """The distinct texts of a column that its declaration does not hold, with what is shown instead."""
    declaration = declared(table.name, column.name, known) or Declaration()
    if declaration.text == "own":
        return {}
    name = quoted(column.name)
    values = f"SELECT {f'unnest({name})' if column.type == TEXTS else name} AS text FROM ({query})"
    holds = _holds(declaration, known, there)
    found = connection.execute(
        f"SELECT DISTINCT text FROM ({values}) WHERE text IS NOT NULL AND NOT coalesce({holds}, false)"
    ).fetchall()
    show = _how(declaration, known)
    return {text: other for (text,) in found if (other := show(text)) != text}


def _holds(declaration: Declaration, known: Known, there: Mapping[str, str]) -> str:
    """SQL that is true for what a declaration holds exactly; `there` are the tables of codes that exist."""
    words = [*declaration.values, *(word for name in declaration.lists for word in known.lists.get(name, ()))]
    conditions = []
    if words:
        listed = ", ".join(literal(word) for word in words)
        one = f"text IN ({listed})"
        if declaration.several:
            one = f"list_has_all([{listed}], list_transform(string_split(text, ','), lambda one: trim(one)))"
        conditions.append(one)
    for code in declaration.codes:
        table, column = code.rsplit(".", 1)
        if table in there:
            conditions.append(
                f"text IN (SELECT {quoted(column)} FROM {there[table]} WHERE {quoted(column)} IS NOT NULL)"
            )
    if declaration.pattern is not None:
        conditions.append(f"regexp_full_match(text, {literal(declaration.pattern)})")
    if declaration.text == "sentence":
        conditions.append(f"NOT contains(text, {literal(OPENS)})")
    return f"({' OR '.join(conditions) or 'false'})"


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    """The tables of an attached database in SQL, by `schema.table`."""
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ?", [database]
    ).fetchall()
    return {f"{schema}.{name}": f"{database}.{schema}.{quoted(name)}" for schema, name in found}


def _how(declaration: Declaration, known: Known) -> Callable[[str], str]:
    """What is shown of a text that a declaration does not hold exactly."""
    if declaration.text == "sentence":
        return lambda text: shown(text, known.language, known.words)
    if declaration.text == "name":
        return lambda text: shown_name(plain(text), known.language, known.words)
    if declaration.text == "record":
        return lambda text: shape(text, known.language) if looks_personal(text) else text
    return lambda text: shape(text, known.language)


def undeclared(tables: Iterable[Table], known: Known) -> list[str]:
    """The published columns of text of which nothing says what they may hold."""
    return [
        f"{table.key}.{column.name}"
        for table in tables
        for column in table.columns
        if column.type in (TEXT, TEXTS) and declared(table.name, column.name, known) is None
    ]
