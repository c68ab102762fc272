"""What is judged, and what is left unjudged, in the cases of the field that counters raise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.cases.conftest import Case

OfCase = Callable[[str, str], Case]
INCIDENTS = "SELECT rule, subject, fault, severity, status, onset_at, detected_at, evidence FROM quality.incident"


def test_entries_and_exits_that_change_places_are_a_question_and_no_fall(case: OfCase) -> None:
    """Case 11."""
    night = case("11", "2025-10-01")
    (asked,) = [one for one in night.ask(INCIDENTS) if one["rule"] == "directions_question"]
    assert (asked["subject"], asked["severity"], asked["status"]) == ("counter:porte", "question", "open")
    assert asked["onset_at"].date() == date(2025, 7, 13)
    assert asked["detected_at"].date() <= date(2025, 7, 17)
    assert "13 juillet 2025" in asked["evidence"]
    assert [one["fault"] for one in night.ask(INCIDENTS)] == ["no_data", "directions_exchanged"]
    august: Any = night.ask(
        """SELECT change_percent, comparable, level_change_share, reasons FROM marts.indicator_comparison
           WHERE indicator = 'counter_passages' AND site = 'bureau' AND period_kind = 'month'
             AND period_start = '2025-08-01'"""
    )
    assert august == [
        {
            "change_percent": None,
            "comparable": False,
            "level_change_share": pytest.approx(1.0),
            "reasons": ["level_change"],
        }
    ]
    (told,) = night.ask(
        """SELECT value, coverage, change_percent, list_contains(warnings, 'level_change') AS is_marked
           FROM marts.indicator_value WHERE indicator = 'counter_passages' AND site = 'bureau'
             AND period_kind = 'month' AND period_start = '2025-08-01'"""
    )
    assert told["value"] > Decimal(0)
    assert (told["coverage"], told["change_percent"], told["is_marked"]) == (1.0, None, True)


def test_what_a_weekly_file_has_not_told_yet_is_no_zero(case: OfCase) -> None:
    """Case 17."""
    night = case("17", "2025-11-03")
    after = night.ask(
        """SELECT count(*) AS hours, count(passage_count) AS counts, count(entry_count) AS entries
           FROM marts.counter_hour WHERE local_date > '2025-10-26'"""
    )
    assert after == [{"hours": 63, "counts": 0, "entries": 0}]
    assert night.value("SELECT count(*) FROM marts.counter_hour WHERE passage_count = 0") > 0
    # Nothing tells Vigie yet that the files of this counter come weekly: what it says is that none has come.
    assert [one["fault"] for one in night.ask(INCIDENTS)] == ["no_data"]
    assert "aucune donnée reçue" in night.ask(INCIDENTS)[0]["evidence"]
