"""Who the office is: `office.yml`, validated with errors that name the field and the remedy.

The file is put together from its subjects (`warehouse.office.subjects`), a module each. The JSON Schema for
editors and docs/office-file.md are generated from these models.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pydantic import model_validator

from warehouse.office import systems
from warehouse.office.misfits import refuse
from warehouse.office.office_file import load, refuse_file
from warehouse.office.subjects import (
    alerts,
    breaks,
    corrections,
    counters,
    given,
    identity,
    objectives,
    privacy,
    sites,
)


# pydantic lists the fields of the last base first: the file begins with the identity and ends with privacy.
class Office(
    privacy.Keys,
    alerts.Keys,
    objectives.Keys,
    corrections.Keys,
    breaks.Keys,
    systems.Keys,
    counters.Keys,
    sites.Keys,
    identity.Keys,
):
    """The office file."""

    @model_validator(mode="after")
    def _holds_together(self) -> Office:
        refuse(misfit for misfits in given("misfits") for misfit in misfits(self))
        return self


def load_office(path: Path, sources: Collection[str] | None = None) -> Office:
    """Read and validate office.yml; raises OfficeFileError, which names all that is wrong with its remedy.

    `sources` are the names of those that there are: a retention of another one is refused. They are not
    looked at where none are given.
    """
    office = load(path, Office)
    if sources is None:
        return office
    refuse_file(path, list(privacy.unknown_sources(office.privacy, sources)), office.language)
    return office
