"""Changes of level: found within days, ended by the way back, and not raised by chance or by a partner."""

from __future__ import annotations

import numpy as np
import pytest

from expectations.level import Counted, LevelChange, level_changes
from warehouse.series import Floats

DAYS = 500
FAULT = 400


def counted(seed: int, mean: float = 60, weather: Floats | None = None) -> Counted:
    """A healthy door: Poisson counts around a flat expectation, moved by the weather of each day."""
    random = np.random.default_rng(seed)
    moved = np.ones(DAYS) if weather is None else weather
    return Counted(random.poisson(mean * moved).astype(np.float64), np.full(DAYS, float(mean)))


def times(series: Counted, factor: float | Floats, first: int = FAULT, end: int = DAYS) -> Counted:
    """The series with its counts of some days multiplied."""
    changed = series.counted.copy()
    changed[first:end] = np.round(changed[first:end] * factor)
    return Counted(changed, series.expected)


def one(changes: list[LevelChange]) -> LevelChange:
    (change,) = changes
    return change


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_half_and_a_double_are_found_within_ten_days_at_their_ratio(factor: float) -> None:
    change = one(level_changes(times(counted(1), factor)))
    assert change.onset == pytest.approx(FAULT, abs=2)
    assert FAULT <= change.detected < FAULT + 10
    assert np.exp(change.log_ratio) == pytest.approx(factor, rel=0.2)
    assert change.ended is None


def test_a_healthy_series_has_no_change() -> None:
    assert [change for seed in range(10) for change in level_changes(counted(seed))] == []


def test_the_way_back_ends_a_change_and_is_not_another_one() -> None:
    change = one(level_changes(times(counted(2), 0.5, FAULT, FAULT + 40)))
    assert change.ended == pytest.approx(FAULT + 40, abs=3)


def test_more_of_the_same_belongs_to_the_change() -> None:
    drifting = np.exp(-0.03 * np.arange(1.0, DAYS - FAULT + 1))
    assert one(level_changes(times(counted(3, mean=200), drifting))).ended is None


def test_one_day_however_busy_is_no_change() -> None:
    assert level_changes(times(counted(5), 3.0, FAULT, FAULT + 1)) == []


def test_weather_that_a_partner_shares_is_no_change_of_the_series() -> None:
    weather = np.exp(0.3 * np.sin(np.arange(DAYS) / 20))
    series, partner = counted(5, 200, weather), counted(6, 200, weather)
    assert level_changes(series)
    assert level_changes(series, [partner]) == []


def test_a_fault_of_the_partner_is_not_blamed_on_the_series() -> None:
    assert level_changes(counted(7, 200), [times(counted(8, 200), 3.0)]) == []


def test_a_partner_that_is_not_known_leaves_the_series_to_itself() -> None:
    unknown = Counted(np.zeros(DAYS), np.zeros(DAYS))
    series = times(counted(9), 0.5)
    assert level_changes(series, [unknown]) == level_changes(series)


def test_two_weeks_of_history_are_needed() -> None:
    young = counted(10)
    assert level_changes(Counted(young.counted[:13] * 5, young.expected[:13])) == []


def test_what_came_later_never_changes_what_was_detected() -> None:
    series = times(times(counted(11), 0.5, 200, 260), 1.6)
    whole = level_changes(series)
    for end in range(150, DAYS, 35):
        known = level_changes(series.at(np.arange(end)))
        assert [(c.onset, c.detected) for c in known] == [
            (c.onset, c.detected) for c in whole if c.detected < end
        ]
