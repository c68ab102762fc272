"""What is decided once for a whole file: offsets, ends of slots, decimal signs, indexes, sharing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.refusals import refused
from tests.sources.counters.reading import Result, door, read_text, with_counters
from warehouse.office.model import Office
from warehouse.words.shapes import plain

HEAD = "Date;Heure;Entrées;Sorties\n"
ISO = "%Y-%m-%dT%H:%M:%S"


def instants(office: Office, *forms: str, **declared: Any) -> Office:
    """The office with a door whose lines are an instant and a count."""
    return door(
        office,
        date_column=None, time_column=None, instant_column="Quand", date_formats=forms,
        count_columns={"Nb": "in"}, **declared,
    )  # fmt: skip


def starts(result: Result) -> list[str]:
    return [f"{row['start_at']:%m-%d %H:%M}" for row in result.rows if row["direction"] == "in"]


# --- offsets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", ["local", "winter", "utc"])
@pytest.mark.parametrize(
    ("form", "cell"),
    [
        (f"{ISO}%z", "2025-07-14T10:00:00+02:00"),
        (f"{ISO}%z", "2025-07-14T08:00:00Z"),
        (f"{ISO}%z", "2025-07-14T04:00:00-0400"),
        (f"{ISO}Z", "2025-07-14T08:00:00Z"),
        ("%d/%m/%Y %H:%M UTC", "14/07/2025 08:00 UTC"),
    ],
)
def test_an_offset_in_the_cell_wins_over_the_clock(
    office: Office, tmp_path: Path, clock: str, form: str, cell: str
) -> None:
    result = read_text(f"Quand;Nb\n{cell};1\n", instants(office, form, clock=clock), tmp_path)
    assert starts(result) == ["07-14 08:00"]


@pytest.mark.parametrize("forms", [(f"{ISO}%z",), (ISO,), (ISO, f"{ISO}%z"), (f"{ISO}%z", ISO)])
def test_a_column_of_which_some_cells_carry_an_offset_is_refused_with_both_readings(
    office: Office, tmp_path: Path, forms: tuple[str, ...]
) -> None:
    text = "Quand;Nb\n2025-07-14T10:00:00+02:00;1\n2025-07-14T11:00:00;1\n"
    with refused(r"10:00:00\+02:00 ».*« 2025-07-14T11:00:00 ».*`local`"):
        read_text(text, instants(office, *forms), tmp_path)


def test_offsets_that_are_not_declared_are_refused_with_the_form_to_write(
    office: Office, tmp_path: Path
) -> None:
    with refused(r"Ajoutez-y %z : `date_formats: \["):
        read_text("Quand;Nb\n2025-07-14T10:00:00+02:00;1\n", instants(office, ISO), tmp_path)


def test_two_forms_without_offset_are_read_by_the_clock(office: Office, tmp_path: Path) -> None:
    text = "Quand;Nb\n2025-07-14T10:00:00;1\n14/07/2025 11:00;1\n"
    assert starts(read_text(text, instants(office, ISO, "%d/%m/%Y %H:%M"), tmp_path)) == [
        "07-14 08:00", "07-14 09:00",
    ]  # fmt: skip


@pytest.mark.parametrize("form", [f"{ISO} %Z", f"{ISO}+02:00", f"{ISO}+0200"])
def test_a_form_that_hides_an_offset_is_refused_by_the_office_file(office: Office, form: str) -> None:
    with pytest.raises(ValueError, match="write %z"):
        instants(office, form)


def test_an_offset_beside_a_time_column_is_refused_by_the_office_file(office: Office) -> None:
    with pytest.raises(ValueError, match="instant_column"):
        door(office, date_formats=["%Y-%m-%d%z"])


# --- the start or the end of a slot ----------------------------------------------------------------------


@pytest.mark.parametrize("last", ["24", "24:00", "24h00", "24:00:00", "24.0"])
def test_a_24_without_a_0_makes_the_whole_column_ends_of_slots(
    office: Office, tmp_path: Path, last: str
) -> None:
    result = read_text(HEAD + f"14/01/2025;1;1;0\n14/01/2025;{last};2;0\n", door(office), tmp_path)
    assert starts(result) == ["01-13 23:00", "01-14 22:00"]
    assert "time_is: end" in plain(result.account.message)


def test_declared_ends_are_read_as_such_without_a_24(office: Office, tmp_path: Path) -> None:
    result = read_text(HEAD + "14/01/2025;10;1;0\n", door(office, time_is="end"), tmp_path)
    assert starts(result) == ["01-14 08:00"]
    assert plain(result.account.message) == ""


@pytest.mark.parametrize("night", ["14/01/2025 24:00", "15/01/2025 00:00"])
def test_an_instant_that_ends_a_slot_may_be_midnight_of_either_day(
    office: Office, tmp_path: Path, night: str
) -> None:
    declared = instants(office, "%d/%m/%Y %H:%M", time_is="end", minutes=15)
    result = read_text(f"Quand;Nb\n14/01/2025 23:45;1\n{night};2\n", declared, tmp_path)
    assert starts(result) == ["01-14 22:30", "01-14 22:45"]


def test_an_instant_of_hour_24_with_an_offset_is_an_end_too(office: Office, tmp_path: Path) -> None:
    text = "Quand;Nb\n2025-01-14T10:00:00+01:00;1\n2025-01-14T24:00:00+01:00;2\n"
    assert starts(read_text(text, instants(office, f"{ISO}%z"), tmp_path)) == ["01-14 08:00", "01-14 22:00"]


@pytest.mark.parametrize(
    ("declared", "hours", "told"),
    [({}, (0, 10, 24), "heure 0"), ({"time_is": "start"}, (1, 10, 24), "`time_is: start`")],
)
def test_a_24_that_nothing_explains_refuses_the_whole_file(
    office: Office, tmp_path: Path, declared: dict[str, str], hours: tuple[int, ...], told: str
) -> None:
    text = HEAD + "".join(f"14/01/2025;{hour};1;0\n" for hour in hours)
    with refused(f"(?s){told}.*`time_is: end`"):
        read_text(text, door(office, **declared), tmp_path)


def test_hours_1_to_24_of_a_day_of_23_hours_leave_out_hour_3(office: Office, tmp_path: Path) -> None:
    lines = "".join(f"30/03/2025;{hour};{0 if hour == 3 else 1};0\n" for hour in range(1, 25))
    result = read_text(HEAD + lines, door(office), tmp_path)
    assert result.sums == (24, 23, 0, 0, 1)
    assert (starts(result)[0], starts(result)[-1]) == ("03-29 23:00", "03-30 21:00")


def test_hours_1_to_24_of_a_day_of_25_hours_have_hour_3_twice(office: Office, tmp_path: Path) -> None:
    lines = "".join(f"26/10/2025;{hour};1;0\n" for hour in sorted([*range(1, 25), 3]))
    result = read_text(HEAD + lines, door(office), tmp_path)
    assert result.sums == (25, 25, 0, 0, 0)
    assert starts(result)[:5] == ["10-25 22:00", "10-25 23:00", "10-26 00:00", "10-26 01:00", "10-26 02:00"]


def test_a_reading_of_an_index_at_hour_24_is_that_of_midnight(office: Office, tmp_path: Path) -> None:
    declared = door(office, count_columns={"Index": "in"}, values="index")
    result = read_text("Date;Heure;Index\n14/01/2025;23;7\n14/01/2025;24;9\n", declared, tmp_path)
    assert starts(result) == ["01-14 22:00", "01-14 23:00"]


# --- decimal signs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "cells", "counts"),
    [
        ({}, ["12.0", "7", "1 250.0"], [12, 7, 1250]),
        ({}, ["12.5", "7.25"], [12.5, 7.25]),
        ({}, ["12,5", "7"], [12.5, 7]),
        ({"decimal": "."}, ["1.234", "12.0"], [1.234, 12]),
        ({"separator": "|", "decimal": ","}, ["1,234"], [1.234]),
        ({"values": "index"}, ["12.0", "14.00"], [12, 14]),
    ],
)
def test_the_decimal_sign_is_that_of_the_whole_column(
    office: Office, tmp_path: Path, declared: dict[str, str], cells: list[str], counts: list[float]
) -> None:
    lines = ["Date;Heure;Entrées;Sorties", *(f"14/01/2025;{n};{cell};1" for n, cell in enumerate(cells, 1))]
    text = "\n".join(lines).replace(";", declared.get("separator", ";"))
    result = read_text(text, door(office, **declared), tmp_path)
    value = "index_reading" if declared.get("values") else "passage_count"
    assert [row[value] for row in result.rows if row["direction"] == "in"] == counts


@pytest.mark.parametrize("cells", [["1.234"], ["1.234", "12.0"], ["12.0", "1,5"]])
def test_a_point_that_may_part_thousands_is_never_read(
    office: Office, tmp_path: Path, cells: list[str]
) -> None:
    lines = "".join(f"14/01/2025;{n};{cell};1\n" for n, cell in enumerate(cells, 1))
    result = read_text(HEAD + lines, door(office), tmp_path)
    pointed = sum("." in cell for cell in cells)
    assert [rule for *_, rule in result.quarantined] == ["not_a_number"] * pointed


def test_words_in_a_column_do_not_decide_its_sign(office: Office, tmp_path: Path) -> None:
    text = HEAD + "14/01/2025;1;Panne, voir M. Durand;1\n14/01/2025;2;12.0;1\n"
    assert read_text(text, door(office), tmp_path).quarantined == [(2, "Entrées", "not_a_number")]


# --- what a place can see --------------------------------------------------------------------------------


@pytest.mark.parametrize(("minutes", "count"), [(60, 301), (15, 76), (1440, 7201)])
def test_more_than_a_place_can_see_is_quarantined(
    office: Office, tmp_path: Path, minutes: int, count: int
) -> None:
    content = door(office, minutes=minutes).counters[0].model_dump(mode="json") | {"most_per_hour": 300}
    text = HEAD + f"14/01/2025;1;{count - 1};0\n14/01/2025;2;{count};0\n"
    result = read_text(text, with_counters(office, [content]), tmp_path)
    assert result.quarantined == [(3, "Entrées", "more_than_possible")]


def test_without_a_word_a_place_sees_20000_an_hour_at_most(office: Office, tmp_path: Path) -> None:
    text = HEAD + "14/01/2025;1;20000;0\n14/01/2025;2;99999999999;0\n"
    assert read_text(text, door(office), tmp_path).quarantined == [(3, "Entrées", "more_than_possible")]


# --- an index declared as counts -------------------------------------------------------------------------


def hourly(values: list[object]) -> str:
    """Lines of consecutive hours, the newest first."""
    lines = [f"{1 + n // 24:02}/01/2025;{n % 24};{value};0\n" for n, value in enumerate(values)]
    return HEAD + "".join(reversed(lines))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([790_000 + 3 * n for n in range(24)], id="a day"),
        pytest.param([n // 2 for n in range(200)], id="a week from zero"),
        pytest.param([n if n < 150 else n - 150 for n in range(300)], id="with a reset"),
    ],
)
def test_a_series_that_never_falls_is_refused_with_the_words_to_write(
    office: Office, tmp_path: Path, values: list[object]
) -> None:
    with refused(r"« Entrées » ne baisse jamais.*`values: index`"):
        read_text(hourly(values), door(office), tmp_path)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([0] * 300, id="all zeros"),
        pytest.param([7] * 300, id="constant"),
        pytest.param([""] * 300, id="empty"),
        pytest.param(list(range(1, 25)), id="a rising day"),
        pytest.param([0] * 290 + list(range(9)), id="zeros and a rising morning"),
        pytest.param([5000 + n for n in range(10)], id="ten rows"),
        pytest.param([n % 24 for n in range(300)], id="up and down"),
    ],
)
def test_counts_are_never_taken_for_an_index(office: Office, tmp_path: Path, values: list[object]) -> None:
    assert read_text(hourly(values), door(office), tmp_path).account.rows_loaded == len(values)


# --- counters that share a file --------------------------------------------------------------------------


def sharing(office: Office, *declared: dict[str, Any]) -> Office:
    base = door(office).counters[0].csv
    assert base is not None
    plain = base.model_dump(mode="json", exclude_none=True)
    return with_counters(
        office,
        [
            {"code": code, "format": "csv", "csv": {**plain, **own}}
            for code, own in zip(("east", "west"), declared, strict=True)
        ],
    )


def test_counters_of_other_columns_share_a_file_that_is_read_once(office: Office, tmp_path: Path) -> None:
    both = sharing(
        office, {"count_columns": {"Est +": "in", "Est -": "out"}}, {"count_columns": {"Ouest": "both"}}
    )
    result = read_text("Date;Heure;Est +;Est -;Ouest\n14/07/2025;10;1;2;3\n", both, tmp_path)
    told = [(r["counter"], r["channel_id"], r["direction"], r["passage_count"]) for r in result.rows]
    assert told == [
        ("east", "Est +", "in", 1), ("east", "Est -", "out", 2), ("west", "Ouest", "both", 3),
    ]  # fmt: skip
    assert result.sums == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    "own",
    [
        {"count_columns": {"entrées": "in"}},
        {"count_columns": {"Ouest": "in"}, "clock": "utc"},
        {"count_columns": {"Ouest": "in"}, "channel_column": "Porte"},
    ],
    ids=["a column in common", "another clock", "a channel column"],
)
def test_counters_that_differ_in_more_than_columns_cannot_share_a_file(
    office: Office, own: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="counters east and west"):
        sharing(office, {}, own)
