"""Read a file as the layout says that it fits: the one way from a declared table to its rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from sources.layouts import Layout, LayoutColumn, LayoutError
from sources.reading import decided
from sources.reading.delimited import rows_below
from sources.reading.fields import OTHER, Field, constant, day, identifier, instant, literal, quoted
from sources.reading.heading import Heading, is_pattern, matcher, plain
from sources.reading.judging import LARGE_BYTES, TOTAL_LINE, Filter, Reading, read_strictly
from sources.reading.recognising import Fit, Opened, headings_of, look, other_sheets, recognise
from sources.reading.rows import TextRows, connect, with_columns
from sources.reading.workbooks import Row, cell_text, cells_of_sheet, rows_of_cells
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import COMMON_COLUMNS, NUMERIC, ColumnSpec, SourceSpec, TableSpec
from warehouse.words.messages import say

Special = Callable[[Mapping[str, Field]], Mapping[str, Field]]
"""What a source adds: it gets the fields of a layout by column, and gives all that are read, by column."""

HIDDEN = "\x01"  # what a separator within a label is while its cell is split
TOTAL = r"(?i)^\W*(sous[- ]?)?total"
BOOLEANS = {
    "true": ("true", "oui", "o", "yes", "y", "vrai", "1", "x"),
    "false": ("false", "non", "n", "no", "faux", "0"),
}


@dataclass(frozen=True)
class FileToRead:
    """A file, what messages call it, when it was received, and a folder to work in."""

    path: Path
    name: str
    received_at: datetime
    work: Path


@dataclass(frozen=True)
class LayoutReading:
    """The layout that a file fits, the sheet that was read, and what became of the file's rows.

    `reading.account.quarantine` is Parquet of `sources.staged.Quarantined`: each faulty cell by sheet, line,
    position of the column, what was found, and the reason that says what was expected.
    """

    layout: Layout
    table: TableSpec
    sheet: str | None
    reading: Reading


@dataclass(frozen=True)
class Rules:
    """What a source knows of its tables beyond source.yml, by table; the defaults ask nothing.

    `key` are the columns that tell rows apart, and `identified` (SQL on them) where they do
    (`read_strictly`); by default the primary key without office and delivery.
    """

    special: Special = lambda fields: fields
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
) -> LayoutReading:
    """Recognise the file among `layouts` and read it; writes nothing but in the work folder.

    `constants` gives the columns that no file of a layout holds (office, delivery_id), `rules` those of a
    table. Raises RefusedDeliveryError when two layouts fit, or none, or when a date or
    a number can be read in two ways.
    """
    opened = look(file.path, file.name, file.work, language)
    known = [(layout, headings_of(layout, _texts(layout), _optional(layout))) for layout in layouts]
    fit = recognise(opened, known, spec.name, language)
    layout, table = fit.layout, spec.table(fit.layout.table)
    declared = layout.file.encoding
    if opened.encoding and declared and opened.encoding not in (declared, "utf-8"):
        # Without a mark, which wins, the declared encoding is meant.
        told = say("refused.encoding", language, file=file.name, encoding=declared, line="?")
        raise RefusedDeliveryError(told)
    of_table = rules(table.name)
    with connect(file.work) as connection:
        of_table.prepare(connection)
        rows = replace(_rows(connection, opened, fit, file), language=language)
        reader = _Reader(connection, layout, table, rows, file, zone)
        fields = dict(of_table.special(reader.fields(constants(layout))))
        _refuse_gaps(layout, table, fields, language)
        named = [fields[name] for name in table.all_columns]
        named += [field for name, field in fields.items() if name not in table.all_columns]
        named = reader.guarded(named)
        extra = {field.name: "VARCHAR" for field in named if field.name not in table.all_columns}
        key = of_table.key
        if key is None:
            common = {column.name for column in COMMON_COLUMNS}
            key = [name for name in table.primary_key if name not in common]
        totals = layout.rows.totals
        filters = reader.filters(key)
        reading = read_strictly(
            connection,
            reader.rows,
            named,
            {**table.all_columns, **extra},
            key=key,
            kind=_kind(spec, table),
            work=file.work,
            identified=of_table.identified,
            filters=filters,
            footer=TOTAL if totals else None,
            totals=totals.control if totals else (),
            tells_totals=of_table.tells_totals,
            language=language,
        )
    return LayoutReading(layout, table, fit.table.sheet, reading)


def _refuse_gaps(layout: Layout, table: TableSpec, fields: Mapping[str, Field], language: str) -> None:
    """Raise LayoutError when a mandatory column comes from nowhere."""
    gaps = [n for n, one in table.all_columns.items() if one.required and fields[n].sql == "NULL"]
    if gaps:
        told = say("layout.gaps", language, tool=layout.tool, columns=", ".join(gaps), table=table.name)
        raise LayoutError([told])


def _kind(spec: SourceSpec, table: TableSpec) -> str:
    """The kind of delivery whose rows the table holds."""
    return next(one.kind for one in spec.deliveries if one.tables[0] == table.name)


# --- the text columns of a layout -----------------------------------------------------------------------


def _asked(layout: Layout) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Every heading that a layout reads, by its spellings, and whether a file may lack it."""
    for name, column in layout.columns.items():
        if name in _filled(layout):
            continue
        for spellings in (column.heading, column.time, column.sign.heading if column.sign else ()):
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


def _rows(connection: duckdb.DuckDBPyConnection, opened: Opened, fit: Fit, file: FileToRead) -> TextRows:
    """The rows of the table that fits, as text; wide shapes are made long."""
    layout, heading, table = fit.layout, fit.heading, fit.table
    is_long = layout.across is None and layout.blocks is None
    if opened.workbook is None and is_long:
        return rows_below(
            opened.path,
            opened.name,
            heading,
            fit.cells,
            table.separator,
            fit.rank + 1,
            file.work,
            skips_blank=True,
        )
    if opened.workbook is not None:
        cells = list(enumerate(cells_of_sheet(opened.workbook, table.sheet or "", opened.name), 1))
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
    rows = rows_of_cells(connection, opened.name, file.path.stat().st_size, heading, found, data)
    across = layout.across
    unknown = tuple(
        one
        for one in rows.unknown_columns
        if across is None or not any(matcher(spelled)(plain(one)) for spelled in across.heading)
    )
    return replace(
        rows,
        has_kinds=opened.workbook is not None,
        sheet=table.sheet,
        other_sheets=other_sheets(opened, fit),
        in_1904=opened.in_1904,
        unknown_columns=unknown,
        positions={name: at for name, at in rows.positions.items() if name not in extra},
    )


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
    wide = [
        at
        for at, text in enumerate(found)
        if text and any(matcher(one)(plain(text)) for one in layout.across.heading)
    ]
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
        self._has_lines = self._has_other = False

    def fields(self, constants: Mapping[str, str | int | None]) -> dict[str, Field]:
        """The field of each column of the table; one that comes from nowhere is null."""
        self._mark_other_tables()
        columns = dict(self.layout.columns)
        across, blocks = self.layout.across, self.layout.blocks
        if across is not None:
            columns[across.becomes] = LayoutColumn(heading=(HEAD,), values=across.values)
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

    def guarded(self, fields: Sequence[Field]) -> list[Field]:
        """The fields, the first of which also refuses rows of a second table below the first."""
        first = next((n for n, one in enumerate(fields) if one.column), None)
        if first is None or not self._has_other:
            return list(fields)
        one = fields[first]
        guarded = replace(one, checks=(("other_table", '"~other"'), *one.checks))
        return [*fields[:first], guarded, *fields[first + 1 :]]

    def filters(self, key: Sequence[str]) -> list[Filter]:
        """Rows that are left out: headings that come again, total lines, other statuses, older versions."""
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
            kept = self._is_one_of(self.column(rows.keep.heading), rows.keep.values)
            found.append(Filter(rows.keep.otherwise, f"NOT coalesce({kept}, false)"))
        if self.layout.newest_by:
            found.append(Filter("older_version", self._is_older(key)))
        return found

    def column(self, spellings: tuple[str, ...]) -> str:
        """Name of the text column of a heading."""
        if spellings and spellings[0] in (BLOCK, HEAD, ABOVE, CELL):
            return spellings[0]
        return next(name for known, name in self.texts.items() if set(spellings) <= set(known))

    def _field(self, spec: ColumnSpec, column: LayoutColumn) -> Field:
        if column.constant is not None:
            return constant(spec.name, column.constant)
        if column.exported:
            return Field(spec.name, "", f"DATE {literal(str(self.file.received_at.date()))}")
        if column.file_name is not None:
            return self._of_name(spec, column.file_name)
        if column.rank:
            return self._rank(spec, column)
        field = self._of_cell(spec, column)
        if self.rows.has_kinds:
            unread = ("unread_cell", f"{self.rows.kind(field.column)} = 'unread'")
            field = replace(field, checks=(unread, *field.checks))
        return replace(field, personal=True) if spec.personal else field

    def _of_name(self, spec: ColumnSpec, pattern: str) -> Field:
        said = re.search(pattern, self.file.name, re.IGNORECASE)
        if said is None or said[1] is None:
            raise RefusedDeliveryError(
                say("layout.name_tells_nothing", self.rows.language, file=self.file.name, column=spec.name)
            )
        return Field(spec.name, "", f"try_cast({literal(said[1])} AS {spec.sql_type})")

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
        if spec.pattern is not None:
            spoilt = f"NOT regexp_full_match({quoted(text)}, {literal(spec.pattern)})"
            field = replace(field, checks=(*field.checks, ("misformed_code", spoilt)))
        # Matomo and others write a quote before what a spreadsheet would take for a formula.
        return replace(
            field, sql=f"CASE WHEN {_guarded(text)} THEN substr({quoted(text)}, 2) ELSE {quoted(text)} END"
        )

    def _number(self, spec: ColumnSpec, column: LayoutColumn, text: str) -> Field:
        is_number = self.rows.is_number(text)
        if column.values:
            meant = _cases(_folded(quoted(text)), column.values, quoted(text))
            self.rows = replace_column(self.rows, text, meant)
        if column.decimal is not None:
            sign: decided.Sign = column.decimal
        else:
            sign = decided.decimal_sign(self.connection, self.rows, text)
        sql = decided.value_of_number(quoted(text), sign, spec.sql_type, is_number)
        if column.decimal is not None:
            # What was declared was not seen: the other sign may be anything.
            other = f"NOT {is_number} AND contains({quoted(text)}, {literal(decided.OTHER_SIGN[sign])})"
            sql = f"CASE WHEN {other} THEN NULL ELSE {sql} END"
        computed = quoted(f"={spec.name}")
        checks = [("missing_value", f"{quoted(text)} IS NULL")] if spec.required else []
        checks.append(("not_a_number", f"{quoted(text)} IS NOT NULL AND {computed} IS NULL"))
        if column.sign is not None:
            said = self.column(column.sign.heading)
            plus = self._is_one_of(said, column.sign.plus) if column.sign.plus else f"{quoted(said)} IS NULL"
            factor = f"CASE WHEN {self._is_one_of(said, column.sign.minus)} THEN -1 WHEN {plus} THEN 1 END"
            bare = sql
            sql = f"({bare}) * ({factor})"
            checks = [
                *checks[:-1],
                ("unknown_sign", f"{quoted(text)} IS NOT NULL AND ({factor}) IS NULL"),
                checks[-1],
                ("negative", f"({bare}) < 0"),
            ]
        elif not (isinstance(spec.minimum, int | float) and spec.minimum < 0):
            checks.append(("negative", f"{computed} < 0"))
        return Field(spec.name, text, sql, tuple(checks))

    def _moment(self, spec: ColumnSpec, column: LayoutColumn, text: str) -> Field:
        if column.values:
            meant = _cases(_folded(quoted(text)), column.values, quoted(text))
            self.rows = replace_column(self.rows, text, meant)
        form = self._form(column, text)
        local = decided.local_moment(self.rows, text, form, self.zone)
        if spec.type == "date":
            future = isinstance(spec.maximum, str)
            field = day(
                spec.name, text, ("%d/%m/%Y",), self.file.received_at, required=spec.required, future=future
            )
            return replace(field, sql=f"CAST({local} AS DATE)")
        at = text
        if column.time:
            at = self.column(column.time)
            local = f"date_trunc('day', {local}) + {decided.time_of_day(self.rows, at)}"
        name = f"~local:{spec.name}"
        self.rows = with_columns(self.rows, {name: local})
        return instant(
            spec.name, at, quoted(name), self.file.received_at, zone=self.zone, required=spec.required
        )

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
        folded = _folded(quoted(text))
        value = f"CASE WHEN {quoted(text)} IS NOT NULL THEN {_cases(folded, values, otherwise)} END"
        checks = (("missing_value", f"{quoted(text)} IS NULL"),) if spec.required else ()
        unknown = f"NOT ({' OR '.join(self._is_one_of(text, names) for names in values.values())})"
        words = tuple(one for names in values.values() for one in names if not is_pattern(one))
        return Field(spec.name, text, value, checks, unknown=unknown, known=words)

    def _list(self, spec: ColumnSpec, column: LayoutColumn, text: str) -> Field:
        """Categories in order, apart by commas; a label that holds the separator is one."""
        values = {**{c: (c,) for c in spec.categories}, **_with_codes(column.values)}
        separator = column.separator or ","
        cell = _folded(quoted(text))
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

    def _is_one_of(self, text: str, values: Sequence[str]) -> str:
        """SQL condition under which a cell is one of these texts or patterns, folded."""
        folded = _folded(quoted(text))
        said = [literal(plain(one)) for one in values if not is_pattern(one)]
        asked = [f"{folded} IN ({', '.join(said)})"] if said else []
        asked += [
            f"regexp_matches({folded}, {literal('(?i)' + plain_pattern(one))})"
            for one in values
            if is_pattern(one)
        ]
        return f"({' OR '.join(asked)})"

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
        self._has_other = len(typed) > 1 and self.rows.size_bytes <= LARGE_BYTES
        if self._has_other:
            words = " AND ".join(
                f"{quoted(one)} IS NOT NULL AND NOT regexp_matches({quoted(one)}, '[0-9]')" for one in typed
            )
            flag = f"({words}) AND NOT coalesce({self._repeats_heading()}, false)"
            self._add_windowed("~other", f'coalesce(bool_or({flag}) OVER (ORDER BY "~line"), false)')

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
        newest_first = f'PARTITION BY {parts} ORDER BY "~version" DESC NULLS LAST'
        self._add_windowed("~is_older", f"rank() OVER ({newest_first}) > 1")
        return '"~is_older"'


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
    return f"regexp_replace({bare}, '[{decided.ANY_SPACE}]+', ' ', 'g')"


def _cases(folded: str, values: Mapping[str, Sequence[str]], otherwise: str) -> str:
    found = " ".join(
        f"WHEN {folded} IN ({', '.join(literal(plain(name)) for name in names)}) THEN {literal(code)}"
        for code, names in values.items()
        if names
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
