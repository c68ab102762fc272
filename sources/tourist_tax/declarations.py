"""Hosts' declarations as the tax platform exports them, CSV or workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from sources.catalogue import Context, SourceReading
from sources.reading.delimited import open_delimited
from sources.reading.fields import Field, constant, day, identifier, literal, number, quoted, whole
from sources.reading.heading import Heading
from sources.reading.judging import Filter, read_strictly
from sources.reading.rows import TextRows, connect
from sources.reading.workbooks import open_sheet
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
from sources.tourist_tax.words import CATEGORIES, NATURES
from warehouse.spec import TableSpec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say

HEADING = Heading(
    columns={
        "reference": ("Référence",),
        "period_start": ("Début de période",),
        "period_end": ("Fin de période",),
        "host": ("Compte logeur",),
        "lodging": ("Identifiant hébergement",),
        "registration": ("N° d'enregistrement", "Numéro d'enregistrement"),
        "municipality": ("Code INSEE",),
        "nature": ("Nature",),
        "category": ("Catégorie",),
        "capacity": ("Capacité",),
        "nights": ("Nuits",),
        "taxable_persons": ("Personnes assujetties",),
        "exempt_persons": ("Personnes exonérées",),
        "taxable_nights": ("Nuitées assujetties", "Nuitées clients assujettis"),
        "exempt_nights": ("Nuitées exonérées", "Nuitées clients exonérés"),
        "person_nights": ("Nuitées",),
        "price": ("Prix de la nuit HT",),
        "amount": ("Montant de la taxe",),
        "reason": ("Motif",),
        # Known, so that nobody is told of new columns, and dropped: they are personal.
        "host_name": ("Nom du logeur", "Logeur"),
        "address": ("Adresse",),
        "e_mail": ("Courriel", "E-mail"),
        "municipality_name": ("Commune",),
    },
    required=frozenset(
        {
            "reference",
            "period_start",
            "period_end",
            "lodging",
            "municipality",
            "nature",
            "category",
            "nights",
            "taxable_nights",
            "exempt_nights",
            "person_nights",
            "amount",
        }
    ),
)
# R. D324-1-1: commune (5), six digits, a key of two.
REGISTRATION = "^[0-9][0-9AB][0-9]{9}[0-9A-Z]{2}$"


def read_declarations(table: TableSpec, delivery: Delivery, context: Context) -> SourceReading:
    """Read one export of declarations; raises RefusedDeliveryError when it is none."""
    is_sheet = delivery.file_name.lower().endswith((".xlsx", ".xls"))
    language = context.office.language
    with connect(context.work) as connection:
        rows = (
            open_sheet(connection, delivery.path, delivery.file_name, HEADING)
            if is_sheet
            else open_delimited(connection, delivery.path, delivery.file_name, HEADING, context.work)
        )
        reading = read_strictly(
            connection,
            rows,
            _fields(delivery, context, decimal_sign(connection, rows, ["amount", "price"]), rows),
            table.all_columns,
            key=["declaration_reference"],
            kind="declarations",
            work=context.work,
            filters=[Filter("total_line", total_line(["reference", "lodging"]))],
            footer=r"(?i)^\W*total",
            totals=["declared_eur", "person_nights", "nights_count"],
            tells_totals=False,  # a correction may hold one host's lines
            language=language,
        )
        notices = [*reading.notices, *_odd_registrations(connection, rows, language)]
    return SourceReading(replace(reading.account, message=" ; ".join(notices)), {table.name: reading.parquet})


def _fields(delivery: Delivery, context: Context, decimal: str, rows: TextRows) -> Sequence[Field]:
    def known_by(name: str, column: str, *, required: bool = False, personal: bool = True) -> Field:
        return identifier(name, column, kind=rows.kind(column), required=required, personal=personal)

    start = day("period_start", "period_start", DATES, delivery.received_at, required=True)
    end = day("period_end", "period_end", DATES, delivery.received_at, required=True, future=True)
    lodging = known_by("lodging_id", "lodging", required=True)
    category = mapped("category", "category", CATEGORIES, required=True)
    taxable = whole("taxable_person_nights", "taxable_nights", required=True, negative=True)
    exempt = whole("exempt_person_nights", "exempt_nights", required=True, negative=True)
    total = whole("person_nights", "person_nights", required=True, negative=True)
    price = number("night_price_eur", "price", decimal=decimal, is_number=rows.is_number("price"))
    reason = adjustment("adjustment", "reason")
    codes = [commune.code for commune in context.office.municipalities]
    unexplained = f"coalesce({reason.value}, 'other') = 'other'"
    return (
        constant("office", delivery.office),
        constant("delivery_id", delivery.delivery_id),
        known_by("declaration_reference", "reference", required=True, personal=False),
        start,
        period_end(end, start),
        or_else(known_by("host_id", "host"), lodging.sql),
        lodging,
        known_by("registration_number", "registration"),
        municipality("municipality_code", "municipality", codes, rows, required=True),
        mapped("nature", "nature", NATURES, required=True),
        category,
        whole("capacity_count", "capacity"),
        whole("nights_count", "nights", required=True),
        whole("taxable_persons_count", "taxable_persons"),
        whole("exempt_persons_count", "exempt_persons"),
        # A correction takes person-nights back as well as money.
        checked(taxable, ("negative_without_reason", f"{taxable.value} < 0 AND {unexplained}")),
        checked(exempt, ("negative_without_reason", f"{exempt.value} < 0 AND {unexplained}")),
        checked(total, ("person_nights_differ", f"{taxable.value} + {exempt.value} <> {total.value}")),
        checked(
            price,
            (
                "price_missing",
                f"{category.value} = 'unclassified' AND {taxable.value} <> 0 AND {price.value} IS NULL",
            ),
        ),
        amount("declared_eur", "amount", decimal, reason, rows),
        reason,
    )


def _odd_registrations(connection: duckdb.DuckDBPyConnection, rows: TextRows, language: str) -> list[str]:
    """One notice with how many registration numbers have another shape or another commune than their row's.

    Many communes give none and the form will change, so this never holds a row back.
    """
    number = f"regexp_replace(upper({quoted('registration')}), '[ -]', '', 'g')"
    row = connection.execute(
        f"""SELECT count(*) FROM {rows.source}
            WHERE {number} <> '' AND (NOT regexp_matches({number}, {literal(REGISTRATION)})
                  OR left({number}, 5) <> trim({quoted("municipality")}))"""
    ).fetchone()
    odd = int(row[0]) if row else 0
    return [say("notice.odd_registrations", language, count=odd)] if odd else []
