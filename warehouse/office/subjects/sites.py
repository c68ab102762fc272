"""The places that the office keeps, and when each is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from warehouse.office.misfits import MisfitError, refuse, said_twice, unknown
from warehouse.office.part import Code, Part
from warehouse.office.subjects.calendar import local_hours, public_holidays
from warehouse.office.tables import BOOL, DATE, INSTANT, INT, REAL, TEXT, Period, Row, Table

if TYPE_CHECKING:
    import pyarrow as pa

    from warehouse.office.model import Office

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DayOfYear = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]


class Span(Part):
    """Open from one time of the day to another."""

    start: time = Field(description="HH:MM, local time.")
    end: time = Field(description="HH:MM, local time, after the start.")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Span:
        if self.end <= self.start:
            raise MisfitError("office.hours_backwards", start=f"{self.start:%H:%M}", end=f"{self.end:%H:%M}")
        return self

    def overlaps(self, other: Span) -> bool:
        """True when some moment lies in both."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}–{self.end:%H:%M}"


class Opening(Part):
    """Opening hours that hold every year between two days of the year, or from one over the new year."""

    first_day: DayOfYear = Field("01-01", description="First day of the year, MM-DD.")
    last_day: DayOfYear = Field(
        "12-31",
        description="Last day of the year, MM-DD, inclusive. Before the first one, it is a day of the year "
        "after: from 11-01 to 03-31 is the winter.",
    )
    weekdays: tuple[Weekday, ...] = Field(WEEKDAYS, description="Days of the week that these hours hold for.")
    hours: tuple[Span, ...] = Field(description="Opening hours of the day, in local time.")

    @model_validator(mode="after")
    def _can_hold(self) -> Opening:
        refuse(overlapping_hours(self.hours, "hours"))
        return self

    def holds_on(self, day: date) -> bool:
        """True when these are the hours of a local day."""
        return self._spans(f"{day:%m-%d}") and WEEKDAYS[day.weekday()] in self.weekdays

    def meets(self, other: Opening) -> bool:
        """True when both hold on some day: where two spans meet, one begins within the other."""
        return (self._spans(other.first_day) or other._spans(self.first_day)) and not set(
            self.weekdays
        ).isdisjoint(other.weekdays)

    def _spans(self, day: str) -> bool:
        """True when a day of the year (MM-DD) lies between the first and the last one."""
        if self.first_day <= self.last_day:
            return self.first_day <= day <= self.last_day
        return day >= self.first_day or day <= self.last_day


def overlapping_hours(hours: Sequence[Span], *where: str) -> Iterator[MisfitError]:
    """Spans of one day that overlap: one of them is a typing error."""
    for (_, one), (rank, other) in combinations(enumerate(hours), 2):
        if one.overlaps(other):
            yield MisfitError("office.hours_overlap", *where, rank, one=one, other=other)


class OpeningException(Part):
    """Days that differ from the ordinary opening hours: a strike, a festival, works."""

    first_date: date = Field(description="First day, YYYY-MM-DD.")
    last_date: date | None = Field(None, description="Inclusive; the first date when absent.")
    hours: tuple[Span, ...] = Field((), description="Hours of these days; none means closed.")
    reason: str = Field(description="Why, for people who read it later.")

    @model_validator(mode="after")
    def _can_hold(self) -> OpeningException:
        if self.end_date < self.first_date:
            raise MisfitError("office.days_backwards", "last_date", first=self.first_date, last=self.end_date)
        refuse(overlapping_hours(self.hours, "hours"))
        return self

    @property
    def end_date(self) -> date:
        """The last day, inclusive."""
        return self.last_date or self.first_date


class Site(Part):
    """A place that the office keeps: desk, motorhome area, museum, street."""

    code: Code
    name: str = Field(description="As people call it.")
    municipality: str | None = Field(None, description="INSEE code.")
    longitude: float | None = Field(
        None, ge=-180, le=180, description="Degrees, WGS 84; counts in the national schema ask for it."
    )
    latitude: float | None = Field(None, ge=-90, le=90, description="Degrees, WGS 84; beside the longitude.")
    always_open: bool = Field(False, description="True for a place that never closes (barrier, street).")
    opening: tuple[Opening, ...] = Field(default=(), description="Opening hours; absent when always open.")
    exceptions: tuple[OpeningException, ...] = Field(
        default=(), description="Days that differ; they win over everything else."
    )
    closed_on: tuple[DayOfYear, ...] = Field((), description="Days of the year always closed, MM-DD.")
    closed_on_public_holidays: bool = Field(
        default=False, description="Closed on every public holiday of the office's department."
    )

    @model_validator(mode="after")
    def _says_when_it_is_open(self) -> Site:
        if self.always_open == bool(self.opening):
            raise MisfitError("office.site_opening", site=self.code)
        return self

    @model_validator(mode="after")
    def _has_both_coordinates(self) -> Site:
        if (self.longitude is None) != (self.latitude is None):
            raise MisfitError("office.half_a_place", site=self.code)
        return self

    @model_validator(mode="after")
    def _says_it_once(self) -> Site:
        refuse(self._said_twice())
        return self

    def _said_twice(self) -> Iterator[MisfitError]:
        for (_, one), (rank, other) in combinations(enumerate(self.opening), 2):
            for first in one.hours if one.meets(other) else ():
                for place, second in enumerate(other.hours):
                    if first.overlaps(second):
                        yield MisfitError(
                            "office.hours_overlap", "opening", rank, "hours", place, one=first, other=second
                        )
        for (_, this), (rank, that) in combinations(enumerate(self.exceptions), 2):
            if this.first_date <= that.end_date and that.first_date <= this.end_date:
                yield MisfitError(
                    "office.exceptions_overlap", "exceptions", rank,
                    day=max(this.first_date, that.first_date), one=this.reason, other=that.reason,
                )  # fmt: skip


class Keys(Part):
    """The sites of the office."""

    sites: tuple[Site, ...] = Field(default=(), description="The places that the office keeps.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Sites that are written twice, or lie in a municipality that the office has not."""
    yield from said_twice("code", [one.code for one in office.sites], "sites")
    known = [one.code for one in office.municipalities]
    for rank, one in enumerate(office.sites if known else ()):
        yield from unknown("municipality", one.municipality, known, "sites", rank, "municipality")


def unknown_site(office: Office, site: str, *where: str | int, every: bool = False) -> Iterator[MisfitError]:
    """A site that the office has not, named at `where`; with `every`, `all` is one."""
    known = [*(one.code for one in office.sites), *(["all"] if every else [])]
    yield from unknown("site", site, known, *where, "site")


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


def opening_hours(office: Office, hours: pa.Table) -> pa.Table:
    """One row a site and an hour of `local_hours` in which it is open, with the minutes it is open for."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    dates = hours["local_date"].unique().to_pylist()
    holiday = public_holidays(office, dates)
    day = np.searchsorted(np.array(dates, "datetime64[D]"), hours["local_date"].to_numpy())
    hour = hours["local_hour"].to_numpy()
    found = [OPENING_HOUR.schema.empty_table()]
    for site in office.sites:
        minutes = np.array([open_minutes(site, date_, date_ in holiday) for date_ in dates]).reshape(-1, 24)
        open_for = pa.array(minutes[day, hour], INT)
        sites = pa.repeat(pa.scalar(site.code, TEXT), len(hours))
        table = hours.add_column(1, "site", sites).append_column("open_minutes", open_for)
        found.append(table.filter(pc.greater(open_for, 0)))
    return pa.concat_tables(found)


def _sites(office: Office, _: Period) -> Iterator[Row]:
    for one in office.sites:
        yield {
            "site": one.code,
            "site_name": one.name,
            "municipality_code": one.municipality,
            "is_always_open": one.always_open,
            "longitude": one.longitude,
            "latitude": one.latitude,
        }


def _closed_days(office: Office, period: Period) -> Iterator[Row]:
    for site in office.sites:
        for day in period.days:
            exception = exception_on(site, day)
            if exception is not None and not exception.hours:
                yield {"site": site.code, "local_date": day, "reason": exception.reason}


def _opening_hours(office: Office, period: Period) -> pa.Table:
    return opening_hours(office, local_hours(office, period.days))


OPENING_HOUR = Table(
    "opening_hour",
    {"site": TEXT, "utc_hour": INSTANT, "local_date": DATE, "local_hour": INT, "open_minutes": INT},
    _opening_hours,
)
TABLES = (
    Table(
        "site",
        {
            "site": TEXT,
            "site_name": TEXT,
            "municipality_code": TEXT,
            "is_always_open": BOOL,
            "longitude": REAL,
            "latitude": REAL,
        },
        _sites,
    ),
    Table("closed_day", {"site": TEXT, "local_date": DATE, "reason": TEXT}, _closed_days),
    OPENING_HOUR,
)
