"""What is over its time goes: personal columns of raw tables become empty or tokens, and rows stay.

A token is random: nothing leads from it back to what stood there, nor from one stay of a vehicle to the next.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import duckdb
import pyarrow as pa

from warehouse.spec import TOKEN, PersonalRetention, TableSpec
from warehouse.storage.database import table_exists, transaction

LINK, ENDS = "link", "link_ends_at"  # of a view of links, beside columns of the raw table


def erase_personal(
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[TableSpec],
    as_of: datetime,
    days: int | None = None,
    *,
    links: str | None,
) -> int:
    """Erase the personal columns of raw rows whose time is over at a naive UTC instant; how many rows.

    `days` takes the place of what the tables say. With `links` those whose tokens tell which rows are of one
    fact, else all others: it names the view that tells it of a raw `{table}`, which the models must have
    built. What was erased is in the file of the database until it is rewritten
    (`warehouse.storage.database.rewrite`), which is noted.
    """
    erased = 0
    for table in tables:
        kept = table.retention
        if (
            kept is None
            or (kept.token == "link") != (links is not None)
            or not table_exists(connection, "raw", table.name)
        ):
            continue
        with transaction(connection):
            rows = _expired(connection, table, kept, as_of, days or kept.days, links)
            if rows:
                _erase(connection, table, kept)
                note_erasure(connection, as_of)
        connection.execute("DROP TABLE IF EXISTS temp.expired; DROP TABLE IF EXISTS temp.token")
        erased += rows
    return erased


def note_erasure(connection: duckdb.DuckDBPyConnection, at: datetime) -> None:
    """Note that something was erased: its bytes are in the database's file until that is rewritten."""
    connection.execute("INSERT INTO ops.erasure VALUES (?)", [at])


def _expired(
    connection: duckdb.DuckDBPyConnection,
    table: TableSpec,
    kept: PersonalRetention,
    as_of: datetime,
    days: int,
    links: str | None,
) -> int:
    """Make temp.expired: rows with something to erase, and the group that gets one token for each value."""
    name, after = f'raw."{table.name}"', f'it."{kept.after}"'
    something = " OR ".join(
        f'(it."{c.name}" IS NOT NULL AND NOT starts_with(it."{c.name}", \'{TOKEN}\'))'
        if c.name in kept.tokened
        else f'it."{c.name}" IS NOT NULL'
        for c in table.personal_columns
    )
    before = as_of - timedelta(days=days)
    if links is not None:
        view = links.format(table=table.name)
        linked = [row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()]
        same = " AND ".join(
            f'it."{c}" IS NOT DISTINCT FROM link."{c}"' for c in linked if c not in (LINK, ENDS)
        )
        query = f"""SELECT it.rowid AS row_id, coalesce(link.{LINK}, 'row ' || it.rowid) AS "group"
                    FROM {name} AS it LEFT JOIN {view} AS link ON {same}
                    WHERE coalesce(link.{ENDS}, {after}) < ? AND ({something})"""
    elif kept.token == "year":
        # A year goes as a whole, else a value would get another token from one night to the next.
        before = datetime(_last_year_over(as_of.date(), days) + 1, 1, 1)  # noqa: DTZ001
        query = f"""SELECT it.rowid AS row_id, it.office || ' ' || year({after}) AS "group"
                    FROM {name} AS it WHERE {after} < ? AND ({something})"""
    else:
        query = f"""SELECT it.rowid AS row_id, '' AS "group" FROM {name} AS it
                    WHERE {after} < ? AND ({something})"""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE expired AS {query}", [before])
    found = connection.execute("SELECT count(*) FROM temp.expired").fetchone()
    assert found is not None
    return int(found[0])


def _last_year_over(today: date, days: int) -> int:
    """The last year of which the last day lies more than so many days back."""
    year = (today - timedelta(days=days)).year
    return year if date(year, 12, 31) + timedelta(days=days) < today else year - 1


def _erase(connection: duckdb.DuckDBPyConnection, table: TableSpec, kept: PersonalRetention) -> None:
    """Erase the personal columns of the rows of temp.expired."""
    name = f'raw."{table.name}"'
    others = [c.name for c in table.personal_columns if c.name not in kept.tokened]
    if kept.tokened:
        # Of a link every value is one vehicle's, whatever the key of its year: the group alone tells.
        value = "''" if kept.token == "link" else "value"
        listed = ", ".join(f'it."{column}"' for column in kept.tokened)
        connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE token AS
                SELECT DISTINCT "group", {value} AS value, NULL::VARCHAR AS token
                FROM (SELECT "group", unnest([{listed}]) AS value
                      FROM {name} AS it JOIN temp.expired ON it.rowid = expired.row_id)
                WHERE value IS NOT NULL AND NOT starts_with(value, '{TOKEN}')"""
        )
        give_tokens(connection, "temp.token")
        for column in kept.tokened:
            same = "" if kept.token == "link" else f'AND it."{column}" = token.value'
            connection.execute(
                f"""UPDATE {name} AS it SET "{column}" = token.token
                    FROM temp.expired, temp.token
                    WHERE it.rowid = expired.row_id AND expired."group" = token."group" {same}
                      AND it."{column}" IS NOT NULL AND NOT starts_with(it."{column}", '{TOKEN}')"""
            )
    for column in others:
        connection.execute(
            f"""UPDATE {name} AS it SET "{column}" = NULL FROM temp.expired
                WHERE it.rowid = expired.row_id AND it."{column}" IS NOT NULL"""
        )


def give_tokens(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Fill the column `token` of a small table, each row with a random token of its own."""
    found = connection.execute(f"SELECT rowid FROM {table}").fetchall()
    given = pa.table(
        {"row_id": [row for (row,) in found], "token": [TOKEN + secrets.token_hex(16) for _ in found]}
    )
    connection.register("given", given)
    connection.execute(
        f"UPDATE {table} SET token = given.token FROM given WHERE {table}.rowid = given.row_id"
    )
    connection.unregister("given")
