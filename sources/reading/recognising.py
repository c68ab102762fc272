"""Recognise which layout a file fits by its content: the headings of a sheet, or of lines of cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from python_calamine import CalamineWorkbook

from sources.layouts import Layout, described
from sources.reading.delimited import SEPARATORS, as_utf8, encoding_of, heads_of
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
from sources.reading.tags import contradicted, is_explained, tagged
from sources.reading.workbooks import heads_of_sheets, open_workbook
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say

NEAR = 0.5  # share of the mandatory headings that a sheet may lack for a message to name them
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Table:
    """A place where a table may stand in a file: a sheet, or all lines parted by one separator."""

    head: Sequence[Sequence[str]]
    sheet: str | None = None
    separator: str = ""
    is_visible: bool = True
    is_of_any: bool = True  # not of the layout alone that declares its separator


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
    """A layout in a table of a file: the rank of its heading, the cells of it, our columns that it lacks.

    `written` are the cells as they stand there, where tags say what they mean (`sources.reading.tags`).
    """

    layout: Layout
    heading: Heading
    table: Table
    rank: int
    cells: Sequence[str]
    missing: frozenset[str]
    written: Sequence[str] = ()


def look(path: Path, name: str, work: Path, language: str, declared: Collection[str] = ()) -> Opened:
    """Open a file of any of the kinds, as its bytes show it; raises RefusedDeliveryError.

    `declared` are separators of layouts, of which some are like no other's.
    """
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
    unusual = sorted({*declared} - {*SEPARATORS, *(table.separator for table in tables)})
    if unusual:
        heads = heads_of(utf8, name, language, unusual)
        tables += [Table(head, None, separator, is_of_any=False) for separator, head in heads]
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


@dataclass(frozen=True)
class Recognised:
    """The layouts that a file fits: one, or one for each sheet that is read; and the sheets that are not.

    `unread` names them as messages do, with what the nearest layout misses where it is near.
    """

    fits: tuple[Fit, ...]
    unread: tuple[str, ...] = ()


def recognise(
    opened: Opened, layouts: Sequence[tuple[Layout, Heading]], source: str, language: str
) -> Recognised:
    """The layout that the file fits, of a workbook that of each sheet; an office's own goes first.

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
        misses = min(map(_misses, fits), default=1.0)
        raise RefusedDeliveryError(_none_fits(opened, layouts, fits, source, language), misses)
    if opened.workbook is not None:
        chosen = _of_sheets(opened, seen, source, language)
        return Recognised(tuple(chosen), _unread(opened, fits, chosen, language))
    chosen = _one_layout(opened, seen, source, language)
    first = chosen[0]
    # A heading of a single cell holds no separator: it reads alike with each.
    first, *_ = chosen = [fit for fit in chosen if len(fit.cells) > 1] or chosen[:1]
    if len(chosen) > 1:
        one, two = (repr(fit.table.separator) for fit in chosen[:2])
        names = {"one": one, "other": two, "place": described(first.layout, source, language).place}
        told = say("refused.ambiguous_separator", language, file=opened.name, **names)
        raise RefusedDeliveryError(told, 0)
    _refuse_doubtful(first, opened.name, source, language)
    return Recognised((first,))


def _of_sheets(opened: Opened, seen: Sequence[Fit], source: str, language: str) -> list[Fit]:
    """The fit of each sheet, in the order of the sheets; of one table, all are of one layout."""
    of_sheet = {
        table.sheet: _one_layout(opened, fits, source, language)[0]
        for table in opened.tables
        if (fits := [fit for fit in seen if fit.table is table])
    }
    chosen = []
    for table in dict.fromkeys(fit.layout.table for fit in of_sheet.values()):
        fits = [fit for fit in of_sheet.values() if fit.layout.table == table]
        chosen += _one_layout(opened, fits, source, language)
    for fit in chosen:
        _refuse_doubtful(fit, opened.name, source, language)
    return [fit for fit in of_sheet.values() if fit in chosen]


def _refuse_doubtful(fit: Fit, name: str, source: str, language: str) -> None:
    """Raise RefusedDeliveryError when two cells fit one of our columns, or a tag and its heading differ."""
    place = described(fit.layout, source, language).place
    refuse_ambiguous(fit.cells, name, fit.heading, language, place)
    for said, written in contradicted(fit.cells, fit.written, fit.heading) if fit.written else ():
        told = say("refused.contradicted_tag", language, file=name, tag=said, heading=written)
        raise RefusedDeliveryError(told)


def _one_layout(opened: Opened, fits: Sequence[Fit], source: str, language: str) -> list[Fit]:
    """Those of an office's own layout, else all; raises RefusedDeliveryError when they are of two."""
    chosen = [fit for fit in fits if fit.layout.is_of_home] or list(fits)
    first = chosen[0]
    other = next((fit for fit in chosen if fit.layout.name != first.layout.name), None)
    if other is not None:
        names = {"one": first.layout.tool, "other": other.layout.tool}
        told = say("refused.two_layouts_fit", language, file=opened.name, source=source, **names)
        raise RefusedDeliveryError(told, 0)
    return chosen


def _unread(opened: Opened, fits: Sequence[Fit], chosen: Sequence[Fit], language: str) -> tuple[str, ...]:
    """The sheets that hold something and are not read; hidden ones where they fit, for they may be data."""
    read = {fit.table.sheet for fit in chosen}
    known = [one for fit in chosen for one in fit.layout.file.ignored_sheets]
    found = []
    for table in opened.tables:
        if table.sheet in read or not any(cell.strip() for row in table.head for cell in row):
            continue
        if is_explained(table.head) or any(
            fnmatchcase(plain(table.sheet or ""), plain(one)) for one in known
        ):
            continue
        near = [fit for fit in fits if fit.table is table]
        nearest = min(near, key=_misses, default=None)
        sheet = listed_sheets([table.sheet or ""])
        if not table.is_visible:
            if nearest is not None and not nearest.missing:
                found.append(say("notice.hidden_sheet", language, sheet=sheet))
        elif nearest is not None and 0 < _misses(nearest) <= NEAR:
            columns = wanted(nearest.missing, nearest.heading)
            found.append(say("notice.near_sheet", language, sheet=sheet, columns=columns))
        else:
            found.append(sheet)
    return tuple(found)


def _misses(fit: Fit) -> float:
    """The share of the mandatory headings that a sheet lacks."""
    return len(fit.missing) / max(len(fit.heading.required), 1)


def _is_of(layout: Layout, table: Table) -> bool:
    if table.sheet is not None and layout.file.sheet:
        return any(fnmatchcase(plain(table.sheet), plain(one)) for one in layout.file.sheet)
    if table.sheet is not None or table.separator == layout.file.separator:
        return True
    return layout.file.separator is None and table.is_of_any


def _fit(layout: Layout, heading: Heading, table: Table) -> Fit:
    row = layout.file.heading_row
    if row is None and (found := tagged(table.head)) is not None:
        rank, cells, written = found
        missing = heading.required - set(fitting(cells, heading))
        return Fit(layout, heading, table, rank, cells, frozenset(missing), written)
    head = table.head if row is None else table.head[row - 1 : row]
    rank, cells = best_heading(head, heading)
    missing = heading.required - set(fitting(cells, heading))
    return Fit(layout, heading, table, rank if row is None else row - 1, cells, frozenset(missing))


def _none_fits(
    opened: Opened, layouts: Sequence[tuple[Layout, Heading]], fits: Sequence[Fit], source: str, language: str
) -> str:
    """Why no layout fits: the separator, a lone layout's missing columns, or what the nearest lacks."""
    if opened.workbook is not None and not any(table.is_visible for table in opened.tables):
        hidden = listed_sheets(table.sheet or "" for table in opened.tables)
        return say("refused.no_sheet", language, file=opened.name, hidden=hidden)
    if not fits:
        return say("refused.unknown_file", language, file=opened.name)
    nearest = min(fits, key=lambda fit: (_misses(fit), not fit.table.is_visible))
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
        "refused.no_layout_fits",
        language,
        file=opened.name,
        source=source,
        tool=nearest.layout.tool,
        columns=wanted(nearest.missing, nearest.heading),
    )
