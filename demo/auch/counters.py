"""The door of the Auch desk: monthly CSV files of its counter, dead from 15 May to 5 August 2025.

The shape (season, weekday, hour, holidays) is invented; the yearly totals are those of the published report,
so that 2025 is 25,646 entries and 40% below 2024.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator

from warehouse.office.model import Office, load_office
from warehouse.office.subjects.calendar import calendar_days
from warehouse.office.subjects.sites import open_minutes

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2026, 1, 4)
ENTRIES = {2024: 42_743, 2025: 25_646}  # people a year
DEAD_FROM, DEAD_TO = date(2025, 5, 15), date(2025, 8, 5)
BETTER_MONTHS = (2, 3)  # of 2025, above 2024; every other month lies below
DOUBLED_DAYS = (date(2025, 3, 11), date(2025, 3, 14))  # counted twice in the first file of March 2025

MONTH = (0.55, 0.62, 0.70, 1.0, 1.1, 1.2, 1.75, 1.95, 1.3, 0.95, 0.65, 0.7)
WEEKDAY = (0.95, 0.95, 1.0, 1.05, 1.05, 1.1, 0.9)
HOUR = {9: 0.8, 10: 1.15, 11: 1.3, 12: 1.0, 13: 0.9, 14: 1.1, 15: 1.2, 16: 1.2, 17: 0.95, 18: 0.75}
YEAR_CHANGE = {True: 1.25, False: 0.92}  # 2025 on 2024, in the better months and in the others


@dataclass(frozen=True)
class Hour:
    """One hour of the local clock with what passed in it; the autumn night has two hours numbered 2."""

    day: date
    hour: int
    entries: int
    exits: int


def generate(inbox: Path, seed: int) -> None:
    """Write `inbox/counters/porte-auch-YYYY-MM.csv`, one file a month, each received on the next 1st.

    March 2025 came first with some days doubled, then corrected, and the corrected file came twice.
    """
    folder = inbox / "counters"
    folder.mkdir(parents=True, exist_ok=True)
    office = load_office(Path(__file__).with_name("office.yml"))
    months: dict[tuple[int, int], list[Hour]] = {}
    for hour in _hours(office, np.random.default_rng([seed, sum(b"counters")])):
        months.setdefault((hour.day.year, hour.day.month), []).append(hour)
    for (year, month), hours in months.items():
        name, received = f"porte-auch-{year}-{month:02}", hours[-1].day + timedelta(days=1)
        if (year, month) == (2025, 3):
            _write(folder / f"{name}.csv", [_doubled(hour) for hour in hours], received)
            _write(folder / f"{name}-corrige.csv", hours, received + timedelta(days=7))
            _write(folder / f"{name}-corrige (1).csv", hours, received + timedelta(days=8))
        else:
            _write(folder / f"{name}.csv", hours, received)


def _hours(office: Office, random: Generator) -> Iterator[Hour]:
    """Every hour from the first day to the last as the device's clock shows it."""
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    clock = [(day, hour) for day in days for hour in _clock_hours(day, office.zone)]
    weights = _weights(office, days, random)
    expected = np.array([weights.get(moment, 0.0) for moment in clock])
    years = np.array([day.year for day, _ in clock])
    entries = np.zeros(len(clock), dtype=np.int64)
    scale = ENTRIES[2024] / expected[years == 2024].sum()
    for year in sorted(set(years.tolist())):
        chosen = years == year
        if year in ENTRIES:
            # Poisson counts given their sum.
            shares = expected[chosen] / expected[chosen].sum()
            entries[chosen] = random.multinomial(ENTRIES[year], shares)
        else:
            entries[chosen] = random.poisson(scale * expected[chosen])
    # Some leave by the side door, and some exits are missed.
    exits = random.binomial(entries, 0.97)
    for (day, hour), entered, left in zip(clock, entries.tolist(), exits.tolist(), strict=True):
        yield Hour(day, hour, entered, left)


def _weights(office: Office, days: Sequence[date], random: Generator) -> dict[tuple[date, int], float]:
    """How much each open hour counts; hours of the dead counter are left out."""
    site = next(site for site in office.sites if site.code == "auch")
    weights = {}
    for row in calendar_days(office, list(days)):
        day: date = row["local_date"]
        weather = random.gamma(40, 1 / 40)
        if DEAD_FROM <= day <= DEAD_TO:
            continue
        usual = MONTH[day.month - 1] * WEEKDAY[day.weekday()]
        usual *= 1.15 if row["school_holiday_name"] else 1.0
        usual *= 1.6 if row["is_heritage_day"] else 1.0
        usual *= YEAR_CHANGE[day.month in BETTER_MONTHS] if day.year > 2024 else 1.0
        for hour, minutes in enumerate(open_minutes(site, day, row["public_holiday_name"] is not None)):
            if minutes:
                weights[day, hour] = usual * weather * HOUR[hour] * minutes / 60
    return weights


def _clock_hours(day: date, zone: ZoneInfo) -> list[int]:
    """Hours that the device writes: it keeps a row 2 in the spring night, and has two in the autumn night."""
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    length = (end.astimezone(UTC) - start.astimezone(UTC)) // timedelta(hours=1)
    return sorted([*range(24), *([2] if length == 25 else [])])


def _doubled(hour: Hour) -> Hour:
    twice = 2 if DOUBLED_DAYS[0] <= hour.day <= DOUBLED_DAYS[1] else 1
    return Hour(hour.day, hour.hour, twice * hour.entries, twice * hour.exits)


def _write(path: Path, hours: Sequence[Hour], received: date) -> None:
    lines = ["Date;Heure;Entrées;Sorties"]
    lines += [f"{h.day:%d/%m/%Y};{h.hour};{h.entries};{h.exits}" for h in hours]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    moment = datetime.combine(received, time(0, 20), UTC).timestamp()
    os.utime(path, (moment, moment))
