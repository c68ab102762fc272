"""Reviews: which location of a platform is which site of the office."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Part
from warehouse.office.subjects.sites import unknown_site

if TYPE_CHECKING:
    from warehouse.office.model import Office

# The office itself, which is a place of reviews and no site.
OFFICE = "office"


class ReviewedPlace(Part):
    """A place on Google, and the site that it is."""

    location: str = Field(
        pattern=r"^locations/[^/]+$",
        description="Its number in Google's export, such as `locations/123`: the folder of its reviews.",
    )
    site: Code = Field(description="Code of a site, or `office` for the office itself.")


class System(Part):
    """The places that are reviewed on platforms."""

    reviews: tuple[ReviewedPlace, ...] = Field(default=(), description="Places of Google's exports.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Locations that are written twice, or are of a site that the office has not."""
    places: tuple[ReviewedPlace, ...] = office.systems.reviews
    yield from said_twice("location", [one.location for one in places], "systems", "reviews")
    for rank, one in enumerate(places):
        if one.site != OFFICE:
            yield from unknown_site(office, one.site, "systems", "reviews", rank)
