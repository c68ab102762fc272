"""Read the files of the audience as their layouts say; "+ de 120 000" is a least number and stays one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sources import by_layout
from sources.catalogue import Context, Puller, SourceReading
from sources.layouts import known
from sources.reading.fields import Field, literal, quoted
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery

if TYPE_CHECKING:
    from sources.pulling import Patience

SPEC = load_spec(Path(__file__).with_name("source.yml"))

CREATORS = "creator_readings"
# How a least number begins: "+ de 120 000", "plus de 120 000", "> 120 000", "+120 000"; it may end in "+".
MORE_THAN = r"(?i)^\s*(\+\s*(de|d')?|plus\s+(de|d')|>|over|more than)\s*"
OR_MORE = r"(?i)\s*(\+|et plus)\s*$"


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file as the layout says that it fits; raises RefusedDeliveryError where none does."""
    office = context.office
    return by_layout.read(
        by_layout.FileToRead.of(delivery, context),
        SPEC,
        known(context.home, SPEC, office.language),
        constants=lambda _: {"office": delivery.office, "delivery_id": delivery.delivery_id},
        zone=office.time_zone,
        language=office.language,
        rules=lambda table: (
            by_layout.Rules(special=_least) if table == "creator_readings" else by_layout.Rules()
        ),
    )


def _least(fields: Mapping[str, Field]) -> Mapping[str, Field]:
    """The fields of creators, each count without its sign of a least number, which is a field of its own."""
    found = dict(fields)
    for name, field in fields.items():
        if name.endswith("_count") and field.column:
            cell = quoted(field.column)
            bare = f"regexp_replace(regexp_replace({cell}, {literal(MORE_THAN)}, ''), {literal(OR_MORE)}, '')"
            found[name] = replace(field, sql=field.sql.replace(cell, bare))
            flag = f"is_{name.removesuffix('_count')}_minimum"
            said = (
                f"regexp_matches({cell}, {literal(MORE_THAN)}) OR regexp_matches({cell}, {literal(OR_MORE)})"
            )
            found[flag] = Field(flag, "", f"({said})")
    return found


def pull_matomo(context: Context, patience: Patience | None = None) -> Iterator[Path]:
    """One file a website that Matomo follows, in `context.work`; none when the office declares none.

    Raises UpstreamError when Matomo fails, refuses or leaves out a day.
    """
    # Only who pulls needs the client: its import costs the process that reads files half a second.
    from sources.audience.matomo import pull_websites
    from sources.pulling import PATIENCE

    system = context.office.systems.audience
    if system is not None:
        yield from pull_websites(system.matomo, context, patience or PATIENCE)


PULLERS: tuple[Puller, ...] = (pull_matomo,)
