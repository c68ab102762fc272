"""Tables of both pages, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a table, an empty one after them."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
    yield ""


def bar(what: str, volume: Any, bar: str, measured: Any, reached: bool) -> list[Any]:
    """A line of a bar: what, at which volume, what is asked, what was measured, whether that is reached."""
    shown = "not found" if measured is None else measured
    return [
        what,
        volume,
        bar,
        f"{shown:.2f}" if isinstance(shown, float) else shown,
        "reached" if reached else "**not reached**",
    ]
