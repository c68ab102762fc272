"""What each system records: one folder per system, read strictly and loaded with dlt."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def names() -> tuple[str, ...]:
    """Names of all sources, in order."""
    return tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("*/source.yml")))
