"""Apidae: read an export ZIP or an API pull, fetch announced exports, pull the search API, load with dlt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dlt
from dlt.extract import DltResource

from sources.catalogue import Context, Puller, SourceReading
from sources.loading import Staged, staged_resources
from sources.tourism_information import announced
from sources.tourism_information.api import PATIENCE, Patience, pull
from sources.tourism_information.reading import read_bundle
from warehouse.ledger import Delivery
from warehouse.spec import load_spec

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one ZIP, an export or an API pull, strictly: one row of the account is one object announced.

    Raises RefusedDeliveryError when the ZIP is empty, truncated, encrypted, unsafe, or not Apidae's JSON.
    """
    return SourceReading(*read_bundle(SPEC, delivery, context.office, context.work))


def pull_api(context: Context, patience: Patience = PATIENCE) -> Iterator[Path]:
    """The search API, whole, as one ZIP in `context.work`; nothing when the office declares no API.

    Raises UpstreamError naming the page when Apidae fails, refuses or answers nonsense: nothing is kept.
    """
    system = context.office.systems.tourism_information
    if system is not None and system.api is not None:
        yield pull(system.api, context.secret(system.api.key_secret), context, patience)


PULLERS: tuple[Puller, ...] = (announced.fetch, pull_api)
acknowledge = announced.acknowledge


@dlt.source(name=SPEC.name)
def source(staged: Staged) -> Iterator[DltResource]:
    """Objects, opening periods, bed places and what each delivery announced, as staged Parquet."""
    yield from staged_resources(SPEC, staged)
