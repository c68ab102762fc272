"""Messages of counters that push: every way in which network servers write them, and what bad input gets."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.night.ingesting import read_and_load, receive
from sources.counters.messages import CounterMessage, line_of
from tests.refusals import refused
from tests.sources.counters.reading import Result, read_text, with_counters
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain

NAME = "mqtt-20250714T080100000000Z.ndjson"
CAME = datetime(2025, 7, 14, 8, 0, 4, tzinfo=UTC)
TOPIC = "v3/office@ttn/devices/door/up"
THINGS_STACK: dict[str, Any] = {
    "topic": "v3/office@ttn/devices/+/up",
    "instant": "received_at",
    "counts": {"uplink_message.decoded_payload.in": "in", "uplink_message.decoded_payload.out": "out"},
    "minutes": 15,
}
CHIRPSTACK: dict[str, Any] = {
    "topic": "application/7/device/+/event/up",
    "instant": "time",
    "counts": {"object.counters.0.total": "both"},
    "values": "index",
    "index_modulus": 65536,
}


def pushing(office: Office, *declared: Mapping[str, Any]) -> Office:
    """The office with counters `door`, `gate` that push as declared."""
    counters = [
        {"code": code, "format": "mqtt", "mqtt": mqtt}
        for code, mqtt in zip(("door", "gate"), declared, strict=False)
    ]
    content = office.model_dump(mode="json")
    content["systems"]["mqtt"] = {"host": "broker.example.org"}
    return with_counters(Office.model_validate(content), counters)


def uplink(received_at: object, **counts: object) -> dict[str, Any]:
    """A payload of The Things Stack."""
    return {
        "end_device_ids": {"device_id": "door"},
        "received_at": received_at,
        "uplink_message": {"f_port": 2, "decoded_payload": counts},
    }


def line(payload: object, topic: str = TOPIC, **more: Any) -> str:
    """A line of the file; what is not text becomes JSON."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return line_of(
        CounterMessage(
            topic, text.encode(), **{"received_at": CAME, "packet_id": 1, "is_retained": False, **more}
        )
    ).decode()


def told(result: Result) -> list[tuple[str, str, float | None]]:
    return [(f"{r['start_at']:%H:%M:%S}", r["direction"], r["passage_count"]) for r in result.rows]


def test_the_things_stack(office: Office, tmp_path: Path) -> None:
    text = line(uplink("2025-07-14T08:00:01.123456789Z", **{"in": 12, "out": 11}))
    result = read_text(text, pushing(office, THINGS_STACK), tmp_path, NAME)
    assert result.sums == (1, 1, 0, 0, 0)
    assert told(result) == [("07:45:00", "in", 12), ("07:45:00", "out", 11)]
    assert [row["counter"] for row in result.rows] == ["door", "door"]
    assert result.rows[0]["channel_id"] == f"{TOPIC}/uplink_message.decoded_payload.in"
    assert f"{result.rows[0]['end_at']:%H:%M}" == "08:00"


def test_chirpstack_with_an_index_in_a_list(office: Office, tmp_path: Path) -> None:
    payload = {"time": "2025-07-14T10:00:02+02:00", "object": {"counters": [{"total": 65530}]}}
    topic = "application/7/device/a84041/event/up"
    result = read_text(line(payload, topic), pushing(office, CHIRPSTACK), tmp_path, NAME)
    (row,) = result.rows
    assert (row["index_reading"], row["passage_count"], row["direction"]) == (65530, None, "both")
    # A reading of an index begins the slot up to the next one.
    assert (f"{row['start_at']:%H:%M:%S}", f"{row['end_at']:%H:%M}") == ("08:00:00", "09:00")


@pytest.mark.parametrize(
    "written",
    [
        "2025-07-14T08:00:00Z",
        "2025-07-14T10:00:00+02:00",
        1752480000,
        1752480000.0,
        1752480000123,
        "1752480000",
    ],
)
def test_an_instant_is_iso_with_an_offset_or_an_epoch(
    office: Office, tmp_path: Path, written: object
) -> None:
    text = line(uplink(written, **{"in": 1, "out": 1}))
    result = read_text(text, pushing(office, THINGS_STACK), tmp_path, NAME)
    assert told(result)[0][0] == "07:45:00"


def test_more_than_a_place_can_see_in_its_slot_is_quarantined(office: Office, tmp_path: Path) -> None:
    lines = [
        uplink(f"2025-07-14T0{hour}:00:00Z", **{"in": count, "out": 0})
        for hour, count in ((7, 5000), (8, 5001))
    ]
    result = read_text("".join(map(line, lines)), pushing(office, THINGS_STACK), tmp_path, NAME)
    assert [(row, rule) for row, _, rule in result.quarantined] == [(2, "more_than_possible")]


def test_without_an_instant_the_arrival_counts(office: Office, tmp_path: Path) -> None:
    declared = {"topic": "door/counts", "counts": {"in": "in"}, "minutes": 60}
    result = read_text(line({"in": 3}, "door/counts"), pushing(office, declared), tmp_path, NAME)
    assert told(result) == [("07:00:00", "in", 3)]


@pytest.mark.parametrize(
    ("came", "start"),
    [
        ("07:59:30", "07:45:00"),
        ("08:00:59", "07:45:00"),
        ("08:01:01", "07:46:01"),  # a device whose slots begin at other minutes keeps them
        ("08:07:30", "07:52:30"),
    ],
)
def test_an_instant_near_the_edge_of_a_slot_is_that_edge(
    office: Office, tmp_path: Path, came: str, start: str
) -> None:
    text = line(uplink(f"2025-07-14T{came}Z", **{"in": 1, "out": 1}))
    result = read_text(text, pushing(office, THINGS_STACK), tmp_path, NAME)
    assert told(result)[0][0] == start


@pytest.mark.parametrize(("came", "loaded"), [("01:30:59", 1), ("01:31:01", 0)])
def test_a_clock_that_is_ahead_by_seconds_is_believed(
    office: Office, tmp_path: Path, came: str, loaded: int
) -> None:
    text = line(uplink(f"2026-01-05T{came}Z", **{"in": 1, "out": 1}))  # read as of 01:30
    result = read_text(text, pushing(office, THINGS_STACK), tmp_path, NAME)
    assert result.sums == (1, loaded, 1 - loaded, 0, 0)


def test_a_redelivered_message_is_a_duplicate_and_a_contradiction_is_quarantined(
    office: Office, tmp_path: Path
) -> None:
    first = uplink("2025-07-14T08:00:01Z", **{"in": 12, "out": 11})
    text = (
        line(first) + line(first, packet_id=9) + line(uplink("2025-07-14T08:00:01Z", **{"in": 13, "out": 11}))
    )
    result = read_text(text, pushing(office, THINGS_STACK), tmp_path, NAME)
    assert result.sums == (3, 1, 1, 1, 0)
    assert [rule for *_, rule in result.quarantined] == ["conflicting_key"]


def test_a_topic_that_no_counter_declares_is_filtered_and_named(office: Office, tmp_path: Path) -> None:
    text = line({"x": 1}, "meteo/rain") + line("garbage", "meteo/rain")
    result = read_text(text, pushing(office, THINGS_STACK), tmp_path, NAME)
    assert result.sums == (2, 0, 0, 0, 2)
    assert "undeclared_topic 2" in plain(result.account.message)
    assert "meteo/rain" in plain(result.account.message)


def test_a_retained_message_counts_only_when_it_tells_its_instant(office: Office, tmp_path: Path) -> None:
    bare = {"topic": "gate/counts", "counts": {"in": "in"}}
    office = pushing(office, THINGS_STACK, bare)
    text = line({"in": 3}, "gate/counts", is_retained=True)
    text += line(uplink("2025-07-14T08:00:01Z", **{"in": 1, "out": 1}), is_retained=True)
    result = read_text(text, office, tmp_path, NAME)
    assert result.sums == (2, 1, 0, 0, 1)
    assert "retained_message 1" in plain(result.account.message)


def test_several_counters_are_read_from_one_file_each_by_its_own_paths(
    office: Office, tmp_path: Path
) -> None:
    office = pushing(office, THINGS_STACK, CHIRPSTACK)
    gate = {"time": "2025-07-14T08:00:00Z", "object": {"counters": [{"total": 7}]}}
    text = line(gate, "application/7/device/g/event/up")
    text += line(uplink("2025-07-14T08:00:01Z", **{"in": 12, "out": 11}))
    result = read_text(text, office, tmp_path, NAME)
    found = {(row["counter"], row["passage_count"], row["index_reading"]) for row in result.rows}
    assert found == {("gate", None, 7), ("door", 12, None), ("door", 11, None)}


def test_faults_are_quarantined_with_line_path_and_rule(office: Office, tmp_path: Path) -> None:
    good = {"in": 1, "out": 1}
    payloads: list[object] = [
        "no JSON",
        uplink("2025-07-14T08:15:00Z", **{"in": 1}),
        uplink("2025-07-14T08:15:00Z", **{"in": -1, "out": 1}),
        uplink("2025-07-14T08:15:00Z", **{"in": True, "out": 1}),
        uplink("2025-07-14T08:15:00Z", **{"in": [1], "out": 1}),
        uplink("2025-07-14T08:15:00", **good),
        uplink("1970-01-01T00:10:00Z", **good),
        uplink("2038-01-01T00:00:00Z", **good),
        uplink(None, **good),
        [1, 2],
    ]
    text = "".join(map(line, payloads)) + '{"topic": "v3/off\n'
    result = read_text(text, pushing(office, THINGS_STACK), tmp_path, NAME)
    first, second = THINGS_STACK["counts"]
    assert result.quarantined == [
        (1, "payload", "not_json"),
        (2, second, "missing_value"),
        (3, first, "negative"),
        (4, first, "not_a_number"),
        (5, first, "not_a_number"),
        (6, "received_at", "not_a_date"),
        (7, "received_at", "date_too_early"),
        (8, "received_at", "date_in_the_future"),
        (9, "received_at", "missing_value"),
        (10, "received_at", "missing_value"),
        (11, "message", "not_json"),
    ]


@pytest.mark.parametrize(
    ("total", "rule"), [(7.5, "not_a_number"), (2**53 + 2, "out_of_bounds"), (1e300, "not_a_number")]
)
def test_an_index_is_a_whole_number_of_a_believable_size(
    office: Office, tmp_path: Path, total: float, rule: str
) -> None:
    payload = {"time": "2025-07-14T08:00:00Z", "object": {"counters": [{"total": total}]}}
    text = line(payload, "application/7/device/g/event/up")
    result = read_text(text, pushing(office, CHIRPSTACK), tmp_path, NAME)
    assert [found for *_, found in result.quarantined] == [rule]


def test_bytes_that_are_no_text_are_kept_apart_and_quarantined(office: Office, tmp_path: Path) -> None:
    kept = line_of(CounterMessage(TOPIC, b"\xff\x00\xfe", CAME, 1, False))
    assert json.loads(kept)["payload"].encode("utf-8", "surrogateescape") == b"\xff\x00\xfe"
    result = read_text(kept, pushing(office, THINGS_STACK), tmp_path, NAME)
    assert [rule for *_, rule in result.quarantined] == ["not_json"]


@pytest.mark.parametrize(("content", "told"), [(b"", "vide"), (b" \n\n", "vide"), (b"{}\n\xff\n", "ligne 2")])
def test_a_file_that_is_empty_or_no_text_is_refused(
    office: Office, tmp_path: Path, content: bytes, told: str
) -> None:
    with refused(told):
        read_text(content, pushing(office, THINGS_STACK), tmp_path, NAME)


def test_messages_go_from_the_inbox_to_the_raw_table(home: Home, office: Office, as_of: datetime) -> None:
    office = pushing(office, THINGS_STACK)
    folder = home.inbox / "counters"
    folder.mkdir(parents=True)
    (folder / NAME).write_text(line(uplink("2025-07-14T08:00:01Z", **{"in": 12, "out": 11})))
    os.utime(folder / NAME, (1_750_000_000, 1_750_000_000))
    receive(home, office, "counters", as_of)
    assert read_and_load(home, office, "counters", as_of).new == [NAME]
    with duckdb.connect(str(home.database)) as connection:
        found = connection.execute("SELECT sum(passage_count) FROM raw.counter_counts").fetchone()
        kinds = connection.execute("SELECT kind, rows_loaded FROM quality.load").fetchall()
    assert found == (23,)
    assert kinds == [("messages", 1)]


# --- wild payloads ---------------------------------------------------------------------------------------

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["2025-07-14T08:00:00Z", "infinity", "-infinityZ", "294247-01-10T04:00:54Z", "0", "1e999"]
    )
    | st.sampled_from([0, 1, 2**63, 2**64, 1752480000, 10**13, 10**400])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
UPLINKS = st.builds(
    lambda at, one, other: json.dumps(uplink(at, **{"in": one, "out": other})), VALUES, VALUES, VALUES
)
READINGS = st.builds(
    lambda at, total: json.dumps({"time": at, "object": {"counters": [{"total": total}]}}), VALUES, VALUES
)
PAYLOADS = UPLINKS | READINGS | VALUES.map(json.dumps) | st.text(max_size=30)
TOPICS = st.sampled_from([TOPIC, "application/7/device/g/event/up", "bare", "other", "", "\x00", "+"])
ENVELOPES = st.builds(
    lambda payload, topic, received_at, is_retained: json.dumps(
        {"topic": topic, "received_at": received_at, "is_retained": is_retained, "payload": payload}
    ),
    PAYLOADS, TOPICS, st.just(CAME.isoformat()) | VALUES, st.booleans() | VALUES,
)  # fmt: skip
LINES = (
    ENVELOPES
    | ENVELOPES.map(lambda text: text[: len(text) // 2])
    | VALUES.map(json.dumps)
    | st.text(max_size=20)
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=12))
def test_whatever_the_messages_hold_every_line_is_accounted_for(
    office: Office, tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    bare = {"topic": "bare", "counts": {"in": "in", "out": "out", "x": "both"}}
    content = office.model_dump(mode="json")
    content["systems"]["mqtt"] = {"host": "broker.example.org"}
    counters = [
        {"code": code, "format": "mqtt", "mqtt": mqtt}
        for code, mqtt in (("door", THINGS_STACK), ("gate", CHIRPSTACK), ("bare", bare))
    ]
    pushed = with_counters(Office.model_validate(content), counters)
    text = "\n".join(lines)
    encoded = text.encode("utf-8", "surrogatepass")
    try:
        encoded.decode("utf-8")
    except UnicodeDecodeError:
        return
    kept = [part for part in text.split("\n") if part.strip()]
    if not encoded.strip():
        return
    result = read_text(encoded, pushed, tmp_path_factory.mktemp("wild"), NAME)
    assert result.account.rows_read == len(kept)
    assert all(row["passage_count"] is None or row["passage_count"] >= 0 for row in result.rows)
