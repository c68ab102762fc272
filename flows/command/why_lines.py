"""On which lines of its files a figure stands: their readers read them once more, from the archive.

Raw tables do not keep the line of a row: of millions of rows it would be asked for a few, and seldom.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from time import monotonic

import duckdb

import sources.catalogue
from sources.catalogue import Context, SourceReading
from sources.reading.judging import LINE, SHEET
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.publishing.datapackage import literal, quoted
from warehouse.spec import TableSpec
from warehouse.storage import private
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery, delivered
from warehouse.storage.secrets import secret
from warehouse.words.shapes import typed

SECONDS = 1.5  # that are spent on reading again
LARGEST = 16 * 2**20  # bytes of a file that is read again
MOST_RANGES = 12  # of lines that are told of a file


class Lines:
    """Tells the lines of files while its time lasts; `unread` counts the files that it did not read."""

    def __init__(self, home: Home, office: Office, folder: Path) -> None:
        self._home, self._office, self._folder = home, office, folder
        self._spent = 0.0
        self._read: dict[int, SourceReading | None] = {}
        self.unread = 0

    def of(
        self, working: duckdb.DuckDBPyConnection, table: TableSpec, delivery_id: int, condition: str
    ) -> str:
        """The lines of a delivery's rows in a raw table for which a condition (SQL) holds: `2–40, 42`.

        Empty where its reader tells none, or the file was not read again.
        """
        reading = self._reading(working, delivery_id)
        if reading is None or table.name not in reading.tables:
            return ""
        told = [name for name, one in table.all_columns.items() if not one.personal]
        columns = ", ".join(map(quoted, told))
        used = working.execute(
            f"SELECT DISTINCT {columns} FROM raw.{quoted(table.name)} WHERE delivery_id = ? AND {condition}",
            [delivery_id],
        ).to_arrow_table()
        same = " AND ".join(f"used.{quoted(name)} IS NOT DISTINCT FROM read.{quoted(name)}" for name in told)
        with duckdb.connect() as connection:
            connection.register("used", used)
            file = f"read_parquet({literal(str(reading.tables[table.name]))})"
            if LINE not in [column[0] for column in connection.execute(f"DESCRIBE FROM {file}").fetchall()]:
                return ""
            found = connection.execute(
                f"""SELECT DISTINCT coalesce({quoted(SHEET)}, ''), {quoted(LINE)}
                    FROM {file} AS read SEMI JOIN used ON {same} ORDER BY ALL"""
            ).fetchall()
        sheets = [(sheet, [line for _, line in rows]) for sheet, rows in groupby(found, lambda row: row[0])]
        if len(sheets) == 1:
            return ranges(sheets[0][1])
        return "; ".join(f"{typed(sheet)} {ranges(lines)}" for sheet, lines in sheets)

    def _reading(self, working: duckdb.DuckDBPyConnection, delivery_id: int) -> SourceReading | None:
        """The file read again; None where there is no time, or nothing of it is left or wanted."""
        if delivery_id not in self._read:
            delivery = delivered(working, self._home.archive, delivery_id)
            began = monotonic()
            self._read[delivery_id] = None if self._spent > SECONDS else self._read_again(delivery)
            self._spent += monotonic() - began
            self.unread += self._read[delivery_id] is None
        return self._read[delivery_id]

    def _read_again(self, delivery: Delivery) -> SourceReading | None:
        if not delivery.path.is_file() or delivery.path.stat().st_size > LARGEST:
            return None
        work = self._folder / str(delivery.delivery_id)
        work.mkdir()
        context = Context(
            self._office,
            lambda name: secret(self._home, name),
            work,
            delivery.received_at,
            self._home,
            keeps_lines=True,
        )
        try:
            return sources.catalogue.find(delivery.source).read(delivery, context)
        except RefusedDeliveryError:
            return None  # the office file or a layout is another one by now


@contextmanager
def lines(home: Home, office: Office) -> Iterator[Lines]:
    """What tells lines, with a folder of its own to read in."""
    with tempfile.TemporaryDirectory(dir=private.temporary_folder()) as folder:
        yield Lines(home, office, Path(folder))


def ranges(numbers: Sequence[int]) -> str:
    """Numbers in their order as ranges, `2–4, 7`; of very many the first ones."""
    found: list[tuple[int, int]] = []
    for one in numbers:
        if found and one <= found[-1][1] + 1:
            found[-1] = (found[-1][0], one)
        else:
            found.append((one, one))
    said = ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in found[:MOST_RANGES])
    return said + (", …" if len(found) > MOST_RANGES else "")
