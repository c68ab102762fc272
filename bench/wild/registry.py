"""The shapes by name, and the short words in which they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from bench.wild.pages import Book, Cell, File, Line, Page, Shape, Text, Trap
from bench.wild.tools import Tool

Maker = Callable[[Random], Shape]
SHAPES: dict[str, Maker] = {}


def shape(maker: Maker) -> Maker:
    """Register a shape under the name of the function that makes it from chance alone."""
    name = maker.__name__

    def named(chance: Random) -> Shape:
        made = maker(chance)
        files = [replace(file, name=f"{name}-{rank}") for rank, file in enumerate(made.files, 1)]
        return replace(made, name=name, files=files)

    if name in SHAPES:
        raise ValueError(f"two shapes are called {name}")
    SHAPES[name] = named
    return maker


def exports(
    tool: Tool,
    *files: File,
    without: Sequence[str] = (),
    change: Mapping[str, Mapping[str, Any]] | None = None,
    **parts: Any,
) -> Shape:
    """Files of a tool with the layout that a person writes for them."""
    return Shape("", tool.table, tool.layout(*without, change=change, **parts), list(files))


def csv(page: Page, *traps: Trap, refused: Sequence[str] | None = None, told: Sequence[str] = (),
        either: bool = False, **how: Any) -> File:  # fmt: skip
    """A CSV; `how` are the keys of Text."""
    words = None if refused is None else tuple(refused)
    return File("", Text(**how), [page], list(traps), words, tuple(told), either)


def book(*pages: Page, traps: Sequence[Trap] = (), refused: Sequence[str] | None = None,
         told: Sequence[str] = (), either: bool = False, **how: Any) -> File:  # fmt: skip
    """A workbook; `how` are the keys of Book."""
    words = None if refused is None else tuple(refused)
    return File("", Book(**how), list(pages), list(traps), words, tuple(told), either)


def left_out(kind: str, *cells: str | Cell, facts: bool = False) -> Line:
    """A line that is no row of the table, such as a total or a note."""
    line = Line([cell if isinstance(cell, Cell) else Cell(cell) for cell in cells])
    line.trap(kind, "left out")
    return line


def every(lines: Sequence[Line], step: int, start: int = 0) -> list[Line]:
    """Every n-th of the lines."""
    return list(lines[start::step])
