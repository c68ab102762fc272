"""The ticketing: the account of Billetweb that is pulled."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from warehouse.office.part import Part, ServiceAddress

TicketKind = Literal["heritage", "tour", "pass", "show"]
EventNumber = Annotated[str, Field(pattern=r"^\d+$")]


class Billetweb(Part):
    """Billetweb's API. Files of the same events must not be dropped beside it: they would count twice."""

    url: ServiceAddress = Field(
        "https://www.billetweb.fr",
        description="Base address, without path. HTTPS, unless it is on this machine.",
    )
    secret: str = Field(
        "VIGIE_BILLETWEB",
        description="Name of the secret that holds the account's user and key, as user:key.",
    )
    ticket_kind: TicketKind = Field(description="What its events are: heritage, tour, pass or show.")
    events: dict[EventNumber, TicketKind] = Field(
        default={}, description="Events that are something else, by their number in Billetweb."
    )
    past_days: int = Field(
        60,
        ge=1,
        le=3660,
        description="Days after its end during which an event is pulled: a ticket may be given back late. "
        "More in the first night brings older events.",
    )
    pause_seconds: float = Field(
        0.7, ge=0, le=60, description="Seconds between two requests: Billetweb takes 100 a minute."
    )
    timeout_seconds: float = Field(
        30, gt=0, description="Seconds without an answer after which a request is given up."
    )


class Ticketing(Part):
    """The ticketing."""

    billetweb: Billetweb | None = Field(default=None, description="When its API is pulled.")


class System(Part):
    """The ticketing."""

    ticketing: Ticketing | None = Field(default=None, description="Ticketing.")
