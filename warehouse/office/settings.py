"""The office file and the calendar as tables (schema `settings`), so that SQL reads them like any data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import holidays
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from vacances_scolaires_france import SchoolHolidayDates, UnsupportedYearException

from warehouse.clock import naive_utc
from warehouse.office.departments import HOLIDAY_SUBDIVISIONS
from warehouse.office.model import Office, OpeningException, Site

TEXT, INT, DATE, INSTANT, BOOL, REAL = (
    pa.string(),
    pa.int64(),
    pa.date32(),
    pa.timestamp("us"),
    pa.bool_(),
    pa.float64(),
)

# The calendar ends on the day of the run; public holidays are told for these years after it, too.
YEARS_AHEAD = 2

# Each settings table and its columns. transforms/models/settings.yml says what they mean.
TABLES: dict[str, dict[str, pa.DataType]] = {
    "office": {
        "office": TEXT,
        "name": TEXT,
        "siren": TEXT,
        "department_code": TEXT,
        "time_zone": TEXT,
        "language": TEXT,
        "as_of": INSTANT,
        "as_of_date": DATE,
    },
    "municipality": {"office": TEXT, "municipality_code": TEXT, "municipality_name": TEXT},
    "site": {
        "office": TEXT,
        "site": TEXT,
        "site_name": TEXT,
        "municipality_code": TEXT,
        "is_always_open": BOOL,
    },
    "counter": {
        "office": TEXT,
        "counter": TEXT,
        "counter_label": TEXT,
        "site": TEXT,
        "silence": TEXT,
        "delivered": TEXT,
        "files": TEXT,
        "is_index": BOOL,
        "index_modulus": INT,
        "most_per_hour": INT,
        "first_date": DATE,
        "last_date": DATE,
    },
    "counter_partner": {"office": TEXT, "counter": TEXT, "partner": TEXT},
    "correction": {
        "office": TEXT,
        "counter": TEXT,
        "first_date": DATE,
        "last_date": DATE,
        "action": TEXT,
        "factor": REAL,
        "entries": REAL,
        "reason": TEXT,
        "reported_by": TEXT,
        "expected_entries": REAL,
    },
    "motorhome_area": {"office": TEXT, "site": TEXT, "capacity_count": INT, "vat_pct": REAL},
    "tourist_tax": {"office": TEXT, "authority_siren": TEXT},
    "digital_operator": {"office": TEXT, "operator": TEXT, "amounts": TEXT, "statements": TEXT},
    "platform_criterion": {"office": TEXT, "criterion_id": INT},
    "notified_source": {"office": TEXT, "source": TEXT, "expected_every_hours": REAL},
    "method_break": {"office": TEXT, "indicator": TEXT, "site": TEXT, "break_date": DATE, "reason": TEXT},
    "objective": {"office": TEXT, "indicator": TEXT, "site": TEXT, "year": INT, "objective_value": REAL},
    "calendar": {
        "office": TEXT,
        "local_date": DATE,
        "year": INT,
        "quarter_start": DATE,
        "month": INT,
        "month_start": DATE,
        "week_start": DATE,
        "weekday": INT,
        "public_holiday_name": TEXT,
        "school_holiday_name": TEXT,
        "is_heritage_day": BOOL,
    },
    "public_holiday": {"office": TEXT, "local_date": DATE, "public_holiday_name": TEXT},
    "local_hour": {"office": TEXT, "utc_hour": INSTANT, "local_date": DATE, "local_hour": INT},
    "closed_day": {"office": TEXT, "site": TEXT, "local_date": DATE, "reason": TEXT},
    "opening_hour": {
        "office": TEXT,
        "site": TEXT,
        "utc_hour": INSTANT,
        "local_date": DATE,
        "local_hour": INT,
        "open_minutes": INT,
    },
}


def write_settings(
    connection: duckdb.DuckDBPyConnection, office: Office, as_of: datetime, first_day: date
) -> None:
    """Write every settings table of the office; calendars run from `first_day` to the day of `as_of`,
    public holidays to the end of the second year after it.
    """
    as_of_date = as_of.astimezone(office.zone).date()
    days = [first_day + timedelta(days=n) for n in range((as_of_date - first_day).days + 1)]
    ahead = [as_of_date.replace(year=as_of_date.year + n, day=1) for n in range(YEARS_AHEAD + 1)]
    content: dict[str, Iterator[dict[str, Any]]] = {
        "office": iter(
            [
                {
                    "name": office.name,
                    "siren": office.siren,
                    "department_code": office.department,
                    "time_zone": office.time_zone,
                    "language": office.language,
                    "as_of": naive_utc(as_of),
                    "as_of_date": as_of_date,
                }
            ]
        ),
        "municipality": (
            {"municipality_code": m.code, "municipality_name": m.name} for m in office.municipalities
        ),
        "site": (
            {
                "site": s.code,
                "site_name": s.name,
                "municipality_code": s.municipality,
                "is_always_open": s.always_open,
            }
            for s in office.sites
        ),
        "counter": (
            {
                "counter": c.code,
                "counter_label": c.label,
                "site": c.site,
                "silence": c.silence,
                "delivered": c.delivered,
                "files": c.files,
                "is_index": c.is_index,
                "index_modulus": c.index_modulus,
                "most_per_hour": c.most_per_hour,
                "first_date": c.first_date,
                "last_date": c.last_date,
            }
            for c in office.counters
        ),
        "counter_partner": (
            {"counter": c.code, "partner": partner} for c in office.counters for partner in c.partners
        ),
        "correction": ({**c.model_dump(), "last_date": c.end_date} for c in office.corrections),
        "motorhome_area": (
            {"site": a.site, "capacity_count": a.capacity, "vat_pct": a.vat_pct}
            for a in office.systems.motorhome
        ),
        "tourist_tax": (
            {"authority_siren": t.authority_siren} for t in [office.systems.tourist_tax] if t is not None
        ),
        "digital_operator": (
            {"operator": o.code, "amounts": o.amounts, "statements": o.statements}
            for t in [office.systems.tourist_tax]
            if t is not None
            for o in t.operators
        ),
        "platform_criterion": (
            {"criterion_id": c}
            for t in [office.systems.tourism_information]
            if t is not None
            for c in t.platform_criterion_ids
        ),
        "notified_source": (
            {"source": "tourism_information", "expected_every_hours": t.notifications.expected_every_hours}
            for t in [office.systems.tourism_information]
            if t is not None and t.notifications is not None
        ),
        "method_break": (
            {"indicator": b.indicator, "site": b.site, "break_date": b.date, "reason": b.reason}
            for b in office.breaks
        ),
        "objective": (
            {"indicator": o.indicator, "site": o.site, "year": o.year, "objective_value": o.value}
            for o in office.objectives
        ),
        "calendar": calendar_days(office, days),
        "closed_day": (
            {"site": site.code, "local_date": day, "reason": exception.reason}
            for site in office.sites
            for day in days
            if (exception := exception_on(site, day)) is not None and not exception.hours
        ),
        "public_holiday": (
            {"local_date": day, "public_holiday_name": name}
            for day, name in sorted(public_holidays(office, days + ahead).items())
        ),
    }
    for name, given in content.items():
        schema = pa.schema(TABLES[name])
        table = pa.Table.from_pylist([{"office": office.code, **row} for row in given], schema=schema)
        _write(connection, name, table)
    hours = local_hours(office, days)
    _write(connection, "local_hour", hours)
    _write(connection, "opening_hour", opening_hours(office, hours))


def _write(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("settings_rows", table)
    connection.execute(f"CREATE OR REPLACE TABLE settings.{name} AS SELECT * FROM settings_rows")
    connection.unregister("settings_rows")


def calendar_days(office: Office, days: list[date]) -> Iterator[dict[str, Any]]:
    """One row a local day: its week, weekday (1 Monday to 7 Sunday), holidays, heritage days."""
    public = public_holidays(office, days)
    schools = SchoolHolidayDates()
    school_years: dict[int, dict[date, dict[str, Any]]] = {}
    for day in days:
        if office.school_zone and day.year not in school_years:
            try:
                school_years[day.year] = schools.holidays_for_year_and_zone(day.year, office.school_zone)
            except UnsupportedYearException:
                # Years that the ministry has not decreed yet: the name stays null, which means unknown.
                school_years[day.year] = {}
        school = school_years.get(day.year, {}).get(day)
        yield {
            "local_date": day,
            "year": day.year,
            "quarter_start": date(day.year, 3 * ((day.month - 1) // 3) + 1, 1),
            "month": day.month,
            "month_start": day.replace(day=1),
            "week_start": day - timedelta(days=day.weekday()),
            "weekday": day.isoweekday(),
            "public_holiday_name": public.get(day),
            "school_holiday_name": school["nom_vacances"] if school else None,
            "is_heritage_day": is_heritage_day(day),
        }


def is_heritage_day(day: date) -> bool:
    """True on the European heritage days: the third Saturday of September and the Sunday after it."""
    saturday = day if day.isoweekday() == 6 else day - timedelta(days=1)
    return day.isoweekday() in (6, 7) and saturday.month == 9 and 15 <= saturday.day <= 21


def public_holidays(office: Office, days: list[date]) -> dict[date, str]:
    """Public holidays of the office's department in the years of these days, by date."""
    found = holidays.country_holidays(
        "FR",
        subdiv=HOLIDAY_SUBDIVISIONS.get(office.department),
        years={day.year for day in days},
        language=office.language,
    )
    return dict(found.items())


def local_hours(office: Office, days: list[date]) -> pa.Table:
    """One row an hour of UTC with its local date and hour; days of 23 and 25 hours come out by themselves.

    Whole columns at once: ten years are 88,000 hours, every night.
    """
    schema = pa.schema(TABLES["local_hour"])
    if not days:
        return schema.empty_table()
    ends = [
        naive_utc(datetime.combine(day, datetime.min.time(), office.zone))
        for day in (days[0], days[-1] + timedelta(days=1))
    ]
    with duckdb.connect() as connection:
        return connection.execute(
            """SELECT $office AS office, utc_hour, local::DATE AS local_date, hour(local) AS local_hour
               FROM (SELECT utc_hour, timezone($zone, timezone('UTC', utc_hour)) AS local
                     FROM range($first, $after, INTERVAL 1 HOUR) AS hours(utc_hour))
               ORDER BY utc_hour""",
            {"office": office.code, "zone": office.time_zone, "first": ends[0], "after": ends[1]},
        ).to_arrow_table()


def opening_hours(office: Office, hours: pa.Table) -> pa.Table:
    """One row a site and an hour of `local_hours` in which it is open, with the minutes it is open for."""
    dates = hours["local_date"].unique().to_pylist()
    holiday = public_holidays(office, dates)
    day = np.searchsorted(np.array(dates, "datetime64[D]"), hours["local_date"].to_numpy())
    hour = hours["local_hour"].to_numpy()
    found = [pa.schema(TABLES["opening_hour"]).empty_table()]
    for site in office.sites:
        minutes = np.array([open_minutes(site, date_, date_ in holiday) for date_ in dates]).reshape(-1, 24)
        open_for = pa.array(minutes[day, hour], INT)
        sites = pa.repeat(pa.scalar(site.code, TEXT), len(hours))
        table = hours.add_column(1, "site", sites).append_column("open_minutes", open_for)
        found.append(table.filter(pc.greater(open_for, 0)))
    return pa.concat_tables(found)


def exception_on(site: Site, day: date) -> OpeningException | None:
    """The exception that holds at a site on a local day: the last one that names it.

    A place that never closes has none.
    """
    for exception in () if site.always_open else reversed(site.exceptions):
        if exception.first_date <= day <= (exception.last_date or exception.first_date):
            return exception
    return None


def open_minutes(site: Site, day: date, is_public_holiday: bool) -> list[int]:
    """Minutes that the site is open in each of the 24 hours of a local day.

    An exception wins over a closed day, a closed day over the ordinary hours.
    """
    if site.always_open:
        return [60] * 24
    exception = exception_on(site, day)
    if exception is not None:
        spans = list(exception.hours)
    else:
        closed = f"{day:%m-%d}" in site.closed_on or (site.closed_on_public_holidays and is_public_holiday)
        spans = [] if closed else [
            span
            for opening in site.opening
            if opening.holds_on(day)
            for span in opening.hours
        ]  # fmt: skip
    minutes = [0] * 24
    for span in spans:
        start, end = (moment.hour * 60 + moment.minute for moment in (span.start, span.end))
        for hour in range(24):
            minutes[hour] += max(0, min(end, 60 * hour + 60) - max(start, 60 * hour))
    return minutes
