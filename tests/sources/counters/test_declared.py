"""Declared CSV: every way of writing a door's counts, and what bad input gets."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.night.ingesting import read_and_load, receive
from tests.refusals import refused
from tests.sources.counters.reading import Result, door, read_text, with_counters
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain

HEAD = "Date;Heure;Entrées;Sorties\n"


def starts(result: Result, direction: str = "in") -> list[str]:
    return [f"{row['start_at']:%m-%d %H:%M}" for row in result.rows if row["direction"] == direction]


def test_a_line_with_entries_and_exits_gives_two_rows_and_counts_as_one(
    office: Office, tmp_path: Path
) -> None:
    result = read_text(HEAD + "14/07/2025;10;12;11\n", door(office), tmp_path)
    assert result.sums == (1, 1, 0, 0, 0)
    assert list(result.rows[0]) == [
        "office", "delivery_id", "counter", "channel_id", "direction", "start_at", "end_at", "passage_count",
        "index_reading",
    ]  # fmt: skip
    told = [(r["counter"], r["channel_id"], r["direction"], r["passage_count"]) for r in result.rows]
    assert told == [("door", "Entrées", "in", 12), ("door", "Sorties", "out", 11)]
    assert f"{result.rows[0]['start_at']} {result.rows[0]['end_at']}" == (
        "2025-07-14 08:00:00 2025-07-14 09:00:00"
    )


def test_an_empty_count_is_loaded_as_not_counted(office: Office, tmp_path: Path) -> None:
    result = read_text(HEAD + "14/07/2025;10;;3\n", door(office), tmp_path)
    assert [row["passage_count"] for row in result.rows] == [None, 3]


@pytest.mark.parametrize("written", ["9", "09", "9h", "9h00", "09:00", "09:00:00"])
def test_the_hour_may_be_a_number_or_a_time_of_day(office: Office, tmp_path: Path, written: str) -> None:
    result = read_text(HEAD + f"14/01/2025;{written};1;1\n", door(office), tmp_path)
    assert starts(result) == ["01-14 08:00"]


@pytest.mark.parametrize("written", ["25", "24:30", "-1", "9:60", "midi", "9.5", "123"])
def test_an_hour_that_is_none_is_quarantined(office: Office, tmp_path: Path, written: str) -> None:
    result = read_text(HEAD + f"14/01/2025;{written};1;1\n", door(office), tmp_path)
    assert result.quarantined == [(2, "Heure", "not_a_date")]


def test_faults_are_quarantined_with_line_column_and_rule(office: Office, tmp_path: Path) -> None:
    text = HEAD + (
        "01/01/1970;10;1;1\n"
        "06/01/2026;10;1;1\n"
        "14/07/2025;11;-3;1\n"
        "14/07/2025;12;douze;1\n"
        "2025-07-14;13;1;1\n"
        ";14;1;1\n"
        "14/07/2025;;1;1\n"
        "14/07/2025;15;1\n"
        "14/07/2025;16;7;7\n"
    )
    result = read_text(text, door(office), tmp_path)
    assert result.quarantined == [
        (2, "Date", "date_too_early"),
        (3, "Date", "date_in_the_future"),
        (4, "Entrées", "negative"),
        (5, "Entrées", "not_a_number"),
        (6, "Date", "not_a_date"),
        (7, "Date", "missing_value"),
        (8, "Heure", "missing_value"),
        (9, None, "wrong_number_of_cells"),
    ]
    assert result.sums == (9, 1, 8, 0, 0)


def test_an_exact_repeat_is_a_duplicate_and_a_contradiction_is_quarantined(
    office: Office, tmp_path: Path
) -> None:
    text = HEAD + "14/07/2025;10;1;1\n14/07/2025;10h00;1;01\n14/07/2025;10;2;1\n"
    result = read_text(text, door(office), tmp_path)
    assert result.sums == (3, 1, 1, 1, 0)
    assert [rule for *_, rule in result.quarantined] == ["conflicting_key"]


def test_total_lines_are_filtered(office: Office, tmp_path: Path) -> None:
    result = read_text(HEAD + "14/07/2025;10;1;1\nTotal;;1;1\nTotal : 2\n", door(office), tmp_path)
    assert result.sums == (3, 1, 0, 0, 2)
    assert "total_line 2" in plain(result.account.message)


# --- clocks ----------------------------------------------------------------------------------------------


def test_a_day_of_23_hours_filters_the_zero_of_the_hour_that_is_not(office: Office, tmp_path: Path) -> None:
    lines = "".join(f"30/03/2025;{hour};{0 if hour == 2 else 1};0\n" for hour in range(24))
    result = read_text(HEAD + lines, door(office), tmp_path)
    assert result.sums == (24, 23, 0, 0, 1)
    assert "clock_change_gap 1" in plain(result.account.message)
    assert len(set(starts(result))) == 23


def test_passages_in_the_hour_that_is_not_are_quarantined(office: Office, tmp_path: Path) -> None:
    result = read_text(HEAD + "30/03/2025;2;0;4\n", door(office), tmp_path)
    assert result.quarantined == [(2, "Date", "no_such_local_time")]


def test_a_day_of_25_hours_gives_its_double_hour_both_instants(office: Office, tmp_path: Path) -> None:
    lines = "".join(f"26/10/2025;{hour};1;0\n" for hour in sorted([*range(24), 2]))
    result = read_text(HEAD + lines, door(office), tmp_path)
    assert result.sums == (25, 25, 0, 0, 0)
    assert starts(result)[:5] == ["10-25 22:00", "10-25 23:00", "10-26 00:00", "10-26 01:00", "10-26 02:00"]


def test_a_double_hour_that_is_written_once_is_the_first(office: Office, tmp_path: Path) -> None:
    result = read_text(HEAD + "26/10/2025;2;1;0\n26/10/2025;3;1;0\n", door(office), tmp_path)
    assert starts(result) == ["10-26 00:00", "10-26 02:00"]


@pytest.mark.parametrize(
    ("clock", "start"), [("local", "07-14 08:00"), ("winter", "07-14 09:00"), ("utc", "07-14 10:00")]
)
def test_the_device_clock_decides_the_instant(office: Office, tmp_path: Path, clock: str, start: str) -> None:
    result = read_text(HEAD + "14/07/2025;10;1;0\n", door(office, clock=clock), tmp_path)
    assert starts(result) == [start]


# --- shapes ----------------------------------------------------------------------------------------------


def test_a_direction_column_tells_each_row(office: Office, tmp_path: Path) -> None:
    declared = door(
        office,
        count_columns={"Nb": "both"},
        direction_column="Sens",
        direction_values={"E": "in", "S": "out"},
    )
    text = "Date;Heure;Sens;Nb\n14/07/2025;10;E;5\n14/07/2025;10;s;4\n14/07/2025;10;X;1\n"
    result = read_text(text, declared, tmp_path)
    assert [(r["direction"], r["channel_id"], r["passage_count"]) for r in result.rows] == [
        ("in", "in", 5), ("out", "out", 4), ("unknown", "x", 1),
    ]  # fmt: skip
    assert "« X » (1)" in plain(result.account.message)


def channels(office: Office) -> Office:
    declared = {
        "files": "town-*.csv",
        "separator": ",",
        "instant_column": "when",
        "date_formats": ["%Y-%m-%d %H:%M"],
        "minutes": 15,
        "channel_column": "place",
        "count_columns": {"n": "both"},
    }
    return with_counters(
        office,
        [
            {"code": "north", "format": "csv", "channels": {"N1": "in", "N2": "out"}, "csv": declared},
            {"code": "south", "format": "csv", "channels": {"S": "both"}, "csv": declared},
        ],
    )


def test_a_channel_column_shares_a_file_among_counters_and_reports_strangers_once(
    office: Office, tmp_path: Path
) -> None:
    text = "when,place,n\n" + "".join(f"2025-07-14 10:15,{place},2.5\n" for place in ("N1", "N2", "S", "?"))
    result = read_text(text, channels(office), tmp_path, "town-7.csv")
    told = [(r["counter"], r["channel_id"], r["direction"], r["passage_count"]) for r in result.rows]
    assert told == [
        ("north", "N1", "in", 2.5), ("north", "N2", "out", 2.5), ("south", "S", "both", 2.5),
        ("?", "?", "unknown", 2.5),
    ]  # fmt: skip
    assert "« ? » (1)" in plain(result.account.message)
    assert f"{result.rows[0]['end_at']:%H:%M}" == "08:30"


def test_an_index_is_kept_as_read_and_text_in_it_is_quarantined(office: Office, tmp_path: Path) -> None:
    declared = door(office, count_columns={"Index": "both"}, values="index", index_modulus=1000)
    text = "Date;Heure;Index\n14/07/2025;10;998\n14/07/2025;11;Gate broken\n14/07/2025;12;3\n"
    result = read_text(text, declared, tmp_path)
    assert [(r["index_reading"], r["passage_count"]) for r in result.rows] == [(998, None), (3, None)]
    assert result.quarantined == [(3, "Index", "not_a_number")]


# --- whole files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_do_not_matter(office: Office, tmp_path: Path, ending: str) -> None:
    text = (HEAD + "14/07/2025;10;1;2\n14/07/2025;11;3;4\n").replace("\n", ending)
    assert read_text(text, door(office), tmp_path).sums == (2, 2, 0, 0, 0)


def test_mixed_line_endings_lose_no_row(office: Office, tmp_path: Path) -> None:
    text = HEAD + "14/07/2025;10;1;2\r\n14/07/2025;11;3;4\n14/07/2025;12;5;6\r\n"
    assert read_text(text, door(office), tmp_path).sums == (3, 3, 0, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_honoured(office: Office, tmp_path: Path, encoding: str) -> None:
    text = (HEAD + "14/07/2025;10;1;2\n").encode(encoding)
    assert read_text(text, door(office), tmp_path).sums == (1, 1, 0, 0, 0)


def test_the_heading_may_stand_below_a_title(office: Office, tmp_path: Path) -> None:
    text = "Compteur porte\n\n" + HEAD + "14/07/2025;10;-1;2\n"
    assert read_text(text, door(office), tmp_path).quarantined == [(4, "Entrées", "negative")]


def test_an_unknown_column_is_reported_and_the_rows_are_loaded(office: Office, tmp_path: Path) -> None:
    text = "Date;Heure;Entrées;Sorties;Météo\n14/07/2025;10;1;2;soleil\n"
    result = read_text(text, door(office), tmp_path)
    assert result.sums == (1, 1, 0, 0, 0)
    assert "« Météo »" in plain(result.account.message)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "vide"),
        (b"\r\n\r\n", "vide"),
        ((HEAD + "14/07/2025;10;1;1\n").encode("cp1252"), "utf-8"),
        (HEAD.replace(";", ",").encode(), "','"),
        ("Date;Heure;Entrées\n14/07/2025;10;1\n".encode(), "« Sorties »"),
    ],
    ids=["empty", "blank", "wrong encoding", "wrong separator", "missing column"],
)
def test_a_file_that_is_not_as_declared_is_refused_whole(
    office: Office, tmp_path: Path, content: bytes, told: str
) -> None:
    with refused(told):
        read_text(content, door(office), tmp_path)


CELL = st.one_of(
    st.sampled_from(
        ["14/07/2025", "30/03/2025", "26/10/2025", "2", "10", "0", "-1", "1e9", "", " ", "Total"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=8))
def test_whatever_the_cells_hold_every_line_is_accounted_for(
    office: Office, tmp_path: Path, lines: list[list[str]]
) -> None:
    text = HEAD + "".join(";".join(cells) + "\n" for cells in lines)
    try:
        result = read_text(text, door(office), tmp_path)  # asserts the balance
    except RefusedDeliveryError:
        return
    assert len(result.rows) == 2 * result.account.rows_loaded
    assert len(result.quarantined) == result.account.rows_quarantined


# --- end to end ------------------------------------------------------------------------------------------


def test_a_correction_replaces_what_it_corrects_and_the_same_file_again_is_recognised(
    home: Home, office: Office, as_of: datetime
) -> None:
    own = door(office)

    def deliver(name: str, text: str) -> Any:
        path = home.inbox / "counters" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text, encoding="utf-8")
        os.utime(path, (1.7e9, 1.7e9))
        found = receive(home, own, "counters", as_of)
        read_and_load(home, own, "counters", as_of)
        return found

    deliver("door-first.csv", "14/07/2025;10;2;2\n14/07/2025;11;3;3\n")
    deliver("door-corrected.csv", "14/07/2025;10;1;1\n")
    again = deliver("door-again.csv", "14/07/2025;10;1;1\n")
    assert again.known == ("door-again.csv",)
    with duckdb.connect(str(home.database), read_only=True) as connection:
        counts = connection.execute(
            "SELECT passage_count FROM raw.counter_counts WHERE direction = 'in' ORDER BY start_at"
        ).fetchall()
        messages = connection.execute("SELECT message FROM quality.load ORDER BY delivery_id").fetchall()
    assert counts == [(1.0,), (3.0,)]
    assert [(plain(message),) for (message,) in messages] == [
        ("",), ("remplace 2 lignes de door-first.csv",), ("même contenu que door-corrected.csv, non relu",),
    ]  # fmt: skip
