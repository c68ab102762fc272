"""When the slots of a table begin: what its time cells say, decided once over the whole file, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from sources.layouts import LayoutColumn, Slot
from sources.reading import decided
from sources.reading.clocks import (
    HOUR_0,
    OFFSET_BEHIND_TIME,
    clock_changes,
    in_range,
    instant_of_offset,
    is_skipped,
    is_twofold,
    midnight_before,
    time_or_hour,
    utc_of_local,
    winter_offset_seconds,
)
from sources.reading.fields import Field, literal, local_time, quoted
from sources.reading.rows import TextRows, kind_column, with_columns
from warehouse.errors import RefusedDeliveryError
from warehouse.office.subjects.counter_csv import carries_offset
from warehouse.words.messages import say

MIDNIGHT = "~midnight"
# Conditions on the rows of `timed`: a local hour that the clocks leave out, and a readable cell of the time.
IS_GAP, TIME = '"~gap"', '"~time"'
# The instants (UTC) at which their slot begins and ends.
START, END = '"~utc"', '"~until"'
# The instant (UTC) of a cell with an offset, else what the device's clock shows: the order of the slots.
ORDER = 'coalesce("~told", "~clock")'


@dataclass(frozen=True)
class TimeCells:
    """The text columns that say when a slot was, and those by which the series of a file differ."""

    moment: str
    time: str | None
    series: Sequence[str]

    @property
    def clock(self) -> str:
        """The text column that says the hour."""
        return self.time or self.moment


@dataclass(frozen=True)
class Timed:
    """Rows with the instant at which their slot begins, as a field; and what people should know of it."""

    rows: TextRows
    start: Field
    notices: tuple[str, ...] = ()


def timed(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    name: str,
    column: LayoutColumn,
    cells: TimeCells,
    received_at: datetime,
    zone: ZoneInfo,
) -> Timed:
    """The start of each row's slot (UTC), by a column with a `slot`.

    Of an hour that the clocks of autumn show twice, the second of two rows of a series gets the second
    instant. Raises RefusedDeliveryError for what cannot be decided: instants of which some carry an offset,
    and an hour 24 that nothing explains.
    """
    assert column.slot is not None
    slot, changes = column.slot, clock_changes(zone, received_at)
    rows, has_offsets = _with_cells(connection, rows, column, cells, zone)

    def clock(tells_ends: bool) -> str:
        return f'"~clock" - to_minutes({slot.minutes})' if tells_ends else '"~clock"'

    def twofold(start: str) -> str:
        return is_twofold(start, changes) if column.clock == "local" else "false"

    tells_ends = slot.time_is == "end" and slot.minutes > 0
    found = _found(connection, rows, column, cells, _repeats(cells, clock(tells_ends), twofold))
    if column.date:
        has_offsets = _decided_offsets(found, rows, column, cells)
    notices = []
    if found["hour_24"] and slot.minutes and not tells_ends:
        _refuse_hour_24(connection, rows, slot, cells, found["hour_24"])
        tells_ends = True
        column_said = rows.headings[cells.clock]
        notices.append(say("notice.read_as_ends", rows.language, column=column_said, **_ends(rows)))
        repeats = True
    else:
        repeats = bool(found["repeats"])
    rows = with_columns(rows, {"~start": clock(tells_ends)})
    if has_offsets:
        shift = slot.minutes if tells_ends else 0
        rows = with_columns(rows, {"~utc": f'"~told" - to_minutes({shift})', "~gap": "false"})
    elif column.clock != "local":
        seconds = 0 if column.clock == "utc" else winter_offset_seconds(zone)
        rows = with_columns(rows, {"~utc": f'"~start" - to_seconds({seconds})', "~gap": "false"})
    else:
        utc, gap = utc_of_local('"~start"', zone, changes), is_skipped('"~start"', changes)
        rows = with_columns(rows, {"~utc": utc, "~gap": gap})
        if repeats:
            rows = _second_hours(rows, cells.series, twofold('"~start"'))
    rows = with_columns(rows, {"~until": f'"~utc" + to_minutes({slot.minutes})'})
    checks = (
        ("missing_value", f"{quoted(cells.moment)} IS NULL"),
        ("not_a_date", '"~moment" IS NULL'),
        *in_range('"~utc"', received_at),
        ("no_such_local_time", IS_GAP),
    )
    return Timed(rows, Field(name, cells.moment, START, checks), tuple(notices))


def _with_cells(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    column: LayoutColumn,
    cells: TimeCells,
    zone: ZoneInfo,
) -> tuple[TextRows, bool]:
    """The rows with what their time cells say, NULL where they say nothing; and whether they carry offsets.

    `~told` is the instant (UTC) of a cell with an offset, `~clock` what the device's clock shows in one
    without; `~moment` is not NULL where the date or instant cell is readable. `~is_24` marks an hour 24.
    Of declared forms the second value is false: only all cells tell.
    """
    form = decided.DateForm()
    if not column.date:
        rows = decided.with_dates(rows, cells.moment)
        form = decided.date_form(connection, rows, cells.moment)

    def read(text: str) -> tuple[str, str]:
        """SQL of the instant and of the clock in a text column."""
        if form.has_offsets:
            return decided.local_moment(rows, text, form, "UTC"), "NULL::TIMESTAMP"
        if not column.date:
            return "NULL::TIMESTAMP", decided.local_moment(rows, text, form, zone.key)
        bare = tuple(one for one in column.date if not carries_offset(one))
        local = decided.local_moment(rows, text, decided.DateForm(forms=bare), zone.key)
        return instant_of_offset(quoted(text), column.date), local if bare else "NULL::TIMESTAMP"

    told, clock = read(cells.moment)
    if cells.time is not None:
        rows = with_columns(rows, {"~moment": clock, "~time": time_or_hour(rows, cells.time)})
        at = {
            "~told": "NULL::TIMESTAMP",
            "~clock": 'date_trunc(\'day\', "~moment") + "~time"',
            "~is_24": '"~moment" IS NOT NULL AND "~time" = INTERVAL 24 HOUR',
        }
        return with_columns(rows, at), False
    rows = with_columns(rows, {"~told_as_is": told, "~clock_as_is": clock})
    is_read = 'coalesce("~told_as_is", "~clock_as_is") IS NOT NULL'
    midnight = f"CASE WHEN NOT ({is_read}) THEN {midnight_before(quoted(cells.moment))} END"
    kinds = {kind_column(MIDNIGHT): "NULL::VARCHAR"} if rows.has_kinds else {}
    rows = with_columns(rows, {MIDNIGHT: midnight, **kinds})
    if not column.date:
        rows = decided.with_dates(rows, MIDNIGHT)

    def either(as_is: str, at_midnight: str) -> str:
        """The cell as it is, else the midnight before its hour 24, a day later."""
        is_other = f"{quoted(MIDNIGHT)} IS NULL"
        return f'CASE WHEN {is_other} THEN "{as_is}" ELSE {at_midnight} + INTERVAL 1 DAY END'

    told, clock = read(MIDNIGHT)
    rows = with_columns(rows, {"~told": either("~told_as_is", told), "~clock": either("~clock_as_is", clock)})
    rows = with_columns(rows, {"~moment": ORDER})
    is_24 = f'{quoted(MIDNIGHT)} IS NOT NULL AND "~moment" IS NOT NULL'
    return with_columns(rows, {"~is_24": is_24}), form.has_offsets


def _repeats(cells: TimeCells, start: str, twofold: Any) -> str:
    """SQL condition: a row of an hour that the clocks show twice has another one beside it."""
    hours = f"({', '.join([*map(quoted, cells.series), start])})"
    return f"count(DISTINCT {hours}) FILTER ({twofold(start)}) < count(*) FILTER ({twofold(start)})"


def _found(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    column: LayoutColumn,
    cells: TimeCells,
    repeats: str,
) -> dict[str, Any]:
    """What one look over all rows finds: double hours, an hour 24, cells with and without an offset."""
    asked = {"repeats": repeats, "hour_24": f'min({quoted(cells.clock)}) FILTER ("~is_24")'}
    if column.date and cells.time is None:
        text, unread = quoted(cells.moment), '"~moment" IS NULL'
        bare = [form.replace("%z", "") for form in column.date if "%z" in form]
        with_offset = f"regexp_matches({text}, {literal(OFFSET_BEHIND_TIME)})"
        without = f"({unread} AND {local_time(text, bare)} IS NOT NULL)" if bare else "false"
        asked |= {
            "offset": f'min({text}) FILTER ("~told" IS NOT NULL OR ({unread} AND {with_offset}))',
            "bare": f'min({text}) FILTER ("~clock" IS NOT NULL OR {without})',
            "read": 'count("~moment")',
        }
    found = connection.execute(f"SELECT {', '.join(asked.values())} FROM {rows.source}").fetchone()
    assert found is not None
    return dict(zip(asked, found, strict=True))


def _decided_offsets(
    found: Mapping[str, Any], rows: TextRows, column: LayoutColumn, cells: TimeCells
) -> bool:
    """Whether the instants of declared forms carry an offset; raises RefusedDeliveryError when some do."""
    offset, bare = found.get("offset"), found.get("bare")
    names = {"file": rows.name, "column": rows.headings[cells.moment], "offset": offset}
    if offset and bare:
        told = say("refused.mixed_offsets", rows.language, **names, bare=bare, clock=column.clock)
        raise RefusedDeliveryError(told)
    if offset and not found["read"]:
        form = '"%Y-%m-%dT%H:%M:%S%z"'
        line = rows.described.line(f"date_formats: [{form}]", f"date: {form}")
        place = rows.described.place
        raise RefusedDeliveryError(
            say("refused.undeclared_offset", rows.language, **names, line=line, place=place)
        )
    return offset is not None


def _refuse_hour_24(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, slot: Slot, cells: TimeCells, hour_24: str
) -> None:
    """Raise RefusedDeliveryError unless the hours of the file are 1 to 24 without any doubt."""
    cell = quoted(cells.clock)
    at_0 = f"{TIME} = INTERVAL 0 HOUR" if cells.time else f"regexp_matches({cell}, {literal(HOUR_0)})"
    query = f'SELECT min({cell}) FROM {rows.source} WHERE "~moment" IS NOT NULL AND {at_0}'
    (hour_0,) = connection.execute(query).fetchone() or (None,)
    names = {"file": rows.name, "column": rows.headings[cells.clock], "hour_24": hour_24, **_ends(rows)}
    if hour_0 is not None:
        raise RefusedDeliveryError(say("refused.hours_0_and_24", rows.language, **names, hour_0=hour_0))
    if slot.time_is == "start":
        said = rows.described.line("time_is: start", "slot: {time_is: start}")
        raise RefusedDeliveryError(say("refused.hour_24", rows.language, **names, said=said))


def _ends(rows: TextRows) -> dict[str, str]:
    """The line that says that hours are the ends of slots, and where it is written."""
    line = rows.described.line("time_is: end", "slot: {time_is: end}")
    return {"line": line, "place": rows.described.place}


def _second_hours(rows: TextRows, series: Sequence[str], twofold: str) -> TextRows:
    """Give the second of two rows of an hour that occurs twice (autumn) its second instant.

    Only where there are such rows: they need the order of the file, which costs the parallel reading.
    """
    partition = ", ".join([*map(quoted, series), '"~start"'])

    def placed(source: str) -> str:
        ranked = f'(SELECT *, row_number() OVER () AS "~place" FROM {source})'
        turn = f'row_number() OVER (PARTITION BY {partition} ORDER BY "~place")'
        utc = f'CASE WHEN "~turn" > 1 AND {twofold} THEN "~utc" + INTERVAL 1 HOUR ELSE "~utc" END'
        return f"""(SELECT * REPLACE ({utc} AS "~utc")
                    FROM (SELECT *, {turn} AS "~turn" FROM {ranked}) ORDER BY "~place")"""

    return replace(rows, source=placed(rows.source), first_pass=placed(rows.first_pass))
