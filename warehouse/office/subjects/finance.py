"""Finance: what the office counts as its own receipts, and what as the cost of reception and promotion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from warehouse.office.part import Part
from warehouse.office.tables import TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office

Article = Annotated[str, Field(pattern=r"^\d{1,10}$")]


class Finance(Part):
    """The budget."""

    own_receipts: tuple[Article, ...] = Field(
        default=(),
        description="Articles of own receipts, by how they begin: `70` is all sales and services.",
    )
    reception_and_promotion: tuple[Article, ...] = Field(
        default=(),
        description="Articles of what reception and promotion cost, by how they begin: `623` is all "
        "advertising and printing, `64` all wages.",
    )


class System(Part):
    """The budget."""

    finance: Finance | None = Field(default=None, description="Budget.")


def _articles(listed: tuple[str, ...]) -> Iterator[Row]:
    for one in sorted(set(listed)):
        # An article within another one must not count twice.
        if not any(one != other and one.startswith(other) for other in listed):
            yield {"article": one}


def _own(office: Office, _: Period) -> Iterator[Row]:
    finance: Finance | None = office.systems.finance
    yield from _articles(finance.own_receipts if finance else ())


def _reception(office: Office, _: Period) -> Iterator[Row]:
    finance: Finance | None = office.systems.finance
    yield from _articles(finance.reception_and_promotion if finance else ())


TABLES = (
    Table("own_receipt", {"article": TEXT}, _own),
    Table("reception_article", {"article": TEXT}, _reception),
)
