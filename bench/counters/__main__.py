"""`make bench-counters`: noticing, estimating and comparing on real counts.

Writes bench/counters.json and, from it, docs/counters.md and bench/counters/COUNTERS.md. The tuning years
begin a new file; the test years are added to the tuning years of the same judge, once it is no longer
changed. A change of the judge that touches some parts alone has these measured anew.

python -m bench.counters [--quick] [--split tune|test]   # both splits unless one is named
python -m bench.counters --split tune --only lives calm  # some parts of real deaths, in one process
python -m bench.counters --page                          # the pages alone, from the JSON
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any, get_args

from rich.console import Console

from bench.counters import page, real
from bench.counters.doors import Split
from bench.counters.measuring import measure

TARGET = Path(__file__).parents[1] / "counters.json"
out = Console(width=200)


def by_rows(found: dict[str, Any]) -> str:
    """JSON in which an object without others in it takes one line, so that a diff shows figures."""
    text = json.dumps(found, indent=1, default=str)
    return re.sub(r"\{[^{}\[\]]*\}", lambda leaf: " ".join(leaf.group().split()), text) + "\n"


def main() -> None:
    """Command line: see the module's text."""
    parser = argparse.ArgumentParser(description="Noticing, estimating and comparing, on real counts.")
    parser.add_argument("--quick", action="store_true", help="for trying: nothing is written")
    parser.add_argument("--split", choices=get_args(Split), help="one split alone")
    parser.add_argument("--only", nargs="+", choices=real.PARTS, help="parts of real deaths, in one process")
    parser.add_argument("--page", action="store_true", help="write the pages from the JSON that is there")
    asked = parser.parse_args()
    if asked.only:
        if asked.split is None:
            parser.error("--only takes one --split")
        found = json.loads(TARGET.read_text(encoding="utf-8"))
        found[asked.split]["real"] |= real.some(asked.split, asked.only)
        TARGET.write_text(by_rows(found), encoding="utf-8")
    elif not asked.page:
        splits = get_args(Split) if asked.split is None else (asked.split,)
        found = {split: measure(split, asked.quick, out) for split in splits}
        if asked.quick:
            return
        if asked.split == "test" and TARGET.is_file():
            found = json.loads(TARGET.read_text(encoding="utf-8")) | found
        TARGET.write_text(by_rows(found), encoding="utf-8")
    page.write(json.loads(TARGET.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
