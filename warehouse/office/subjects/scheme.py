"""The scheme of the destination: its actions, and what each is followed by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from warehouse.office.misfits import MisfitError, said_twice
from warehouse.office.part import Part
from warehouse.office.subjects.quality import Followed
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import INT, TEXT, Period, Row, Table

if TYPE_CHECKING:
    from warehouse.office.model import Office


class Control(Followed):
    """What an action is followed by; with neither `indicator` nor `manual` it has no data yet."""

    label: str = Field(description="As the scheme calls it. It is published.")


class Action(Part):
    """An action of the scheme."""

    action: int = Field(ge=1, description="Its number.")
    axis: str = Field(description="The axis that it belongs to, such as `1.3`.")
    title: str = Field(description="Its title. It is published.")
    source: str = Field(default="", description="Where the scheme says that its figures come from.")
    controls: tuple[Control, ...] = Field(
        default=(), description="Its control indicators; some actions have none."
    )


class Scheme(Part):
    """The action plan."""

    actions: tuple[Action, ...] = Field(description="Its actions.")
    skipped: tuple[int, ...] = Field(
        default=(), description="Numbers that the scheme itself skips: no action is missing there."
    )


class Keys(Part):
    """The scheme of the destination."""

    scheme: Scheme | None = Field(default=None, description="The action plan.")


def misfits(office: Office) -> Iterator[MisfitError]:
    """Numbers that stand twice, that are missing though the scheme does not skip them, and unknown sites."""
    if office.scheme is None:
        return
    numbers = [one.action for one in office.scheme.actions]
    skipped = office.scheme.skipped
    yield from said_twice("action", [str(one) for one in numbers], "scheme", "actions")
    for number in range(1, max((*numbers, *skipped), default=0)):
        if number not in numbers and number not in skipped:
            yield MisfitError("office.missing_action", "scheme", "skipped", number=number)
    for number in skipped:
        if number in numbers:
            yield MisfitError("office.skipped_action", "scheme", "skipped", number=number)
    for rank, one in enumerate(office.scheme.actions):
        for place, control in enumerate(one.controls):
            yield from unknown_site(
                office, control.site, "scheme", "actions", rank, "controls", place, every=True
            )


def _actions(office: Office, _: Period) -> Iterator[Row]:
    for one in office.scheme.actions if office.scheme else ():
        yield {
            "scheme_action": one.action, "axis": one.axis, "title": one.title,
            "planned_source": one.source or None,
        }  # fmt: skip
    for number in office.scheme.skipped if office.scheme else ():
        yield {"scheme_action": number, "axis": None, "title": None, "planned_source": None}


def _controls(office: Office, _: Period) -> Iterator[Row]:
    for one in office.scheme.actions if office.scheme else ():
        for rank, control in enumerate(one.controls, start=1):
            yield {"scheme_action": one.action, "control_rank": rank, **control.model_dump()}


TABLES = (
    Table(
        "scheme_action", {"scheme_action": INT, "axis": TEXT, "title": TEXT, "planned_source": TEXT}, _actions
    ),
    Table(
        "scheme_control",
        {
            "scheme_action": INT, "control_rank": INT, "label": TEXT, "indicator": TEXT, "site": TEXT,
            "dimension": TEXT, "manual": TEXT,
        },
        _controls,
    ),
)  # fmt: skip
