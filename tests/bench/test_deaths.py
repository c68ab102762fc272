"""Faults as they are in the field: what they change and what they leave."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from bench.counters.asked import asked
from bench.counters.deaths import DEATHS, TESTED_COUNTS
from bench.counters.doors import Door
from bench.counters.faults import Fault
from bench.counters.life import between
from tests.bench.invented import door
from warehouse.counted.series import Floats

START = datetime.fromisoformat("2019-03-05T09:00")
HEALTHY = door(volume=200)
SHORT = [label for label, kind in DEATHS.items() if kind.days == 60]


def injected(label: str) -> tuple[Door, Fault]:
    return DEATHS[label].inject(HEALTHY, START, DEATHS[label].days, np.random.default_rng(3))


def by_day(of: Door) -> Floats:
    """Counts of the days of a fault of sixty days."""
    first = int(np.searchsorted(of.total.start, np.datetime64(START, "us")))
    counts: Floats = of.total.count[first : first + 60 * 24].reshape(60, 24).sum(axis=1)
    return counts


@pytest.mark.parametrize("label", SHORT)
def test_the_healthy_counts_return_with_the_repair(label: str) -> None:
    faulty, fault = injected(label)
    assert fault.end == START + timedelta(days=60)
    outside = ~between(HEALTHY.total, START, fault.end)
    for name in ("entries", "exits", "total"):
        before, now = getattr(HEALTHY, name).count, getattr(faulty, name).count
        assert np.array_equal(before[outside], now[outside])
    assert np.array_equal(faulty.total.count, faulty.entries.count + faulty.exits.count)
    assert np.array_equal(faulty.desk.count, HEALTHY.desk.count)


@pytest.mark.parametrize(("label", "share"), [("trickle_2", 0.02), ("trickle_5", 0.05), ("trickle_10", 0.1)])
def test_a_trickle_counts_its_share_of_the_passages(label: str, share: float) -> None:
    assert by_day(injected(label)[0]).sum() / by_day(HEALTHY).sum() == pytest.approx(share, rel=0.15)


@pytest.mark.parametrize("share", [2, 7, 30])
def test_one_direction_sinks_and_the_other_counts_on(share: int) -> None:
    faulty, fault = injected(f"direction_{share}")
    inside = between(HEALTHY.total, START, fault.end)
    left = sorted(
        getattr(faulty, name).count[inside].sum() / getattr(HEALTHY, name).count[inside].sum()
        for name in ("entries", "exits")
    )
    assert left == [pytest.approx(share / 100, rel=0.3), 1]


def test_a_death_in_pieces_counts_in_the_stretches_it_is_alive_and_then_no_more() -> None:
    faulty, fault = injected("in_pieces")
    alive = np.zeros(HEALTHY.total.start.size, np.bool_)
    for begin, end in fault.alive:
        alive |= between(HEALTHY.total, begin, end)
    inside = between(HEALTHY.total, START, fault.end)
    assert len(fault.alive) > 1
    assert np.array_equal(faulty.total.count[alive & inside], HEALTHY.total.count[alive & inside])
    assert faulty.total.count[inside & ~alive].sum() == 0
    assert max(end for _, end in fault.alive) < START + timedelta(days=17)


def test_a_stray_count_a_day_begins_on_the_fourth_open_day() -> None:
    counts = by_day(injected("stray")[0])
    assert set(counts) == {0, 1}
    assert counts[:3].sum() == 0


def test_a_test_is_thirty_counts_in_one_hour() -> None:
    faulty, fault = injected("tested")
    counts = faulty.total.count[between(HEALTHY.total, START, fault.end)]
    assert sorted(counts[counts > 0]) == [TESTED_COUNTS]


def test_a_young_door_has_old_partners() -> None:
    first = HEALTHY.days[0] + 400
    young = HEALTHY.known_since(first)
    assert young.days == (first, HEALTHY.days[1])
    assert young.entries.start.size == young.exits.start.size == young.total.start.size
    assert np.array_equal(young.desk.start, HEALTHY.desk.start)
    assert np.array_equal(young.neighbour.count, HEALTHY.neighbour.count)


@pytest.mark.parametrize(
    ("label", "name"), [("never", "never_counted"), ("never_in", "direction_never_counted")]
)
def test_a_counter_that_has_never_counted_is_asked_about_until_it_counts(label: str, name: str) -> None:
    start = datetime.fromisoformat("2019-01-10T00:00")
    young = HEALTHY.known_since(int(np.datetime64(start, "D").astype(np.int64)))
    faulty, fault = DEATHS[label].inject(young, start, DEATHS[label].days, np.random.default_rng(1))
    assert asked(young) == []
    (question,) = asked(faulty)
    assert question.fault == name
    assert question.fault in fault.names
    assert question.detected < start + timedelta(days=14)
    assert fault.end is not None
    assert question.ended is not None
    assert timedelta(0) <= question.ended - fault.end < timedelta(days=2)
