"""Read the counters' files: which format a file is in, and its rows through the strict reader."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.counters import declared, described, messages, national
from sources.layouts import known
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file: messages and declared CSV by the file's name, else as an office's own layout says.

    What fits none of these is of the national schema. Raises RefusedDeliveryError for a file that is none,
    or that lacks a mandatory column.
    """
    if any(fnmatchcase(delivery.file_name, pattern) for pattern in SPEC.delivery(messages.KIND).files):
        return messages.read(delivery, context, SPEC)
    counters = declared.matching(delivery.file_name, context.office)
    if counters:
        return declared.read(delivery, context, SPEC, counters)
    if layouts := known(context.home, SPEC, context.office.language):
        try:
            return described.read(delivery, context, SPEC, layouts)
        except RefusedDeliveryError as error:
            if error.misses == 0:  # it fits a layout
                raise
    return national.read(delivery, context, SPEC)


def subjects(office: Office, file_name: str) -> list[str]:
    """The counters that a file is of: those that declare its name, else all that are read like it."""
    is_of_messages = any(fnmatchcase(file_name, pattern) for pattern in SPEC.delivery(messages.KIND).files)
    counters = declared.matching(file_name, office) or [
        counter
        for counter in office.counters
        if counter.csv is None and (counter.mqtt is not None) == is_of_messages
    ]
    return [f"counter:{counter.code}" for counter in counters]
