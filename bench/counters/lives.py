"""`python -m bench.counters.lives`: the whole lives of faults that are repaired; prints a table.

A design is volumes x seeds (doors) x seasons x faults x who helps to judge: a desk and a neighbour, a
neighbour alone, nobody. The window ends `AFTER_REPAIR` after the repair.

python -m bench.counters.lives --seeds 2 --volumes 60 --faults trickle_5 zeros [--beside desk] [--each]
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.counters.asked import asked
from bench.counters.deaths import DEATHS
from bench.counters.doors import DESK_OF, Door, Split, doors
from bench.counters.faults import HISTORY_DAYS, Season
from bench.counters.house import Beside, House
from bench.counters.life import AFTER_REPAIR, Life, beginnings, live
from bench.counters.scoring import Episode

Row = dict[str, Any]
BESIDE: tuple[Beside, ...] = get_args(Beside)
SEASONS: tuple[Season, ...] = get_args(Season)
FAULTS = tuple(DEATHS)


@dataclass(frozen=True)
class Design:
    """What is run: every combination of these, on one split of the years; faults begin in an open hour."""

    split: Split = "tune"
    volumes: tuple[int, ...] = tuple(DESK_OF)
    seeds: tuple[int, ...] = (0, 1, 2, 3)
    seasons: tuple[Season, ...] = SEASONS
    faults: tuple[str, ...] = FAULTS
    beside: tuple[Beside, ...] = BESIDE


@dataclass(frozen=True)
class Outcome:
    """The life of one fault at one door, beside those who help to judge it."""

    fault: str
    volume: int
    beside: Beside
    seed: int
    start: datetime
    life: Life


def run(design: Design, each: Callable[[Outcome, Sequence[Episode]], None] | None = None) -> list[Row]:
    """Rows by fault, volume and who helps to judge, JSON-able; `each` sees every case with its episodes.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    first = House()
    houses = {beside: House(like=first, beside=beside) for beside in design.beside}
    groups: dict[tuple[str, int, Beside], list[Life]] = defaultdict(list)
    for volume in design.volumes:
        for door in doors(design.split, volume, design.seeds):
            for outcome, episodes in _lives(door, design, houses):
                groups[outcome.fault, volume, outcome.beside].append(outcome.life)
                if each is not None:
                    each(outcome, episodes)
    return [
        {"fault": fault, "volume": volume, "beside": beside, **summary(lives)}
        for (fault, volume, beside), lives in sorted(groups.items(), key=lambda one: FAULTS.index(one[0][0]))
    ]


def _lives(
    door: Door, design: Design, houses: dict[Beside, House]
) -> Iterator[tuple[Outcome, Sequence[Episode]]]:
    # Faults of a length share the instant at which they begin; others do not move it.
    lengths = dict.fromkeys((DEATHS[label].days, DEATHS[label].history_days) for label in design.faults)
    for (days, history_days), season in product(lengths, design.seasons):
        after = days + AFTER_REPAIR.days + 1
        random = np.random.default_rng([door.seed, door.volume, SEASONS.index(season), days])
        instants = beginnings(door, season, after)
        if instants.size == 0:
            continue
        start: datetime = random.choice(instants).item()
        if history_days == 0:
            start = start.replace(hour=0)
        day = int(np.datetime64(start, "D").astype(np.int64))
        seen = door.window(day - HISTORY_DAYS, day + after).known_since(day - history_days)
        questions = asked if history_days == 0 else _nothing
        healthy = {beside: [*house(seen), *questions(seen)] for beside, house in houses.items()}
        for label in design.faults:
            kind = DEATHS[label]
            if (kind.days, kind.history_days) != (days, history_days):
                continue
            random = np.random.default_rng([door.seed, door.volume, FAULTS.index(label)])
            faulty, fault = kind.inject(seen, start, days, random)
            told = questions(faulty)
            for beside, house in houses.items():
                judged = [*house(faulty), *told]
                life = live(fault, seen, judged, healthy[beside])
                yield Outcome(label, door.volume, beside, door.seed, start, life), judged


def _nothing(_: Door) -> list[Episode]:
    return []


def summary(lives: Sequence[Life]) -> Row:
    """Sums of a group, which can be added to those of another (`shares`), and its median delay."""
    found = [one for one in lives if np.isfinite(one.delay_hours)]
    delays = np.array([one.delay_hours for one in lives])
    median = float(np.quantile(delays, 0.5, method="inverted_cdf"))
    return {
        "cases": len(lives),
        "delay_hours_median": median if np.isfinite(median) else None,
        "found": len(found),
        "right": sum(one.right for one in found),
        "wrong_hours": sum(one.wrong_hours for one in found),
        "alarm_hours": sum(one.alarm_hours for one in found),
        "incidents": sum(one.incidents for one in found),
        "messages": sum(one.messages for one in found),
        "closings": sum(one.closings for one in found),
        "early": sum(one.early for one in found),
        "falsely_named": sum(bool(one.false_names) for one in lives),
        "names": dict(Counter(name for one in found for name in one.names)),
        "false_names": dict(Counter(name for one in lives for name in one.false_names)),
    }


def shares(rows: Sequence[Row]) -> dict[str, float | None]:
    """Of groups together: means over the faults that were found, shares in per cent; None of nothing."""

    def over(part: str, whole: str, scale: float = 100) -> float | None:
        below = sum(row[whole] for row in rows)
        return scale * sum(row[part] for row in rows) / below if below else None

    return {
        "found": over("found", "cases"),
        "right": over("right", "found"),
        "under_alarm": over("alarm_hours", "wrong_hours"),
        "incidents": over("incidents", "found", 1),
        "messages": over("messages", "found", 1),
        "early": over("early", "closings"),
        "falsely_named": over("falsely_named", "cases"),
    }


def show(rows: Sequence[Row], out: Console) -> None:
    """Print the rows as one table."""
    table = Table(title="Lives of faults: time under alarm from detection on, and what was told")
    columns = ("fault", "beside", "names; false ones", "volume", "cases", "found %", "right %", "delay h",
               "under alarm %", "incidents", "messages", "early / closings", "false after %")  # fmt: skip
    for name in columns:
        table.add_column(name, justify="left" if name in columns[:3] else "right")
    for at, row in enumerate(rows):
        share, delay = shares([row]), row["delay_hours_median"]
        told = "; ".join(
            ", ".join(f"{name} {times}" for name, times in row[names].items())
            for names in ("names", "false_names")
        )
        table.add_row(
            row["fault"], row["beside"], told, str(row["volume"]), str(row["cases"]),
            _number(share["found"], 0), _number(share["right"], 0), "∞" if delay is None else f"{delay:.0f}",
            _number(share["under_alarm"], 1), _number(share["incidents"], 2), _number(share["messages"], 1),
            f"{row['early']} / {row['closings']}", _number(share["falsely_named"], 0),
            end_section=at + 1 < len(rows) and rows[at + 1]["fault"] != row["fault"],
        )  # fmt: skip
    out.print(table)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def main() -> None:
    """Command line: see the module's text. On the tuning years alone: what is chosen is chosen there."""
    parser = argparse.ArgumentParser(description="The whole lives of faults that are repaired.")
    parser.add_argument("--seeds", type=int, default=2, help="doors a volume")
    parser.add_argument("--volumes", type=int, nargs="+", default=[60], choices=tuple(DESK_OF))
    parser.add_argument("--faults", nargs="+", default=FAULTS, choices=FAULTS)
    parser.add_argument("--beside", nargs="+", default=BESIDE, choices=BESIDE)
    parser.add_argument("--each", action="store_true", help="print every case with its episodes")
    asked = parser.parse_args()
    out = Console(width=200)

    def each(outcome: Outcome, episodes: Sequence[Episode]) -> None:
        out.print(outcome)
        for one in episodes:
            if one.ended is None or one.ended > outcome.start:
                out.print(f"    {one.fault}: {one.onset} {one.detected} {one.ended} {one.end_known}")

    design = Design(
        volumes=tuple(asked.volumes), seeds=tuple(range(asked.seeds)), faults=tuple(asked.faults),
        beside=tuple(asked.beside),
    )  # fmt: skip
    show(run(design, each if asked.each else None), out)


if __name__ == "__main__":
    main()
