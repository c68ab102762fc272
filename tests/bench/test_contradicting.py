"""The benchmark of contradictions: towns whose faults are where they should be, and a limit that grows."""

from __future__ import annotations

import numpy as np
import pytest

from bench.counters.contradicting import beginnings, faulty, recorded
from bench.counters.limit_beside import REACHED_AFTER, courses
from bench.counters.town import DOOR, Register, Town

DAYS = np.arange(15_000, 15_800)


@pytest.fixture
def town() -> Town:
    """A door and a desk that record much, closed each seventh day."""
    is_open = (DAYS % 7 != 0).astype(np.float64)
    registers = {
        name: Register(np.where(is_open > 0, 1000.0, np.nan), 1000 * is_open, 8 * is_open)
        for name in (DOOR, "desk")
    }
    return Town("invented", DAYS, (15_365, 15_800), registers)


def test_a_fault_is_in_the_door_alone_and_from_its_beginning_on(town: Town) -> None:
    start = 15_600
    now = faulty(town, "step", 0.3, start)
    door, before = (one.registers[DOOR].count for one in (now, town))
    assert np.array_equal(door[start > DAYS], before[start > DAYS], equal_nan=True)
    assert np.nanmean(door[start <= DAYS]) == pytest.approx(700, rel=0.02)
    assert now.registers["desk"] is town.registers["desk"]


def test_a_drift_has_reached_its_size_after_thirty_open_days() -> None:
    course = courses(60)["drift"]
    assert course[0] < 0.05
    assert (course[REACHED_AFTER:] == 1).all()


def test_faults_begin_on_open_days_that_are_judged(town: Town) -> None:
    assert all(day % 7 != 0 and 15_365 <= day < 15_710 for day in beginnings(town, 5))


def test_a_day_without_records_is_unknown_to_the_judge(town: Town) -> None:
    seen = recorded(town)
    assert (seen.expected[:, DAYS % 7 == 0] == 0).all()
    assert (seen.expected[:, DAYS % 7 != 0] == 1000).all()
