"""Changes of level: found within days, ended by the way back, and not raised by chance or by a partner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expectations.counters.level import Counted, LevelChange, level_changes
from warehouse.counted.series import Floats

DAYS = 500
FAULT = 400
FIRST_DAY = int(np.datetime64("2023-01-01").astype(np.int64))


def expect(mean: float, days: int = DAYS) -> Floats:
    return np.full(days, float(mean))


def counted(seed: int, mean: float = 60, weather: Floats | None = None) -> Counted:
    """A healthy door: Poisson counts around a flat expectation, moved by the weather of each day."""
    random = np.random.default_rng(seed)
    moved = np.ones(DAYS) if weather is None else weather
    return Counted(FIRST_DAY + np.arange(DAYS), random.poisson(mean * moved).astype(np.float64), expect(mean))


def times(series: Counted, factor: float | Floats, first: int = FAULT, end: int = DAYS) -> Counted:
    """The series with its counts of some days multiplied."""
    changed = series.counted.copy()
    changed[first:end] = np.round(changed[first:end] * factor)
    return Counted(series.day, changed, series.expected)


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


def test_the_way_back_ends_a_change_within_days_and_is_not_another_one() -> None:
    change = one(level_changes(times(counted(2), 0.5, FAULT, FAULT + 40)))
    assert change.ended == pytest.approx(FAULT + 40, abs=3)
    assert change.known is not None
    assert FAULT + 40 < change.known < FAULT + 55


@pytest.mark.parametrize("seed", range(4))
def test_a_half_that_becomes_two_thirds_goes_on_until_it_is_whole(seed: int) -> None:
    series = times(times(counted(seed), 0.5, FAULT - 60, FAULT), 0.7, FAULT, FAULT + 50)
    change = one(level_changes(series))
    assert change.ended is not None
    assert change.ended >= FAULT + 45


def test_a_half_that_counts_too_much_after_its_repair_is_over_and_a_new_change_begins() -> None:
    half, more = level_changes(times(times(counted(2), 0.5, FAULT - 40, FAULT), 1.8, FAULT))
    assert half.ended == pytest.approx(FAULT, abs=3)
    assert more.log_ratio > 0
    assert more.ended is None


def test_what_lasts_is_the_usual_level_after_its_time_and_its_way_back_is_its_end() -> None:
    lasts = times(counted(4), 0.5, 100, 330)
    (usual,) = level_changes(lasts.at(np.arange(320)))
    assert usual.ended is None
    whole = one(level_changes(lasts))
    assert whole.ended == pytest.approx(330, abs=2)
    assert replace(whole, ended=None, known=None) == usual


def test_what_had_risen_for_so_long_that_it_is_usual_and_falls_is_another_change() -> None:
    """Its fall may be its repair, and may be a counter that sees half: silence would read that wrong."""
    rise, fall = level_changes(times(counted(4), 2.0, 100, 330))
    assert rise.ended is None
    assert fall.onset == pytest.approx(330, abs=2)


def test_what_was_usual_and_becomes_less_still_is_another_change() -> None:
    first, second = level_changes(times(times(counted(4), 0.5, 100, DAYS), 0.5, 330, DAYS))
    assert first.ended is None
    assert second.onset == pytest.approx(330, abs=2)


def test_an_old_reference_asks_for_more_than_a_fresh_one() -> None:
    """After a long outage the turn of a season that is not well known looks like a change of level."""
    moved = counted(6, weather=np.where(np.arange(DAYS) < FAULT, 1.0, 1.35))
    later = replace(moved, day=moved.day + np.where(np.arange(DAYS) < FAULT, 0, 150))
    assert level_changes(moved)
    assert level_changes(later) == []


def test_a_counter_that_comes_back_at_half_after_a_long_outage_is_told() -> None:
    halved = times(counted(7), 0.5)
    later = replace(halved, day=halved.day + np.where(np.arange(DAYS) < FAULT, 0, 100))
    assert FAULT <= one(level_changes(later)).detected < FAULT + 20


def test_a_partner_that_is_known_on_few_of_the_days_takes_nothing_off() -> None:
    """Such as one that is at fault itself."""
    partner = times(counted(8), 0.5)
    faulty = Counted(partner.day, partner.counted, np.where(np.arange(DAYS) < FAULT, partner.expected, 0.0))
    assert one(level_changes(times(counted(9), 0.5), [faulty])).onset == pytest.approx(FAULT, abs=2)


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
    unknown = Counted(counted(9).day, np.zeros(DAYS), np.zeros(DAYS))
    series = times(counted(9), 0.5)
    assert level_changes(series, [unknown]) == level_changes(series)


def test_two_weeks_of_history_are_needed() -> None:
    assert level_changes(times(counted(10), 5, 0).at(np.arange(13))) == []


def test_what_came_later_never_changes_what_was_detected() -> None:
    series = times(times(counted(11), 0.5, 200, 260), 1.6)
    whole = level_changes(series)
    for end in range(150, DAYS, 35):
        known = level_changes(series.at(np.arange(end)))
        assert [(c.onset, c.detected) for c in known] == [
            (c.onset, c.detected) for c in whole if c.detected < end
        ]
        assert [c.known for c in known] == [
            c.known if c.known is not None and c.known < end else None for c in whole if c.detected < end
        ]
