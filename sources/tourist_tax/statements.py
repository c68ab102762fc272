"""Operators' statements: one CSV an operator and half-year, in the operator's own encoding and separator.

What office.yml says of an operator becomes a layout; what a layout cannot say, the one period of a statement
and the spellings of operators, stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import duckdb

from sources import by_layout
from sources.catalogue import Context, SourceReading
from sources.layouts import Layout, LayoutColumn, LayoutFile, LayoutRows, Totals
from sources.reading.fields import Field, constant, day, evaluated, literal
from sources.reading.rows import TextRows
from sources.tourist_tax.columns import (
    adjustment,
    checked,
    mapped,
    may_be_empty,
    municipality,
    or_else,
    period_end,
    with_reason,
)
from warehouse.office.model import Office
from warehouse.office.subjects.tourist_tax import DigitalOperator
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Delivery

TABLE = "tax_operator_statements"
DATES = ("%d/%m/%Y", "%Y-%m-%d")
HALF_YEAR_DAYS = 186


def layout_of(operator: DigitalOperator) -> Layout:
    """The layout of an operator's statements, as office.yml declares them."""
    return Layout(
        name=operator.code,
        tool=operator.code,
        table=TABLE,
        file=LayoutFile(separator=operator.separator, encoding=operator.encoding),
        columns={
            "statement_reference": LayoutColumn(
                heading=("Référence", "Reference", "Réservation"), optional=True
            ),
            "operator": LayoutColumn(heading=("Opérateur", "Plateforme"), optional=True),
            "statement_start": LayoutColumn(heading=("Début de période", "Période du"), date=DATES),
            "statement_end": LayoutColumn(heading=("Fin de période", "Période au"), date=DATES),
            "perceived_on": LayoutColumn(
                heading=("Date de perception", "Fin de séjour"), date=DATES, optional=True
            ),
            "municipality_code": LayoutColumn(heading=("Code INSEE",), optional=True),
            "nights_count": LayoutColumn(heading=("Nuits",), optional=True),
            "person_nights": LayoutColumn(heading=("Nuitées",), optional=True),
            "declared_eur": LayoutColumn(heading=("Montant de la taxe", "Taxe de séjour"), decimal="cents"),
            "adjustment": LayoutColumn(heading=("Motif",), optional=True),
        },
        # Personal, or more than the office needs.
        ignored=(
            "Nom du logeur", "Hôte", "Adresse", "N° d'enregistrement", "Commune", "Nature", "Catégorie",
        ),
        rows=LayoutRows(
            totals=Totals(
                heading=(
                    "Référence", "Opérateur", "Plateforme", "Période du", "Début de période",
                    "Date de perception", "Code INSEE",
                ),
                values=("/^(sous[- ]?)?total/",),
                control=("declared_eur", "person_nights", "nights_count"),
            )
        ),
    )  # fmt: skip


def read_statement(
    spec: SourceSpec, delivery: Delivery, context: Context, operator: DigitalOperator
) -> SourceReading:
    """Read one statement of `operator`; raises RefusedDeliveryError when it is none.

    A line without a date of perception gets the last day of the statement's period, and says so.
    """
    office = context.office
    return by_layout.read(
        by_layout.FileToRead.of(delivery, context),
        spec,
        [layout_of(operator)],
        constants=lambda _: {
            "office": delivery.office,
            "delivery_id": delivery.delivery_id,
            "statement_operator": operator.code,
        },
        zone=office.time_zone,
        language=office.language,
        rules=lambda _: by_layout.Rules(
            # Without references nothing tells two couples of one night apart: equal lines are lines.
            key=["statement_reference"],
            identified="statement_reference IS NOT NULL",
            informed=lambda connection, rows, fields: _fields(
                connection, rows, fields, delivery, office, operator
            ),
            tells_totals=False,  # a statement may hold one host's stays
        ),
    )


def _fields(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Mapping[str, Field],
    delivery: Delivery,
    office: Office,
    operator: DigitalOperator,
) -> Mapping[str, Field]:
    """The fields of a layout, with the period of the whole statement in place of each line's."""
    start, end = (
        replace(
            day(
                name, fields[of].column, DATES, delivery.received_at, required=True, future=name == "line_end"
            ),
            sql=fields[of].sql,
        )
        for name, of in (("line_start", "statement_start"), ("line_end", "statement_end"))
    )
    end = period_end(end, start)
    first, last = (
        f"DATE {literal(str(one))}" for one in statement_period(connection, rows, start, end, delivery)
    )
    reference, place = fields["statement_reference"], fields["municipality_code"]
    if reference.column in rows.headings:
        reference = checked(reference, ("missing_value", f"{reference.value} IS NULL"))
    perceived = may_be_empty(fields["perceived_on"])
    reason = adjustment("adjustment", fields["adjustment"].column)
    named = constant("operator", None)
    if column := fields["operator"].column:
        named = mapped("operator", column, _spellings(office))
    codes = [commune.code for commune in office.municipalities]
    return {
        **fields,
        reference.name: reference,
        "statement_operator": constant("statement_operator", operator.code),
        "operator": or_else(named, literal(operator.code)),
        "statement_start": Field("statement_start", "", first),
        "statement_end": Field("statement_end", "", last),
        start.name: start,
        end.name: checked(end, ("other_period", f"{start.value} < {first} OR {end.value} > {last}")),
        "perceived_on": or_else(perceived, end.sql),
        "is_month_assumed": Field("is_month_assumed", perceived.column, f"({perceived.sql}) IS NULL"),
        place.name: municipality(place.name, place.column, codes, rows) if place.column else place,
        "declared_eur": with_reason(fields["declared_eur"], reason),
        "adjustment": reason,
    }


def statement_period(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, start: Field, end: Field, delivery: Delivery
) -> tuple[date, date]:
    """First and last day that the statement covers: what a later one replaces hangs on them.

    `start` and `end` are the fields of a line's period. Lines of a half-year may state its months. Where they
    state more than that, most lines tell the period, and those outside it are set aside. Without a single
    sound line it is the day of reception.
    """
    wrong = " OR ".join(f"coalesce({condition}, false)" for _, condition, *_ in (*start.checks, *end.checks))
    found = connection.execute(
        f"""SELECT {start.value}, {end.value} FROM {evaluated(rows.source, [start, end])}
            WHERE NOT ({wrong}) GROUP BY ALL ORDER BY count(*) DESC, 2 DESC, 1 DESC"""
    ).fetchall()
    if not found:
        return delivery.received_at.date(), delivery.received_at.date()
    whole: tuple[date, date] = min(first for first, _ in found), max(last for _, last in found)
    if whole in found or (whole[1] - whole[0]).days <= HALF_YEAR_DAYS:
        return whole
    return found[0][0], found[0][1]


def _spellings(office: Office) -> dict[str, str]:
    """Every spelling of every operator to its code."""
    tax = office.systems.tourist_tax
    operators = tax.operators if tax else ()
    return {spelling: o.code for o in operators for spelling in (*o.spellings, o.code)}
