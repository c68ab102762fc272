"""The tourist tax as a source: which of the three kinds a file is."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from sources.catalogue import Context, SourceReading
from sources.tourist_tax.declarations import read_declarations
from sources.tourist_tax.deliberations import read_deliberations
from sources.tourist_tax.statements import read_statement
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import Office
from warehouse.office.subjects.tourist_tax import DigitalOperator
from warehouse.spec import load_spec
from warehouse.storage.ledger import Delivery
from warehouse.words.messages import say

SPEC = load_spec(Path(__file__).with_name("source.yml"))


def read(delivery: Delivery, context: Context) -> SourceReading:
    """Read one file strictly, as the kind that its name says it is.

    Operators' statements are told by the patterns of office.yml, the others by those of source.yml.
    Raises RefusedDeliveryError for a file of no known name, or not what its name says.
    """
    operator = _operator_of(delivery.file_name, context.office)
    if operator is not None:
        return read_statement(SPEC.table("tax_operator_statements"), delivery, context, operator)
    if _is_kind("declarations", delivery.file_name):
        return read_declarations(SPEC.table("tax_declarations"), delivery, context)
    if _is_kind("deliberations", delivery.file_name):
        return read_deliberations(SPEC, delivery, context)
    raise RefusedDeliveryError(say("refused.unknown_file", context.office.language, file=delivery.file_name))


def _is_kind(kind: str, file_name: str) -> bool:
    return any(fnmatch(file_name.lower(), pattern.lower()) for pattern in SPEC.delivery(kind).files)


def _operator_of(file_name: str, office: Office) -> DigitalOperator | None:
    """The operator whose statement bears such a name; None when it is no statement."""
    tax = office.systems.tourist_tax
    operators = tax.operators if tax else ()
    return next((o for o in operators if fnmatch(file_name.lower(), o.files.lower())), None)
