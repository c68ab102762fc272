"""Columns that declarations and statements have alike: amounts, periods, the reason of a refund."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from sources.reading.fields import Field, category, identifier, literal, number, quoted
from sources.reading.rows import TextRows

DATES = ("%d/%m/%Y", "%Y-%m-%d")
LONGEST_PERIOD_DAYS = 366


def checked(field: Field, *checks: tuple[str, str]) -> Field:
    """The field with more checks (rule, condition under which a row breaks it)."""
    return replace(field, checks=(*field.checks, *checks))


def decimal_sign(connection: duckdb.DuckDBPyConnection, rows: TextRows, columns: Sequence[str]) -> str:
    """The decimal sign that the file's texts have in these columns: a comma when any of them holds one.

    Numbers of a workbook have none.
    """
    condition = " OR ".join(
        f"(contains({quoted(column)}, ',') AND NOT {rows.is_number(column)})" for column in columns
    )
    row = connection.execute(f"SELECT count(*) FROM {rows.source} WHERE {condition}").fetchone()
    return "," if row and row[0] else "."


def amount(name: str, column: str, decimal: str, reason: Field, rows: TextRows) -> Field:
    """A mandatory amount in EUR; below zero only for a refund or a correction.

    A text of more than two decimals is refused (a separator of thousands taken for a decimal sign looks so);
    a spreadsheet's binary numbers are rounded instead.
    """
    is_number = rows.is_number(column)
    value = number(name, column, decimal=decimal, required=True, negative=True, is_number=is_number)
    return checked(
        replace(value, sql=f"round({value.sql}, 2)"),
        ("negative_without_reason", f"{value.value} < 0 AND coalesce({reason.value}, 'other') = 'other'"),
        (
            "more_than_two_decimals",
            f"NOT {is_number} AND regexp_matches({quoted(column)}, '[.,][0-9]{{3,}}$')",
        ),
    )


def adjustment(name: str, column: str) -> Field:
    """Why an amount is adjusted: `refund`, `correction`, or `other`; the free text itself is not kept."""
    text = f"lower({quoted(column)})"
    value = f"""CASE WHEN {text} IS NULL THEN NULL
                     WHEN regexp_matches({text}, 'rembours|d.gr.vement|refund') THEN 'refund'
                     WHEN regexp_matches({text}, 'correct|r.gularis|rectif|adjustment') THEN 'correction'
                     ELSE 'other' END"""
    return Field(name, column, value, personal=True)


def period_end(field: Field, start: Field) -> Field:
    """The last day of a period, which comes after its first and at most a year later."""
    return checked(
        field,
        ("period_ends_before_start", f"{field.value} < {start.value}"),
        ("period_too_long", f"date_diff('day', {start.value}, {field.value}) > {LONGEST_PERIOD_DAYS}"),
    )


def municipality(
    name: str, column: str, codes: Sequence[str], rows: TextRows, *, required: bool = False
) -> Field:
    """The INSEE code of a commune; one that the office's tax does not reach (`codes`) holds the row back.

    A workbook that holds 1053 as a number has lost the zero of 01053. It is put back where that is a commune
    of the office; else nobody can tell.
    """
    listed = ", ".join(literal(code) for code in codes) or "NULL"
    said, zeroed = quoted(column), f"lpad({quoted(column)}, 5, '0')"
    is_ours = f"{rows.is_number(column)} AND {zeroed} IN ({listed})"
    restored = f"CASE WHEN {is_ours} THEN {zeroed} ELSE {said} END"
    field = identifier(name, column, kind=rows.kind(column), required=required)
    field = checked(
        replace(field, sql=restored),
        ("not_a_municipality_code", f"NOT regexp_full_match({field.value}, '[0-9]{{5}}|2[AB][0-9]{{3}}')"),
    )
    return checked(field, ("outside_territory", f"{field.value} NOT IN ({listed})")) if codes else field


def or_else(field: Field, value: str) -> Field:
    """The field with `value` (SQL) where its cell is empty."""
    return replace(field, sql=f"coalesce({field.sql}, {value})")


def mapped(name: str, column: str, known: Mapping[str, str], *, required: bool = False) -> Field:
    """A category whose codes are accepted beside the words that stand for them."""
    return category(name, column, {**{code: code for code in known.values()}, **known}, required=required)


def total_line(columns: Sequence[str]) -> str:
    """Condition of the total line at the foot of a statement: a cell of text says so."""
    said = " OR ".join(f"regexp_matches(lower({quoted(c)}), '^(sous[- ]?)?total')" for c in columns)
    return f"({said})"
