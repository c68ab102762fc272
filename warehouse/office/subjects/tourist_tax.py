"""The tourist tax: its authority, the intercommunalities and the operators that collect it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from warehouse.office.misfits import MisfitError, Near, said_twice
from warehouse.office.part import Code, Part
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


class Territory(Part):
    """An intercommunality that collects the tax."""

    code: Code = Field(description="As figures name it, such as `pays-des-luys`.")
    name: str = Field(description="Its name.")
    municipalities: tuple[str, ...] = Field(
        min_length=1, description="INSEE codes of its municipalities, each of one intercommunality."
    )


class TouristTax(Part):
    """The tourist tax: the deliberating authority, and the operators that send statements."""

    authority_siren: str = Field(pattern=r"^\d{9}$", description="SIREN in the deliberations file.")
    operators: tuple[DigitalOperator, ...] = Field(
        default=(), description="Operators whose statements are expected."
    )
    territories: tuple[Territory, ...] = Field(
        default=(),
        description="Where several intercommunalities collect the tax: each, with its municipalities. Of a "
        "year in which one of them has no declarations no total is given.",
    )


class System(Part):
    """The tourist tax."""

    tourist_tax: TouristTax | None = Field(default=None, description="Tourist tax.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Operators that are written twice."""
    codes = [one.code for one in _collecting(office)]
    yield from said_twice("code", codes, "systems", "tourist_tax", "operators")
    where = ("systems", "tourist_tax", "territories")
    yield from said_twice("code", [one.code for one in _territories(office)], *where)
    known = [one.code for one in office.municipalities]
    taken: set[str] = set()
    for rank, one in enumerate(_territories(office)):
        for place, code in enumerate(one.municipalities):
            at = (*where, rank, "municipalities", place)
            if code not in known:
                yield MisfitError("office.unknown_municipality", *at, value=code, near=Near(code, known))
            elif code in taken:
                yield MisfitError("office.same_code", *at, value=code, kind="territories")
            taken.add(code)


def _collecting(office: Office) -> tuple[DigitalOperator, ...]:
    tax: TouristTax | None = office.systems.tourist_tax
    return tax.operators if tax else ()


def _territories(office: Office) -> tuple[Territory, ...]:
    tax: TouristTax | None = office.systems.tourist_tax
    return tax.territories if tax else ()


def _authority(office: Office, _: Period) -> Iterator[Row]:
    tax: TouristTax | None = office.systems.tourist_tax
    if tax:
        yield {"authority_siren": tax.authority_siren}


def _operators(office: Office, _: Period) -> Iterator[Row]:
    for one in _collecting(office):
        yield {"operator": one.code, "amounts": one.amounts, "statements": one.statements}


def _municipalities(office: Office, _: Period) -> Iterator[Row]:
    for one in _territories(office):
        for code in one.municipalities:
            yield {"territory": one.code, "territory_name": one.name, "municipality_code": code}


TABLES = (
    Table("tourist_tax", {"authority_siren": TEXT}, _authority),
    Table("digital_operator", {"operator": TEXT, "amounts": TEXT, "statements": TEXT}, _operators),
    Table(
        "tax_territory",
        {"territory": TEXT, "territory_name": TEXT, "municipality_code": TEXT},
        _municipalities,
    ),
)
