"""One tourist object of Apidae, as an export or the API gives it: the rows that it makes, or its fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sources.tourism_information.capacity import CAPACITIES, bed_places, block
from sources.tourism_information.openings import (
    exceptional_dates,
    hours_of_weekdays,
    left_out,
    periods,
)
from sources.tourism_information.values import FaultError, Node
from warehouse.spec import Bounds, SourceSpec

Row = dict[str, Any]

# The columns hold numbers of other systems too, which are larger: with more digits it is none of Apidae's.
LARGEST_OF_APIDAE = 99_999_999
NUMBERS_OF_APIDAE = Bounds(0, LARGEST_OF_APIDAE)


@dataclass
class Rows:
    """Rows by raw table, without the common columns.

    By the place they stand: `unknown` are values new to us, `left_out` those that we cannot read.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    unknown: dict[str, set[str]] = field(default_factory=dict)
    left_out: dict[str, set[str]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        """Add one row."""
        self.tables.setdefault(table, []).append(row)

    def take(self, other: Rows) -> None:
        """Add the rows of another object."""
        for table, found in other.tables.items():
            self.tables.setdefault(table, []).extend(found)
        for place, values in other.unknown.items():
            self.unknown.setdefault(place, set()).update(values)
        for place, values in other.left_out.items():
            self.left_out.setdefault(place, set()).update(values)


def object_id(value: Any) -> int | None:
    """The object's number, or None when it has none that can be read, or one that no object can have."""
    try:
        number = Node(value).at("id").whole()
    except FaultError:
        return None
    return number if NUMBERS_OF_APIDAE.holds(number) else None


def refuse_beyond(rows: Rows, spec: SourceSpec, numbers: Bounds | None = None) -> None:
    """Raise FaultError for the first value that lies beyond the bounds of its column.

    `numbers` are narrower bounds, of the numbers by which the system that is read knows things.
    """
    for name, found in rows.tables.items():
        for row in found:
            beyond = spec.table(name).out_of_bounds(row)
            column, bounds = (beyond[0].name, beyond[1]) if beyond else (None, None)
            if column is None and numbers is not None:
                column, bounds = _first_beyond(row, numbers), numbers
            if column is not None and bounds is not None:
                raise FaultError("out_of_bounds", f"{name}.{column}", row[column], **bounds.in_words)


def _first_beyond(row: Row, numbers: Bounds) -> str | None:
    return next(
        (name for name, value in row.items() if name.endswith("_id") and not numbers.holds(value)), None
    )


def read_object(
    value: Any, latest: datetime, produced_at: datetime, known: dict[str, tuple[str, ...]]
) -> Rows:
    """The rows of one object; raises FaultError naming the JSON path of the first value that is wrong.

    `latest` is the last instant at which the record can have been written, `known` the known values of
    `type`, `state` and the kinds of opening periods.
    """
    item = Node(value)
    identity, object_type = item.at("id").whole(), item.at("type").text()
    for path, found in (("id", identity), ("type", object_type)):
        if found is None:
            raise FaultError("missing_value", path)
    assert object_type is not None
    rows = Rows()
    created_at = item.at("gestion", "dateCreation").instant(latest)
    modified_at = item.at("gestion", "dateModification").instant(latest)
    state = item.at("state").text()
    commune = item.at("localisation", "adresse", "commune")
    classification = _classification(item, object_type)
    longitude, latitude = _position(item)
    rows.add(
        "tourism_objects",
        object_id=identity,
        identifier=item.at("identifier").text(),
        object_type=object_type,
        name=item.at("nom", "libelleFr").text(),
        state=state,
        created_at=created_at,
        modified_at=modified_at,
        commune_id=commune.at("id").whole(),
        classification_id=classification.at("id").whole(),
        owner_member_id=item.at("gestion", "membreProprietaire", "id").whole(),
        latitude=latitude,
        longitude=longitude,
    )
    _add_commune(rows, commune)
    _add_element(rows, classification)
    for period in periods(item):
        rows.add("tourism_openings", object_id=identity, **period)
        note(rows, "ouverture.periodesOuvertures.type", period["kind"], known["kind"])
    for hours in hours_of_weekdays(item):
        rows.add("tourism_opening_hours", object_id=identity, **hours)
    seen = set()
    for day in exceptional_dates(item, produced_at.year):
        if (key := tuple(day.values())) not in seen:
            seen.add(key)
            rows.add("tourism_exceptional_dates", object_id=identity, **day)
    if object_type in CAPACITIES:
        count, basis = bed_places(item, object_type)
        rows.add(
            "tourism_bed_places",
            object_id=identity,
            version_at=modified_at or created_at or produced_at,
            object_type=object_type,
            state=state,
            bed_count=count,
            basis=basis,
        )
    criteria = {criterion.at("id").whole() for criterion in item.at("criteresInternes").items()}
    for criterion in sorted(c for c in criteria if c is not None):
        rows.add("tourism_criteria", object_id=identity, criterion_id=criterion)
    note(rows, "type", object_type, known["type"])
    note(rows, "state", state, known["state"])
    for place, found in left_out(item):
        rows.left_out.setdefault(f"ouverture.{place}", set()).add(found)
    return rows


def add_communes(rows: Rows, document: Any) -> None:
    """Add the municipalities of `communes.json`: number, INSEE code, name."""
    for commune in Node(document, "communes").items():
        _add_commune(rows, commune)


def add_elements(rows: Rows, document: Any) -> None:
    """Add the labels of `elements_reference.json`."""
    for element in Node(document, "elements_reference").items():
        _add_element(rows, element)


def _add_commune(rows: Rows, commune: Node) -> None:
    number, code = commune.at("id").whole(), commune.at("code").text()
    # An export gives the bare number, the API the code beside it.
    if number is not None and code is not None:
        rows.add(
            "tourism_communes",
            commune_id=number,
            municipality_code=code,
            municipality_name=commune.at("nom").text(),
        )


def _add_element(rows: Rows, element: Node) -> None:
    number, label = element.at("id").whole(), element.at("libelleFr").text()
    if number is not None and label is not None:
        rows.add(
            "tourism_reference_elements",
            element_id=number,
            element_type=element.at("elementReferenceType").text(),
            label=label,
        )


def _classification(item: Node, object_type: str) -> Node:
    """Stars of a lodging: `classement`, or `classementPrefectoral` for the furnished and the collective."""
    own = item.at(block(object_type))
    classification = own.at("classement")
    return own.at("classementPrefectoral") if classification.is_absent else classification


def _position(item: Node) -> tuple[float | None, float | None]:
    """Longitude and latitude in degrees: GeoJSON writes them in this order."""
    coordinates = list(item.at("localisation", "geolocalisation", "geoJson", "coordinates").items())
    if len(coordinates) < 2:
        return None, None
    return coordinates[0].number(180), coordinates[1].number(90)


def note(rows: Rows, place: str, value: str | None, known: tuple[str, ...]) -> None:
    """Remember a value that is none of the known ones, for the message on the file."""
    if value is not None and value not in known:
        rows.unknown.setdefault(place, set()).add(value)
