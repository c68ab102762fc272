"""The most that any test of a drift can find: it is right where the answer is known on paper."""

from __future__ import annotations

import numpy as np
import pytest

from bench.counters.limit import bound, signal

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
