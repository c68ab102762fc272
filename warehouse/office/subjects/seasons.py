"""Seasons of the office: parts of every year that figures are told for, beside months and quarters."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Part
from warehouse.office.subjects.sites import DayOfYear
from warehouse.office.tables import DATE, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office

LEAP_DAY = "02-29"
# Kinds of periods that every figure has, and what the estimates call the whole of a gap.
TAKEN = ("day", "week", "month", "quarter", "year", "outage")


class Season(Part):
    """A part of every year, between two days or from one over the new year."""

    code: Code = Field(description="The `period_kind` of its figures: `july_august`.")
    label: str = Field(description="As people call it.")
    first_day: DayOfYear = Field(description="First day of the year, MM-DD.")
    last_day: DayOfYear = Field(
        description="Last day of the year, MM-DD, inclusive. Before the first one, it is a day of the year "
        "after: from 12-15 to 03-15 is the winter."
    )

    def beginning_in(self, year: int) -> tuple[date, date]:
        """Its first and last day, of the one that begins in a year."""
        return _day(year, self.first_day), _day(year + (self.last_day < self.first_day), self.last_day)


class Keys(Part):
    """The seasons of the office."""

    seasons: tuple[Season, ...] = Field(
        default=(), description="Parts of the year that figures are told for, too."
    )


def misfits(office: Office) -> Iterator[MisfitError]:
    """Seasons that are written twice, have the name of another period, or begin on 29 February."""
    yield from said_twice("code", [one.code for one in office.seasons], "seasons")
    for rank, one in enumerate(office.seasons):
        if one.code in TAKEN:
            yield MisfitError("office.season_code", "seasons", rank, "code", code=one.code)
        if one.first_day == LEAP_DAY:
            yield MisfitError("office.season_begins", "seasons", rank, "first_day", day=one.first_day)


def _day(year: int, day: str) -> date:
    month, number = (int(part) for part in day.split("-"))
    return date(year, month, min(number, monthrange(year, month)[1]))


def _seasons(office: Office, period: Period) -> Iterator[Row]:
    years = range(period.days[0].year - 1, period.days[-1].year + 1) if period.days else ()
    for one in office.seasons:
        for year in years:
            start, end = one.beginning_in(year)
            yield {"season": one.code, "season_label": one.label, "season_start": start, "season_end": end}


TABLES = (
    Table(
        "season", {"season": TEXT, "season_label": TEXT, "season_start": DATE, "season_end": DATE}, _seasons
    ),
)
