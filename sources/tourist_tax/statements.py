"""Operators' statements: one CSV an operator and half-year, in the operator's own encoding and separator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import duckdb

from sources.catalogue import Context, SourceReading
from sources.reading.delimited import open_delimited
from sources.reading.fields import Field, constant, day, evaluated, identifier, literal, whole
from sources.reading.heading import Heading
from sources.reading.judging import Filter, read_strictly
from sources.reading.rows import TextRows, connect
from sources.tourist_tax.columns import (
    DATES,
    adjustment,
    amount,
    checked,
    decimal_sign,
    mapped,
    municipality,
    or_else,
    period_end,
    total_line,
)
from warehouse.office.model import DigitalOperator, Office
from warehouse.spec import TableSpec
from warehouse.storage.ledger import Delivery

HEADING = Heading(
    columns={
        "reference": ("Référence", "Reference", "Réservation"),
        "operator": ("Opérateur", "Plateforme"),
        "period_start": ("Début de période", "Période du"),
        "period_end": ("Fin de période", "Période au"),
        "perceived_on": ("Date de perception", "Fin de séjour"),
        "municipality": ("Code INSEE",),
        "nights": ("Nuits",),
        "person_nights": ("Nuitées",),
        "amount": ("Montant de la taxe", "Taxe de séjour"),
        "reason": ("Motif",),
        # Known and dropped: personal, or more than the office needs.
        "host_name": ("Nom du logeur", "Hôte"),
        "address": ("Adresse",),
        "registration": ("N° d'enregistrement",),
        "municipality_name": ("Commune",),
        "nature": ("Nature",),
        "category": ("Catégorie",),
    },
    required=frozenset(("period_start", "period_end", "amount")),
)

HALF_YEAR_DAYS = 186


def read_statement(
    table: TableSpec, delivery: Delivery, context: Context, operator: DigitalOperator
) -> SourceReading:
    """Read one statement of `operator`; raises RefusedDeliveryError when it is none.

    A line without a date of perception gets the last day of the statement's period, and says so.
    """
    with connect(context.work) as connection:
        rows = open_delimited(
            connection,
            delivery.path,
            delivery.file_name,
            HEADING,
            context.work,
            separator=operator.separator,
            encoding=operator.encoding,
        )
        has_reference = "reference" in rows.headings
        period = statement_period(connection, rows, delivery)
        reading = read_strictly(
            connection,
            rows,
            _fields(
                delivery, context.office, operator, decimal_sign(connection, rows, ["amount"]), rows, period
            ),
            {**table.all_columns, "line_start": "DATE", "line_end": "DATE"},
            # Without references nothing tells two couples of one night apart: equal lines are lines.
            key=["statement_reference"] if has_reference else [],
            kind="statements",
            work=context.work,
            filters=[
                Filter(
                    "total_line",
                    total_line(["reference", "operator", "period_start", "perceived_on", "municipality"]),
                )
            ],
            footer=r"(?i)^\W*total",
            totals=["declared_eur", "person_nights", "nights_count"],
            tells_totals=False,  # a statement may hold one host's stays
            language=context.office.language,
        )
    return SourceReading(
        replace(reading.account, message=" ; ".join(reading.notices)), {table.name: reading.parquet}
    )


def _fields(
    delivery: Delivery,
    office: Office,
    operator: DigitalOperator,
    decimal: str,
    rows: TextRows,
    period: tuple[date, date],
) -> Sequence[Field]:
    start, end = _line_period(delivery)
    first, last = (f"DATE {literal(str(one))}" for one in period)
    perceived = day("perceived_on", "perceived_on", DATES, delivery.received_at)
    reason = adjustment("adjustment", "reason")
    codes = [commune.code for commune in office.municipalities]
    return (
        constant("office", delivery.office),
        constant("delivery_id", delivery.delivery_id),
        constant("statement_operator", operator.code),
        identifier("statement_reference", "reference", required="reference" in rows.headings),
        or_else(mapped("operator", "operator", _spellings(office)), literal(operator.code)),
        Field("statement_start", "", first),
        Field("statement_end", "", last),
        start,
        checked(period_end(end, start), ("other_period", f"{start.value} < {first} OR {end.value} > {last}")),
        or_else(perceived, end.sql),
        Field("is_month_assumed", "perceived_on", f"({perceived.sql}) IS NULL"),
        municipality("municipality_code", "municipality", codes, rows),
        whole("nights_count", "nights"),
        whole("person_nights", "person_nights", negative=True),
        amount("declared_eur", "amount", decimal, reason, rows),
        reason,
    )


def _line_period(delivery: Delivery) -> tuple[Field, Field]:
    start = day("line_start", "period_start", DATES, delivery.received_at, required=True)
    return start, day("line_end", "period_end", DATES, delivery.received_at, required=True, future=True)


def statement_period(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, delivery: Delivery
) -> tuple[date, date]:
    """First and last day that the statement covers: what a later one replaces hangs on them.

    Lines of a half-year may state its months. Where they state more than that, most lines tell the period,
    and those outside it are set aside. Without a single sound line it is the day of reception.
    """
    start, end = _line_period(delivery)
    end = period_end(end, start)
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
