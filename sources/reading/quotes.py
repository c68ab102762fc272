"""Broken quotes in delimited text: one that is opened and not closed in its cell swallows the lines below.

By RFC 4180 a quoted cell may span lines, so a reader takes what was swallowed for one cell, without a word.
"""

from __future__ import annotations

import csv
import mmap
import sys
from pathlib import Path

import numpy as np

# The default, 128 kB, would end the reading of a file whose quote stays open.
csv.field_size_limit(sys.maxsize)

CHUNK = 1 << 24


def mended(
    path: Path, separator: str, heading_line: int, width: int, work: Path
) -> tuple[Path, tuple[int, ...]]:
    """A UTF-8 file without broken quotes, line by line the same, and the lines on which one was opened.

    A row over several lines has a broken quote when a line within the quoted cell, or both its first and its
    last line, have by themselves the `width` of a row; or when the quote is not closed before the file ends.
    Its lines are then rows of their own, in a copy in `work`. Where none is broken, the file itself is given.
    """
    if not _joins_lines(path):
        return path, ()
    copy = work / "mended.csv"
    broken: list[int] = []
    joined: list[str] = []  # lines of a row of which a quoted cell is still open
    with (
        path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as source,
        copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
    ):
        writer = csv.writer(target, delimiter=separator, lineterminator="\n")

        def part(last: int) -> None:
            broken.append(last - len(joined) + 1)
            writer.writerows(_cells(line, separator) for line in joined)
            joined.clear()

        number = 0
        for number, line in enumerate(source, 1):
            if not joined and (number <= heading_line or '"' not in line):
                target.write(line)
                continue
            is_open = _is_open_after(line, separator, is_open=bool(joined))
            joined.append(line)
            is_row = len(joined) > 1 and _is_row(line, separator, width)
            if is_row and (is_open or _is_row(joined[0], separator, width)):
                part(number)
            elif not is_open:
                target.writelines(joined)
                joined.clear()
        if joined:
            part(number)
    return (copy, tuple(broken)) if broken else (path, ())


def _joins_lines(path: Path) -> bool:
    """True when some line holds an odd number of quotes. Cheap: it is asked of every file, of any size."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(b'"') < 0:
            return False
    quotes_before = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            characters = np.frombuffer(chunk, np.uint8)
            quotes = np.flatnonzero(characters == ord('"'))
            lines = np.flatnonzero(characters == ord("\n"))
            if np.any((np.searchsorted(quotes, lines) + quotes_before) % 2):
                return True
            quotes_before += len(quotes)
    return bool(quotes_before % 2)


def _is_open_after(line: str, separator: str, *, is_open: bool) -> bool:
    """True when a line, begun within a quoted cell or not, ends within one."""
    at = 0
    while True:
        if is_open or line.startswith('"', at):
            at += not is_open
            while (at := line.find('"', at)) >= 0 and line.startswith('""', at):
                at += 2
            if at < 0:
                return True
            is_open = False
        at = line.find(separator, at) + 1
        if at == 0:
            return False


def _is_row(line: str, separator: str, width: int) -> bool:
    """True when the line by itself has the cells of a row, its quotes taken as quotes or as plain signs."""
    return len(_cells(line, separator)) == width or line.count(separator) == width - 1


def _cells(line: str, separator: str) -> list[str]:
    """The cells of a line by itself; a quote that it leaves open ends with it."""
    return next(csv.reader([line.removesuffix("\n")], delimiter=separator), [])
