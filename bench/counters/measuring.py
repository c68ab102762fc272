"""All that `make bench-counters` measures on one split of the years; in four processes, for it is much."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

from rich.console import Console

from bench import imputing
from bench.counters import limit, noticing, page, real, verdict
from bench.counters.doors import Split
from bench.counters.house import House

SEEDS = tuple(range(4))
CURVE_SEEDS = tuple(range(2))
CURVE_FAULTS = ("zeros", "entries_dead", "half", "step_0.7", "drift_1")
STRICTNESS = (0.85, 1.0, 1.25)
COMPARED = tuple(one for one in imputing.SETTINGS if one.volume is not None)


def measure(split: Split, quick: bool, out: Console) -> dict[str, Any]:
    """All results of one split, JSON-able. `quick` is for trying: one door a volume, one counter in four.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    begun = time.perf_counter()
    whole = noticing.Design(split=split, seeds=SEEDS)
    curve = replace(whole, seeds=CURVE_SEEDS, starts=("open_hour",), faults=CURVE_FAULTS)
    if quick:
        whole, curve = (replace(one, seeds=(0,), starts=("open_hour",)) for one in (whole, curve))
    # Beside the processes of `real`; forked ones would share the locks of threads that they do not have.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        waiting = (
            pool.submit(_noticed, whole),
            pool.submit(_curve, curve),
            pool.submit(_estimated, split, quick),
        )
        deaths = real.run(split, quick)
        noticed, drawn, estimated = (one.result() for one in waiting)
    noticing.show(noticed, out)
    real.show(deaths, out)
    imputing.printed(estimated, out)
    own = [row for row in noticed["findings_by_start"] if row["judge"] == page.OURS]
    # Of the others the page does not tell it, and the file would be twice as large.
    noticed["findings_by_start"] = own
    return {
        "noticing": noticed,
        "real": deaths,
        "curve": drawn,
        "drift_limit": limit.run(split, curve.volumes, curve.seeds),
        "imputing": estimated,
        "verdict": verdict.run(split, COMPARED[:1] if quick else COMPARED),
        "seconds": round(time.perf_counter() - begun),
    }


def _noticed(design: noticing.Design) -> dict[str, Any]:
    return noticing.run(design, noticing.JUDGES)


def _curve(design: noticing.Design) -> dict[str, Any]:
    first = House()
    return noticing.run(design, {f"{by:g}": House(by, like=first) for by in STRICTNESS})


def _estimated(split: Split, quick: bool) -> dict[str, Any]:
    return imputing.run(split, starts={"summer": imputing.SUMMER}, every=4 if quick else 1)
