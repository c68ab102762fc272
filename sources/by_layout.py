"""Read a file as the layout says that it fits: the one way from a declared table to its rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from sources.catalogue import Context, SourceReading
from sources.layouts import Across, Keep, Layout, LayoutColumn, LayoutError, described
from sources.reading import decided
from sources.reading.clocks import Checks, winter_offset_seconds
from sources.reading.delimited import is_cut, rows_below
from sources.reading.exported import exported_on
from sources.reading.fields import (
    EARLIEST,
    OTHER,
    Check,
    Field,
    constant,
    day,
    identifier,
    instant,
    literal,
    quoted,
    within,
)
from sources.reading.heading import Heading, is_pattern, matcher, plain
from sources.reading.judging import TOTAL_LINE, Filter, Reading, read_strictly
from sources.reading.recognising import Fit, Opened, headings_of, look, recognise
from sources.reading.rows import (
    TextRows,
    connect,
    joined,
    kind_column,
    listed_sheets,
    looked_at,
    with_columns,
)
from sources.reading.scoping import scope_of
from sources.reading.slots import IS_GAP, TIME, TimeCells, timed
from sources.reading.workbooks import Row, cell_text, cells_of_sheet, rows_of_cells
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import COMMON_COLUMNS, NUMERIC, ColumnSpec, SourceSpec, TableSpec
from warehouse.storage.ledger import Delivery, summed
from warehouse.words.messages import listed, say

Special = Callable[[Mapping[str, Field]], Mapping[str, Field]]
"""What a source adds: it gets the fields of a layout by column, and gives all that are read, by column."""

Informed = Callable[[duckdb.DuckDBPyConnection, TextRows, Mapping[str, Field]], Mapping[str, Field]]
"""What a source adds that depends on the rows of the file, such as the period that they all state."""

HIDDEN = "\x01"  # what a separator within a label is while its cell is split
MEANT = "\x02"  # before what a scale says that a cell means: no file writes it
TOTAL = r"(?i)^\W*(sous[- ]?)?total"
BOOLEANS = {
    "true": ("true", "oui", "o", "yes", "y", "vrai", "1", "x"),
    "false": ("false", "non", "n", "no", "faux", "0"),
}


@dataclass(frozen=True)
class FileToRead:
    """A file, what messages call it, when it was received and saved (naive UTC), and a folder to work in."""

    path: Path
    name: str
    received_at: datetime
    work: Path
    saved_at: datetime | None = None
    keeps_lines: bool = False

    @classmethod
    def of(cls, delivery: Delivery, context: Context) -> FileToRead:
        """The file of a delivery, as the context asks for it."""
        return cls(
            delivery.path,
            delivery.file_name,
            delivery.received_at,
            context.work,
            delivery.saved_at,
            context.keeps_lines,
        )


@dataclass(frozen=True)
class Rules:
    """What a source knows of its tables beyond source.yml, by table; the defaults ask nothing.

    `special` changes the fields of a layout; `informed` too, which sees the rows as text before.
    `key` are the columns that tell rows apart, and `identified` (SQL on them) where they do
    (`read_strictly`); by default the primary key without office and delivery, or the identity.
    """

    special: Special = lambda fields: fields
    informed: Informed = lambda connection, rows, fields: fields
    key: Sequence[str] | None = None
    identified: str = "true"
    prepare: Callable[[duckdb.DuckDBPyConnection], None] = lambda connection: None
    tells_totals: bool = True


def read(
    file: FileToRead,
    spec: SourceSpec,
    layouts: Sequence[Layout],
    *,
    constants: Callable[[Layout], Mapping[str, str | int | None]],
    zone: str,
    language: str,
    rules: Callable[[str], Rules] = lambda table: Rules(),
) -> SourceReading:
    """Recognise the file among `layouts` and read it; writes nothing but in the work folder.

    Of a workbook each sheet that fits a layout is read, and its account is the sum over them; a sheet with
    something in it that fits none is named in the message. `account.quarantine` is Parquet of
    `sources.staged.Quarantined`: each faulty cell by sheet, line, position of the column, what was found, and
    the reason that says what was asked.
    `constants` gives the columns that no file of a layout holds (office, delivery_id), `rules` those of a
    table. Raises RefusedDeliveryError when two layouts fit, or none, or when a date or
    a number can be read in two ways.
    """
    separators = [one.file.separator for one in layouts if one.file.separator]
    opened = look(file.path, file.name, file.work, language, separators)
    known = [(layout, known_headings(layout)) for layout in layouts]
    found = recognise(opened, known, spec.name, language)
    of_table: dict[str, list[Fit]] = {}
    for fit in found.fits:
        of_table.setdefault(fit.layout.table, []).append(fit)
    readings, notices, scopes = [], [], {}
    for rank, (table, fits) in enumerate(of_table.items()):
        work = file.work / str(rank)
        work.mkdir(exist_ok=True)
        layout = fits[0].layout
        inner = replace(file, work=work)
        try:
            one = _read_table(opened, fits, spec, inner, constants(layout), rules(table), zone, language)
        except RefusedDeliveryError as error:
            error.misses = 0.0  # it was recognised
            raise
        readings.append(one)
        if layout.replaces is not None:
            given = {**constants(layout), **{n: c.constant for n, c in layout.columns.items() if c.constant}}
            kept_out = one.account.rows_quarantined
            scope = scope_of(
                layout.replaces,
                spec.table(table),
                one.parquet,
                file.name,
                given,
                lacks_rows=kept_out > 0,
            )
            if scope is not None and scope.is_cut:
                notices.append(say("notice.kept_scope", language, count=kept_out))
            if scope is None:
                notices.append(say("notice.no_scope", language, pattern=layout.replaces.file_name))
            else:
                scopes[table] = scope
        sheets = listed_sheets(fit.table.sheet or "" for fit in fits)
        notices += [
            notice if len(of_table) == 1 else say("notice.in_sheets", language, sheets=sheets, notice=notice)
            for notice in one.notices
        ]
    if found.unread:
        notices.append(say("notice.unread_sheets", language, sheets=", ".join(found.unread)))
    return SourceReading(
        summed(_kind(spec, list(of_table)), [one.account for one in readings], listed(notices, language)),
        {table: one.parquet for table, one in zip(of_table, readings, strict=True)},
        tuple(dict.fromkeys(fit.layout.tool for fit in found.fits)),
        scopes,
    )


def _read_table(
    opened: Opened,
    fits: Sequence[Fit],
    spec: SourceSpec,
    file: FileToRead,
    constants: Mapping[str, str | int | None],
    of_table: Rules,
    zone: str,
    language: str,
) -> Reading:
    """Read what fits one layout, the sheets of a workbook one after the other."""
    layout, table = fits[0].layout, spec.table(fits[0].layout.table)
    declared = layout.file.encoding
    if opened.encoding and declared and opened.encoding not in (declared, "utf-8"):
        # Without a mark, which wins, the declared encoding is meant.
        place = described(layout, spec.name, language).place
        told = say("refused.declared_encoding", language, file=file.name, encoding=declared, place=place)
        raise RefusedDeliveryError(told)
    with connect(file.work) as connection:
        of_table.prepare(connection)
        parts = [
            _rows(connection, opened, fit, file, f"sheet_{rank}", language) for rank, fit in enumerate(fits)
        ]
        rows = replace(joined(connection, parts), described=described(layout, spec.name, language))
        rows = looked_at(connection, rows)
        reader = _Reader(connection, layout, table, rows, file, zone)
        fields = dict(of_table.special(reader.fields(constants)))
        fields = dict(of_table.informed(connection, reader.rows, fields))
        for column in table.columns:
            if column.part_of:
                fields[column.name] = within(fields[column.name], [fields[name] for name in column.part_of])
        _refuse_gaps(layout, table, fields, language)
        named = [fields[name] for name in table.all_columns]
        named += [field for name, field in fields.items() if name not in table.all_columns]
        key = of_table.key
        if key is None:
            common = {column.name for column in COMMON_COLUMNS}
            key = [name for name in table.primary_key or table.identity if name not in common]
        totals = layout.rows.totals
        filters = reader.filters(key, named)
        named = reader.guarded(named)
        extra = {field.name: "VARCHAR" for field in named if field.name not in table.all_columns}
        reading = read_strictly(
            connection,
            reader.rows,
            named,
            {**table.all_columns, **extra},
            key=key,
            kind=_kind(spec, [table.name]),
            work=file.work,
            identified=of_table.identified,
            filters=filters,
            footer=TOTAL if totals else None,
            totals=[one for one in totals.control if fields[one].column] if totals else (),
            tells_totals=of_table.tells_totals,
            keeps_lines=file.keeps_lines,
            language=language,
        )
        return replace(reading, notices=(*reading.notices, *reader.notices))


def _refuse_gaps(layout: Layout, table: TableSpec, fields: Mapping[str, Field], language: str) -> None:
    """Raise LayoutError when a mandatory column comes from nowhere."""
    gaps = [n for n, one in table.all_columns.items() if one.required and fields[n].sql == "NULL"]
    if gaps:
        told = say("layout.gaps", language, tool=layout.tool, columns=", ".join(gaps), table=table.name)
        raise LayoutError([told])


def _kind(spec: SourceSpec, tables: Sequence[str]) -> str:
    """The kind of delivery that feeds these tables and the fewest others, else the first of them."""
    feeds = [one for one in spec.deliveries if set(tables) <= set(one.tables)]
    feeds = feeds or [one for one in spec.deliveries if tables[0] in one.tables]
    return min(feeds, key=lambda one: (one.tables[0] != tables[0], len(one.tables))).kind


# --- the text columns of a layout -----------------------------------------------------------------------


def known_headings(layout: Layout) -> Heading:
    """Every heading that a layout knows; those that are dropped have a name that begins with `-`."""
    return headings_of(layout, _texts(layout), _optional(layout))


def _asked(layout: Layout) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every heading that a layout reads, by its spellings, and whether a file may lack it."""
    for name, column in layout.columns.items():
        if name in _filled(layout):
            continue
        sign = column.sign.heading if column.sign else ()
        for spellings in (column.heading, column.time, sign, column.once_per):
            if spellings:
                yield spellings, column.optional
        for one in column.rank:
            yield (one,), False
    rows = layout.rows
    if rows.keep is not None:
        yield rows.keep.heading, False
    if rows.totals is not None:
        for one in rows.totals.heading:
            yield (one,), True
    if layout.newest_by:
        yield layout.newest_by, False
    if layout.across is not None:
        yield layout.across.heading, False


def _filled(layout: Layout) -> frozenset[str]:
    """Columns that a wide shape fills: what is declared of them besides, such as their words, still holds."""
    across, blocks = layout.across, layout.blocks
    names = (across.becomes, across.value, across.above) if across else ()
    return frozenset(name for name in (*names, blocks.becomes if blocks else None) if name)


def _texts(layout: Layout) -> dict[tuple[str, ...], str]:
    """Name of the text column of each heading that a layout reads, by its spellings."""
    names: dict[tuple[str, ...], str] = {}
    for spellings, _ in _asked(layout):
        if not any(set(spellings) <= set(other) for other in names):
            names[spellings] = spellings[0]
    return names


def _optional(layout: Layout) -> frozenset[str]:
    mandatory = {spellings for spellings, is_optional in _asked(layout) if not is_optional}
    return frozenset(name for spellings, name in _texts(layout).items() if spellings not in mandatory)


# --- rows -----------------------------------------------------------------------------------------------


def _rows(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    fit: Fit,
    file: FileToRead,
    name: str,
    language: str,
) -> TextRows:
    """The rows of the table that fits, as text; wide shapes are made long, in a temporary table."""
    rows = _rows_of(connection, opened, fit, file, name, language)
    if not fit.written:
        return rows
    # What tags say is how columns are known; messages call them as people see them.
    called = {n: fit.written[at - 1].strip() for n, at in rows.positions.items() if at <= len(fit.written)}
    return replace(rows, headings={**rows.headings, **called}, written=tuple(fit.written))


def _rows_of(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    fit: Fit,
    file: FileToRead,
    name: str,
    language: str,
) -> TextRows:
    layout, heading, table = fit.layout, fit.heading, fit.table
    is_long = layout.across is None and layout.blocks is None
    if opened.workbook is None and is_long:
        rows = rows_below(
            opened.path,
            opened.name,
            heading,
            fit.cells,
            table.separator,
            fit.rank + 1,
            file.work,
            skips_blank=True,
            language=language,
        )
        is_last_cut = layout.ends_last_line and is_cut(opened.path, table.separator, len(fit.cells))
        return replace(rows, is_last_cut=is_last_cut)
    if opened.workbook is not None:
        sheet = cells_of_sheet(opened.workbook, table.sheet or "", opened.name, language, fit.rank + 1)
        cells = list(enumerate(sheet, 1))
    else:
        cells = list(_lines(opened.path, table.separator))
    found: Sequence[str] = fit.cells
    data = [Row(line, row) for line, row in cells[fit.rank + 1 :] if any(map(cell_text, row))]
    extra: dict[str, str] = {}
    if layout.blocks is not None:
        data, found = _blocks(layout, cells, fit), (*found, BLOCK)
        extra[BLOCK] = BLOCK
    if layout.across is not None:
        above = cells[fit.rank - 1][1] if fit.rank else ()
        data, found = _across(layout, above, cells[fit.rank][1], found, data), (*found, HEAD, ABOVE, CELL)
        extra |= dict.fromkeys((HEAD, ABOVE, CELL), "")
    if extra:
        first = next(iter(layout.across.heading), "") if layout.across else None
        columns = {name: spelled for name, spelled in heading.columns.items() if name != first}
        heading = Heading({**columns, **{name: (name,) for name in extra}}, heading.required)
    rows = rows_of_cells(
        connection, opened.name, file.path.stat().st_size, heading, found, data, name, language=language
    )
    wide = {fit.cells[at] for at in _wide(layout.across, fit.cells)} if layout.across else set()
    unknown = tuple(one for one in rows.unknown_columns if one not in wide)
    return replace(
        rows,
        headings={**rows.headings, **_wide_headings(layout, fit)},
        has_kinds=opened.workbook is not None,
        sheet=table.sheet,
        in_1904=opened.in_1904,
        unknown_columns=unknown,
        positions={name: at for name, at in rows.positions.items() if name not in extra},
    )


def _wide_headings(layout: Layout, fit: Fit) -> dict[str, str]:
    """What messages call the columns that a wide shape makes; those of one cell say its own heading."""
    found: dict[str, str] = {}
    if layout.across is not None:
        wide = [fit.cells[at].strip() for at in _wide(layout.across, fit.cells)]
        found |= dict.fromkeys((HEAD, ABOVE, CELL), " … ".join(dict.fromkeys((wide[0], wide[-1]))))
    if layout.blocks is not None:
        found[BLOCK] = layout.blocks.becomes
    return found


def _wide(across: Across, found: Sequence[str]) -> list[int]:
    """Ranks of the headings that are values."""
    matches = [matcher(one) for one in across.heading]
    return [at for at, text in enumerate(found) if text and any(fits(plain(text)) for fits in matches)]


QUOTES, APOSTROPHE = "’‘", "'"
UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
BLOCK, HEAD, ABOVE, CELL = "=block", "=heading", "=above", "=cell"


def _lines(path: Path, separator: str) -> Iterator[tuple[int, list[Any]]]:
    """Each row of delimited text with the line on which it begins."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter=separator)
        start = 1
        for cells in reader:
            yield start, list(cells)
            start = reader.line_num + 1


def _blocks(layout: Layout, cells: Sequence[tuple[int, list[Any]]], fit: Fit) -> list[Row]:
    """The rows of all blocks, each with the value that the line above its headings says."""
    assert layout.blocks is not None
    title = re.compile(layout.blocks.title.strip("/"), re.IGNORECASE)
    headings = [plain(cell) for cell in fit.cells]
    rows, value = [], None
    for rank, (line, row) in enumerate(cells):
        texts = [cell_text(cell) for cell in row]
        filled = [text for text in texts if text]
        said = title.search(filled[0]) if len(filled) == 1 else None
        if said is not None:
            value = said[1]
        elif filled and rank > fit.rank and [plain(text) for text in texts] != headings:
            padded = [*row, *[None] * (len(fit.cells) - len(row))]
            rows.append(Row(line, [*padded[: len(fit.cells)], value]))
    return rows


def _across(
    layout: Layout, above: Sequence[Any], heads: Sequence[Any], found: Sequence[str], data: Sequence[Row]
) -> list[Row]:
    """A row for each cell below a heading that is a value, with that heading and what stands above it."""
    assert layout.across is not None
    wide = _wide(layout.across, found)
    said: list[Any] = []
    for at in range(len(found)):
        cell = above[at] if at < len(above) else None
        said.append(cell if cell_text(cell) else said[-1] if said else None)
    return [
        Row(
            row.line,
            [*row.cells[: len(found)], *[None] * (len(found) - len(row.cells)), heads[at], said[at], cell],
            at + 1,
        )
        for row in data
        for at in wide
        if (cell := row.cells[at] if at < len(row.cells) else None) is not None and cell_text(cell)
    ]


# --- fields ---------------------------------------------------------------------------------------------


class _Reader:
    """Makes the fields of a table from the text columns of a layout; `rows` gets what they need beside."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        layout: Layout,
        table: TableSpec,
        rows: TextRows,
        file: FileToRead,
        zone: str,
    ) -> None:
        self.connection, self.layout, self.table, self.rows = connection, layout, table, rows
        self.file, self.zone = file, zone
        self.texts = _texts(layout)
        filled = _filled(layout)
        self.declared = {n: one for n, one in layout.columns.items() if n not in filled}
        self._dated: set[str] = set()
        # Checks of cells that no column of the table takes, and the words that they know, by text column.
        self._beside: dict[str, tuple[tuple[tuple[str, str], ...], tuple[str, ...]]] = {}
        self._folded: dict[str, str] = {}
        self._has_lines = self._has_other = self.has_slots = False
        self.notices: list[str] = []

    def fields(self, constants: Mapping[str, str | int | None]) -> dict[str, Field]:
        """The field of each column of the table; one that comes from nowhere is null."""
        self._fill_down()
        self._mark_other_tables()
        columns = dict(self.layout.columns)
        across, blocks = self.layout.across, self.layout.blocks
        if across is not None:
            columns[across.becomes] = LayoutColumn(heading=(HEAD,), values=across.values)
            if across.scales:
                columns[across.value] = self._scaled(across)
            columns[across.value] = columns.get(across.value, LayoutColumn(heading=(CELL,))).model_copy(
                update={"heading": (CELL,)}
            )
            if across.above is not None:
                above = columns.get(across.above, LayoutColumn(heading=(ABOVE,)))
                columns[across.above] = above.model_copy(update={"heading": (ABOVE,)})
        if blocks is not None:
            columns[blocks.becomes] = LayoutColumn(heading=(BLOCK,))
        found = {}
        for name, spec in self.table.all_columns.items():
            if name in columns:
                found[name] = self._field(spec, columns[name])
            else:
                found[name] = constant(name, constants.get(name))
        return found

    def _scaled(self, across: Across) -> LayoutColumn:
        """The column of the values, each cell turned into what it means by the scale of its heading."""
        head, cell = _folded(quoted(HEAD)), _folded(quoted(CELL))
        meant = []
        for scale in across.scales:
            of = _is_one([name for one in scale.of for name in across.values[one]], head)
            # What the scale does not know stays as it is, and is no word of the column.
            marked = {MEANT + code: names for code, names in scale.means.items()}
            meant.append(f"WHEN {of} THEN {_cases(cell, marked, quoted(CELL)) if marked else 'NULL'}")
        self.rows = replace_column(self.rows, CELL, f"CASE {' '.join(meant)} ELSE {quoted(CELL)} END")
        codes = {code for scale in across.scales for code in scale.means}
        return LayoutColumn(heading=(CELL,), values={code: (MEANT + code,) for code in sorted(codes)})

    def _fill_down(self) -> None:
        """Have the empty cells of these columns hold what stands above them."""
        for heading in self.layout.rows.filled_down:
            text = self.column((heading,))
            name = f"~filled {text}"
            self._add_windowed(name, f'last_value({quoted(text)} IGNORE NULLS) OVER (ORDER BY "~line")')
            self.rows = replace_column(self.rows, text, quoted(name))

    def guarded(self, fields: Sequence[Field]) -> list[Field]:
        """The fields, and those that only judge: cells that decide of a row and are no column of the table.

        The first field also refuses rows of a second table below the first.
        """
        found = [*fields, *self._judging(fields)]
        first = next((n for n, one in enumerate(found) if one.column), None)
        if first is not None and self._has_other:
            one = found[first]
            found[first] = replace(one, checks=(("other_table", '"~other"'), *one.checks))
        if self.rows.is_last_cut and (read := [n for n, one in enumerate(found) if one.column]):
            self._add_windowed("~is_last", '"~line" = count(*) OVER ()')
            last = max(read, key=lambda n: self.rows.positions.get(found[n].column, 0))
            one = found[last]
            found[last] = replace(one, checks=(("cut_line", '"~is_last"'), *one.checks))
        return found

    def _judging(self, fields: Sequence[Field]) -> Iterator[Field]:
        """A field without a value for each text column whose cells nobody else judges."""
        judged = {field.column for field in fields}
        personal = {field.column for field in fields if field.personal}
        for text in self.texts.values():
            checks, words = self._beside.get(text, ((), ()))
            if self.rows.has_kinds and text not in judged and text in self.rows.positions:
                checks = (*self._unread_checks(text), *checks)
            if checks:
                yield Field(f"~{text}", text, "NULL", checks, personal=text in personal, known=words)

    def _is_unread(self, text: str) -> str:
        """SQL condition under which the workbook gives no value for a cell, or not one of its own."""
        return f"coalesce({self.rows.kind(text)} IN ('unread', 'merged'), false)"

    def _unread_checks(self, text: str) -> Checks:
        """Of a cell of a workbook: that it has no result, that it is merged with others."""
        kind = self.rows.kind(text)
        return tuple(
            (f"{why}_cell", f"coalesce({kind} = {literal(why)}, false)") for why in ("unread", "merged")
        )

    def filters(self, key: Sequence[str], fields: Sequence[Field]) -> list[Filter]:
        """Rows that are left out: headings that come again, total lines, other statuses, older versions.

        And a device that writes 24 hours a day writes zeros for the hour that the spring night leaves out.
        """
        found = [Filter("repeated_heading", self._repeats_heading())]
        rows, totals = self.layout.rows, self.layout.rows.totals
        if totals is not None:
            said = " OR ".join(
                self._is_one_of(self.column((one,)), totals.values)
                for one in totals.heading
                if self.column((one,)) in self.rows.headings
            )
            found.append(Filter(TOTAL_LINE, said or "false"))
        if rows.keep is not None:
            found.append(Filter(rows.keep.otherwise, self._is_left_out(rows.keep)))
        if self.layout.newest_by:
            found.append(Filter("older_version", self._is_older(key)))
        if self.has_slots:
            numeric = {name for name, one in self.table.all_columns.items() if one.type in NUMERIC}
            numbers = [field for field in fields if field.column and field.name in numeric]
            zeros = [f"({quoted(f.column)} IS NULL OR {f.value} = 0)" for f in numbers]
            found.append(Filter("clock_change_gap", " AND ".join([IS_GAP, *zeros])))
        return found

    def _is_left_out(self, keep: Keep) -> str:
        """SQL condition of the rows whose status is known not to count; one that nobody knows is faulty."""
        text = self.column(keep.heading)
        unread = self._is_unread(text)
        said = f"coalesce({quoted(text)}, '')"
        kept, other = (self._is_one_of(text, words, said) for words in (keep.values, keep.others))
        checks = (
            *self._unread_checks(text),
            ("missing_value", f"{quoted(text)} IS NULL AND NOT {kept}"),
            ("unknown_status", f"NOT {kept}"),
        )
        self._beside[text] = (checks, _words((*keep.values, *keep.others)))
        return f"NOT {unread} AND {other} AND NOT {kept}"

    def column(self, spellings: tuple[str, ...]) -> str:
        """Name of the text column of a heading."""
        if spellings and spellings[0] in (BLOCK, HEAD, ABOVE, CELL):
            return spellings[0]
        return next(name for known, name in self.texts.items() if set(spellings) <= set(known))

    def _field(self, spec: ColumnSpec, column: LayoutColumn) -> Field:
        if column.constant is not None:
            return constant(spec.name, column.constant)
        if column.exported:
            return Field(spec.name, "", f"DATE {literal(str(self._exported_on()))}")
        if column.file_name is not None:
            return self._of_name(spec, column.file_name, column.values)
        if column.rank:
            return self._rank(spec, column)
        if column.optional and self.column(column.heading) not in self.rows.headings:
            return constant(spec.name, None)
        field = self._of_cell(spec, column)
        if self.rows.has_kinds:
            field = replace(field, checks=(*self._unread_checks(field.column), *field.checks))
        return replace(field, personal=True) if spec.personal else field

    def _exported_on(self) -> date:
        """The day of the state that the file holds; a notice says which, unless the file's name does."""
        file = self.file
        saved_at = file.saved_at or file.received_at
        found, notice = exported_on(
            file.name, saved_at, file.received_at, ZoneInfo(self.zone), self.rows.language
        )
        self.notices += [notice] if notice else []
        return found

    def _of_name(self, spec: ColumnSpec, pattern: str, values: Mapping[str, Sequence[str]]) -> Field:
        said = re.search(pattern, self.file.name, re.IGNORECASE)
        word = said[1] if said else None
        if spec.categories and word is not None:
            meant = {code: [plain(one) for one in names] for code, names in _with_codes(values).items()}
            word = next((code for code, names in meant.items() if plain(word) in names), None)
        if word is None:
            raise RefusedDeliveryError(
                say("refused.name_tells_nothing", self.rows.language, file=self.file.name, column=spec.name)
            )
        return Field(spec.name, "", f"try_cast({literal(word)} AS {spec.sql_type})")

    def _rank(self, spec: ColumnSpec, column: LayoutColumn) -> Field:
        parts = ", ".join(quoted(self.column((one,))) for one in column.rank)
        name = f"~rank of {spec.name}"
        ranked = f'row_number() OVER (PARTITION BY {parts} ORDER BY "~line")'
        self._add_windowed(name, ranked)
        return Field(spec.name, "", quoted(name))

    def _of_cell(self, spec: ColumnSpec, column: LayoutColumn) -> Field:
        text = self.column(column.heading)
        if spec.type in ("date", "timestamp"):
            return self._moment(spec, column, text)
        if spec.type in NUMERIC:
            return self._number(spec, column, text)
        if spec.type == "boolean":
            values = column.values or BOOLEANS
            field = self._category(spec, text, values, otherwise="NULL")
            wrong = f"{quoted(text)} IS NOT NULL AND {field.value} IS NULL"
            return replace(
                field,
                sql=f"CAST({field.sql} AS BOOLEAN)",
                unknown=None,
                checks=(*field.checks, ("not_a_boolean", wrong)),
            )
        if spec.categories:
            if column.separator is not None:
                return self._list(spec, column, text)
            return self._category(
                spec, text, {**{c: (c,) for c in spec.categories}, **_with_codes(column.values)}
            )
        field = identifier(
            spec.name, text, kind=self.rows.kind(text), required=spec.required, personal=spec.personal
        )
        # Matomo and others write a quote before what a spreadsheet would take for a formula.
        said = f"CASE WHEN {_guarded(text)} THEN substr({quoted(text)}, 2) ELSE {quoted(text)} END"
        return replace(field, sql=_cases(_folded(quoted(text)), column.values, said))

    def _number(self, spec: ColumnSpec, column: LayoutColumn, text: str) -> Field:
        if spec.unit == "percent":
            self._without_percent_sign(text)
        is_number = self.rows.is_number(text)
        if column.values:
            meant = _cases(_folded(quoted(text)), column.values, quoted(text))
            self.rows = replace_column(self.rows, text, f"nullif({meant}, '')")
        if column.decimal is None:
            sign = column.usual_decimal or ","
            if column.values or text not in self._without_signs:
                sign = decided.decimal_sign(self.connection, self.rows, text, column.usual_decimal)
        elif column.decimal == "cents":
            sign = decided.sign_of_cents(self.connection, self.rows, text)
        else:
            sign = column.decimal
        sql = decided.value_of_number(quoted(text), sign, spec.sql_type, is_number)
        if column.decimal is not None or column.usual_decimal is not None:
            # What was declared was not seen: the other sign may be anything.
            sign_of_thousands = decided.OTHER_SIGN[sign]
            other = f"NOT {is_number} AND contains({quoted(text)}, {literal(sign_of_thousands)})"
            if spec.type == "integer":
                # Of a whole number, whose decimal sign is known, groups of three are thousands.
                groups = rf"[+-]?[0-9]{{1,3}}([{sign_of_thousands}][0-9]{{3}})+"
                other += f" AND NOT regexp_full_match(trim({quoted(text)}), {literal(groups)})"
            sql = f"CASE WHEN {other} THEN NULL ELSE {sql} END"
        if column.decimal == "cents":
            # A spreadsheet's binary numbers are rounded; in a text a third decimal may be thousands.
            sql = f"round({sql}, 2)"
        computed = quoted(f"={spec.name}")
        checks = [("missing_value", f"{quoted(text)} IS NULL")] if spec.required else []
        checks.append(("not_a_number", f"{quoted(text)} IS NOT NULL AND {computed} IS NULL"))
        if column.decimal == "cents":
            thousands = f"NOT {is_number} AND regexp_matches({quoted(text)}, '[.,][0-9]{{3,}}$')"
            checks.append(("more_than_two_decimals", thousands))
        if column.sign is not None:
            said = self.column(column.sign.heading)
            plus = self._is_one_of(said, column.sign.plus) if column.sign.plus else f"{quoted(said)} IS NULL"
            factor = f"CASE WHEN {self._is_one_of(said, column.sign.minus)} THEN -1 WHEN {plus} THEN 1 END"
            bare = sql
            sql = f"({bare}) * ({factor})"
            unknown = f"{quoted(text)} IS NOT NULL AND ({factor}) IS NULL"
            self._beside[said] = (
                (*self._unread_checks(said), ("unknown_sign", unknown)),
                _words((*column.sign.minus, *column.sign.plus)),
            )
            # The sign's own cell is judged for itself, and named by its own heading.
            no_number = f"{quoted(text)} IS NOT NULL AND ({bare}) IS NULL"
            checks = [one for one in checks if one[0] != "not_a_number"]
            checks += [("not_a_number", no_number), ("negative", f"({bare}) < 0")]
        elif not (isinstance(spec.minimum, int | float) and spec.minimum < 0):
            checks.append(("negative", f"{computed} < 0"))
        field = Field(spec.name, text, sql, tuple(checks))
        return self._counted_once(field, column.once_per) if column.once_per else field

    def _counted_once(self, field: Field, heading: tuple[str, ...]) -> Field:
        """A number that the file repeats on each row of an order: the first of them that counts has it.

        All rows of one order must state the same one, else nothing tells which it is.
        """
        order, keep = self.column(heading), self.layout.rows.keep
        whole, first, rank, kept = (f"~{one} {field.name}" for one in ("whole", "first", "turn", "counts"))
        counts = self._is_one_of(self.column(keep.heading), keep.values) if keep else "true"
        self.rows = with_columns(self.rows, {whole: field.sql, kept: counts})
        of_order = f'PARTITION BY {quoted(order)}, {quoted(kept)} ORDER BY "~line"'
        self._add_windowed(rank, f"row_number() OVER ({of_order})")
        self._add_windowed(first, f"first_value({quoted(whole)}) OVER ({of_order})")
        named = {"whole": self.rows.headings.get(order, order)}
        unread = self._is_unread(order) if self.rows.has_kinds else "false"
        said = f"{quoted(field.column)} IS NOT NULL"
        differs = f"{quoted(whole)} IS DISTINCT FROM {quoted(first)}"
        judged = [
            one._replace(condition=one.condition.replace(field.value, quoted(whole)))
            for one in (Check(*check) for check in field.checks)
        ]
        untold = Check("of_no_whole", f"{said} AND ({quoted(order)} IS NULL OR {unread})", named)
        once = f"CASE WHEN {quoted(rank)} = 1 THEN {quoted(whole)} END"
        return replace(field, sql=once, checks=(*judged, untold, Check("differs_within", differs, named)))

    def _without_percent_sign(self, text: str) -> None:
        """Have a column in percent hold 20 where the file writes `20 %`; anywhere else that is no number."""
        bare = f"regexp_replace({quoted(text)}, '[{decided.ANY_SPACE}]*%$', '')"
        if self.rows.has_kinds:
            kind = self.rows.kind(text)
            number = f"CASE WHEN {kind} = 'percent' THEN 'number' ELSE {kind} END"
            self.rows = replace_column(self.rows, kind_column(text), number)
        self.rows = replace_column(self.rows, text, bare)

    @cached_property
    def _without_signs(self) -> frozenset[str]:
        """The text columns of numbers of which no cell holds a comma or a point."""
        numbers = [
            self.column(column.heading)
            for name, column in self.declared.items()
            if column.heading and self.table.all_columns[name].type in NUMERIC
        ]
        known = [text for text in dict.fromkeys(numbers) if text in self.rows.headings]
        return decided.without_signs(self.connection, self.rows, known)

    def _moment(self, spec: ColumnSpec, column: LayoutColumn, text: str) -> Field:
        if column.values:
            meant = _cases(_folded(quoted(text)), column.values, quoted(text))
            self.rows = replace_column(self.rows, text, meant)
        if column.slot is not None:
            return self._start(spec, column, text)
        form = self._form(column, text)
        local = decided.local_moment(self.rows, text, form, self.zone)
        if column.clock != "local":
            seconds = winter_offset_seconds(ZoneInfo(self.zone)) if column.clock == "winter" else 0
            utc = f"({local} - to_seconds({seconds}))"
            local = f"timezone({literal(self.zone)}, timezone('UTC', {utc}))"
        if spec.type == "date":
            # A day that may come, such as the end of a period, has a latest one in source.yml.
            future = isinstance(spec.maximum, date)
            field = day(
                spec.name, text, ("%d/%m/%Y",), self.file.received_at, required=spec.required, future=future
            )
            return replace(field, sql=f"CAST({local} AS DATE)")
        at, on_day = text, f"date_trunc('day', {local})"
        if column.time:
            at = self.column(column.time)
            local = f"{on_day} + {decided.time_of_day(self.rows, at)}"
        name = f"~local:{spec.name}"
        self.rows = with_columns(self.rows, {name: local})
        field = instant(
            spec.name, at, quoted(name), self.file.received_at, zone=self.zone, required=spec.required
        )
        others = [one for one in self.layout.columns.values() if one is not column]
        if column.time and any({*one.heading} & {*column.heading} for one in others):
            # A day that is at fault is told in its own column, and no fault of the time of day.
            latest = f"{self.file.received_at:%Y-%m-%d %H:%M:%S}"
            good = f"{on_day} BETWEEN TIMESTAMP {literal(EARLIEST)} AND TIMESTAMP {literal(latest)}"
            checks = [
                one if one[0] == "missing_value" else (one[0], f"({one[1]}) AND coalesce({good}, false)")
                for one in field.checks
            ]
            field = replace(field, checks=tuple(checks))
        return field

    def _start(self, spec: ColumnSpec, column: LayoutColumn, text: str) -> Field:
        """The start of a slot; its time of day, where it has a column of its own, is judged for itself."""
        time = self.column(column.time) if column.time else None
        cells = TimeCells(text, time, self._series(spec.name))
        found = timed(
            self.connection, self.rows, spec.name, column, cells, self.file.received_at, ZoneInfo(self.zone)
        )
        self.rows, self.has_slots = found.rows, True
        self.notices += found.notices
        if time is not None:
            checks = (("missing_value", f"{quoted(time)} IS NULL"), ("not_a_date", f"{TIME} IS NULL"))
            self._beside[time] = (checks, ())
        return found.start

    def _series(self, start: str) -> list[str]:
        """The text columns of the rest of the key: they tell the series of a file apart."""
        key = [self.declared[name] for name in self.table.key if name in self.declared and name != start]
        found = (self.column(column.heading) for column in key if column.heading)
        return [text for text in found if text in self.rows.headings]

    def _form(self, column: LayoutColumn, text: str) -> decided.DateForm:
        if column.date:
            return decided.DateForm(forms=column.date)
        if text not in self._dated:
            self.rows = decided.with_dates(self.rows, text)
            self._dated.add(text)
        return decided.date_form(self.connection, self.rows, text)

    def _category(
        self,
        spec: ColumnSpec,
        text: str,
        values: Mapping[str, Sequence[str]],
        otherwise: str = literal(OTHER),
    ) -> Field:
        folded = self._folded_once(text)
        value = f"CASE WHEN {quoted(text)} IS NOT NULL THEN {_cases(folded, values, otherwise)} END"
        checks = (("missing_value", f"{quoted(text)} IS NULL"),) if spec.required else ()
        unknown = f"NOT ({_is_one([one for names in values.values() for one in names], folded)})"
        words = _words([one for names in values.values() for one in names])
        return Field(spec.name, text, value, checks, unknown=unknown, known=words)

    def _list(self, spec: ColumnSpec, column: LayoutColumn, text: str) -> Field:
        """Categories in order, apart by commas; a label that holds the separator is one."""
        values = {**{c: (c,) for c in spec.categories}, **_with_codes(column.values)}
        separator = column.separator or ","
        cell = self._folded_once(text)
        labels = sorted({plain(n) for names in values.values() for n in names}, key=len, reverse=True)
        for label in labels:
            if separator in label:
                cell = f"replace({cell}, {literal(label)}, {literal(label.replace(separator, HIDDEN))})"
        hidden = {
            code: [plain(n).replace(separator, HIDDEN) for n in names] for code, names in values.items()
        }
        one = _cases("trim(x)", hidden, literal(OTHER))
        parts = f"list_filter(string_split({cell}, {literal(separator)}), x -> trim(x) <> '')"
        sql = (
            f"nullif(array_to_string(list_sort(list_distinct(list_transform({parts}, x -> {one}))), ','), '')"
        )
        checks = (("missing_value", f"{quoted(text)} IS NULL"),) if spec.required else ()
        return Field(
            spec.name,
            text,
            sql,
            checks,
            unknown=f"list_contains(string_split({quoted('=' + spec.name)}, ','), {literal(OTHER)})",
        )

    def _folded_once(self, text: str) -> str:
        """SQL name of a column that holds the cells as they are compared: many words ask for it."""
        name = f"~folded {len(self._folded)}"
        self._folded[name] = text
        self.rows = with_columns(self.rows, {name: _folded(quoted(text))})
        return quoted(name)

    def _is_one_of(self, text: str, values: Sequence[str], said: str | None = None) -> str:
        """SQL condition under which a cell (or what is `said` of it) is one of these texts or patterns."""
        return _is_one(values, _folded(said or quoted(text)))

    def _add_windowed(self, name: str, sql: str) -> None:
        """Add a column that looks at other rows; the rows stay in their order, by which lines are told."""
        if not self._has_lines:
            self.rows = with_columns(self.rows, {"~line": "row_number() OVER ()"})
            self._has_lines = True
        self.rows = ordered(with_columns(self.rows, {name: sql}))

    def _required_typed(self) -> list[str]:
        """Text columns of the mandatory dates and numbers that come from a cell of their own."""
        return [
            self.column(column.heading)
            for name, column in self.declared.items()
            if column.heading
            and not column.optional
            and not column.values
            and self.table.all_columns[name].type in ("date", "timestamp", *NUMERIC)
        ]

    def _mark_other_tables(self) -> None:
        """Have `~other` be true from the first line on that holds words where dates and numbers belong."""
        typed = list(dict.fromkeys(self._required_typed()))
        self._has_other = len(typed) > 1 and not self.rows.is_large
        if self._has_other:
            words = " AND ".join(
                f"{quoted(one)} IS NOT NULL AND NOT regexp_matches({quoted(one)}, '[0-9]')" for one in typed
            )
            flag = f"({words}) AND NOT coalesce({self._repeats_heading()}, false)"
            ends = accumulate(len(part.lines.known) for part in self.rows.parts[:-1])
            sheet = " + ".join(f'CAST("~line" > {end} AS INTEGER)' for end in ends) or "0"
            window = f'(PARTITION BY {sheet} ORDER BY "~line")'
            self._add_windowed("~other", f"coalesce(bool_or({flag}) OVER {window}, false)")

    def _repeats_heading(self) -> str:
        mandatory = [
            self.column(column.heading)
            for column in self.declared.values()
            if column.heading and not column.optional
        ]
        same = [
            f"{quoted(one)} = {literal(self.rows.headings[one].strip())}"
            for one in dict.fromkeys(mandatory)
            if one in self.rows.headings and one not in (BLOCK, HEAD, ABOVE, CELL)
        ]
        return f"({' AND '.join(same)})" if len(same) > 1 else "false"

    def _is_older(self, key: Sequence[str]) -> str:
        text = self.column(self.layout.newest_by)
        self.rows = decided.with_dates(self.rows, text)
        form = decided.date_form(self.connection, self.rows, text)
        moment = decided.local_moment(self.rows, text, form, self.zone)
        of_key = [self.layout.columns[name] for name in key if name in self.layout.columns]
        parts = ", ".join(quoted(self.column(column.heading)) for column in of_key if column.heading)
        self.rows = with_columns(self.rows, {"~version": moment})
        unread = f'{quoted(text)} IS NOT NULL AND "~version" IS NULL'
        self._beside[text] = ((*self._unread_checks(text), ("not_a_date", unread)), ())
        newest_first = f'PARTITION BY {parts} ORDER BY "~version" DESC NULLS LAST'
        self._add_windowed("~is_older", f"rank() OVER ({newest_first}) > 1")
        return f'"~is_older" AND NOT ({unread})'


def _words(texts: Sequence[str]) -> tuple[str, ...]:
    """Those that are words and no patterns, for whoever corrects a cell."""
    return tuple(one for one in texts if not is_pattern(one))


def _with_codes(values: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {code: (code, *names) for code, names in values.items()}


def plain_pattern(pattern: str) -> str:
    """A pattern between slashes without accents, for cells that are folded."""
    flat = plain(pattern[1:-1]) if pattern[1:-1].isalnum() else pattern[1:-1]
    return flat.translate(str.maketrans("éèêëàâäîïôöùûüç", "eeeeaaaiioouuuc"))


def _folded(cell: str) -> str:
    """SQL of a text as it is compared: no case, accents, doubled spaces, odd quotes or unseen signs."""
    quotes = literal(len(QUOTES) * APOSTROPHE)
    bare = f"strip_accents(lower(translate({cell}, {literal(QUOTES + UNSEEN)}, {quotes})))"
    folded = f"regexp_replace({bare}, '[{decided.ANY_SPACE}]+', ' ', 'g')"
    # Most cells are dates, numbers and codes, of which nothing has to be folded: that is seen far sooner.
    return f"CASE WHEN regexp_full_match({cell}, '[!-@\\[-~]*') THEN {cell} ELSE {folded} END"


def _is_one(names: Sequence[str], folded: str) -> str:
    """SQL condition under which a folded text is one of these texts or patterns."""
    said = [literal(plain(one)) for one in names if not is_pattern(one)]
    asked = [f"{folded} IN ({', '.join(said)})"] if said else []
    asked += [
        f"regexp_matches({folded}, {literal('(?i)' + plain_pattern(one))})"
        for one in names
        if is_pattern(one)
    ]
    return f"({' OR '.join(asked) or 'false'})"


def _cases(folded: str, values: Mapping[str, Sequence[str]], otherwise: str) -> str:
    found = " ".join(
        f"WHEN {_is_one(names, folded)} THEN {literal(code)}" for code, names in values.items() if names
    )
    return f"CASE {found} ELSE {otherwise} END" if found else otherwise


def ordered(rows: TextRows) -> TextRows:
    """The rows in the order of their lines, which a window may have changed."""
    order = 'ORDER BY "~line"'
    return replace(
        rows,
        source=f"(SELECT * FROM {rows.source} {order})",
        first_pass=f"(SELECT * FROM {rows.first_pass} {order})",
    )


def replace_column(rows: TextRows, name: str, sql: str) -> TextRows:
    """The same rows with other texts in a column."""
    change = f"SELECT * REPLACE ({sql} AS {quoted(name)})"
    return replace(
        rows, source=f"({change} FROM {rows.source})", first_pass=f"({change} FROM {rows.first_pass})"
    )


def _guarded(text: str) -> str:
    return f"regexp_matches({quoted(text)}, '^''[=+@-]')"
