"""Units of figures, and what their changes are told in."""

from __future__ import annotations

from warehouse.words.messages import say

# Units of a scale: a share of it, or a mark on it, changes by points; all else by percent.
IN_POINTS = frozenset({"percent", "score/10", "stars/5"})


def unit_of_change(unit: str, language: str) -> str:
    """What stands behind a change against the year before: `%`, or points."""
    return say("figures.points", language) if unit in IN_POINTS else "%"
