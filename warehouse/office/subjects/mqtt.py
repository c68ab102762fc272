"""The MQTT broker that counters push to, and how their messages are written."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from warehouse.addresses import is_loopback
from warehouse.office.misfits import MisfitError
from warehouse.office.part import Direction, Part


class CounterMqtt(Part):
    """A counter's MQTT messages, declared. Paths into their JSON are dotted; `0` is the first of a list."""

    topic: str = Field(description="Topic of its messages; `+` matches any one level of it.")
    counts: dict[str, Direction] = Field(
        min_length=1,
        description="Paths of the counts and the direction of each, such as `object.in: in` (ChirpStack) or "
        "`uplink_message.decoded_payload.in: in` (The Things Stack).",
    )
    instant: str | None = Field(
        None,
        description="Path of the instant at which the counts were taken, ISO 8601 with an offset or an epoch "
        "in seconds or milliseconds; when absent, the instant at which the message came.",
    )
    minutes: int = Field(
        60, ge=1, le=1440, description="Length of the slot that ends at the instant, in minutes."
    )
    values: Literal["counts", "index"] = Field(
        "counts", description="`index` for a cumulative meter whose differences are the counts."
    )
    index_modulus: int | None = Field(None, description="Where a cumulative index rolls over to 0.")

    @field_validator("counts", "instant")
    @classmethod
    def _paths_have_no_gap(
        cls, value: dict[str, Direction] | str | None
    ) -> dict[str, Direction] | str | None:
        for path in [value] if isinstance(value, str) else value or ():
            if not all(path.split(".")):
                raise MisfitError("office.json_path", value=path)
        return value

    @field_validator("topic")
    @classmethod
    def _topic_is_one(cls, value: str) -> str:
        levels = value.split("/")
        if "#" in value or any("+" in level and level != "+" for level in levels):
            raise MisfitError("office.topic", value=value)
        return value

    def may_hear(self, topic: str) -> bool:
        """True when a message of this topic, or of some topic that this filter matches, matches ours."""
        ours, theirs = self.topic.split("/"), topic.split("/")
        pairs = zip(ours, theirs, strict=False)
        return len(ours) == len(theirs) and all(a == b or "+" in (a, b) for a, b in pairs)


class MqttBroker(Part):
    """The MQTT broker to which door counters push, directly or through a LoRaWAN network server."""

    host: str = Field(description="Name or address of the broker.")
    tls: bool = Field(
        default=True,
        description="Encrypted, the broker's certificate checked. A password goes to another machine with "
        "TLS alone.",
    )
    ca_file: str | None = Field(
        default=None,
        description="Certificate (PEM) of the authority that signed the broker's, in the home; the system's "
        "authorities when absent.",
    )
    port: int | None = Field(None, ge=1, le=65535, description="8883 with TLS and 1883 without when absent.")
    username: str | None = Field(default=None, description="User name, when the broker wants one.")
    password_secret: str = Field(
        "VIGIE_MQTT_PASSWORD", description="Name of the secret that holds the user's password."
    )

    @model_validator(mode="after")
    def _authority_goes_with_tls(self) -> MqttBroker:
        if self.ca_file is not None and not self.tls:
            raise MisfitError("office.ca_file", "ca_file")
        return self

    @model_validator(mode="after")
    def _password_is_protected(self) -> MqttBroker:
        if self.username is not None and not self.tls and not is_loopback(self.host):
            raise MisfitError("office.plain_password", "tls", host=self.host, user=self.username)
        return self

    @property
    def port_used(self) -> int:
        """The port, MQTT's own when none is given."""
        return self.port or (8883 if self.tls else 1883)


class System(Part):
    """The broker."""

    mqtt: MqttBroker | None = Field(
        default=None, description="MQTT broker of the counters of `format: mqtt`."
    )
