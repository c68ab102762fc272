"""Groups: the themes of guided tours that figures name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from warehouse.office.misfits import MisfitError
from warehouse.office.part import Part
from warehouse.office.tables import TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Groups(Part):
    """Groups and individual stays."""

    themes: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = Field(
        (),
        description="Themes of tours, as the workbook spells them (case does not count) and as figures name "
        "them; any other counts as `other`.",
    )


class System(Part):
    """Groups."""

    groups: Groups | None = Field(default=None, description="Groups and individual stays.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """A theme that is said twice, in whatever case."""
    themes = [theme.casefold() for theme in office.systems.groups.themes] if office.systems.groups else []
    for rank, theme in enumerate(themes):
        if theme in themes[:rank]:
            where = ("systems", "groups", "themes", rank)
            yield MisfitError("office.same_code", *where, value=theme, kind="themes")


def _themes(office: Office, _: Period) -> Iterator[Row]:
    for theme in office.systems.groups.themes if office.systems.groups else ():
        yield {"theme": theme}


TABLES = (Table("group_theme", {"theme": TEXT}, _themes),)
