"""What was expected of a slot: learnt from the days before its month, and only once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.expectations.synthetic import door, no_day
from transforms.counters.expecting import expect, seasonal
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
