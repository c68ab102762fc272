"""Rules that declarations and statements have alike: amounts, periods, communes, the reason of a refund."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sources.reading.fields import Field, category, constant, identifier, literal, quoted
from sources.reading.rows import TextRows
from warehouse.spec import MUNICIPALITY_CODE

LONGEST_PERIOD_DAYS = 366


def checked(field: Field, *checks: tuple[str, str]) -> Field:
    """The field with more checks (rule, condition under which a row breaks it)."""
    return replace(field, checks=(*field.checks, *checks))


def may_be_empty(field: Field) -> Field:
    """The field of a mandatory column whose cell may be empty, for something else takes its place."""
    return replace(field, checks=tuple(one for one in field.checks if one[0] != "missing_value"))


def with_reason(field: Field, reason: Field) -> Field:
    """The number, which is below zero only for a refund or a correction."""
    unexplained = f"coalesce({reason.value}, 'other') = 'other'"
    return checked(field, ("negative_without_reason", f"{field.value} < 0 AND {unexplained}"))


def adjustment(name: str, column: str) -> Field:
    """Why an amount is adjusted: `refund`, `correction`, or `other`; the free text itself is not kept."""
    if not column:
        return constant(name, None)
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
        ("not_a_municipality_code", f"NOT regexp_full_match({field.value}, {literal(MUNICIPALITY_CODE)})"),
    )
    return checked(field, ("outside_territory", f"{field.value} NOT IN ({listed})")) if codes else field


def or_else(field: Field, value: str) -> Field:
    """The field with `value` (SQL) where its cell is empty."""
    return replace(field, sql=f"coalesce({field.sql}, {value})")


def mapped(name: str, column: str, known: Mapping[str, str], *, required: bool = False) -> Field:
    """A category whose codes are accepted as well as its words."""
    return category(name, column, {**{code: code for code in known.values()}, **known}, required=required)
