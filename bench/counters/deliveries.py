"""`python -m bench.counters.deliveries`: files that come daily, weekly or monthly; prints a table.

A row is known only once its file has come, at midnight before a day, a Monday or the first of a month. The
door is judged at every delivery, on what is known then; what is told at one and no longer at the next, is
told falsely. The delay is in days from the begin of the fault to the delivery at which it was told.

python -m bench.counters.deliveries --seeds 2 --volumes 60
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.counters.deaths import DEATHS
from bench.counters.doors import DESK_OF, Split, doors
from bench.counters.faults import HISTORY_DAYS, LASTING, Fault
from bench.counters.house import House, as_episodes
from bench.counters.life import beginnings
from bench.counters.scoring import DAYS_A_YEAR, Episode, overlaps, raised
from expectations.counters.counter_health import Watched, judge
from expectations.counters.silence import QUESTIONS
from warehouse.counted.series import Integers

Rhythm = Literal["daily", "weekly", "monthly"]
Row = dict[str, Any]
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
SELDOM: tuple[Rhythm, ...] = ("weekly", "monthly")
FAULTS = ("zeros", "trickle_5")
CALM_DAYS = 182


@dataclass
class Told:
    """What was told of doors whose files come in one rhythm."""

    delays: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    years: float = 0.0
    alarms: int = 0
    taken_back: int = 0


def run(split: Split, volumes: tuple[int, ...], seeds: tuple[int, ...]) -> list[Row]:
    """Rows by volume and rhythm, JSON-able: delays in days, false alarms of half a year, beside a desk.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    found: dict[tuple[int, Rhythm], Told] = defaultdict(Told)
    house = House()
    for volume in volumes:
        for door in doors(split, volume, seeds):
            random = np.random.default_rng([door.seed, door.volume, 11])
            start: datetime = random.choice(beginnings(door, "season", LASTING)).item()
            day = int(np.datetime64(start, "D").astype(np.int64))
            seen = door.window(day - HISTORY_DAYS, day + LASTING)
            watched, found_healthy = house.settled(seen)
            healthy = as_episodes(found_healthy)
            # A file a day is all but what the other tables judge.
            for rhythm in SELDOM:
                _judge_calm(watched, day, rhythm, found[volume, rhythm])
            for label in FAULTS:
                faulty, fault = DEATHS[label].inject(seen, start, DEATHS[label].days, random)
                watched, _ = house.settled(faulty)
                for rhythm in RHYTHMS:
                    found[volume, rhythm].delays[label].append(_delay(watched, fault, healthy, rhythm))
    return [
        {
            "volume": volume,
            "rhythm": rhythm,
            **{f"{label}_days": _worst(told.delays[label]) for label in FAULTS},
            "a_year": told.alarms / told.years if told.years else None,
            "taken_back": told.taken_back,
        }
        for (volume, rhythm), told in sorted(
            found.items(), key=lambda one: (one[0][0], RHYTHMS.index(one[0][1]))
        )
    ]


def deliveries(first: int, end: int, rhythm: Rhythm) -> Integers:
    """The local days, from one to before another, at whose midnight the rows before them come."""
    day: Integers = np.arange(first, end)
    if rhythm == "weekly":
        day = day[(day + 3) % 7 == 0]
    if rhythm == "monthly":
        months = day.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
        day = day[months.astype(np.int64) == day]
    return day


def as_delivered(watched: Watched, until: int) -> list[Episode]:
    """All that is found when the rows of a door are known up to a local day; its partners are known beyond.

    What was expected of a slot follows from what lies before it, so that it was the same then.
    """
    known = slice(0, int(np.searchsorted(watched.total.series.day, until)))
    total, directions = watched.total.among(known), [one.among(known) for one in watched.directions]
    return as_episodes(judge(replace(watched, total=total, directions=directions)))


def _judge_calm(watched: Watched, day: int, rhythm: Rhythm, told: Told) -> None:
    """What is told of the healthy door in the half-year before a day."""
    before: set[tuple[str, datetime]] = set()
    for until in deliveries(day - CALM_DAYS, day, rhythm):
        # What was raised before the half-year is no news of it.
        now = {
            (one.fault, one.onset)
            for one in as_delivered(watched, int(until))
            if one.fault not in QUESTIONS
            and np.datetime64(one.detected, "D").astype(np.int64) >= day - CALM_DAYS
        }
        told.alarms += len(now - before)
        told.taken_back += len(before - now)
        before = now
    told.years += CALM_DAYS / DAYS_A_YEAR


def _delay(watched: Watched, fault: Fault, healthy: Sequence[Episode], rhythm: Rhythm) -> float:
    """Days from the begin of a fault to the first delivery at which it is told; infinite when never."""
    begin = np.datetime64(fault.start, "us")
    first = int(begin.astype("datetime64[D]").astype(np.int64)) + 1
    for until in deliveries(first, int(watched.total.series.day[-1]) + 2, rhythm):
        if _is_told(fault, as_delivered(watched, int(until)), healthy):
            came = until.astype("datetime64[D]").astype("datetime64[us]")
            return float((came - begin) / np.timedelta64(1, "D"))
    return np.inf


def _is_told(fault: Fault, judged: Sequence[Episode], healthy: Sequence[Episode]) -> bool:
    return any(
        one.fault not in QUESTIONS and overlaps(one, fault) and raised(one, fault, healthy) is not None
        for one in judged
    )


def _worst(delays: Sequence[float]) -> dict[str, float | None]:
    """Median and longest, None where infinite."""
    values = {"median": float(np.quantile(delays, 0.5, method="inverted_cdf")), "longest": max(delays)}
    return {name: round(value, 1) if np.isfinite(value) else None for name, value in values.items()}


def show(rows: Sequence[Row], out: Console) -> None:
    """Print the rows as one table."""
    table = Table(
        title="Files that come seldom: days to the delivery at which a fault is told, median, longest"
    )
    for name in ("volume", "files", *FAULTS, "false alarms a year", "taken back"):
        table.add_column(name, justify="right")
    for row in rows:
        delays = [", ".join(str(value) for value in row[f"{label}_days"].values()) for label in FAULTS]
        a_year = "" if row["a_year"] is None else f"{row['a_year']:.2f}"
        table.add_row(str(row["volume"]), row["rhythm"], *delays, a_year, str(row["taken_back"]))
    out.print(table)


def main() -> None:
    """Command line: see the module's text. On the tuning years alone: what is chosen is chosen there."""
    parser = argparse.ArgumentParser(description="Faults in files that come seldom.")
    parser.add_argument("--seeds", type=int, default=2, help="doors a volume")
    parser.add_argument("--volumes", type=int, nargs="+", default=[60], choices=tuple(DESK_OF))
    asked = parser.parse_args()
    show(run("tune", tuple(asked.volumes), tuple(range(asked.seeds))), Console(width=200))


if __name__ == "__main__":
    main()
