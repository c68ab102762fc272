"""The days of the office: local days and hours, public and school holidays. It has no key of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from warehouse.clock import naive_utc
from warehouse.office.departments import HOLIDAY_SUBDIVISIONS
from warehouse.office.tables import BOOL, DATE, INSTANT, INT, TEXT, Period, Row, Table

if TYPE_CHECKING:
    import pyarrow as pa
    from vacances_scolaires_france import SchoolHolidayDates

    from warehouse.office.model import Office

# The calendar ends on the day of the run; public holidays are told for these years after it, too.
YEARS_AHEAD = 2


def calendar_days(office: Office, days: list[date]) -> Iterator[Row]:
    """One row a local day: its week, weekday (1 Monday to 7 Sunday), holidays, heritage days."""
    from vacances_scolaires_france import UnsupportedYearException

    public = public_holidays(office, days)
    schools = _schools()
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


@cache
def _schools() -> SchoolHolidayDates:
    """The ministry's dates, all zones and years: 14,000 lines, read once a process."""
    from vacances_scolaires_france import SchoolHolidayDates

    return SchoolHolidayDates()


def is_heritage_day(day: date) -> bool:
    """True on the European heritage days: the third Saturday of September and the Sunday after it."""
    saturday = day if day.isoweekday() == 6 else day - timedelta(days=1)
    return day.isoweekday() in (6, 7) and saturday.month == 9 and 15 <= saturday.day <= 21


def public_holidays(office: Office, days: list[date]) -> dict[date, str]:
    """Public holidays of the office's department in the years of these days, by date."""
    import holidays

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
    import duckdb

    if not days:
        return LOCAL_HOUR.schema.empty_table()
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


def _calendar(office: Office, period: Period) -> Iterator[Row]:
    return calendar_days(office, period.days)


def _public_holidays(office: Office, period: Period) -> Iterator[Row]:
    today = period.as_of_date
    ahead = [today.replace(year=today.year + n, day=1) for n in range(YEARS_AHEAD + 1)]
    for day, name in sorted(public_holidays(office, period.days + ahead).items()):
        yield {"local_date": day, "public_holiday_name": name}


def _local_hours(office: Office, period: Period) -> pa.Table:
    return local_hours(office, period.days)


LOCAL_HOUR = Table("local_hour", {"utc_hour": INSTANT, "local_date": DATE, "local_hour": INT}, _local_hours)
TABLES = (
    Table(
        "calendar",
        {
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
        _calendar,
    ),
    Table("public_holiday", {"local_date": DATE, "public_holiday_name": TEXT}, _public_holidays),
    LOCAL_HOUR,
)
