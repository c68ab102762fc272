"""Read an export, an API pull or syndications: every object announced is loaded, quarantined or a duplicate.

Order: objects, then selections, then deletions. An object that is deleted but still in a selection is kept
and reported. Absence removes an object only when the delivery is a full one and proved whole.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from sources.tourism_information.bundle import Bundle, opened
from sources.tourism_information.judging import Judged, NotJson, ObjectReader, judge
from sources.tourism_information.objects import (
    NUMBERS_OF_APIDAE,
    Rows,
    add_communes,
    add_elements,
    object_id,
    read_object,
    refuse_beyond,
)
from sources.tourism_information.openings import KINDS
from sources.tourism_information.staging import write_quarantine, write_tables
from sources.tourism_information.tourinsoft import FOLDER, IDENTITY, object_number, read_offer
from sources.tourism_information.values import FaultError, Node
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.office.subjects.tourism_information import Syndication, Tourinsoft
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Account, Delivery
from warehouse.words.messages import listed, say
from warehouse.words.shapes import typed

FULL, DIFFERENTIAL, PULL, SYNDICATIONS = (
    "full_export",
    "differential_export",
    "api_pull",
    "syndications",
)
PULL_RECORD = "pull.json"
STAMP = re.compile(r"_(\d{8}-\d{4})_")
# The clocks of Apidae and of this machine differ, and records are written while a pull runs.
CLOCK_TOLERANCE = timedelta(days=1)
LISTED_AT_MOST = 10


def read_bundle(
    spec: SourceSpec, delivery: Delivery, office: Office, work: Path
) -> tuple[Account, dict[str, Path]]:
    """The account of one ZIP and its Parquet files in `work`, by raw table.

    Raises RefusedDeliveryError when the ZIP is unsafe, damaged, or holds nothing that we know.
    """
    language = office.language
    produced_at = _produced_at(delivery, office)
    latest = delivery.received_at + CLOCK_TOLERANCE
    judged = Judged()
    with opened(delivery.path, delivery.file_name, language) as bundle:
        kind = _kind(spec, bundle)
        if kind == SYNDICATIONS:
            _read_syndications(bundle, judged, office, latest, produced_at, spec)
        else:
            reader = _of_apidae(spec, latest, produced_at)
            for member in bundle.members:
                _read_member(bundle, member, kind, judged, reader, spec)
    if judged.found is not None and judged.found != judged.read:
        raise _damaged(bundle, f"numFound {judged.found}, {judged.read}")
    kept = judged.deleted & judged.in_selections
    gone = judged.deleted - kept
    is_complete = kind != DIFFERENTIAL and judged.read > 0 and judged.unidentified == 0
    rows = judged.rows
    for number in sorted(set(judged.seen) | kept):
        rows.add("tourism_sightings", object_id=number)
    for number in sorted(gone):
        rows.add("tourism_deletions", object_id=number)
    rows.add("tourism_deliveries", produced_at=produced_at, is_complete=is_complete, object_count=judged.read)
    notices = [
        *_unknown_values(rows, language),
        *_unknown_communes(judged, language),
        *([say("notice.tourism_deleted", language, count=len(gone))] if gone else []),
        *([say("notice.tourism_kept", language, count=len(kept), ids=_listed(kept))] if kept else []),
    ]
    if kind != DIFFERENTIAL and not is_complete:
        notices.append(say("notice.tourism_incomplete", language, count=judged.unidentified))
    tables = write_tables(spec, rows, delivery, work)
    quarantine = write_quarantine(judged.quarantine, work, language)
    account = Account(
        kind=kind,
        rows_read=judged.read,
        rows_loaded=judged.loaded,
        rows_quarantined=len(judged.quarantine),
        rows_duplicate=judged.duplicate,
        message=listed(notices, language),
        quarantine=quarantine,
    )
    return account, tables


# --- what the ZIP is -------------------------------------------------------------------------------------


def _kind(spec: SourceSpec, bundle: Bundle) -> str:
    """A pull by its record; an export, which must hold something that we know, by its file name."""
    names = {PurePosixPath(member.filename).name for member in bundle.members}
    if PULL_RECORD in names:
        return SYNDICATIONS if any(_syndication(member) for member in bundle.members) else PULL
    if not any(_part(member) for member in bundle.members):
        raise RefusedDeliveryError(say("refused.not_apidae", bundle.language, file=bundle.name))
    full = spec.delivery(FULL).files
    return FULL if any(fnmatchcase(bundle.name.lower(), p) for p in full) else DIFFERENTIAL


def _part(member: zipfile.ZipInfo) -> str | None:
    """Which part of an export or pull a member is; None for what we do not use."""
    path = PurePosixPath(member.filename)
    if path.suffix.lower() != ".json":
        return None
    if path.parent.name == "objets_modifies":
        return "objects"
    if path.parent.name == "pages":
        return "page"
    known = ("communes", "elements_reference", "criteres_internes", "selections", "objets_supprimes")
    return path.stem if path.stem in known else None


def _produced_at(delivery: Delivery, office: Office) -> datetime:
    """When Apidae made the file, naive UTC: the time in its name, else when it was last saved.

    It is never after its reception.
    """
    received_at: datetime = delivery.received_at
    stamp = STAMP.search(delivery.file_name)
    try:
        local = datetime.strptime(stamp[1] if stamp else "", "%Y%m%d-%H%M").replace(tzinfo=office.zone)
        return min(local.astimezone(UTC).replace(tzinfo=None), received_at)
    except ValueError:
        return delivery.saved_at


def _known_values(spec: SourceSpec) -> dict[str, tuple[str, ...]]:
    columns = spec.table("tourism_objects").all_columns
    return {
        "type": columns["object_type"].categories,
        "state": columns["state"].categories,
        "kind": KINDS,
    }


# --- its members -----------------------------------------------------------------------------------------


def _of_apidae(spec: SourceSpec, latest: datetime, produced_at: datetime) -> ObjectReader:
    known = _known_values(spec)

    def rows(value: Any) -> Rows:
        found = read_object(value, latest, produced_at, known)
        refuse_beyond(found, spec, NUMBERS_OF_APIDAE)
        return found

    return ObjectReader("id", object_id, rows)


def _syndication(member: zipfile.ZipInfo) -> str | None:
    """The syndication of Tourinsoft that a member is a page of; None for one of something else."""
    path = PurePosixPath(member.filename)
    return path.parent.name if path.parent.parent.name == FOLDER and path.suffix == ".json" else None


def _read_syndications(
    bundle: Bundle,
    judged: Judged,
    office: Office,
    latest: datetime,
    produced_at: datetime,
    spec: SourceSpec,
) -> None:
    """Read the pages of all syndications as the office file describes their columns.

    An object that several of them give is read in the first, and a duplicate in the others. Raises
    RefusedDeliveryError for a syndication that the office file has not, and for one that is not whole.
    """
    system = office.systems.tourism_information
    settings = system.tourinsoft if system else None
    declared = {one.name: one for one in settings.syndications} if settings else {}
    pages: dict[str, list[zipfile.ZipInfo]] = {}
    for member in bundle.members:
        if (name := _syndication(member)) is not None:
            pages.setdefault(name, []).append(member)
    unknown = sorted(set(pages) - set(declared))
    if unknown or settings is None:
        raise RefusedDeliveryError(
            say("refused.unknown_syndication", bundle.language, file=bundle.name, names=_listed(set(unknown)))
        )
    elsewhere: set[int] = set()
    for name, members in pages.items():
        own = Judged()
        reader = _of_syndication(settings, declared[name], office, latest, produced_at, spec)
        for member in members:
            document = _document(bundle, member, "page")
            total, offers = (
                (document.get("total"), document.get("objects"))
                if isinstance(document, dict)
                else (None, None)
            )
            if not isinstance(offers, list):
                raise _damaged(bundle, f"{member.filename}: objects")
            own.found = total
            for offer in offers:
                if isinstance(offer, dict) and reader.number(offer) in elsewhere:
                    own.read, own.duplicate = own.read + 1, own.duplicate + 1
                else:
                    judge(offer, own, reader)
        if own.found is not None and own.found != own.read:
            raise _damaged(bundle, f"{name}: {own.found}, {own.read}")
        elsewhere |= set(own.seen)
        judged.take(own)


def _of_syndication(
    settings: Tourinsoft,
    syndication: Syndication,
    office: Office,
    latest: datetime,
    produced_at: datetime,
    spec: SourceSpec,
) -> ObjectReader:
    def rows(value: Any) -> Rows:
        found = read_offer(value, settings, syndication, office.zone, latest, produced_at)
        refuse_beyond(found, spec)
        return found

    return ObjectReader(IDENTITY, object_number, rows)


def _damaged(bundle: Bundle, detail: str) -> RefusedDeliveryError:
    return RefusedDeliveryError(say("refused.damaged", bundle.language, file=bundle.name, detail=detail))


def _read_member(
    bundle: Bundle,
    member: zipfile.ZipInfo,
    kind: str,
    judged: Judged,
    reader: ObjectReader,
    spec: SourceSpec,
) -> None:
    part = _part(member)
    # A pull has pages and an export has parts: neither may bring the other's.
    if part is None or (part == "page") != (kind == PULL):
        return
    document = _document(bundle, member, part)
    if part == "page" and isinstance(document, dict):
        judged.found = document.get("numFound")
    if part in ("objects", "page"):
        for value in _announced(document, part):
            judge(value, judged, reader)
        return
    try:
        listed = Rows()
        if part == "communes":
            add_communes(listed, document)
            judged.has_communes = True
        elif part == "elements_reference":
            add_elements(listed, document)
        elif part == "selections":
            for selection in Node(document, part).items():
                ids = (entry.at("id").whole() for entry in selection.at("objetsTouristiques").items())
                judged.in_selections.update(number for number in ids if number is not None)
        elif part == "objets_supprimes":
            for entry in Node(document, part).items():
                if (number := entry.whole()) is not None:
                    listed.add("tourism_deletions", object_id=number)
        refuse_beyond(listed, spec, NUMBERS_OF_APIDAE)
        judged.deleted.update(row["object_id"] for row in listed.tables.pop("tourism_deletions", []))
        for table, rows in listed.tables.items():
            judged.rows.tables.setdefault(table, []).extend(rows)
    except FaultError as fault:
        raise _damaged(bundle, f"{member.filename}: {fault.path}") from fault


def _document(bundle: Bundle, member: zipfile.ZipInfo, part: str) -> Any:
    """The JSON of a member.

    Raises RefusedDeliveryError when it is not JSON: a file of many objects hides how many are lost. A file
    of a single object is one bad object, and given as the text that it is.
    """
    content = bundle.content(member)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        if part == "objects" and not PurePosixPath(member.filename).name.startswith("objets_modifies"):
            return NotJson(member.filename)
        raise _damaged(bundle, f"{member.filename}: JSON") from error


def _announced(document: Any, part: str) -> Iterator[Any]:
    """The objects of a member: a page's list, a grouped file's list, or the one of an ungrouped file."""
    if part == "page":
        document = document.get("objetsTouristiques", []) if isinstance(document, dict) else [document]
    if isinstance(document, list):
        yield from document
    else:
        yield document


# --- what is told ----------------------------------------------------------------------------------------


def _listed(values: set[int] | set[str]) -> str:
    shown = [typed(value) if isinstance(value, str) else str(value) for value in sorted(values)]
    more = " …" if len(shown) > LISTED_AT_MOST else ""
    return ", ".join(shown[:LISTED_AT_MOST]) + more


def _unknown_values(rows: Rows, language: str) -> list[str]:
    return [
        say(notice, language, column=place, values=_listed(values))
        for notice, found in (
            ("notice.unknown_values", rows.unknown),
            ("notice.left_out", rows.left_out),
        )
        for place, values in sorted(found.items())
    ]


def _unknown_communes(judged: Judged, language: str) -> list[str]:
    """Municipalities that objects name by a number and the export's own list lacks."""
    if not judged.has_communes:
        return []
    listed = {row["commune_id"] for row in judged.rows.tables.get("tourism_communes", [])}
    named = {row["commune_id"] for row in judged.rows.tables.get("tourism_objects", [])} - {None}
    lacking = named - listed
    return [say("notice.tourism_communes", language, ids=_listed(lacking))] if lacking else []
