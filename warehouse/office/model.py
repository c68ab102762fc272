"""Who the office is: `office.yml`, validated with errors that name the field and the remedy.

The file is put together from its subjects (`warehouse.office.subjects`), a module each. The JSON Schema for
editors and docs/office-file.md are generated from these models.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import model_validator

from warehouse.office import systems
from warehouse.office.misfits import MisfitError, Near, refuse
from warehouse.office.office_file import load, refuse_file
from warehouse.office.subjects import (
    alerts,
    breaks,
    corrections,
    counters,
    given,
    identity,
    objectives,
    open_data,
    pages,
    privacy,
    quality,
    scheme,
    seasons,
    sites,
)


# pydantic lists the fields of the last base first: the file begins with the identity and ends with privacy.
class Office(
    privacy.Keys,
    pages.Keys,
    open_data.Keys,
    alerts.Keys,
    scheme.Keys,
    quality.Keys,
    objectives.Keys,
    seasons.Keys,
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

    `sources` are the names of those that there are: what is said of another one is refused. They are not
    looked at where none are given.
    """
    office = load(path, Office)
    if sources is None:
        return office
    refuse_file(path, list(_unknown_sources(office, sources)), office.language)
    return office


def _unknown_sources(office: Office, sources: Collection[str]) -> Iterator[MisfitError]:
    """What is said of a source that there is not."""
    said: tuple[tuple[tuple[str, str], Collection[str]], ...] = (
        (("alerts", "keepers"), office.alerts.keepers),
        (("privacy", "archive_days"), office.privacy.archive_days),
        (("privacy", "personal_days"), office.privacy.personal_days),
    )
    for where, names in said:
        for name in names:
            if name not in sources:
                near = Near(name, sorted(sources))
                yield MisfitError("office.unknown_source", *where, name, value=name, near=near)
