"""Counted series as arrays, for those who judge and estimate; the models write the tables that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

import duckdb
import numpy as np
import numpy.typing as npt

from warehouse.clock import naive_utc

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Series:
    """One counted series, one element a slot, in order of time.

    `start` naive UTC; `minutes` length of the slot; `day` local date as days since 1970; `hour` local hour,
    0 to 23; `open_minutes` 0 when closed; `count` is NaN when the slot has no row.
    """

    office: str
    subject: str
    start: Instants
    minutes: Integers
    day: Integers
    hour: Integers
    open_minutes: Floats
    count: Floats

    @cached_property
    def row(self) -> Integers:
        """Number of each slot's local day, from 0 for the first one."""
        row: Integers = self.day - self.day[:1].sum()
        return row

    @property
    def days(self) -> int:
        """Number of local days from the first to the last."""
        return int(self.row[-1]) + 1 if self.day.size else 0

    def between(self, first: int, end: int) -> Series:
        """The slots of the local days (since 1970) from `first` to before `end`."""
        return self.among(slice(*np.searchsorted(self.day, [first, end])))

    def among(self, slots: slice) -> Series:
        """The chosen slots."""
        names = ("start", "minutes", "day", "hour", "open_minutes", "count")
        return replace(self, **{name: getattr(self, name)[slots] for name in names})

    @property
    def of_hours(self) -> Series:
        """The series as if its site were closed in slots of more than an hour, when it has shorter ones too.

        Such a slot, a day's sum among hours, has no place in the course of a day.
        """
        if (self.minutes > 60).all():
            return self
        longer = self.minutes > 60
        return replace(
            self,
            count=np.where(longer, np.nan, self.count),
            open_minutes=np.where(longer, 0.0, self.open_minutes),
        )

    def at(self, start: Instants) -> Floats:
        """Counts of this series in slots that begin at the instants `start`; NaN where it has none."""
        found = np.full(start.size, np.nan)
        position = np.searchsorted(self.start, start)
        same = position < self.start.size
        same[same] = self.start[position[same]] == start[same]
        found[same] = self.count[position[same]]
        return found

    def by_day(self, values: Floats) -> Floats:
        """Sums (days,) of values (slots,) over every local day from the first to the last."""
        return np.bincount(self.row, values, self.days).astype(np.float64)

    def by_hour(self, values: Floats) -> Floats:
        """Sums (days, 24) of values (slots,) over the hours of every local day."""
        sums = np.bincount(self.row * 24 + self.hour, values, self.days * 24)
        return sums.reshape(self.days, 24).astype(np.float64)


@dataclass(frozen=True)
class ExpectedCounts:
    """What a series was expected to count, one element a slot, from what lies before the slot alone.

    `seasonal` is what calendar and season make expected, `count` the same at the level of recent days; both
    are 0 in closed slots and while there is too little history. `hour_dispersion` and `day_dispersion` are
    variances over means of hours and of whole days, `day_mean` the usual count of a day, `zero_surprise`
    minus the logarithm of the chance that this hour of the day is at zero.
    """

    seasonal: Floats
    count: Floats
    hour_dispersion: Floats
    day_dispersion: Floats
    day_mean: Floats
    zero_surprise: Floats


@dataclass(frozen=True)
class ExpectedSeries:
    """A series beside what it was expected to count, slot by slot."""

    series: Series
    expected: ExpectedCounts

    def among(self, slots: slice) -> ExpectedSeries:
        """The chosen slots."""
        expected = {field.name: getattr(self.expected, field.name)[slots] for field in fields(ExpectedCounts)}
        return ExpectedSeries(self.series.among(slots), ExpectedCounts(**expected))

    @property
    def subject(self) -> str:
        """The subject of the series."""
        return self.series.subject


def sums_before(rows: Floats, number: int) -> Floats:
    """Sums (rows + 1, columns) over the last `number` rows before each and after the last, fewer at first."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    before = sums.copy()
    before[number:] -= sums[:-number]
    return before


# The wanted subjects with their places, to be joined: looking through a list of them takes far longer.
AMONG = "among AS (SELECT unnest($subjects) AS subject, generate_subscripts($subjects, 1) - 1 AS place)"


@dataclass(frozen=True)
class CountedSeries:
    """A series, and its entries and exits where it knows both."""

    total: Series
    directions: tuple[Series, ...] = ()


def read_series(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    office: str,
    subjects: Sequence[str],
    first: date,
    last: date,
    as_of: datetime,
) -> dict[str, CountedSeries]:
    """Series of a table (the model counted_series) between two local days, both included, by subject.

    Only slots that were over at `as_of` (aware). A series without any is left out.
    """
    columns: dict[str, Any] = connection.execute(
        f"""WITH {AMONG}
           SELECT place, utc_hour AS start, slot_minutes::BIGINT AS minutes,
                  local_date - DATE '1970-01-01' AS day,
                  local_hour::BIGINT AS hour, open_minutes::DOUBLE AS open_minutes,
                  coalesce(observed_count, 'nan')::DOUBLE AS count,
                  coalesce(entry_count, 'nan')::DOUBLE AS entries,
                  coalesce(exit_count, 'nan')::DOUBLE AS exits
           FROM {table} JOIN among USING (subject)
           WHERE office = $office AND local_date BETWEEN $first AND $last
             AND utc_hour + to_minutes(slot_minutes::BIGINT) <= $over
           ORDER BY place, utc_hour""",
        {
            "office": office, "subjects": list(subjects), "first": first, "last": last,
            "over": naive_utc(as_of),
        },
    ).fetchnumpy()  # fmt: skip
    found = {}
    for subject, own in by_subject(subjects, columns):
        entries, exits = own.pop("entries"), own.pop("exits")
        total = Series(office, subject, **own)
        directions: tuple[Series, ...] = ()
        # Halves of one count for both ways are no directions.
        is_halved = np.array_equal(entries, exits, equal_nan=True)
        if not (is_halved or np.isnan(entries).all() or np.isnan(exits).all()):
            directions = (
                replace(total, subject=f"{subject}/in", count=entries),
                replace(total, subject=f"{subject}/out", count=exits),
            )
        found[subject] = CountedSeries(total, directions)
    return found


def by_subject(subjects: Sequence[str], columns: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The columns of each subject that has rows, of columns ordered by `place`, its rank among `subjects`."""
    arrays = {name: np.asarray(values) for name, values in columns.items()}
    bounds = np.searchsorted(arrays.pop("place"), np.arange(len(subjects) + 1))
    for subject, begin, end in zip(subjects, bounds[:-1], bounds[1:], strict=True):
        if end > begin:
            yield subject, {name: values[begin:end] for name, values in arrays.items()}


def read_partners(
    connection: duckdb.DuckDBPyConnection, table: str, office: str, relation: Literal["inside", "nearby"]
) -> dict[str, list[str]]:
    """The partners of every series that has any, in order of their names (`table`: series_partner)."""
    found: dict[str, list[str]] = {}
    for subject, partner in connection.execute(
        f"SELECT subject, partner FROM {table} WHERE office = ? AND relation = ? ORDER BY ALL",
        [office, relation],
    ).fetchall():
        found.setdefault(subject, []).append(partner)
    return found
