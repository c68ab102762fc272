"""Elements of an XML part of a workbook by the bytes where they stand: all other bytes stay as they are.

Writing a part anew from a tree would rename prefixes, drop what a library does not know and reorder
attributes; here only what is added or replaced changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr


class UnfitPartError(Exception):
    """A part that cannot be changed by its bytes: not UTF-8, with entities of its own, or not well-formed."""


@dataclass
class Element:
    """An element: its name as written, its attributes, and where it begins, its content and its end are."""

    name: str
    attributes: Mapping[str, str]
    path: tuple[str, ...]  # local names of those around it
    start: int
    inner: int
    end: int = -1  # of the content
    after: int = -1

    @property
    def local(self) -> str:
        """Its name without a prefix."""
        return local(self.name)

    @property
    def prefix(self) -> str:
        """Its prefix with a colon, for what is put into it; empty when it has none."""
        return self.name.partition(":")[0] + ":" if ":" in self.name else ""

    @property
    def is_empty_tag(self) -> bool:
        """True when it is written `<name/>`."""
        return self.after == self.inner


@dataclass(frozen=True)
class Edit:
    """Bytes in the place of those from `start` to `end`."""

    start: int
    end: int
    text: str


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def elements(content: bytes, wanted: Callable[[str, Mapping[str, str]], bool]) -> list[Element]:
    """The elements that are wanted by local name and attributes, in the order of their starts.

    Raises UnfitPartError.
    """
    if content[:3] == b"\xef\xbb\xbf" or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnfitPartError("byte order mark")
    found: list[Element] = []
    around: list[str] = []
    opened: list[Element | None] = []
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def begin(name: str, attributes: dict[str, str]) -> None:
        one = None
        if wanted(local(name), attributes):
            start = parser.CurrentByteIndex
            one = Element(name, attributes, tuple(around), start, _tag_end(content, start))
            found.append(one)
        opened.append(one)
        around.append(local(name))

    def end(_: str) -> None:
        around.pop()
        one = opened.pop()
        if one is not None:
            if content[one.inner - 2 : one.inner] == b"/>":
                one.end = one.after = one.inner
            else:
                one.end = parser.CurrentByteIndex
                one.after = _tag_end(content, one.end)

    def refuse(*_: object) -> None:
        raise UnfitPartError("DOCTYPE")

    def declare(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise UnfitPartError(encoding)

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = refuse, declare
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise UnfitPartError(str(error)) from error
    return found


def named(content: bytes, *names: str) -> list[Element]:
    """The elements of these local names."""
    return elements(content, lambda name, _: name in names)


def put_in(element: Element, content: bytes, text: str, *, first: bool = False) -> Edit:
    """The edit that adds to the end of an element's content, or to its beginning."""
    if element.is_empty_tag:
        tag = content[element.start : element.inner].decode()
        return Edit(element.start, element.inner, f"{tag[:-2].rstrip()}>{text}</{element.name}>")
    at = element.inner if first else element.end
    return Edit(at, at, text)


def with_attributes(tag: str, **values: str) -> str:
    """A start tag with these attributes set; all else stays as it is written."""
    for name, value in values.items():
        written = f" {name}={quoteattr(value)}"
        there = re.search(rf"""\s{name}\s*=\s*("[^"]*"|'[^']*')""", tag)
        end = len(tag) - (2 if tag.endswith("/>") else 1)
        first, last = there.span() if there else (len(tag[:end].rstrip()), end)
        tag = tag[:first] + written + tag[last:]
    return tag


def tag_of(element: Element, content: bytes) -> str:
    """An element's start tag as it is written."""
    return content[element.start : element.inner].decode()


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with every edit; those at one place stay in their order."""
    parts: list[bytes] = []
    at = 0
    for edit in _sorted(list(edits)):
        parts += [content[at : edit.start], edit.text.encode()]
        at = edit.end
    return b"".join([*parts, content[at:]])


def _sorted(edits: Sequence[Edit]) -> list[Edit]:
    return sorted(edits, key=lambda edit: edit.start)


def _tag_end(content: bytes, start: int) -> int:
    """The byte after the tag that begins at a place."""
    if content[start : start + 1] != b"<":
        raise UnfitPartError("offset")
    quote = 0
    for at in range(start, len(content)):
        byte = content[at]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return at + 1
    raise UnfitPartError("tag")
