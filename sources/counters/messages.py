"""Messages of counters that push (MQTT), as the subscriber leaves them: NDJSON, one message a line.

A message may hold several counts (entries and exits): it is judged as a whole, and each count becomes a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from sources.catalogue import Context, SourceReading
from sources.counters.rows import finish, more_than_possible
from sources.reading.clocks import in_range, iso_instant
from sources.reading.fields import Field, bounded, constant, literal, number, quoted
from sources.reading.judging import Filter, read_strictly
from sources.reading.rows import REPORTED_AT_MOST, LineNumbers, TextRows, connect, with_columns
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.office.subjects.counters import Counter
from warehouse.spec import SourceSpec, TableSpec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say
from warehouse.words.shapes import typed

KIND = "messages"
SHOWN = 80  # characters of a message that a quarantined row shows
# An instant this near to the edge of a slot is that edge: networks are late by seconds, and an hour whose
# message is late must not look like the next one.
NEAR_SECONDS = 60
# Network servers tell the instant by their own clocks, and what they send may be read within seconds.
CLOCK_TOLERANCE = timedelta(minutes=1)
NEAR_SHARE = 0.1


@dataclass(frozen=True)
class CounterMessage:
    """A message as it came. `packet_id` tells a redelivered one from another of the same content."""

    topic: str
    payload: bytes
    received_at: datetime
    packet_id: int
    is_retained: bool


def line_of(message: CounterMessage) -> bytes:
    """The message as a line of NDJSON in ASCII; bytes that are not UTF-8 stay told apart (surrogates)."""
    content = {
        "topic": message.topic,
        "received_at": message.received_at.astimezone(UTC).isoformat(),
        "packet_id": message.packet_id,
        "is_retained": message.is_retained,
        "payload": message.payload.decode("utf-8", "surrogateescape"),
    }
    return json.dumps(content).encode("ascii") + b"\n"


def read(delivery: Delivery, context: Context, spec: SourceSpec) -> SourceReading:
    """Read a file of messages; raises RefusedDeliveryError when it is empty or not UTF-8."""
    language = context.office.language
    lines = _lines(delivery, language)
    with connect(context.work) as connection:
        topics = _open(connection, list(lines.values()))
        heard = {topic: _hearing(topic, context.office) for topic in topics}
        width = _declare(connection, heard)
        rows = TextRows(
            name=delivery.file_name,
            source="messages",
            first_pass="messages",
            size_bytes=delivery.path.stat().st_size,
            headings=_headings(heard.values()),
            unknown_columns=(),
            lines=LineNumbers(known=list(lines), language=language),
            language=language,
        )
        (table,) = (spec.table(name) for name in spec.delivery(KIND).tables)
        counts = [_count(rank, table) for rank in range(width)]
        reading = read_strictly(
            connection,
            _timed(rows),
            [
                constant("office", delivery.office),
                constant("delivery_id", delivery.delivery_id),
                Field("topic", "message", quoted("topic"), (("not_json", '"topic" IS NULL'),)),
                Field("counter", "payload", '"~counter"', (("not_json", '"~json" IS NULL'),)),
                _start(delivery.received_at),
                *counts,
            ],
            {
                **table.all_columns,
                "topic": "VARCHAR",
                **{field.name: "DOUBLE" for field in counts},
            },
            ["topic", "start_at"],
            KIND,
            context.work,
            filters=[
                Filter("undeclared_topic", '"topic" IS NOT NULL AND "~counter" IS NULL'),
                # The broker repeats a retained message to whoever subscribes: without an instant of its own
                # nobody can tell it from a new one.
                Filter("retained_message", '"~is_retained" AND "~instant" IS NULL'),
            ],
            language=language,
        )
        parquet = context.work / "counter_counts.parquet"
        _unpivot(connection, reading.parquet, parquet, width)
    return finish(reading, table.name, parquet, [*reading.notices, *_undeclared(heard, language)], language)


# --- opening ---------------------------------------------------------------------------------------------


def _lines(delivery: Delivery, language: str) -> dict[int, str]:
    """The lines that are not blank, by their number."""
    content = delivery.path.read_bytes()
    if not content.strip():
        raise RefusedDeliveryError(say("refused.empty", language, file=delivery.file_name))
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RefusedDeliveryError(
            say("refused.encoding", language, file=delivery.file_name, encoding="utf-8", line=line)
        ) from error
    return {rank: line for rank, line in enumerate(text.split("\n"), 1) if line.strip()}


def _open(connection: duckdb.DuckDBPyConnection, lines: Sequence[str]) -> list[str]:
    """Make the table `opened` of what the envelope of each message says; returns the topics."""
    content = pa.table({"rank": range(len(lines)), "line": pa.array(lines, pa.string())})
    connection.register("lines", content)
    connection.execute(
        f"""CREATE TEMP TABLE opened AS
            SELECT rank, line, topic, received_at, is_retained, payload, try_cast(payload AS JSON) AS json
            FROM (SELECT rank, left(line, {SHOWN}) AS line,
                         CASE WHEN json_type(envelope, '/topic') = 'VARCHAR'
                              THEN json_extract_string(envelope, '/topic') END AS topic,
                         json_extract_string(envelope, '/received_at') AS received_at,
                         coalesce(json_extract_string(envelope, '/is_retained') = 'true', false)
                             AS is_retained,
                         json_extract_string(envelope, '/payload') AS payload
                  FROM (SELECT rank, line, try_cast(line AS JSON) AS envelope FROM lines))"""
    )
    found = connection.execute("SELECT DISTINCT topic FROM opened WHERE topic IS NOT NULL ORDER BY topic")
    return [row[0] for row in found.fetchall()]


def _hearing(topic: str, office: Office) -> Counter | None:
    """The counter that declares the topic; two never do (warehouse.office.subjects.counters)."""
    return next((c for c in office.counters if c.mqtt is not None and c.mqtt.may_hear(topic)), None)


def _declare(connection: duckdb.DuckDBPyConnection, heard: Mapping[str, Counter | None]) -> int:
    """Make `declared`, what office.yml says of each topic, and `messages`, its fields as text.

    Returns the number of count columns, which is that of the counter with the most counts.
    """
    known = [(topic, c, c.mqtt) for topic, c in heard.items() if c is not None and c.mqtt is not None]
    width = max((len(mqtt.counts) for *_, mqtt in known), default=1)
    ranks = range(width)
    text, whole = pa.string(), pa.int64()
    schema = pa.schema(
        [("topic", text), ("counter", text), ("minutes", whole), ("most", whole), ("is_index", pa.bool_())]
        + [("instant", text)]
        + [(f"{name}_{rank}", text) for rank in ranks for name in ("path", "pointer", "way")]
    )
    content = []
    for topic, counter, mqtt in known:
        row = {
            "topic": topic,
            "counter": counter.code,
            "minutes": mqtt.minutes,
            "most": None if counter.is_index else counter.most_per_hour,
            "is_index": mqtt.values == "index",
            "instant": _pointer(mqtt.instant) if mqtt.instant else None,
        }
        for rank, (path, way) in enumerate(mqtt.counts.items()):
            row |= {f"path_{rank}": path, f"pointer_{rank}": _pointer(path), f"way_{rank}": way}
        content.append(row)
    connection.register("declared_rows", pa.Table.from_pylist(content, schema=schema))
    connection.execute("CREATE TEMP TABLE declared AS SELECT * FROM declared_rows")
    counts = "".join(f""", json_extract_string(json, pointer_{n}) AS count_{n}""" for n in ranks)
    wanted = "".join(f""", way_{n} IS NOT NULL AS "~wants_{n}\"""" for n in ranks)
    connection.execute(
        f"""CREATE TEMP TABLE messages AS
            SELECT line AS message, opened.topic, left(payload, {SHOWN}) AS payload,
                   CASE WHEN instant IS NULL THEN received_at ELSE json_extract_string(json, instant) END
                       AS moment,
                   counter AS "~counter", minutes AS "~minutes", most AS "~most",
                   is_index AS "~is_index",
                   instant AS "~instant", is_retained AS "~is_retained", json AS "~json" {counts} {wanted}
            FROM opened LEFT JOIN declared ON opened.topic = declared.topic ORDER BY rank"""
    )
    return width


def _pointer(path: str) -> str:
    """A dotted path as a JSON pointer (RFC 6901), in which a number is a key or a place in a list."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path.split("."))


def _headings(heard: Iterable[Counter | None]) -> dict[str, str]:
    """What messages call each column: the paths that counters declare for it."""
    names: dict[str, set[str]] = {}
    for counter in heard:
        if counter is not None and counter.mqtt is not None:
            names.setdefault("moment", set()).add(counter.mqtt.instant or "received_at")
            for rank, path in enumerate(counter.mqtt.counts):
                names.setdefault(f"count_{rank}", set()).add(path)
    return {column: ", ".join(sorted(paths)) for column, paths in names.items()}


# --- judging ---------------------------------------------------------------------------------------------


def _timed(rows: TextRows) -> TextRows:
    """The rows with their instant `~at`, and the start of the slot that it ends, `~start`."""
    rows = with_columns(rows, {"~at": _instant("moment")})
    # Far away instants overflow; they are refused for what they are.
    usual = "\"~at\" BETWEEN TIMESTAMP '1900-01-01' AND TIMESTAMP '2200-01-01'"
    slot = '("~minutes" * 60000000)'
    edge = f'round(epoch_us("~at") / {slot})::BIGINT * {slot}'
    rows = with_columns(rows, {"~edge": f"CASE WHEN {usual} THEN make_timestamp({edge}) END"})
    near = f'least({NEAR_SECONDS}, {NEAR_SHARE} * 60 * "~minutes") * 1000000'
    is_near = f'abs(epoch_us("~at") - epoch_us("~edge")) <= {near}'
    rows = with_columns(rows, {"~told": f'CASE WHEN {is_near} THEN "~edge" ELSE "~at" END'})
    # A count is told at the end of its slot; a reading of an index begins the slot up to the next one.
    start = 'CASE WHEN "~is_index" THEN "~told" ELSE "~told" - to_minutes("~minutes") END'
    return with_columns(rows, {"~start": f"CASE WHEN {usual} THEN {start} END"})


def _instant(column: str) -> str:
    """SQL of the instant (naive UTC) in an epoch, seconds or milliseconds, or ISO 8601 with an offset."""
    text = quoted(column)
    return f"""CASE WHEN regexp_full_match({text}, '\\d{{1,11}}(\\.\\d+)?')
                    THEN make_timestamp(try_cast(round(try_cast({text} AS DOUBLE) * 1000000) AS BIGINT))
                    WHEN regexp_full_match({text}, '\\d{{12,14}}')
                    THEN make_timestamp(try_cast({text} AS BIGINT) * 1000)
                    ELSE {iso_instant(column)} END"""


def _start(received_at: datetime) -> Field:
    checks = (
        ("missing_value", f"{quoted('moment')} IS NULL"),
        ("not_a_date", '"~at" IS NULL'),
        *in_range('"~at"', received_at + CLOCK_TOLERANCE),
    )
    return Field("start_at", "moment", '"~start"', checks)


def _count(rank: int, table: TableSpec) -> Field:
    field = number(f"count_{rank}", f"count_{rank}", "DOUBLE", decimal=".")
    checks = (
        ("missing_value", f'"~wants_{rank}" AND {quoted(field.column)} IS NULL'),
        *field.checks,
        ("not_a_number", f'"~is_index" AND {field.value} <> floor({field.value})'),
    )
    field = replace(field, checks=checks)
    for column, where in (("passage_count", 'NOT "~is_index"'), ("index_reading", '"~is_index"')):
        bounds = table.all_columns[column].bounds
        field = bounded(field, bounds, where) if bounds is not None else field
    return more_than_possible(field, '"~most"', '"~minutes"')


def _unpivot(connection: duckdb.DuckDBPyConnection, wide: Path, target: Path, width: int) -> None:
    """Write one row of counter_counts for each count of each message."""
    selects = [
        f"""SELECT office, delivery_id, good.counter, good.topic || '/' || path_{n} AS channel_id,
                   way_{n} AS direction, start_at, start_at + to_minutes(minutes) AS end_at,
                   CASE WHEN NOT is_index THEN count_{n} END AS passage_count,
                   CASE WHEN is_index THEN CAST(count_{n} AS BIGINT) END AS index_reading
            FROM read_parquet({literal(str(wide))}) AS good JOIN declared ON good.topic = declared.topic
            WHERE way_{n} IS NOT NULL"""
        for n in range(width)
    ]
    connection.execute(
        f"""COPY ({" UNION ALL ".join(selects)})
            TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)"""
    )


def _undeclared(heard: Mapping[str, Counter | None], language: str) -> list[str]:
    """One notice of the topics that no counter declares."""
    topics = [topic for topic, counter in heard.items() if counter is None]
    if not topics:
        return []
    more = ", …" if len(topics) > REPORTED_AT_MOST else ""
    listed = ", ".join(typed(topic[:SHOWN]) for topic in topics[:REPORTED_AT_MOST])
    return [say("notice.undeclared_topics", language, topics=listed + more)]
