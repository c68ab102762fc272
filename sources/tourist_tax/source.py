"""The tourist tax as a source: which of the three kinds a file is."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.layouts import known
from sources.tourist_tax.declarations import read_declarations
from sources.tourist_tax.deliberations import read_deliberations
from sources.tourist_tax.statements import read_statement
from warehouse.office.model import Office
from warehouse.office.subjects.tourist_tax import DigitalOperator
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file strictly: a statement or the deliberations by its name, else by the layout that it fits.

    Operators' statements are told by the patterns of office.yml, deliberations by that of source.yml.
    Raises RefusedDeliveryError for a file that is none of these, or not what its name says.
    """
    operator = _operator_of(delivery.file_name, context.office)
    if operator is not None:
        return read_statement(SPEC, delivery, context, operator)
    if any(fnmatch(delivery.file_name.lower(), one) for one in SPEC.delivery("deliberations").files):
        return read_deliberations(SPEC, delivery, context)
    return read_declarations(SPEC, known(context.home, SPEC, context.office.language), delivery, context)


def _operator_of(file_name: str, office: Office) -> DigitalOperator | None:
    """The operator whose statements have such a name; None when it is no statement's."""
    tax = office.systems.tourist_tax
    operators = tax.operators if tax else ()
    return next((o for o in operators if fnmatch(file_name.lower(), o.files.lower())), None)
