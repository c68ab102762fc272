"""The document as a page of its own: HTML that needs no other file, no network and no script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from reports.charts.drawing import Drawer
from reports.document import (
    Block,
    Code,
    Document,
    Figure,
    Heading,
    Link,
    Listing,
    Number,
    Paragraph,
    Piece,
    Read,
    Section,
    Sign,
    Stressed,
    Table,
    Text,
    Time,
    Words,
    text,
)  # fmt: skip
from reports.spacing import unbroken
from warehouse.words.messages import say

STYLE = Path(__file__).with_name("page.css")
# A unit behind a number, and an option of the command: neither is broken.
UNIT = re.compile(r" [^\W\d_]| [%€]")
OPTION = re.compile(r"--\S+")


@dataclass(frozen=True)
class Frame:
    """What stands around every page of an office: its name, the pages (file, name), what is said below.

    The name leads to the first of them.
    """

    office: str
    pages: Sequence[tuple[str, Words]]
    below: Text


def page(document: Document, file: str, frame: Frame, drawer: Drawer) -> str:
    """A document as the page `file` of the frame's pages."""
    language = document.language
    writer = _Writer(language, drawer)
    links = "".join(
        f'<li><a href="{escape(to)}"{" aria-current=page" if to == file else ""}>'
        f"{writer.text(text(name))}</a></li>"
        for to, name in frame.pages
    )
    lead = "".join(map(writer.block, document.lead))
    body = "".join(map(writer.section, document.sections))
    # The first page is called like the office: its name among the pages is its title then.
    own = frame.pages[0][1] if str(document.title) == frame.office else document.title
    title = escape(f"{own} – {frame.office}")
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style()}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">{writer.said(say("page.skip", language))}</a>\n'
        f'<header><p class="office"><a href="{escape(frame.pages[0][0])}">{writer.said(frame.office)}</a></p>'
        f'<nav aria-label="{escape(say("page.nav", language))}"><ul>{links}</ul></nav></header>\n'
        f'<main id="main">\n<h1>{writer.text(document.title)}</h1>\n{lead}{body}</main>\n'
        f"<footer><p>{writer.text(frame.below)}</p></footer>\n</body>\n</html>\n"
    )


@cache
def style() -> str:
    """The style of every page, without its comments and what only makes it readable."""
    css = re.sub(r"/\*.*?\*/", "", STYLE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{};:,>])\s*", r"\1", re.sub(r"\s+", " ", css)).strip()


class _Writer:
    """Writes the parts of one page; names given to what is referred to are counted up."""

    def __init__(self, language: str, drawer: Drawer) -> None:
        self._language, self._drawer = language, drawer
        self._names = 0

    def said(self, words: str) -> str:
        """Words of ours, with the spaces that the language does not break at."""
        return escape(unbroken(words, self._language), quote=False)

    def text(self, text: Text) -> str:
        """A text, its values marked with where they were read; a number is not parted from its unit."""
        written: list[str] = []
        for before, piece in zip((None, *text.pieces), text.pieces, strict=False):
            if isinstance(before, Number) and isinstance(piece, str) and UNIT.match(piece):
                written.append(f"\u00a0{self.said(piece[1:])}")
            else:
                written.append(self.piece(piece))
        return "".join(written)

    def piece(self, piece: Piece) -> str:
        """One piece of a text."""
        match piece:
            case Number():
                return (
                    f'<data value="{piece.value.normalize():f}" data-of="{escape(piece.of)}">{piece}</data>'
                )
            case Read():
                return f'<span data-of="{escape(piece.of)}">{self.said(str(piece))}</span>'
            case Time():
                return f'<time datetime="{piece.at}">{self.said(piece.text)}</time>'
            case Link():
                return f'<a href="{escape(piece.to)}">{self.text(piece.text)}</a>'
            case Sign():
                heard = f'<span class="heard">{self.said(piece.words)}</span>'
                return f'<span aria-hidden="true" class="sign">{piece.sign}</span>{heard}'
            case Stressed():
                tag = "strong" if piece.is_strong else "em"
                return f"<{tag}>{self.text(piece.text)}</{tag}>"
            case Code():
                return f"<code>{OPTION.sub(_unbroken, escape(piece.text))}</code>"
        return self.said(piece)

    def section(self, section: Section) -> str:
        """A part under its heading; a table called like it has its caption for the ear alone."""
        anchor = f' id="{escape(section.anchor)}"' if section.anchor else ""
        blocks = "".join(
            self.table(block, is_named=True)
            if isinstance(block, Table) and block.caption == section.title
            else self.block(block)
            for block in section.blocks
        )
        return f"<section{anchor}>\n<h2>{self.text(section.title)}</h2>\n{blocks}</section>\n"

    def block(self, block: Block) -> str:
        """A block of a section."""
        match block:
            case Paragraph():
                role = f' class="{block.role}"' if block.role else ""
                return f"<p{role}>{self.text(block.text)}</p>\n"
            case Heading():
                tag = f"h{min(block.level + 2, 6)}"
                return f"<{tag}>{self.text(block.text)}</{tag}>\n"
            case Listing():
                items = "".join(f"<li>{self.text(item)}</li>" for item in block.items)
                tag = "ol" if block.is_numbered else "ul"
                return f'<{tag} class="listing">{items}</{tag}>\n'
            case Table():
                return self.table(block)
            case Figure():
                return self.figure(block)

    def table(self, table: Table, *, is_named: bool = False) -> str:
        """A table, in a frame of its own that scrolls where the screen is narrow.

        `is_named` where its caption is read right above it.
        """
        heard = ' class="heard"' if is_named else ""
        name = self._name()
        classes = ['class="n" ' if rank in table.numeric else "" for rank in range(len(table.headings))]
        headings = "".join(
            f'<th {one}scope="col">{self.text(heading)}</th>'
            for one, heading in zip(classes, table.headings, strict=True)
        )
        rows = []
        for first, *others in table.rows:
            cells = "".join(
                f"<td{' ' + one.strip() if one else ''}>{self.text(cell)}</td>"
                for one, cell in zip(classes[1:], others, strict=True)
            )
            rows.append(f'<tr><th scope="row">{self.text(first)}</th>{cells}</tr>\n')
        return (
            f'<div class="wide" role="group" tabindex="0" aria-labelledby="{name}"><table>'
            f'<caption id="{name}"{heard}>{self.text(table.caption)}</caption>'
            f"<thead><tr>{headings}</tr></thead>\n<tbody>{''.join(rows)}</tbody></table></div>\n"
        )

    def figure(self, figure: Figure) -> str:
        """A figure: what it finds, its drawing, its numbers on demand, what it stands on."""
        title, sentence = self._name(), self._name() if figure.sentence else ""
        drawn = ""
        if figure.chart is not None:
            svg = self._drawer.svg(figure.chart).replace(
                "<svg ", f'<svg role="img" aria-labelledby="{f"{title} {sentence}".strip()}" ', 1
            )
            kind = "chart fluid" if figure.chart.is_fluid else "chart"
            drawn = f'<div class="{kind}" role="group" tabindex="0" aria-labelledby="{title}">{svg}</div>'
        numbers = ""
        if figure.table is not None:
            shown = self.said(say("page.numbers", self._language))
            numbers = f"<details><summary>{shown}</summary>{self.table(figure.table)}</details>"
        said = f'<p id="{sentence}">{self.text(figure.sentence)}</p>' if sentence else ""
        way = f' <span class="way">· {self.piece(figure.why)}</span>' if figure.why is not None else ""
        return (
            f'<figure aria-labelledby="{title}"><figcaption><h3 id="{title}">{self.text(figure.title)}</h3>'
            f"{said}</figcaption>\n{drawn}\n{numbers}"
            f'<p class="source">{self.text(figure.source)}{way}</p></figure>\n'
        )

    def _name(self) -> str:
        self._names += 1
        return f"n{self._names}"


def _unbroken(found: re.Match[str]) -> str:
    """An option of a command, which no line breaks within its hyphens."""
    return f"<span>{found[0]}</span>"
