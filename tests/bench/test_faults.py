"""Faults of the benchmark: what they change, what they leave, and where they may begin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import get_args

import numpy as np
import pytest

from bench.counters.doors import Conditions, Door
from bench.counters.faults import FAULTS, Season, Start, back_filled, duplicate_delivery, starts, zeros
from tests.bench.invented import FIRST, door
from warehouse.counted.series import Floats

START = datetime.fromisoformat("2019-06-04T11:00")
HEALTHY = door(volume=200)
AT = int(np.searchsorted(HEALTHY.total.start, np.datetime64(START)))


def injected(label: str) -> Door:
    return FAULTS[label].inject(HEALTHY, START, FAULTS[label].days, np.random.default_rng(2))[0]


def during(label: str) -> slice:
    return slice(AT, AT + FAULTS[label].days * 24)


def ratio(label: str, first: int = 0, last: int = 10_000) -> float:
    """Total with the fault over total without, in some slots of the fault."""
    span = slice(AT + first, min(AT + last, during(label).stop))
    return float(injected(label).total.count[span].sum() / HEALTHY.total.count[span].sum())


@pytest.mark.parametrize("label", FAULTS)
def test_a_fault_leaves_the_past_the_desk_and_the_neighbour_alone(label: str) -> None:
    faulty = injected(label)
    assert np.array_equal(faulty.total.count[:AT], HEALTHY.total.count[:AT])
    assert np.array_equal(faulty.desk.count, HEALTHY.desk.count[: faulty.desk.count.size])
    assert np.array_equal(faulty.neighbour.count, HEALTHY.neighbour.count[: faulty.desk.count.size])


@pytest.mark.parametrize("label", [label for label in FAULTS if label != "late"])
def test_a_fault_ends_after_its_days(label: str) -> None:
    fault = FAULTS[label].inject(HEALTHY, START, FAULTS[label].days, np.random.default_rng(2))[1]
    assert fault.end == START + timedelta(days=FAULTS[label].days)
    assert np.array_equal(
        injected(label).total.count[during(label).stop :], HEALTHY.total.count[during(label).stop :]
    )


@pytest.mark.parametrize("label", FAULTS)
def test_the_total_stays_the_sum_of_entries_and_exits(label: str) -> None:
    faulty = injected(label)
    assert np.array_equal(faulty.entries.count + faulty.exits.count, faulty.total.count, equal_nan=True)


@pytest.mark.parametrize("label", FAULTS)
def test_a_fault_does_not_touch_the_door_it_is_put_into(label: str) -> None:
    before = HEALTHY.entries.count.copy()
    injected(label)
    assert np.array_equal(HEALTHY.entries.count, before)


def test_no_data_has_no_rows() -> None:
    assert np.isnan(injected("no_data").total.count[during("no_data")]).all()


@pytest.mark.parametrize("label", ["zeros", "frozen_index", "missing_as_zero"])
def test_zeros_are_rows_that_say_zero(label: str) -> None:
    assert (injected(label).total.count[during(label)] == 0).all()


def test_a_stuck_counter_repeats_one_positive_value_around_the_clock() -> None:
    values = np.unique(injected("stuck").total.count[during("stuck")])
    assert values.size == 1
    assert values[0] > 0


def test_a_dead_direction_is_zero_and_the_other_lives() -> None:
    faulty, span = injected("exits_dead"), during("exits_dead")
    assert faulty.exits.count[span].sum() == 0
    assert np.array_equal(faulty.entries.count, HEALTHY.entries.count)


def test_doubled_counts_are_exactly_twice() -> None:
    span = during("doubled")
    assert np.array_equal(injected("doubled").total.count[span], 2 * HEALTHY.total.count[span])


@pytest.mark.parametrize(("label", "factor"), [("half", 0.5), ("step_0.7", 0.7), ("step_1.5", 1.5)])
def test_a_changed_level_is_the_wanted_share(label: str, factor: float) -> None:
    assert ratio(label) == pytest.approx(factor, rel=0.03)


def test_a_drift_begins_unseen_and_grows() -> None:
    assert ratio("drift_1", last=5 * 24) == pytest.approx(0.98, abs=0.02)
    assert ratio("drift_1", first=72 * 24) == pytest.approx(0.99**77, abs=0.04)


def test_swapped_directions_keep_the_total() -> None:
    faulty, span = injected("swapped"), during("swapped")
    assert np.array_equal(faulty.entries.count[span], HEALTHY.exits.count[span])
    assert np.array_equal(faulty.total.count, HEALTHY.total.count)


def test_a_second_delivery_repeats_the_fortnight_before() -> None:
    span = during("duplicate_delivery")
    past = slice(span.start - 14 * 24, span.start)
    assert np.array_equal(injected("duplicate_delivery").total.count[span], HEALTHY.total.count[past])


def test_a_delivery_that_repeats_more_than_its_past_is_refused() -> None:
    with pytest.raises(ValueError, match="at most the fortnight"):
        duplicate_delivery(HEALTHY, START, 15, np.random.default_rng(2))


@pytest.mark.parametrize(("label", "hours"), [("clock_1h", 1), ("clock_12h", 12)])
def test_a_clock_ahead_writes_counts_later(label: str, hours: int) -> None:
    span = during(label)

    def later(counts: Floats) -> Floats:
        return counts[span.start : span.stop - hours]

    faulty = injected(label).total.count[span]
    assert np.array_equal(faulty[hours:], later(HEALTHY.total.count))
    assert faulty[:hours].sum() == 0


def test_late_rows_are_missing_until_they_come_and_then_all_there() -> None:
    during_gap = back_filled(HEALTHY, START, 14, START + timedelta(days=5))
    after = back_filled(HEALTHY, START, 14, START + timedelta(days=14))
    over = AT + 14 * 24
    assert np.isnan(during_gap.total.count[AT:]).all()
    assert np.array_equal(after.total.count[:over], HEALTHY.total.count[:over])
    assert np.isnan(after.total.count[over:]).all()


def test_the_door_seen_before_late_rows_come_ends_within_the_gap() -> None:
    seen = injected("late")
    assert np.isnan(seen.total.count[AT:]).all()
    assert seen.total.start[-1] < np.datetime64(START + timedelta(days=14))


def test_a_fault_must_begin_with_a_slot_of_the_door() -> None:
    with pytest.raises(ValueError, match="no slot"):
        zeros(HEALTHY, START + timedelta(minutes=5), 3, np.random.default_rng(2))


@pytest.mark.parametrize("season", get_args(Season))
@pytest.mark.parametrize("kind", get_args(Start))
def test_faults_begin_in_their_season_and_with_a_year_of_history(season: Season, kind: Start) -> None:
    made = door(conditions=Conditions())
    instants = starts(made, season, kind)
    months = set((instants.astype("datetime64[M]").astype(np.int64) % 12 + 1).tolist())
    assert months <= (set(range(4, 11)) if season == "season" else {11, 12, 1, 2, 3})
    assert (instants.astype("datetime64[D]").astype(np.int64) >= FIRST + 365).all()


def test_an_eve_is_the_last_open_hour_before_a_closed_day() -> None:
    eves = starts(HEALTHY, "season", "eve").astype(str).tolist()
    assert eves == ["2019-04-30T17:00:00.000000"]


def test_a_fault_during_a_closure_begins_at_its_noon() -> None:
    made = door(conditions=Conditions())
    instants = starts(made, "season", "closure")
    assert instants.size > 0
    assert set(instants.astype("datetime64[D]").astype(np.int64).tolist()) <= set(made.closures)
