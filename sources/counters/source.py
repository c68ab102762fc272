"""Read the counters' files: which format a file is in, and its rows through the strict reader."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.counters import declared, messages, national
from warehouse.ledger import Delivery
from warehouse.spec import load_spec

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file: messages and declared CSV by the file's name, else the national schema.

    Raises RefusedDeliveryError for a file that is neither, or that lacks a mandatory column.
    """
    if any(fnmatchcase(delivery.file_name, pattern) for pattern in SPEC.delivery(messages.KIND).files):
        return messages.read(delivery, context, SPEC)
    counters = declared.claiming(delivery, context.office)
    if counters:
        return declared.read(delivery, context, SPEC, counters)
    return national.read(delivery, context, SPEC)
