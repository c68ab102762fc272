"""A counter's own CSV: what `counters[].csv` of office.yml declares becomes a layout.

A line may hold several counts (entries and exits): it is judged as a whole, and each count becomes a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import duckdb

from sources import by_layout
from sources.catalogue import Context, SourceReading
from sources.counters.meters import refuse_index
from sources.counters.rows import cases, more_than_possible, most_of_channels
from sources.layouts import Layout, LayoutColumn, LayoutFile, LayoutRows, Slot, Totals
from sources.reading.fields import Field, category, literal, quoted, text
from sources.reading.judging import LINE, SHEET
from sources.reading.rows import TextRows, connect
from warehouse.office.model import Office
from warehouse.office.part import Direction
from warehouse.office.subjects.counter_csv import CounterCsv
from warehouse.office.subjects.counters import Counter
from warehouse.spec import ColumnSpec, SourceSpec, TableSpec
from warehouse.storage.ledger import Delivery

KIND = "declared"
TABLE, LINES = "counter_counts", "counter_lines"
TOTAL = r"/^\W*total/"


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
    columns = _count_columns(counters)
    layout = layout_of(counters[0], columns)
    reading = by_layout.read(
        by_layout.FileToRead.of(delivery, context),
        _of_lines(spec, layout),
        [layout],
        constants=lambda _: {"office": delivery.office, "delivery_id": delivery.delivery_id},
        zone=context.office.time_zone,
        language=context.office.language,
        rules=lambda _: by_layout.Rules(
            special=lambda fields: _special(fields, columns, counters),
            informed=lambda connection, rows, fields: _informed(connection, rows, fields, columns, counters),
            key=[name for name in ("channel", "direction", "start_at") if name in layout.columns],
        ),
    )
    parquet = context.work / f"{TABLE}.parquet"
    with connect(context.work) as connection:
        kept = f", {quoted(LINE)}, {quoted(SHEET)}" if context.keeps_lines else ""
        _unpivot(connection, reading.tables[LINES], parquet, columns, counters, kept)
    return replace(reading, tables={TABLE: parquet})


def layout_of(counter: Counter, columns: Sequence[CountColumn]) -> Layout:
    """The layout of the files of a counter, and of those that share them, as office.yml declares them."""
    declared = _csv(counter)
    is_index = declared.values == "index"
    moment = declared.instant_column or declared.date_column or ""
    usual: Literal[",", "."] = "." if declared.separator == "," else ","
    labels = {"channel": declared.channel_column, "direction": declared.direction_column}
    # A total line can be the sum of the lines above it where they are counts of a single counter.
    adds_up = not any(labels.values()) and not is_index
    return Layout(
        name=counter.code,
        is_csv=True,
        tool=counter.label,
        table=LINES,
        file=LayoutFile(separator=declared.separator, encoding=declared.encoding),
        columns={
            **{name: LayoutColumn(heading=(heading,)) for name, heading in labels.items() if heading},
            "start_at": LayoutColumn(
                heading=(moment,),
                time=(declared.time_column,) if declared.time_column else (),
                date=declared.date_formats,
                clock=declared.clock,
                slot=Slot(minutes=0 if is_index else declared.minutes, time_is=declared.time_is),
            ),
            **{
                one.name: LayoutColumn(
                    heading=(one.heading,),
                    decimal=declared.decimal,
                    usual_decimal=None if declared.decimal else usual,
                )
                for one in columns
            },
        },
        rows=LayoutRows(
            totals=Totals(
                heading=(moment,),
                values=(TOTAL,),
                control=tuple(one.name for one in columns) if adds_up else (),
            )
        ),
    )


def _csv(counter: Counter) -> CounterCsv:
    assert counter.csv is not None
    return counter.csv


def _of_lines(spec: SourceSpec, layout: Layout) -> SourceSpec:
    """The source with a table of lines, each with all its counts; no raw table, for it is taken apart."""
    counts = spec.table(TABLE).all_columns
    value = counts["passage_count"]
    if (slot := layout.columns["start_at"].slot) is not None and not slot.minutes:
        value = counts["index_reading"]
    known = {
        "start_at": counts["start_at"],
        "channel": counts["channel_id"],
        "direction": counts["channel_id"],
    }
    lines = TableSpec(
        name=LINES,
        description="Lines of a counter's own CSV.",
        grain="One row a line.",
        primary_key=tuple(name for name in layout.columns if name in known),
        replaces=(),
        happened=None,
        columns=tuple(_named(name, known.get(name, value)) for name in layout.columns),
    )
    delivery = spec.delivery(KIND).model_copy(update={"tables": (LINES,)})
    return spec.model_copy(update={"tables": (lines,), "deliveries": (delivery,)})


def _named(name: str, column: ColumnSpec) -> ColumnSpec:
    return column.model_copy(update={"name": name})


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


def _special(
    fields: Mapping[str, Field], columns: Sequence[CountColumn], counters: Sequence[Counter]
) -> Mapping[str, Field]:
    """The fields of the layout, with the channels and directions that are known and what a place can see."""
    declared = _csv(counters[0])
    found = dict(fields)
    if declared.channel_column is not None:
        channels = [channel for counter in counters for channel in counter.channels]
        found["channel"] = _channel(fields["channel"].column, channels)
    if declared.direction_column is not None:
        # A part of the channel's name: two that nobody knows are two.
        column = fields["direction"].column
        kept, known = f"lower({quoted(column)})", declared.direction_values
        found["direction"] = category("direction", column, known, required=True, otherwise=kept)
    if declared.values == "counts":
        for one in columns:
            most = str(one.counter.most_per_hour)
            if declared.channel_column is not None:
                most = most_of_channels(fields["channel"].column, counters)
            found[one.name] = more_than_possible(fields[one.name], most, str(declared.minutes))
    return found


def _informed(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Mapping[str, Field],
    columns: Sequence[CountColumn],
    counters: Sequence[Counter],
) -> Mapping[str, Field]:
    """The same fields; raises RefusedDeliveryError where counts are the readings of a meter."""
    if _csv(counters[0]).values == "counts":
        series = [fields[name].column for name in ("channel", "direction") if name in fields]
        refuse_index(connection, rows, [fields[one.name] for one in columns], series)
    return fields


def _channel(column: str, channels: Sequence[str]) -> Field:
    listed = ", ".join(literal(channel) for channel in channels) or "NULL"
    unknown = f"{quoted(column)} NOT IN ({listed})" if channels else f"{quoted(column)} IS NOT NULL"
    return replace(text("channel", column, required=True), unknown=unknown)


def _unpivot(
    connection: duckdb.DuckDBPyConnection,
    wide: Path,
    target: Path,
    columns: Sequence[CountColumn],
    counters: Sequence[Counter],
    kept: str = "",
) -> None:
    """Write one row of counter_counts for each count of each line; `kept` are further columns of it (SQL).

    A direction column tells the direction; else the count columns do when there are several; else the
    counter's `channels`, and the single count column where these do not.
    """
    declared = _csv(counters[0])
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
                       CAST({count} AS DOUBLE) AS passage_count,
                       CAST({index} AS BIGINT) AS index_reading{kept}
                FROM read_parquet({literal(str(wide))})"""
        )
    connection.execute(
        f"""COPY ({" UNION ALL ".join(selects)})
            TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)"""
    )
