"""`python -m bench.counters.real`: all of what real deaths look like, in the design of the readers' page.

Two processes, for it is many judgements; the tables are those of `lives`, `calm`, `deliveries` and `totals`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from rich.console import Console

from bench.counters import calm, deliveries, lives, totals
from bench.counters.deaths import DEATHS
from bench.counters.doors import DESK_OF, Split
from bench.counters.house import Beside

PROCESSES = 2
SEEDS = (0, 1, 2, 3)
LIVES = 2  # seeds of whole lives: two seasons each, three trickles, three sizes
TOTAL_SEEDS = tuple(range(8))  # estimates differ by place more than by size
TRICKLES = ("trickle_2", "trickle_5", "trickle_10")
CLEAN = "zeros"
OTHERS = tuple(label for label in DEATHS if label not in (*TRICKLES, CLEAN))
# All else at one size of a door, with a desk and alone.
MIDDLE = 60
WITH_AND_ALONE: tuple[Beside, ...] = ("desk", "alone")
WITHOUT_A_DESK: tuple[Beside, ...] = ("neighbour", "alone")  # with one: bench.counters.noticing
PARTS = ("lives", "calm", "deliveries", "totals")
Part = tuple[str, Callable[..., list[dict[str, Any]]], tuple[Any, ...]]


def run(split: Split, quick: bool = False) -> dict[str, Any]:
    """Rows by part: `lives`, `calm`, `deliveries`, `totals`; JSON-able. `quick` is for trying: one door.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    begun = time.perf_counter()
    rows: dict[str, Any] = {}
    # Forked processes would share the locks of threads that they do not have.
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        waiting: list[tuple[str, Future[list[dict[str, Any]]]]] = [
            (name, pool.submit(function, *given)) for name, function, given in parts(split, quick)
        ]
        for name, future in waiting:
            rows.setdefault(name, []).extend(future.result())
    return {"seeds": SEEDS[:1] if quick else SEEDS, **rows, "seconds": round(time.perf_counter() - begun)}


def some(split: Split, names: Sequence[str]) -> dict[str, Any]:
    """The rows of some `PARTS`, measured one after the other in this process."""
    rows: dict[str, Any] = {}
    for name, function, given in parts(split, quick=False):
        if name in names:
            rows.setdefault(name, []).extend(function(*given))
    return rows


def parts(split: Split, quick: bool) -> list[Part]:
    """What is run: the name of its rows, the function and what it is given; the longest first."""
    seeds = SEEDS[:1] if quick else SEEDS
    volumes = (MIDDLE,) if quick else tuple(DESK_OF)
    others = lives.Design(split, (MIDDLE,), seeds[:LIVES], faults=OTHERS, beside=WITH_AND_ALONE)
    found: list[Part] = [("lives", lives.run, (others,))]
    for volume in volumes:
        found += [
            ("lives", lives.run, (lives.Design(split, (volume,), seeds[:LIVES], faults=(*TRICKLES, CLEAN)),)),
            ("calm", calm.run, (split, (volume,), seeds, WITHOUT_A_DESK, ("closures",))),
            ("calm", calm.run, (split, (volume,), seeds, ("desk",), ("odd holidays",))),
        ]
    places = seeds if quick else TOTAL_SEEDS
    found.append(("totals", totals.run, (totals.Design(split, (MIDDLE,), places),)))
    found.append(("deliveries", deliveries.run, (split, (MIDDLE,), seeds[:2])))
    return found


def show(found: dict[str, Any], out: Console) -> None:
    """Print every table."""
    lives.show(found["lives"], out)
    calm.show(found["calm"], out)
    deliveries.show(found["deliveries"], out)
    totals.show(found["totals"], out)
    out.print(f"{found['seconds']} s")


def main() -> None:
    """Command line: see the module's text. On the tuning years alone: what is chosen is chosen there."""
    parser = argparse.ArgumentParser(description="What real deaths look like.")
    parser.add_argument("--quick", action="store_true", help="for trying: one door")
    show(run("tune", parser.parse_args().quick), Console(width=200))


if __name__ == "__main__":
    main()
