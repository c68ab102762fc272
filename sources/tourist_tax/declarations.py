"""What a layout cannot say of hosts' declarations: what contradicts itself, and whose commune is whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from sources import by_layout
from sources.catalogue import Context, SourceReading
from sources.layouts import Layout
from sources.reading.fields import Field, literal
from sources.reading.rows import TextRows
from sources.tourist_tax.columns import (
    adjustment,
    checked,
    may_be_empty,
    municipality,
    or_else,
    period_end,
    with_reason,
)
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import listed, say

TABLE = "tax_declarations"
# R. D324-1-1: commune (5), six digits, a key of two.
REGISTRATION = "^[0-9][0-9AB][0-9]{9}[0-9A-Z]{2}$"


def read_declarations(
    spec: SourceSpec, layouts: tuple[Layout, ...], delivery: Delivery, context: Context
) -> SourceReading:
    """Read one export of declarations as the layout says that it fits; raises RefusedDeliveryError."""
    office = context.office
    codes = [commune.code for commune in office.municipalities]
    found = by_layout.read(
        by_layout.FileToRead.of(delivery, context),
        spec,
        layouts,
        constants=lambda _: {"office": delivery.office, "delivery_id": delivery.delivery_id},
        zone=office.time_zone,
        language=office.language,
        rules=lambda _: by_layout.Rules(
            key=["declaration_reference"],
            informed=lambda _, rows, fields: _fields(rows, fields, codes),
            tells_totals=False,  # a correction may hold one host's lines
        ),
    )
    odd = _odd_registrations(found.tables[TABLE])
    if not odd:
        return found
    notices = [found.account.message, say("notice.odd_registrations", office.language, count=odd)]
    return replace(found, account=replace(found.account, message=listed(notices, office.language)))


def _fields(rows: TextRows, fields: Mapping[str, Field], codes: list[str]) -> Mapping[str, Field]:
    """The fields of a layout with what the columns of a declaration owe each other."""
    host, lodging, place, price = (
        fields[name] for name in ("host_id", "lodging_id", "municipality_code", "night_price_eur")
    )
    taxable, exempt, total = (
        fields[name] for name in ("taxable_person_nights", "exempt_person_nights", "person_nights")
    )
    reason = adjustment("adjustment", fields["adjustment"].column)
    unclassified = f"{fields['category'].value} = 'unclassified'"
    return {
        **fields,
        "period_end": period_end(fields["period_end"], fields["period_start"]),
        "host_id": replace(
            or_else(may_be_empty(host), lodging.sql), column=host.column or lodging.column, personal=True
        ),
        "municipality_code": municipality(place.name, place.column, codes, rows, required=True),
        # A correction takes person-nights back as well as money.
        taxable.name: with_reason(taxable, reason),
        exempt.name: with_reason(exempt, reason),
        total.name: checked(
            total, ("person_nights_differ", f"{taxable.value} + {exempt.value} <> {total.value}")
        ),
        price.name: checked(
            replace(price, column=price.column or fields["category"].column),
            ("price_missing", f"{unclassified} AND {taxable.value} <> 0 AND {price.value} IS NULL"),
        ),
        "declared_eur": with_reason(fields["declared_eur"], reason),
        "adjustment": reason,
    }


def _odd_registrations(parquet: Path) -> int:
    """How many registration numbers have another shape or another commune than their row's.

    Many communes give none and the form will change, so this never holds a row back.
    """
    number = "regexp_replace(upper(registration_number), '[ -]', '', 'g')"
    row = duckdb.execute(
        f"""SELECT count(*) FROM read_parquet(?)
            WHERE {number} <> '' AND (NOT regexp_matches({number}, {literal(REGISTRATION)})
                  OR left({number}, 5) <> municipality_code)""",
        [str(parquet)],
    ).fetchone()
    return int(row[0]) if row else 0
