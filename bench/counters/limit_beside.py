"""What the best test can reach that sees a door beside other systems of its town: a bound, as in `limit`.

The test is given the day on which the fault would begin, its size and course, the covariance of the daily log
ratios of all series (read from the judged towns themselves), and everything that the others record before,
meanwhile and after. It may alarm falsely with the chance that 0.1 false statements an indicator and year
leave to the days within which it must speak. No real judge knows the day: it must look every evening for any
beginning, so that it needs more deviations for the same rate of false statements.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench.counters.doors import Split
from bench.counters.limit import bound, cut, signal
from bench.counters.scoring import DAYS_A_YEAR
from bench.counters.town import DOOR, PARTNERS, Town, towns
from warehouse.counted.series import Floats

A_YEAR = 0.1
WITHIN_DAYS = (30, 60)
REACHED_AFTER = 30  # open days that a drift takes
SIZES = (0.10, 0.15, 0.20, 0.30)
KNOWN = tuple(PARTNERS)
BESIDE = {count: KNOWN[:count] for count in (0, 1, 2, 3, 5)}


def run(split: Split, volume: int, seeds: tuple[int, ...], scale: float = 1.0) -> list[dict[str, Any]]:
    """By number of partners, fault and size: the most that is found within 30 and within 60 open days."""
    return list(_rows(split, volume, seeds, scale))


def _rows(split: Split, volume: int, seeds: tuple[int, ...], scale: float) -> Iterator[dict[str, Any]]:
    several = list(towns(split, volume, seeds, scale))
    for count, partners in BESIDE.items():
        ratios = [daily(town.among((DOOR, *partners))) for town in several]
        days = sum(town.judged[1] - town.judged[0] for town in several)
        open_days = DAYS_A_YEAR * sum(one.shape[1] for one in ratios) / days
        for within in WITHIN_DAYS:
            for fault, course in courses(within).items():
                unit = signal(ratios, course)
                for size in SIZES:
                    deviations = unit * -np.log1p(-size)
                    yield {
                        "volume": volume, "partners": count, "scale": scale, "fault": fault, "size": size,
                        "within": within, "signal": round(float(deviations), 2),
                        "share": round(bound(deviations, A_YEAR * within / open_days), 3),
                    }  # fmt: skip


def courses(within: int) -> dict[str, Floats]:
    """How much of its size each fault has reached on each open day."""
    day = np.arange(within)
    return {"drift": np.minimum((day + 0.5) / REACHED_AFTER, 1.0), "step": np.ones(within)}


def daily(town: Town) -> Floats:
    """Log ratios (series, open days of the door) in the judged days, around 0; 0 where not known."""
    door = town.registers[DOOR]
    kept = (
        (town.days >= town.judged[0]) & (town.days < town.judged[1]) & (door.count > 0) & (door.expected > 0)
    )
    ratios = np.array(
        [
            np.where(
                (one.count > 0) & (one.expected > 0),
                np.log((np.nan_to_num(one.count) + 0.5) / (one.expected + 0.5)),
                np.nan,
            )[kept]
            for one in town.registers.values()
        ]
    )
    return np.array(list(cut(ratios)))
