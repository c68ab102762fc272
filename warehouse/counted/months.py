"""The months of every watched series, each with a hash of what it holds: a night does again what changed.

What is reckoned of a series by month or half-year is a pure function of some of its and its partners' months.
The hash of those months is its fingerprint, kept beside the result; another fingerprint makes it stale. A
night that adds a day so costs the same however long the history is, and comes to the same as a first one.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.clock import naive_utc

Key = tuple[str, date]  # a subject, and the first day of a month or half-year of it


@dataclass(frozen=True)
class Months:
    """The months of one series or calendar: their first days in order, and running sums of their hashes."""

    first: list[date]
    sums: list[int]

    @classmethod
    def of(cls, hashes: Mapping[date, int]) -> Months:
        """From the hash of every month."""
        first = sorted(hashes)
        return cls(first, [0, *accumulate(hashes[month] for month in first)])

    def between(self, first: date, last: date) -> int:
        """A hash of the months from one to another, both included, given by their first days."""
        return self.sums[bisect_right(self.first, last)] - self.sums[bisect_left(self.first, first)]


@dataclass(frozen=True)
class Contents:
    """What is known at an instant: the months of every series, by subject, and those of the calendar."""

    series: Mapping[str, Months]
    calendar: Months

    def fingerprint(self, subjects: Iterable[str], first: date, last: date, version: str) -> str:
        """A hash of the months of some series from one to another, both included, and of the code."""
        read = [f"{subject} {self.series[subject].between(first, last)}" for subject in sorted(subjects)]
        read += [str(self.calendar.between(first, last)), version]
        return hashlib.sha256("\n".join(read).encode()).hexdigest()[:32]


def read_contents(
    connection: duckdb.DuckDBPyConnection, table: str, office: str, as_of: datetime
) -> Contents:
    """The months of a table of counted series, slots that were over at `as_of` (aware) alone."""
    series: dict[str, dict[date, int]] = {}
    for subject, month, content in connection.execute(
        f"""SELECT subject, date_trunc('month', local_date)::DATE AS month,
                  hash(any_value(date_trunc('month', local_date)),
                       bit_xor(hash(utc_hour, slot_minutes, local_date, local_hour, open_minutes,
                                    observed_count, entry_count, exit_count)))
           FROM {table}
           WHERE office = ? AND utc_hour + to_minutes(slot_minutes::BIGINT) <= ?
           GROUP BY subject, month""",
        [office, naive_utc(as_of)],
    ).fetchall():
        series.setdefault(subject, {})[month] = content
    calendar = connection.execute(
        """SELECT month_start, hash(month_start, bit_xor(hash(local_date, public_holiday_name IS NOT NULL,
                                                              school_holiday_name IS NOT NULL)))
           FROM settings.calendar WHERE office = ? GROUP BY month_start""",
        [office],
    ).fetchall()
    return Contents(
        {subject: Months.of(hashes) for subject, hashes in series.items()}, Months.of(dict(calendar))
    )


def added(month: date, months: int) -> date:
    """The first day of the month so many months later."""
    count = 12 * month.year + month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def version_of(*modules: str) -> str:
    """A hash of the source code of some modules, given by their `__file__`."""
    digest = hashlib.sha256()
    for module in modules:
        digest.update(Path(module).read_bytes())
    return digest.hexdigest()


def read_fingerprints(connection: duckdb.DuckDBPyConnection, table: str, office: str) -> dict[Key, str]:
    """The fingerprints of what was written, in order of subject and time."""
    return {
        (subject, first): fingerprint
        for subject, first, fingerprint in connection.execute(
            f"SELECT subject, first_date, fingerprint FROM {table} WHERE office = ? ORDER BY ALL", [office]
        ).fetchall()
    }


@dataclass(frozen=True)
class Stale:
    """What must be done again, in order of time, and what was kept of keys that are no more."""

    todo: list[Key]
    gone: list[Key]


def stale(connection: duckdb.DuckDBPyConnection, table: str, office: str, wanted: Mapping[Key, str]) -> Stale:
    """The keys of `wanted` whose fingerprint in `table` is another or none, and those that are not wanted.

    Until `mark` enters what was written the former have an empty fingerprint: a run that is killed in
    between leaves them to be done again.
    """
    known = read_fingerprints(connection, table, office)
    todo = sorted((key for key in wanted if known.get(key) != wanted[key]), key=lambda key: (key[1], key[0]))
    gone = [key for key in known if key not in wanted]
    _forget(connection, table, office, gone)
    mark(connection, table, office, dict.fromkeys(todo, ""))
    return Stale(todo, gone)


def mark(connection: duckdb.DuckDBPyConnection, table: str, office: str, done: Mapping[Key, str]) -> None:
    """Enter the fingerprints of what was written."""
    _forget(connection, table, office, done)
    with keys(connection, done, fingerprint=pa.array(done.values(), pa.string())) as rows:
        connection.execute(
            f"INSERT INTO {table} SELECT ?, subject, first_date, fingerprint FROM {rows}", [office]
        )


def _forget(connection: duckdb.DuckDBPyConnection, table: str, office: str, gone: Iterable[Key]) -> None:
    with keys(connection, gone) as rows:
        connection.execute(
            f"""DELETE FROM {table} AS old USING {rows} AS gone
                WHERE old.office = ? AND old.subject = gone.subject AND old.first_date = gone.first_date""",
            [office],
        )


@contextmanager
def keys(connection: duckdb.DuckDBPyConnection, of: Iterable[Key], **beside: pa.Array) -> Iterator[str]:
    """The name of a table of these keys, `subject` and `first_date`, and of the columns beside them."""
    of = list(of)
    columns = {
        "subject": pa.array([subject for subject, _ in of], pa.string()),
        "first_date": pa.array([first for _, first in of], pa.date32()),
    }
    connection.register("vigie_keys", pa.table({**columns, **beside}))
    try:
        yield "vigie_keys"
    finally:
        connection.unregister("vigie_keys")
