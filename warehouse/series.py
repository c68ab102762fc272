"""One counted series as arrays: the rows of marts.counted_series, for those who judge and estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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

    @property
    def row(self) -> Integers:
        """Number of each slot's local day, from 0 for the first one."""
        row: Integers = self.day - self.day[0]
        return row

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
        return np.bincount(self.row, values, int(self.row[-1]) + 1).astype(np.float64)

    def by_hour(self, values: Floats) -> Floats:
        """Sums (days, 24) of values (slots,) over the hours of every local day."""
        days = int(self.row[-1]) + 1
        return np.bincount(self.row * 24 + self.hour, values, days * 24).reshape(days, 24).astype(np.float64)


@dataclass(frozen=True)
class Expectation:
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
    expected: Expectation

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


def read_all_series(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> Iterator[Series]:
    """Every series, by office and subject, with the slots that were over at `as_of` (aware)."""
    subjects = connection.execute(
        "SELECT DISTINCT office, subject FROM marts.counted_series ORDER BY office, subject"
    ).fetchall()
    for office, subject in subjects:
        yield read_series(connection, office, subject, as_of)


def read_series(connection: duckdb.DuckDBPyConnection, office: str, subject: str, as_of: datetime) -> Series:
    """One series of marts.counted_series, with the slots that were over at `as_of` (aware)."""
    columns: dict[str, Any] = connection.execute(
        """SELECT utc_hour AS start, slot_minutes::BIGINT AS minutes, local_date - DATE '1970-01-01' AS day,
                  local_hour::BIGINT AS hour, open_minutes::DOUBLE AS open_minutes,
                  coalesce(observed_count, 'nan')::DOUBLE AS count
           FROM marts.counted_series
           WHERE office = ? AND subject = ? AND utc_hour + to_minutes(slot_minutes::BIGINT) <= ?
           ORDER BY utc_hour""",
        [office, subject, naive_utc(as_of)],
    ).fetchnumpy()
    return Series(office, subject, **{name: np.asarray(values) for name, values in columns.items()})
