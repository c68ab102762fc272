"""Run a reader over the wild shapes: write each file, read it, hold it against its truth."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.wild.pages import Shape
from bench.wild.scoring import Outcome, Reader, Verdict, judge
from bench.wild.shapes import SHAPES
from bench.wild.tools import spec
from bench.wild.writing import write
from sources.motorhome.source import SPEC as MOTORHOME
from warehouse.spec import TableSpec

LAYOUT_LINES = 15


@dataclass
class Outcomes:
    """What became of one shape: a verdict a file."""

    shape: str
    seed: int
    layout_lines: int
    is_to_load: bool
    trap_count: int
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def silent_count(self) -> int:
        """Values read wrong in silence, rows lost or too many, files loaded that must be refused."""
        return sum(len(verdict.silent) for verdict in self.verdicts)

    @property
    def is_as_meant(self) -> bool:
        """True where every file was loaded (or refused) as it should, with a layout that is short enough."""
        return self.layout_lines <= LAYOUT_LINES and all(v.as_meant for v in self.verdicts)

    @property
    def traps(self) -> Counter[Outcome]:
        """Traps by what became of them."""
        return sum((verdict.traps for verdict in self.verdicts), Counter())

    def as_json(self) -> dict[str, Any]:
        """For bench/wild.json: the figures, and each silent error in words."""
        return {
            "seed": self.seed,
            "layout_lines": self.layout_lines,
            "files": len(self.verdicts),
            "as_meant": self.is_as_meant,
            "traps": dict(sorted(self.traps.items())),
            "rows_right": sum(verdict.rows_right for verdict in self.verdicts),
            "silent": [asdict(one) | {"file": v.file} for v in self.verdicts for one in v.silent],
        }


def table_of(shape: Shape) -> TableSpec:
    """The table that a shape fills."""
    return next(table for one in (spec(), MOTORHOME) for table in one.tables if table.name == shape.table)


def made(name: str, seed: int) -> Shape:
    """The shape of that name: the same for the same seed, whatever the other shapes are."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return SHAPES[name](Random(int.from_bytes(digest[:8], "big")))


def run(reader: Reader, names: Iterable[str], seeds: Sequence[int], folder: Path) -> list[Outcomes]:
    """What a reader makes of these shapes with these seeds; the files stay in `folder`."""
    results = []
    for seed in seeds:
        for name in names:
            shape = made(name, seed)
            to_load = all(file.refused is None for file in shape.files)
            count = sum(file.trap_count for file in shape.files)
            outcomes = Outcomes(name, seed, shape.layout_lines, to_load, count)
            kept = folder / str(seed)
            kept.mkdir(parents=True, exist_ok=True)
            (kept / f"{name}.yml").write_text(shape.layout, encoding="utf-8")
            for file in shape.files:
                path = write(file, kept)
                outcomes.verdicts.append(judge(file, reader(path, shape.layout, table_of(shape))))
            results.append(outcomes)
    return results
