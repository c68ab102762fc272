"""The audience: the websites that Matomo follows, the content creators whose names are published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Part, ServiceAddress
from warehouse.office.tables import TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Matomo(Part):
    """A website in Matomo, whose visits by day are pulled every night."""

    website: Code = Field(description="What the office calls it; files that are dropped name it so too.")
    url: ServiceAddress = Field(
        description="Base address of Matomo, without path. HTTPS, unless it is on this machine."
    )
    path: str = Field("/index.php", pattern=r"^/", description="Path of its API.")
    site_id: int = Field(ge=1, description="Number of the website in Matomo (idSite).")
    secret: str = Field("VIGIE_MATOMO", description="Name of the secret that holds the token (token_auth).")
    days: int = Field(
        30,
        ge=2,
        le=1100,
        description="Days that are asked for again every night. More in the first night brings the past.",
    )
    timeout_seconds: float = Field(
        60, gt=0, description="Seconds without an answer after which a request is given up."
    )


class Audience(Part):
    """The websites that are pulled, and what is published of the audience."""

    matomo: tuple[Matomo, ...] = Field(default=(), description="Websites whose visits Matomo's API gives.")

    creators: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(),
        description="Content creators whose names are published, as createurs.xlsx writes them; others are "
        "published without their name.",
    )


class System(Part):
    """The audience."""

    audience: Audience | None = Field(default=None, description="Audience.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Creators and websites that are written twice."""
    yield from said_twice("creators", list(_creators(office)), "systems", "audience")
    audience: Audience | None = office.systems.audience
    websites = [one.website for one in audience.matomo] if audience else []
    yield from said_twice("website", websites, "systems", "audience", "matomo")


def _creators(office: Office) -> tuple[str, ...]:
    audience: Audience | None = office.systems.audience
    return audience.creators if audience else ()


def _rows(office: Office, _: Period) -> Iterator[Row]:
    for one in _creators(office):
        yield {"creator": one}


TABLES = (Table("creator", {"creator": TEXT}, _rows),)
