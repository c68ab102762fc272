"""The neutral document: what is told and in which order, whoever writes it (pages, report, mail).

A text is made of pieces. What comes from data is a piece that knows where it was read (`of`), so that no
numeral stands anywhere of which nobody can say where it comes from (`reports.reading.reread`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from warehouse.words.messages import say


@dataclass(frozen=True)
class Read:
    """What people read of one published value: `text`; `of` is where it was read, as `reread` takes it."""

    text: str
    of: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Number(Read):
    """A number in the language's form, with the value behind it."""

    value: Decimal


@dataclass(frozen=True)
class Quoted(Read):
    """A text that the published copy holds, word for word, in the office's language."""


@dataclass(frozen=True)
class Time:
    """A day, a month, a year or an instant in the language's form; `at` is its form for machines."""

    text: str
    at: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Link:
    """A text that leads to another page, or to a file to take away; `to` is relative to the pages' folder."""

    text: Text
    to: str

    def __str__(self) -> str:
        return str(self.text)


@dataclass(frozen=True)
class Code:
    """What is typed at a command, or a code."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Sign:
    """A sign that is seen, and the words that are heard in its place."""

    sign: str
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class Stressed:
    """Words that a person laid weight on; `is_strong` for the heavier of the two ways."""

    text: Text
    is_strong: bool = False

    def __str__(self) -> str:
        return str(self.text)


Piece = str | Read | Time | Link | Code | Sign | Stressed


@dataclass(frozen=True)
class Text:
    """A sentence, or a part of one."""

    pieces: tuple[Piece, ...] = ()

    def __str__(self) -> str:
        return "".join(map(str, self.pieces))

    def __bool__(self) -> bool:
        return any(map(str, self.pieces))


Words = Text | Piece


def text(*parts: Words) -> Text:
    """Several pieces, one after the other."""
    pieces: list[Piece] = []
    for part in parts:
        pieces.extend(part.pieces if isinstance(part, Text) else (part,))
    return Text(tuple(piece for piece in pieces if str(piece)))


def joined(parts: Sequence[Words], between: str) -> Text:
    """Those of the texts that are not empty, with `between` between them."""
    pieces: list[Words] = []
    for part in parts:
        if str(part):
            pieces += [between, part] if pieces else [part]
    return text(*pieces)


def capitalised(said: Text) -> Text:
    """A text that begins like a sentence, where its first words are ours."""
    if not said.pieces or not isinstance(first := said.pieces[0], str):
        return said
    return Text((first[:1].upper() + first[1:], *said.pieces[1:]))


class _Marked:
    """A value that leaves a mark where it stands in a message, and is a number to its plural."""

    def __init__(self, value: Words, mark: str) -> None:
        self._value, self._mark = value, mark

    def __str__(self) -> str:
        return str(self._value)

    def __format__(self, _: str) -> str:
        return self._mark


MARK = "\ue000"  # of a private range: no text of anybody holds it


def told(key: str, language: str, /, **values: Words) -> Text:
    """The catalogue's message `key`, its values kept as the pieces that they are."""
    marks = {name: f"{MARK}{rank}{MARK}" for rank, name in enumerate(values)}
    message = say(key, language, **{name: _Marked(value, marks[name]) for name, value in values.items()})
    by_rank = list(values.values())
    parts = message.split(MARK)
    return text(*(by_rank[int(part)] if rank % 2 else part for rank, part in enumerate(parts)))


@dataclass(frozen=True)
class Paragraph:
    """Some sentences. `role` tells a writer how they are meant: `note`, `warning`, `lead`."""

    text: Text
    role: str = ""


@dataclass(frozen=True)
class Listing:
    """Sentences of one kind, one below the other, counted up where their order matters."""

    items: tuple[Text, ...]
    is_numbered: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading within a section; `level` is 1 right below the section's own, 2 below that."""

    text: Text
    level: int = 1


@dataclass(frozen=True)
class Table:
    """A table: its caption, its headings, and rows of as many texts. The first of a row names it.

    `numeric` are the ranks of the columns of numbers.
    """

    caption: Text
    headings: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Chart:
    """What is drawn (`reports.charts.drawing`): a specification of Vega-Lite, or a finished SVG.

    A fluid one is laid out in shares of the width that there is, and needs none of its own.
    """

    name: str
    specification: Mapping[str, Any] = field(default_factory=dict, hash=False)
    svg: str = ""
    is_fluid: bool = False


@dataclass(frozen=True)
class Figure:
    """A chart that says something: its finding as a title, a sentence, its numbers, and what it stands on.

    The sentence is empty where there is nothing to say that the title does not. Its `alternative` is what is
    said of the chart to those who do not see it.
    `table` is None only where a table beside it holds the numbers of the chart.
    """

    title: Text
    sentence: Text
    chart: Chart | None
    table: Table | None
    source: Text
    why: Code | None = None

    @property
    def alternative(self) -> str:
        """The finding and the sentence."""
        return f"{self.title}. {self.sentence}".strip()


Block = Paragraph | Heading | Listing | Table | Figure


@dataclass(frozen=True)
class Section:
    """A part of a document under a heading; `anchor` is its name in links."""

    title: Text
    blocks: tuple[Block, ...]
    anchor: str = ""


@dataclass(frozen=True)
class Document:
    """All that is told in one place."""

    title: Text
    language: str
    sections: tuple[Section, ...]
    lead: tuple[Block, ...] = ()


def texts(part: Document | Section | Block) -> Iterator[Text]:
    """Every text of a document or of a part of it, in the order in which they are read."""
    match part:
        case Document():
            yield part.title
            for block in (*part.lead, *part.sections):
                yield from texts(block)
        case Section():
            yield part.title
            for block in part.blocks:
                yield from texts(block)
        case Paragraph() | Heading():
            yield part.text
        case Listing():
            yield from part.items
        case Table():
            yield part.caption
            yield from part.headings
            for row in part.rows:
                yield from row
        case Figure():
            yield from (part.title, part.sentence, part.source)
            if part.table is not None:
                yield from texts(part.table)


def pieces(part: Document | Section | Block) -> Iterator[Piece]:
    """Every piece of a document or of a part of it; of a link, what it says."""
    for one in texts(part):
        yield from _flat(one)


def _flat(one: Text) -> Iterator[Piece]:
    for piece in one.pieces:
        if isinstance(piece, Link | Stressed):
            yield from _flat(piece.text)
        else:
            yield piece
