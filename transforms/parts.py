"""Models that are one whole of parts, a part a system: the parts are found by their names.

`{{ whole_of('observed_') }}` in observed.sql is the union of observed_counters, observed_motorhome and every
other model `observed_<system>`. dbt must know them when it parses, and cannot list files: it is told here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

MODELS = Path(__file__).parent / "models"
WHOLE = re.compile(r"whole_of\('(\w+_)'")
VARIABLE = "VIGIE_PARTS"


def parts_of_wholes() -> str:
    """Every whole of the models with the names of its parts, as the JSON that macro `whole_of` reads."""
    return json.dumps({beginning: parts(path, beginning) for path, beginning in wholes()})


def wholes() -> list[tuple[Path, str]]:
    """The models that are made of others, each with how the names of its parts begin."""
    return [
        (path, found[1])
        for path in sorted(MODELS.rglob("*.sql"))
        if (found := WHOLE.search(path.read_text(encoding="utf-8")))
    ]


def parts(whole: Path, beginning: str) -> list[str]:
    """Models whose names begin so, but those that read the whole: they stand on it, and are none of it."""
    reads_it = f"ref('{whole.stem}')"
    return sorted(
        path.stem
        for path in MODELS.rglob(f"{beginning}*.sql")
        if reads_it not in path.read_text(encoding="utf-8")
    )
