"""Motorhome areas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Equipment, Part
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import INT, REAL, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class MotorhomeArea(Part):
    """A motorhome area with a barrier and a payment kiosk."""

    site: Code
    capacity: int = Field(ge=1, description="Pitches.")
    vat_pct: float = Field(ge=0, le=100, description="VAT included in what the kiosk takes, percent.")
    barrier: Equipment = Field(default=Equipment(), description="What helps when the barrier fails.")
    kiosk: Equipment = Field(default=Equipment(), description="What helps when the payment kiosk fails.")


class System(Part):
    """The motorhome areas."""

    motorhome: tuple[MotorhomeArea, ...] = Field(default=(), description="Motorhome areas.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Areas of one site, or of a site that the office has not."""
    areas: tuple[MotorhomeArea, ...] = office.systems.motorhome
    yield from said_twice("site", [one.site for one in areas], "systems", "motorhome")
    for rank, one in enumerate(areas):
        yield from unknown_site(office, one.site, "systems", "motorhome", rank)


def _areas(office: Office, _: Period) -> Iterator[Row]:
    areas: tuple[MotorhomeArea, ...] = office.systems.motorhome
    for one in areas:
        yield {"site": one.site, "capacity_count": one.capacity, "vat_pct": one.vat_pct}


TABLES = (Table("motorhome_area", {"site": TEXT, "capacity_count": INT, "vat_pct": REAL}, _areas),)
