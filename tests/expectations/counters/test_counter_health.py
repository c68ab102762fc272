"""One judgement of a counter: every fault under its own name, once, on what no other fault explains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from expectations.counters.counter_health import Watched, judge
from expectations.counters.outages import LEVELS, Outage
from tests.expectations.synthetic import PARIS, door
from transforms.counters.expecting import expect
from warehouse.counted.series import Floats, Series

FAULT = datetime(2025, 6, 3, 9, tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def healthy() -> Watched:
    """A door of 280 passages a day, half in and half out; what is expected is its true season."""
    entries, exits = (door(seed=seed, per_day=140, spread=0.12) for seed in (5, 6))
    total = replace(entries, count=entries.count + exits.count)
    counts, opened = total.by_day(total.count), total.by_day(total.open_minutes)
    month = (total.day[0] + np.arange(counts.size)).astype("datetime64[D]").astype("datetime64[M]")
    _, at = np.unique(month, return_inverse=True)
    return of(
        entries.count, exits.count, total, opened * (np.bincount(at, counts) / np.bincount(at, opened))[at]
    )


def of(entries: Floats, exits: Floats, like: Series, by_day: Floats) -> Watched:
    return Watched(
        expect(replace(like, count=entries + exits), by_day),
        directions=(
            replace(like, subject="counter:door/in", count=entries),
            replace(like, subject="counter:door/out", count=exits),
        ),
    )


def broken(
    watched: Watched, entries: Callable[[Floats], Floats], exits: Callable[[Floats], Floats]
) -> Watched:
    """The door with its directions changed from the fault on; what a healthy one expects is left as it is."""
    series = watched.total.series
    after = series.start >= np.datetime64(FAULT)
    was_in, was_out = (direction.count for direction in watched.directions)
    return of(
        np.where(after, entries(was_in), was_in),
        np.where(after, exits(was_out), was_out),
        series,
        series.by_day(watched.total.expected.seasonal),
    )


def faults(outages: list[Outage]) -> list[str]:
    """Without the questions whether a door was closed, which nothing counts beside."""
    return [outage.fault for outage in outages if outage.fault != "closed_or_dead"]


def test_a_healthy_door_has_no_fault(healthy: Watched) -> None:
    assert judge(healthy) == []


def test_a_direction_that_dies_while_the_other_lives_is_named_within_a_day_and_told_once(
    healthy: Watched,
) -> None:
    (outage,) = judge(broken(healthy, lambda count: count, lambda count: 0 * count))
    assert outage.fault == "one_direction_dead"
    assert (outage.subject, outage.direction) == ("counter:door", "out")
    assert (outage.detected_at - FAULT).total_seconds() < 24 * 3600


@pytest.mark.parametrize("days", [1, 20])
def test_a_direction_that_is_not_back_when_a_silence_is_over_is_told(healthy: Watched, days: int) -> None:
    """A closure that nobody announced, or a dead counter that is repaired by half."""
    start = healthy.total.series.start
    silent = (start >= np.datetime64(FAULT)) & (start < np.datetime64(FAULT + timedelta(days=days)))
    came, left = (direction.count for direction in healthy.directions)
    found = judge(
        of(
            np.where(start >= np.datetime64(FAULT), 0.0, came),
            np.where(silent, 0.0, left),
            healthy.total.series,
            healthy.total.series.by_day(healthy.total.expected.seasonal),
        )
    )
    (direction,) = [one for one in found if one.fault == "one_direction_dead"]
    assert direction.direction == "in"
    assert direction.detected_at - FAULT < timedelta(days=days + 2)
    assert LEVELS.isdisjoint(faults(found))


def test_a_door_that_dies_whole_is_told_once(healthy: Watched) -> None:
    assert faults(judge(broken(healthy, lambda count: 0 * count, lambda count: 0 * count))) == ["zeros"]


def test_half_of_the_passages_is_half(healthy: Watched) -> None:
    halved = broken(healthy, lambda count: count // 2, lambda count: count // 2)
    assert faults(judge(halved)) == ["half"]


def test_everybody_counted_twice_is_doubled_and_told_once(healthy: Watched) -> None:
    assert faults(judge(broken(healthy, lambda count: 2 * count, lambda count: 2 * count))) == ["doubled"]


def test_a_third_less_is_a_step(healthy: Watched) -> None:
    random = np.random.default_rng(1)

    def thinned(count: Floats) -> Floats:
        return random.binomial(count.astype(np.int64), 0.7).astype(np.float64)

    assert faults(judge(broken(healthy, thinned, thinned))) == ["step"]


def test_a_direction_that_counts_for_the_first_time_is_no_rise_of_the_whole(healthy: Watched) -> None:
    """What is expected had learnt one way alone; it learns the other from the month after the next on."""
    series, one_way = healthy.total.series, healthy.total.series.by_day(healthy.total.expected.seasonal) / 2
    was_in, was_out = (direction.count for direction in healthy.directions)
    repaired = of(np.where(series.start >= np.datetime64(FAULT), was_in, 0.0), was_out, series, one_way)
    assert LEVELS.isdisjoint(faults(judge(repaired)))
    assert not LEVELS.isdisjoint(faults(judge(replace(repaired, directions=()))))


def test_without_expected_counts_levels_are_not_judged(healthy: Watched) -> None:
    halved = broken(healthy, lambda count: count // 2, lambda count: count // 2)
    unknown = expect(halved.total.series, np.zeros(halved.total.series.row[-1] + 1))
    assert judge(replace(halved, total=unknown)) == []


def test_the_zeros_of_an_index_are_an_index_that_is_frozen(healthy: Watched) -> None:
    dead = broken(healthy, lambda count: 0 * count, lambda count: 0 * count)
    assert faults(judge(replace(dead, is_index=True))) == ["frozen_index"]


def test_a_fault_tells_what_was_counted_in_it(healthy: Watched) -> None:
    halved = broken(healthy, lambda count: count // 2, lambda count: count // 2)
    (outage,) = judge(halved)
    series = halved.total.series
    inside = (series.start >= np.datetime64(outage.onset_at)) & (series.open_minutes > 0)
    assert outage.counted_count == series.count[inside].sum()


def test_a_clock_that_jumps_half_a_day_is_named_once_its_night_is_known(healthy: Watched) -> None:
    def late(count: Floats) -> Floats:
        return np.roll(count, 12)

    told = faults(judge(broken(healthy, late, late)))
    assert told[-1] == "clock_shift"
    assert told.count("zeros") <= 2


def test_equal_days_that_one_slot_each_tells_among_hours_are_no_pattern(healthy: Watched) -> None:
    series = healthy.total.series
    first_day = int(np.datetime64("2025-06-02").astype(np.int64))
    is_told_at_once = (series.day >= first_day) & (series.day < first_day + 7)
    at = np.flatnonzero(is_told_at_once & (np.diff(series.day, prepend=0) > 0))
    told = replace(
        series, minutes=series.minutes.copy(), hour=series.hour.copy(),
        open_minutes=series.open_minutes.copy(), count=series.count.copy(),
    )  # fmt: skip
    by_day = series.by_day(healthy.total.expected.seasonal)
    told.minutes[at], told.hour[at], told.count[at] = 1440, 0, by_day[series.row[at[1]]].round()
    told.open_minutes[at] = series.by_day(series.open_minutes)[series.row[at]]
    names = ("start", "minutes", "day", "hour", "open_minutes", "count")
    kept = ~is_told_at_once
    kept[at] = True
    told = replace(told, **{name: getattr(told, name)[kept] for name in names})
    assert judge(Watched(expect(told, by_day))) == []
