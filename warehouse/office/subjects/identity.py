"""Who the office is, and its territory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from warehouse.clock import naive_utc
from warehouse.office.departments import DEPARTMENTS, OWN_SCHOOL_CALENDAR
from warehouse.office.misfits import MisfitError, Near, said_twice
from warehouse.office.part import Code, Part
from warehouse.office.tables import DATE, INSTANT, TEXT, Period, Row, Table
from warehouse.spec import MUNICIPALITY_CODE

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Municipality(Part):
    """A municipality of the territory."""

    code: str = Field(pattern=f"^({MUNICIPALITY_CODE})$", description="INSEE code, five characters.")
    name: str = Field(description="As people write it.")


class Keys(Part):
    """Who the office is."""

    code: Code = Field(description="Short name: the `office` column of every table.")
    name: str = Field(description="Its name, as alerts and reports print it.")
    siren: str = Field(description="SIREN, nine digits.", pattern=r"^\d{9}$")
    language: Literal["fr", "en"] = Field(
        default="fr", description="Language of alerts, reports and the command."
    )
    time_zone: str = Field(
        default="Europe/Paris", description="Zone of local days and of every file that writes local time."
    )
    department: str = Field(
        "",
        description='Code of the department or overseas territory, in quotation marks, such as `"01"`, '
        '`"2A"`, `"67"` or `"974"`: its additional taxes and its public holidays (Alsace, Moselle and '
        "overseas have days of their own; Good Friday counts as one in all of Alsace and Moselle).",
    )
    school_zone: Literal["A", "B", "C"] | None = Field(
        None,
        description="Zone of the French school holidays; none outside France, and none for Corsica and "
        "overseas, whose school calendars are in no zone: school holidays are then not known.",
    )
    municipalities: tuple[Municipality, ...] = Field(
        default=(), description="The municipalities of the territory; rows from elsewhere are told."
    )

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        if value not in available_timezones():
            raise MisfitError("office.time_zone", value=value, near=Near(value, available_timezones()))
        return value

    @field_validator("department", mode="before")
    @classmethod
    def _department_exists(cls, value: object) -> object:
        # Without quotation marks YAML reads 01 as 1 and 010 as 8.
        if isinstance(value, str) and (not value or value in DEPARTMENTS):
            return value
        raise MisfitError("office.department", value=value)

    @model_validator(mode="after")
    def _school_zone_holds_there(self) -> Self:
        if self.school_zone and self.department in OWN_SCHOOL_CALENDAR:
            raise MisfitError(
                "office.no_school_zone", "school_zone", zone=self.school_zone, department=self.department
            )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return ZoneInfo(self.time_zone)


def misfits(office: Office) -> Iterator[MisfitError]:
    """A municipality that is written twice."""
    yield from said_twice("code", [one.code for one in office.municipalities], "municipalities")


def _office(office: Office, period: Period) -> Iterator[Row]:
    yield {
        "name": office.name,
        "siren": office.siren,
        "department_code": office.department,
        "time_zone": office.time_zone,
        "language": office.language,
        "as_of": naive_utc(period.as_of),
        "as_of_date": period.as_of_date,
    }


def _municipalities(office: Office, _: Period) -> Iterator[Row]:
    for one in office.municipalities:
        yield {"municipality_code": one.code, "municipality_name": one.name}


TABLES = (
    Table(
        "office",
        {
            "name": TEXT,
            "siren": TEXT,
            "department_code": TEXT,
            "time_zone": TEXT,
            "language": TEXT,
            "as_of": INSTANT,
            "as_of_date": DATE,
        },
        _office,
    ),
    Table("municipality", {"municipality_code": TEXT, "municipality_name": TEXT}, _municipalities),
)
