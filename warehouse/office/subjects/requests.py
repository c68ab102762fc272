"""Requests from afar: how the telephone exchange writes its calls."""

from __future__ import annotations

from pydantic import Field, field_validator

from warehouse.office.misfits import MisfitError
from warehouse.office.part import Part

# All fields of a CDR of 3CX, in the order in which it offers them.
CDR_FIELDS = (
    "historyid",
    "callid",
    "duration",
    "time-start",
    "time-answered",
    "time-end",
    "reason-terminated",
    "from-no",
    "to-no",
    "from-dn",
    "to-dn",
    "dial-no",
    "reason-changed",
    "final-number",
    "final-dn",
    "bill-code",
    "bill-rate",
    "bill-cost",
    "bill-name",
    "chain",
    "from-type",
    "to-type",
    "final-type",
    "from-dispname",
    "to-dispname",
    "final-dispname",
    "missed-queue-calls",
)
NEEDED = ("historyid", "time-start", "time-answered", "from-no", "from-type", "to-type")


class Requests(Part):
    """Requests from afar."""

    cdr_fields: tuple[str, ...] = Field(
        CDR_FIELDS,
        description="Fields of the CDR of a 3CX exchange, in the order of its settings: the file has no "
        "headings. It needs historyid, time-start, time-answered, from-no, from-type and to-type; with "
        "from-dn, calls that come in by two lines in the same minute are two.",
    )

    @field_validator("cdr_fields")
    @classmethod
    def _holds_what_is_read(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if lacking := [name for name in NEEDED if name not in value]:
            raise MisfitError("office.cdr_fields", fields=", ".join(lacking))
        return value


class System(Part):
    """Requests from afar."""

    requests: Requests | None = Field(default=None, description="Requests from afar.")
