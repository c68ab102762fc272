"""The rows of an opened file as text, and the lines on which they stand."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from sources.reading.fields import quoted
from warehouse.errors import RefusedDeliveryError
from warehouse.storage.database import limit
from warehouse.words.messages import number, say
from warehouse.words.shapes import typed

REPORTED_AT_MOST = 10
LARGE_BYTES = 32 * 2**20  # from here on a file is read as it streams, never held in a table


@dataclass(frozen=True)
class Described:
    """Where it is said how a file is written, in words for whoever has to change it there.

    The `csv` of a counter in office.yml has keys of its own, where a layout has others.
    """

    place: str = ""
    is_csv: bool = False

    def line(self, of_csv: str, of_layout: str) -> str:
        """The line to write there."""
        return of_csv if self.is_csv else of_layout


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
    sheet: str | None = None
    language: str = "fr"  # of messages
    positions: Mapping[str, int] = field(
        default_factory=dict
    )  # of the columns in the file, from 1, by our name
    parts: tuple[TextRows, ...] = ()  # of several sheets, the rows of each in their order
    in_1904: bool | None = None  # how a workbook numbers its days; None where nothing tells
    described: Described = Described()
    is_last_cut: bool = False  # whether the last row may lack its end
    written: Sequence[str] = ()  # the headings by their position, where rows may come from one cell each

    @property
    def is_large(self) -> bool:
        """Whether the file is too large to be held in a table while it is read."""
        return self.size_bytes > LARGE_BYTES

    def kind(self, column: str) -> str:
        """SQL of what the cell is in a workbook, such as `number` or `date` (`cell_kind`); NULL for text."""
        return quoted(kind_column(column)) if self.has_kinds else "NULL::VARCHAR"

    def position(self, column: str, rank: int) -> int | None:
        """Column in the file of the cell that a row has in one of our columns, both from 1."""
        if self.parts:
            part, rank = self._of_part(rank)
            return part.position(column, rank)
        of_row = self.lines.positions[rank - 1] if self.lines.positions else 0
        return self.positions.get(column) or of_row or None

    def heading(self, column: str, rank: int) -> str:
        """Heading of the cell that a row has in one of our columns, as the file writes it."""
        if self.parts:
            part, rank = self._of_part(rank)
            return part.heading(column, rank)
        of_row = self.lines.positions[rank - 1] if self.lines.positions else 0
        if of_row and column not in self.positions and of_row <= len(self.written):
            return self.written[of_row - 1].strip()
        return self.headings.get(column, column)

    def sheet_of(self, rank: int) -> str | None:
        """The sheet on which a row stands."""
        return self._of_part(rank)[0].sheet if self.parts else self.sheet

    def _of_part(self, rank: int) -> tuple[TextRows, int]:
        """The rows of the sheet that a row is of, and its rank among them."""
        for part in self.parts[:-1]:
            if rank <= len(part.lines.known):
                return part, rank
            rank -= len(part.lines.known)
        return self.parts[-1], rank

    def is_number(self, column: str) -> str:
        """SQL condition under which a workbook holds the cell as a number: its text has a decimal point."""
        return f"coalesce({self.kind(column)} = 'number', false)"


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
    skips_blank: bool = False  # lines of empty cells are no rows
    language: str = "fr"  # of messages
    positions: list[int] = field(default_factory=list)  # of rows that come from one cell each: its column

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
                    is_blank = self.skips_blank and not any(map(str.strip, cells))
                    if start > self.heading_line and cells and not is_blank:
                        (self.known if len(cells) == self.width else self.broken).append(start)
                    start = reader.line_num + 1
            except csv.Error as error:
                raise open_quote(self.name, start, self.language) from error


def joined(connection: duckdb.DuckDBPyConnection, parts: Sequence[TextRows]) -> TextRows:
    """The rows of sheets that are written alike as one: each is a temporary table, the first takes all."""
    first, *others = parts
    if not others:
        return first
    for part in others:
        connection.execute(f"INSERT INTO {first.source} BY NAME FROM {part.source}")
    return replace(
        first,
        lines=LineNumbers(
            known=[line for part in parts for line in part.lines.known],
            positions=[at for part in parts for at in part.lines.positions],
            language=first.language,
        ),
        unknown_columns=tuple(dict.fromkeys(one for part in parts for one in part.unknown_columns)),
        parts=tuple(parts),
    )


def looked_at(connection: duckdb.DuckDBPyConnection, rows: TextRows) -> TextRows:
    """The same rows, whose `source` is a temporary table unless the file is large: many look at it."""
    if rows.is_large:
        return rows
    connection.execute(f"CREATE OR REPLACE TEMP TABLE looked_at AS FROM {rows.source}")
    return replace(rows, source="looked_at")


def settled(connection: duckdb.DuckDBPyConnection, rows: TextRows) -> TextRows:
    """The same rows as a temporary table: their columns are computed once, not again by each query."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE settled AS FROM {rows.first_pass}")
    return replace(rows, source="settled", first_pass="settled")


def with_columns(rows: TextRows, computed: Mapping[str, str]) -> TextRows:
    """The same rows with further columns, computed once, for fields and checks to refer to by name."""
    columns = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in computed.items())
    return replace(
        rows,
        source=f"(SELECT *, {columns} FROM {rows.source})",
        first_pass=f"(SELECT *, {columns} FROM {rows.first_pass})",
    )


def connect(work: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own for reading files, spilling into `work` when memory is short."""
    connection = duckdb.connect(":memory:", config={"temp_directory": str(work / "spill")})
    limit(connection)
    return connection


def listed_sheets(names: Iterable[str]) -> str:
    """Names of sheets as messages list them."""
    return ", ".join(f"« {typed(name)} »" for name in names) or "–"


def open_quote(name: str, line: int, language: str = "fr") -> RefusedDeliveryError:
    """What the csv module raises is a cell beyond its limit: mostly a quote that is never closed."""
    most = number(csv.field_size_limit(), language)
    return RefusedDeliveryError(say("refused.open_quote", language, file=name, line=line, most=most))


def kind_column(column: str) -> str:
    """Name of the column that keeps what the cell of a text column is in a workbook."""
    return f"#{column}"
