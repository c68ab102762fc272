"""The French national counting schema: three kinds of CSV, told apart by their headings.

Schema: comptage-mobilites (site, channel, measure), read with its three `*.schema.json`.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import duckdb

from sources.catalogue import Context, SourceReading
from sources.counters.rows import cases, finish, more_than_possible, most_of_channels
from sources.reading.clocks import in_range, iso_instant
from sources.reading.delimited import open_delimited
from sources.reading.fields import OTHER, Field, category, constant, literal, number, quoted, text
from sources.reading.heading import HEADING_WITHIN, Heading, plain
from sources.reading.judging import Reading, read_strictly
from sources.reading.rows import REPORTED_AT_MOST, TextRows, connect, with_columns
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.spec import ColumnSpec, SourceSpec, TableSpec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say
from warehouse.words.shapes import typed

MEASURES, CHANNELS, SITES = "measures", "channels", "sites"

HEADINGS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # mandatory, optional
    MEASURES: (("channel_id", "start_datetime", "count"), ("counter_id", "end_datetime")),
    CHANNELS: (
        ("channel_id", "site_id", "started_at"),
        (
            "channel_provider_id", "site_provider_id", "mobility_type", "comment",
            "counter_transmission_type", "publication_transmission_type", "counter_type", "direction",
            "provider_direction_code", "provider_direction_name", "data_provider_name", "temporality",
            "ended_at", "last_updated_at", "time_step", "provider_portal_url",
        ),
    ),
    SITES: (
        ("site_id", "site_name", "xlong", "ylat"),
        ("parent_site_id", "fr_insee_code", "external_ids", "infrastructure_type"),
    ),
}  # fmt: skip

# A month, and the hour of autumn that it may hold more.
LONGEST_SLOT_MICROSECONDS = (31 * 24 + 1) * 3600 * 1_000_000
COMPASS = {point: point.lower() for point in ("N", "NE", "E", "SE", "S", "SW", "W", "NW")}


def read(delivery: Delivery, context: Context, spec: SourceSpec) -> SourceReading:
    """Read a site, channel or measure file; raises RefusedDeliveryError when it is none of them."""
    kind = kind_of(delivery.path, delivery.file_name, context.office.language)
    mandatory, optional = HEADINGS[kind]
    heading = Heading({name: (name,) for name in (*mandatory, *optional)}, frozenset(mandatory))
    table = spec.table(spec.delivery(kind).tables[0])
    with connect(context.work) as connection:
        rows = open_delimited(
            connection,
            delivery.path,
            delivery.file_name,
            heading,
            context.work,
            separator=",",
            language=context.office.language,
        )
        rows, fields = {MEASURES: _measures, CHANNELS: _channels, SITES: _sites}[kind](
            rows, delivery, context.office, table
        )
        reading = read_strictly(
            connection,
            rows,
            [constant("office", delivery.office), constant("delivery_id", delivery.delivery_id), *fields],
            table.all_columns,
            table.key,
            kind,
            context.work,
            keeps_lines=context.keeps_lines,
            language=context.office.language,
        )
        notices = list(reading.notices)
        if kind == MEASURES:
            notices += _undeclared(connection, reading, context.office)
    return finish(reading, table.name, reading.parquet, notices, context.office.language)


def kind_of(path: Path, name: str, language: str) -> str:
    """The kind of a file by the heading, within its first lines, that holds most of a kind's columns.

    Raises RefusedDeliveryError when the file is empty or no line holds two of them.
    """
    with path.open("rb") as stream:
        head = [line.decode("utf-8", errors="replace") for line in islice(stream, HEADING_WITHIN)]
    if not "".join(head).strip("\ufeff \r\n"):
        raise RefusedDeliveryError(say("refused.empty", language, file=name))
    lines = [{plain(c.strip('"\ufeff')) for c in re.split(r"[,;\t|]", line.strip())} for line in head]
    scores = {
        kind: max(len(cells & {*mandatory, *optional}) for cells in lines)
        for kind, (mandatory, optional) in HEADINGS.items()
    }
    best = max(scores, key=lambda kind: scores[kind])
    if scores[best] < 2:
        raise RefusedDeliveryError(say("refused.unknown_file", language, file=name))
    return best


Prepared = tuple[TextRows, list[Field]]


def _measures(rows: TextRows, delivery: Delivery, office: Office, table: TableSpec) -> Prepared:
    counters, directions = {}, {}
    national = [counter for counter in office.counters if counter.format == "national"]
    for counter in national:
        for channel, direction in counter.channels.items():
            counters[channel], directions[channel] = counter.code, direction
    # Each cell is parsed once, below the checks that ask for its value several times.
    rows = with_columns(
        rows,
        {
            "~channel": quoted("channel_id"),
            "~start": iso_instant("start_datetime"),
            "~end": iso_instant("end_datetime"),
            # DuckDB reads 1_000 as a number.
            "~count": "CASE WHEN NOT contains(count, '_') THEN try_cast(count AS DOUBLE) END",
        },
    )
    start = (
        ("missing_value", _when_null("~start", f"{quoted('start_datetime')} IS NULL")),
        ("not_a_date", '"~start" IS NULL'),
        *in_range('"~start"', delivery.received_at),
    )
    end = (
        ("not_a_date", _when_null("~end", f"{quoted('end_datetime')} IS NOT NULL")),
        ("ends_before_it_starts", '"~end" <= "~start"'),
        ("slot_too_long", f'epoch_us("~end") - epoch_us("~start") > {LONGEST_SLOT_MICROSECONDS}'),
    )
    count = (
        ("not_a_number", _when_null("~count", f"{quoted('count')} IS NOT NULL", 'NOT isfinite("~count")')),
        ("negative", '"~count" < 0'),
    )
    passages = Field("passage_count", "count", '"~count"', count)
    # Where the file does not tell the end, the channel's time step does; it is a day at most.
    minutes = """coalesce((epoch_us("~end") - epoch_us("~start")) / 60e6, 1440)"""
    return rows, [
        Field("counter", "channel_id", cases("~channel", counters, '"~channel"')),
        Field("channel_id", "channel_id", '"~channel"', (("missing_value", '"~channel" IS NULL'),)),
        Field("direction", "channel_id", cases("~channel", directions, "'unknown'")),
        Field("start_at", "start_datetime", '"~start"', start),
        Field("end_at", "end_datetime", '"~end"', end),
        more_than_possible(passages, most_of_channels("~channel", national), minutes),
        constant("index_reading", None),
    ]


def _channels(rows: TextRows, delivery: Delivery, office: Office, table: TableSpec) -> Prepared:
    return rows, [
        text("channel_id", "channel_id", required=True),
        text("site_id", "site_id", required=True),
        _several(table.all_columns["mobility_type"]),
        _several(table.all_columns["counter_type"]),
        category("direction", "direction", COMPASS),
        category("provider_direction_code", "provider_direction_code", {"IN": "in", "OUT": "out"}),
        text("provider_direction_name", "provider_direction_name"),
        category("temporality", "temporality", {"TEMPORARY": "temporary", "PERMANENT": "permanent"}),
        _service_instant("started_at", required=True),
        _service_instant("ended_at"),
        _service_instant("last_updated_at"),
        number("time_step", "time_step", "BIGINT", decimal="."),
    ]


def _sites(rows: TextRows, delivery: Delivery, office: Office, table: TableSpec) -> Prepared:
    kinds = {kind: kind for kind in table.all_columns["infrastructure_type"].categories}
    return rows, [
        text("site_id", "site_id", required=True),
        text("parent_site_id", "parent_site_id"),
        text("site_name", "site_name", required=True),
        text("municipality_code", "fr_insee_code"),
        number("longitude", "xlong", "DOUBLE", decimal=".", required=True, negative=True),
        number("latitude", "ylat", "DOUBLE", decimal=".", required=True, negative=True),
        category("infrastructure_type", "infrastructure_type", kinds),
    ]


def _when_null(value: str, condition: str, otherwise: str = "false") -> str:
    """A condition on the text of a cell, looked at only where the value parsed from it is NULL."""
    return f'CASE WHEN "{value}" IS NULL THEN {condition} ELSE {otherwise} END'


def _service_instant(name: str, *, required: bool = False) -> Field:
    value = iso_instant(name)
    checks = [("not_a_date", f"{quoted(name)} IS NOT NULL AND {quoted('=' + name)} IS NULL")]
    if required:
        checks.insert(0, ("missing_value", f"{quoted(name)} IS NULL"))
    return Field(name, name, value, tuple(checks))


def _several(column: ColumnSpec) -> Field:
    """Several values in one cell, apart by commas; a new one is loaded as `other`, and its cell reported."""
    name, listed = column.name, ", ".join(literal(value) for value in column.categories)
    values = f"list_transform(string_split({quoted(name)}, ','), lambda x: trim(x))"
    known = f"list_transform({values}, lambda x: CASE WHEN x IN ({listed}) THEN x ELSE {literal(OTHER)} END)"
    unknown = f"len(list_filter({values}, lambda x: x NOT IN ({listed}))) > 0"
    return Field(name, name, f"array_to_string({known}, ',')", unknown=unknown)


def _undeclared(connection: duckdb.DuckDBPyConnection, reading: Reading, office: Office) -> list[str]:
    """One notice of the channels that no counter declares, with their rows."""
    found = connection.execute(
        f"""SELECT channel_id, count(*) FROM read_parquet({literal(str(reading.parquet))})
            WHERE direction = 'unknown' GROUP BY ALL ORDER BY 2 DESC, 1"""
    ).fetchall()
    if not found:
        return []
    listed = ", ".join(f"{typed(channel)} ({count})" for channel, count in found[:REPORTED_AT_MOST])
    more = ", …" if len(found) > REPORTED_AT_MOST else ""
    return [say("notice.undeclared_channels", office.language, channels=listed + more)]
