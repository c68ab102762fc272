"""The quality manual of the office: what it wants to reach, followed year by year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Code, Part
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import BOOL, INT, REAL, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office

TIMES = {"year": 1, "quarter": 4, "month": 12}
GROWTH = re.compile(r"([+-]\d+(?:[.,]\d+)?)\s*%")


class Followed(Part):
    """Where a value comes from: an indicator of Vigie, or a register that a person keeps; never both."""

    indicator: str | None = Field(default=None, description="Indicator code.")
    site: str = Field(default="all", description="Site code of the indicator, or `all`.")
    dimension: str = Field(default="", description="Dimension of the indicator; empty for none.")
    manual: Code | None = Field(
        default=None,
        description="Code of what only a person knows: the register `manual_indicators` has it, or the "
        "label, in its column Indicateur.",
    )

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> Followed:
        if self.indicator is not None and self.manual is not None:
            raise MisfitError("office.two_origins", "manual", indicator=self.indicator, manual=self.manual)
        return self


class QualityObjective(Followed):
    """One line of the quality manual."""

    label: str = Field(description="As the manual calls it. It is published.")
    family: Code = Field(description="Family of the manual, such as `welcome`.")
    frequency: Literal["year", "quarter", "month"] = Field(
        default="year", description="How often the objective is to be reached: 1 a `month` is 12 a year."
    )
    objective: float | str | None = Field(
        default=None,
        description="A number, a change against the year before (`+10%`), or a text, which nobody judges.",
    )
    at_most: bool = Field(default=False, description="True when less is better, such as of incidents.")

    @property
    def growth_percent(self) -> float | None:
        """The change that is wanted, in percent."""
        found = GROWTH.fullmatch(self.objective.strip()) if isinstance(self.objective, str) else None
        return float(found[1].replace(",", ".")) if found else None

    @property
    def target(self) -> float | None:
        """The number that is wanted of a year."""
        return self.objective * TIMES[self.frequency] if isinstance(self.objective, float) else None


class Keys(Part):
    """The quality manual."""

    quality_objectives: tuple[QualityObjective, ...] = Field(
        default=(), description="The lines of the quality manual."
    )


def misfits(office: Office) -> Iterator[MisfitError]:
    """Lines that are written twice, and those of a site that the office has not."""
    yield from said_twice("label", [one.label for one in office.quality_objectives], "quality_objectives")
    for rank, one in enumerate(office.quality_objectives):
        yield from unknown_site(office, one.site, "quality_objectives", rank, every=True)


def _objectives(office: Office, _: Period) -> Iterator[Row]:
    for rank, one in enumerate(office.quality_objectives, start=1):
        told = one.objective
        yield {
            "objective_rank": rank, "label": one.label, "family": one.family, "frequency": one.frequency,
            "indicator": one.indicator, "site": one.site, "dimension": one.dimension, "manual": one.manual,
            "objective": f"{told:g}" if isinstance(told, float) else told,
            "target_value": one.target, "growth_percent": one.growth_percent, "is_at_most": one.at_most,
        }  # fmt: skip


TABLES = (
    Table(
        "quality_objective",
        {
            "objective_rank": INT, "label": TEXT, "family": TEXT, "frequency": TEXT, "indicator": TEXT,
            "site": TEXT, "dimension": TEXT, "manual": TEXT, "objective": TEXT, "target_value": REAL,
            "growth_percent": REAL, "is_at_most": BOOL,
        },
        _objectives,
    ),
)  # fmt: skip
