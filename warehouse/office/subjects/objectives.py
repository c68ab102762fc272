"""What the office wants to reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Part
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import INT, REAL, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Objective(Part):
    """What the office wants to reach."""

    indicator: str = Field(description="Indicator code.")
    site: str = Field(default="all", description="Site code, or `all`.")
    year: int = Field(description="Year that it is for.")
    value: float = Field(description="In the indicator's unit.")


class Keys(Part):
    """The objectives."""

    objectives: tuple[Objective, ...] = Field(
        default=(), description="What it wants to reach, by indicator and year."
    )


def misfits(office: Office) -> Iterator[MisfitError]:
    """Two objectives of one indicator, site and year, and those of a site that the office has not."""
    named = [f"{one.indicator} {one.site} {one.year}" for one in office.objectives]
    yield from said_twice("year", named, "objectives")
    for rank, one in enumerate(office.objectives):
        yield from unknown_site(office, one.site, "objectives", rank, every=True)


def _objectives(office: Office, _: Period) -> Iterator[Row]:
    for one in office.objectives:
        yield {
            "indicator": one.indicator, "site": one.site, "year": one.year, "objective_value": one.value
        }  # fmt: skip


TABLES = (
    Table("objective", {"indicator": TEXT, "site": TEXT, "year": INT, "objective_value": REAL}, _objectives),
)
