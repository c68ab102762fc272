"""Apidae and Tourinsoft: read what they gave, fetch announced exports, pull the API or the syndications."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sources.catalogue import Context, Puller, SourceReading
from sources.tourism_information import announced
from sources.tourism_information.reading import read_bundle
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery

if TYPE_CHECKING:
    from sources.pulling import Patience

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one ZIP, an export or a pull, strictly: one row of the account is one object announced.

    Raises RefusedDeliveryError when the ZIP is empty, truncated, encrypted, unsafe, or not Apidae's JSON.
    """
    return SourceReading(*read_bundle(SPEC, delivery, context.office, context.work))


def pull_api(context: Context, patience: Patience | None = None) -> Iterator[Path]:
    """The search API, whole, as one ZIP in `context.work`; nothing when the office declares no API.

    Raises UpstreamError naming the page when Apidae fails, refuses or answers nonsense: nothing is kept.
    """
    # Only who pulls needs the client: its import costs the process that reads files half a second.
    from sources.pulling import PATIENCE
    from sources.tourism_information.api import pull

    system = context.office.systems.tourism_information
    if system is not None and system.api is not None:
        yield pull(system.api, context.secret(system.api.key_secret), context, patience or PATIENCE)


def pull_tourinsoft(context: Context, patience: Patience | None = None) -> Iterator[Path]:
    """The syndications of Tourinsoft, all in one ZIP in `context.work`; nothing when the office has none.

    Raises UpstreamError naming the syndication and the page that fail: nothing is kept.
    """
    from sources.pulling import PATIENCE
    from sources.tourism_information.syndications import pull_syndications

    system = context.office.systems.tourism_information
    if system is not None and system.tourinsoft is not None and system.tourinsoft.is_pulled:
        yield pull_syndications(system.tourinsoft, context, patience or PATIENCE)


PULLERS: tuple[Puller, ...] = (announced.fetch, pull_api, pull_tourinsoft)
acknowledge = announced.acknowledge
