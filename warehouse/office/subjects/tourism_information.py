"""The tourism information system (Apidae)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from warehouse.addresses import is_loopback, is_protected
from warehouse.office.misfits import MisfitError
from warehouse.office.part import Part
from warehouse.office.tables import INT, REAL, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office

ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+):(?P<port>\d{1,5})")
DEFAULT_PORTS = {"https": 443, "http": 80}


def origin(address: str) -> str:
    """`scheme://host:port` of a host or an address without path, HTTPS and its port by default."""
    scheme, _, host = address.lower().rpartition("://")
    scheme = scheme or "https"
    return f"{scheme}://{host}" if ":" in host else f"{scheme}://{host}:{DEFAULT_PORTS.get(scheme, 0)}"


class ApidaeApi(Part):
    """Apidae's search API. The key is a secret, never written here."""

    url: str = Field(
        "https://api.apidae-tourisme.com",
        description="Base address, without path. HTTPS, unless it is on this machine.",
    )
    project_id: int = Field(description="Number of the Apidae project.")
    selection_ids: tuple[int, ...] = Field(description="Selections of the project to pull.")
    key_secret: str = Field("VIGIE_APIDAE_KEY", description="Name of the secret that holds the API key.")
    page_size: int = Field(
        200, ge=1, le=200, description="Objects asked for in one page; Apidae gives 200 at most."
    )
    timeout_seconds: float = Field(
        30,
        gt=0,
        description="Seconds without an answer after which a request is given up; so is an answer that is "
        "not whole after four times as long.",
    )

    @field_validator("url")
    @classmethod
    def _key_is_protected(cls, value: str) -> str:
        if not is_protected(value):
            raise MisfitError("office.plain_http", value=value)
        return value


class ApidaeNotifications(Part):
    """Apidae's export notifications, received on loopback: a reverse proxy with TLS stands before the port.

    Apidae is given the address `https://<office's server>/apidae/<value of the secret>`.
    """

    project_id: int = Field(description="Number of the Apidae project whose exports are announced.")
    secret: str = Field(
        "VIGIE_APIDAE_NOTIFICATION",
        description="Name of the secret that ends the address given to Apidae, which cannot sign: 20 letters "
        "or digits at least.",
    )
    port: int = Field(8377, ge=1, le=65535, description="Port on 127.0.0.1.")
    allowed_hosts: tuple[str, ...] = Field(
        ("export.apidae-tourisme.com", "api.apidae-tourisme.com"),
        description="Hosts that exports are fetched from and confirmed to, by HTTPS on its own port; another "
        "port is written out, such as `https://proxy.example.org:8443`. Nothing else is ever asked.",
    )
    expected_every_hours: float = Field(
        24, gt=0, description="Hours between two exports of the project: a longer silence is told."
    )
    timeout_seconds: float = Field(
        30, gt=0, description="Seconds without an answer after which a request is given up."
    )

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts_are_safe(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            found = ORIGIN.fullmatch(origin(host))
            if found is None:
                raise MisfitError("office.host", value=host)
            if found["scheme"] == "http" and not is_loopback(found["host"]):
                raise MisfitError("office.plain_http", value=host)
        return value

    @property
    def origins(self) -> frozenset[str]:
        """The allowed hosts as `scheme://host:port`."""
        return frozenset(origin(host) for host in self.allowed_hosts)


class TourismInformation(Part):
    """The tourism information system (Apidae): export ZIP in the inbox, announced exports, the search API."""

    api: ApidaeApi | None = Field(default=None, description="When it is pulled, not only received.")
    notifications: ApidaeNotifications | None = Field(
        default=None, description="When Apidae announces its exports."
    )
    platform_criterion_ids: tuple[int, ...] = Field(
        (), description="Internal criteria that mark a lodging as occasional, let through platforms."
    )


class System(Part):
    """The tourism information system."""

    tourism_information: TourismInformation | None = Field(default=None, description="Apidae.")


def _platform_criteria(office: Office, _: Period) -> Iterator[Row]:
    system: TourismInformation | None = office.systems.tourism_information
    for criterion in system.platform_criterion_ids if system else ():
        yield {"criterion_id": criterion}


def _notified_source(office: Office, _: Period) -> Iterator[Row]:
    system: TourismInformation | None = office.systems.tourism_information
    if system and system.notifications:
        hours = system.notifications.expected_every_hours
        yield {"source": "tourism_information", "expected_every_hours": hours}


TABLES = (
    Table("platform_criterion", {"criterion_id": INT}, _platform_criteria),
    Table("notified_source", {"source": TEXT, "expected_every_hours": REAL}, _notified_source),
)
