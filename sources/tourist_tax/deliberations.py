"""The national file of deliberations (XML, impots.gouv.fr): one deliberation is one row of the ledger.

A deliberation is known by its authority (SIREN), its date and the date of its entry. Its tariffs, regimes and
communes go with it: all of it is loaded, or it is quarantined whole. "Line" is its rank in the file, which
the national file writes on a single line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from sources.catalogue import Context, SourceReading
from sources.staged import write_quarantine, write_rows
from sources.tourist_tax.words import CATEGORY_IDS, NATURE_IDS, REGIMES
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import SourceSpec
from warehouse.storage.ledger import Account, Delivery
from warehouse.words.messages import listed, say
from warehouse.words.shapes import typed

MONTHS = {
    "janvier": 1, "février": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6,
    "juillet": 7, "août": 8, "septembre": 9, "octobre": 10, "novembre": 11, "décembre": 12,
}  # fmt: skip
SIREN = re.compile(r"\d{9}")
YEAR = re.compile(r"\d{4}", re.ASCII)
Row = dict[str, Any]
Rows = Mapping[str, list[Row]]


class _BadElementError(ValueError):
    """An element that does not hold what it must: its name, the broken rule, its text."""

    def __init__(self, element: str, rule: str, value: str, **words: object) -> None:
        super().__init__(f"{element}: {rule}")
        self.element, self.rule, self.value, self.words = element, rule, value, words


@dataclass
class _Contents:
    """What the file gave so far: good rows by table, quarantined deliberations, codes new to us."""

    tables: dict[str, list[Row]]
    seen: dict[tuple[Any, ...], Rows] = field(default_factory=dict)
    quarantined: list[tuple[int | None, str | None, str, str]] = field(default_factory=list)
    unknown: dict[str, dict[str, int]] = field(default_factory=dict)
    read: int = 0
    duplicate: int = 0

    def code(self, kind: str, known: Mapping[str, str], value: str) -> str:
        """Our code for a number or word of the file; one that is new to us is kept and counted."""
        if value in known:
            return known[value]
        counts = self.unknown.setdefault(kind, {})
        counts[value] = counts.get(value, 0) + 1
        return value


def read_deliberations(spec: SourceSpec, delivery: Delivery, context: Context) -> SourceReading:
    """Read the national file; raises RefusedDeliveryError when it is truncated, hostile or another file."""
    language = context.office.language
    names = spec.delivery("deliberations").tables
    contents = _Contents({name: [] for name in names})
    try:
        for element in _elements(delivery, language):
            _add(element, contents, spec, language)
    except _BadElementError as error:
        # Outside the deliberations: the year and the bounds that all of them stand on.
        detail = f"<{error.element}> {error.value}".strip()
        file = delivery.file_name
        raise RefusedDeliveryError(say("refused.bad_element", language, file=file, detail=detail)) from error
    tables = {
        name: write_rows(spec.table(name), rows, delivery, context.work)
        for name, rows in contents.tables.items()
        if rows
    }
    quarantine = context.work / "deliberations-quarantine.parquet"
    write_quarantine(quarantine, contents.quarantined)
    account = Account(
        kind="deliberations",
        rows_read=contents.read,
        rows_loaded=len(contents.tables["tax_deliberations"]),
        rows_quarantined=len(contents.quarantined),
        rows_duplicate=contents.duplicate,
        message=listed(_notices(contents, language), language),
        quarantine=(quarantine,) if contents.quarantined else (),
    )
    return SourceReading(account, tables)


def _add(element: Element, contents: _Contents, spec: SourceSpec, language: str) -> None:
    """Take what an element of interest gives; raises _BadElementError outside the deliberations alone."""
    if element.tag == "millesime" and element.find("categorie") is not None:
        contents.tables["tax_legal_scale"].extend(_scale(element, contents))
    elif element.tag == "deliberation":
        _take(element, contents, spec, language)
        element.clear()
    elif element.tag == "delta":
        year = _day(element, "date").year
        for row in contents.tables["tax_legal_scale"]:
            row["year"] = year
        _refuse_beyond(spec, {"tax_legal_scale": contents.tables["tax_legal_scale"]})


def _elements(delivery: Delivery, language: str) -> Iterator[Element]:
    """The elements of interest as they end, the root last; every error of the parser is a refusal."""
    file = delivery.file_name
    if delivery.path.stat().st_size == 0:
        raise RefusedDeliveryError(say("refused.empty", language, file=file))
    try:
        with delivery.path.open("rb") as stream:
            is_first = True
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                if is_first and element.tag != "delta":
                    raise RefusedDeliveryError(say("refused.unknown_file", language, file=file))
                is_first = False
                if event == "end" and element.tag in ("millesime", "deliberation", "delta"):
                    yield element
    except DefusedXmlException as error:
        raise RefusedDeliveryError(say("refused.xml_entities", language, file=file)) from error
    except ParseError as error:
        raise RefusedDeliveryError(say("refused.damaged", language, file=file, detail=str(error))) from error
    except (LookupError, ValueError) as error:  # what the parser raises for an encoding that it has not
        raise RefusedDeliveryError(say("refused.xml_encoding", language, file=file, detail=error)) from error


def _take(element: Element, contents: _Contents, spec: SourceSpec, language: str) -> None:
    """Judge one deliberation: loaded, the same as an earlier one, or quarantined."""
    contents.read += 1
    try:
        rows = _rows_of(element, contents)
        _refuse_beyond(spec, rows)
    except _BadElementError as error:
        authority = element.find("saisie/collectiviteDeliberante")
        siren = authority.get("siren", "") if authority is not None else ""
        siren = siren if SIREN.fullmatch(siren) else "?"
        reason = say(f"quarantine.{error.rule}", language, value=error.value, **error.words)
        contents.quarantined.append((contents.read, f"{siren}/{error.element}", error.rule, reason))
        return
    deliberation = rows["tax_deliberations"][0]
    key = tuple(deliberation[name] for name in ("authority_siren", "deliberated_on", "entered_on"))
    earlier = contents.seen.get(key)
    if earlier == rows:
        contents.duplicate += 1
    elif earlier is not None:
        reason = say("quarantine.conflicting_key", language, key="siren, date, saisie")
        contents.quarantined.append((contents.read, f"{key[0]}/date", "conflicting_key", reason))
    else:
        contents.seen[key] = rows
        for name, new in rows.items():
            contents.tables[name].extend(new)


def _rows_of(element: Element, contents: _Contents) -> Rows:
    """The rows of every table that one deliberation gives; raises _BadElementError."""
    authority = element.find("saisie/collectiviteDeliberante")
    if authority is None:
        raise _BadElementError("collectiviteDeliberante", "missing_value", "")
    siren = authority.get("siren", "")
    if not SIREN.fullmatch(siren):
        raise _BadElementError("siren", "not_a_siren" if siren else "missing_value", siren)
    key = {
        "authority_siren": siren,
        "deliberated_on": _day(element, "date"),
        "entered_on": _day(element, "saisie/date"),
    }
    deliberation = {
        **key,
        "authority_name": _text(authority, "nom"),
        "department_code": _text(authority, "departement/numero"),
        "scale_year": _year(_needed(element, "millesime")),
        "rent_threshold_night_eur": _optional(element, "loyerMaximumNuit"),
        "has_department_tax": _flag(element, "taxeAdditionnelleDepartementale"),
        "has_region_tax": _flag(element, "taxeAdditionnelleRegionale"),
        "has_rail_tax": _flag(element, "taxeAdditionnelleLGV"),
        "has_mobility_tax": _flag(element, "taxeAdditionnelleArticleL2531-18"),
    }
    tariffs = [
        {
            **key,
            "first_month_day": _month_day(period, "dateDebut"),
            "last_month_day": _month_day(period, "dateFin"),
            "category": contents.code("categorieId", CATEGORY_IDS, tariff.get("categorieId", "")),
            "tariff": _decimal("tarif", tariff.text),
            "is_percent": CATEGORY_IDS.get(tariff.get("categorieId", "")) == "unclassified",
            "is_highest": tariff.get("isMax") == "true",
        }
        for period in element.iterfind("periodes/periode")
        for tariff in period.iterfind("tarifs/tarif")
    ]
    regimes = [
        {
            **key,
            "nature": contents.code("natureId", NATURE_IDS, regime.get("natureId", "")),
            "regime": contents.code("regime", REGIMES, _clean(regime.text).lower()),
        }
        for regime in element.iterfind("regimes/regime")
    ]
    communes = [
        {
            **key,
            "municipality_code": _text(commune, "codeInsee"),
            "municipality_siren": commune.get("siren"),
            "municipality_name": _text(commune, "nom"),
        }
        for commune in element.iterfind("collectivites/collectivite")
    ]
    return {
        "tax_deliberations": [deliberation],
        "tax_tariffs": tariffs,
        "tax_regimes": regimes,
        "tax_deliberation_communes": communes,
    }


def _refuse_beyond(spec: SourceSpec, rows: Rows) -> None:
    """Raise _BadElementError for the first value that lies beyond the bounds of its column."""
    for name, found in rows.items():
        for row in found:
            if (beyond := spec.table(name).out_of_bounds(row)) is not None:
                column, bounds = beyond
                value = str(row[column.name])
                raise _BadElementError(f"{name}.{column.name}", "out_of_bounds", value, **bounds.in_words)


def _scale(millesime: Element, contents: _Contents) -> Iterable[Row]:
    """The national bounds; the year is that of the file, known when the whole of it is read."""
    for category in millesime.iterfind("categorie"):
        yield {
            "year": 0,
            "scale_year": _year(millesime.get("annee", "")),
            "category": contents.code("categorieId", CATEGORY_IDS, category.get("id", "")),
            "category_name": _text(category, "libelle"),
            "floor": _number(category, "tarification/plancher"),
            "ceiling": _number(category, "tarification/plafond"),
            "is_percent": _text(category, "tarification/unite") == "%",
        }


def _notices(contents: _Contents, language: str) -> Iterator[str]:
    for kind, counts in contents.unknown.items():
        listed = ", ".join(f"« {typed(value)} » ({count})" for value, count in sorted(counts.items()))
        yield say("notice.unknown_values", language, column=kind, values=listed)


def _clean(text: str | None) -> str:
    """A text of the file without the doubled spaces that it is full of."""
    return " ".join((text or "").split())


def _text(element: Element, path: str) -> str | None:
    return _clean(element.findtext(path)) or None


def _needed(element: Element, path: str) -> str:
    text = _text(element, path)
    if text is None:
        raise _BadElementError(path, "missing_value", "")
    return text


def _day(element: Element, path: str) -> date:
    """A date written dd/mm/yyyy."""
    text = _needed(element, path)
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 (a date has no zone)
    except ValueError as error:
        raise _BadElementError(path, "not_a_date", text) from error


def _year(text: str) -> int:
    """A year in four digits."""
    if not YEAR.fullmatch(text):
        raise _BadElementError("millesime", "not_a_number" if text else "missing_value", text)
    return int(text)


def _month_day(element: Element, path: str) -> int:
    """A day of the year such as "01 janvier", as month × 100 + day."""
    text = _needed(element, path)
    day, _, month = text.partition(" ")
    if not day.isdecimal() or not 1 <= int(day) <= 31 or month.lower() not in MONTHS:
        raise _BadElementError(path, "not_a_date", text)
    return MONTHS[month.lower()] * 100 + int(day)


def _decimal(name: str, text: str | None) -> Decimal:
    """A number with a decimal point, not negative."""
    clean = _clean(text)
    if not clean:
        raise _BadElementError(name, "missing_value", "")
    try:
        value = Decimal(clean)
    except InvalidOperation as error:
        raise _BadElementError(name, "not_a_number", clean) from error
    # In this order: what is too large cannot be rounded.
    if not value.is_finite() or abs(value) >= 10**12 or value != round(value, 4):
        raise _BadElementError(name, "not_a_number", clean)
    if value < 0:
        raise _BadElementError(name, "negative", clean)
    return value


def _number(element: Element, path: str) -> Decimal:
    return _decimal(path, element.findtext(path))


def _optional(element: Element, path: str) -> Decimal | None:
    return _number(element, path) if _text(element, path) else None


def _flag(element: Element, path: str) -> bool:
    text = _needed(element, path)
    if text not in ("true", "false"):
        raise _BadElementError(path, "not_a_flag", text)
    return text == "true"
