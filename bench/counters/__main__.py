"""`make bench-counters`: noticing, estimating and comparing on real counts.

Writes bench/counters.json and, from it, docs/counters.md.

python -m bench.counters [--quick] [--split tune|test]   # both splits unless one is named
python -m bench.counters --page                          # the page alone, from the JSON
"""

from __future__ import annotations

import argparse
import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from rich.console import Console

from bench import imputing
from bench.counters import limit, noticing, page, real, verdict
from bench.counters.doors import Split
from bench.counters.house import House

TARGET = Path(__file__).parents[1] / "counters.json"
SEEDS = tuple(range(4))
CURVE_SEEDS = tuple(range(4))
CURVE_FAULTS = ("zeros", "entries_dead", "half", "step_0.7", "drift_1")
STRICTNESS = (0.85, 1.0, 1.25)
COMPARED = tuple(one for one in imputing.SETTINGS if one.volume is not None)

out = Console(width=200)


def measure(split: Split, quick: bool) -> dict[str, Any]:
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
    noticed = noticing.run(whole, noticing.JUDGES)
    noticing.show(noticed, out)
    own = [row for row in noticed["findings_by_start"] if row["judge"] == page.OURS]
    # Of the others the page does not tell it, and the file would be twice as large.
    noticed["findings_by_start"] = own
    deaths = real.run(split, quick)
    real.show(deaths, out)
    first = House()
    houses = {f"{by:g}": House(by, like=first) for by in STRICTNESS}
    estimated = imputing.run(split, starts={"summer": imputing.SUMMER}, every=4 if quick else 1)
    imputing.printed(estimated, out)
    return {
        "noticing": noticed,
        "real": deaths,
        "curve": noticing.run(curve, houses),
        "drift_limit": limit.run(split, curve.volumes, curve.seeds),
        "imputing": estimated,
        "verdict": verdict.run(split, COMPARED[:1] if quick else COMPARED),
        "seconds": round(time.perf_counter() - begun),
    }


def by_rows(found: dict[str, Any]) -> str:
    """JSON in which an object without others in it takes one line, so that a diff shows figures."""
    text = json.dumps(found, indent=1, default=str)
    return re.sub(r"\{[^{}\[\]]*\}", lambda leaf: " ".join(leaf.group().split()), text) + "\n"


def main() -> None:
    """Command line: see the module's text."""
    parser = argparse.ArgumentParser(description="Noticing, estimating and comparing, on real counts.")
    parser.add_argument("--quick", action="store_true", help="for trying: nothing is written")
    parser.add_argument("--split", choices=get_args(Split), help="one split alone")
    parser.add_argument("--page", action="store_true", help="write the page from the JSON that is there")
    asked = parser.parse_args()
    if not asked.page:
        splits = get_args(Split) if asked.split is None else (asked.split,)
        found = {split: measure(split, asked.quick) for split in splits}
        if asked.quick:
            return
        TARGET.write_text(by_rows(found), encoding="utf-8")
    page.write(json.loads(TARGET.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
