"""Counters' files that an office's own layouts describe, with what a layout of counts leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from sources import by_layout
from sources.catalogue import Context, SourceReading
from sources.counters.meters import refuse_index
from sources.counters.rows import more_than_possible
from sources.declared import refuse_unknown_constants
from sources.layouts import Layout
from sources.reading.fields import OTHER, Field, literal, quoted
from sources.reading.rows import TextRows
from sources.reading.slots import END, START
from warehouse.office.subjects.counters import MOST_PER_HOUR, Counter
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Delivery

KIND = "described"
# What tells the series of one file apart, the most telling first.
LABELS = ("channel_id", "direction", "counter")


def read(delivery: Delivery, context: Context, spec: SourceSpec, layouts: Sequence[Layout]) -> SourceReading:
    """Read a file by the one of these layouts that it fits; raises RefusedDeliveryError."""
    office = context.office
    codes = [counter.code for counter in office.counters]
    refuse_unknown_constants(layouts, "counter", codes, office.language)
    of_kind = [one for one in spec.deliveries if one.kind == KIND]
    return by_layout.read(
        by_layout.FileToRead.of(delivery, context),
        spec.model_copy(update={"deliveries": (*of_kind, *spec.deliveries)}),
        layouts,
        constants=lambda _: {"office": delivery.office, "delivery_id": delivery.delivery_id},
        zone=office.time_zone,
        language=office.language,
        rules=lambda table: (
            by_layout.Rules(special=lambda fields: _special(fields, office.counters), informed=_informed)
            if table == "counter_counts"
            else by_layout.Rules()
        ),
    )


def _special(fields: Mapping[str, Field], counters: Sequence[Counter]) -> Mapping[str, Field]:
    """The fields of a layout, with the end of the slot, the channel's name, and what a place can see."""
    direction, count = fields["direction"], fields["passage_count"]
    found = dict(fields)
    if not direction.column and direction.sql == "NULL":
        found["direction"] = Field("direction", "", "'unknown'")
    elif direction.column:
        known = f"nullif({direction.sql}, {literal(OTHER)})"
        found["direction"] = replace(direction, sql=f"coalesce({known}, 'unknown')")
    if fields["channel_id"].sql == "NULL":
        label = next((fields[name].column for name in LABELS if fields[name].column), None)
        found["channel_id"] = Field("channel_id", "", quoted(label) if label else fields["counter"].sql)
    if fields["start_at"].sql == START:
        found["end_at"] = Field("end_at", "", END)
        if count.column:
            minutes = f"date_diff('minute', {START}, {END})"
            found["passage_count"] = more_than_possible(count, _most(fields["counter"], counters), minutes)
    return found


def _most(counter: Field, counters: Sequence[Counter]) -> str:
    """SQL of the most passages an hour of a row's counter."""
    said = [one for one in counters if one.most_per_hour != MOST_PER_HOUR]
    cases = " ".join(f"WHEN {literal(one.code)} THEN {one.most_per_hour}" for one in said)
    return f"CASE {counter.value} {cases} ELSE {MOST_PER_HOUR} END" if cases else str(MOST_PER_HOUR)


def _informed(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, fields: Mapping[str, Field]
) -> Mapping[str, Field]:
    """The same fields; raises RefusedDeliveryError where counts are the readings of a meter."""
    count = fields["passage_count"]
    if count.column and fields["start_at"].sql == START:
        series = [fields[name].column for name in LABELS if fields[name].column]
        refuse_index(connection, rows, [count], list(dict.fromkeys(series)))
    return fields
