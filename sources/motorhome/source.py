"""Read the two files of a motorhome area strictly, plates hashed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from sources import by_layout
from sources.catalogue import Context, SourceReading
from sources.layouts import known
from sources.reading.fields import Field, keyed_hash, literal, quoted, set_hash_key
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say

SPEC = load_spec(Path(__file__).with_name("source.yml"))

FILE_PREFIXES = {"passages": "passages", "paiements": "payments"}
MACHINES = {"passages": "barrier", "payments": "kiosk"}
# A stay over New Year is joined by the key of the year that it began in (transforms/macros/motorhome.sql).
LONGEST_STAY_DAYS = 21
# What cameras write when they could not read; hashed, they would make one vehicle of all of these.
NOT_A_PLATE = ("ILLISIBLE", "INCONNU", "INCONNUE", "UNKNOWN", "NOPLATE")

# Plates of France, new and old, and of Spain.
PLATE = r"[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|\d{1,4}[- ]?[A-Z]{2,3}[- ]?\d{2}|\d{4}[- ]?[A-Z]{3}"


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file of passages or payments, as the layout says that it fits; its name may state the area.

    Raises RefusedDeliveryError for a content that is neither or an area that is none, and UsageError when the
    key that hashes plates is missing.
    """
    office = context.office
    return by_layout.read(
        by_layout.FileToRead.of(delivery, context),
        SPEC,
        known(context.home, SPEC, office.language),
        constants=lambda layout: {
            "office": delivery.office,
            "delivery_id": delivery.delivery_id,
            "site": None if "site" in layout.columns else _site(delivery, office),
        },
        zone=office.time_zone,
        language=office.language,
        rules=lambda table: _passages(context) if table == "motorhome_passages" else _payments(),
    )


def _passages(context: Context) -> by_layout.Rules:
    return by_layout.Rules(
        special=_passage_fields,
        key=list(SPEC.table("motorhome_passages").all_columns),
        # Two gates opened by hand in the same minute are two passages.
        identified="ticket IS NOT NULL OR plate_hash IS NOT NULL",
        prepare=lambda connection: set_hash_key(
            connection, context.secret(context.office.privacy.plate_key_secret)
        ),
    )


def _payments() -> by_layout.Rules:
    return by_layout.Rules(special=_payment_fields, key=["payment_number"])


def subjects(office: Office, file_name: str) -> list[str]:
    """The barrier or the kiosk that a file is of, by its name."""
    named = _named(office, file_name)
    return [] if named is None else [f"{MACHINES[named[0]]}:{named[1]}"]


def _site(delivery: Delivery, office: Office) -> str:
    """The area that a file's name states; for a name of another form, the only one that there is.

    Raises RefusedDeliveryError when there is no such area, or when there are several.
    """
    named = _named(office, delivery.file_name)
    sites = [area.site for area in office.systems.motorhome]
    is_of_ours = delivery.file_name.lower().startswith(tuple(f"{prefix}-" for prefix in FILE_PREFIXES))
    if named is None and (len(sites) != 1 or is_of_ours):
        raise RefusedDeliveryError(say("refused.unknown_file", office.language, file=delivery.file_name))
    return named[1] if named else sites[0]


def _named(office: Office, file_name: str) -> tuple[str, str] | None:
    """Kind and site of `<prefix>-<site>-<period>.csv`, the site left out when there is but one."""
    sites = [area.site for area in office.systems.motorhome]
    stems = [(f"-{site}-", site) for site in sites] + ([("-", sites[0])] if len(sites) == 1 else [])
    for prefix, kind in FILE_PREFIXES.items():
        for stem, site in stems:
            if fnmatchcase(file_name.lower(), f"{prefix}{stem}[0-9][0-9][0-9][0-9]*.csv"):
                return kind, site
    return None


def _passage_fields(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    """The fields of passages, plates hashed by the keys of the year and, in its first days, of the last."""
    year = f"year({fields['local_date'].sql})"
    last_year = f"CASE WHEN dayofyear({fields['local_date'].sql}) <= {LONGEST_STAY_DAYS} THEN {year} - 1 END"
    plate = fields["plate_hash"].column
    hashed = {
        "plate_hash": _plate("plate_hash", plate, year),
        "plate_hash_last_year": _plate("plate_hash_last_year", plate, last_year),
    }
    found = {**fields, **(hashed if plate else {})}
    return {name: field if field.personal else _without_plate(field) for name, field in found.items()}


def _payment_fields(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    """The fields of payments: amounts are negative in refunds and cancellations, and only there."""
    kind = fields["payment_kind"]
    signed = ("nights_count", "amount_eur", "vat_eur", "tourist_tax_eur")
    found = {name: _signed(field, kind) if name in signed else field for name, field in fields.items()}
    return {name: _without_plate(field) for name, field in found.items()}


def _plate(name: str, column: str, year: str) -> Field:
    """The hash of a plate by the key of a year, null for what a camera writes instead of one."""
    field = keyed_hash(name, column, year)
    words = ", ".join(literal(word) for word in NOT_A_PLATE)
    letters = f"regexp_replace(upper({quoted(column)}), '[^A-Z0-9]', '', 'g')"
    return replace(field, sql=f"CASE WHEN {letters} NOT IN ({words}) THEN {field.sql} END")


def _without_plate(field: Field) -> Field:
    """A field that refuses what looks like a plate: with shifted columns it would be loaded in clear."""
    if not field.column:
        return field
    plate = f"coalesce(regexp_full_match(upper({quoted(field.column)}), {literal(PLATE)}), false)"
    unknown = f"({field.unknown}) AND NOT {plate}" if field.unknown else None
    return replace(field, checks=(("misplaced_plate", plate), *field.checks), unknown=unknown)


def _signed(field: Field, kind: Field) -> Field:
    """A number that is negative in refunds and cancellations, and only there."""
    if not field.column:
        return field
    given_back = f"coalesce({kind.value} IN ('refund', 'cancellation'), false)"
    checks = (
        ("negative", f"{field.value} < 0 AND NOT {given_back}"),
        ("positive_refund", f"{field.value} > 0 AND {given_back}"),
    )
    return replace(field, checks=field.checks + checks)
