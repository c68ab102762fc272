"""Recognise which layout a file fits by its content: the headings of a sheet, or of lines of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from python_calamine import CalamineWorkbook

from sources.layouts import Layout
from sources.reading.delimited import as_utf8, encoding_of, heads_of
from sources.reading.heading import (
    Heading,
    best_heading,
    fitting,
    missing_columns,
    plain,
    refuse_ambiguous,
    wanted,
)
from sources.reading.rows import listed_sheets
from sources.reading.workbooks import heads_of_sheets, open_workbook
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Table:
    """A place where a table may stand in a file: a sheet, or all lines parted by one separator."""

    head: Sequence[Sequence[str]]
    sheet: str | None = None
    separator: str = ""
    is_visible: bool = True


@dataclass(frozen=True)
class Opened:
    """A file that was looked at: its first rows, table by table, and what they are read from."""

    name: str
    path: Path
    tables: Sequence[Table]
    encoding: str = ""
    workbook: CalamineWorkbook | None = None
    in_1904: bool | None = None


@dataclass(frozen=True)
class Fit:
    """A layout in a table of a file: the rank of its heading, the cells of it, our columns that it lacks."""

    layout: Layout
    heading: Heading
    table: Table
    rank: int
    cells: Sequence[str]
    missing: frozenset[str]


def look(path: Path, name: str, work: Path, language: str) -> Opened:
    """Open a file of any of the kinds, as its bytes show it; raises RefusedDeliveryError."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start in WORKBOOKS:
        workbook, in_1904 = open_workbook(path, name, language)
        tables = [
            Table(head, sheet, "", seen) for sheet, seen, head in heads_of_sheets(workbook, name, language)
        ]
        return Opened(name, path, tables, workbook=workbook, in_1904=in_1904)
    encoding = encoding_of(path, name, language)
    utf8 = as_utf8(path, name, encoding, work, language)
    tables = [Table(head, None, separator) for separator, head in heads_of(utf8, name, language)]
    return Opened(name, utf8, tables, encoding)


def headings_of(layout: Layout, names: Mapping[tuple[str, ...], str], optional: frozenset[str]) -> Heading:
    """The headings that a layout reads: the text column of each, by its spellings."""
    columns = {name: spellings for spellings, name in names.items()}
    columns |= {f"-{rank}": (one,) for rank, one in enumerate(layout.ignored)}
    dropped = {name for name in columns if name.startswith("-")}
    several = layout.across.heading[0] if layout.across else None
    return Heading(
        columns, frozenset(columns) - optional - dropped, frozenset((several,) if several else ()) | dropped
    )


def recognise(opened: Opened, layouts: Sequence[tuple[Layout, Heading]], source: str, language: str) -> Fit:
    """The layout that the file fits; an office's own goes before a shipped one.

    Raises RefusedDeliveryError when two fit, or none, or when a heading is there twice.
    """
    fits = [
        _fit(layout, heading, table)
        for layout, heading in layouts
        if not layout.file.names
        or any(fnmatchcase(opened.name.lower(), one.lower()) for one in layout.file.names)
        for table in opened.tables
        if _is_of(layout, table)
    ]
    good = [fit for fit in fits if not fit.missing]
    seen = [fit for fit in good if fit.table.is_visible]
    if good and not seen:
        raise RefusedDeliveryError(
            say("refused.hidden_sheet", language, file=opened.name, sheet=good[0].table.sheet)
        )
    if not seen:
        raise RefusedDeliveryError(_none_fits(opened, layouts, fits, source, language))
    chosen = [fit for fit in seen if fit.layout.is_of_home] or seen
    first = chosen[0]
    other = next((fit for fit in chosen if fit.layout.name != first.layout.name), None)
    if other is not None:
        names = {"one": first.layout.tool, "other": other.layout.tool}
        raise RefusedDeliveryError(say("layout.two_fit", language, file=opened.name, source=source, **names))
    # A heading of a single cell holds no separator: it reads alike with each.
    first, *_ = chosen = [fit for fit in chosen if len(fit.cells) > 1] or chosen[:1]
    if first.table.sheet is None and len(chosen) > 1:
        one, two = (repr(fit.table.separator) for fit in chosen[:2])
        raise RefusedDeliveryError(
            say("refused.ambiguous_separator", language, file=opened.name, one=one, other=two)
        )
    refuse_ambiguous(first.cells, opened.name, first.heading, language)
    return first


def other_sheets(opened: Opened, chosen: Fit) -> tuple[str, ...]:
    """The other visible sheets that have the headings too."""
    return tuple(
        table.sheet
        for table in opened.tables
        if table.sheet not in (None, chosen.table.sheet)
        and table.is_visible
        and not _fit(chosen.layout, chosen.heading, table).missing
        and table.sheet
    )


def _is_of(layout: Layout, table: Table) -> bool:
    if table.sheet is not None and layout.file.sheet:
        return any(fnmatchcase(plain(table.sheet), plain(one)) for one in layout.file.sheet)
    return (
        layout.file.separator is None or table.sheet is not None or table.separator == layout.file.separator
    )


def _fit(layout: Layout, heading: Heading, table: Table) -> Fit:
    row = layout.file.heading_row
    head = table.head if row is None else table.head[row - 1 : row]
    rank, cells = best_heading(head, heading)
    missing = heading.required - set(fitting(cells, heading))
    return Fit(layout, heading, table, rank if row is None else row - 1, cells, frozenset(missing))


def _none_fits(
    opened: Opened, layouts: Sequence[tuple[Layout, Heading]], fits: Sequence[Fit], source: str, language: str
) -> str:
    """Why no layout fits: the separator, a lone layout's missing columns, or what the nearest lacks."""
    if not fits:
        return say("refused.unknown_file", language, file=opened.name)
    nearest = min(
        fits, key=lambda fit: (len(fit.missing) / len(fit.heading.required), not fit.table.is_visible)
    )
    declared = nearest.layout.file.separator
    for table in opened.tables if declared else ():
        if table.separator and not _fit(nearest.layout, nearest.heading, table).missing:
            return say(
                "refused.separator",
                language,
                file=opened.name,
                found=repr(table.separator),
                declared=repr(declared),
            )
    if len({fit.layout.name for fit in fits}) == 1 and len([t for t in opened.tables if t.sheet]) < 2:
        return missing_columns(opened.name, nearest.missing, nearest.heading, language)
    if len({fit.layout.name for fit in fits}) == 1:
        return say(
            "refused.no_fitting_sheet",
            language,
            file=opened.name,
            sheets=listed_sheets(t.sheet or "" for t in opened.tables if t.is_visible),
            hidden=listed_sheets(t.sheet or "" for t in opened.tables if not t.is_visible),
            nearest=nearest.table.sheet,
            columns=wanted(nearest.missing, nearest.heading),
        )
    return say(
        "layout.none_fits",
        language,
        file=opened.name,
        source=source,
        nearest=nearest.layout.tool,
        columns=wanted(nearest.missing, nearest.heading),
    )
