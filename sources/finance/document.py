"""A Document budgétaire (Actes budgétaires, TotEM): XML whose every value stands in an attribute V.

The section is not in the line. It follows from the article: classes 6 and 7, and the lines 002, 022 and 023,
are operating, all others investment. Annexes (staff, loans, grants) are personal and never read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from sources.catalogue import Context, SourceReading
from sources.staged import Quarantined, write_quarantine, write_rows
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Account, Delivery
from warehouse.words.messages import say
from warehouse.words.shapes import typed

NAMESPACE = "{http://www.minefi.gouv.fr/cp/demat/docbudgetaire}"
ROOT = f"{NAMESPACE}DocumentBudgetaire"
KINDS = {"01": "primitive", "02": "amending", "03": "supplementary", "09": "account"}
DIRECTIONS = {"R": "receipt", "D": "expense"}
OPERATIONS = {"0": "real", "1": "order"}
AMOUNTS = {"voted_eur": "MtPrev", "realised_eur": "MtReal", "remaining_eur": "MtRAR3112"}
AMOUNT = re.compile(r"-?\d+(\.\d{1,4})?")
ARTICLE = re.compile(r"\d{2,10}")
OPERATING = re.compile(r"[67]\d*|002|022|023")


class _BadLineError(ValueError):
    """A line that does not hold what it must: the element, the broken rule, its text."""

    def __init__(self, element: str, rule: str, value: str) -> None:
        super().__init__(f"{element}: {rule}")
        self.element, self.rule, self.value = element, rule, value


@dataclass
class _Found:
    """What the document gave so far: its kind, year and SIRET, its good lines and the quarantined ones."""

    head: dict[str, str] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    read: int = 0


def is_document(path: Path) -> bool:
    """True for a file that begins as XML does."""
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_document(spec: SourceSpec, delivery: Delivery, context: Context) -> SourceReading:
    """Read a document; raises RefusedDeliveryError for one that is cut, hostile, another file or several."""
    language, name = context.office.language, delivery.file_name
    found = _Found()
    try:
        _walk(delivery.path, found, language)
    except (ParseError, DefusedXmlException) as error:
        raise RefusedDeliveryError(say("refused.damaged", language, file=name, detail=error)) from error
    except LookupError as error:
        raise RefusedDeliveryError(say("refused.not_budget", language, file=name)) from error
    kind, year = KINDS.get(found.head.get("NatDec", "")), found.head.get("Exer", "")
    if kind is None or not re.fullmatch(r"(19|20|21)\d\d", year) or "IdEtab" not in found.head:
        raise RefusedDeliveryError(say("refused.not_budget", language, file=name))
    about = {
        "fiscal_year": int(year),
        "document_kind": kind,
        "recorded_in": "xml",
        "budget": found.head["IdEtab"],
        "account_plan": _account_plan(found.head.get("Nomenclature", "")),
    }
    table = spec.table("budget_lines")
    path = write_rows(table, [{**about, **row} for row in found.rows], delivery, context.work)
    quarantine = context.work / "quarantine.parquet"
    write_quarantine(quarantine, found.quarantined)
    account = Account(
        kind="budget",
        rows_read=found.read,
        rows_loaded=len(found.rows),
        rows_quarantined=len(found.quarantined),
        quarantine=(quarantine,) if found.quarantined else (),
    )
    return SourceReading(account, {table.name: path})


def _account_plan(nomenclature: str) -> str | None:
    """The plan that a nomenclature is of: M57 of `M57_A`."""
    said = re.match(r"M\d{1,3}", nomenclature)
    return said[0] if said else None


def _walk(path: Path, found: _Found, language: str) -> None:
    """Collect the head and the lines; raises LookupError for another root, or a second head."""
    is_begun = False
    for event, element in iterparse(path, events=("start", "end")):
        if not is_begun:
            if element.tag != ROOT:
                raise LookupError(element.tag)
            is_begun = True
        if event == "start":
            continue
        tag = element.tag.removeprefix(NAMESPACE)
        if tag in ("EnTeteBudget", "BlocBudget"):
            for child in element:
                known = child.tag.removeprefix(NAMESPACE)
                said = child.get("V", "")
                # A document of several budgets would be read as one.
                if found.head.setdefault(known, said) != said:
                    raise LookupError(known)
        elif tag == "LigneBudget":
            _take(found, element, language)
        if tag in ("LigneBudget", "Annexes"):
            element.clear()


def _take(found: _Found, element: Element, language: str) -> None:
    found.read += 1
    values = {child.tag.removeprefix(NAMESPACE): child.get("V", "") for child in element}
    try:
        found.rows.append(_row(values))
    except _BadLineError as bad:
        reason = say(f"quarantine.{bad.rule}", language, value=typed(bad.value))
        found.quarantined.append(Quarantined(found.read, bad.element, bad.rule, reason))


def _row(values: dict[str, str]) -> dict[str, Any]:
    article = values.get("Nature", "")
    if not ARTICLE.fullmatch(article):
        raise _BadLineError("Nature", "misformed_code" if article else "missing_value", article)
    direction = DIRECTIONS.get(values.get("CodRD", ""))
    if direction is None:
        raise _BadLineError("CodRD", "unknown_sign", values.get("CodRD", ""))
    return {
        "section": "operating" if OPERATING.fullmatch(article) else "investment",
        "direction": direction,
        "chapter": values.get("ContNat") or None,
        "article": article,
        "operation_kind": OPERATIONS.get(values.get("OpBudg", "")),
        **{column: _amount(values, element) for column, element in AMOUNTS.items()},
    }


def _amount(values: dict[str, str], element: str) -> Decimal | None:
    said = values.get(element, "")
    if not said:
        return None
    if not AMOUNT.fullmatch(said):
        raise _BadLineError(element, "not_a_number", said)
    return Decimal(said)
