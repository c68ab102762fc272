"""`python -m bench.counters.calm`: false alarms a counter-year, by who helps to judge; prints a table.

Healthy doors are judged beside a desk and a neighbour, beside a neighbour alone, and alone: with six closures
a year that nobody announced, with all of them announced, and then with odd hours on public holidays and long
weekends.

python -m bench.counters.calm --seeds 2 --volumes 60 [--beside alone] [--each]
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from rich.console import Console
from rich.table import Table

from bench.counters.doors import DESK_OF, Conditions, Door, Split, doors
from bench.counters.faults import HISTORY_DAYS
from bench.counters.house import Beside, House
from bench.counters.scoring import Episode, in_judged_days, years
from expectations.counters.silence import QUESTIONS

Row = dict[str, Any]
BESIDE: tuple[Beside, ...] = get_args(Beside)
CONDITIONS = {
    "closures": Conditions(),
    "announced": Conditions(closures=0),
    "odd holidays": Conditions(closures=0, odd_holidays=True),
}


@dataclass
class Calm:
    """Alarms over healthy doors, by name, and questions."""

    years: float = 0.0
    questions: int = 0
    names: Counter[str] = field(default_factory=Counter)


def run(
    split: Split,
    volumes: tuple[int, ...],
    seeds: tuple[int, ...],
    beside: tuple[Beside, ...] = BESIDE,
    conditions: tuple[str, ...] = tuple(CONDITIONS),
    each: Callable[[Door, Beside, Episode], None] | None = None,
) -> list[Row]:
    """Rows by volume, who helps to judge, and closures a year, JSON-able; `each` sees every false alarm.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    calm: dict[tuple[int, Beside, str], Calm] = defaultdict(Calm)
    first = House()
    houses = {one: House(like=first, beside=one) for one in beside}
    for volume in volumes:
        for name in conditions:
            for door in doors(split, volume, seeds, CONDITIONS[name]):
                seen = door.window(max(door.days[0], door.judged[0] - HISTORY_DAYS), door.judged[1])
                for one, house in houses.items():
                    was = calm[volume, one, name]
                    was.years += years(door)
                    for episode in in_judged_days(seen, house.judged(seen)):
                        if episode.fault in QUESTIONS:
                            was.questions += 1
                            continue
                        was.names[episode.fault] += 1
                        if each is not None:
                            each(door, one, episode)
    return [
        {
            "volume": volume,
            "beside": one,
            "conditions": name,
            "counter_years": was.years,
            "a_year": was.names.total() / was.years,
            "questions_a_year": was.questions / was.years,
            "names": dict(was.names),
        }
        for (volume, one, name), was in calm.items()
    ]


def show(rows: list[Row], out: Console) -> None:
    """Print the rows as one table."""
    table = Table(title="False alarms a counter-year")
    for name in (
        "volume",
        "beside",
        "conditions",
        "counter-years",
        "alarms a year",
        "questions",
        "names",
    ):
        table.add_column(name, justify="left" if name in ("beside", "names") else "right")
    for row in rows:
        table.add_row(
            str(row["volume"]), row["beside"], row["conditions"], f"{row['counter_years']:.1f}",
            f"{row['a_year']:.2f}", f"{row['questions_a_year']:.2f}",
            ", ".join(f"{name} {times / row['counter_years']:.2f}" for name, times in row["names"].items()),
        )  # fmt: skip
    out.print(table)


def main() -> None:
    """Command line: see the module's text. On the tuning years alone: what is chosen is chosen there."""
    parser = argparse.ArgumentParser(description="False alarms over healthy doors.")
    parser.add_argument("--seeds", type=int, default=2, help="doors a volume")
    parser.add_argument("--volumes", type=int, nargs="+", default=[60], choices=tuple(DESK_OF))
    parser.add_argument("--beside", nargs="+", default=BESIDE, choices=BESIDE)
    parser.add_argument("--each", action="store_true", help="print every false alarm")
    asked = parser.parse_args()
    out = Console(width=200)

    def each(door: Door, beside: Beside, one: Episode) -> None:
        out.print(
            f"{door.label}, {beside}: {one.fault} {one.onset} {one.detected} {one.ended} {one.end_known}"
        )

    found = run(
        "tune",
        tuple(asked.volumes),
        tuple(range(asked.seeds)),
        tuple(asked.beside),
        each=each if asked.each else None,
    )
    show(found, out)


if __name__ == "__main__":
    main()
