"""The shops of the office."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Part
from warehouse.office.tables import TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Shop(Part):
    """The tills of the shops."""

    ticket_families: tuple[str, ...] = Field(
        default=(),
        description="Families of the till that are tickets, of visits or sold for others: they fill baskets "
        "and are no sales of the shop.",
    )


class System(Part):
    """The shops."""

    shop: Shop = Field(default=Shop(), description="The tills of the shops.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Families that are written twice."""
    shop: Shop = office.systems.shop
    families = [one.lower() for one in shop.ticket_families]
    yield from said_twice("ticket_families", families, "systems", "shop", "ticket_families")


def _families(office: Office, _: Period) -> Iterator[Row]:
    shop: Shop = office.systems.shop
    for one in shop.ticket_families:
        yield {"product_family": one}


TABLES = (Table("ticket_family", {"product_family": TEXT}, _families),)
