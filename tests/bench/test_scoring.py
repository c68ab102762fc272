"""How judges are scored: delays in open hours, coincidences, names, false alarms and the theory's limit."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from bench.counters.faults import Fault, zeros
from bench.counters.noticing import Design, run
from bench.counters.scoring import Episode, false_alarms, find, limit_hours, open_hours, years
from tests.bench.invented import door

HEALTHY = door()
NO_CHANCE = np.random.default_rng(0)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


FAULT: Fault = zeros(HEALTHY, at("2019-06-04T11:00"), 10, NO_CHANCE)[1]


def episode(onset: str, detected: str, ended: str | None = None, fault: str = "zeros") -> Episode:
    return Episode(fault, at(onset), at(detected), None if ended is None else at(ended))


def test_open_hours_count_neither_nights_nor_closed_days() -> None:
    assert open_hours(HEALTHY.total, at("2019-04-30T12:00"), at("2019-05-02T10:00")) == 7


def test_a_delay_is_in_open_hours_from_the_start_to_the_first_alarm() -> None:
    found = find(FAULT, HEALTHY, [episode("2019-06-04T11:00", "2019-06-05T10:00")], [])
    assert found.delay_hours == 8
    assert found.delay_days == pytest.approx(8 / 9)
    assert found.right


def test_a_fault_without_an_alarm_is_found_never() -> None:
    found = find(FAULT, HEALTHY, [], [])
    assert (found.delay_hours, found.named, found.right) == (np.inf, None, False)


def test_an_alarm_over_another_time_finds_nothing() -> None:
    before = episode("2019-05-20T11:00", "2019-05-20T18:00", "2019-05-21T10:00")
    after = episode("2019-06-20T11:00", "2019-06-20T18:00")
    assert find(FAULT, HEALTHY, [before, after], []).named is None


def test_an_alarm_that_the_healthy_door_raises_too_finds_nothing() -> None:
    same = episode("2019-06-05T09:00", "2019-06-05T18:00", "2019-06-06T10:00")
    assert find(FAULT, HEALTHY, [same], [same]).named is None


def test_an_alarm_that_only_the_fault_keeps_up_counts_from_when_it_would_have_ended() -> None:
    healthy = episode("2019-06-04T09:00", "2019-06-04T10:00", "2019-06-05T10:00")
    kept_up = episode("2019-06-04T09:00", "2019-06-04T10:00")
    assert find(FAULT, HEALTHY, [kept_up], [healthy]).delay_hours == 8


def test_an_alarm_of_another_name_over_the_healthy_door_hides_nothing() -> None:
    other = episode("2019-06-04T09:00", "2019-06-04T10:00", fault="drift")
    found = find(FAULT, HEALTHY, [episode("2019-06-04T11:00", "2019-06-04T17:00"), other], [other])
    assert (found.delay_hours, found.named) == (6, "zeros")


def test_the_right_name_speaks_among_alarms_raised_together() -> None:
    both = [episode("2019-06-04T11:00", "2019-06-04T17:00", fault=name) for name in ("half", "zeros")]
    assert find(FAULT, HEALTHY, both, []).named == "zeros"


def test_an_onset_is_wrong_by_the_open_hours_between() -> None:
    found = find(FAULT, HEALTHY, [episode("2019-06-03T17:00", "2019-06-04T17:00")], [])
    assert found.onset_error_hours == 3


def test_false_alarms_are_those_of_the_days_to_judge() -> None:
    raised = [
        episode("2018-06-04T11:00", "2018-06-04T17:00"),
        episode("2019-06-04T11:00", "2019-06-04T17:00"),
        episode("2019-07-04T11:00", "2019-07-04T17:00", fault="drift"),
    ]
    assert false_alarms(HEALTHY, raised) == (2, 1)
    assert years(HEALTHY) == pytest.approx(1, abs=0.01)


def test_the_limit_is_the_logarithm_of_five_years_over_what_an_hour_counts() -> None:
    # About 340 open days of 9 h a year; in June and July a door of 60 a day counts about 9 an hour.
    assert limit_hours(HEALTHY, FAULT, 60) == np.ceil(np.log(5 * 340 * 9) / 9)


def test_a_judge_that_says_nothing_finds_nothing_and_alarms_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.counters.noticing.doors", lambda *_: iter([door()]))
    design = Design(volumes=(60,), seeds=(1,), starts=("open_hour",), faults=("zeros", "half"))
    result = run(design, {"silent": lambda _: []})
    assert [row["a_year"] for row in result["false_alarms"]] == [0]
    assert {row["fault"]: row["found"] for row in result["findings"]} == {"zeros": 0, "half": 0}
    assert result["names"] == {"silent": {"zeros": {"not found": 2}, "half": {"not found": 2}}}
