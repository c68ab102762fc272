"""What counters' rows mean: replaced counters, slots longer than the others, indexes that were reset."""

from __future__ import annotations

from collections.abc import Callable

from tests.cases.conftest import Case
from tests.findings import utc

Cases = Callable[[str, str], Case]

DAYS = """SELECT value::DOUBLE AS value, measured_value::DOUBLE AS measured_value,
                 estimated_value::DOUBLE AS estimated_value, coverage
          FROM marts.indicator_value
          WHERE indicator = 'counter_passages' AND period_kind = '{kind}' AND period_start {when}
          ORDER BY period_start"""


def test_a_counter_that_another_one_follows_is_neither_estimated_nor_alarmed(case: Cases) -> None:
    replaced = case("02", "2025-06-09")
    assert replaced.ask(DAYS.format(kind="month", when="= '2025-06-01'")) == [
        {"value": 1257, "measured_value": 1257, "estimated_value": 0, "coverage": 1}
    ]
    assert replaced.ask("SELECT * FROM quality.estimate") == []
    assert replaced.ask("SELECT * FROM quality.incident WHERE subject = 'counter:porte-ancienne'") == []
    # It is asked about, until somebody has written it down.
    assert replaced.ask("SELECT rule, subject, severity FROM quality.incident") == [
        {"rule": "counter_replaced", "subject": "counter:porte-neuve", "severity": "question"}
    ]


def test_an_index_that_falls_far_from_its_roll_over_was_reset(case: Cases) -> None:
    reset = case("03", "2025-09-17")
    hours = reset.ask(
        """SELECT local_hour, passage_count, is_valid, invalid_because FROM marts.counter_hour
           WHERE local_date = '2025-09-15' AND local_hour BETWEEN 9 AND 13 ORDER BY utc_hour"""
    )
    assert [(hour["passage_count"], hour["invalid_because"]) for hour in hours] == [
        (12, None),
        (None, "index_reset"),
        (14, None),
        (16, None),
        (8, None),
    ]
    assert (
        reset.value(
            """SELECT measured_value::DOUBLE FROM marts.indicator_value
               WHERE indicator = 'counter_passages' AND period_kind = 'day' AND period_start = '2025-09-15'"""
        )
        == 25
    )


def test_days_told_by_one_longer_slot_were_counted(case: Cases) -> None:
    mixed = case("04", "2025-07-01")
    assert (
        mixed.ask(DAYS.format(kind="day", when="BETWEEN '2025-05-12' AND '2025-05-18'"))
        == [{"value": 130, "measured_value": 130, "estimated_value": 0, "coverage": 1}] * 7
    )
    assert mixed.ask("SELECT * FROM quality.estimate") == []
    assert mixed.ask("SELECT * FROM quality.outage") == []
    assert mixed.ask("SELECT * FROM quality.incident") == []
    first = mixed.ask(
        """SELECT utc_hour, local_hour, slot_minutes, open_minutes, entry_count FROM marts.counter_hour
           WHERE local_date = '2025-05-12'"""
    )
    assert first == [
        {
            "utc_hour": utc(2025, 5, 11, 22),
            "local_hour": 0,
            "slot_minutes": 1440,
            "open_minutes": 540,
            "entry_count": 130,
        }
    ]
