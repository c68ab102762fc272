"""What an analyst asks of the published tables: whether a query only reads, as DuckDB parses it."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import duckdb

from warehouse.publishing.datapackage import literal

# The table functions that only read the published tables, their catalogue, or what a query itself gives.
# Others read files, set something, or run a text as a query (`query`, `query_table`).
READING_FUNCTIONS = frozenset((
    "range", "generate_series", "unnest", "repeat", "repeat_row", "summary", "histogram",
    "histogram_values", "json_each", "json_tree", "duckdb_columns", "duckdb_constraints",
    "duckdb_databases", "duckdb_dependencies", "duckdb_functions", "duckdb_indexes", "duckdb_keywords",
    "duckdb_memory", "duckdb_optimizers", "duckdb_schemas", "duckdb_sequences", "duckdb_settings",
    "duckdb_table_sample", "duckdb_tables", "duckdb_types", "duckdb_variables", "duckdb_views",
    "icu_calendar_names", "pg_timezone_names", "pragma_collations", "pragma_database_size",
    "pragma_metadata_info", "pragma_platform", "pragma_show", "pragma_storage_info", "pragma_table_info",
    "pragma_user_agent", "pragma_version", "table_info", "storage_info",
))  # fmt: skip
# One token of SQL, and the spaces and comments that follow it.
TOKEN = re.compile(
    r"""("(?:[^"]|"")*"|e?'(?:[^']|'')*'|\$(\w*)\$.*?\$\2\$|[\w$.]+|[^\w\s"'$]+?)"""
    r"(?:\s|--[^\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)*",
    re.IGNORECASE | re.DOTALL,
)


class NotReading(Exception):  # noqa: N818 - a query that does more is no error of ours
    """A query does more than read; `function` is the one that it calls to do so, where that is known."""

    def __init__(self, function: str | None = None) -> None:
        super().__init__(function or "")
        self.function = function


def reading(connection: duckdb.DuckDBPyConnection, query: str) -> list[duckdb.Statement]:
    """The statements of a query on `only_read`, each of which only reads, to be executed in that order.

    Raises NotReading for one that does more, and duckdb.Error when it cannot be parsed. Files that DuckDB
    allows itself, its spill and its log of writes, could else be written by COPY; and table functions set
    things too: `enable_logging` even ends the process where files are closed to it (DuckDB 1.5.5). What is
    called decides as DuckDB parsed it, so that no function hides in a text.
    """
    statements = connection.extract_statements(query)
    if not {one.type for one in statements} <= {duckdb.StatementType.SELECT, duckdb.StatementType.CREATE}:
        raise NotReading
    called = _table_functions(connection, query)
    if called is None:
        called = _named_table_functions(connection, query)
    if called - READING_FUNCTIONS:
        raise NotReading(min(called - READING_FUNCTIONS))
    return statements


def _table_functions(connection: duckdb.DuckDBPyConnection, query: str) -> set[str] | None:
    """The table functions that a query calls; None of one that DuckDB does not write as JSON.

    That is a PIVOT, which makes a temporary type of what it finds before it reads, and a PRAGMA. An
    expression of hundreds of levels is written, and is too deep to be read here.
    """
    # Written into the query: given beside it, DuckDB would import pandas.
    row = connection.execute(f"SELECT json_serialize_sql({literal(query)})").fetchone()
    assert row is not None
    try:
        parsed = json.loads(row[0])
    except RecursionError:
        return None
    if parsed["error"]:
        return None
    called, left = set(), [parsed]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if one.get("type") == "TABLE_FUNCTION":
                called.add(str(one["function"]["function_name"]).lower())
            left += one.values()
        elif isinstance(one, list):
            left += one
    return called


def _named_table_functions(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """The names before a parenthesis that are those of table functions, by DuckDB's own tokens.

    Raises NotReading for a CREATE that is written, and where a token is not the one word that it should be.
    """
    known = {
        name
        for (name,) in connection.execute(
            """SELECT lower(function_name) FROM duckdb_functions()
               WHERE function_type IN ('table', 'table_macro', 'pragma')"""
        ).fetchall()
    }
    text = query.encode()
    starts = [start for start, _ in duckdb.tokenize(query)]
    tokens = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        token = TOKEN.fullmatch(text[start:end].decode())
        if token is None:
            raise NotReading
        tokens.append(token[1].lower())
    if "create" in tokens:
        raise NotReading
    names = {one.strip('"') for one, follows in pairwise(tokens) if follows == "("}
    return names & known
