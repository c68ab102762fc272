"""What all parts of the office file share."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from warehouse.addresses import is_protected
from warehouse.office.misfits import MisfitError

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Lower case, digits, - and _.")]
Direction = Literal["in", "out", "both"]


def _protected(value: str) -> str:
    if not is_protected(value):
        raise MisfitError("office.plain_http", value=value)
    return value


# Of a service that is given a secret: HTTPS, unless it is on this machine.
ServiceAddress = Annotated[str, AfterValidator(_protected)]


class Part(BaseModel):
    """A part of office.yml: unknown keys are refused, because a typing error must not be ignored."""

    # What is written out is read again, by the keys of the file (`from`).
    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    @field_validator("*")
    @classmethod
    def _times_are_local(cls, value: object) -> object:
        """A time of the day with an offset would not be the office's own."""
        if isinstance(value, time) and value.tzinfo is not None:
            raise MisfitError("office.not_a_time", value=value)
        return value


class Equipment(Part):
    """What helps whoever is told that a piece of equipment is at fault."""

    runbook: str = Field(
        default="",
        description="What to do when it fails, as alerts print it; each rule's own advice when absent.",
    )
    keeps_data_days: int | None = Field(
        default=None, ge=0, description="Days of counts that the device itself keeps; 0 for none."
    )
