"""Contradictions from the table of activity to the table of questions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest

from expectations.counters.contradicting import Activity, judge_contradictions, judged
from tests.expectations.counters.test_contradictions import SIZE, START, changed, town
from warehouse.counted.series import Floats
from warehouse.storage.database import make_tables

PARIS = ZoneInfo("Europe/Paris")
FIRST = date(2023, 1, 2)
NAMES = ("counter:door", "kiosk:area", "barrier:area", "tickets")


def day_of(row: int) -> int:
    return (FIRST - date(1970, 1, 1)).days + row


def activity(share: Floats | None = None) -> dict[str, Activity]:
    recorded = town(share=share)
    days = day_of(0) + np.arange(SIZE)
    rows = zip(NAMES, recorded.counted, recorded.expected, strict=True)
    return {name: Activity("day", days, counted, expected) for name, counted, expected in rows}


def database(of: Mapping[str, Activity]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    make_tables(connection)
    connection.execute(
        """CREATE TABLE settings.method_break (
               office VARCHAR, indicator VARCHAR, site VARCHAR, break_date DATE)"""
    )
    for series, one in of.items():
        rows = {  # noqa: F841 (named in the query)
            "day": one.day, "value": one.value, "expected": one.expected,
        }  # fmt: skip
        connection.execute(
            """INSERT INTO ops.activity
               SELECT 'o', ?, 'area', ?, DATE '1970-01-01' + day::INTEGER, value, expected, 0, ''
               FROM rows""",
            [series, one.step],
        )
    return connection


def monthly(by: float) -> dict[str, Activity]:
    """The series of days, which agree, beside nights by month that fall in the last three of them."""
    days = activity()
    months = np.arange("2023-01", "2025-06", dtype="datetime64[M]")
    expected = np.full(months.size, 3000.0)
    value = np.random.default_rng(3).poisson(expected).astype(np.float64)
    value[-3:] *= by
    first = months.astype("datetime64[D]").astype(np.int64)
    return {**days, "tax_nights": Activity("month", first, value, expected)}


def test_a_question_names_both_sides_and_when() -> None:
    (one,) = judged("o", PARIS, activity(changed(0, 0.7)))
    assert (one.subject, one.fault, one.step) == ("counter:door", "one_departs", "day")
    assert set(one.others) == set(NAMES[1:])
    assert one.change_pct == pytest.approx(-30, abs=7)
    assert (one.onset_at.hour, one.detected_at.hour) in {(22, 22), (23, 23), (23, 22), (22, 23)}


def test_days_join_what_is_known_by_month_alone() -> None:
    (one,) = judged("o", PARIS, monthly(0.55))
    assert (one.subject, one.step) == ("tax_nights", "month")
    assert one.onset_at >= datetime(2025, 1, 31)  # noqa: DTZ001 - naive UTC, as in the table


def test_months_that_go_with_the_days_are_no_question() -> None:
    assert judged("o", PARIS, monthly(1.0)) == []


def test_a_day_at_zero_where_much_is_expected_is_left_to_the_judge_of_silence() -> None:
    every = activity()
    door = every["counter:door"]
    every["counter:door"] = Activity(
        "day", door.day, np.where(np.arange(SIZE) >= START, 0, door.value), door.expected
    )
    assert judged("o", PARIS, every) == []


def test_a_series_that_joins_needs_nothing_but_its_rows() -> None:
    every = activity(changed(0, 0.7))
    every["a register of tomorrow"] = every.pop("tickets")
    (one,) = judged("o", PARIS, every)
    assert "a register of tomorrow" in one.others


def test_a_break_of_the_office_file_answers_the_question() -> None:
    connection = database(activity(changed(0, 0.7)))
    judge_contradictions(connection, "o", PARIS)
    (count,) = connection.execute("SELECT count(*) FROM quality.contradiction").fetchall()[0]
    assert count == 1
    at = np.datetime64(day_of(START), "D").item()
    connection.execute("INSERT INTO settings.method_break VALUES ('o', 'counter_passages', 'area', ?)", [at])
    judge_contradictions(connection, "o", PARIS)
    assert connection.execute("SELECT count(*) FROM quality.contradiction").fetchall() == [(0,)]
