"""Series that hold almost nothing: every step that reads counted series takes them as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import numpy as np
import pytest

from expectations.counters.counter_health import Watched, judge
from expectations.counters.judging import judge_all
from tests.expectations.synthetic import PARIS, expected, no_day
from tests.watched import watched_tables
from transforms.counters.expected_counts import refresh_expected_counts
from transforms.counters.expecting import seasonal
from transforms.counters.gaps import Calendar, Daily, gaps
from transforms.counters.missed import estimated
from warehouse.counted.series import Floats, Series

FIRST_DAY = 20_089  # 1 January 2025
AS_OF = datetime(2025, 9, 1, tzinfo=UTC)


def hourly(count: Floats) -> Series:
    """Hours from 1 January 2025 on; only the open ones, 9 to 18, are slots, as in marts.counter_hour."""
    every = np.arange(-(-count.size // 9) * 24)
    hour = every[(every % 24 >= 9) & (every % 24 < 18)][: count.size]
    return Series(
        office="auch",
        subject="counter:door",
        start=np.datetime64("2024-12-31T23:00", "us") + hour.astype("timedelta64[h]"),
        minutes=np.full(hour.size, 60),
        day=FIRST_DAY + hour // 24,
        hour=hour % 24,
        open_minutes=np.full(hour.size, 60.0),
        count=count.astype(np.float64),
    )


def daily(count: Floats) -> Series:
    """One slot a day, open for nine hours."""
    day = np.arange(count.size)
    return Series(
        office="auch",
        subject="counter:door",
        start=np.datetime64("2024-12-31T23:00", "us") + day.astype("timedelta64[D]"),
        minutes=np.full(day.size, 1440),
        day=FIRST_DAY + day,
        hour=np.zeros(day.size, dtype=np.int64),
        open_minutes=np.full(day.size, 540.0),
        count=count.astype(np.float64),
    )


def but(length: int, value: float, first: int, end: int, other: float) -> Floats:
    """A value everywhere but from one place to before another."""
    count = np.full(length, value)
    count[first:end] = other
    return count


LONG = 9 * 100
COUNTS = {
    "empty": np.empty(0),
    "one slot": np.array([3.0]),
    "one slot without a count": np.array([np.nan]),
    "one slot at zero": np.array([0.0]),
    "a single day": np.arange(9.0),
    "no count at all": np.full(LONG, np.nan),
    "zeros alone": np.zeros(LONG),
    "one count among holes": but(LONG, np.nan, 700, 701, 5.0),
    "one count among zeros": but(LONG, 0.0, 700, 701, 5.0),
    "counts before the end alone": but(LONG, np.nan, 0, 9 * 20, 7.0),
    "the same count always": np.full(LONG, 7.0),
    "a count that is not one of people": but(LONG, 7.0, 450, 451, 1e9),
    "the last slot alone": but(LONG, np.nan, LONG - 1, LONG, 5.0),
}
KINDS = {"hourly": hourly, "daily": daily}


def zoo() -> list[tuple[str, Series]]:
    found = [(f"{kind}, {name}", of(count)) for kind, of in KINDS.items() for name, count in COUNTS.items()]
    whole = hourly(np.arange(90.0))
    return [*found, ("always closed", replace(whole, open_minutes=np.zeros(90)))]


def halves(series: Series) -> tuple[Series, Series]:
    return (
        replace(series, subject="counter:door/in", count=np.floor(0.7 * series.count)),
        replace(series, subject="counter:door/out", count=np.ceil(0.3 * series.count)),
    )


every_series = pytest.mark.parametrize("series", [pytest.param(one, id=name) for name, one in zoo()])


@every_series
def test_a_judge_takes_it(series: Series) -> None:
    own = expected(series)
    for is_index in (False, True):
        for beside in ([], [own]):
            watched = Watched(own, halves(series), inside=beside, nearby=beside, is_index=is_index)
            for outage in judge(watched):
                assert outage.ended_at is None or outage.ended_at > outage.onset_at


@every_series
def test_what_is_expected_of_it_is_finite(series: Series) -> None:
    by_day = seasonal(series, no_day, no_day)
    own = expected(series).expected
    assert all(np.isfinite(one).all() for one in (by_day, own.count, own.day_mean, own.zero_surprise))


@every_series
def test_what_it_missed_is_estimated_or_refused(series: Series) -> None:
    length = int(series.day[-1]) - FIRST_DAY + 1 if series.day.size else 0
    day = FIRST_DAY + np.arange(length)
    no = np.zeros(length, dtype=bool)
    calendar = Calendar(day, (day + 3) % 7 + 1, no, no)
    known = ~np.isnan(series.count)
    counts, minutes, missing = (
        series.by_hour(values)
        for values in (np.nan_to_num(series.count), series.open_minutes * known, series.open_minutes * ~known)
    )
    own = Daily("counter_passages", "desk", series.subject, counts, minutes, missing, np.zeros(length))
    for gap in gaps(calendar, own, [own]):
        for row in estimated(gap):
            assert row["refused_because"] or np.isfinite(row["high"])


@every_series
def test_the_tables_of_a_night_take_it(series: Series) -> None:
    connection = watched_tables([series])
    refresh_expected_counts(connection, "auch", AS_OF)
    judge_all(connection, "auch", PARIS, AS_OF)


def test_a_counter_that_was_retired_is_judged_beside_one_that_lives() -> None:
    """The window of the last half-year holds nothing but holes."""
    random = np.random.default_rng(1)
    counts, before = random.poisson(12, (2, 9 * 700)).astype(float)
    before[400:] = np.nan
    retired = replace(hourly(before), subject="counter:old")
    connection: duckdb.DuckDBPyConnection = watched_tables(
        [retired, hourly(counts)], {"counter:old": "desk", "counter:door": "desk"}
    )
    refresh_expected_counts(connection, "auch", datetime(2027, 1, 1, tzinfo=UTC))
    found = judge_all(connection, "auch", PARIS, datetime(2027, 1, 1, tzinfo=UTC))
    assert [(outage.subject, outage.fault) for outage in found] == [("counter:old", "no_data")]
