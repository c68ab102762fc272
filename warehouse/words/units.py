"""What changes of figures are told in."""

from __future__ import annotations

from warehouse.words.messages import say

# Units of a scale: a share of it, or a mark on it, changes by points; all else by percent.
IN_POINTS = frozenset({"percent", "score/10", "stars/5"})


def unit_of_change(unit: str, language: str, count: object) -> str:
    """What stands behind a change against the year before, as it is written: `%`, or points."""
    return say("figures.points", language, count=count) if unit in IN_POINTS else "%"
