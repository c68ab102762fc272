"""Changes of level as faults: named as their figures say, from the first year on, across breaks."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from expectations.counters.level import LevelChange
from expectations.counters.level_faults import judge, name
from expectations.counters.outages import Outage
from warehouse.counted.series import ExpectedCounts, ExpectedSeries, Floats, Series

FIRST = datetime(2023, 1, 1)  # noqa: DTZ001  # naive UTC
FIRST_DAY = (FIRST - datetime(1970, 1, 1)).days  # noqa: DTZ001


def daily(count: Floats, expected: Floats, subject: str = "counter:door") -> ExpectedSeries:
    """A series of one slot a day, open nine hours of it."""
    days = np.arange(count.size)
    start = np.datetime64(FIRST, "us") + days * np.timedelta64(1, "D")
    series = Series(
        "auch", subject, start, np.full(days.size, 1440), FIRST_DAY + days, np.zeros(days.size, np.int64),
        np.full(days.size, 540.0), count,
    )  # fmt: skip
    rest = np.ones(days.size)
    return ExpectedSeries(series, ExpectedCounts(expected, expected, rest, rest, expected, rest))


def course(days: int) -> Floats:
    """The season of a tourist town."""
    season: Floats = np.exp(0.5 * np.cos(2 * np.pi * (np.arange(days) - 220) / 365))
    return season


def poisson(mean: Floats, seed: int) -> Floats:
    return np.random.default_rng(seed).poisson(mean).astype(np.float64)


def judged(watched: ExpectedSeries, *partners: ExpectedSeries, **told: object) -> list[Outage]:
    return list(judge(watched, partners, (), **told))  # type: ignore[arg-type]


def at(day: int) -> datetime:
    return FIRST + timedelta(days=day)


# --- the first year ----------------------------------------------------------------------------------------


def young(factor: float, seed: int = 1) -> tuple[ExpectedSeries, ExpectedSeries]:
    """A door of 300 days that counts `factor` of its passages from day 120 on, and an old neighbour.

    What is expected of the door knows no season: it follows what was counted before.
    """
    mean = 60 * course(300) * np.where(np.arange(300) < 120, 1.0, factor)
    counted = poisson(mean, seed)
    followed = np.array([counted[max(0, n - 28) : max(1, n)].mean() for n in range(300)])
    neighbour = 200 * course(300)
    return daily(counted, followed), daily(poisson(neighbour, seed + 1), neighbour, "counter:neighbour")


def test_in_its_first_year_a_door_that_counts_two_fifths_is_told_beside_a_neighbour() -> None:
    door, neighbour = young(0.39)
    (outage,) = judged(door, neighbour)
    assert at(118) <= outage.onset_at <= at(122)
    assert outage.detected_at < at(135)
    assert judged(door) == []


@pytest.mark.parametrize("seed", range(3))
def test_in_its_first_year_the_turn_of_the_season_is_no_change_of_level(seed: int) -> None:
    assert judged(*young(1.0, seed)) == []


def test_in_the_first_year_a_fault_of_the_neighbour_is_not_blamed_on_the_door() -> None:
    door, neighbour = young(1.0)
    count = neighbour.series.count * np.where(np.arange(300) < 120, 1.0, 0.4)
    assert judged(door, daily(count, neighbour.expected.seasonal, "counter:neighbour")) == []


# --- the way back, and breaks ------------------------------------------------------------------------------


def halved(first: int, end: int, days: int = 620) -> ExpectedSeries:
    day = np.arange(days)
    mean = 60 * course(days)
    return daily(poisson(mean * np.where((day >= first) & (day < end), 0.5, 1.0), 3), mean)


def test_the_end_of_a_change_lies_on_the_way_back_and_is_known_within_days_of_it() -> None:
    (outage,) = judged(halved(400, 450))
    assert outage.ended_at is not None
    assert outage.end_known_at is not None
    assert at(448) <= outage.ended_at <= at(452)
    assert at(452) <= outage.end_known_at <= at(470)


def test_a_change_that_lasts_has_no_end_and_a_day_from_which_it_is_usual() -> None:
    (outage,) = judged(halved(400, 620))
    assert (outage.ended_at, outage.end_known_at) == (None, None)
    assert outage.usual_at == outage.detected_at + timedelta(days=120)


def test_a_new_method_ends_a_change_and_what_follows_is_judged_afresh() -> None:
    day = np.arange(700)
    mean = 60 * course(700)
    counted = poisson(mean * np.where((day >= 400) & (day < 650), 0.5, 1.0), 3)
    # The first month after the break that has seen enough of the new method has learnt its level.
    expected = mean * np.where(day >= 486, 0.5, 1.0)
    first, second = judged(daily(counted, expected), breaks=[FIRST_DAY + 430])
    assert first.ended_at == at(430)
    assert second.fault == "doubled"
    assert at(648) <= second.onset_at <= at(652)


def test_a_new_method_whose_level_is_another_is_no_change_of_level() -> None:
    day = np.arange(600)
    mean = 60 * course(600)
    counted = poisson(mean * np.where(day >= 430, 0.5, 1.0), 3)
    expected = mean * np.where(day >= 486, 0.5, 1.0)
    assert judged(daily(counted, expected), breaks=[FIRST_DAY + 430]) == []


# --- names -------------------------------------------------------------------------------------------------


def change(ratio: float) -> LevelChange:
    return LevelChange(100, 105, None, None, float(np.log(ratio)), 0.0, 50.0)


@pytest.mark.parametrize(
    ("ratio", "share", "named"),
    [
        (2.0, 1.95, "doubled"),
        (2.0, 1.29, "step"),  # "129 %: counts about twice as many"
        (0.5, 0.48, "half"),
        (0.5, 0.85, "step"),
        (0.7, 0.7, "step"),
    ],
)
def test_half_and_double_are_names_that_the_figures_beside_them_bear_out(
    ratio: float, share: float, named: str
) -> None:
    assert name(change(ratio), share) == named
