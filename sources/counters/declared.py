"""A counter's own CSV, as `counters[].csv` of office.yml declares it.

A line may hold several counts (entries and exits): it is judged as a whole, and each count becomes a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb

from sources.catalogue import Context, SourceReading
from sources.counters.rows import cases, finish, more_than_possible, most_of_channels
from sources.counters.survey import Survey, survey, with_times
from sources.counters.times import (
    clock_changes,
    in_range,
    is_skipped,
    is_twofold,
    utc_of_local,
    winter_offset_seconds,
)
from sources.reading.delimited import open_delimited
from sources.reading.fields import Field, category, constant, literal, number, quoted, text
from sources.reading.heading import Heading
from sources.reading.judging import Filter, read_strictly
from sources.reading.rows import TextRows, connect, with_columns
from warehouse.office.model import Counter, CounterCsv, Direction, Office
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Delivery

KIND = "declared"
TOTAL = r"(?i)^\W*total"


@dataclass(frozen=True)
class CountColumn:
    """A count column of a file: our name for it, its heading, its direction, and the counter whose it is.

    `is_alone` when the counter has no other.
    """

    name: str
    heading: str
    way: Direction
    counter: Counter
    is_alone: bool


def matching(file_name: str, office: Office) -> list[Counter]:
    """The counters whose `files` pattern a file's name matches; office.yml has it that they can share it."""
    name = file_name.lower()
    return [c for c in office.counters if c.csv is not None and fnmatchcase(name, c.csv.files.lower())]


def read(
    delivery: Delivery, context: Context, spec: SourceSpec, counters: Sequence[Counter]
) -> SourceReading:
    """Read a file that `counters` claim and may share. Raises RefusedDeliveryError."""
    declared = counters[0].csv
    assert declared is not None
    columns = _count_columns(counters)
    headings = _headings(declared, columns)
    table = spec.table("counter_counts")
    with connect(context.work) as connection:
        rows = open_delimited(
            connection,
            delivery.path,
            delivery.file_name,
            Heading({name: (heading,) for name, heading in headings.items()}, frozenset(headings)),
            context.work,
            separator=declared.separator,
            encoding=declared.encoding,
        )
        rows, found = _timed(connection, rows, declared, columns, delivery, context.office)
        counts = _counts(declared, columns, counters, found)
        identity = [*_labels(declared, counters), _start(declared, delivery)]
        reading = read_strictly(
            connection,
            rows,
            [
                constant("office", delivery.office),
                constant("delivery_id", delivery.delivery_id),
                *identity,
                *_time_of_day(declared),
                *counts,
            ],
            {
                **table.all_columns,
                "channel": "VARCHAR",
                "time": "INTERVAL",
                **dict.fromkeys((field.name for field in counts), table.all_columns[_counted(declared)]),
            },
            [field.name for field in identity],
            KIND,
            context.work,
            filters=[
                Filter("total_line", f"regexp_matches({quoted('moment')}, {literal(TOTAL)})"),
                Filter("clock_change_gap", _is_empty_gap(counts)),
            ],
            footer=TOTAL,
            totals=[field.name for field in counts] if _adds_up(declared) else [],
            language=context.office.language,
        )
        parquet = context.work / "counter_counts.parquet"
        _unpivot(connection, reading.parquet, parquet, declared, columns, counters)
    return finish(reading, table.name, parquet, [*reading.notices, *found.notices])


def _count_columns(counters: Sequence[Counter]) -> list[CountColumn]:
    """The count columns of counters that share a file: those of each, or the same ones of all channels."""
    owners = counters[:1] if counters[0].csv and counters[0].csv.channel_column else counters
    declared = [
        (heading, way, counter, len(counter.csv.count_columns) == 1)
        for counter in owners
        if counter.csv is not None
        for heading, way in counter.csv.count_columns.items()
    ]
    return [CountColumn(f"count_{rank}", *column) for rank, column in enumerate(declared)]


def _adds_up(declared: CounterCsv) -> bool:
    """True when a total line can be the sum of the lines above it: counts of a single counter."""
    is_single = declared.channel_column is None and declared.direction_column is None
    return is_single and declared.values == "counts"


def _headings(declared: CounterCsv, columns: Sequence[CountColumn]) -> dict[str, str]:
    """Our name for each declared column, with its heading; all of them are mandatory."""
    named = {
        "moment": declared.instant_column or declared.date_column,
        "time": declared.time_column,
        "channel": declared.channel_column,
        "direction": declared.direction_column,
    }
    named |= {column.name: column.heading for column in columns}
    return {name: heading for name, heading in named.items() if heading is not None}


def _timed(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    declared: CounterCsv,
    columns: Sequence[CountColumn],
    delivery: Delivery,
    office: Office,
) -> tuple[TextRows, Survey]:
    """The rows with the start of their slot, `~utc`, and `~gap`, true for a local hour that does not exist.

    The second value is what the file as a whole told. Raises RefusedDeliveryError when that is ambiguous.
    """
    rows = with_times(rows, declared)
    changes = clock_changes(office.zone, delivery.received_at)
    series = [
        quoted(name)
        for name, heading in (("channel", declared.channel_column), ("direction", declared.direction_column))
        if heading is not None
    ]

    def clock(tells_ends: bool) -> str:
        return f'"~clock" - to_minutes({declared.minutes})' if tells_ends else '"~clock"'

    def repeats(tells_ends: bool) -> str:
        """Whether a row of an hour that the clocks show twice has another one beside it."""
        start = clock(tells_ends)
        hours = f"({', '.join([*series, start])})"
        return f"count(DISTINCT {hours}) FILTER ({twofold(start)}) < count(*) FILTER ({twofold(start)})"

    def twofold(start: str) -> str:
        return is_twofold(start, changes) if declared.clock == "local" else "false"

    tells_ends = declared.time_is == "end" and declared.values == "counts"
    names = [column.name for column in columns]
    found = survey(connection, rows, declared, names, repeats(tells_ends), office.language)
    rows = with_columns(rows, {"~start": clock(found.tells_ends)})
    if found.has_offsets:
        shift = declared.minutes if found.tells_ends else 0
        return with_columns(rows, {"~utc": f'"~told" - to_minutes({shift})', "~gap": "false"}), found
    if declared.clock != "local":
        seconds = 0 if declared.clock == "utc" else winter_offset_seconds(office.zone)
        return with_columns(rows, {"~utc": f'"~start" - to_seconds({seconds})', "~gap": "false"}), found
    utc, gap = utc_of_local('"~start"', office.zone, changes), is_skipped('"~start"', changes)
    rows = with_columns(rows, {"~utc": utc, "~gap": gap})
    if found.repeats_hours or found.tells_ends != tells_ends:
        rows = _second_hours(rows, series, twofold('"~start"'))
    return rows, found


def _second_hours(rows: TextRows, series: Sequence[str], twofold: str) -> TextRows:
    """Give the second of two rows of an hour that occurs twice (autumn) its second instant.

    Only where there are such rows: they need the order of the file, which costs the parallel reading.
    """
    partition = ", ".join([*series, '"~start"'])

    def placed(source: str) -> str:
        ranked = f'(SELECT *, row_number() OVER () AS "~line" FROM {source})'
        turn = f'row_number() OVER (PARTITION BY {partition} ORDER BY "~line")'
        utc = f'CASE WHEN "~turn" > 1 AND {twofold} THEN "~utc" + INTERVAL 1 HOUR ELSE "~utc" END'
        return f"""(SELECT * REPLACE ({utc} AS "~utc")
                    FROM (SELECT *, {turn} AS "~turn" FROM {ranked}) ORDER BY "~line")"""

    return replace(rows, source=placed(rows.source), first_pass=placed(rows.first_pass))


def _labels(declared: CounterCsv, counters: Sequence[Counter]) -> list[Field]:
    """The columns that tell the series of one file apart."""
    fields = []
    if declared.channel_column is not None:
        channels = [channel for counter in counters for channel in counter.channels]
        listed = ", ".join(literal(channel) for channel in channels) or "NULL"
        unknown = f"{quoted('channel')} NOT IN ({listed})" if channels else f"{quoted('channel')} IS NOT NULL"
        fields.append(replace(text("channel", "channel", required=True), unknown=unknown))
    if declared.direction_column is not None:
        # A part of the channel's name: two that nobody knows are two.
        kept, known = f"lower({quoted('direction')})", declared.direction_values
        fields.append(category("direction", "direction", known, required=True, otherwise=kept))
    return fields


def _start(declared: CounterCsv, delivery: Delivery) -> Field:
    checks = (
        ("missing_value", f"{quoted('moment')} IS NULL"),
        ("not_a_date", '"~moment" IS NULL'),
        *in_range('"~utc"', delivery.received_at),
        ("no_such_local_time", '"~gap"'),
    )
    return Field("start_at", "moment", '"~utc"', checks)


def _time_of_day(declared: CounterCsv) -> list[Field]:
    """The time column, for its checks alone."""
    if declared.time_column is None:
        return []
    checks = (("missing_value", f"{quoted('time')} IS NULL"), ("not_a_date", '"~time" IS NULL'))
    return [Field("time", "time", '"~time"', checks)]


def _counts(
    declared: CounterCsv, columns: Sequence[CountColumn], counters: Sequence[Counter], found: Survey
) -> list[Field]:
    if declared.values == "index":
        return [number(c.name, c.name, "BIGINT", decimal=found.decimals[c.name]) for c in columns]
    fields = []
    for column in columns:
        field = number(column.name, column.name, "DOUBLE", decimal=found.decimals[column.name])
        most = str(column.counter.most_per_hour)
        if declared.channel_column is not None:
            most = most_of_channels("channel", counters)
        fields.append(more_than_possible(field, most, str(declared.minutes)))
    return fields


def _counted(declared: CounterCsv) -> str:
    """The column of counter_counts that the declared count columns fill."""
    return "index_reading" if declared.values == "index" else "passage_count"


def _is_empty_gap(counts: Sequence[Field]) -> str:
    """A device that writes 24 hours a day writes zeros for the hour that the spring night leaves out."""
    return " AND ".join(['"~gap"', *(f"({quoted(f.column)} IS NULL OR {f.value} = 0)" for f in counts)])


def _unpivot(
    connection: duckdb.DuckDBPyConnection,
    wide: Path,
    target: Path,
    declared: CounterCsv,
    columns: Sequence[CountColumn],
    counters: Sequence[Counter],
) -> None:
    """Write one row of counter_counts for each count of each line.

    A direction column tells the direction; else the count columns do when there are several; else the
    counter's `channels`, and the single count column where these do not.
    """
    codes = {channel: counter.code for counter in counters for channel in counter.channels}
    ways = {channel: way for counter in counters for channel, way in counter.channels.items()}
    selects = []
    for column in columns:
        counter, direction, channel_id = literal(column.counter.code), literal(column.way), []
        if declared.channel_column is not None:
            counter = cases("channel", codes, quoted("channel"))
            direction = cases(
                "channel", ways if column.is_alone else dict.fromkeys(ways, column.way), "'unknown'"
            )
            channel_id.append("channel")
        if declared.direction_column is not None:
            # Passages of a channel that no counter declares are nobody's: their direction stays unknown.
            known = f"direction IN ('in', 'out', 'both') AND {direction} <> 'unknown'"
            direction = f"CASE WHEN {known} THEN direction ELSE 'unknown' END"
            channel_id.append("direction")
        if not column.is_alone or not channel_id:
            channel_id.append(literal(column.heading))
        value = quoted(column.name)
        count, index = (value, "NULL") if declared.values == "counts" else ("NULL", value)
        selects.append(
            f"""SELECT office, delivery_id, {counter} AS counter,
                       {" || '/' || ".join(channel_id)} AS channel_id,
                       {direction} AS direction, start_at,
                       start_at + INTERVAL {declared.minutes} MINUTE AS end_at,
                       CAST({count} AS DOUBLE) AS passage_count, CAST({index} AS BIGINT) AS index_reading
                FROM read_parquet({literal(str(wide))})"""
        )
    connection.execute(
        f"""COPY ({" UNION ALL ".join(selects)})
            TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)"""
    )
