"""Patterns in hourly counts: what a working counter shows once in decades is found, what it shows is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from expectations.counters.patterns import Pattern, all_even, clock_shift, delivered_again, stuck
from tests.expectations.synthetic import PARIS, door, expected
from warehouse.counted.series import Bools, Series

THRESHOLD = float(np.log(50_000))


def local(*parts: int) -> np.datetime64:
    """A local instant as naive UTC."""
    instant = datetime(*parts, tzinfo=PARIS)  # type: ignore[misc,arg-type]
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None))


@pytest.fixture(scope="module")
def auch() -> Series:
    """A door like that of Auch: some 140 a day over 2024 and 2025."""
    return door(seed=7, per_day=140)


def between(series: Series, first: np.datetime64, end: np.datetime64) -> Bools:
    chosen: Bools = (series.start >= first) & (series.start < end)
    return chosen


def judged(name: str, series: Series) -> list[Pattern]:
    """The patterns of one chart."""
    usual = expected(series).expected
    charts: dict[str, Callable[[], list[Pattern]]] = {
        "stuck": lambda: stuck(series, usual.count, usual.hour_dispersion, THRESHOLD),
        "duplicate_delivery": lambda: delivered_again(series, usual.count, usual.hour_dispersion, THRESHOLD),
        "doubled": lambda: all_even(series, THRESHOLD),
        "clock_shift": lambda: clock_shift(series, usual.hour_dispersion, THRESHOLD),
    }
    return charts[name]()


@pytest.mark.parametrize("name", ["stuck", "duplicate_delivery", "doubled", "clock_shift"])
def test_a_healthy_door_shows_no_pattern_in_two_years(name: str, auch: Series) -> None:
    assert judged(name, auch) == []


def test_a_value_that_is_stuck_around_the_clock_is_found_within_a_day(auch: Series) -> None:
    chosen = between(auch, local(2025, 6, 3, 14), local(2025, 6, 9, 10))
    (found,) = judged("stuck", replace(auch, count=np.where(chosen, 7.0, auch.count)))
    assert found.fault == "stuck"
    assert auch.start[found.declared] < local(2025, 6, 4, 14)
    assert found.after is not None
    assert auch.start[found.after] == local(2025, 6, 9, 10)


def test_days_that_are_delivered_again_are_found_on_the_second_day_at_the_latest(auch: Series) -> None:
    chosen = np.flatnonzero(between(auch, local(2025, 6, 16), local(2025, 6, 30)))
    again = auch.count.copy()
    again[chosen] = auch.count[chosen - 14 * 24]
    (found,) = judged("duplicate_delivery", replace(auch, count=again))
    assert auch.start[found.first] == local(2025, 6, 16)
    assert auch.start[found.declared] < local(2025, 6, 18)


def test_counts_that_are_all_even_mean_that_everybody_counts_twice(auch: Series) -> None:
    chosen = between(auch, local(2025, 6, 3, 14), local(2025, 7, 1))
    (found,) = judged("doubled", replace(auch, count=np.where(chosen, 2 * auch.count, auch.count)))
    assert found.fault == "doubled"
    assert local(2025, 6, 3, 12) <= auch.start[found.first] <= local(2025, 6, 3, 14)
    assert auch.start[found.declared] < local(2025, 6, 6)


def test_a_series_that_was_always_even_is_no_news(auch: Series) -> None:
    assert judged("doubled", replace(auch, count=2 * auch.count)) == []


@pytest.mark.parametrize("hours", [1, 12])
def test_a_wrong_clock_shows_on_the_days_after_and_ends_when_it_is_set(hours: int, auch: Series) -> None:
    first, end = local(2025, 6, 3), local(2025, 6, 23)
    moved = np.where(between(auch, first, end), np.roll(auch.count, hours), auch.count)
    found = judged("clock_shift", replace(auch, count=moved))[0]
    assert auch.start[found.first] == first
    assert auch.start[found.declared] < local(2025, 6, 10)
    assert found.after is not None
    assert abs(auch.start[found.after] - end) <= np.timedelta64(2, "D")


def test_a_busy_evening_is_no_wrong_clock(auch: Series) -> None:
    evening = between(auch, local(2025, 6, 21, 19), local(2025, 6, 21, 23))
    assert judged("clock_shift", replace(auch, count=np.where(evening, 40.0, auch.count))) == []


# --- days whose hours the calendar explains -----------------------------------------------------------------

CHRISTMAS = {date(2024, 12, 25), date(2025, 1, 1), date(2025, 12, 25)}


def days_since_1970(*days: date) -> set[int]:
    return {(day - date(1970, 1, 1)).days for day in days}


@pytest.fixture(scope="module")
def street() -> Series:
    """A street, some 500 a day, which nobody opens and closes."""
    return door(seed=3, per_day=500, always_open=True)


def clock(series: Series, *holidays: date) -> list[Pattern]:
    usual = expected(series).expected
    return clock_shift(series, usual.hour_dispersion, THRESHOLD, days_since_1970(*holidays))


def later(series: Series, days: set[date], hours: int) -> Series:
    """The series with the passages of some days so many hours later in the day: people get up late."""
    counts = series.by_hour(series.count)
    rows = sorted(days_since_1970(*days) & set(series.day.tolist()))
    for row in (day - int(series.day[0]) for day in rows):
        counts[row] = np.roll(counts[row], hours)
    return replace(series, count=counts[series.row, series.hour])


def weekend(day: date) -> bool:
    return day.weekday() > 4


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize(
    ("holidays", "off"),
    [
        ((date(2025, 4, 18), date(2025, 4, 21)), every_day(date(2025, 4, 18), date(2025, 4, 21))),
        ((date(2025, 5, 1),), every_day(date(2025, 5, 1), date(2025, 5, 4))),
        ((date(2025, 12, 25), date(2025, 12, 26)), every_day(date(2025, 12, 24), date(2025, 12, 28))),
    ],
    ids=["easter", "the first of May on a Thursday", "christmas"],
)
def test_a_long_weekend_with_the_hours_of_sundays_is_no_other_clock(
    street: Series, holidays: tuple[date, ...], off: list[date]
) -> None:
    sundays = {day for day in every_day(date(2024, 1, 1), date(2025, 12, 31)) if weekend(day)}
    lazy = later(street, sundays | set(off), 3)
    assert clock(lazy, *holidays) == []


def test_sundays_with_hours_of_their_own_hide_no_wrong_clock(street: Series) -> None:
    sundays = {day for day in every_day(date(2024, 1, 1), date(2025, 12, 31)) if weekend(day)}
    wrong = later(later(street, sundays, 3), set(every_day(date(2025, 6, 3), date(2025, 6, 22))), 6)
    found = clock(wrong)[0]
    assert street.start[found.first] == local(2025, 6, 3)
    assert street.start[found.declared] < local(2025, 6, 8)


def test_other_opening_hours_are_no_other_clock() -> None:
    """From November on the office opens from 13 to 18 h, and all come then."""
    year = door(seed=9, per_day=140)
    is_winter = np.isin(
        (year.day.astype("datetime64[D]").astype("datetime64[M]").astype(int)) % 12, (10, 11, 0, 1)
    )
    closed = is_winter & (year.hour < 13)
    winter = replace(
        year,
        open_minutes=np.where(closed, 0.0, year.open_minutes),
        count=np.where(closed, 0.0, np.where(is_winter, 2 * year.count, year.count)),
    )
    assert clock(winter) == []


def test_a_wrong_clock_that_begins_before_christmas_is_found_within_three_ordinary_days(auch: Series) -> None:
    wrong = between(auch, local(2024, 12, 20), local(2025, 1, 20))
    found = clock(replace(auch, count=np.where(wrong, np.roll(auch.count, 12), auch.count)), *CHRISTMAS)[0]
    assert auch.start[found.declared] < local(2024, 12, 24)


def test_a_holiday_that_counts_in_closed_hours_alone_proves_a_wrong_clock(auch: Series) -> None:
    holidays = every_day(date(2025, 6, 10), date(2025, 6, 12))
    wrong = between(auch, local(2025, 6, 10), local(2025, 6, 13))
    found = clock(replace(auch, count=np.where(wrong, np.roll(auch.count, 12), auch.count)), *holidays)
    assert auch.start[found[0].declared] < local(2025, 6, 13)
