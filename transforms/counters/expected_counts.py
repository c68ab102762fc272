"""The step of the night that keeps quality.expected_count: the model of every counter, month by month.

A month of a series is reckoned again when what it was learnt from, its partners or the code changed
(`warehouse.counted.months`): the month that is not over every night, the others only when late data came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

import duckdb
import numpy as np

from transforms.counters import counter_model, expecting
from transforms.counters.counter_model import Days
from transforms.counters.expecting import FIT_DAYS, YOUNG_DAYS, expect, expected_days
from warehouse.clock import naive_utc
from warehouse.counted import breaks as broken
from warehouse.counted import expected as table
from warehouse.counted import faulty
from warehouse.counted import series as counted
from warehouse.counted.apart import Failed, apart
from warehouse.counted.breaks import read_breaks
from warehouse.counted.faulty import NOTHING, Faulty, read_faulty
from warehouse.counted.months import Key, added, mark, read_contents, read_fingerprints, stale, version_of
from warehouse.counted.series import AMONG, ExpectedSeries, Series, by_subject, read_partners, read_series

DONE = "ops.expected_month"
SERIES, PARTNERS = "marts.counted_series", "staging.series_partner"
EPOCH = date(1970, 1, 1)
FIT_MONTHS = 37  # that hold FIT_DAYS before a month
LEAD_DAYS = 200  # of hours before a month: its profile and its usual variation are read from them
TOGETHER = 100  # series read at once
VERSION = version_of(
    __file__,
    expecting.__file__,
    counter_model.__file__,
    table.__file__,
    counted.__file__,
    faulty.__file__,
    broken.__file__,
)


def refresh_expected_counts(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    as_of: datetime,
    *,
    is_whole: bool = True,
    failed: Failed | None = None,
) -> int:
    """Bring the table up to date as of an aware instant; returns how many months of series were done.

    No month is learnt from days that quality.outage calls faulty, as known when it began. Series that cannot
    be reckoned are entered in `failed` and done again by the next run; without it, the first of them raises.
    Unless the facts are whole, what is kept of series that they lack stays.
    """
    wanted = fingerprints(connection, office, as_of)
    if not is_whole:
        wanted = read_fingerprints(connection, DONE, office) | wanted
    old = stale(connection, DONE, office, wanted)
    todo = old.todo
    table.forget_expected(connection, office, [*todo, *old.gone])
    for _, block in groupby(todo, key=lambda key: key[1].year):
        months = [
            (month, [subject for subject, _ in keys]) for month, keys in groupby(block, lambda key: key[1])
        ]
        subjects = sorted({subject for _, some in months for subject in some})
        for begin in range(0, len(subjects), TOGETHER):
            some = subjects[begin : begin + TOGETHER]

            def reckon(
                some: Sequence[str], months: Sequence[tuple[date, Sequence[str]]] = tuple(months)
            ) -> None:
                history = _History.read(connection, office, some, months[0][0], months[-1][0], as_of)
                for month, wanted_now in months:
                    now = [subject for subject in some if subject in wanted_now]
                    table.add_expected(connection, _month(connection, office, history, now, month), month)

            apart(connection, some, reckon, failed)
    done = [key for key in todo if key[0] not in (failed or ())]

    def add_partners(some: Sequence[str]) -> None:
        table.add_partners(connection, SERIES, PARTNERS, office, [key for key in done if key[0] in some])

    if done:
        apart(connection, sorted({subject for subject, _ in done}), add_partners, failed)
    mark(connection, DONE, office, {key: wanted[key] for key in done if key[0] not in (failed or ())})
    return len(done)


def fingerprints(connection: duckdb.DuckDBPyConnection, office: str, as_of: datetime) -> dict[Key, str]:
    """What every month of every series stands on: what it is learnt from, its partners, the code."""
    contents = read_contents(connection, SERIES, office, as_of)
    inside = read_partners(connection, PARTNERS, office, "inside")
    bad = read_faulty(connection, office, as_of)
    breaks = read_breaks(connection, SERIES, office)
    return {
        (subject, month): contents.fingerprint(
            {subject, *inside.get(subject, ())},
            added(month, -FIT_MONTHS),
            month,
            VERSION
            + _left_out(bad.get(subject, NOTHING), months.first[0], month)
            + _broken(breaks.get(subject, ()), month),
        )
        for subject, months in contents.series.items()
        for month in months.first
    }


def _left_out(bad: Faulty, begun: date, month: date) -> str:
    """What tells the faulty days that the fits of a month leave out; a young series has one every week."""
    if not bad.day.size:
        return ""
    first, end = (month - EPOCH).days, (added(month, 1) - EPOCH).days
    is_young = first <= (begun - EPOCH).days + YOUNG_DAYS
    days = [bad.known(day) for day in (range(first, end) if is_young else (first,))]
    return " ".join(str(day) for some in days for day in some if day >= first - FIT_DAYS)


def _broken(breaks: Sequence[int], month: date) -> str:
    """What tells the breaks of method that a month may know of."""
    end = (added(month, 1) - EPOCH).days
    return "".join(f" break {day}" for day in breaks if day < end)


@dataclass(frozen=True)
class _History:
    """What some months of some series are reckoned from: read once for all of them."""

    days: Mapping[str, Days]
    series: Mapping[str, Series]
    faulty: Mapping[str, Faulty]

    @classmethod
    def read(
        cls,
        connection: duckdb.DuckDBPyConnection,
        office: str,
        subjects: Sequence[str],
        first: date,
        last: date,
        as_of: datetime,
    ) -> _History:
        """For the months from one to another, given by their first days."""
        end = _last_day(last)
        counted = read_series(connection, SERIES, office, subjects, first - timedelta(LEAD_DAYS), end, as_of)
        return cls(
            _read_days(connection, office, subjects, first - timedelta(FIT_DAYS), end, as_of),
            {subject: one.total for subject, one in counted.items()},
            read_faulty(connection, office, as_of, subjects),
        )


def _month(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    history: _History,
    subjects: Sequence[str],
    month: date,
) -> Iterator[ExpectedSeries]:
    """Series beside what they were expected to count, from `LEAD_DAYS` before a month to its end.

    What was expected before the month is read from the table.
    """
    lead, last = month - timedelta(LEAD_DAYS), _last_day(month)
    before = table.read_expected_days(connection, office, subjects, lead, month - timedelta(1))
    first, end = (month - EPOCH).days, (last - EPOCH).days + 1
    for subject in subjects:
        series = history.series[subject].between((lead - EPOCH).days, end)
        every = history.days[subject]
        begin = int(every.day[0])
        days = every.window(max(0, first - FIT_DAYS - begin), end - begin)
        known = max(0, first - int(days.day[0]))
        now = expected_days(days, np.zeros(known), history.faulty.get(subject, NOTHING))[known:]
        by_day = np.zeros(series.days)
        for day, seasonal in before.get(subject, ()):
            by_day[day - series.day[0]] = seasonal
        # Closed days have no slot: a month may begin before the first one here, and end after the last.
        row = days.day[known:] - series.day[0]
        is_here = (row >= 0) & (row < series.days)
        by_day[row[is_here]] = now[is_here]
        yield expect(series, by_day)


def _last_day(month: date) -> date:
    return added(month, 1) - timedelta(1)


def _read_days(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    subjects: Sequence[str],
    first: date,
    last: date,
    as_of: datetime,
) -> dict[str, Days]:
    """Series by local day, as `expecting.seasonal` makes them of hours: summed by the database."""
    columns: dict[str, Any] = connection.execute(
        f"""WITH {AMONG}
           SELECT place, local_date - DATE '1970-01-01' AS day,
                  sum(open_minutes)::DOUBLE / 60 AS exposure,
                  CASE WHEN count(*) FILTER (open_minutes > 0 AND observed_count IS NULL) > 0 THEN 'nan'
                       ELSE coalesce(sum(observed_count) FILTER (open_minutes > 0), 0) END::DOUBLE AS count,
                  any_value(public_holiday_name) IS NOT NULL AS is_public_holiday,
                  any_value(school_holiday_name) IS NOT NULL AS is_school_holiday
           FROM marts.counted_series JOIN among USING (subject)
           JOIN settings.calendar USING (office, local_date)
           WHERE office = $office AND local_date BETWEEN $first AND $last
             AND utc_hour + to_minutes(slot_minutes::BIGINT) <= $over
           GROUP BY place, day ORDER BY place, day""",
        {
            "office": office, "subjects": list(subjects), "first": first, "last": last,
            "over": naive_utc(as_of),
        },
    ).fetchnumpy()  # fmt: skip
    breaks = read_breaks(connection, SERIES, office, subjects)
    found = {}
    for subject, own in by_subject(subjects, columns):
        day = np.arange(own["day"][0], own["day"][-1] + 1)
        count, exposure = np.full(day.size, np.nan), np.zeros(day.size)
        public, school = np.zeros((2, day.size), bool)
        row = own["day"] - day[0]
        # An open day without any count is a closure or a fault: it teaches nothing.
        count[row] = np.where(own["count"] > 0, own["count"], np.nan)
        exposure[row] = own["exposure"]
        public[row], school[row] = own["is_public_holiday"], own["is_school_holiday"]
        found[subject] = Days(
            day=day,
            count=count,
            exposure=exposure,
            weekday=(day + 3) % 7 + 1,
            is_public_holiday=public,
            is_school_holiday=school,
            partners=np.empty((0, day.size)),
            steps=breaks.get(subject, ()),
        )
    return found
