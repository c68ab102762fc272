"""What a wild file holds and what is right: each line stands beside the rows that it should become."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Fate = Literal["loads", "named"]
Values = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """A cell as it is written: `text` in CSV, `value` in a workbook (the text where there is none).

    `formula` is what a workbook computes; `value` is then the result that it keeps, None where nobody ever
    computed it. `raw` text goes into CSV without quotes, whatever it holds.
    """

    text: str = ""
    value: Any = None
    format: str = "General"
    formula: str | None = None
    raw: bool = False


@dataclass(frozen=True)
class Trap:
    """Something that a careless reader reads wrong, and what is right. `column` is the rank of its cell."""

    kind: str
    right: str
    column: int | None = None


@dataclass(frozen=True)
class Fact:
    """A row that should be loaded with these values, or one that no reader can know and must be `named`.

    `column` is the rank of the cell that it comes from, where a line holds several facts.
    """

    values: Values
    fate: Fate = "loads"
    column: int | None = None


@dataclass
class Line:
    """A line of a file; without facts it is to be left out. `row` is its number, once it is written."""

    cells: list[Cell]
    facts: list[Fact] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    hidden: bool = False
    row: int = 0

    def trap(self, kind: str, right: str, column: int | None = None) -> None:
        """Plant a trap in this line."""
        self.traps.append(Trap(kind, right, column))


@dataclass
class Page:
    """A sheet of a workbook, or the whole of a CSV: titles, the heading, and the lines below it."""

    headings: list[Cell]
    lines: list[Line]
    above: list[Line] = field(default_factory=list)
    name: str = "Feuil1"
    hidden: bool = False
    hidden_columns: tuple[int, ...] = ()
    merged: list[str] = field(default_factory=list)  # ranges such as A1:C1
    traps: list[Trap] = field(default_factory=list)  # of the page as a whole: of its headings, its order
    heading: Line = field(default_factory=lambda: Line([]))

    def all_lines(self) -> Iterator[Line]:
        """Every line from the top, the heading among them."""
        self.heading.cells = self.headings
        yield from self.above
        yield self.heading
        yield from self.lines

    def rank(self, heading: str) -> int:
        """Rank of the column with that heading; raises ValueError."""
        return [cell.text for cell in self.headings].index(heading)

    @property
    def full(self) -> list[Line]:
        """The lines that hold facts."""
        return [line for line in self.lines if line.facts]

    def rewrite(
        self,
        heading: str,
        manner: Callable[[Any, Cell], Cell],
        name: str,
        *,
        kind: str | None = None,
        right: str = "",
        among: Sequence[Line] | None = None,
    ) -> None:
        """Write the cells of a column in another manner, given our value `name` and the cell as it was.

        Each is a trap of that `kind`, where one is given. `among` are the lines; all with facts unless given.
        """
        rank = self.rank(heading)
        for line in self.full if among is None else among:
            value = line.facts[0].values.get(name)
            if value is None:
                continue
            line.cells[rank] = manner(value, line.cells[rank])
            if kind:
                line.trap(kind, right or f"read as {value}", rank)

    def insert(self, at: int, line: Line) -> None:
        """Put a line before the line of that rank below the heading."""
        self.lines.insert(at, line)

    def reorder(self, order: Sequence[int]) -> None:
        """Put the columns in another order: `order` are the ranks of today's, as they shall follow."""
        now = {old: new for new, old in enumerate(order)}
        self.headings = [self.headings[old] for old in order]
        for line in self.lines:
            if len(line.cells) == len(order):
                line.cells = [line.cells[old] for old in order]
            line.traps = [replace(t, column=_moved(t.column, now)) for t in line.traps]
            line.facts = [replace(f, column=_moved(f.column, now)) for f in line.facts]

    def add_column(self, heading: str, cells: Sequence[str | Cell], at: int | None = None) -> None:
        """Add a column that nobody declared, by its cells from the first line on."""
        width = len(self.headings)
        rank = width if at is None else at
        now = {old: old + (old >= rank) for old in range(width)}
        self.headings.insert(rank, Cell(heading))
        for line, cell in zip(self.lines, cells, strict=True):
            if len(line.cells) == width:
                line.cells.insert(rank, Cell(cell) if isinstance(cell, str) else cell)
            line.traps = [replace(t, column=_moved(t.column, now)) for t in line.traps]
            line.facts = [replace(f, column=_moved(f.column, now)) for f in line.facts]


def _moved(rank: int | None, now: Mapping[int, int]) -> int | None:
    return None if rank is None else now[rank]


@dataclass(frozen=True)
class Text:
    """How a delimited file is written."""

    separator: str = ";"
    encoding: str = "utf-8"
    errors: str = "strict"  # of the encoding: `surrogateescape` lets bytes of another one through
    newline: str = "\r\n"
    quote_all: bool = False
    first: str = ""  # a line before all others, such as `sep=;`
    cut: int = 0  # characters that a save which was broken off lost at the end
    suffix: str = ".csv"


@dataclass(frozen=True)
class Book:
    """How a workbook is written."""

    starts_1904: bool = False
    cut: int = 0  # bytes lost at the end
    suffix: str = ".xlsx"


@dataclass
class File:
    """A wild file: its pages, how it is written, and what must be said of it as a whole.

    `refused` are words that a refusal must hold: None where the file is to be loaded. With `either` it is
    right too to load it, its faulty lines named. `told` are words that notices or named faults must hold.
    """

    name: str
    written: Text | Book
    pages: list[Page]
    traps: list[Trap] = field(default_factory=list)
    refused: tuple[str, ...] | None = None
    told: tuple[str, ...] = ()
    either: bool = False

    @property
    def lines(self) -> list[tuple[Page, Line]]:
        """Every line of every page, from the top."""
        return [(page, line) for page in self.pages for line in page.all_lines()]

    @property
    def trap_count(self) -> int:
        """How many traps are planted in it."""
        return (
            len(self.traps)
            + sum(len(page.traps) for page in self.pages)
            + sum(len(line.traps) for _, line in self.lines)
        )


@dataclass(frozen=True)
class Shape:
    """A kind of wild export: the table that it fills, the layout a person writes for it, and its files."""

    name: str
    table: str
    layout: str
    files: list[File]

    @property
    def layout_lines(self) -> int:
        """Lines of the layout, blank ones and comments left out."""
        lines = (line.strip() for line in self.layout.splitlines())
        return sum(bool(line) and not line.startswith("#") for line in lines)
