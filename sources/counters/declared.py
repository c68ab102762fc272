"""A counter's own CSV, as `counters[].csv` of office.yml declares it.

A line may hold several counts (entries and exits): it is judged as a whole, and each count becomes a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import duckdb

from sources.catalogue import Context, SourceReading
from sources.counters.rows import finish, with_columns
from sources.counters.times import (
    clock_changes,
    in_range,
    is_skipped,
    is_twofold,
    moment,
    time_of_day,
    utc_of_local,
    winter_offset_seconds,
)
from sources.fields import Field, category, constant, literal, number, quoted, text
from sources.reading import Filter, Heading, TextRows, connect, open_delimited, read_strictly
from warehouse.errors import RefusedDeliveryError
from warehouse.ledger import Delivery
from warehouse.messages import say
from warehouse.office import Counter, CounterCsv, Office
from warehouse.spec import SourceSpec

KIND = "declared"
TOTAL = r"(?i)^\W*total"


def claiming(delivery: Delivery, office: Office) -> list[Counter]:
    """The counters whose `files` pattern the file's name matches.

    Raises RefusedDeliveryError when several claim it but do not declare the same file with a channel column.
    """
    found = matching(delivery.file_name, office)
    alike = all(c.csv == found[0].csv and c.csv is not None and c.csv.channel_column for c in found)
    if len(found) > 1 and not alike:
        codes = ", ".join(c.code for c in found)
        raise RefusedDeliveryError(
            say("refused.several_counters", office.language, file=delivery.file_name, counters=codes)
        )
    return found


def matching(file_name: str, office: Office) -> list[Counter]:
    """The counters whose `files` pattern a file's name matches."""
    name = file_name.lower()
    return [c for c in office.counters if c.csv is not None and fnmatchcase(name, c.csv.files.lower())]


def read(
    delivery: Delivery, context: Context, spec: SourceSpec, counters: Sequence[Counter]
) -> SourceReading:
    """Read a file that `counters` claim; all of them declare it alike. Raises RefusedDeliveryError."""
    declared = counters[0].csv
    assert declared is not None
    columns = _columns(declared)
    table = spec.table("counter_counts")
    with connect(context.work) as connection:
        rows = open_delimited(
            connection,
            delivery.path,
            delivery.file_name,
            Heading({name: (heading,) for name, heading in columns.items()}, frozenset(columns)),
            context.work,
            separator=declared.separator,
            encoding=declared.encoding,
        )
        rows = _timed(connection, rows, declared, delivery, context.office)
        counts = _counts(declared)
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
                "office": "VARCHAR",
                "delivery_id": "BIGINT",
                "channel": "VARCHAR",
                "direction": "VARCHAR",
                "start_at": "TIMESTAMP",
                "time": "INTERVAL",
                **{field.name: "BIGINT" if declared.values == "index" else "DOUBLE" for field in counts},
            },
            [field.name for field in identity],
            KIND,
            context.work,
            filters=[
                Filter("total_line", f"regexp_matches({quoted('moment')}, {literal(TOTAL)})"),
                Filter("clock_change_gap", _is_empty_gap(counts)),
            ],
            footer=TOTAL,
            language=context.office.language,
        )
        parquet = context.work / "counter_counts.parquet"
        _unpivot(connection, reading.parquet, parquet, declared, counters)
    return finish(reading, table.name, parquet, reading.notices)


def _columns(declared: CounterCsv) -> dict[str, str]:
    """Our name for each declared column, with its heading; all of them are mandatory."""
    named = {
        "moment": declared.instant_column or declared.date_column,
        "time": declared.time_column,
        "channel": declared.channel_column,
        "direction": declared.direction_column,
    }
    named |= {f"count_{rank}": heading for rank, heading in enumerate(declared.count_columns)}
    return {name: heading for name, heading in named.items() if heading is not None}


def _timed(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    declared: CounterCsv,
    delivery: Delivery,
    office: Office,
) -> TextRows:
    """The rows with their instant: `~utc`, and `~gap`, true for a local hour that does not exist."""
    rows = with_columns(rows, {"~moment": moment("moment", declared)})
    if declared.time_column is None:
        rows = with_columns(rows, {"~clock": '"~moment"'})
    else:
        rows = with_columns(rows, {"~time": time_of_day("time")})
        rows = with_columns(rows, {"~clock": 'date_trunc(\'day\', "~moment") + "~time"'})
    if declared.clock == "local":
        changes = clock_changes(office.zone, delivery.received_at)
        utc, gap = utc_of_local('"~clock"', office.zone, changes), is_skipped('"~clock"', changes)
        rows = with_columns(rows, {"~utc": utc, "~gap": gap})
        return _second_hours(connection, rows, declared, is_twofold('"~clock"', changes))
    seconds = 0 if declared.clock == "utc" else winter_offset_seconds(office.zone)
    return with_columns(rows, {"~utc": f'"~clock" - to_seconds({seconds})', "~gap": "false"})


def _second_hours(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, declared: CounterCsv, twofold: str
) -> TextRows:
    """Give the second of two rows of an hour that occurs twice (autumn) its second instant.

    Such rows are looked for first: they need the order of the file, which costs the parallel reading.
    """
    series = ", ".join(
        quoted(name)
        for name, heading in (("channel", declared.channel_column), ("direction", declared.direction_column))
        if heading is not None
    )
    partition = f'{series}, "~clock"' if series else '"~clock"'
    found = connection.execute(
        f"SELECT 1 FROM {rows.source} WHERE {twofold} GROUP BY {partition} HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    if found is None:
        return rows

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
        fields.append(category("direction", "direction", declared.direction_values, required=True))
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


def _counts(declared: CounterCsv) -> list[Field]:
    # Where commas part the cells, the decimal sign is a point.
    decimal = "." if declared.separator == "," else ","
    sql_type = "BIGINT" if declared.values == "index" else "DOUBLE"
    return [
        number(f"count_{rank}", f"count_{rank}", sql_type, decimal=decimal)
        for rank in range(len(declared.count_columns))
    ]


def _is_empty_gap(counts: Sequence[Field]) -> str:
    """A device that writes 24 hours a day writes zeros for the hour that the spring night leaves out."""
    return " AND ".join(['"~gap"', *(f"({quoted(f.column)} IS NULL OR {f.value} = 0)" for f in counts)])


def _unpivot(
    connection: duckdb.DuckDBPyConnection,
    wide: Path,
    target: Path,
    declared: CounterCsv,
    counters: Sequence[Counter],
) -> None:
    """Write one row of counter_counts for each count of each line.

    A direction column tells the direction; else the count columns do when there are several; else the
    counter's `channels`, and the single count column where these do not.
    """
    single = len(declared.count_columns) == 1
    codes = {channel: counter.code for counter in counters for channel in counter.channels}
    ways = {channel: way for counter in counters for channel, way in counter.channels.items()}
    selects = []
    for rank, (heading, way) in enumerate(declared.count_columns.items()):
        counter, direction, channel_id = literal(counters[0].code), literal(way), []
        if declared.channel_column is not None:
            counter = _case("channel", codes, "channel")
            direction = _case("channel", ways if single else dict.fromkeys(ways, way), "'unknown'")
            channel_id.append("channel")
        if declared.direction_column is not None:
            # Passages of a channel that no counter declares are nobody's: their direction stays unknown.
            known = f"direction IN ('in', 'out', 'both') AND {direction} <> 'unknown'"
            direction = f"CASE WHEN {known} THEN direction ELSE 'unknown' END"
            channel_id.append("direction")
        if not single or not channel_id:
            channel_id.append(literal(heading))
        value = quoted(f"count_{rank}")
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


def _case(column: str, values: Mapping[str, str], otherwise: str) -> str:
    cases = " ".join(f"WHEN {literal(key)} THEN {literal(value)}" for key, value in values.items())
    return f"CASE {column} {cases} ELSE {otherwise} END" if cases else otherwise
