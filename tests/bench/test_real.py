"""The parts of real deaths: files that come seldom, totals over a trickle, the design, and the page of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from bench.counters.deaths import DEATHS
from bench.counters.deliveries import as_delivered, deliveries
from bench.counters.doors import DESK_OF
from bench.counters.house import House
from bench.counters.life import Life, live
from bench.counters.lives import shares, summary
from bench.counters.real import CLEAN, TRICKLES, parts
from bench.counters.real_page import section
from bench.counters.scoring import Episode
from bench.counters.totals import believed, printed
from bench.counters.totals import summary as summary_of_totals
from tests.bench.invented import door

HEALTHY = door()
at = datetime.fromisoformat
START = at("2019-06-04T11:00")
FAULTY, FAULT = DEATHS["trickle_5"].inject(HEALTHY, START, 60, np.random.default_rng(3))
# Its end is known a day after the repair.
FOUND = Episode("trickle", START, at("2019-06-05T11:00"), FAULT.end, at("2019-08-04T11:00"))


def since_1970(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days


def test_weekly_files_come_on_mondays_and_monthly_ones_on_the_first() -> None:
    first, end = since_1970("2019-06-01"), since_1970("2019-07-02")
    assert deliveries(first, end, "weekly").tolist() == [
        since_1970(f"2019-06-{day:02}") for day in (3, 10, 17, 24)
    ] + [since_1970("2019-07-01")]
    assert deliveries(first, end, "monthly").tolist() == [first, since_1970("2019-07-01")]
    assert deliveries(first, end, "daily").size == end - first


def test_what_is_delivered_later_changes_nothing_of_what_was_told() -> None:
    watched, _ = House().settled(FAULTY)
    before, after = (as_delivered(watched, since_1970(day)) for day in ("2019-06-24", "2019-07-01"))
    assert [(one.fault, one.onset, one.detected) for one in before if one.detected >= START]
    assert {(one.fault, one.onset, one.detected) for one in before} <= {
        (one.fault, one.onset, one.detected) for one in after
    }


def test_no_count_of_a_trickle_is_believed_and_those_of_another_level_are() -> None:
    inside = (FAULTY.total.start >= np.datetime64(START)) & (FAULTY.total.start < np.datetime64(FOUND.ended))
    assert np.array_equal(believed(FAULTY.total, [FOUND]), ~inside)
    assert believed(FAULTY.total, [replace(FOUND, fault="half")]).all()


@pytest.mark.parametrize("when", ["on its last day", "after the repair"])
def test_the_total_of_a_trickle_that_was_told_is_near_the_truth(when: Any) -> None:
    now = printed(FAULTY, [FOUND], FAULT, "neighbour", when)
    days = HEALTHY.total.day
    inside = (days >= since_1970("2019-06-04")) & (days < since_1970("2019-08-03"))
    truth = float(HEALTHY.total.count[inside & (HEALTHY.total.open_minutes > 0)].sum())
    assert now.low <= truth <= now.high
    assert now.total == pytest.approx(truth, rel=0.1)


def test_a_trickle_that_was_not_told_is_printed_as_it_was_counted() -> None:
    now = printed(FAULTY, [], FAULT, "alone", "after the repair")
    assert now.low == now.total == now.high
    truth = 60 * 60
    assert summary_of_totals([(truth, now)])["covered"] == 0


def test_the_design_follows_every_death_at_every_size_or_the_middle_one() -> None:
    followed = {
        (fault, volume)
        for name, _, given in parts("tune", quick=False)
        if name == "lives"
        for fault in given[0].faults
        for volume in given[0].volumes
    }
    assert {fault for fault, _ in followed} == set(DEATHS)
    assert {(fault, volume) for fault in (*TRICKLES, CLEAN) for volume in DESK_OF} <= followed


def life(early: int = 0, false_names: tuple[str, ...] = ()) -> Life:
    return Life(9.0, ("trickle",), True, 100.0, 97.0, 1, 2, 1, early, false_names)


def test_shares_of_groups_are_of_all_of_their_faults() -> None:
    unseen = Life(np.inf, (), False, 0.0, 0.0, 0, 0, 0, 0, ())
    rows = [summary([life(), unseen]), summary([life(early=1, false_names=("step", "doubled"))])]
    share = shares(rows)
    assert share["found"] == pytest.approx(200 / 3)
    assert (share["under_alarm"], share["incidents"], share["early"]) == (97, 1, 50)
    assert share["falsely_named"] == pytest.approx(100 / 3)
    assert shares([summary([unseen])])["under_alarm"] is None


def test_rows_are_plain_json() -> None:
    totals = summary_of_totals([(3600.0, printed(FAULTY, [FOUND], FAULT, "alone", "after the repair"))])
    lives = summary([live(FAULT, HEALTHY, [FOUND], [])])
    assert json.loads(json.dumps([totals, lives])) == [totals, lives]


def test_the_page_says_of_every_bar_whether_it_is_reached() -> None:
    groups = {"desk": [life()] * 20, "neighbour": [life()] * 20, "alone": [life(early=1)] * 20}
    real = {
        "lives": [
            {"fault": fault, "volume": 60, "beside": beside, **summary(lives)}
            for beside, lives in groups.items()
            for fault in (*TRICKLES, CLEAN, "stray")
        ],
        "calm": [
            {"volume": 60, "beside": "alone", "conditions": "closures", "a_year": 6.2, "names": {}},
            {"volume": 60, "beside": "desk", "conditions": "odd holidays", "a_year": 0.3,
             "names": {"clock_shift": 3}},
        ],
        "deliveries": [
            {"volume": 60, "rhythm": "weekly", "zeros_days": {"median": 2.3, "longest": None}, "a_year": 0.1,
             "taken_back": 0},
        ],
        "totals": [
            {"beside": "alone", "when": "after the repair", "cases": 20, "printed": 18, "covered": 16,
             "error_median": 3.0, "error_worst": -9.0, "width_median": 20.0},
        ],
    }  # fmt: skip
    clean = {"judge": "vigie", "fault": "zeros", "volume": 60}
    noticing = {
        "findings": [clean | {"delay_hours_median": 6.0, "delay_hours_p90": None}],
        "false_alarms": [{"judge": "vigie", "volume": 60, "a_year": 0.8}],
    }
    lines = list(section("tune", real, noticing))
    assert (
        "| trickles under alarm from detection on, with a desk |  | at least 95 % | 97.0 % | reached |"
        in lines
    )
    start = "| closings while still wrong, alone |  | at most 2 % | 100.0 % ("
    assert any(line.startswith(start) and line.endswith("| **not reached** |") for line in lines)
    assert "| false alarms a year, with a desk | 60 | at most 0.8 | 0.80 | reached |" in lines
    assert "| false alarms a year, alone | 60 | at most 1 | 6.20 | **not reached** |" in lines
    assert "| clock_shift on odd holidays | 60 | none | 3 | **not reached** |" in lines
    assert (
        "| hours to a clean death: median, P90 | 60 | at most 6, 13 and 5 % | 6, – | **not reached** |"
        in lines
    )
    assert any(
        "truth within the interval" in line and "88.9 % (16 of 18: 67 to 97 %) | reached" in line
        for line in lines
    )
