"""The ticketing: files as layouts say, and what Billetweb's API gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sources.catalogue import Context, Puller
from sources.declared import Declared
from warehouse.spec import load_spec

if TYPE_CHECKING:
    from sources.pulling import Patience

SPEC = load_spec(Path(__file__).with_name("source.yml"))
read = Declared(SPEC).read


def pull_billetweb(context: Context, patience: Patience | None = None) -> Iterator[Path]:
    """One file an event of Billetweb in `context.work`; none when the office has none.

    Raises UpstreamError before the first of them is given, when one of them fails.
    """
    # Only who pulls needs the client: its import costs the process that reads files half a second.
    from sources.pulling import PATIENCE
    from sources.ticketing.billetweb import pull_events

    system = context.office.systems.ticketing
    if system is not None and system.billetweb is not None:
        yield from pull_events(system.billetweb, context, patience or PATIENCE)


PULLERS: tuple[Puller, ...] = (pull_billetweb,)
