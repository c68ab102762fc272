"""The filter of the common course: what it takes for the town, for chance and for a change of one series."""

from __future__ import annotations

import numpy as np
import pytest

from expectations.counters.contradictions import DAYS
from expectations.counters.departing import STEP, Departing
from warehouse.counted.series import Floats

PERIODS, NUMBER, EXPECTED = 400, 4, 100.0


def visited(ratio: Floats) -> Departing:
    """The filter after `ratio` (periods, series) of what was expected was recorded; NaN: not known."""
    departing = Departing(ratio.shape[1], DAYS.straying, DAYS.changes)
    for row in ratio:
        known = ~np.isnan(row)
        departing.take(np.where(known, row * EXPECTED, 0.0), np.where(known, EXPECTED, 0.0))
    return departing


def strayed(deviation: float = 0.1, seed: int = 1) -> Floats:
    """Ratios of series of a town of weather, each of which strays by itself."""
    random = np.random.default_rng(seed)
    town = random.normal(0, 0.2, (PERIODS, 1))
    return np.exp(town + random.normal(0, deviation, (PERIODS, NUMBER)))


def test_a_step_is_dated_and_measured() -> None:
    ratio = strayed()
    ratio[-25:, 2] *= 0.6
    departing = visited(ratio)
    assert int(np.abs(departing.score).argmax()) == 2
    assert departing.shape[2] == STEP
    assert departing.age[2] == pytest.approx(25, abs=2)
    assert departing.change[2] == pytest.approx(np.log(0.6), abs=0.1)


def test_a_step_of_a_given_age_can_be_asked_for() -> None:
    ratio = strayed()
    ratio[-25:, 2] *= 0.6
    departing = visited(ratio)
    change, score = departing.at_once(2, 25)
    assert change == pytest.approx(np.log(0.6), abs=0.1)
    assert score == pytest.approx(float(departing.score[2]), rel=0.1)
    assert departing.at_once(2, DAYS.changes.longest + 1) == (0.0, 0.0)


def test_what_is_accepted_is_the_level_from_then_on() -> None:
    ratio = strayed()
    ratio[-25:, 2] *= 0.6
    departing = visited(ratio)
    change = float(departing.change[2])
    departing.accept(2, STEP, int(departing.age[2]), change)
    assert departing.level[2] == pytest.approx(change)
    for row in strayed(seed=2)[:60] * [1, 1, 0.6, 1]:
        departing.take(row * EXPECTED, np.full(NUMBER, EXPECTED))
        assert abs(departing.score[2]) < DAYS.deviations


def test_weather_of_the_whole_town_is_nobodys_change() -> None:
    ratio = strayed()
    ratio[-25:] *= 0.5
    assert (np.abs(visited(ratio).score) < DAYS.deviations).all()


def test_the_series_that_strays_is_told_from_those_that_it_is_compared_with() -> None:
    ratio = strayed()
    ratio[:, 1] *= np.exp(np.random.default_rng(3).normal(0, 0.4, PERIODS))
    noise = visited(ratio).noise
    assert noise[1] > 4 * np.delete(noise, 1).max()


def test_one_odd_period_teaches_little() -> None:
    ratio = strayed()
    ratio[-1, 0] *= 8
    assert (np.abs(visited(ratio).score) < DAYS.deviations).all()


def test_periods_of_which_nothing_is_known_say_nothing() -> None:
    ratio = strayed()
    ratio[-20:] = np.nan
    before, after = visited(ratio[:-20]), visited(ratio)
    assert np.array_equal(before.seen, after.seen)
    assert (np.abs(after.score) < DAYS.deviations).all()
