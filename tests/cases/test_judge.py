"""What is judged, and what is left unjudged, in the cases of the field that counters raise."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from flows.night.steps import night
from tests.cases.conftest import FIELD, SETTLED, Case, make_case
from warehouse.clock import nightly_instant
from warehouse.office.model import load_office
from warehouse.storage.database import rows

OfCase = Callable[[str, str], Case]
INCIDENTS = (
    "SELECT rule, subject, fault, severity, status, onset_at, detected_at, evidence FROM quality.incident"
)


SECOND = """
  - code: autre
    label: Autre porte
    site: bureau
    format: csv
    csv: {files: "autre-*.csv", date_column: Date, time_column: Heure, date_formats: ["%d/%m/%Y"],
          count_columns: {"Entrées": in}}
"""


def test_a_counter_that_counts_nothing_yet_ends_no_night_and_holds_nobody(tmp_path: Path) -> None:
    """Case 01, as a whole night, beside a counter that counts."""
    found = list(FIELD.glob("01-*"))
    if not found:
        pytest.skip(f"{FIELD} is absent: the cases are not part of the repository")
    home = make_case(found[0], tmp_path / "home")
    home.office_file.write_text(home.office_file.read_text(encoding="utf-8") + SECOND, encoding="utf-8")
    counted = np.random.default_rng(1).poisson(12, (15, 9))
    lines = [f"{day + 1:02d}/07/2025;{hour + 9};{count}" for (day, hour), count in np.ndenumerate(counted)]
    file = home.root / "inbox" / "counters" / "autre-2025.csv"
    file.write_text("\n".join(["Date;Heure;Entrées", *lines, ""]), encoding="utf-8")
    os.utime(file, (SETTLED, SETTLED))
    office = load_office(home.office_file)
    report = night(home, office, nightly_instant(date(2025, 7, 16), office.zone))
    assert (report.exit_status, report.failures, report.published is not None) == (0, {}, True)
    with duckdb.connect(str(home.published_database), read_only=True) as published:
        counts = rows(
            published,
            """SELECT counter, count(*) AS hours, sum(passage_count) AS passages FROM marts.counter_hour
               GROUP BY counter ORDER BY counter""",
        )
        figures = rows(
            published,
            """SELECT value, round(coverage, 2) AS coverage FROM marts.indicator_value
               WHERE indicator = 'counter_passages' AND site = 'bureau' AND period_kind = 'day'
               ORDER BY period_start""",
        )
        incidents = rows(published, "SELECT rule, subject FROM quality.incident")
    assert counts == [
        {"counter": "autre", "hours": 135, "passages": counted.sum()},
        {"counter": "porte", "hours": 17, "passages": None},
    ]
    # The day on which the new one was announced, of which it has told nothing, is known in part.
    assert [float(one["value"]) for one in figures[:13]] == list(counted.sum(axis=1)[:13])
    assert [one["coverage"] for one in figures] == [1.0] * 13 + [0.53, 0.5]
    assert incidents == []


def test_entries_and_exits_that_change_places_are_a_question_and_no_fall(case: OfCase) -> None:
    """Case 11."""
    night = case("11", "2025-10-01")
    (asked,) = [one for one in night.ask(INCIDENTS) if one["rule"] == "directions_question"]
    assert (asked["subject"], asked["severity"], asked["status"]) == ("counter:porte", "question", "open")
    assert asked["onset_at"].date() == date(2025, 7, 13)
    assert asked["detected_at"].date() <= date(2025, 7, 17)
    assert "13 juillet 2025" in asked["evidence"]
    assert [one["fault"] for one in night.ask(INCIDENTS)] == ["no_data", "directions_exchanged"]
    lost = "SELECT count(lost_visitors) FROM quality.outage_course WHERE fault = 'directions_exchanged'"
    assert night.value(lost) == 0
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
    assert "n'arrivent plus" in night.ask(INCIDENTS)[0]["evidence"]
