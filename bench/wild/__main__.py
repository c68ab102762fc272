"""`python -m bench.wild`: read the wild files, print what became of each shape, write bench/wild.json.

python -m bench.wild [--seed N …] [--shapes PATTERN …] [--keep FOLDER] [--details]

Ends with 1 when a value was read wrong in silence.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.wild.reader import read
from bench.wild.running import LAYOUT_LINES, Outcomes, run
from bench.wild.shapes import SHAPES

TARGET = Path(__file__).parents[1] / "wild.json"
SEEDS = (2026,)
out = Console(width=160, highlight=False, markup=False)


def main() -> int:
    """Run the benchmark; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.wild")
    parser.add_argument("--seed", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--shapes", nargs="+", default=["*"], help="names or patterns")
    parser.add_argument("--keep", type=Path, help="a folder in which the wild files stay")
    parser.add_argument("--details", action="store_true", help="each trap that is neither right nor named")
    asked = parser.parse_args()
    names = [name for name in SHAPES if any(fnmatchcase(name, one) for one in asked.shapes)]
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = run(read, names, asked.seed, asked.keep or Path(folder))
    seconds = time.perf_counter() - begun
    show(results, asked.details)
    figures = totals(results)
    seeds = ", ".join(map(str, asked.seed))
    out.print(
        f"seeds {seeds}, {seconds:.0f} s: {figures['loaded']} of {figures['to_load']} shapes loaded "
        f"(layouts of at most {LAYOUT_LINES} lines), {figures['refused']} of {figures['to_refuse']} "
        f"refused or named as they should; {figures['traps']} traps: {figures['right']} read right, "
        f"{figures['named']} named, {figures['unmet']} neither; {figures['silent']} silent errors"
    )
    if asked.shapes == ["*"]:
        content = {
            "seeds": asked.seed,
            **figures,
            "shapes": [{"name": r.shape} | r.as_json() for r in results],
        }
        TARGET.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 1 if figures["silent"] else 0


def totals(results: Sequence[Outcomes]) -> dict[str, int]:
    """The figures of all shapes; a shape counts as loaded where it was with every seed."""
    meant = {r.shape: all(o.is_as_meant for o in results if o.shape == r.shape) for r in results}
    to_load = {r.shape for r in results if r.is_to_load}
    traps = sum((r.traps for r in results), Counter())
    return {
        "to_load": len(to_load),
        "loaded": sum(meant[name] for name in to_load),
        "to_refuse": len(meant) - len(to_load),
        "refused": sum(is_meant for name, is_meant in meant.items() if name not in to_load),
        "traps": sum(traps.values()),
        "right": traps["right"],
        "named": traps["named"],
        "unmet": traps["unnamed"] + traps["refused"] + traps["silent"],
        "silent": sum(r.silent_count for r in results),
    }


def show(results: Sequence[Outcomes], details: bool) -> None:
    """Print a line a shape, worst first, and under it what was read wrong in silence."""
    table = Table(box=None)
    for heading in (
        "shape",
        "seed",
        "layout",
        "files",
        "as meant",
        "traps",
        "right",
        "named",
        "other",
        "silent",
    ):
        table.add_column(heading, justify="left" if heading == "shape" else "right")
    ordered = sorted(results, key=lambda r: (-r.silent_count, r.is_as_meant, r.shape, r.seed))
    for one in ordered:
        other = one.traps["unnamed"] + one.traps["refused"] + one.traps["silent"]
        cells = (one.seed, one.layout_lines, len(one.verdicts), "yes" if one.is_as_meant else "NO",
                 one.trap_count, one.traps["right"], one.traps["named"], other, one.silent_count)  # fmt: skip
        table.add_row(one.shape, *map(str, cells))
    out.print(table)
    for one in ordered:
        for verdict in one.verdicts:
            if verdict.refusal and not verdict.as_meant:
                out.print(f"{verdict.file} (seed {one.seed}) refused: {verdict.refusal}")
            for error in verdict.silent:
                out.print(
                    f"{verdict.file} (seed {one.seed}), row {error.row}, {error.kind}: "
                    f"read {error.read}; right is {error.right}"
                )
            if details and not verdict.refusal:
                for unmet in verdict.unmet:
                    out.print(f"{verdict.file} (seed {one.seed}), neither right nor named: {unmet}")


if __name__ == "__main__":
    raise SystemExit(main())
