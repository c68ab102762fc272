"""Judge a table of text strictly: every row is loaded, quarantined, a duplicate or filtered, and counted.

Other modules open a file (`delimited`, `workbooks`) and give its rows as text columns. `read_strictly`
computes the output columns (`fields`), judges every row and writes Parquet. All of it runs in DuckDB,
whatever the number of rows; line numbers are worked out only for files that hold a bad row.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sources.reading.beside import write_beside
from sources.reading.fields import Check, Field, bounded, evaluated, literal, quoted
from sources.reading.rows import REPORTED_AT_MOST, TextRows, settled
from sources.reading.totals import notices as total_notices
from sources.reading.totals import of_footer, of_total_lines, said
from sources.staged import Quarantined, write_quarantine
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import ColumnSpec
from warehouse.storage.ledger import Account, Control
from warehouse.words.messages import catalogue, say
from warehouse.words.shapes import typed

VERDICT = '"~verdict"'
TOTAL_LINE = "total_line"
LINE, SHEET = "~line", "~sheet"  # of what is written where lines are kept


@dataclass(frozen=True)
class Filter:
    """A named rule under which a row is left out on purpose, such as a total line. `condition` is SQL."""

    rule: str
    condition: str


@dataclass(frozen=True)
class Reading:
    """What became of a file: its account, its good rows, and what people should know of it."""

    account: Account
    parquet: Path
    notices: tuple[str, ...] = ()


def read_strictly(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Sequence[Field],
    columns: Mapping[str, ColumnSpec | str],
    key: Sequence[str],
    kind: str,
    work: Path,
    *,
    identified: str = "true",
    filters: Sequence[Filter] = (),
    footer: str | None = None,
    totals: Sequence[str] = (),
    tells_totals: bool = True,
    keeps_lines: bool = False,
    language: str = "fr",
) -> Reading:
    """Judge every row and write the good ones as Parquet in `work`, with the columns of `fields` in order.

    `columns` says what each output column is: a column of source.yml, whose bounds are judged too, or the
    SQL type of one that the reader has for itself. `key` are the output columns that identify a row: a row
    equal to an earlier one in every column is a duplicate; one with the same key but other values is
    quarantined as `conflicting_key`. Without a key, and where `identified` (SQL on the output columns) does
    not hold, nothing tells two rows apart, and equal rows are as many rows. `filters` are tried first, in
    order, on the text columns; `footer` is a regular expression of malformed lines to filter as
    `total_line`. The order of judgement is: filter, first broken check, duplicate, conflict. `totals` are
    the output columns of which total lines (filtered as `total_line`) state the sum: it is compared with
    what was loaded; unless the source `tells_totals`, their amounts are in no notice and never published.
    Where it `keeps_lines` each row of a file that is not large has its line and its sheet beside it.
    """
    good = work / f"{kind}.parquet"
    fields = [_within_bounds(f, columns[f.name]) for f in fields]
    types = {name: c if isinstance(c, str) else c.sql_type for name, c in columns.items()}
    output = ", ".join(f"CAST({f.value} AS {types[f.name]}) AS {quoted(f.name)}" for f in fields)
    output += f", {_verdict(fields, filters)} AS {VERDICT}"
    names = ", ".join(quoted(f.name) for f in fields)
    totalled = [f for f in fields if f.name in totals]
    stated = "".join(f", {quoted(f.column)} AS {said(f.name)}" for f in totalled)

    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    if rows.is_large:
        # A large file is mostly clean: at once, in parallel and without line numbers.
        connection.execute(
            f"""COPY (SELECT {output} FROM {evaluated(rows.first_pass, fields)})
                TO {literal(str(good))} (FORMAT parquet, COMPRESSION snappy)"""
        )
        malformed = _malformed(connection, rows.name, language)
        total, bad = _one(
            connection,
            f"SELECT count(*), count(*) FILTER ({VERDICT} <> 0) FROM read_parquet({literal(str(good))})",
        )
        notices = _notices(connection, rows, fields, language)
        if not bad and not malformed and not (key and _repeats(connection, good, key)):
            return Reading(Account(kind, total, total), good, tuple(notices))

    if not rows.is_large:
        rows = settled(connection, rows)
    # Each row with its rank, to tell which line is wrong.
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
            SELECT row_number() OVER () AS "~rank", {output}, {_culprits(fields)} AS "~value"{stated}
            FROM {evaluated(rows.first_pass, fields)}"""
    )
    malformed = _malformed(connection, rows.name, language)
    (total,) = _one(connection, "SELECT count(*) FROM judged")
    notices = _notices(connection, rows, fields, language)
    identity = ", ".join(quoted(n) for n in key) or '"~rank"'
    can_repeat = _true(identified) if key else "false"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
            SELECT "~rank",
                   {can_repeat} AND row_number() OVER (PARTITION BY {names} ORDER BY "~rank") > 1
                       AS is_duplicate,
                   {can_repeat} AND row_number() OVER (PARTITION BY {identity} ORDER BY "~rank") > 1
                       AS is_repeated
            FROM judged WHERE {VERDICT} = 0"""
    )
    beside_rows = _lines(connection, rows, total) if keeps_lines and not rows.is_large else ""
    where_from = f", {quoted(LINE)}, {quoted(SHEET)}" if beside_rows else ""
    connection.execute(
        f"""COPY (SELECT {names}, 0 AS {VERDICT}{where_from}
                  FROM judged JOIN repeated USING ("~rank"){beside_rows}
                  WHERE NOT is_repeated ORDER BY "~rank")
            TO {literal(str(good))} (FORMAT parquet, COMPRESSION snappy)"""
    )
    loaded, duplicate = _one(
        connection, "SELECT count(*) FILTER (NOT is_repeated), count(*) FILTER (is_duplicate) FROM repeated"
    )
    filtered = dict(
        connection.execute(
            'SELECT "~verdict", count(*) FROM judged WHERE "~verdict" < 0 GROUP BY ALL'
        ).fetchall()
    )
    malformed = list(
        zip(rows.lines.of_broken([n for n, _ in malformed]), [text for _, text in malformed], strict=True)
    )
    footers = [x for x in malformed if footer and duckdb_matches(connection, x[1], footer)]
    by_rule = {filters[-int(code) - 1].rule: count for code, count in filtered.items()}
    if footers:
        by_rule[TOTAL_LINE] = by_rule.get(TOTAL_LINE, 0) + len(footers)
    broken = [x for x in malformed if x not in footers]
    quarantine, quarantined = _quarantine(
        connection, rows, fields, key, broken, total, work / f"{kind}-quarantine.parquet", language
    )
    beside = write_beside(connection, rows, fields, total, work / f"{kind}-beside.parquet", language)
    controls = _controls(connection, rows, totalled, filters, footers, total)
    controls = [replace(control, is_disclosed=tells_totals) for control in controls]
    notices += total_notices(controls, language)
    if by_rule:
        listed = ", ".join(f"{rule} {count}" for rule, count in sorted(by_rule.items()))
        notices.append(say("notice.filtered", language, rules=listed))
    account = Account(
        kind=kind,
        rows_read=total + len(malformed),
        rows_loaded=loaded,
        rows_quarantined=quarantined,
        rows_duplicate=duplicate,
        rows_filtered=sum(by_rule.values()),
        quarantine=(quarantine,) if quarantined else (),
        beside=beside,
        controls=tuple(controls),
    )
    return Reading(account, good, tuple(notices))


def _lines(connection: duckdb.DuckDBPyConnection, rows: TextRows, total: int) -> str:
    """A join of judged rows with the line and the sheet of each."""
    ranks = range(1, total + 1)
    found = {"~rank": ranks, LINE: rows.lines.of_rows(total), SHEET: [rows.sheet_of(rank) for rank in ranks]}
    types = pa.schema({"~rank": pa.int64(), LINE: pa.int64(), SHEET: pa.string()})
    connection.register("lines_of_rows", pa.table(found, types))
    return ' JOIN lines_of_rows USING ("~rank")'


def _controls(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Sequence[Field],
    filters: Sequence[Filter],
    footers: Sequence[tuple[int, str]],
    total: int,
) -> list[Control]:
    """The totals that the file states of these fields, in the order of their lines."""
    found = []
    for rank, rule in enumerate(filters, 1):
        if rule.rule != TOTAL_LINE:
            continue
        stated = of_total_lines(connection, fields, rows.headings, -rank)
        lines = rows.lines.of_rows(total) if stated else []
        found += [Control(lines[row - 1], column, says, comes_to) for row, column, says, comes_to in stated]
    for line, text in footers:
        cells = next(csv.reader([text], delimiter=rows.lines.separator), [])
        if control := of_footer(connection, fields, rows.headings, cells):
            found.append(Control(line, *control))
    return sorted(found, key=lambda control: control.line)


def _quarantine(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Sequence[Field],
    key: Sequence[str],
    malformed: Sequence[tuple[int, str]],
    total: int,
    path: Path,
    language: str,
) -> tuple[Path, int]:
    """Write line, column, rule and reason of every quarantined row; the second value is their number."""
    checks = _checks(fields)
    found = connection.execute(
        """SELECT "~rank", "~verdict", "~value" FROM judged WHERE "~verdict" > 0
           UNION ALL
           SELECT "~rank", 0, NULL FROM repeated WHERE is_repeated AND NOT is_duplicate
           ORDER BY 1"""
    ).fetchall()
    lines = rows.lines.of_rows(total) if found else []
    quarantined: list[Quarantined] = []
    for rank, verdict, value in found:
        if not verdict:
            column = ", ".join(key)
            reason = say("quarantine.conflicting_key", language, key=column)
            quarantined.append(
                Quarantined(lines[rank - 1], column, "conflicting_key", reason, sheet=rows.sheet_of(rank))
            )
            continue
        source, (rule, _, words) = checks[verdict - 1]
        shown = "***" if source.personal else (value or "")
        quarantined.append(
            Quarantined(
                line=lines[rank - 1],
                column=rows.heading(source.column, rank),
                rule=rule,
                reason=say(f"quarantine.{rule}", language, value=shown, **words),
                sheet=rows.sheet_of(rank),
                position=rows.position(source.column, rank),
                found=value if shows_value(rule) and not source.personal else None,
                known=source.known,
            )
        )
    for line, _ in malformed:
        # The text of a malformed line may hold personal data anywhere: it is never repeated.
        reason = say("quarantine.wrong_number_of_cells", language, cells=rows.lines.width)
        quarantined.append(Quarantined(line, None, "wrong_number_of_cells", reason))
    quarantined.sort(key=lambda row: row.line or 0)
    write_quarantine(path, quarantined)
    return path, len(quarantined)


def shows_value(rule: str) -> bool:
    """True for a rule whose message shows the faulty cell: a plate in a wrong column is shown nowhere."""
    return "{value}" in catalogue()[f"quarantine.{rule}"]["en"]


def _malformed(connection: duckdb.DuckDBPyConnection, name: str, language: str) -> list[tuple[int, str]]:
    """Line and text of the rows whose number of cells is wrong, each once, after the first pass.

    Raises RefusedDeliveryError when the pass met bytes that are not UTF-8.
    """
    if not _one(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'")[0]:
        return []
    found = connection.execute(
        "SELECT line, csv_line, error_type::VARCHAR FROM reject_errors ORDER BY line"
    ).fetchall()
    for line, _, kind in found:
        if kind == "INVALID ENCODING":
            raise RefusedDeliveryError(
                say("refused.encoding", language, file=name, encoding="utf-8", line=line)
            )
    return list({line: (int(line), text.strip("\r\n")) for line, text, _ in found}.values())


def duckdb_matches(connection: duckdb.DuckDBPyConnection, text: str, pattern: str) -> bool:
    """True when the regular expression (RE2) matches somewhere in the text."""
    return bool(_one(connection, "SELECT regexp_matches(?, ?)", [text, pattern])[0])


def _within_bounds(one: Field, column: ColumnSpec | str) -> Field:
    """The field with the form and the bounds of its column; a constant is not a cell, and has none."""
    if isinstance(column, str) or not one.column:
        return one
    if column.pattern is not None:
        spoilt = f"NOT regexp_full_match({one.value}, {literal(column.pattern)})"
        one = replace(one, checks=(*one.checks, ("misformed_code", spoilt)))
    return one if column.bounds is None else bounded(one, column.bounds)


def _verdict(fields: Sequence[Field], filters: Sequence[Filter]) -> str:
    """SQL of what becomes of a row: below 0 the rank of its filter, above 0 of its first broken check."""
    cases = [f"WHEN {_true(x.condition)} THEN {-rank}" for rank, x in enumerate(filters, 1)]
    cases += [
        f"WHEN {_true(check.condition)} THEN {rank}" for rank, (_, check) in enumerate(_checks(fields), 1)
    ]
    return f"CAST(CASE {' '.join(cases)} ELSE 0 END AS INTEGER)" if cases else "0"


def _checks(fields: Sequence[Field]) -> list[tuple[Field, Check]]:
    return [(f, Check(*check)) for f in fields for check in f.checks]


def _culprits(fields: Sequence[Field]) -> str:
    """SQL of the text of the cell that broke the first check."""
    cases = [
        f"WHEN {_true(check.condition)} THEN {quoted(f.column)}"
        for f, check in _checks(fields)
        if f.column and not f.personal
    ]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def _true(condition: str) -> str:
    """A condition that NULL does not satisfy."""
    return f"coalesce({condition}, false)"


def _one(
    connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None
) -> tuple[Any, ...]:
    row = connection.execute(query, values or []).fetchone()
    assert row is not None
    return tuple(row)


def _repeats(connection: duckdb.DuckDBPyConnection, parquet: Path, identity: Sequence[str]) -> bool:
    """True when two rows have the same identity; of rows in their key's order neighbours alone count."""
    file = f"read_parquet({literal(str(parquet))})"
    columns = ", ".join(quoted(n) for n in identity)
    before = ", ".join(f"lag({quoted(n)}) OVER () AS {quoted('~' + n)}" for n in identity)
    # Not in order: the first column that differs is less than the one before, or none differs.
    disordered = "true"
    for n in reversed(identity):
        now, old = quoted(n), quoted("~" + n)
        disordered = f"CASE WHEN {now} = {old} THEN {disordered} ELSE coalesce({now} < {old}, true) END"
    disorder = _one(
        connection,
        f"""SELECT count(*) FROM (SELECT {columns}, row_number() OVER () AS "~rank", {before} FROM {file})
            WHERE "~rank" > 1 AND {disordered}""",
    )[0]
    if not disorder:
        return False
    return bool(
        _one(
            connection,
            f"SELECT count(*) FROM (SELECT 1 FROM {file} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1)",
        )[0]
    )


def _notices(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, fields: Sequence[Field], language: str
) -> list[str]:
    """Columns that we do not know, then one notice for each column with values new to us and their rows."""
    notices = []
    if rows.unknown_columns:
        listed = ", ".join(f"« {typed(c)} »" for c in rows.unknown_columns[:REPORTED_AT_MOST])
        notices.append(say("notice.unknown_columns", language, columns=listed))
    if rows.broken_quotes:
        more = ", …" if len(rows.broken_quotes) > REPORTED_AT_MOST else ""
        listed = ", ".join(str(line) for line in rows.broken_quotes[:REPORTED_AT_MOST]) + more
        notices.append(say("notice.broken_quotes", language, lines=listed))
    for f in fields:
        if f.unknown is None:
            continue
        found = connection.execute(
            f"""SELECT {quoted(f.column)}, count(*) FROM {evaluated(rows.source, [f])}
                WHERE {_true(f.unknown)} GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT {REPORTED_AT_MOST}"""
        ).fetchall()
        if found:
            listed = ", ".join(f"« {typed(value)} » ({count})" for value, count in found)
            notices.append(
                say(
                    "notice.unknown_values",
                    language,
                    column=rows.headings.get(f.column, f.column),
                    values=listed,
                )
            )
    return notices
