"""The most that any test of a drift can find: it is right where the answer is known on paper."""

from __future__ import annotations

import numpy as np
import pytest

from bench.counters.limit import bound, signal
from bench.counters.limit_beside import A_YEAR, untold, whitened

DAYS = 20_000
FALL = -0.01 * np.arange(1.0, 21.0)


def test_of_independent_days_the_signal_is_the_root_of_the_sum_of_squares() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (1, DAYS))
    assert signal([noise], FALL) == pytest.approx(np.sqrt((FALL**2).sum()) / 0.1, rel=0.05)


def test_what_a_partner_shares_is_taken_off() -> None:
    weather, own = np.random.default_rng(2).normal(0, [[0.3], [0.1]], (2, DAYS))
    alone, beside = (
        signal([(weather + own)[np.newaxis]], FALL),
        signal([np.array([weather + own, weather])], FALL),
    )
    assert alone == pytest.approx(beside / np.sqrt(10), rel=0.06)


def test_without_a_signal_as_much_is_found_as_is_alarmed_falsely() -> None:
    assert bound(0.0, 0.06) == pytest.approx(0.06)


def test_what_may_always_alarm_finds_everything() -> None:
    assert bound(0.0, 3.0) == 1.0


def test_a_test_that_is_not_told_the_day_finds_less_than_one_that_is() -> None:
    for deviations in (1.0, 2.0, 3.0):
        shown = np.full((30, 1), deviations / np.sqrt(30))
        assert untold(shown, 300) <= bound(deviations, A_YEAR * 30 / 300) + 0.02


def test_not_told_the_day_what_shows_nothing_is_found_as_often_as_it_is_said_falsely() -> None:
    assert untold(np.full((30, 1), 1e-3), 300) == pytest.approx(A_YEAR * 30 / 300, abs=0.01)


def test_not_told_the_day_what_nobody_can_miss_is_found() -> None:
    assert untold(np.full((30, 2), 2.0), 300) > 0.99


def test_a_fault_shows_by_as_many_deviations_as_its_noise_allows() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (1, DAYS))
    shown = whitened([noise], np.ones(30))
    assert np.linalg.norm(shown) == pytest.approx(signal([noise], np.ones(30)), rel=0.02)
