"""Known errors of counters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from warehouse.office.misfits import MisfitError
from warehouse.office.part import Code, Part
from warehouse.office.subjects.counters import unknown_counter
from warehouse.office.tables import DATE, REAL, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Correction(Part):
    """A known error of a counter. What was delivered stays as it is; the correction stands beside it."""

    counter: Code
    first_date: date = Field(description="First local day that is wrong, YYYY-MM-DD.")
    last_date: date | None = Field(None, description="Inclusive; the first date when absent.")
    action: Literal["ignore", "multiply", "replace"] = Field(
        description="`ignore`: not believed, and estimated. `multiply`: the counts times `factor`. "
        "`replace`: `entries` were counted in another way, by hand for instance, and count for the whole day."
    )
    factor: float | None = Field(
        default=None, gt=0, description="For `multiply`, such as 0.5 for a counter that counted twice."
    )
    entries: float | None = Field(
        default=None, ge=0, description="For `replace`, the people who came in on that one day."
    )
    reason: str = Field(
        description="What was found, for people who read it later. It is published: it names nobody."
    )
    reported_by: str = Field("", description="Who found it; not published.")
    expected_entries: float | None = Field(
        default=None,
        ge=0,
        description="Sum of the entries delivered for these days when the correction was written; only "
        "`replace` does without, as it holds whatever is delivered.",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Correction:
        named = {"counter": self.counter, "first": self.first_date}
        for name, value, action in (
            ("factor", self.factor, "multiply"), ("entries", self.entries, "replace")
        ):  # fmt: skip
            if (self.action == action) != (value is not None):
                raise MisfitError("office.goes_with_action", "action", name=name, action=action, **named)
        if self.action != "replace" and self.expected_entries is None:
            raise MisfitError("office.no_expected_entries", **named)
        if self.action == "replace" and self.end_date != self.first_date:
            raise MisfitError("office.replaces_one_day", "last_date", **named)
        if self.end_date < self.first_date:
            raise MisfitError("office.days_backwards", "last_date", first=self.first_date, last=self.end_date)
        return self

    @property
    def end_date(self) -> date:
        """The last local day, inclusive."""
        return self.last_date or self.first_date


class Keys(Part):
    """The known errors."""

    corrections: tuple[Correction, ...] = Field(
        default=(), description="Known errors of counters; one that no longer fits the data fails its check."
    )


def misfits(office: Office) -> Iterator[MisfitError]:
    """Corrections of a counter that the office has not, and two for one day of a counter."""
    for rank, correction in enumerate(office.corrections):
        yield from unknown_counter(office, correction.counter, "corrections", rank, "counter")
    ordered = sorted(enumerate(office.corrections), key=lambda one: (one[1].counter, one[1].first_date))
    for (_, one), (rank, other) in pairwise(ordered):
        if one.counter == other.counter and other.first_date <= one.end_date:
            yield MisfitError(
                "office.corrected_twice", "corrections", rank, "first_date",
                counter=one.counter, day=other.first_date,
            )  # fmt: skip


def _corrections(office: Office, _: Period) -> Iterator[Row]:
    for one in office.corrections:
        yield {**one.model_dump(), "last_date": one.end_date}


TABLES = (
    Table(
        "correction",
        {
            "counter": TEXT,
            "first_date": DATE,
            "last_date": DATE,
            "action": TEXT,
            "factor": REAL,
            "entries": REAL,
            "reason": TEXT,
            "reported_by": TEXT,
            "expected_entries": REAL,
        },
        _corrections,
    ),
)
