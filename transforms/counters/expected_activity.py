"""The step of the night that keeps ops.activity: what each system recorded beside what was expected of it.

What the judge of contradictions reads, and all that it reads. Of a day, calendar and season alone tell what
was to be expected (`transforms.counters.expecting`, without a level): a model that learns the level hides
within two months a drift that it should show. Of a week or month, the mean of the same one of earlier years
does. Each from what lies before it, so what came later never changes what was expected.

A series is reckoned again from the first month on of which a period changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from transforms.counters import counter_model, expecting
from transforms.counters.counter_model import Days
from transforms.counters.expecting import expected_days
from warehouse.counted.apart import Failed, apart
from warehouse.counted.months import version_of
from warehouse.counted.series import Floats, Integers

EARLIER_YEARS = 3
VERSION = version_of(__file__, expecting.__file__, counter_model.__file__)

ACTIVITY = """
    WITH now AS (
        SELECT site, step, period_start, exposure, if(is_complete, value, NULL) AS value,
               coalesce(public_holiday_name IS NOT NULL, false) AS is_public_holiday,
               coalesce(school_holiday_name IS NOT NULL, false) AS is_school_holiday
        FROM staging.activity AS activity
        LEFT JOIN settings.calendar AS calendar
            ON activity.office = calendar.office AND activity.period_start = calendar.local_date
        WHERE activity.office = $office AND activity.series = $series),
    told AS (SELECT *, hash(now) AS content FROM now)
    SELECT told.*, old.expected AS known
    FROM told
    LEFT JOIN ops.activity AS old
        ON old.office = $office AND old.series = $series AND old.made_by = $version
       AND told.period_start = old.period_start AND told.content = old.content
    ORDER BY told.period_start"""


def refresh_activity(
    connection: duckdb.DuckDBPyConnection, office: str, *, failed: Failed | None = None
) -> None:
    """Bring ops.activity up to date with staging.activity.

    Series that cannot be reckoned are entered in `failed` and keep what is known of them; without it, the
    first of them raises.
    """
    series = [
        one
        for (one,) in connection.execute(
            "SELECT DISTINCT series FROM staging.activity WHERE office = ? ORDER BY series", [office]
        ).fetchall()
    ]
    connection.execute(
        "DELETE FROM ops.activity WHERE office = ? AND NOT list_contains(?, series)", [office, series]
    )

    def refresh(some: Any) -> None:
        for one in some:
            _refresh(connection, office, one)

    if series:
        apart(connection, series, refresh, failed)


def _refresh(connection: duckdb.DuckDBPyConnection, office: str, series: str) -> None:
    given = {"office": office, "series": series, "version": VERSION}
    found: dict[str, Any] = connection.execute(ACTIVITY, given).fetchnumpy()
    (step,) = set(found["step"])
    day = found["period_start"].astype("datetime64[D]").astype(np.int64)
    value = np.ma.filled(np.ma.asarray(found["value"], np.float64), np.nan)
    known = np.ma.filled(np.ma.asarray(found["known"], np.float64), np.nan)
    if not np.isnan(known).any():
        return
    expected = _of_days(found, day, value, known) if step == "day" else of_earlier_years(day, value, step)
    rows = pa.table(
        {
            "office": pa.repeat(office, day.size),
            "series": pa.repeat(series, day.size),
            "site": pa.array(found["site"].astype(str)),
            "step": pa.repeat(step, day.size),
            "period_start": pa.array(day.astype("datetime64[D]")),
            "value": pa.array(value, from_pandas=True),
            "expected": pa.array(expected),
            "content": pa.array(found["content"]),
            "made_by": pa.repeat(VERSION, day.size),
        }
    )
    connection.execute("DELETE FROM ops.activity WHERE office = ? AND series = ?", [office, series])
    connection.register("vigie_activity", rows)
    connection.execute("INSERT INTO ops.activity BY NAME FROM vigie_activity")
    connection.unregister("vigie_activity")


def _of_days(found: Mapping[str, Any], day: Integers, value: Floats, known: Floats) -> Floats:
    """Expected values of the days; up to the end of the month of the first one that changed as they were."""
    every = np.arange(day[0], day[-1] + 1)
    row = day - day[0]
    count, exposure = np.full(every.size, np.nan), np.zeros(every.size)
    public, school = np.zeros((2, every.size), bool)
    # An open day without any record is a closure or a fault: it teaches nothing.
    count[row], exposure[row] = np.where(value > 0, value, np.nan), found["exposure"]
    public[row], school[row] = found["is_public_holiday"], found["is_school_holiday"]
    months = every.astype("datetime64[D]").astype("datetime64[M]")
    before = np.zeros(every.size)
    before[row] = np.nan_to_num(known)
    kept = int(np.searchsorted(months, months[row[np.flatnonzero(np.isnan(known))[0]]]))
    none = np.empty((0, every.size))
    days = Days(every, count, exposure, (every + 3) % 7 + 1, public, school, none)
    expected: Floats = expected_days(days, before[:kept], at_a_level=False)[row]
    return expected


def of_earlier_years(day: Integers, value: Floats, step: str) -> Floats:
    """What weeks or months, given by their first days, should record: the mean of the same ones before."""
    by_period = dict(zip(day.tolist(), value.tolist(), strict=True))
    found = np.zeros(day.size)
    for at, one in enumerate(day.tolist()):
        earlier = [by_period.get(_years_before(one, years, step)) for years in range(1, EARLIER_YEARS + 1)]
        some = [past for past in earlier if past is not None and past == past]
        found[at] = np.mean(some) if some else 0.0
    return found


def _years_before(day: int, years: int, step: str) -> int:
    if step == "week":
        return day - 364 * years
    first = date.fromordinal(day + date(1970, 1, 1).toordinal())
    return first.replace(year=first.year - years).toordinal() - date(1970, 1, 1).toordinal()
