"""Requests from afar: files as layouts say, and the legs of calls by a reader of their own."""

from __future__ import annotations

from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.declared import Declared
from sources.requests.calls import is_cdr, is_consumption, read_cdr, read_consumption
from warehouse.office.subjects.requests import CDR_FIELDS
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file strictly; raises RefusedDeliveryError for what is no calls and fits no layout."""
    if is_cdr(delivery.path):
        system = context.office.systems.requests
        return read_cdr(SPEC, delivery, context, system.cdr_fields if system else CDR_FIELDS)
    if is_consumption(delivery.path):
        return read_consumption(SPEC, delivery, context)
    return Declared(SPEC).read(delivery, context)
