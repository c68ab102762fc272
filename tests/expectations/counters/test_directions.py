"""A direction that sinks while the other counts: found on what the other one counted, and on nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from expectations.counters.directions import judge
from expectations.counters.outages import Outage
from tests.expectations.synthetic import PARIS, door, silenced, truncated
from transforms.counters.expecting import expect
from warehouse.counted.series import ExpectedSeries, Series

Pair = tuple[Series, Series]


def local(*parts: int) -> datetime:
    """A local instant as naive UTC."""
    return datetime(*parts, tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


DEAD, REPAIRED = local(2025, 6, 3, 9), local(2025, 6, 24, 9)


def pair(seed: int = 1, per_day: float = 140, share: float = 0.5) -> Pair:
    """Entries and exits of a door: each passage goes in with the chance `share`."""
    total = door(seed, per_day)
    entries = np.random.default_rng(seed).binomial(total.count.astype(np.int64), share).astype(np.float64)
    return (
        replace(total, subject="counter:door/in", count=entries),
        replace(total, subject="counter:door/out", count=total.count - entries),
    )


@pytest.fixture(scope="module")
def healthy() -> Pair:
    """The door of Auch, as many in as out."""
    return pair()


def whole(directions: Sequence[Series]) -> ExpectedSeries:
    """The sum of the directions, of which nothing is expected."""
    counts = np.sum([np.nan_to_num(own.count) for own in directions], axis=0)
    total = replace(directions[0], subject="counter:door", count=counts)
    return expect(total, np.zeros(total.days))


def judged(directions: Sequence[Series]) -> list[Outage]:
    return judge(whole(directions), directions)


def one(outages: list[Outage]) -> Outage:
    (outage,) = outages
    return outage


@pytest.mark.parametrize(
    ("seed", "per_day", "share"), [(1, 140, 0.5), (2, 20, 0.5), (3, 60, 0.8), (4, 400, 0.5)]
)
def test_directions_that_live_are_never_told_dead(seed: int, per_day: float, share: float) -> None:
    assert judged(pair(seed, per_day, share)) == []


@pytest.mark.parametrize("value", [0.0, np.nan])
@pytest.mark.parametrize("dead", [0, 1])
def test_a_dead_direction_is_found_on_its_first_day_under_its_name(
    healthy: Pair, dead: int, value: float
) -> None:
    directions = [
        silenced(own, DEAD, REPAIRED, value) if at == dead else own for at, own in enumerate(healthy)
    ]
    outage = one(judged(directions))
    assert (outage.subject, outage.fault, outage.direction) == (
        "counter:door",
        "one_direction_dead",
        ("in", "out")[dead],
    )
    assert (outage.onset_at, outage.ended_at) == (DEAD, REPAIRED)
    assert outage.detected_at <= local(2025, 6, 3, 18)
    assert outage.counted_count == 0


def test_what_a_dead_direction_missed_is_read_from_the_other(healthy: Pair) -> None:
    entries, exits = healthy
    outage = one(judged((silenced(entries, DEAD, REPAIRED), exits)))
    inside = (entries.start >= np.datetime64(DEAD)) & (entries.start < np.datetime64(REPAIRED))
    assert outage.expected_count == pytest.approx(entries.count[inside].sum(), rel=0.1)


def test_a_school_group_that_comes_in_at_once_is_no_dead_exit(healthy: Pair) -> None:
    entries, exits = healthy
    group = entries.start == np.datetime64(local(2025, 6, 3, 10))
    crowded = replace(entries, count=np.where(group, 400.0, entries.count))
    empty = replace(exits, count=np.where(group, 0.0, exits.count))
    assert judged((crowded, empty)) == []


def test_a_closure_is_no_dead_direction(healthy: Pair) -> None:
    assert judged([silenced(own, DEAD, REPAIRED) for own in healthy]) == []


def test_mornings_out_and_afternoons_in_are_no_dead_direction() -> None:
    total = door(5, per_day=200)
    entries = np.where(total.hour < 13, np.minimum(total.count, 0.0), total.count)
    directions = (
        replace(total, subject="counter:area/in", count=entries),
        replace(total, subject="counter:area/out", count=total.count - entries),
    )
    assert judged(directions) == []


def test_directions_are_judged_from_the_fourteenth_day_on_which_both_counted() -> None:
    young = pair(per_day=140)
    for day, found in ((13, 0), (25, 1)):
        entries = silenced(young[0], local(2024, 1, day))
        assert len(judged((entries, young[1]))) == found


def test_one_direction_alone_has_nothing_to_be_judged_by(healthy: Pair) -> None:
    assert judged([silenced(healthy[0], DEAD)]) == []


def test_what_came_later_never_changes_what_was_declared(healthy: Pair) -> None:
    directions = (silenced(healthy[0], DEAD, REPAIRED), healthy[1])
    whole = one(judged(directions))
    for hours in (-1, 0, 5, 300, 4000):
        until = (np.datetime64(whole.detected_at) + np.timedelta64(hours, "h")).item()
        known = judged([truncated(own, until) for own in directions])
        assert [(o.onset_at, o.detected_at) for o in known] == (
            [(whole.onset_at, whole.detected_at)] if hours >= 0 else []
        )


# --- directions that still count a little -------------------------------------------------------------------


def sunk(
    own: Series, share: float, since: datetime = DEAD, until: datetime = REPAIRED, seed: int = 7
) -> Series:
    """A direction that counts this share of those who pass between two instants."""
    at = (own.start >= np.datetime64(since)) & (own.start < np.datetime64(until))
    thinned = np.random.default_rng(seed).binomial(own.count.astype(np.int64), share)
    return replace(own, count=np.where(at, thinned, own.count))


@pytest.mark.parametrize("sinks", [0, 1])
@pytest.mark.parametrize(
    ("share", "fault", "days"),
    [(0.02, "one_direction_dead", 2), (0.07, "one_direction_dead", 2), (0.3, "one_direction_weak", 5)],
)
def test_a_direction_that_sinks_is_one_fault_until_the_share_is_right_again(
    healthy: Pair, sinks: int, share: float, fault: str, days: int
) -> None:
    directions = [sunk(own, share) if at == sinks else own for at, own in enumerate(healthy)]
    outage = one(judged(directions))
    assert (outage.fault, outage.direction) == (fault, ("in", "out")[sinks])
    assert abs(outage.onset_at - DEAD) <= timedelta(days=1)
    assert outage.detected_at - DEAD <= timedelta(days=days)
    assert outage.ended_at is not None and abs(outage.ended_at - REPAIRED) <= timedelta(days=1)
    assert outage.counted_count / outage.expected_count == pytest.approx(share, abs=0.05)


def test_a_direction_of_a_small_door_that_counts_a_third_does_not_become_usual() -> None:
    entries, exits = pair(per_day=20)
    outage = one(judged((sunk(entries, 0.3, until=local(2025, 11, 3, 9)), exits)))
    assert (outage.fault, outage.direction) == ("one_direction_weak", "in")
    assert outage.ended_at is not None and abs(outage.ended_at - local(2025, 11, 3, 9)) <= timedelta(days=5)


@pytest.mark.parametrize("share", [0.75, 1.4])
def test_a_share_that_is_not_as_usual_and_no_third_of_it_is_no_fault(healthy: Pair, share: float) -> None:
    entries, exits = healthy
    after = entries.start >= np.datetime64(DEAD)
    other = np.round(share * entries.count)
    assert judged((replace(entries, count=np.where(after, other, entries.count)), exits)) == []


def test_a_count_now_and_then_ends_no_dead_direction(healthy: Pair) -> None:
    entries, exits = healthy
    dead = silenced(entries, DEAD, REPAIRED)
    stray = (dead.start >= np.datetime64(DEAD)) & (dead.hour == 11)
    outage = one(judged((replace(dead, count=np.where(stray & (dead.count == 0), 2.0, dead.count)), exits)))
    assert outage.detected_at <= DEAD + timedelta(days=2)
    assert outage.ended_at is not None and outage.ended_at >= REPAIRED


def test_a_morning_of_counts_is_no_repair(healthy: Pair) -> None:
    entries, exits = healthy
    dead = silenced(silenced(entries, DEAD, local(2025, 6, 12, 9)), local(2025, 6, 12, 13), REPAIRED)
    outage = one(judged((dead, exits)))
    assert outage.ended_at is not None and abs(outage.ended_at - REPAIRED) <= timedelta(hours=2)


def test_a_repair_is_known_after_about_an_open_day(healthy: Pair) -> None:
    directions = (silenced(healthy[0], DEAD, REPAIRED), healthy[1])
    outage = one(judged(directions))
    assert outage.end_known_at is not None and outage.ended_at is not None
    assert timedelta(hours=8) <= outage.end_known_at - outage.ended_at <= timedelta(days=2)
    for hours, known in ((-1, False), (0, True)):
        until = outage.end_known_at + timedelta(hours=hours)
        seen = one(judged([truncated(own, until) for own in directions]))
        assert (seen.ended_at is not None) is known


def test_days_of_a_fault_teach_nothing_to_either_direction(healthy: Pair) -> None:
    until = local(2025, 10, 6, 9)
    outage = one(judged((healthy[0], sunk(healthy[1], 0.3, until=until))))
    assert outage.ended_at is not None and abs(outage.ended_at - until) <= timedelta(days=1)


def test_a_school_that_comes_in_all_morning_is_no_weak_exit(healthy: Pair) -> None:
    entries, exits = healthy
    morning = (entries.day == entries.day[entries.start == np.datetime64(DEAD)]) & (entries.hour < 12)
    assert judged((replace(entries, count=np.where(morning, entries.count + 80, entries.count)), exits)) == []
