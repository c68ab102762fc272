"""Changes of method."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from warehouse.office.misfits import MisfitError
from warehouse.office.part import Part
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import DATE, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Break(Part):
    """A change of method that forbids a comparison across its date."""

    indicator: str = Field(
        description="Indicator code. Of `counter_passages`, the counters of the site are judged afresh."
    )
    site: str = Field("all", description="`all` for every site.")
    date: Annotated[date, Field(description="First day of the new method.")]
    reason: str = Field(
        description="Printed where the comparison would have been. It is published: it names nobody."
    )


class Keys(Part):
    """The changes of method."""

    breaks: tuple[Break, ...] = Field(
        default=(), description="Changes of method: no comparison is made across them."
    )


def misfits(office: Office) -> Iterator[MisfitError]:
    """Changes at a site that the office has not."""
    for rank, one in enumerate(office.breaks):
        yield from unknown_site(office, one.site, "breaks", rank, every=True)


def _breaks(office: Office, _: Period) -> Iterator[Row]:
    for one in office.breaks:
        yield {"indicator": one.indicator, "site": one.site, "break_date": one.date, "reason": one.reason}


TABLES = (
    Table("method_break", {"indicator": TEXT, "site": TEXT, "break_date": DATE, "reason": TEXT}, _breaks),
)
