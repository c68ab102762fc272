"""Cells at fault that keep no row out by themselves: what a person who corrects the file has to know as well.

A quarantined row is in the ledger by its first fault; here are its others, and the words that their column
does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from sources.reading.fields import Check, Field, evaluated, quoted
from sources.reading.rows import TextRows
from sources.staged import Quarantined, write_quarantine
from warehouse.words.messages import say

UNKNOWN_WORD = "unknown_word"
LARGEST_BYTES = 32 * 2**20  # a file beyond is looked through once
MOST_ROWS = 10_000


def write_beside(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Sequence[Field],
    total: int,
    path: Path,
    language: str,
) -> tuple[Path, ...]:
    """Write these cells, found by the table `judged` of the file's rows, as Parquet; none of a large file."""
    if rows.size_bytes > LARGEST_BYTES:
        return ()
    kept_out = _found(connection, rows, fields, _broken(fields), '"~verdict" > 0')
    unknown = _found(connection, rows, fields, _unknown(fields), '"~verdict" >= 0')
    if not (kept_out or unknown):
        return ()
    lines = rows.lines.of_rows(total)
    cells = []
    for rank, faults in kept_out:
        columns = set()
        for turn, fault in enumerate(faults):
            field = fields[fault["field"]]
            check = Check(*field.checks[fault["check"]])
            # The first fault of the row is in the ledger; of a cell the first one says enough.
            if turn and field.column not in columns:
                value = "***" if field.personal else (fault["value"] or "")
                reason = say(f"quarantine.{check.rule}", language, value=value, **check.words)
                cells.append(_cell(rows, rank, lines, field, check.rule, reason, None))
            columns.add(field.column)
    for rank, faults in unknown:
        for fault in faults:
            field, value = fields[fault["field"]], fault["value"]
            reason = say("notice.unknown_word", language, value=value)
            cells.append(_cell(rows, rank, lines, field, UNKNOWN_WORD, reason, value))
    if not cells:
        return ()
    write_quarantine(path, cells)
    return (path,)


def _cell(
    rows: TextRows,
    rank: int,
    lines: Sequence[int],
    field: Field,
    rule: str,
    reason: str,
    value: str | None,
) -> Quarantined:
    column = rows.heading(field.column, rank)
    position = rows.position(field.column, rank)
    return Quarantined(
        lines[rank - 1], column, rule, reason, rows.sheet_of(rank), position, value, field.known
    )


def _found(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, fields: Sequence[Field], faults: str, which: str
) -> list[tuple[int, list[dict[str, Any]]]]:
    """The rank of each of these rows that has faults, and these."""
    if not faults:
        return []
    return connection.execute(
        f"""SELECT rank, faults FROM (
                SELECT text."~row" AS rank, list_filter([{faults}], lambda one: one IS NOT NULL) AS faults
                FROM (SELECT *, row_number() OVER () AS "~row" FROM {evaluated(rows.source, fields)}) AS text
                WHERE text."~row" IN (SELECT "~rank" FROM judged WHERE {which}))
            WHERE len(faults) > 0 ORDER BY rank LIMIT {MOST_ROWS}"""
    ).fetchall()


def _broken(fields: Sequence[Field]) -> str:
    """SQL of every check that a row breaks, in their order."""
    return ", ".join(
        f"CASE WHEN {Check(*check).condition} THEN {_fault(field, rank, n)} END"
        for rank, field in enumerate(fields)
        for n, check in enumerate(field.checks)
    )


def _unknown(fields: Sequence[Field]) -> str:
    """SQL of every word of a row that its column does not know."""
    return ", ".join(
        f"CASE WHEN {field.unknown} THEN {_fault(field, rank, 0)} END"
        for rank, field in enumerate(fields)
        if field.unknown is not None and not field.personal
    )


def _fault(field: Field, rank: int, check: int) -> str:
    value = "NULL" if field.personal or not field.column else quoted(field.column)
    return f"{{'field': {rank}, 'check': {check}, 'value': {value}::VARCHAR}}"
