"""Read a table of text strictly: every row is loaded, quarantined, a duplicate or filtered, and counted.

Two steps. `open_delimited` or `open_sheet` finds the heading and gives the rows as text columns.
`read_strictly` computes the output columns (`sources.reading.fields`), judges every row and writes Parquet.
All of it runs in DuckDB, whatever the number of rows; line numbers are worked out only for files that hold
a bad row.
"""

from __future__ import annotations

import codecs
import csv
import mmap
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from sources.reading.beside import cells_beside
from sources.reading.fields import Check, Field, bounded, evaluated, literal, quoted, trimmed
from sources.reading.quotes import mended
from sources.reading.totals import notices as total_notices
from sources.reading.totals import of_footer, of_total_lines, said
from sources.reading.zips import WORKBOOK, refuse_bomb
from sources.staged import Quarantined, write_quarantine
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import ColumnSpec
from warehouse.storage.database import limit
from warehouse.storage.ledger import Account, Control
from warehouse.words.messages import number, say
from warehouse.words.shapes import typed

HEADING_WITHIN = 30
SEPARATORS = (";", ",", "\t", "|")
REPORTED_AT_MOST = 10
LARGE_BYTES = 32 * 2**20
# A page of them is the hole of a copy that was cut, or of a sparse file; single ones make bad cells.
HOLE = bytes(4096)
VERDICT = '"~verdict"'
# Signs that are written in several ways, as headings are compared.
TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "º": "°"})
TOTAL_LINE = "total_line"


@dataclass(frozen=True)
class Heading:
    """The columns that a file must or may have: our name for each, and the headings that it may bear."""

    columns: Mapping[str, Sequence[str]]
    required: frozenset[str]


@dataclass(frozen=True)
class TextRows:
    """Rows of a file as text: `source` is the SQL that yields them, one text column per known heading.

    `first_pass` is the same SQL, which also has DuckDB keep the lines that have too few or too many cells.
    `broken_quotes` are the lines on which a quote was opened that nothing closes (`sources.reading.quotes`).
    """

    name: str
    source: str
    first_pass: str
    size_bytes: int
    headings: Mapping[str, str]  # as the file writes them, by our name
    unknown_columns: tuple[str, ...]
    lines: LineNumbers
    broken_quotes: tuple[int, ...] = ()
    has_kinds: bool = False  # of a workbook
    other_sheets: tuple[str, ...] = ()  # which have the headings too, and are not read
    sheet: str | None = None  # of a workbook

    def fault(
        self,
        line: int | None,
        column: str,
        rule: str,
        reason: str,
        found: str | None = None,
        known: tuple[str, ...] = (),
    ) -> Quarantined:
        """What is wrong on a line in one of our columns, and where that stands in the file.

        What was found goes nowhere unless the reason quotes it: a plate in a column of another name does not.
        """
        position = list(self.headings).index(column) + 1 if column in self.headings else None
        heading = self.headings.get(column, column)
        quoted_text = found if found and found in reason else None
        return Quarantined(line, heading, rule, reason, self.sheet, position, quoted_text, known)

    def kind(self, column: str) -> str:
        """SQL of what the cell is in a workbook: `number`, `date` or `boolean`; NULL for text."""
        return quoted(_kind_column(column)) if self.has_kinds else "NULL::VARCHAR"

    def is_number(self, column: str) -> str:
        """SQL condition under which a workbook holds the cell as a number: its text has a decimal point."""
        return f"coalesce({self.kind(column)} = 'number', false)"


@dataclass(frozen=True)
class Filter:
    """A named rule under which a row is left out on purpose, such as a total line. `condition` is SQL."""

    rule: str
    condition: str


@dataclass(frozen=True)
class Reading:
    """What became of a file: its account, its good rows, and what people should know of it."""

    account: Account
    parquet: Path
    notices: tuple[str, ...] = ()


@dataclass
class LineNumbers:
    """Physical line of each row that has the right number of cells, counted only when asked for."""

    path: Path | None = None
    separator: str = ";"
    heading_line: int = 0
    width: int = 0
    known: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    name: str = ""

    def of_rows(self, count: int) -> list[int]:
        """Line numbers of the `count` rows in their order (a quoted cell may span several lines)."""
        self._count()
        # The two readers may split a broken quote differently: a row's rank is then the best that is known.
        return (
            self.known if len(self.known) == count else [self.heading_line + n for n in range(1, count + 1)]
        )

    def of_broken(self, told: Sequence[int]) -> list[int]:
        """Line numbers of the rows with too few or too many cells; `told` is what DuckDB says of them."""
        self._count()
        return self.broken if len(self.broken) == len(told) else list(told)

    def _count(self) -> None:
        if self.path is None or self.known or self.broken:
            return
        # Bytes that are no UTF-8 may stand in a column that nobody reads, and move no line.
        with self.path.open(encoding="utf-8", errors="replace", newline="") as text:
            reader = csv.reader(text, delimiter=self.separator)
            start = 1
            try:
                for cells in reader:
                    if start > self.heading_line and cells:
                        (self.known if len(cells) == self.width else self.broken).append(start)
                    start = reader.line_num + 1
            except csv.Error as error:
                raise _open_quote(self.name, start) from error


def connect(work: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own for reading files, spilling into `work` when memory is short."""
    connection = duckdb.connect(":memory:", config={"temp_directory": str(work / "spill")})
    limit(connection)
    return connection


# --- opening ---------------------------------------------------------------------------------------------


def open_delimited(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    heading: Heading,
    work: Path,
    *,
    separator: str = ";",
    encoding: str = "utf-8",
) -> TextRows:
    """Open a delimited text file (RFC 4180 quoting). `name` is what messages call it.

    Raises RefusedDeliveryError when it is empty, in another encoding, in another separator, lacks a
    mandatory column, or has two that fit one of ours. A byte order mark is honoured; the heading may stand
    within the first 30 lines.
    """
    utf8 = _as_utf8(path, name, encoding, work)
    with utf8.open(encoding="utf-8", errors="replace", newline="") as lines:
        head = list(islice(lines, HEADING_WITHIN))
    for line, content in enumerate(head, 1):
        if "\ufffd" in content:
            raise RefusedDeliveryError(say("refused.encoding", file=name, encoding=encoding, line=line))
    heading_line, cells = _find_heading(head, name, heading, separator)
    names = _column_names(cells, heading)
    utf8, broken_quotes = mended(utf8, separator, heading_line, len(names), work)
    columns = "{" + ", ".join(f"{literal(n)}: 'VARCHAR'" for n in names) + "}"
    reader = f"""read_csv({literal(str(utf8))}, delim={literal(separator)}, quote='"', escape='"',
        header=false, skip={heading_line}, auto_detect=false, columns={columns}, strict_mode=true,
        max_line_size=1048576, ignore_errors=true"""
    known = [n for n in names if n in heading.columns]
    absent = [n for n in heading.columns if n not in names]
    selected = [f"{trimmed(n)} AS {quoted(n)}" for n in known] + [
        f"NULL::VARCHAR AS {quoted(n)}" for n in absent
    ]
    unknown = [c.strip() for c, n in zip(cells, names, strict=True) if n not in heading.columns]
    return TextRows(
        name=name,
        size_bytes=utf8.stat().st_size,
        source=f"(SELECT {', '.join(selected)} FROM {reader}))",
        first_pass=f"(SELECT {', '.join(selected)} FROM {reader}, store_rejects=true))",
        headings={n: c.strip() for c, n in zip(cells, names, strict=True)},
        unknown_columns=tuple(c for c in unknown if c),
        lines=LineNumbers(utf8, separator, heading_line, len(names), name=name),
        broken_quotes=broken_quotes,
    )


def open_sheet(connection: duckdb.DuckDBPyConnection, path: Path, name: str, heading: Heading) -> TextRows:
    """Open an XLSX or XLS workbook: the first of its visible sheets that has the mandatory headings.

    Cells become text, and what they were is kept (`TextRows.kind`). Dates become ISO text, whole numbers lose
    their `.0`, and others have a decimal point whatever the language of the workbook. Hidden rows and columns
    are data: a filter left on hides rows. Raises RefusedDeliveryError like `open_delimited`, also for a
    damaged file, for a bomb, and when no visible sheet has the headings.
    """
    if path.stat().st_size == 0:
        raise RefusedDeliveryError(say("refused.empty", file=name))
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                refuse_bomb(packed.infolist(), path.stat().st_size, WORKBOOK, name)
        workbook = CalamineWorkbook.from_path(str(path))
        sheet, others = _sheet_with_heading(workbook, name, heading)
        cells = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise RefusedDeliveryError(say("refused.damaged", file=name, detail=str(error))) from error
    rank, found = _best_heading(_texts(cells[:HEADING_WITHIN]), heading)
    _refuse_ambiguous(found, name, heading)
    names = _column_names(found, heading)
    data = [(n, row) for n, row in enumerate(cells[rank + 1 :], rank + 2) if any(map(_cell_text, row))]
    columns: dict[str, pa.Array] = {}
    for n in heading.columns:
        values = [row[names.index(n)] if n in names else None for _, row in data]
        columns[n] = pa.array([_cell_text(value) or None for value in values], pa.string())
        columns[_kind_column(n)] = pa.array([_cell_kind(value) for value in values], pa.string())
    connection.register("sheet_rows", pa.table(columns))
    connection.execute("CREATE OR REPLACE TEMP TABLE sheet AS SELECT * FROM sheet_rows")
    return TextRows(
        name=name,
        size_bytes=path.stat().st_size,
        source="sheet",
        first_pass="sheet",
        headings=dict(zip(names, found, strict=True)),
        unknown_columns=tuple(c for c, n in zip(found, names, strict=True) if n not in heading.columns and c),
        lines=LineNumbers(heading_line=rank + 1, known=[n for n, _ in data]),
        has_kinds=True,
        other_sheets=others,
        sheet=sheet,
    )


def _sheet_with_heading(
    workbook: CalamineWorkbook, name: str, heading: Heading
) -> tuple[str, tuple[str, ...]]:
    """The first visible sheet with the mandatory headings, and the other visible ones that have them too.

    Raises RefusedDeliveryError with the sheets that were looked at and what the nearest of them lacks.
    """
    missing: dict[str, set[str]] = {}
    sheets = [s for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    for sheet in (s.name for s in sheets):
        head = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=HEADING_WITHIN)
        _, found = _best_heading(_texts(head), heading)
        missing[sheet] = set(heading.required) - set(_column_names(found, heading))
    visible = {s.name for s in sheets if s.visible == SheetVisibleEnum.Visible}
    seen = {sheet: lacks for sheet, lacks in missing.items() if sheet in visible}
    fitting = [sheet for sheet, lacks in seen.items() if not lacks]
    if fitting:
        return fitting[0], tuple(fitting[1:])
    for sheet, lacks in missing.items():
        if not lacks:
            raise RefusedDeliveryError(say("refused.hidden_sheet", file=name, sheet=sheet))
    if not seen:
        raise RefusedDeliveryError(say("refused.no_sheet", file=name, hidden=_listed_sheets(missing)))
    nearest = min(seen, key=lambda sheet: len(seen[sheet]))
    wanted = _wanted(seen[nearest], heading)
    if len(missing) == 1:
        raise RefusedDeliveryError(say("refused.missing_column", file=name, columns=wanted))
    raise RefusedDeliveryError(
        say(
            "refused.no_fitting_sheet",
            file=name,
            sheets=_listed_sheets(seen),
            hidden=_listed_sheets(sheet for sheet in missing if sheet not in visible),
            nearest=nearest,
            columns=wanted,
        )
    )


def _texts(cells: Iterable[Sequence[Any]]) -> list[list[str]]:
    return [[_cell_text(value) for value in row] for row in cells]


def _listed_sheets(names: Iterable[str]) -> str:
    return ", ".join(f"« {typed(name)} »" for name in names) or "–"


def _as_utf8(path: Path, name: str, encoding: str, work: Path) -> Path:
    """The file itself when it is UTF-8 without mark and with plain line ends, else a copy in `work` that is.

    DuckDB's strict reader silently drops the rows of a file with other line ends than the one it expects.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
        if not start:
            raise RefusedDeliveryError(say("refused.empty", file=name))
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            has_returns = content.find(b"\r") >= 0
            hole = content.find(HOLE)
            if hole >= 0:
                before = content[:hole].count(b"\n")
                raise RefusedDeliveryError(say("refused.zero_bytes", file=name, line=before + 1))
    marked = {
        codecs.BOM_UTF8: "utf-8-sig",
        codecs.BOM_UTF16_LE: "utf-16",
        codecs.BOM_UTF16_BE: "utf-16",
    }
    told = next((codec for mark, codec in marked.items() if start.startswith(mark)), None)
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
        raise RefusedDeliveryError(say("refused.encoding", file=name, encoding=codec, line=line)) from error
    return copy


def plain(text: str) -> str:
    """A heading for comparison: no case, accents, outer spaces or doubled spaces.

    Signs such as arrows stay: two headings may differ by nothing else.
    """
    flat = unicodedata.normalize("NFKD", text.translate(TYPOGRAPHY))
    kept = (sign for sign in flat if unicodedata.category(sign) not in ("Mn", "Cf"))
    return _spaced("".join(kept))


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _fitting(cells: Sequence[str], heading: Heading) -> dict[str, list[int]]:
    """Ranks of the cells that fit each of our columns; those that fit as they are written go first."""
    found: dict[str, list[int]] = {}
    for fold in (_spaced, plain):
        taken = {rank for ranks in found.values() for rank in ranks}
        free = [(rank, fold(cell)) for rank, cell in enumerate(cells) if rank not in taken]
        for name, spellings in heading.columns.items():
            if name not in found:
                fits = ([rank for rank, cell in free if cell == fold(one)] for one in spellings)
                if ranks := next(filter(None, fits), []):
                    found[name] = ranks
    return found


def _column_names(cells: Sequence[str], heading: Heading) -> list[str]:
    """Our name for each heading cell; cells that we do not know get a name that no column has."""
    names = [f"~{rank}" for rank in range(len(cells))]
    for name, (rank, *_) in reversed(_fitting(cells, heading).items()):
        names[rank] = name
    return names


def _refuse_ambiguous(cells: Sequence[str], name: str, heading: Heading) -> None:
    for ours, ranks in _fitting(cells, heading).items():
        if len(ranks) > 1:
            raise RefusedDeliveryError(
                say(
                    "refused.ambiguous_heading",
                    file=name,
                    heading=heading.columns[ours][0],
                    columns=", ".join(f"« {cells[rank].strip()} » ({rank + 1})" for rank in ranks),
                )
            )


def _best_heading(rows: Sequence[Sequence[str]], heading: Heading) -> tuple[int, list[str]]:
    """The row with the most known headings: its rank and its cells."""
    if not rows:
        return 0, []
    scores = [sum(n in heading.columns for n in _column_names(row, heading)) for row in rows]
    best = scores.index(max(scores))
    return best, list(rows[best])


def _find_heading(head: list[str], name: str, heading: Heading, separator: str) -> tuple[int, list[str]]:
    """Number of lines up to and with the heading, and its cells; raises RefusedDeliveryError."""
    if not any(line.strip() for line in head):
        raise RefusedDeliveryError(say("refused.empty", file=name))

    def search(delimiter: str) -> tuple[int, list[str], set[str]]:
        try:
            rows = list(csv.reader(head, delimiter=delimiter))
            if len(rows) != len(head):
                # A quoted cell spans lines, so ranks are not lines: each line is then read by itself.
                rows = [next(csv.reader([line], delimiter=delimiter), []) for line in head]
        except csv.Error as error:
            raise _open_quote(name, 1) from error
        rank, cells = _best_heading(rows, heading)
        return rank + 1, cells, set(heading.required) - set(_column_names(cells, heading))

    line, cells, missing = search(separator)
    if not missing:
        _refuse_ambiguous(cells, name, heading)
        return line, cells
    for other in SEPARATORS:
        if other != separator and not search(other)[2]:
            raise RefusedDeliveryError(
                say("refused.separator", file=name, found=repr(other), declared=repr(separator))
            )
    raise RefusedDeliveryError(_missing_columns(name, missing, heading))


def _open_quote(name: str, line: int) -> RefusedDeliveryError:
    """What the csv module raises is a cell beyond its limit: mostly a quote that is never closed."""
    most = number(csv.field_size_limit())
    return RefusedDeliveryError(say("refused.open_quote", file=name, line=line, most=most))


def _missing_columns(name: str, missing: set[str] | frozenset[str], heading: Heading) -> str:
    return say("refused.missing_column", file=name, columns=_wanted(missing, heading))


def _wanted(missing: set[str] | frozenset[str], heading: Heading) -> str:
    return ", ".join(sorted("« " + heading.columns[n][0] + " »" for n in missing))


def _kind_column(column: str) -> str:
    return f"#{column}"


def _cell_kind(value: Any) -> str | None:
    """What a cell of a workbook is; None for text and for what is empty."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return None if value is None or isinstance(value, str) else "date"


def _cell_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # Never with an exponent: the residue of a formula, 5e-17, is 0.00000000000000005.
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None else str(value).strip()


# --- judging ---------------------------------------------------------------------------------------------


def read_strictly(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Sequence[Field],
    columns: Mapping[str, ColumnSpec | str],
    key: Sequence[str],
    kind: str,
    work: Path,
    *,
    identified: str = "true",
    filters: Sequence[Filter] = (),
    footer: str | None = None,
    totals: Sequence[str] = (),
    tells_totals: bool = True,
    language: str = "fr",
) -> Reading:
    """Judge every row and write the good ones as Parquet in `work`, with the columns of `fields` in order.

    `columns` says what each output column is: a column of source.yml, whose bounds are judged too, or the
    SQL type of one that the reader has for itself. `key` are the output columns that identify a row: a row
    equal to an earlier one in every column is a duplicate; one with the same key but other values is
    quarantined as `conflicting_key`. Without a key, and where `identified` (SQL on the output columns) does
    not hold, nothing tells two rows apart, and equal rows are as many rows. `filters` are tried first, in
    order, on the text columns; `footer` is a regular expression of malformed lines to filter as
    `total_line`. The order of judgement is: filter, first broken check, duplicate, conflict. `totals` are
    the output columns of which total lines (filtered as `total_line`) state the sum: it is compared with
    what was loaded; unless the source `tells_totals`, their amounts are in no notice and never published.
    """
    good = work / f"{kind}.parquet"
    fields = [_within_bounds(f, columns[f.name]) for f in fields]
    types = {name: c if isinstance(c, str) else c.sql_type for name, c in columns.items()}
    output = ", ".join(f"CAST({f.value} AS {types[f.name]}) AS {quoted(f.name)}" for f in fields)
    output += f", {_verdict(fields, filters)} AS {VERDICT}"
    names = ", ".join(quoted(f.name) for f in fields)
    totalled = [f for f in fields if f.name in totals]
    stated = "".join(f", {quoted(f.column)} AS {said(f.name)}" for f in totalled)

    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    if rows.size_bytes > LARGE_BYTES:
        # A large file is mostly clean: at once, in parallel and without line numbers.
        connection.execute(
            f"""COPY (SELECT {output} FROM {evaluated(rows.first_pass, fields)})
                TO {literal(str(good))} (FORMAT parquet, COMPRESSION snappy)"""
        )
        malformed = _malformed(connection, rows.name)
        total, bad = _one(
            connection,
            f"SELECT count(*), count(*) FILTER ({VERDICT} <> 0) FROM read_parquet({literal(str(good))})",
        )
        notices = _notices(connection, rows, fields, language)
        if not bad and not malformed and not (key and _repeats(connection, good, key)):
            return Reading(Account(kind, total, total), good, tuple(notices))

    # Each row with its rank, to tell which line is wrong.
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE judged AS
            SELECT row_number() OVER () AS "~rank", {output}, {_culprits(fields)} AS "~value"{stated}
            FROM {evaluated(rows.first_pass, fields)}"""
    )
    malformed = _malformed(connection, rows.name)
    (total,) = _one(connection, "SELECT count(*) FROM judged")
    notices = _notices(connection, rows, fields, language)
    identity = ", ".join(quoted(n) for n in key) or '"~rank"'
    can_repeat = _true(identified) if key else "false"
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE repeated AS
            SELECT "~rank",
                   {can_repeat} AND row_number() OVER (PARTITION BY {names} ORDER BY "~rank") > 1
                       AS is_duplicate,
                   {can_repeat} AND row_number() OVER (PARTITION BY {identity} ORDER BY "~rank") > 1
                       AS is_repeated
            FROM judged WHERE {VERDICT} = 0"""
    )
    connection.execute(
        f"""COPY (SELECT {names}, 0 AS {VERDICT} FROM judged JOIN repeated USING ("~rank")
                  WHERE NOT is_repeated ORDER BY "~rank")
            TO {literal(str(good))} (FORMAT parquet, COMPRESSION snappy)"""
    )
    loaded, duplicate = _one(
        connection, "SELECT count(*) FILTER (NOT is_repeated), count(*) FILTER (is_duplicate) FROM repeated"
    )
    filtered = dict(
        connection.execute(
            'SELECT "~verdict", count(*) FROM judged WHERE "~verdict" < 0 GROUP BY ALL'
        ).fetchall()
    )
    malformed = list(
        zip(rows.lines.of_broken([n for n, _ in malformed]), [text for _, text in malformed], strict=True)
    )
    footers = [x for x in malformed if footer and duckdb_matches(connection, x[1], footer)]
    by_rule = {filters[-int(code) - 1].rule: count for code, count in filtered.items()}
    if footers:
        by_rule[TOTAL_LINE] = by_rule.get(TOTAL_LINE, 0) + len(footers)
    broken = [x for x in malformed if x not in footers]
    quarantine, quarantined = _quarantine(
        connection, rows, fields, key, broken, total, work / f"{kind}-quarantine.parquet", language
    )
    beside = cells_beside(connection, rows, fields, total, language)
    if beside:
        write_quarantine(work / f"{kind}-beside.parquet", beside)
    controls = _controls(connection, rows, totalled, filters, footers, total)
    controls = [replace(control, is_told=tells_totals) for control in controls]
    notices += total_notices(controls, language)
    if by_rule:
        listed = ", ".join(f"{rule} {count}" for rule, count in sorted(by_rule.items()))
        notices.append(say("notice.filtered", language, rules=listed))
    account = Account(
        kind=kind,
        rows_read=total + len(malformed),
        rows_loaded=loaded,
        rows_quarantined=quarantined,
        rows_duplicate=duplicate,
        rows_filtered=sum(by_rule.values()),
        quarantine=(quarantine,) if quarantined else (),
        beside=(work / f"{kind}-beside.parquet",) if beside else (),
        controls=tuple(controls),
    )
    return Reading(account, good, tuple(notices))


def _controls(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Sequence[Field],
    filters: Sequence[Filter],
    footers: Sequence[tuple[int, str]],
    total: int,
) -> list[Control]:
    """The totals that the file states of these fields, in the order of their lines."""
    found = []
    for rank, rule in enumerate(filters, 1):
        if rule.rule != TOTAL_LINE:
            continue
        stated = of_total_lines(connection, fields, rows.headings, -rank)
        lines = rows.lines.of_rows(total) if stated else []
        found += [Control(lines[row - 1], column, says, comes_to) for row, column, says, comes_to in stated]
    for line, text in footers:
        cells = next(csv.reader([text], delimiter=rows.lines.separator), [])
        if control := of_footer(connection, fields, rows.headings, cells):
            found.append(Control(line, *control))
    return sorted(found, key=lambda control: control.line)


def _quarantine(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    fields: Sequence[Field],
    key: Sequence[str],
    malformed: Sequence[tuple[int, str]],
    total: int,
    path: Path,
    language: str,
) -> tuple[Path, int]:
    """Write every quarantined row with its first faulty cell; the second value is their number."""
    checks = _checks(fields)
    found = connection.execute(
        """SELECT "~rank", "~verdict", "~value" FROM judged WHERE "~verdict" > 0
           UNION ALL
           SELECT "~rank", 0, NULL FROM repeated WHERE is_repeated AND NOT is_duplicate
           ORDER BY 1"""
    ).fetchall()
    lines = rows.lines.of_rows(total) if found else []
    quarantined: list[Quarantined] = []
    columns = {field.name: field.column for field in fields}
    for rank, verdict, value in found:
        if verdict:
            source, (rule, _, words) = checks[verdict - 1]
            shown = "***" if source.personal else (value or "")
            reason = say(f"quarantine.{rule}", language, value=shown, **words)
            found_text = None if source.personal else value
            one = rows.fault(lines[rank - 1], source.column, rule, reason, found_text, source.known)
        else:
            column = ", ".join(key)
            reason = say("quarantine.conflicting_key", language, key=column)
            cell = rows.fault(lines[rank - 1], columns[key[0]], "conflicting_key", reason)
            one = cell._replace(column=column)
        quarantined.append(one)
    for line, _ in malformed:
        # The text of a malformed line may hold personal data anywhere: it is never repeated.
        reason = say("quarantine.wrong_number_of_cells", language, expected=rows.lines.width)
        quarantined.append(Quarantined(line, None, "wrong_number_of_cells", reason))
    quarantined.sort(key=lambda row: row.line or 0)
    write_quarantine(path, quarantined)
    return path, len(quarantined)


def _malformed(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[int, str]]:
    """Line and text of the rows whose number of cells is wrong, each once, after the first pass.

    Raises RefusedDeliveryError when the pass met bytes that are not UTF-8.
    """
    if not _one(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'")[0]:
        return []
    found = connection.execute(
        "SELECT line, csv_line, error_type::VARCHAR FROM reject_errors ORDER BY line"
    ).fetchall()
    for line, _, kind in found:
        if kind == "INVALID ENCODING":
            raise RefusedDeliveryError(say("refused.encoding", file=name, encoding="utf-8", line=line))
    return list({line: (int(line), text.strip("\r\n")) for line, text, _ in found}.values())


def duckdb_matches(connection: duckdb.DuckDBPyConnection, text: str, pattern: str) -> bool:
    """True when the regular expression (RE2) matches somewhere in the text."""
    return bool(_one(connection, "SELECT regexp_matches(?, ?)", [text, pattern])[0])


def _within_bounds(one: Field, column: ColumnSpec | str) -> Field:
    """The field with the bounds of its column; a constant is not a cell, and has none."""
    if isinstance(column, str) or column.bounds is None or not one.column:
        return one
    return bounded(one, column.bounds)


def _verdict(fields: Sequence[Field], filters: Sequence[Filter]) -> str:
    """SQL of what becomes of a row: below 0 the rank of its filter, above 0 of its first broken check."""
    cases = [f"WHEN {_true(x.condition)} THEN {-rank}" for rank, x in enumerate(filters, 1)]
    cases += [
        f"WHEN {_true(check.condition)} THEN {rank}" for rank, (_, check) in enumerate(_checks(fields), 1)
    ]
    return f"CAST(CASE {' '.join(cases)} ELSE 0 END AS INTEGER)" if cases else "0"


def _checks(fields: Sequence[Field]) -> list[tuple[Field, Check]]:
    return [(f, Check(*check)) for f in fields for check in f.checks]


def _culprits(fields: Sequence[Field]) -> str:
    """SQL of the text of the cell that broke the first check."""
    cases = [
        f"WHEN {_true(check.condition)} THEN {quoted(f.column)}"
        for f, check in _checks(fields)
        if f.column and not f.personal
    ]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"


def _true(condition: str) -> str:
    """A condition that NULL does not satisfy."""
    return f"coalesce({condition}, false)"


def _one(
    connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None
) -> tuple[Any, ...]:
    row = connection.execute(query, values or []).fetchone()
    assert row is not None
    return tuple(row)


def _repeats(connection: duckdb.DuckDBPyConnection, parquet: Path, identity: Sequence[str]) -> bool:
    """True when two rows have the same identity. Rows already in the order of their key are told cheaply."""
    file = f"read_parquet({literal(str(parquet))})"
    columns = ", ".join(quoted(n) for n in identity)
    before = ", ".join(f"lag({quoted(n)}) OVER () AS {quoted('~' + n)}" for n in identity)
    # Not in order: the first column that differs is less than the one before, or none differs.
    disordered = "true"
    for n in reversed(identity):
        now, old = quoted(n), quoted("~" + n)
        disordered = f"CASE WHEN {now} = {old} THEN {disordered} ELSE coalesce({now} < {old}, true) END"
    disorder = _one(
        connection,
        f"""SELECT count(*) FROM (SELECT {columns}, row_number() OVER () AS "~rank", {before} FROM {file})
            WHERE "~rank" > 1 AND {disordered}""",
    )[0]
    if not disorder:
        return False
    return bool(
        _one(
            connection,
            f"SELECT count(*) FROM (SELECT 1 FROM {file} GROUP BY {columns} HAVING count(*) > 1 LIMIT 1)",
        )[0]
    )


def _notices(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, fields: Sequence[Field], language: str
) -> list[str]:
    """Columns that we do not know, then one notice for each column with values new to us and their rows."""
    notices = []
    if rows.other_sheets:
        sheets = _listed_sheets(rows.other_sheets)
        notices.append(say("notice.other_sheets", language, sheets=sheets))
    if rows.unknown_columns:
        listed = ", ".join(f"« {typed(c)} »" for c in rows.unknown_columns[:REPORTED_AT_MOST])
        notices.append(say("notice.unknown_columns", language, columns=listed))
    if rows.broken_quotes:
        more = ", …" if len(rows.broken_quotes) > REPORTED_AT_MOST else ""
        listed = ", ".join(str(line) for line in rows.broken_quotes[:REPORTED_AT_MOST]) + more
        notices.append(say("notice.broken_quotes", language, lines=listed))
    for f in fields:
        if f.unknown is None:
            continue
        found = connection.execute(
            f"""SELECT {quoted(f.column)}, count(*) FROM {evaluated(rows.source, [f])}
                WHERE {_true(f.unknown)} GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT {REPORTED_AT_MOST}"""
        ).fetchall()
        if found:
            listed = ", ".join(f"« {typed(value)} » ({count})" for value, count in found)
            notices.append(
                say(
                    "notice.unknown_values",
                    language,
                    column=rows.headings.get(f.column, f.column),
                    values=listed,
                )
            )
    return notices
