"""Entries and exits that change places: asked within days where the share tells it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from expectations.counters.counter_health import Watched
from expectations.counters.counter_health import judge as judge_all
from expectations.counters.exchanged import beside_sunk, judge
from expectations.counters.judging import joined
from expectations.counters.outages import Outage
from tests.expectations.counters.test_directions import local
from tests.expectations.synthetic import door, truncated
from transforms.counters.expecting import expect
from warehouse.counted.series import Bools, ExpectedSeries, Floats, Series

Pair = tuple[Series, Series]
SWAPPED, BACK = local(2025, 6, 3), local(2025, 8, 5)


def pair(share: float | Floats, seed: int = 1, per_day: float = 140, spread: float = 0.25) -> Pair:
    """Entries and exits of a door through which this share comes in."""
    total = door(seed, per_day, spread=spread)
    count = total.count.astype(np.int64)
    entries = np.random.default_rng(seed).binomial(count, share).astype(np.float64)
    return (
        replace(total, subject="counter:door/in", count=entries),
        replace(total, subject="counter:door/out", count=total.count - entries),
    )


def during(series: Series, since: datetime, until: datetime = datetime(2030, 1, 1)) -> Bools:  # noqa: DTZ001
    return np.asarray((series.start >= np.datetime64(since)) & (series.start < np.datetime64(until)))


def swapped(both: Pair, since: datetime, until: datetime = datetime(2030, 1, 1)) -> Pair:  # noqa: DTZ001
    entries, exits = both
    at = during(entries, since, until)
    return (
        replace(entries, count=np.where(at, exits.count, entries.count)),
        replace(exits, count=np.where(at, entries.count, exits.count)),
    )


def whole(both: Pair) -> ExpectedSeries:
    """The sum of both, of which nothing is expected."""
    total = replace(both[0], subject="counter:door", count=both[0].count + both[1].count)
    return expect(total, np.zeros(total.days))


def found(both: Pair) -> list[tuple[date, date, date | None]]:
    """Onset, detection and end in local days."""
    outages = judge(whole(both), *both)
    assert all((one.fault, one.direction) == ("directions_exchanged", "in") for one in outages)
    day = timedelta(hours=2)
    return [
        (
            (one.onset_at + day).date(),
            (one.detected_at + day).date(),
            one.ended_at and (one.ended_at + day).date(),
        )
        for one in outages
    ]


@pytest.mark.parametrize(("share", "per_day"), [(0.7, 140), (0.3, 140), (0.65, 60), (0.7, 20), (0.95, 140)])
def test_directions_that_change_places_are_asked_about_until_they_change_back(
    share: float, per_day: float
) -> None:
    ((onset, detected, ended),) = found(swapped(pair(share, per_day=per_day), SWAPPED, BACK))
    assert abs((onset - date(2025, 6, 3)).days) <= 1
    assert (detected - date(2025, 6, 3)).days <= (3 if per_day > 20 else 7)
    assert ended is not None and abs((ended - date(2025, 8, 5)).days) <= 2


@pytest.mark.parametrize("share", [0.5, 0.55, 0.45])
def test_near_a_half_nothing_is_judged(share: float) -> None:
    assert found(swapped(pair(share), SWAPPED, BACK)) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.5, 0.6, 0.62, 0.7, 0.95])
def test_a_door_that_is_sound_is_never_asked_about(share: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    day = pair(0.5, seed)[0].row
    # From day to day the share strays more than chance would have it.
    of_day = np.clip(share + random.normal(0, 0.05, day[-1] + 1), 0.02, 0.98)[day]
    assert found(pair(of_day, seed, per_day=60)) == []


def test_a_share_that_wanders_across_a_half_is_no_exchange() -> None:
    day = pair(0.5)[0].row
    assert found(pair(np.linspace(0.64, 0.36, day[-1] + 1)[day], per_day=300)) == []


@pytest.mark.parametrize(
    ("entering", "leaving"), [(0.0, 1.0), (0.2, 1.0), (0.5, 1.0), (1.0, 2.0), (1.0, 5.0)]
)
def test_a_direction_that_sees_less_or_more_is_no_exchange(entering: float, leaving: float) -> None:
    entries, exits = pair(0.7)
    at = during(entries, SWAPPED)
    broken = (
        replace(entries, count=np.where(at, np.floor(entering * entries.count), entries.count)),
        replace(exits, count=np.where(at, np.floor(leaving * exits.count), exits.count)),
    )
    assert found(broken) == []


def test_a_school_that_leaves_for_two_days_is_no_exchange() -> None:
    entries, exits = pair(0.7)
    at = during(exits, SWAPPED, SWAPPED + timedelta(days=2))
    assert found((entries, replace(exits, count=np.where(at, exits.count + 60, exits.count)))) == []


def test_what_came_later_never_changes_what_was_asked() -> None:
    both = swapped(pair(0.7), SWAPPED, BACK)
    (asked,) = judge(whole(both), *both)
    for hours in (-24, 0, 30, 400, 4000):
        until = asked.detected_at + timedelta(hours=hours)
        entries, exits = (truncated(one, until) for one in both)
        again = judge(whole((entries, exits)), entries, exits)
        assert [(one.onset_at, one.detected_at) for one in again] == (
            [(asked.onset_at, asked.detected_at)] if hours >= 0 else []
        )


def test_other_faults_of_an_exchanged_door_are_told_beside_the_question() -> None:
    both = swapped(pair(0.7, spread=0.12), SWAPPED)
    at = during(both[0], local(2025, 9, 2, 9))
    dead = tuple(replace(one, count=np.where(at, 0.0, one.count)) for one in both)
    own = whole((dead[0], dead[1]))
    by_day = np.full(own.series.days, 120.0) * (own.series.by_day(own.series.open_minutes) > 0)
    told = judge_all(Watched(expect(own.series, by_day), dead))
    assert {one.fault for one in told} >= {"directions_exchanged", "zeros"}


def test_the_way_back_ends_an_exchange_that_its_window_has_forgotten() -> None:
    begin, seen_from = datetime(2026, 7, 1), datetime(2025, 6, 1)  # noqa: DTZ001
    old = Outage("o", "counter:door", "directions_exchanged", datetime(2025, 2, 3), datetime(2025, 2, 6),  # noqa: DTZ001
                 None, 70.0, 9.0, 1e-5, 30.0, "in")  # fmt: skip
    back = replace(old, onset_at=datetime(2026, 9, 1), detected_at=datetime(2026, 9, 4))  # noqa: DTZ001
    assert joined([old], [], begin, seen_from, lambda _: None) == [old]
    assert joined([old], [back], begin, seen_from, lambda _: None) == [replace(old, ended_at=back.onset_at)]


@pytest.mark.parametrize("share", [0.65, 0.7, 0.95])
def test_exchanged_directions_are_no_sunk_one_neither_while_it_lasts_nor_after(share: float) -> None:
    entries, exits = swapped(pair(share), SWAPPED, BACK)
    sunk, exchanges = beside_sunk(whole((entries, exits)), (entries, exits))
    assert sunk == []
    assert len(exchanges) == 1


@pytest.mark.parametrize(("share", "left"), [(0.65, 0.1), (0.7, 0.2), (0.8, 0.3), (0.8, 0.05)])
def test_a_sunk_direction_whose_share_looks_exchanged_is_told_by_the_sum_that_fell(
    share: float, left: float
) -> None:
    entries, exits = pair(share)
    thinned = np.random.default_rng(3).binomial(entries.count.astype(np.int64), left)
    entries = replace(entries, count=np.where(during(entries, SWAPPED, BACK), thinned, entries.count))
    sunk, exchanges = beside_sunk(whole((entries, exits)), (entries, exits))
    assert [one.direction for one in sunk] == ["in"]
    assert exchanges == []


def test_a_direction_that_dies_while_exchanged_has_the_name_that_it_is_counted_by() -> None:
    entries, exits = swapped(pair(0.7), SWAPPED)
    exits = replace(exits, count=np.where(during(exits, local(2025, 9, 2, 9)), 0.0, exits.count))
    sunk, exchanges = beside_sunk(whole((entries, exits)), (entries, exits))
    assert [one.direction for one in sunk] == ["out"]
    assert len(exchanges) == 1
