"""Open delimited text: encoding, line ends, separator, heading, broken quotes."""

from __future__ import annotations

import codecs
import csv
import mmap
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import duckdb

from sources.reading.fields import literal, quoted, trimmed
from sources.reading.heading import (
    HEADING_WITHIN,
    Heading,
    best_heading,
    column_names,
    missing_columns,
    refuse_ambiguous,
)
from sources.reading.quotes import mended
from sources.reading.rows import (
    LineNumbers,
    TextRows,
    open_quote,
)
from sources.reading.shifted import with_shifted_told
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say

SEPARATORS = (";", ",", "\t", "|")
# A page of them is the hole of a copy that was cut, or of a sparse file; single ones make bad cells.
HOLE = bytes(4096)
# Bytes that are no UTF-8, as `surrogateescape` decodes them, and signs beyond ASCII that are.
STRANGE = re.compile("[\udc80-\udcff]")
PROPER = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]")
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def open_delimited(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    heading: Heading,
    work: Path,
    *,
    separator: str = ";",
    encoding: str = "utf-8",
    language: str = "fr",
) -> TextRows:
    """Open a delimited text file (RFC 4180 quoting). `name` is what messages call it.

    Raises RefusedDeliveryError when it is empty, in another encoding, in another separator, lacks a
    mandatory column, or has two that fit one of ours. A byte order mark is honoured; the heading may stand
    within the first 30 lines.
    """
    utf8 = as_utf8(path, name, encoding, work, language)
    with utf8.open(encoding="utf-8", errors="replace", newline="") as lines:
        head = list(islice(lines, HEADING_WITHIN))
    for line, content in enumerate(head, 1):
        if "\ufffd" in content:
            raise RefusedDeliveryError(
                say("refused.encoding", language, file=name, encoding=encoding, line=line)
            )
    heading_line, cells = _find_heading(head, name, heading, separator, language)
    return rows_below(utf8, name, heading, cells, separator, heading_line, work, language=language)


def rows_below(
    utf8: Path,
    name: str,
    heading: Heading,
    cells: Sequence[str],
    separator: str,
    heading_line: int,
    work: Path,
    *,
    skips_blank: bool = False,
    language: str = "fr",
) -> TextRows:
    """The rows below a heading of these cells, which ends on that line of a file that `as_utf8` gave.

    With `skips_blank`, lines of empty cells are no rows.
    """
    names = column_names(cells, heading)
    utf8, broken_quotes = mended(utf8, separator, heading_line, len(names), work)
    utf8 = with_shifted_told(utf8, separator, heading_line, len(names), work)
    columns = "{" + ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names) + "}"
    with utf8.open(encoding="utf-8", errors="replace", newline="") as lines:
        # DuckDB skips rows, not lines: one may span several.
        above = sum(1 for _ in csv.reader(islice(lines, heading_line), delimiter=separator))
    reader = f"""read_csv({literal(str(utf8))}, delim={literal(separator)}, quote='"', escape='"',
        header=false, skip={above}, auto_detect=false, columns={columns}, strict_mode=true,
        max_line_size=1048576, ignore_errors=true"""
    known = [n for n in names if n in heading.columns]
    absent = [n for n in heading.columns if n not in names]
    selected = [f"{trimmed(n)} AS {quoted(n)}" for n in known] + [
        f"NULL::VARCHAR AS {quoted(n)}" for n in absent
    ]
    unknown = [c.strip() for c, n in zip(cells, names, strict=True) if n not in heading.columns]
    where = f" WHERE NOT ({' AND '.join(f'{trimmed(n)} IS NULL' for n in names)})" if skips_blank else ""
    return TextRows(
        name=name,
        size_bytes=utf8.stat().st_size,
        source=f"(SELECT {', '.join(selected)} FROM {reader}){where})",
        first_pass=f"(SELECT {', '.join(selected)} FROM {reader}, store_rejects=true){where})",
        headings={n: c.strip() for c, n in zip(cells, names, strict=True)},
        unknown_columns=tuple(c for c in unknown if c),
        lines=LineNumbers(
            utf8, separator, heading_line, len(names), name=name, skips_blank=skips_blank, language=language
        ),
        broken_quotes=broken_quotes,
        positions={n: rank for rank, n in enumerate(names, 1)},
        language=language,
    )


def encoding_of(path: Path, name: str, language: str = "fr") -> str:
    """The encoding of a file without a byte order mark, as its bytes show it; raises RefusedDeliveryError.

    Bytes that are no UTF-8 make it Windows-1252, unless some of them are: then it is neither.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
        if any(start.startswith(mark) for mark in MARKS):
            return "utf-8"  # whatever: the mark wins
        if start and start[1::2].count(0) > len(start) / 4:
            return "utf-16-le"
        if start and start[::2].count(0) > len(start) / 4:
            return "utf-16-be"
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        strange = proper = False
        while chunk := stream.read(1 << 22):
            text = decoder.decode(chunk)
            strange = strange or STRANGE.search(text) is not None
            proper = proper or PROPER.search(text) is not None
    if not strange:
        return "utf-8"
    if proper:
        with path.open(encoding="utf-8", errors="replace") as lines:
            line = next((n for n, text in enumerate(lines, 1) if "\ufffd" in text), "?")
        raise RefusedDeliveryError(say("refused.encoding", language, file=name, encoding="utf-8", line=line))
    return "cp1252"


def heads_of(
    utf8: Path, name: str, language: str = "fr", separators: Sequence[str] = SEPARATORS
) -> list[tuple[str, list[list[str]]]]:
    """The first lines of a file that `as_utf8` gave, as the cells that each possible separator makes of them.

    A first line `sep=;` says which one it is. Raises RefusedDeliveryError when they are blank.
    """
    with utf8.open(encoding="utf-8", errors="replace", newline="") as lines:
        head = list(islice(lines, HEADING_WITHIN))
    if not any(line.strip() for line in head):
        raise RefusedDeliveryError(say("refused.empty", language, file=name))
    said = re.match(r"sep=(.)\s*$", head[0], re.IGNORECASE)
    return [(one, cells_of(head, one, name, language)) for one in ((said[1],) if said else separators)]


def cells_of(head: Sequence[str], separator: str, name: str, language: str = "fr") -> list[list[str]]:
    """The cells of each of the first lines; those of a row that spans lines stand at its last.

    Its lines before that are read by themselves, for a quote that nothing closes must not hide a heading.
    Raises RefusedDeliveryError for a quote that stays open beyond what a cell may hold.
    """
    try:
        rows = [next(csv.reader([line], delimiter=separator), []) for line in head]
        spanning = csv.reader(head, delimiter=separator)
        for cells in spanning:
            rows[spanning.line_num - 1] = cells
    except csv.Error as error:
        raise open_quote(name, 1, language) from error
    return rows


def as_utf8(path: Path, name: str, encoding: str, work: Path, language: str = "fr") -> Path:
    """The file itself when it is UTF-8 without mark and with plain line ends, else a copy in `work` that is.

    DuckDB's strict reader silently drops the rows of a file with other line ends than the one it takes.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        if not start:
            raise RefusedDeliveryError(say("refused.empty", language, file=name))
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            has_returns = content.find(b"\r") >= 0
            hole = content.find(HOLE)
            if hole >= 0:
                before = content[:hole].count(b"\n")
                raise RefusedDeliveryError(say("refused.zero_bytes", language, file=name, line=before + 1))
    told = next((codec for mark, codec in MARKS.items() if start.startswith(mark)), None)
    codec = told or encoding
    if codec == "utf-8" and not has_returns:
        return path
    copy = work / "transcoded.csv"
    # Bytes that are not UTF-8 pass through: the reader then names their line.
    errors = "surrogateescape" if codec == "utf-8" else "strict"
    try:
        with (
            path.open(encoding=codec, errors=errors) as source,
            copy.open("w", encoding="utf-8", errors=errors, newline="\n") as target,
        ):
            while chunk := source.read(1 << 20):
                target.write(chunk)
    except UnicodeDecodeError as error:
        with path.open(encoding=codec, errors="replace") as lines:
            line = next((n for n, text in enumerate(lines, 1) if "\ufffd" in text), "?")
        raise RefusedDeliveryError(
            say("refused.encoding", language, file=name, encoding=codec, line=line)
        ) from error
    return copy


def is_cut(utf8: Path, separator: str, width: int) -> bool:
    """Whether the last line of a file that `as_utf8` gave does not end, and its last cell may be cut.

    Not a cell that its own quote closes, nor a line of fewer cells, which is no row anyway.
    """
    with utf8.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        last = content[content.rfind(b"\n") + 1 :].decode("utf-8", "replace")
    cells = next(csv.reader([last], delimiter=separator), [])
    return len(cells) == width and not last.rstrip().endswith('"')


def _find_heading(
    head: list[str], name: str, heading: Heading, separator: str, language: str
) -> tuple[int, list[str]]:
    """Number of lines up to and with the heading, and its cells; raises RefusedDeliveryError."""
    if not any(line.strip() for line in head):
        raise RefusedDeliveryError(say("refused.empty", language, file=name))

    def search(delimiter: str) -> tuple[int, list[str], set[str]]:
        rank, cells = best_heading(cells_of(head, delimiter, name, language), heading)
        return rank + 1, cells, set(heading.required) - set(column_names(cells, heading))

    line, cells, missing = search(separator)
    if not missing:
        refuse_ambiguous(cells, name, heading, language)
        return line, cells
    for other in SEPARATORS:
        if other != separator and not search(other)[2]:
            raise RefusedDeliveryError(
                say("refused.separator", language, file=name, found=repr(other), declared=repr(separator))
            )
    raise RefusedDeliveryError(missing_columns(name, missing, heading, language))
