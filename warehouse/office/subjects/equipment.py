"""Equipment: which place of the office is which museum of the Ministry of Culture's file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Part
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Museum(Part):
    """A site that is a Musée de France: its visitors are compared with those of the national file."""

    museum: str = Field(pattern=r"^M\d{4,5}$", description="Its number in Muséofile, such as `M0420`.")
    site: Code = Field(description="Code of the site.")


class Equipment(Part):
    """Places that are visited."""

    museums: tuple[Museum, ...] = Field(default=(), description="Those that the national file tells of.")


class System(Part):
    """Museums, treasuries, escape games."""

    equipment: Equipment | None = Field(default=None, description="Places that are visited.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Museums or sites that are written twice, or of which the office has none."""
    equipment: Equipment | None = office.systems.equipment
    museums = equipment.museums if equipment else ()
    where = ("systems", "equipment", "museums")
    yield from said_twice("museum", [one.museum for one in museums], *where)
    yield from said_twice("site", [one.site for one in museums], *where)
    for rank, one in enumerate(museums):
        yield from unknown_site(office, one.site, *where, rank)


def _museums(office: Office, _: Period) -> Iterator[Row]:
    equipment: Equipment | None = office.systems.equipment
    for one in equipment.museums if equipment else ():
        yield {"museum_id": one.museum, "site": one.site}


TABLES = (Table("museum", {"museum_id": TEXT, "site": TEXT}, _museums),)
