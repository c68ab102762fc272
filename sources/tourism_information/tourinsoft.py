"""One object of a syndication of Tourinsoft: the rows that it makes in the tables of Apidae, or its fault.

Lists are packed in strings: `#` between their members, `|` between the parts of one, `$` between days.
Instants have no zone and are clocks of the office's. An object is known by a text (`HOTCEN0280010001`): its
number is drawn from that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.tourism_information.capacity import CAPACITIES
from sources.tourism_information.objects import LARGEST_OF_APIDAE, Rows, note
from sources.tourism_information.openings import EVERY_DAY, WEEKDAYS
from sources.tourism_information.values import EARLIEST, FaultError, Node
from sources.tourism_information.weekly_hours import PUBLIC_HOLIDAY, WeeklyHours
from warehouse.office.subjects.tourism_information import Syndication, Tourinsoft

FOLDER = "syndications"  # of the ZIP that a pull makes: a folder a syndication, a file a page
IDENTITY, TYPE, NAME = "SyndicObjectID", "ObjectTypeName", "SyndicObjectName"
PUBLISHED, UPDATED, STRUCTURE = "Published", "Updated", "SyndicStructureId"
LATITUDE, LONGITUDE = "GmapLatitude", "GmapLongitude"
ALWAYS = (IDENTITY, TYPE, NAME, PUBLISHED, UPDATED, STRUCTURE, LATITUDE, LONGITUDE)

# Fifteen digits, which every spreadsheet keeps, and none that Apidae gives: of 3,000 objects, two have the
# same number once in 200 million times.
FIRST, LAST = LARGEST_OF_APIDAE + 1, 10**15
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - clocks without a zone, as they are given
DATE = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)
NO_DATE = -62_135_596_800_000  # the first of January of the year 1: what .NET writes for none
INSEE = re.compile(r"\d[0-9AB]\d{3}", re.ASCII)
DAYS = {name.casefold(): rank for rank, name in enumerate(WEEKDAYS, 1)}
HALVES = {"matin": 0, "midi": 0, "après-midi": 1, "soir": 1}
PERIOD_PARTS = 8  # first and last day, two times two hours, days open, days closed


def number_of(text: str) -> int:
    """The number of what is known by a text: always the same, of another text another."""
    drawn = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    return FIRST + drawn % (LAST - FIRST)


def object_number(value: Any) -> int | None:
    """The object's number, or None when it has no identifier that can be read."""
    try:
        identity = Node(value).at(IDENTITY).text()
    except FaultError:
        return None
    return number_of(identity) if identity else None


def read_offer(
    value: Any,
    settings: Tourinsoft,
    syndication: Syndication,
    zone: ZoneInfo,
    latest: datetime,
    produced_at: datetime,
) -> Rows:
    """The rows of one object; raises FaultError naming the first column that is wrong.

    `latest` is the last instant (UTC) at which the record can have been written.
    """
    item, columns = Node(value), syndication.columns
    identity, type_name = item.at(IDENTITY).text(), item.at(TYPE).text()
    for name, found in ((IDENTITY, identity), (TYPE, type_name)):
        if found is None:
            raise FaultError("missing_value", name)
    assert identity is not None
    assert type_name is not None
    rows = Rows()
    number = number_of(identity)
    object_type = settings.types.get(type_name, type_name)
    note(rows, TYPE, type_name, tuple(settings.types))
    created_at = _instant(item.at(PUBLISHED), zone, latest)
    modified_at = _instant(item.at(UPDATED), zone, latest)
    label = item.at(columns.classification).text()
    structure = item.at(STRUCTURE).text()
    code, municipality = _municipality(item.at(columns.address))
    rows.add(
        "tourism_objects",
        object_id=number,
        identifier=identity,
        object_type=object_type,
        name=item.at(NAME).text(),
        # A syndication gives published records alone.
        state="PUBLISHED",
        created_at=created_at,
        modified_at=modified_at,
        commune_id=number_of(code) if code else None,
        classification_id=number_of(label) if label else None,
        owner_member_id=number_of(structure) if structure else None,
        latitude=_degrees(item.at(LATITUDE), 90),
        longitude=_degrees(item.at(LONGITUDE), 180),
    )
    if code:
        rows.add(
            "tourism_communes",
            commune_id=number_of(code),
            municipality_code=code,
            municipality_name=municipality,
        )
    if label:
        rows.add(
            "tourism_reference_elements",
            element_id=number_of(label),
            element_type=columns.classification,
            label=label,
        )
    for rank, period in enumerate(_parts(item.at(columns.openings)), 1):
        _add_period(rows, number, rank, period, columns.openings)
    if object_type in CAPACITIES:
        count, basis = _beds(item, syndication)
        rows.add(
            "tourism_bed_places",
            object_id=number,
            version_at=modified_at or created_at or produced_at,
            object_type=object_type,
            state="PUBLISHED",
            bed_count=count,
            basis=basis,
        )
    return rows


def _beds(item: Node, syndication: Syndication) -> tuple[int | None, str | None]:
    capacity = syndication.capacity
    count = item.at(capacity.column).whole() if capacity else None
    if capacity is None or count is None:
        return None, None
    factor = f" x {capacity.beds_each}" if capacity.beds_each != 1 else ""
    return count * capacity.beds_each, capacity.column + factor


def _parts(node: Node) -> Iterator[list[str]]:
    """The members of a packed list, each as its parts; a list may begin or end with an empty member."""
    if node.is_absent:
        return
    if not isinstance(node.value, str):
        raise FaultError("not_a_text", node.path, node.value)
    for member in node.value.split("#"):
        parts = [part.strip() for part in member.split("|")]
        if any(parts):
            yield parts


def _municipality(address: Node) -> tuple[str | None, str | None]:
    """INSEE code and name of the municipality: the last part of an address, and the one before it."""
    parts = next(_parts(address), None)
    if parts is None:
        return None, None
    code = parts[-1] or None
    if code is not None and not INSEE.fullmatch(code):
        raise FaultError("misformed_code", address.path, code)
    return code, (parts[-2] if len(parts) > 1 else "") or None


def _instant(node: Node, zone: ZoneInfo, latest: datetime) -> datetime | None:
    """An instant as naive UTC: `/Date(milliseconds)/` or `2018-11-29T11:17:24.553`, clocks of the zone."""
    if node.is_absent:
        return None
    packed = DATE.fullmatch(node.value) if isinstance(node.value, str) else None
    if packed is None:
        try:
            clock = datetime.fromisoformat(str(node.value))
        except ValueError as error:
            raise FaultError("not_a_date", node.path, node.value) from error
        stated = clock.isoformat() if clock.tzinfo else clock.replace(tzinfo=zone).isoformat()
    else:
        milliseconds = int(packed[1])
        if milliseconds == NO_DATE:
            return None
        try:
            clock = EPOCH + timedelta(milliseconds=milliseconds)
        except OverflowError as error:
            raise FaultError("not_a_date", node.path, node.value) from error
        # With an offset the milliseconds are UTC and the offset only says where it was written.
        stated = clock.replace(tzinfo=UTC if packed[2] else zone).isoformat()
    return Node(stated, node.path).instant(latest)


def _degrees(node: Node, limit: float) -> float | None:
    """Degrees, which the syndication writes as text."""
    if isinstance(node.value, str) and node.value.strip():
        try:
            return Node(float(node.value.replace(",", ".")), node.path).number(limit)
        except ValueError as error:
            raise FaultError("not_a_number", node.path, node.value) from error
    return node.number(limit)


def _add_period(rows: Rows, number: int, rank: int, parts: list[str], column: str) -> None:
    """An opening period: `first|last|opens|closes|opens|closes|days open|days closed`; a day is enough."""
    whole = [*parts, *[""] * PERIOD_PARTS][: max(PERIOD_PARTS, len(parts))]
    first, last = _day(whole[0], column), _day(whole[1], column)
    first = first or last
    last = last or first
    if first is None or last is None:
        raise FaultError("missing_value", column)
    if last < first:
        raise FaultError("ends_before_start", column, last)
    if any(whole[PERIOD_PARTS:]):
        _leave_out(rows, column, "|".join(whole[PERIOD_PARTS:]))
    frames = _frames([Node(part, column).clock() for part in whole[2:6]])
    weekly = _weekly(rows, frames, whole[6], whole[7], column)
    rows.add(
        "tourism_openings",
        object_id=number,
        period_rank=rank,
        kind=EVERY_DAY,
        first_date=first,
        last_date=last,
        opens_at=None if weekly or not frames else frames[0][0] or None,
        closes_at=None if weekly or not frames else frames[-1][1] or None,
        weekdays=weekly.weekdays if weekly else "1111111",
        month_days=None,
        is_every_year=False,
    )
    for hours in weekly.rows() if weekly else ():
        rows.add("tourism_opening_hours", object_id=number, period_rank=rank, **hours)


def _frames(clocks: list[str | None]) -> list[tuple[str, str]]:
    """From when to when it is open in a day: twice, or once over midday; the hours that are given."""
    morning_from, morning_until, evening_from, evening_until = clocks
    if morning_until is None and evening_from is None:
        pairs = [(morning_from, evening_until)]
    else:
        pairs = [(morning_from, morning_until), (evening_from, evening_until)]
    return [(start or "", end or "") for start, end in pairs if start or end]


def _weekly(
    rows: Rows, frames: list[tuple[str, str]], opened: str, closed: str, column: str
) -> WeeklyHours | None:
    """The hours by day of the week; None where one span a day, or none, says all."""
    if not opened and not closed and len(frames) < 2:
        return None
    found = WeeklyHours()
    for words, is_open in ((opened, True), (closed, False)):
        for word in filter(None, (one.strip() for one in words.split("$"))):
            day, half = _weekday(word)
            if day is None:
                _leave_out(rows, column, word)
            elif not is_open:
                if half is None:
                    found.closed.add(day)
                else:
                    _leave_out(rows, column, word)
            else:
                kept = frames if half is None else frames[half : half + 1] if len(frames) == 2 else []
                found.open.setdefault(day, set()).update((start, end, "") for start, end in kept)
    for day in () if opened else DAYS.values():
        found.open[day] = {(start, end, "") for start, end in frames}
    return found


def _weekday(word: str) -> tuple[int | None, int | None]:
    """The day that a word names (8 a public holiday), and which half of it: `Mardi soir` is the second."""
    folded = word.casefold()
    if folded in ("jours fériés", "jour férié"):
        return PUBLIC_HOLIDAY, None
    day, _, half = folded.partition(" ")
    if day not in DAYS or (half and half not in HALVES):
        return None, None
    return DAYS[day], HALVES.get(half)


def _day(text: str, column: str) -> date | None:
    if not text:
        return None
    try:
        found = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise FaultError("not_a_date", column, text) from error
    if found < EARLIEST:
        raise FaultError("date_too_early", column, text)
    return found


def _leave_out(rows: Rows, column: str, text: str) -> None:
    rows.left_out.setdefault(column, set()).add(text)
