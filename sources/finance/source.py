"""The budget as a source: the XML of a Document budgétaire by its own reader, all other files by layouts."""

from __future__ import annotations

from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.declared import Declared
from sources.finance.document import is_document, read_document
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file strictly; raises RefusedDeliveryError for what is no document and fits no layout."""
    if is_document(delivery.path):
        return read_document(SPEC, delivery, context)
    return Declared(SPEC).read(delivery, context)
