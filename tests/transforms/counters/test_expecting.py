"""What was expected of a slot: learnt from the days before its month, and only once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.expectations.synthetic import door, no_day
from transforms.counters.counter_model import Days
from transforms.counters.expecting import expect, expected_days, fits, seasonal
from warehouse.counted.series import Floats, Series


@pytest.fixture(scope="module")
def auch() -> Series:
    """A door like that of Auch: some 140 a day over 2024 and 2025."""
    return door(seed=3, per_day=140, spread=0.15)


@pytest.fixture(scope="module")
def by_day(auch: Series) -> Floats:
    return seasonal(auch, no_day, no_day)


def test_the_second_year_is_expected_within_a_tenth(auch: Series, by_day: Floats) -> None:
    late = auch.day >= auch.day[0] + 400
    assert expect(auch, by_day).expected.seasonal[late].sum() == pytest.approx(
        auch.count[late].sum(), rel=0.1
    )


def test_the_slots_of_a_day_share_what_the_day_expects(auch: Series, by_day: Floats) -> None:
    row = auch.day - auch.day[0]
    is_open = np.bincount(row, auch.open_minutes) > 0
    by_slot = expect(auch, by_day).expected.seasonal
    assert np.bincount(row, by_slot)[is_open] == pytest.approx(by_day[is_open])
    assert not by_slot[auch.open_minutes == 0].any()


def test_nothing_is_expected_before_two_weeks_are_known(auch: Series, by_day: Floats) -> None:
    fourteenth = np.flatnonzero(auch.by_day(auch.count))[13]
    assert not by_day[: fourteenth + 1].any()
    assert by_day[fourteenth + 1 : fourteenth + 7].any()


def test_what_came_later_never_changes_what_was_expected(auch: Series, by_day: Floats) -> None:
    until = int(np.searchsorted(auch.day, auch.day[0] + 455))
    later = replace(auch, count=np.where(np.arange(auch.count.size) >= until, 9.0, auch.count))
    months = (auch.day[0] + np.arange(by_day.size)).astype("datetime64[D]").astype("datetime64[M]")
    same = months <= months[455]
    assert np.array_equal(seasonal(later, no_day, no_day)[same], by_day[same])


def test_a_night_that_knows_the_months_before_comes_to_the_same(auch: Series, by_day: Floats) -> None:
    months = (auch.day[0] + np.arange(by_day.size)).astype("datetime64[D]").astype("datetime64[M]")
    known = by_day[months < months[-1]]
    assert np.array_equal(seasonal(auch, no_day, no_day, known), by_day)


def test_a_dead_stretch_teaches_nothing(auch: Series, by_day: Floats) -> None:
    dead = (auch.day >= auch.day[0] + 500) & (auch.day < auch.day[0] + 560)
    silenced = seasonal(replace(auch, count=np.where(dead, 0.0, auch.count)), no_day, no_day)
    after = slice(560, 640)
    assert silenced[after].sum() == pytest.approx(by_day[after].sum(), rel=0.12)


def test_what_calendar_and_season_expect_has_no_step_where_a_new_fit_begins() -> None:
    """A level that moved is no season: each fit goes on where the one before it ended."""
    day = np.arange(17_897, 17_897 + 900)
    count = np.random.default_rng(1).poisson(200 * np.exp(0.3 * np.sin(np.arange(900) / 50)))
    none = np.zeros(900, dtype=bool)
    days = Days(
        day,
        count.astype(np.float64),
        np.full(900, 9.0, np.float64),
        (day + 3) % 7 + 1,
        none,
        none,
        np.empty((0, 900)),
    )
    mean = expected_days(days, np.empty(0), at_a_level=False)
    begins = [one for one in fits(days) if one > 400]
    for begin in begins:
        same_days, before = mean[begin : begin + 7].sum(), mean[begin - 7 : begin].sum()
        assert same_days == pytest.approx(before, rel=0.05)
