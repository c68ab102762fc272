"""The tourism information system: Apidae, or Tourinsoft."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator, model_validator

from warehouse.addresses import is_loopback
from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Part, ServiceAddress
from warehouse.office.tables import INT, REAL, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office

ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+):(?P<port>\d{1,5})")
DEFAULT_PORTS = {"https": 443, "http": 80}
TOURINSOFT = {2: "https://wcf.tourinsoft.com", 3: "https://api-v3.tourinsoft.com"}
# The types of Apidae, which the figures are told by.
ObjectType = Literal[
    "ACTIVITE",
    "COMMERCE_ET_SERVICE",
    "DEGUSTATION",
    "DOMAINE_SKIABLE",
    "EQUIPEMENT",
    "FETE_ET_MANIFESTATION",
    "HEBERGEMENT_COLLECTIF",
    "HEBERGEMENT_LOCATIF",
    "HOTELLERIE",
    "HOTELLERIE_PLEIN_AIR",
    "PATRIMOINE_CULTUREL",
    "PATRIMOINE_NATUREL",
    "RESTAURATION",
    "SEJOUR_PACKAGE",
    "STRUCTURE",
    "TERRITOIRE",
]
# Those that real syndications were seen to write.
KNOWN_TYPES: dict[str, str] = {
    "Hôtellerie": "HOTELLERIE",
    "Fêtes et manifestations": "FETE_ET_MANIFESTATION",
}


def origin(address: str) -> str:
    """`scheme://host:port` of a host or an address without path, HTTPS and its port by default."""
    scheme, _, host = address.lower().rpartition("://")
    scheme = scheme or "https"
    return f"{scheme}://{host}" if ":" in host else f"{scheme}://{host}:{DEFAULT_PORTS.get(scheme, 0)}"


class ApidaeApi(Part):
    """Apidae's search API. The key is a secret, never written here."""

    url: ServiceAddress = Field(
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


class Columns(Part):
    """Columns of a syndication, which each office chooses; what it has not is not read."""

    address: str = Field(
        default="AdresseComplete",
        description="Address, its parts separated by |: the last is the INSEE code of the municipality.",
    )
    openings: str = Field(
        default="PeriodeOuverture",
        description="Opening periods, separated by #: first and last day, hours twice, days open, closed.",
    )
    classification: str = Field(default="ClassementsllPrefectoral", description="Stars.")

    @property
    def named(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.address, self.openings, self.classification


class Capacity(Part):
    """The column of a syndication that holds the size of its lodgings."""

    column: str = Field(description="Its name, such as CapaciteTotale.")
    beds_each: int = Field(
        1,
        ge=1,
        le=10,
        description="Bed places of one: 1 for persons, 2 for rooms, 3 for pitches of a campsite.",
    )


class Syndication(Part):
    """One syndication of Tourinsoft: an address that ends with a GUID, which is kept as a secret."""

    name: Code = Field(description="What the office calls it, such as hebergements.")
    version: Literal[2, 3] = Field(
        description="2 for the OData service (…/Syndication/…/Objects), 3 for api-v3 (…/api/syndications/…)."
    )
    secret: str = Field(description="Name of the secret that holds the GUID.")
    url: ServiceAddress | None = Field(
        default=None,
        description="Base address, without path; Tourinsoft's own by default. HTTPS, unless here.",
    )
    columns: Columns = Field(default_factory=Columns, description="Its columns, where they have other names.")
    capacity: Capacity | None = Field(
        default=None, description="Of a syndication of lodgings; without it their bed places are not known."
    )

    @property
    def address(self) -> str:
        """Its base address."""
        return self.url or TOURINSOFT[self.version]


class Tourinsoft(Part):
    """Tourinsoft (Sirtaqui in Nouvelle-Aquitaine): its syndications, pulled every night, all or none."""

    client: str = Field(
        pattern=r"^[A-Za-z0-9.-]+$",
        description="The client in the addresses, such as cdt40 or cdt40.tourinsoft.com.",
    )
    syndications: tuple[Syndication, ...] = Field(
        min_length=1, description="All that the office counts; an object that none gives any more is gone."
    )
    object_types: dict[str, ObjectType] = Field(
        default={},
        description="Tourinsoft's ObjectTypeName to the type of Apidae that means the same. Hôtellerie and "
        "Fêtes et manifestations are known; another one is told, and counted nowhere.",
    )
    is_pulled: bool = Field(
        default=True,
        description="False where Vigie does not ask for them itself, such as on a machine without the "
        "Internet: the ZIP of a pull is then dropped in inbox/tourism_information.",
    )
    page_size: int = Field(1000, ge=1, le=1000, description="Objects asked for in one page, in version 2.")
    timeout_seconds: float = Field(
        60, gt=0, description="Seconds without an answer after which a request is given up."
    )

    @property
    def types(self) -> dict[str, str]:
        """Tourinsoft's names of types to those of Apidae."""
        return {**KNOWN_TYPES, **self.object_types}


class TourismInformation(Part):
    """The tourism information system: Apidae (ZIP in the inbox, announced exports, API), or Tourinsoft."""

    tourinsoft: Tourinsoft | None = Field(
        default=None, description="When the office has Tourinsoft (Sirtaqui) instead of Apidae."
    )
    api: ApidaeApi | None = Field(default=None, description="When it is pulled, not only received.")
    notifications: ApidaeNotifications | None = Field(
        default=None, description="When Apidae announces its exports."
    )
    platform_criterion_ids: tuple[int, ...] = Field(
        (), description="Internal criteria that mark a lodging as occasional, let through platforms."
    )

    @model_validator(mode="after")
    def _is_one_system(self) -> TourismInformation:
        if self.tourinsoft is not None and (self.api is not None or self.notifications is not None):
            raise MisfitError("office.two_systems")
        return self


class System(Part):
    """The tourism information system."""

    tourism_information: TourismInformation | None = Field(default=None, description="Apidae or Tourinsoft.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Syndications of the same name."""
    system: TourismInformation | None = office.systems.tourism_information
    if system is not None and system.tourinsoft is not None:
        where = ("systems", "tourism_information", "tourinsoft", "syndications")
        yield from said_twice("name", [one.name for one in system.tourinsoft.syndications], *where)


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
