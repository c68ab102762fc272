"""The tourist tax: its authority and the operators that collect it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Part
from warehouse.office.tables import TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class DigitalOperator(Part):
    """An operator (platform) that collects the tax and sends statements."""

    code: str = Field(description="As printed in reports and used as a dimension, such as `Airbnb`.")
    spellings: tuple[str, ...] = Field((), description="Other spellings found in statements.")
    files: str = Field(description="Pattern of its statements' file names in inbox/tourist_tax.")
    encoding: Literal["utf-8", "cp1252"] = Field(default="utf-8", description="Encoding of its statements.")
    separator: str = Field(";", min_length=1, max_length=1, description="One character.")
    statements: Literal["whole", "parts"] = Field(
        "whole",
        description="`whole`: a statement replaces the earlier one of the same period. `parts`: the files of "
        "a period add up (one a listing, say), and only one of the same name replaces another.",
    )
    amounts: Literal["gross", "net", "unknown"] = Field(
        "unknown", description="Whether its amounts include the additional shares."
    )


class TouristTax(Part):
    """The tourist tax: the deliberating authority, and the operators that send statements."""

    authority_siren: str = Field(pattern=r"^\d{9}$", description="SIREN in the deliberations file.")
    operators: tuple[DigitalOperator, ...] = Field(
        default=(), description="Operators whose statements are expected."
    )


class System(Part):
    """The tourist tax."""

    tourist_tax: TouristTax | None = Field(default=None, description="Tourist tax.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Operators that are written twice."""
    codes = [one.code for one in _collecting(office)]
    yield from said_twice("code", codes, "systems", "tourist_tax", "operators")


def _collecting(office: Office) -> tuple[DigitalOperator, ...]:
    tax: TouristTax | None = office.systems.tourist_tax
    return tax.operators if tax else ()


def _authority(office: Office, _: Period) -> Iterator[Row]:
    tax: TouristTax | None = office.systems.tourist_tax
    if tax:
        yield {"authority_siren": tax.authority_siren}


def _operators(office: Office, _: Period) -> Iterator[Row]:
    for one in _collecting(office):
        yield {"operator": one.code, "amounts": one.amounts, "statements": one.statements}


TABLES = (
    Table("tourist_tax", {"authority_siren": TEXT}, _authority),
    Table("digital_operator", {"operator": TEXT, "amounts": TEXT, "statements": TEXT}, _operators),
)
