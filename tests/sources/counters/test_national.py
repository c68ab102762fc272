"""The national counting schema: its three kinds of file, and what bad input gets."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from sources.reading import clocks
from tests.refusals import refused
from tests.sources.counters.reading import read_text, with_counters
from warehouse.office.model import Office
from warehouse.words.shapes import plain

HEAD = "channel_id,counter_id,start_datetime,end_datetime,count\n"


@pytest.fixture
def national(office: Office) -> Office:
    """An office whose counter `path` has the channels c1 (in) and c2 (out)."""
    return with_counters(
        office, [{"code": "path", "format": "national", "channels": {"c1": "in", "c2": "out"}}]
    )


def test_measures_are_bound_to_the_counter_of_their_channel(national: Office, tmp_path: Path) -> None:
    text = HEAD + (
        "c1,X,2022-01-01T00:00:00+01:00,2022-01-02T00:00:00+01:00,12\n"
        "c2,X,2021-09-07T13:15:00Z,2021-09-07T13:30:00Z,2.5\n"
    )
    result = read_text(text, national, tmp_path, "export.csv")
    assert result.sums == (2, 2, 0, 0, 0)
    told = [
        (
            r["counter"],
            r["channel_id"],
            r["direction"],
            str(r["start_at"]),
            str(r["end_at"]),
            r["passage_count"],
        )
        for r in result.rows
    ]
    assert told == [
        ("path", "c1", "in", "2021-12-31 23:00:00", "2022-01-01 23:00:00", 12.0),
        ("path", "c2", "out", "2021-09-07 13:15:00", "2021-09-07 13:30:00", 2.5),
    ]


def test_an_empty_count_is_no_counting_and_an_empty_end_stays_open(national: Office, tmp_path: Path) -> None:
    result = read_text(HEAD + "c1,,2022-01-01T00:00:00Z,,\n", national, tmp_path)
    assert result.sums == (1, 1, 0, 0, 0)
    assert (result.rows[0]["end_at"], result.rows[0]["passage_count"]) == (None, None)


def test_an_undeclared_channel_is_loaded_apart_and_reported_once(national: Office, tmp_path: Path) -> None:
    lines = "".join(f"c9,,2022-01-01T0{hour}:00:00Z,,1\n" for hour in range(3))
    result = read_text(HEAD + lines, national, tmp_path)
    assert {(r["counter"], r["channel_id"], r["direction"]) for r in result.rows} == {("c9", "c9", "unknown")}
    assert plain(result.account.message).count("c9 (3)") == 1


@pytest.mark.parametrize(
    ("line", "column", "rule"),
    [
        (",,2022-01-01T00:00:00Z,,1", "channel_id", "missing_value"),
        ("c1,,,,1", "start_datetime", "missing_value"),
        ("c1,,2022-01-01T00:00:00,,1", "start_datetime", "not_a_date"),
        ("c1,,01/01/2022,,1", "start_datetime", "not_a_date"),
        ("c1,,1970-01-01T00:00:00Z,,1", "start_datetime", "date_too_early"),
        ("c1,,2026-01-06T00:00:00Z,,1", "start_datetime", "date_in_the_future"),
        ("c1,,2022-01-01T00:00:00Z,soon,1", "end_datetime", "not_a_date"),
        ("c1,,2022-01-01T00:00:00Z,2021-01-01T00:00:00Z,1", "end_datetime", "ends_before_it_starts"),
        ("c1,,2022-01-01T00:00:00Z,,-1", "count", "negative"),
        ("c1,,2022-01-01T00:00:00Z,,many", "count", "not_a_number"),
        ("c1,,2022-01-01T00:00:00Z,,nan", "count", "not_a_number"),
        ("c1,,2022-01-01T00:00:00Z,,1_000", "count", "not_a_number"),
    ],
)
def test_a_faulty_measure_is_quarantined(
    national: Office, tmp_path: Path, line: str, column: str, rule: str
) -> None:
    good = "c1,,2023-01-01T00:00:00-05:00,,1\n"
    result = read_text(HEAD + good + line + "\n", national, tmp_path)
    assert result.quarantined == [(3, column, rule)]
    assert str(result.rows[0]["start_at"]) == "2023-01-01 05:00:00"


def test_repeated_and_contradicting_measures_are_told_apart(national: Office, tmp_path: Path) -> None:
    text = HEAD + (
        "c1,,2022-01-01T00:00:00Z,,1\n"
        "c1,,2022-01-01T01:00:00+01:00,,1.0\n"  # the same instant
        "c1,,2022-01-01T00:00:00Z,,2\n"
        "c2,,2022-01-01T00:00:00Z,,2\n"
    )
    assert read_text(text, national, tmp_path).sums == (4, 2, 1, 1, 0)


def test_channels_keep_several_mobility_types_and_drop_the_comment(national: Office, tmp_path: Path) -> None:
    text = (
        "channel_id,site_id,mobility_type,comment,direction,provider_direction_code,started_at,time_step\n"
        'c1,s1,"E-SCOOTER,PEDESTRIAN",call Anne,SW,IN,2020-06-22T10:00:00Z,900\n'
        'c2,s1,"CAMEL,PEDESTRIAN",,SW,SIDEWAYS,2020-06-22T10:00:00Z,\n'
        "c3,s1,BIKE,,,,,900\n"
    )
    result = read_text(text, national, tmp_path)
    assert result.sums == (3, 2, 1, 0, 0)
    assert result.quarantined == [(4, "started_at", "missing_value")]
    first = result.rows[0]
    assert (first["mobility_type"], first["direction"], first["provider_direction_code"]) == (
        "E-SCOOTER,PEDESTRIAN", "sw", "in",
    )  # fmt: skip
    assert [row["time_step"] for row in result.rows] == [900, None]
    strange = result.rows[1]
    assert (strange["mobility_type"], strange["provider_direction_code"]) == ("other,PEDESTRIAN", "other")
    assert not any("Anne" in str(value) for value in first.values())
    assert "« CAMEL,PEDESTRIAN » (1)" in plain(result.account.message)
    assert "« SIDEWAYS » (1)" in plain(result.account.message)


def test_sites_are_read_with_their_coordinates(national: Office, tmp_path: Path) -> None:
    text = "site_id,site_name,fr_insee_code,xlong,ylat\nC01,Baix,72010,1.452323,46.59698\nC02,Here,,x,1\n"
    result = read_text(text, national, tmp_path)
    assert result.sums == (2, 1, 1, 0, 0)
    row = result.rows[0]
    assert (row["municipality_code"], row["longitude"], row["latitude"]) == ("72010", 1.452323, 46.59698)


def test_a_measure_file_with_a_mark_crlf_and_a_title_is_read(national: Office, tmp_path: Path) -> None:
    text = "Export du 1er mars\r\n" + HEAD.replace("\n", "\r\n") + "c1,,2022-01-01T00:00:00Z,,1\r\n"
    assert read_text(text.encode("utf-8-sig"), national, tmp_path).sums == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "vide"),
        (b"a,b,c\n1,2,3\n", "aucun fichier attendu"),
        (b"channel_id,counter_id,end_datetime,count\nc1,,,1\n", "« start_datetime »"),
        (HEAD.replace(",", ";").encode(), "';'"),
        (HEAD.encode() + "c\xe9,,2022-01-01T00:00:00Z,,1\n".encode("cp1252"), "utf-8"),
        (b"PK\x03\x04" + bytes(range(256)), "aucun fichier attendu"),
    ],
    ids=["empty", "stranger", "missing column", "separator", "encoding", "binary"],
)
def test_a_file_that_is_not_the_schema_is_refused_whole(
    national: Office, tmp_path: Path, content: bytes, told: str
) -> None:
    with refused(told):
        read_text(content, national, tmp_path)


def test_the_clock_changes_of_a_zone_are_found_to_the_minute(office: Office) -> None:
    changes = clocks.clock_changes(office.zone, datetime(2001, 1, 1))  # noqa: DTZ001
    assert [(f"{c.at}", c.before.seconds, c.after.seconds) for c in changes] == [
        ("2000-03-26 01:00:00", 3600, 7200),
        ("2000-10-29 01:00:00", 7200, 3600),
    ]


def test_more_than_a_path_can_see_in_its_slot_and_slots_of_years_are_quarantined(
    office: Office, tmp_path: Path
) -> None:
    path = {"code": "path", "format": "national", "channels": {"c1": "in"}, "most_per_hour": 300}
    text = HEAD + (
        "c1,,2022-01-01T00:00:00Z,2022-01-01T00:15:00Z,75\n"
        "c1,,2022-01-02T00:00:00Z,2022-01-02T00:15:00Z,76\n"
        "c1,,2022-01-03T00:00:00Z,2022-01-04T00:00:00Z,7200\n"
        "c1,,2022-01-05T00:00:00Z,,7201\n"
        "c9,,2022-01-05T00:00:00Z,2022-01-05T01:00:00Z,20000\n"
        "c9,,2022-01-06T00:00:00Z,2022-01-06T01:00:00Z,20001\n"
        "c1,,2022-01-07T00:00:00Z,2023-01-08T00:00:00Z,1\n"
    )
    result = read_text(text, with_counters(office, [path]), tmp_path)
    assert [(line, rule) for line, _, rule in result.quarantined] == [
        (3, "more_than_possible"), (5, "more_than_possible"), (7, "more_than_possible"), (8, "slot_too_long"),
    ]  # fmt: skip


def test_an_offset_behind_a_space_is_an_offset(national: Office, tmp_path: Path) -> None:
    text = HEAD + "c1,,2022-01-01 00:00:00-04:00,2022-01-01 01:00:00-04:00,1\n"
    assert str(read_text(text, national, tmp_path).rows[0]["start_at"]) == "2022-01-01 04:00:00"
