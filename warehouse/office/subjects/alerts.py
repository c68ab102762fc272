"""Who is told, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, field_validator

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Part

if TYPE_CHECKING:
    from warehouse.office.model import Office

Severity = Literal["question", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("question", "medium", "high", "critical")  # the gravest last
REMINDER_DAYS: dict[Severity, tuple[int, ...]] = {
    "question": (3, 14), "medium": (7, 30), "high": (1, 3, 7), "critical": (1, 3, 7),
}  # fmt: skip


class QuietHours(Part):
    """When a channel is silent; what is critical is told all the same."""

    start: time = Field(description="HH:MM, local time.")
    end: time = Field(description="HH:MM, local time; before the start when they last over midnight.")


class AlertChannel(Part):
    """Where alerts go: an Apprise address (mailto, SMS gateways, chats), kept as a secret."""

    name: Code
    address_secret: str = Field(description="Name of the secret that holds the Apprise address.")
    least_severity: Severity = Field(
        default="question",
        description="It gets incidents at least so grave: question, medium, high or critical.",
    )
    subjects: tuple[str, ...] = Field(
        default=("*",),
        description="Patterns of the subjects it gets, such as `counter:*` or `barrier:ile-*`.",
    )
    backup: bool = Field(
        default=False, description="True for one that is used only when another one fails to take a message."
    )
    quiet_hours: QuietHours | None = Field(default=None, description="When it is silent.")


class AnswerPage(Part):
    """A small page of `vigie serve` on which the links of an alert's mail are answered without a shell."""

    address: str = Field(
        pattern=r"^https?://[^/?#\s@]+$",
        description="Address that people reach it by, without a path: https://vigie.office.example, of the "
        "office's reverse proxy, or http://192.168.1.20:4280 on its own network.",
    )
    listen: str = Field(
        default="127.0.0.1",
        description="Address of this machine that it listens on: 127.0.0.1 behind a reverse proxy; another "
        "one is open to the network that it is of.",
    )
    port: int = Field(default=4280, ge=1, le=65535, description="Port that it listens on.")
    key_secret: str = Field(
        default="VIGIE_ANSWER_KEY",
        min_length=1,
        description="Name of the secret that signs the links; changing it makes all earlier links void.",
    )
    days: int = Field(default=7, ge=1, le=31, description="Days after which a link is void.")


class Alerts(Part):
    """Who is told."""

    channels: tuple[AlertChannel, ...] = Field(
        default=(), description="Every channel gets every alert that it is declared for, once."
    )
    heartbeat_secret: str | None = Field(
        default=None,
        min_length=1,
        description="Name of the secret with a web address that is asked for after each night that was done.",
    )
    answers: AnswerPage | None = Field(
        default=None,
        description="Where the links of a mail are answered; when absent, mails name the command.",
    )
    digest: bool = Field(
        default=False, description="True for a digest of the week, on Monday morning, to every channel."
    )
    keepers: dict[str, Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict,
        description="By source, such as `contacts`: whom to ask for its files, as alerts on them print it.",
    )
    reminder_days: dict[Severity, tuple[Annotated[int, Field(ge=1)], ...]] = Field(
        default=REMINDER_DAYS,
        description="By severity, days from one reminder to the next, the last one again and again.",
    )

    @field_validator("reminder_days")
    @classmethod
    def _has_every_severity(cls, value: dict[Severity, tuple[int, ...]]) -> dict[Severity, tuple[int, ...]]:
        if empty := [severity for severity, days in value.items() if not days]:
            raise MisfitError("office.no_days", *empty[:1], severities=", ".join(empty))
        return {**REMINDER_DAYS, **value}


class Keys(Part):
    """The alerts."""

    alerts: Alerts = Field(default=Alerts(), description="Who is told.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Channels of one name."""
    yield from said_twice("name", [one.name for one in office.alerts.channels], "alerts", "channels")
