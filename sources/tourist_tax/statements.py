"""Operators' statements: one CSV an operator and half-year, in the operator's own encoding and separator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sources.catalogue import Context, SourceReading
from sources.fields import Field, constant, day, identifier, literal, whole
from sources.reading import Filter, Heading, TextRows, connect, open_delimited, read_strictly
from sources.tourist_tax.columns import (
    DATES,
    adjustment,
    amount,
    decimal_sign,
    mapped,
    municipality,
    or_else,
    period_end,
    total_line,
    types_of,
)
from warehouse.ledger import Delivery
from warehouse.office import DigitalOperator, Office
from warehouse.spec import TableSpec

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
        reading = read_strictly(
            connection,
            rows,
            _fields(delivery, context.office, operator, decimal_sign(connection, rows, ["amount"]), rows),
            types_of(table),
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
            language=context.office.language,
        )
    return SourceReading(
        replace(reading.account, message=" ; ".join(reading.notices)), {table.name: reading.parquet}
    )


def _fields(
    delivery: Delivery, office: Office, operator: DigitalOperator, decimal: str, rows: TextRows
) -> Sequence[Field]:
    start = day("statement_start", "period_start", DATES, delivery.received_at, required=True)
    end = day("statement_end", "period_end", DATES, delivery.received_at, required=True, future=True)
    perceived = day("perceived_on", "perceived_on", DATES, delivery.received_at)
    reason = adjustment("adjustment", "reason")
    codes = [commune.code for commune in office.municipalities]
    return (
        constant("office", delivery.office),
        constant("delivery_id", delivery.delivery_id),
        constant("statement_operator", operator.code),
        identifier("statement_reference", "reference", required="reference" in rows.headings),
        or_else(mapped("operator", "operator", _spellings(office)), literal(operator.code)),
        start,
        period_end(end, start),
        or_else(perceived, end.sql),
        Field("is_month_assumed", "perceived_on", f"({perceived.sql}) IS NULL"),
        municipality("municipality_code", "municipality", codes, rows),
        whole("nights_count", "nights"),
        whole("person_nights", "person_nights", negative=True),
        amount("declared_eur", "amount", decimal, reason, rows),
        reason,
    )


def _spellings(office: Office) -> dict[str, str]:
    """Every spelling of every operator to its code."""
    tax = office.systems.tourist_tax
    operators = tax.operators if tax else ()
    return {spelling: o.code for o in operators for spelling in (*o.spellings, o.code)}
