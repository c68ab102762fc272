"""The document as a PDF that screen readers read (PDF/UA-1): typst refuses what they could not.

Every text is a string of typst's, never markup: whatever stands in it, it is only printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from reports.charts.drawing import Drawer, alone
from reports.document import (
    Block,
    Chart,
    Code,
    Document,
    Figure,
    Heading,
    Link,
    Listing,
    Paragraph,
    Piece,
    Section,
    Sign,
    Stressed,
    Table,
    Text,
)  # fmt: skip
from reports.spacing import unbroken
from warehouse.words.messages import say
from warehouse.words.printable import printable

FONT = "Libertinus Serif"  # typst brings it: a report looks the same wherever it is made
STANDARD = "ua-1"
TALL = 450  # pixels: a higher chart is not drawn over the whole width
WIDE_TABLE = 4  # columns; a table of more is set smaller
NARROW_TABLE = 48  # characters of a row
SHORT = 20  # characters of a cell that is not broken
NOT_DISPLAYED = re.compile(r'the text `"(.+?)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
MANY_ALIKE = 4  # tables of a section that stand below each other with equal columns
KEPT_ROWS = 14  # of a table that is not parted between pages
SETTINGS = """
#set page(paper: "a4", margin: (x: 2cm, top: 2.2cm, bottom: 2cm), numbering: "1")
#set par(justify: false, leading: 0.62em)
#set figure(numbering: none)
#show heading: set text(fill: rgb("#0b3a66"))
#show heading: set block(above: 1.5em, below: 0.8em, sticky: true)
#show heading.where(level: 1): set text(size: 1.35em)
#show heading.where(level: 3): set text(size: 1.05em)
#show figure: set block(breakable: true)
#show figure.where(kind: table): set figure.caption(position: top)
#show figure: set align(left)
#show figure.caption: set text(size: 0.9em, weight: "bold")
#show figure.caption: it => block(sticky: true, it)
#show raw: set text(font: "DejaVu Sans Mono", size: 0.82em)
#set table(stroke: (x, y) => (bottom: 0.4pt + rgb("#b7c0c9")), inset: (x: 4pt, y: 3.2pt))
#show table.cell.where(y: 0): set text(weight: "bold")
#show table: set par(justify: false)
#let small(body) = text(size: 0.85em, fill: rgb("#46515d"), body)
"""


def pdf(document: Document, office: str, as_of: datetime, drawer: Drawer) -> bytes:
    """The document as PDF/UA-1. `as_of` (aware) is its date: the same document gives the same bytes.

    A character that the fonts do not have is printed by its name, such as [party popper].
    """
    import typst

    compile_files: Any = typst.compile  # its types do not know of several files
    unknown: dict[str, str] = {}
    while True:
        writer = _Writer(document, drawer, unknown)
        files: dict[str, bytes] = {"main.typ": writer.source(office).encode("utf-8"), **writer.files}
        try:
            made = compile_files(
                files, format="pdf", pdf_standards=STANDARD, ignore_system_fonts=True, timestamp=as_of
            )
        except typst.TypstError as error:
            found = _not_displayed(str(error))
            if not found - unknown.keys():
                raise
            unknown |= {c: f"[{unicodedata.name(c, f'U+{ord(c):04X}').lower()}]" for c in found}
            continue
        assert isinstance(made, bytes)
        return made


class _Writer:
    """Writes the parts of one document; charts become files that it refers to."""

    def __init__(self, document: Document, drawer: Drawer, unknown: Mapping[str, str]) -> None:
        self._document, self._language, self._drawer = document, document.language, drawer
        # A document of tables alone is short: it has no contents, and no page of its own for each section.
        self._has_chapters = any(
            isinstance(block, Figure) for one in document.sections for block in one.blocks
        )
        self._unknown = str.maketrans(dict(unknown))
        self._level = 1  # of the heading that what follows stands under
        self._alike: dict[tuple[Text, ...], list[Table]] = {}  # tables of a section, by their headings
        self.files: dict[str, bytes] = {}

    def source(self, office: str) -> str:
        """All of it, for typst."""
        document, said = self._document, self.string
        contents = say("annual.contents", self._language)
        return "\n".join(
            [
                f"#set document(title: {said(str(document.title))}, author: {said(office)})",
                f"#set text(lang: {_literal(self._language)}, font: {_literal(FONT)}, size: 10.5pt)",
                SETTINGS,
                f'#text(size: 1.1em, fill: rgb("#46515d"))[#{said(office)}]',
                "#v(-0.4em)",
                f'#text(size: 2em, weight: "bold", fill: rgb("#0b3a66"))[{self.text(document.title)}]',
                *(one for block in document.lead for one in self.block(block)),
                f"#outline(title: {said(contents)}, depth: 1)" if self._has_chapters else "",
                *(one for section in document.sections for one in self.section(section)),
            ]
        )

    def string(self, words: str) -> str:
        """Words as a string of typst's, with the spaces that lines do not break at."""
        return self.literal(unbroken(words, self._language))

    def literal(self, words: str) -> str:
        """Words as a string of typst's, as they are."""
        return _literal(printable(words).translate(self._unknown))

    def text(self, text: Text) -> str:
        """A text as content."""
        return "".join(map(self.piece, text.pieces))

    def piece(self, piece: Piece) -> str:
        """One piece of a text."""
        match piece:
            case Link():
                return self.text(piece.text)
            case Stressed():
                return f"#{'strong' if piece.is_strong else 'emph'}[{self.text(piece.text)}]"
            case Code():
                return f"#raw({self.literal(piece.text)})"
            case Sign():
                return f"#{self.string(piece.words)}"
        return f"#{self.string(str(piece))}"

    def section(self, section: Section) -> Iterator[str]:
        """A part under its heading."""
        self._level = 1
        self._alike = {}
        for one in (section,) if self._has_chapters else self._document.sections:
            for block in one.blocks:
                if isinstance(block, Table):
                    self._alike.setdefault(block.headings, []).append(block)
        if self._has_chapters:
            yield "#pagebreak(weak: true)"
        yield f"#heading(level: 1)[{self.text(section.title)}]"
        for are_narrow, several in groupby(section.blocks, _is_narrow):
            if are_narrow:
                tables = ", ".join(f"[{self.table(one)}]" for one in several if isinstance(one, Table))
                yield f"#grid(columns: (1fr, 1fr), column-gutter: 1.5em, row-gutter: 1em, {tables})"
            else:
                for block in several:
                    yield from self.block(block)

    def block(self, block: Block) -> Iterator[str]:
        """A block of a section."""
        match block:
            case Heading():
                self._level = block.level + 1
                yield f"#heading(level: {self._level})[{self.text(block.text)}]"
            case Paragraph():
                said = self.text(block.text)
                is_small = block.role == "note"
                yield f"#par[#small[{said}]]" if is_small else f"#par[{said}]"
            case Listing():
                items = ", ".join(f"[{self.text(item)}]" for item in block.items)
                yield f"#{'enum' if block.is_numbered else 'list'}({items})"
            case Table():
                yield self.table(block)
            case Figure():
                yield from self.figure(block)

    def table(self, table: Table) -> str:
        """A table under its caption; its headings are repeated on each page."""
        alike = self._alike.get(table.headings, [])
        columns = ", ".join(_widths(table) if len(alike) < MANY_ALIKE else _shares(alike))
        align = ", ".join("right" if rank in table.numeric else "left" for rank in range(len(table.headings)))
        cells = [f"[{self.text(cell)}]" for row in table.rows for cell in row]
        header = ", ".join(f"[{self.text(one)}]" for one in table.headings)
        size = "0.8em" if len(table.headings) > WIDE_TABLE else "0.86em"
        caption = f"[{self.text(table.caption)}]" if table.caption else "none"
        keep = "#block(breakable: false)[" if len(table.rows) <= KEPT_ROWS else "#["
        return (
            f"{keep}#figure(kind: table, supplement: none, caption: {caption}, "
            f"align(left, text(size: {size}, table(columns: ({columns},), align: ({align},), "
            f"table.header({header}), {', '.join(cells)}))))]"
        )

    def figure(self, figure: Figure) -> Iterator[str]:
        """A chart under its finding, with its sentence, and what it stands on below."""
        parts = [f"#heading(level: {self._level + 1})[{self.text(figure.title)}]"]
        if figure.sentence:
            parts.append(f"#par[{self.text(figure.sentence)}]")
        if figure.chart is not None:
            parts.append(self.image(figure.chart, figure.alternative))
        why = f" · {self.piece(figure.why)}" if figure.why is not None else ""
        parts.append(f"#par[#small[{self.text(figure.source)}{why}]]")
        yield "#block(breakable: false)[\n" + "\n".join(parts) + "\n]"
        if figure.table is not None:
            yield self.table(figure.table)

    def image(self, chart: Chart, alternative: str) -> str:
        """The chart, with the words for those who cannot see it."""
        name = f"chart-{len(self.files)}.svg"
        svg = self._drawer.svg(chart)
        self.files[name] = alone(svg, FONT).encode("utf-8")
        width = "50%" if _height(svg) > TALL else "86%"
        return f"#image({_literal(name)}, width: {width}, alt: {self.string(alternative)})"


def _widths(table: Table) -> list[str]:
    """How wide each column is: numbers as wide as they are, texts share the rest by how long they are."""
    found = []
    for rank in range(len(table.headings)):
        lengths = [len(str(row[rank])) for row in table.rows]
        if rank in table.numeric or max(lengths, default=0) <= SHORT:
            found.append("auto")
        else:
            share = max(lengths) if rank == 0 else max(SHORT, 3 * sum(lengths) // len(lengths))
            found.append(f"{min(max(share, SHORT), 70)}fr")
    return found


def _shares(tables: Sequence[Table]) -> list[str]:
    """How wide each column of several tables is, so that they stand below each other."""
    rows = [row for table in tables for row in (table.headings, *table.rows)]
    return [f"{min(max(len(str(row[rank])) for row in rows), 34) + 4}fr" for rank in range(len(rows[0]))]


def _is_narrow(block: Block) -> bool:
    """Whether two such tables stand side by side."""
    if not isinstance(block, Table) or not block.rows or len(block.headings) > WIDE_TABLE:
        return False
    widths = [max(len(str(row[rank])) for row in block.rows) for rank in range(len(block.headings))]
    return sum(widths) + 2 * len(widths) <= NARROW_TABLE and len(str(block.caption)) <= 2 * NARROW_TABLE


def _height(svg: str) -> float:
    return float(svg.partition(' height="')[2].partition('"')[0] or 0)


def _literal(words: str) -> str:
    """A string of typst's: a backslash and a quotation mark are all that means something in it."""
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _not_displayed(error: str) -> set[str]:
    """The characters that typst says its fonts do not have; none where it says something else."""
    said = NOT_DISPLAYED.search(error)
    if said is None:
        return set()
    return set(ESCAPED.sub(lambda one: chr(int(one[1], 16)), said[1]))
