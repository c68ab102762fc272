"""Reviews as a source: Google's exports by their own reader, all other files by layouts."""

from __future__ import annotations

from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.declared import Declared
from sources.reviews.google import is_google, read_google
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file strictly; raises RefusedDeliveryError for what is neither Google's nor fits a layout."""
    if is_google(delivery.path, delivery.file_name):
        return read_google(SPEC, delivery, context)
    return Declared(SPEC).read(delivery, context)
