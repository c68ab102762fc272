"""The texts that people write into the report: a Markdown file a chapter, which no drafting writes over.

What Markdown can say is words, weight, headings, lists and tables. HTML is printed as the text that it is, a
link as its words and its address, so that nothing gets into a report that its readers do not see. Comments
(`<!-- … -->`) are for those who write, and are not printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from reports.document import (
    Block,
    Code,
    Heading,
    Listing,
    Paragraph,
    Piece,
    Stressed,
    Table,
    Text,
    joined,
    text,
)
from reports.order import CHAPTERS
from warehouse.errors import UsageError
from warehouse.words.messages import say

INTRODUCTION = "introduction"
NAMES = (INTRODUCTION, *CHAPTERS)  # of the files, without `.md`
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LONGEST = 1_000_000  # characters of a file: more is no text of a chapter


def begin_texts(folder: Path, language: str) -> None:
    """Make the files that are not there yet, each with a comment on what may stand in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        chapter = say(f"annual.chapter.{name}", language)
        hint = say("annual.text_hint", language, chapter=chapter)
        try:
            with (folder / f"{name}.md").open("x", encoding="utf-8") as file:
                file.write(f"<!-- {hint} -->\n")
        except FileExistsError:
            continue


def read_texts(folder: Path, language: str) -> Mapping[str, tuple[Block, ...]]:
    """What is written for each chapter; raises UsageError for a file of no chapter or that is no text."""
    found = {}
    for path in sorted(folder.glob("*.md")):
        if path.stem not in NAMES:
            raise UsageError(say("annual.text_unknown", language, path=path, known=", ".join(NAMES)))
        try:
            content = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise UsageError(say("annual.text_unreadable", language, path=path)) from error
        if len(content) > LONGEST:
            raise UsageError(say("annual.text_unreadable", language, path=path))
        found[path.stem] = blocks(content, say(f"annual.chapter.{path.stem}", language))
    return found


def blocks(markdown: str, title: str) -> tuple[Block, ...]:
    """The blocks of a text; `title` names its tables, which have no name of their own in Markdown."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tree = SyntaxTreeNode(parser.parse(COMMENT.sub("", markdown)))
    return tuple(_sequential(_blocks(tree, title)))


def _sequential(found: Iterator[Block]) -> Iterator[Block]:
    """The same, no heading more than one level below the one before it."""
    last = 0
    for block in found:
        if isinstance(block, Heading):
            last = min(block.level, last + 1, 3)
            block = Heading(block.text, last)
        yield block


def _blocks(parent: SyntaxTreeNode, title: str) -> Iterator[Block]:
    for node in parent.children:
        match node.type:
            case "heading":
                yield Heading(_said(node), int(node.tag[1]))
            case "paragraph":
                yield Paragraph(_said(node))
            case "bullet_list" | "ordered_list":
                yield Listing(tuple(_items(node)), node.type == "ordered_list")
            case "fence" | "code_block":
                yield Paragraph(text(Code(node.content.strip())))
            case "table":
                yield _table(node, title)
            case "hr":
                continue
            case _:  # a quotation: what it holds
                yield from _blocks(node, title)


def _items(node: SyntaxTreeNode) -> Iterator[Text]:
    """The items of a list, those of lists within them behind their own."""
    for item in node.children:
        own = [_said(child) for child in item.children if child.type not in ("bullet_list", "ordered_list")]
        if own:
            yield joined(own, " ")
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _items(child)


def _table(node: SyntaxTreeNode, title: str) -> Table:
    rows = [tuple(_said(cell) for cell in row.children) for part in node.children for row in part.children]
    return Table(text(title), rows[0], tuple(rows[1:]))


def _said(node: SyntaxTreeNode) -> Text:
    """The words of a node, whatever it holds."""
    return text(*_pieces(node))


def _pieces(node: SyntaxTreeNode) -> Iterator[Piece]:
    for child in node.children:
        match child.type:
            case "text":
                yield child.content
            case "softbreak" | "hardbreak":
                yield " "
            case "strong" | "em":
                yield Stressed(_said(child), child.type == "strong")
            case "code_inline":
                yield Code(child.content)
            case "link" | "image":
                address = str(child.attrs.get("href") or child.attrs.get("src") or "")
                words = _said(child)
                yield from words.pieces
                if address != str(words):
                    yield f" ({address})" if words else address
            case _:
                yield from _pieces(child)
