"""Settings as tables: calendar, local hours, opening hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from warehouse.clock import naive_utc, nightly_instant
from warehouse.office.departments import DEPARTMENTS
from warehouse.office.model import Office
from warehouse.office.settings import tables, write_settings
from warehouse.office.subjects.calendar import calendar_days, is_heritage_day, local_hours, public_holidays
from warehouse.office.subjects.seasons import TABLES, Season, misfits
from warehouse.office.subjects.sites import Site, open_minutes, opening_hours
from warehouse.office.tables import Period
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home

NIGHT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.fixture(scope="module")
def year() -> list[date]:
    return days(date(2025, 1, 1), date(2025, 12, 31))


def by_date(office: Office, which: list[date]) -> dict[date, dict[str, Any]]:
    return {row["local_date"]: row for row in calendar_days(office, which)}


def site(**how: Any) -> Site:
    return Site.model_validate({"code": "desk", "name": "Bureau", **how})


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 9, 21), True),
        (date(2024, 9, 22), True),
        (date(2025, 9, 19), False),
        (date(2025, 9, 20), True),
        (date(2025, 9, 21), True),
        (date(2025, 9, 22), False),
        (date(2025, 9, 13), False),
        (date(2025, 9, 27), False),
        (date(2026, 9, 19), True),
    ],
)
def test_heritage_days_are_the_third_weekend_of_september(day: date, expected: bool) -> None:
    assert is_heritage_day(day) is expected


def test_a_year_has_two_heritage_days(office: Office, year: list[date]) -> None:
    found = [day for day, row in by_date(office, year).items() if row["is_heritage_day"]]
    assert found == [date(2025, 9, 20), date(2025, 9, 21)]


def test_weeks_quarters_and_weekdays_of_the_calendar(office: Office) -> None:
    row = by_date(office, [date(2025, 11, 2)])[date(2025, 11, 2)]
    assert (row["weekday"], row["week_start"]) == (7, date(2025, 10, 27))
    assert (row["month_start"], row["quarter_start"]) == (date(2025, 11, 1), date(2025, 10, 1))


def test_public_holidays_of_2025(office: Office, year: list[date]) -> None:
    found = {day for day, row in by_date(office, year).items() if row["public_holiday_name"]}
    assert len(found) == 11
    assert {date(2025, 4, 21), date(2025, 5, 8), date(2025, 5, 29), date(2025, 7, 14)} <= found


def in_department(department: str) -> Office:
    who = {"code": "o", "name": "O", "siren": "123456789"}
    return Office.model_validate({**who, "department": department})


@pytest.mark.parametrize(
    ("department", "day", "is_one"),
    [
        ("67", date(2025, 12, 26), True),
        ("68", date(2025, 4, 18), True),  # Good Friday
        ("57", date(2025, 12, 26), True),
        ("54", date(2025, 12, 26), False),
        ("", date(2025, 4, 18), False),
        ("971", date(2025, 5, 27), True),
        ("972", date(2025, 5, 22), True),
        ("973", date(2025, 6, 10), True),
        ("974", date(2025, 12, 20), True),
        ("976", date(2025, 4, 27), True),
        ("977", date(2025, 10, 9), True),
        ("978", date(2025, 5, 28), True),
        ("986", date(2025, 7, 29), True),
        ("987", date(2025, 3, 5), True),
        ("988", date(2025, 9, 24), True),
        ("975", date(2025, 7, 14), True),
        ("32", date(2025, 12, 20), False),
    ],
)
def test_public_holidays_are_those_of_the_department(department: str, day: date, is_one: bool) -> None:
    office = in_department(department)
    assert (by_date(office, [day])[day]["public_holiday_name"] is not None) is is_one


def test_every_department_has_its_public_holidays() -> None:
    for department in DEPARTMENTS:
        office = in_department(department)
        assert date(2025, 7, 14) in public_holidays(office, [date(2025, 1, 1)])


def test_public_holidays_are_told_for_two_years_after_the_run(home: Home, office: Office) -> None:
    with working(home) as connection:
        write_settings(connection, office, NIGHT, date(2024, 12, 30))
        (found,) = rows(
            connection,
            "SELECT min(local_date) AS first, max(local_date) AS last FROM settings.public_holiday",
        )
    assert (found["first"], found["last"]) == (date(2024, 1, 1), date(2028, 12, 25))


def test_school_holidays_are_those_of_the_office_zone(office: Office, year: list[date]) -> None:
    named = [day for day, row in by_date(office, year).items() if row["school_holiday_name"]]
    winter = [day for day in named if day.month in (2, 3)]
    # Zone C, winter 2025: from Saturday 15 February, back on Monday 3 March; A and B had other weeks.
    assert (winter[0], winter[-1]) == (date(2025, 2, 15), date(2025, 3, 2))


def test_school_holidays_that_are_not_decreed_yet_are_unknown(office: Office) -> None:
    far = date(2090, 8, 1)
    assert by_date(office, [far])[far]["school_holiday_name"] is None


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (date(2025, 7, 14), 24), (date(2024, 2, 29), 24)],
)
def test_a_local_day_has_as_many_hours_as_it_has(office: Office, day: date, hours: int) -> None:
    found = local_hours(office, [day]).to_pylist()
    assert len(found) == hours
    assert {row["local_date"] for row in found} == {day}


def test_the_night_of_summer_time_lacks_its_hour_and_that_of_winter_time_has_it_twice(office: Office) -> None:
    spring = Counter(row["local_hour"] for row in local_hours(office, [date(2025, 3, 30)]).to_pylist())
    autumn = Counter(row["local_hour"] for row in local_hours(office, [date(2025, 10, 26)]).to_pylist())
    assert (spring[2], autumn[2], autumn[3]) == (0, 2, 1)


def test_no_day_has_no_hour(office: Office) -> None:
    assert local_hours(office, []).num_rows == 0


@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        (date(2025, 1, 2), 3 * 60 + 270),  # a Thursday in winter: 9:30-12:30 and 13:30-18:00
        (date(2025, 6, 2), 9 * 60),  # a Monday in summer: 9:30-18:30
        (date(2025, 7, 6), 6 * 60),  # a Sunday in July
        (date(2025, 6, 29), 0),  # a Sunday in June
        (date(2025, 5, 1), 0),
        (date(2025, 12, 25), 0),
        (date(2025, 7, 14), 9 * 60),  # a public holiday on which Auch is open
    ],
)
def test_opening_minutes_of_the_desk_of_auch(office: Office, day: date, minutes: int) -> None:
    desk = next(s for s in office.sites if s.code == "auch")
    assert sum(open_minutes(desk, day, is_public_holiday=False)) == minutes


def test_opening_minutes_fall_into_their_hours(office: Office) -> None:
    desk = next(s for s in office.sites if s.code == "auch")
    minutes = open_minutes(desk, date(2025, 1, 2), is_public_holiday=False)
    assert [minutes[hour] for hour in (8, 9, 10, 12, 13, 17, 18)] == [0, 30, 60, 30, 30, 60, 0]


HOURS = [{"hours": [{"start": "10:00", "end": "12:00"}]}]


def test_an_exception_wins_over_a_closed_day_and_over_the_ordinary_hours() -> None:
    desk = site(
        opening=HOURS,
        closed_on=["05-01"],
        exceptions=[
            {"first_date": "2025-05-01", "hours": [{"start": "14:00", "end": "15:00"}], "reason": "fête"},
            {"first_date": "2025-06-02", "last_date": "2025-06-03", "reason": "travaux"},
        ],
    )
    opened = {
        day: sum(open_minutes(desk, day, is_public_holiday=False))
        for day in (date(2025, 5, 1), date(2026, 5, 1), date(2025, 6, 3), date(2025, 6, 4))
    }
    assert list(opened.values()) == [60, 0, 0, 120]


@pytest.mark.parametrize(
    ("day", "minutes"),
    [
        (date(2025, 10, 31), 240),
        (date(2025, 11, 1), 120),
        (date(2025, 12, 31), 120),
        (date(2026, 1, 1), 120),
        (date(2026, 3, 31), 120),
        (date(2026, 4, 1), 240),
    ],
)
def test_an_opening_from_november_to_march_holds_over_the_new_year(day: date, minutes: int) -> None:
    winter = {"first_day": "11-01", "last_day": "03-31", "hours": HOURS[0]["hours"]}
    summer = {"first_day": "04-01", "last_day": "10-31", "hours": [{"start": "10:00", "end": "14:00"}]}
    desk = site(opening=[winter, summer])
    assert sum(open_minutes(desk, day, is_public_holiday=False)) == minutes


def test_the_rows_of_a_winter_s_hours_are_those_of_its_days() -> None:
    winter = {"first_day": "12-31", "last_day": "01-02", "weekdays": ["wed", "thu"], **HOURS[0]}
    office = Office.model_validate(
        {
            "code": "o",
            "name": "O",
            "siren": "123456789",
            "sites": [{"code": "desk", "name": "Bureau", "opening": [winter]}],
        }
    )
    days = [date(2025, 12, 25) + timedelta(days=n) for n in range(14)]
    found = opening_hours(office, local_hours(office, days)).to_pylist()
    assert sorted({row["local_date"] for row in found}) == [date(2025, 12, 31), date(2026, 1, 1)]


def test_public_holidays_close_a_site_only_when_it_says_so() -> None:
    assert sum(open_minutes(site(opening=HOURS), date(2025, 7, 14), is_public_holiday=True)) == 120
    closing = site(opening=HOURS, closed_on_public_holidays=True)
    assert sum(open_minutes(closing, date(2025, 7, 14), is_public_holiday=True)) == 0


def test_a_site_that_never_closes_is_open_25_hours_in_the_long_night(office: Office) -> None:
    hours = local_hours(office, [date(2025, 10, 26)])
    area = [row for row in opening_hours(office, hours).to_pylist() if row["site"] == "ile-saint-martin"]
    assert sum(row["open_minutes"] for row in area) == 25 * 60


def test_every_settings_table_is_written_with_its_columns_and_the_office(home: Home, office: Office) -> None:
    with working(home) as connection:
        for _ in range(2):
            write_settings(connection, office, NIGHT, date(2025, 12, 30))
        for table in tables():
            found = connection.execute(f"SELECT * FROM settings.{table.name}")
            assert [column[0] for column in found.description or []] == ["office", *table.columns]
        assert connection.execute("SELECT count(*), min(office) FROM settings.calendar").fetchone() == (
            7,
            "auch",
        )
        (who,) = rows(connection, "SELECT as_of, as_of_date FROM settings.office")
        assert (who["as_of"], who["as_of_date"]) == (naive_utc(NIGHT), date(2026, 1, 5))


def test_the_days_that_an_exception_closes_are_rows_and_those_that_it_opens_are_not(home: Home) -> None:
    closed = {"first_date": "2025-12-30", "last_date": "2026-01-02", "reason": "travaux"}
    fair = {"first_date": "2026-01-03", "reason": "foire", "hours": HOURS[0]["hours"]}
    office = Office.model_validate(
        {
            "code": "o",
            "name": "O",
            "siren": "123456789",
            "sites": [
                {"code": "desk", "name": "Bureau", "opening": HOURS, "exceptions": [closed, fair]},
                {"code": "street", "name": "Rue", "always_open": True, "exceptions": [closed]},
            ],
        }
    )
    with working(home) as connection:
        write_settings(connection, office, NIGHT, date(2025, 12, 30))
        days = connection.execute("SELECT site, local_date, reason FROM settings.closed_day").fetchall()
    assert days == [
        ("desk", date(2025, 12, 30), "travaux"),
        ("desk", date(2025, 12, 31), "travaux"),
        ("desk", date(2026, 1, 1), "travaux"),
        ("desk", date(2026, 1, 2), "travaux"),
    ]


def test_a_correction_of_one_day_ends_on_it_and_partners_are_rows(home: Home) -> None:
    counter = {"site": "desk", "format": "national"}
    office = Office.model_validate(
        {
            "code": "o",
            "name": "O",
            "siren": "123456789",
            "sites": [{"code": "desk", "name": "Bureau", "always_open": True}],
            "counters": [
                {**counter, "code": "door", "label": "Porte", "channels": {"1": "in"}, "partners": ["gate"]},
                {**counter, "code": "gate", "label": "Portail", "channels": {"2": "in"}},
            ],
            "corrections": [
                {
                    "counter": "door",
                    "first_date": "2025-12-30",
                    "action": "multiply",
                    "factor": 0.5,
                    "reason": "double",
                    "expected_entries": 8,
                }
            ],
        }
    )
    with working(home) as connection:
        write_settings(connection, office, NIGHT, date(2025, 12, 30))
        (correction,) = rows(connection, "SELECT * FROM settings.correction")
        assert (correction["last_date"], correction["factor"]) == (date(2025, 12, 30), 0.5)
        assert rows(connection, "SELECT * FROM settings.counter_partner") == [
            {"office": "o", "counter": "door", "partner": "gate"}
        ]


def test_the_nightly_instant_is_half_past_two_in_local_time(office: Office) -> None:
    assert nightly_instant(date(2026, 1, 5), office.zone) == NIGHT
    assert nightly_instant(date(2025, 7, 1), office.zone) == datetime(2025, 7, 1, 0, 30, tzinfo=UTC)


def test_a_season_of_each_year_may_go_over_the_new_year_and_end_on_the_last_of_february(
    office: Office,
) -> None:
    given = office.model_copy(
        update={
            "seasons": (
                Season(code="winter", label="Hiver", first_day="12-15", last_day="02-29"),
                Season(code="july_august", label="Juillet-août", first_day="07-01", last_day="08-31"),
            )
        }
    )
    period = Period(NIGHT, date(2024, 3, 1), days(date(2023, 5, 1), date(2024, 3, 1)))
    (table,) = (one for one in TABLES if one.name == "season")
    told = [
        (row["season"], row["season_start"], row["season_end"])
        for row in table.content(given, period).to_pylist()
    ]
    assert told == [
        ("winter", date(2022, 12, 15), date(2023, 2, 28)),
        ("winter", date(2023, 12, 15), date(2024, 2, 29)),
        ("winter", date(2024, 12, 15), date(2025, 2, 28)),
        ("july_august", date(2022, 7, 1), date(2022, 8, 31)),
        ("july_august", date(2023, 7, 1), date(2023, 8, 31)),
        ("july_august", date(2024, 7, 1), date(2024, 8, 31)),
    ]


@pytest.mark.parametrize(
    ("season", "message"),
    [
        ({"code": "year", "label": "An", "first_day": "01-01", "last_day": "06-30"}, "office.season_code"),
        (
            {"code": "spring", "label": "Mars", "first_day": "02-29", "last_day": "06-30"},
            "office.season_begins",
        ),
    ],
)
def test_a_season_has_a_name_of_its_own_and_begins_every_year(
    office: Office, season: dict[str, str], message: str
) -> None:
    given = office.model_copy(update={"seasons": (Season(**season),)})
    assert [misfit.key for misfit in misfits(given)] == [message]
