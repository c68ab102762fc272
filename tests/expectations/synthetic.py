"""Seeded synthetic doors: seasons, weekdays, good and bad days, closed days, summer time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from transforms.counters.expecting import expect, seasonal
from warehouse.counted.series import Bools, ExpectedSeries, Integers, Series

PARIS = ZoneInfo("Europe/Paris")
CLOSED = {(1, 1), (5, 1), (11, 1), (11, 11), (12, 25)}


def door(
    seed: int,
    per_day: float = 140,
    first: date = date(2024, 1, 1),
    days: int = 731,
    always_open: bool = False,
    spread: float = 0.25,
    season: float = 0.5,
    subject: str = "counter:door",
) -> Series:
    """Hourly counts: days vary around the season by `spread` (relative deviation), hours as Poisson."""
    random = np.random.default_rng(seed)
    start = datetime.combine(first, datetime.min.time(), PARIS).astimezone(UTC)
    last = first + timedelta(days=days)
    end = datetime.combine(last, datetime.min.time(), PARIS).astimezone(UTC)
    instants = [start + timedelta(hours=n) for n in range(int((end - start) / timedelta(hours=1)))]
    local = [instant.astimezone(PARIS) for instant in instants]
    minutes = np.array(
        [
            60.0 if always_open or (_is_open(moment.date()) and 9 <= moment.hour < 18) else 0.0
            for moment in local
        ]
    )
    day = np.array([(moment.date() - date(1970, 1, 1)).days for moment in local])
    hour = np.array([moment.hour for moment in local])
    of_year = np.array([moment.timetuple().tm_yday for moment in local])
    weekday = np.array([1.3 if moment.weekday() == 5 else 0.95 for moment in local])
    level = (1 + season * np.cos(2 * np.pi * (of_year - 210) / 365)) * weekday
    luck = random.gamma(1 / spread**2, spread**2, days + 1)[day - day.min()]
    within = (
        np.where((hour >= 11) & (hour < 17), 1.3, 0.7) if not always_open else np.where(hour < 7, 0.1, 1.37)
    )
    counts = random.poisson(per_day / (24 if always_open else 9) * level * luck * within * minutes / 60)
    return Series(
        office="auch",
        subject=subject,
        start=np.array([i.replace(tzinfo=None) for i in instants], dtype="datetime64[us]"),
        minutes=np.full(len(instants), 60),
        day=day,
        hour=hour,
        open_minutes=minutes,
        count=counts.astype(np.float64),
    )


def _is_open(day: date) -> bool:
    return day.weekday() < 6 and (day.month, day.day) not in CLOSED


def no_day(day: Integers) -> Bools:
    """A calendar without holidays."""
    return np.zeros(day.size, dtype=bool)


def expected(series: Series) -> ExpectedSeries:
    """The series beside what the model expects of it."""
    return expect(series, seasonal(series, no_day, no_day))


def silenced(series: Series, since: datetime, until: datetime | None = None, value: float = 0.0) -> Series:
    """The series with `value` (NaN: no row) between two naive UTC instants."""
    chosen = series.start >= np.datetime64(since)
    if until is not None:
        chosen &= series.start < np.datetime64(until)
    return replace(series, count=np.where(chosen, value, series.count))


def truncated(series: Series, at: datetime) -> Series:
    """The slots that were over at a naive UTC instant."""
    over = series.start + series.minutes.astype("timedelta64[m]") <= np.datetime64(at)
    return replace(
        series,
        start=series.start[over],
        minutes=series.minutes[over],
        day=series.day[over],
        hour=series.hour[over],
        open_minutes=series.open_minutes[over],
        count=series.count[over],
    )
