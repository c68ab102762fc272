"""Gaps of counted series: what there is to estimate, and all that an estimate of it may read.

A gap goes from a day that was not wholly observed to the last one before an open day that was; closed days do
not end it. What lies more than 90 days after it is not read, so that its estimate comes to rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np

from transforms.counters.counter_model import Days
from transforms.counters.estimating import REACH_DAYS
from warehouse.counted.faulty import NOTHING, day_begins, read_faulty
from warehouse.counted.series import Bools, Floats, Integers

DAYS_AFTER = 90
# Half an hour's worth of the usual rate keeps hours that were rarely observed from extremes.
PRIOR_MINUTES = 30


@dataclass(frozen=True)
class Calendar:
    """Every local day of the office that is over, in order: arrays (D,) as in `Days`."""

    day: Integers
    weekday: Integers
    is_public_holiday: Bools
    is_school_holiday: Bools

    def rows(self, day: Integers) -> Integers:
        """Rows of local days, given as days since 1970."""
        found: Integers = day - self.day[:1].sum()
        return found


@dataclass(frozen=True)
class Daily:
    """A counted series over the days of a `Calendar`, by local hour.

    `counts` (D, 24) what was validly counted in open hours, `minutes` (D, 24) the open minutes for which it
    was, `missing` (D, 24) those for which it was not; 0 before its first day. `included` (D,) counts that are
    known of missing time and that an estimate of it includes. Of `faulty` days (since 1970) the counts
    stand, at another level than usual perhaps, and nothing is learnt from them.
    """

    indicator: str
    site: str
    subject: str
    counts: Floats
    minutes: Floats
    missing: Floats
    included: Floats
    faulty: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def exposure(self) -> Floats:
        """Open minutes (D,)."""
        opened: Floats = self.minutes.sum(axis=1) + self.missing.sum(axis=1)
        return opened

    @property
    def is_usual(self) -> Bools:
        """Local hours (24,) that were ever observed: nothing tells what the others count."""
        return np.asarray(self.minutes.any(axis=0))

    @property
    def missed(self) -> Bools:
        """Days (D,) that were not wholly observed."""
        return np.asarray(self.missing[:, self.is_usual].any(axis=1))

    def learnt(self, calendar: Calendar) -> Floats:
        """The `whole` counts (D,), NaN on faulty days too."""
        return np.where(np.isin(calendar.day, self.faulty), np.nan, self.whole)

    @property
    def whole(self) -> Floats:
        """Counts (D,) of the open days that were wholly observed, NaN on the others."""
        return np.where(self.missed | ~self.minutes.any(axis=1), np.nan, self.counts.sum(axis=1))


@dataclass(frozen=True)
class Gap:
    """A gap, and what an estimate of it may read.

    `rows` of `days` are the gap; `share` (D,) is what part of a day's usual count was missed, by the hours of
    the day; `included` (D,) as in `Daily`. `is_settled` when every day that may be read is over.
    """

    indicator: str
    site: str
    subject: str
    days: Days
    rows: slice
    share: Floats
    included: Floats
    is_settled: bool


def gaps(calendar: Calendar, series: Daily, partners: list[Daily]) -> Iterator[Gap]:
    """Every gap of a series, in order of time, with the partners that its estimate reads."""
    missed, exposure, count, learnt = series.missed, series.exposure, series.whole, series.learnt(calendar)
    beside = np.array([partner.learnt(calendar) for partner in partners]).reshape(len(partners), len(count))
    rows = np.flatnonzero(missed)
    if not rows.size:
        return
    # Days before its first one would move the knots of its model, and with them a final estimate.
    begin = int(np.argmax(exposure > 0))
    since = np.cumsum(np.isfinite(count))[rows]
    for alike in np.split(rows, np.flatnonzero(np.diff(since)) + 1):
        first, end = int(alike[0]), int(alike[-1]) + 1
        near = slice(max(begin, first - REACH_DAYS), min(end + DAYS_AFTER, len(count)))
        yield Gap(
            series.indicator,
            series.site,
            series.subject,
            Days(
                day=calendar.day[near],
                count=learnt[near],
                exposure=exposure[near],
                weekday=calendar.weekday[near],
                is_public_holiday=calendar.is_public_holiday[near],
                is_school_holiday=calendar.is_school_holiday[near],
                partners=beside[:, near],
            ),
            slice(first - near.start, end - near.start),
            _share_missed(series, near),
            series.included[near],
            is_settled=end + DAYS_AFTER <= len(count),
        )


def _share_missed(series: Daily, near: slice) -> Floats:
    """Share (D,) of each day's usual count that falls in hours not observed, by the profile of these days."""
    counts, minutes = series.counts[near], series.minutes[near]
    usual = counts.sum() / max(minutes.sum(), 1)
    rate = (counts.sum(axis=0) + PRIOR_MINUTES * usual) / (minutes.sum(axis=0) + PRIOR_MINUTES)
    rate = np.where(series.is_usual, np.maximum(rate, 1e-9), 0.0)
    lost = series.missing[near] @ rate
    whole = lost + minutes @ rate
    share: Floats = np.divide(lost, whole, out=np.zeros_like(lost), where=whole > 0)
    return share


# --- reading ------------------------------------------------------------------------------------------------


def read_calendar(connection: duckdb.DuckDBPyConnection, office: str) -> Calendar:
    """The days of the office that are over."""
    found = _arrays(
        connection,
        """SELECT local_date - DATE '1970-01-01' AS day, weekday, public_holiday_name IS NOT NULL AS public,
                  school_holiday_name IS NOT NULL AS school
           FROM settings.calendar JOIN settings.office USING (office)
           WHERE office = ? AND local_date < as_of_date ORDER BY local_date""",
        office,
    )
    return Calendar(found["day"], found["weekday"], found["public"], found["school"])


def read_counters(
    connection: duckdb.DuckDBPyConnection, office: str, calendar: Calendar
) -> Iterator[tuple[Daily, list[Daily]]]:
    """Counters of which open hours are not believed, each with its partners: named ones, and of its site."""
    wanted = connection.execute(
        """SELECT DISTINCT counter FROM staging.hour_validity
           WHERE office = ? AND NOT is_valid AND open_minutes > 0 ORDER BY counter""",
        [office],
    ).fetchall()
    known: dict[str, Daily] = {}

    def daily(counter: str, site: str) -> Daily:
        if counter not in known:
            known[counter] = _read_counter(connection, office, calendar, counter, site)
        return known[counter]

    for (counter,) in wanted:
        stands = connection.execute(
            """SELECT other.counter, other.site FROM settings.counter AS this
               JOIN settings.counter AS other USING (office)
               LEFT JOIN settings.counter_partner AS named
                 ON named.office = this.office AND named.counter = this.counter
                AND named.partner = other.counter
               WHERE office = ? AND this.counter = ?
                 AND (other.site = this.site OR named.partner IS NOT NULL)
               ORDER BY other.counter <> this.counter, other.counter""",
            [office, counter],
        ).fetchall()
        own, *partners = [daily(code, site) for code, site in stands]
        yield own, partners


def read_areas(
    connection: duckdb.DuckDBPyConnection, office: str, calendar: Calendar
) -> Iterator[tuple[Daily, list[Daily]]]:
    """The nights of every motorhome area whose barrier was out. A night counts as one hour of the day."""
    for (site,) in connection.execute(
        "SELECT DISTINCT site FROM staging.motorhome_night WHERE office = ? AND is_out ORDER BY site",
        [office],
    ).fetchall():
        found = _arrays(
            connection,
            """SELECT local_date - DATE '1970-01-01' AS day, coalesce(night_count, 0)::DOUBLE AS count,
                      is_out, night_count IS NOT NULL AND NOT is_out AS is_known
               FROM staging.motorhome_night WHERE office = ? AND site = ?""",
            office,
            site,
        )
        row = calendar.rows(found["day"])
        hour = np.zeros_like(row)
        is_out, is_known = found["is_out"].astype(float), found["is_known"].astype(float)
        yield (
            Daily(
                "overnight_stays",
                site,
                f"barrier:{site}",
                _by_hour(calendar, row, hour, found["count"] * is_known),
                _by_hour(calendar, row, hour, is_known),
                _by_hour(calendar, row, hour, is_out),
                _by_hour(calendar, row, hour, found["count"] * is_out).sum(axis=1),
                _faulty(connection, office, calendar, f"barrier:{site}"),
            ),
            [],
        )


def _read_counter(
    connection: duckdb.DuckDBPyConnection, office: str, calendar: Calendar, counter: str, site: str
) -> Daily:
    found = _arrays(
        connection,
        """SELECT local_date - DATE '1970-01-01' AS day, local_hour::BIGINT AS hour,
                  open_minutes::DOUBLE AS minutes, is_valid,
                  CASE WHEN is_valid THEN entry_count * correction_factor ELSE 0 END::DOUBLE AS count
           FROM staging.hour_validity JOIN settings.office USING (office)
           WHERE office = ? AND counter = ? AND open_minutes > 0 AND local_date < as_of_date
           ORDER BY utc_hour""",
        office,
        counter,
    )
    row, hour = calendar.rows(found["day"]), found["hour"]
    valid = found["is_valid"].astype(float)
    return Daily(
        "counter_passages",
        site,
        f"counter:{counter}",
        _by_hour(calendar, row, hour, found["count"]),
        _by_hour(calendar, row, hour, found["minutes"] * valid),
        _by_hour(calendar, row, hour, found["minutes"] * (1 - valid)),
        np.zeros(len(calendar.day)),
        _faulty(connection, office, calendar, f"counter:{counter}"),
    )


def _faulty(connection: duckdb.DuckDBPyConnection, office: str, calendar: Calendar, subject: str) -> Integers:
    """The days of a series that are known to be faulty on the day after the last one that is over."""
    if not calendar.day.size:
        return calendar.day
    today = int(calendar.day[-1]) + 1
    return read_faulty(connection, office, day_begins(today), [subject]).get(subject, NOTHING).known(today)


def _by_hour(calendar: Calendar, row: Integers, hour: Integers, values: Floats) -> Floats:
    """Sums (D, 24) of values by day and hour."""
    size = len(calendar.day)
    return np.bincount(row * 24 + hour, values, size * 24).reshape(size, 24).astype(np.float64)


def _arrays(connection: duckdb.DuckDBPyConnection, query: str, *values: str) -> dict[str, Any]:
    """The columns of a query, without nulls, as arrays."""
    found: dict[str, Any] = connection.execute(query, list(values)).fetchnumpy()
    return {name: np.asarray(column) for name, column in found.items()}
