"""The step of the night that asks whether the systems of the office contradict each other.

Reads ops.activity, whatever series it holds, and writes quality.contradiction. Series are compared at the
finest step that all of them have: those of days by day; by week or month, when one is known no finer, sums of
the days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

from expectations.counters.contradictions import DAYS, MONTHS, WEEKS, Contradiction, Recorded, contradictions
from warehouse.clock import naive_utc
from warehouse.counted.series import Floats, Integers
from warehouse.storage.database import transaction

SCALES = {"day": DAYS, "week": WEEKS, "month": MONTHS}
SURE_ZERO = 5.0  # expected, and nothing recorded: that it is silent is another judge's to tell
BEFORE = timedelta(days=14)  # a change may be dated so much before the days that show it
ONE, TWO = "one_departs", "two_disagree"


@dataclass(frozen=True)
class Asked:
    """A row of quality.contradiction; instants are naive UTC."""

    office: str
    subject: str
    others: list[str]
    fault: str
    step: str
    onset_at: datetime
    detected_at: datetime
    ended_at: datetime | None
    end_known_at: datetime | None
    usual_at: datetime
    change_pct: float
    own_pct: float
    others_pct: float
    deviations: float

    def may_be(self, at: date) -> bool:
        """Whether a change on that local day may be the one that is asked about."""
        return self.onset_at.date() - BEFORE <= at <= self.detected_at.date()


@dataclass(frozen=True)
class Activity:
    """A series at its step: first days of its periods (since 1970), values (NaN: not known), expected."""

    step: str
    day: Integers
    value: Floats
    expected: Floats


def judge_contradictions(connection: duckdb.DuckDBPyConnection, office: str, zone: ZoneInfo) -> None:
    """Replace the office's rows of quality.contradiction by what ops.activity shows."""
    known = breaks(connection, office)
    asked = [
        astuple(one)
        for one in judged(office, zone, read_activity(connection, office))
        if not any(one.may_be(at) for name in (one.subject, *one.others[:1]) for at in known.get(name, ()))
    ]
    with transaction(connection):
        connection.execute("DELETE FROM quality.contradiction WHERE office = ?", [office])
        if asked:
            marks = ", ".join("?" * len(asked[0]))
            connection.executemany(f"INSERT INTO quality.contradiction VALUES ({marks})", asked)


def read_activity(connection: duckdb.DuckDBPyConnection, office: str) -> dict[str, Activity]:
    """The rows of ops.activity by series."""
    found = connection.execute(
        """SELECT series, any_value(step), list(period_start - DATE '1970-01-01' ORDER BY period_start),
                  list(coalesce(value, 'nan') ORDER BY period_start), list(expected ORDER BY period_start)
           FROM ops.activity WHERE office = ? GROUP BY series ORDER BY series""",
        [office],
    ).fetchall()
    return {
        series: Activity(step, np.array(day, np.int64), np.array(value), np.array(expected))
        for series, step, day, value, expected in found
    }


def breaks(connection: duckdb.DuckDBPyConnection, office: str) -> dict[str, list[date]]:
    """The days of the breaks of office.yml at the site of each series: what changed then is known."""
    return dict(
        connection.execute(
            """SELECT series, list(DISTINCT break_date)
               FROM ops.activity AS activity JOIN settings.method_break AS known USING (office)
               WHERE office = ? AND known.site IN (activity.site, 'all') GROUP BY series""",
            [office],
        ).fetchall()
    )


def judged(office: str, zone: ZoneInfo, activity: Mapping[str, Activity]) -> list[Asked]:
    """What contradicts what, at each step that a series has; a coarser step tells of its own series alone."""
    return [
        _asked(one, office, zone, names, step, first)
        for step, scale in SCALES.items()
        for names, first, recorded in _grids(activity, step)
        for one in contradictions(recorded, scale)
        if activity[names[one.series]].step == step or len(one.others) == 1
    ]


def _grids(activity: Mapping[str, Activity], step: str) -> Iterator[tuple[list[str], int, Recorded]]:
    """The series side by side at a step, with the number of the first period; none where there is no need."""
    names = [
        name for name, one in activity.items() if list(SCALES).index(one.step) <= list(SCALES).index(step)
    ]
    if len(names) < 2 or all(activity[name].step != step for name in names):
        return
    periods = {name: _period(activity[name].day, step) for name in names}
    first = min(int(own[0]) for own in periods.values())
    size = max(int(own[-1]) for own in periods.values()) + 1 - first
    counted, expected = np.zeros((2, len(names), size))
    for row, name in enumerate(names):
        one = activity[name]
        known = np.isfinite(one.value) & (one.expected > 0)
        known &= ~((one.value == 0) & (one.expected >= SURE_ZERO))
        at = periods[name] - first
        counted[row] = np.bincount(at, np.where(known, one.value, 0.0), size)
        expected[row] = np.bincount(at, np.where(known, one.expected, 0.0), size)
    yield names, first, Recorded(counted, expected)


def _period(day: Integers, step: str) -> Integers:
    """The number since 1970 of the day, week (from Monday on) or month that each day lies in."""
    if step == "day":
        return day
    if step == "week":
        return (day + 3) // 7
    months: Integers = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _begin(period: int, step: str, zone: ZoneInfo) -> datetime:
    """The instant (naive UTC) at which a period begins."""
    if step == "month":
        first = date(1970 + period // 12, period % 12 + 1, 1)
    else:
        first = date(1970, 1, 1) + timedelta(period if step == "day" else 7 * period - 3)
    return naive_utc(datetime.combine(first, time(), zone))


def _asked(
    one: Contradiction, office: str, zone: ZoneInfo, names: Sequence[str], step: str, first: int
) -> Asked:
    def begin(period: int) -> datetime:
        return _begin(first + period, step, zone)

    return Asked(
        office=office,
        subject=names[one.series],
        others=[names[other] for other in one.others],
        fault=ONE if len(one.others) > 1 else TWO,
        step=step,
        onset_at=begin(one.onset),
        detected_at=begin(one.detected + 1),
        ended_at=None if one.ended is None else begin(one.ended),
        end_known_at=None if one.end_known is None else begin(one.end_known + 1),
        usual_at=begin(one.detected + 1 + SCALES[step].stays),
        change_pct=_pct(one.log_ratio),
        own_pct=_pct(one.own),
        others_pct=_pct(one.common),
        deviations=one.score,
    )


def _pct(log_ratio: float) -> float:
    """In per cent, to a tenth: of declared nights no more is told than their totals tell."""
    return round(float(100 * np.expm1(log_ratio)), 1)
