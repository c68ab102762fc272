"""Read the two files of a motorhome area strictly, plates hashed on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.reading.delimited import open_delimited
from sources.reading.fields import (
    Field,
    category,
    constant,
    day,
    instant,
    keyed_hash,
    literal,
    local_time,
    number,
    quoted,
    set_hash_key,
    text,
    whole,
)
from sources.reading.heading import Heading
from sources.reading.judging import Filter, read_strictly
from sources.reading.rows import connect
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say

SPEC = load_spec(Path(__file__).with_name("source.yml"))

FILE_PREFIXES = {"passages": "passages", "paiements": "payments"}
MACHINES = {"passages": "barrier", "payments": "kiosk"}
DATE_FORMATS = ("%d/%m/%Y", "%Y-%m-%d")
TIME_FORMATS = ("%H:%M:%S", "%H:%M")
# A stay over New Year is joined by the key of the year that it began in (transforms/macros/motorhome.sql).
LONGEST_STAY_DAYS = 21
# What cameras write when they could not read; hashed, they would make one vehicle of all of these.
NOT_A_PLATE = ("ILLISIBLE", "INCONNU", "INCONNUE", "UNKNOWN", "NOPLATE")

# Plates of France, new and old, and of Spain.
PLATE = r"[A-Z]{2}[- ]?\d{3}[- ]?[A-Z]{2}|\d{1,4}[- ]?[A-Z]{2,3}[- ]?\d{2}|\d{4}[- ]?[A-Z]{3}"

PASSAGE_COLUMNS: Mapping[str, Sequence[str]] = {
    "date": ("Date",),
    "time": ("Heure",),
    "lane": ("Borne",),
    "direction": ("Sens",),
    "plate": ("Plaque", "Immatriculation"),
    "ticket": ("Ticket",),
    "opening": ("Ouverture",),
}
PAYMENT_COLUMNS: Mapping[str, Sequence[str]] = {
    "number": ("Numéro",),
    "date": ("Date",),
    "time": ("Heure",),
    "ticket": ("Ticket",),
    "nights": ("Nuits",),
    "amount": ("Montant TTC",),
    "vat": ("TVA",),
    "tourist_tax": ("Taxe de séjour",),
    "method": ("Mode",),
    "kind": ("Type",),
    # Known so that they are dropped without a word; no output column reads them.
    "card": ("Carte", "Numéro de carte"),
    "person": ("Nom",),
}
OPTIONAL_COLUMNS = {"lane", "vat", "method", "card", "person"}

PAYMENT_TOTALS = ("amount_eur", "vat_eur", "tourist_tax_eur", "nights_count")
DIRECTIONS = {"E": "in", "Entrée": "in", "S": "out", "Sortie": "out"}
OPENINGS = {
    "ticket": "ticket",
    "plaque": "plate",
    "manuel": "manual",
    "manuelle": "manual",
    "forcé": "forced",
    "forcée": "forced",
}
METHODS = {"carte": "card", "espèces": "cash", "sans contact": "contactless"}
KINDS = {"vente": "sale", "remboursement": "refund", "annulation": "cancellation"}


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file of passages or payments; its name tells which, and of which area.

    Raises RefusedDeliveryError for a name or a content that is neither, and UsageError when the key that
    hashes plates is missing.
    """
    kind, site = _kind_and_site(delivery, context)
    spec = SPEC.table(SPEC.delivery(kind).tables[0])
    columns = PASSAGE_COLUMNS if kind == "passages" else PAYMENT_COLUMNS
    heading = Heading(columns, frozenset(columns) - OPTIONAL_COLUMNS)
    fields = [constant("office", delivery.office), constant("delivery_id", delivery.delivery_id)]
    fields.append(constant("site", site))
    connection = connect(context.work)
    try:
        rows = open_delimited(connection, delivery.path, delivery.file_name, heading, context.work)
        if kind == "passages":
            set_hash_key(connection, context.secret(context.office.privacy.plate_key_secret))
            fields += _passage_fields(delivery.received_at, context.office.time_zone)
        else:
            fields += _payment_fields(delivery.received_at, context.office.time_zone)
        fields = [field if field.personal else _without_plate(field) for field in fields]
        reading = read_strictly(
            connection,
            rows,
            fields,
            spec.all_columns,
            key=["payment_number"] if kind == "payments" else [field.name for field in fields],
            # Two gates opened by hand in the same minute are two passages.
            identified="true" if kind == "payments" else "ticket IS NOT NULL OR plate_hash IS NOT NULL",
            kind=kind,
            work=context.work,
            filters=[_total_line("date" if kind == "passages" else "number")],
            footer="(?i)^\\W*total",
            totals=[] if kind == "passages" else PAYMENT_TOTALS,
            language=context.office.language,
        )
    finally:
        connection.close()
    account = replace(reading.account, message=" ; ".join(reading.notices))
    return SourceReading(account, {spec.name: reading.parquet})


def subjects(office: Office, file_name: str) -> list[str]:
    """The barrier or the kiosk that a file tells of, by its name."""
    named = _named(office, file_name)
    return [] if named is None else [f"{MACHINES[named[0]]}:{named[1]}"]


def _kind_and_site(delivery: Delivery, context: Context) -> tuple[str, str]:
    """What the file's name says; raises RefusedDeliveryError when it says neither."""
    named = _named(context.office, delivery.file_name)
    if named is None:
        raise RefusedDeliveryError(
            say("refused.unknown_file", context.office.language, file=delivery.file_name)
        )
    return named


def _named(office: Office, file_name: str) -> tuple[str, str] | None:
    """Kind and site of `<prefix>-<site>-<period>.csv`, the site left out when there is but one."""
    sites = [area.site for area in office.systems.motorhome]
    stems = [(f"-{site}-", site) for site in sites] + ([("-", sites[0])] if len(sites) == 1 else [])
    for prefix, kind in FILE_PREFIXES.items():
        for stem, site in stems:
            if fnmatchcase(file_name.lower(), f"{prefix}{stem}[0-9][0-9][0-9][0-9]*.csv"):
                return kind, site
    return None


def _passage_fields(received_at: datetime, zone: str) -> list[Field]:
    local_date = day("local_date", "date", DATE_FORMATS, received_at, required=True)
    year = f"year({local_date.sql})"
    last_year = f"CASE WHEN dayofyear({local_date.sql}) <= {LONGEST_STAY_DAYS} THEN {year} - 1 END"
    return [
        local_date,
        instant("passed_at", "time", _local_time(), received_at, zone=zone),
        text("lane", "lane"),
        category("direction", "direction", DIRECTIONS, required=True),
        _plate("plate_hash", "plate", year),
        _plate("plate_hash_last_year", "plate", last_year),
        text("ticket", "ticket"),
        category("opening", "opening", OPENINGS),
    ]


def _payment_fields(received_at: datetime, zone: str) -> list[Field]:
    return [
        text("payment_number", "number", required=True),
        day("local_date", "date", DATE_FORMATS, received_at, required=True),
        instant("paid_at", "time", _local_time(), received_at, zone=zone),
        text("ticket", "ticket"),
        _signed(whole("nights_count", "nights", negative=True)),
        _signed(number("amount_eur", "amount", required=True, negative=True)),
        _signed(number("vat_eur", "vat", negative=True)),
        _signed(number("tourist_tax_eur", "tourist_tax", required=True, negative=True)),
        category("method", "method", METHODS),
        category("payment_kind", "kind", KINDS, required=True),
    ]


def _local_time() -> str:
    """SQL of the local time that the cells `date` and `time` hold together."""
    forms = [f"{date} {time}" for date in DATE_FORMATS for time in TIME_FORMATS]
    return local_time(f"{quoted('date')} || ' ' || {quoted('time')}", forms)


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


def _signed(field: Field) -> Field:
    """A number that is negative in refunds and cancellations, and only there."""
    given_back = f"lower({quoted('kind')}) IN ('remboursement', 'annulation')"
    checks = (
        ("negative", f"{field.value} < 0 AND NOT {given_back}"),
        ("positive_refund", f"{field.value} > 0 AND {given_back}"),
    )
    return replace(field, checks=field.checks + checks)


def _total_line(column: str) -> Filter:
    return Filter("total_line", f"regexp_matches({quoted(column)}, '(?i)^total')")
