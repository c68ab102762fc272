"""The keys below `systems`: each subject that is a system gives its own, by the name of its module."""

from __future__ import annotations

from pydantic import Field

from warehouse.office.part import Part
from warehouse.office.subjects import given


# pydantic lists the fields of the last base first. mypy cannot know the bases: who reads a key says its type.
class Systems(*reversed(given("System"))):  # type: ignore[misc]
    """The systems that the office has; what is absent is not expected."""


class Keys(Part):
    """The systems."""

    systems: Systems = Field(default=Systems(), description="The systems it has.")
