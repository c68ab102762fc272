"""A newcomer with three weeks of history: nobody is flooded, and a dead door is still found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from expectations.counters.counter_health import Watched, judge
from tests.expectations.synthetic import PARIS, door, expected, silenced
from warehouse.counted.series import Series

FIRST = date(2024, 4, 2)
HISTORY, DAYS = 21, 42
SEEDS = range(20)
VOLUMES = (20, 60, 200)
DEAD = datetime.combine(FIRST + timedelta(days=HISTORY), datetime.min.time(), PARIS).astimezone(UTC)


def young(seed: int, per_day: float) -> Series:
    """Six weeks of a new door."""
    return door(seed, per_day, first=FIRST, days=DAYS)


def watched(total: Series, seed: int) -> Watched:
    """The door with its directions, half of the passages each."""
    known = np.nan_to_num(total.count).astype(np.int64)
    entries = np.random.default_rng(seed).binomial(known, 0.5)
    return Watched(
        expected(total),
        directions=[
            replace(
                total, subject=f"{total.subject}/{name}", count=np.where(np.isnan(total.count), np.nan, part)
            )
            for name, part in (("in", entries), ("out", known - entries))
        ],
    )


def test_young_doors_raise_less_than_one_false_alarm_a_year() -> None:
    doors = [(seed, volume) for seed in SEEDS for volume in VOLUMES]
    alarms = [outage for seed, volume in doors for outage in judge(watched(young(seed, volume), seed))]
    assert len(alarms) <= len(doors) * DAYS / 365


def dead_doors(value: float) -> Iterator[tuple[int, float]]:
    """Volume and days until it was told, of doors that die after three weeks."""
    for volume in VOLUMES:
        for seed in range(6):
            broken = silenced(young(seed, volume), DEAD.replace(tzinfo=None), value=value)
            outages = judge(watched(broken, seed))
            # Nothing counts beside these doors: their first silent day is a question.
            (outage,) = [one for one in outages if one.fault != "closed_or_dead"]
            assert outage.fault == ("no_data" if np.isnan(value) else "zeros")
            yield volume, (outage.detected_at.replace(tzinfo=UTC) - DEAD) / timedelta(days=1)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_door_that_dies_after_three_weeks_is_found_within_days(value: float) -> None:
    # Zeros may be a closure, on the first day; a closed office would have sent rows.
    most = {20: 4, 60: 2, 200: 1} if np.isnan(value) else {20: 5, 60: 3, 200: 2}
    for volume, days in dead_doors(value):
        assert days <= most[volume]
