"""Gaps of a series: what is one, how much of its days was missed, and what an estimate of it may read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from transforms.counters.gaps import DAYS_AFTER, Calendar, Daily, Gap, gaps

FIRST_DAY = 18_263  # 1 January 2020
MORNING, EVENING = 9, 18


def calendar(length: int) -> Calendar:
    day = FIRST_DAY + np.arange(length)
    no = np.zeros(length, dtype=bool)
    return Calendar(day, (day + 3) % 7 + 1, no, no)


def series(length: int, subject: str = "counter:door") -> Daily:
    """Ten an hour in the morning, thirty in the evening, every day."""
    counts, minutes = np.zeros((length, 24)), np.zeros((length, 24))
    counts[:, MORNING], counts[:, EVENING] = 10, 30
    minutes[:, [MORNING, EVENING]] = 60
    return Daily("passages", "desk", subject, counts, minutes, np.zeros_like(counts), np.zeros(length))


def missing(whole: Daily, days: list[int], hours: tuple[int, ...] = (MORNING, EVENING)) -> Daily:
    """The same, with these hours of these days not observed."""
    at = np.ix_(days, hours)
    lost = whole.missing.copy()
    counts, minutes = whole.counts.copy(), whole.minutes.copy()
    lost[at], counts[at], minutes[at] = minutes[at], 0, 0
    return replace(whole, counts=counts, minutes=minutes, missing=lost)


def closed(whole: Daily, days: list[int]) -> Daily:
    counts, minutes = whole.counts.copy(), whole.minutes.copy()
    counts[days], minutes[days] = 0, 0
    return replace(whole, counts=counts, minutes=minutes)


def found(own: Daily, *partners: Daily) -> list[Gap]:
    return list(gaps(calendar(len(own.counts)), own, list(partners)))


def days_of(gap: Gap) -> list[int]:
    return [int(day) - FIRST_DAY for day in gap.days.day[gap.rows]]


def test_an_open_day_that_was_wholly_observed_ends_a_gap_and_a_closed_one_does_not() -> None:
    own = closed(missing(series(40), [10, 12, 14, 20, 21]), [11])
    assert [days_of(gap) for gap in found(own)] == [[10, 11, 12], [14], [20, 21]]


def test_a_series_without_a_hole_has_no_gap() -> None:
    assert found(series(40)) == []


def test_the_share_of_a_day_that_was_missed_goes_by_its_usual_hours() -> None:
    (gap,) = found(missing(series(400), [200], (EVENING,)))
    assert gap.share[gap.rows] == pytest.approx([0.75], abs=0.01)
    (whole,) = found(missing(series(400), [200]))
    assert whole.share[whole.rows] == pytest.approx([1])


def test_a_day_that_was_observed_in_part_teaches_nothing() -> None:
    (gap,) = found(missing(series(40), [20], (EVENING,)))
    assert np.isnan(gap.days.count[gap.rows]).all()
    assert np.isfinite(gap.days.count).sum() == 39


def test_days_that_were_counted_at_fault_stand_and_teach_nothing_of_partners_either() -> None:
    faulty = FIRST_DAY + np.array([5, 6])
    (gap,) = found(
        replace(missing(series(40), [20]), faulty=faulty), replace(series(40, "counter:other"), faulty=faulty)
    )
    assert days_of(gap) == [20]
    assert np.flatnonzero(np.isnan(gap.days.count)).tolist() == [5, 6, 20]
    assert np.flatnonzero(np.isnan(gap.days.partners[0])).tolist() == [5, 6]


def test_an_hour_that_was_never_observed_makes_no_gap() -> None:
    own = missing(series(40), list(range(40)), (MORNING,))
    assert found(own) == []
    assert np.array_equal(own.whole, np.full(40, 30.0))


def test_nothing_beyond_ninety_days_after_a_gap_is_read() -> None:
    own = missing(series(400), [100, 101])
    (gap,) = found(own)
    assert int(gap.days.day[-1]) - FIRST_DAY == 101 + DAYS_AFTER
    assert gap.is_settled


def test_a_gap_is_settled_once_the_days_after_it_are_over() -> None:
    settled = [found(missing(series(102 + DAYS_AFTER + late), [101]))[0].is_settled for late in (-1, 0)]
    assert settled == [False, True]


def test_what_lies_before_the_first_day_of_the_series_changes_nothing() -> None:
    own = missing(series(200), [150])
    later = closed(missing(series(300), [250]), list(range(100)))
    (gap,), (same,) = found(own), found(later)
    assert gap.rows == same.rows
    assert len(gap.days) == len(same.days)


def test_a_partner_is_known_where_it_was_wholly_observed() -> None:
    partner = closed(missing(series(40, "counter:side"), [5], (EVENING,)), [6])
    (gap,) = found(missing(series(40), [20]), partner)
    assert np.flatnonzero(np.isnan(gap.days.partners[0])).tolist() == [5, 6]
