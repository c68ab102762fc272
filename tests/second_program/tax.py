"""The tourist tax: declarations of hosts, shares by the deliberation, statements of operators."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.second_program.adding import Seen
from tests.second_program.raw import amount, by_reception, dated, day, lines, sheet_rows

CATEGORIES = {
    "5 étoiles": 2, "4 étoiles": 3, "3 étoiles": 4, "2 étoiles": 5, "1 étoile": 6, "Chambre d'hôtes": 6,
    "Camping 3 à 5 étoiles": 7, "Aire de camping-cars": 7, "Camping 1 et 2 étoiles": 8,
    "Sans classement": 9,
}  # fmt: skip
NAMES = {
    2: "five_star", 3: "four_star", 4: "three_star", 5: "two_star", 6: "one_star",
    7: "campsite_three_to_five_star", 8: "campsite_one_to_two_star", 9: "unclassified",
}  # fmt: skip
PERCENT = 9
RATES = {"department": 10, "gpso": 34}
OPERATORS = {
    "abritel": "Abritel", "airbnb": "Airbnb", "booking": "Booking", "gtg": "GTG",
    "autres-operateurs": "other_operators",
}  # fmt: skip


def declarations(folder: Path, communes: set[str]) -> Iterator[Seen]:
    """What hosts declared: a later file replaces what a lodging declared of the same month."""
    tariffs = {
        int(one.get("categorieId", "")): Fraction(one.text or "")
        for one in ET.parse(folder / "deliberations-2024.xml").iter("tarif")
    }
    kept: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for path in by_reception(folder, "declarations-*"):
        own: dict[tuple[str, date], list[dict[str, Any]]] = {}
        for row in _rows(path):
            if str(row["Code INSEE"]) in communes:
                key = row["Identifiant hébergement"], dated(row["Début de période"])
                own.setdefault(key, []).append(row)
        kept |= own
    for (_, first), rows in kept.items():
        year, category = date(first.year, 1, 1), NAMES[CATEGORIES[rows[0]["Catégorie"]]]
        nights = sum(amount(row["Nuitées"]) for row in rows)
        days = (max(dated(row["Fin de période"]) for row in rows) - first).days + 1
        beds = max(amount(row["Capacité"]) for row in rows)
        yield Seen("tourist_tax_nights", "all", "", year, nights, "year")
        yield Seen("category_nights", "all", category, year, nights, "year")
        yield Seen("category_bed_nights", "all", category, year, beds * days, "year")
        for row in rows:
            declared = amount(row["Montant de la taxe"])
            yield Seen("tax_declared", "all", "without_digital_operators", first, declared, "month")
            base = _cents(_base(row, tariffs))
            for share, rate in RATES.items():
                part = _cents(Fraction(base) * rate / 100)
                yield Seen("tax_share", "all", share, first, part, "month")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".csv":
        yield from lines(path)
        return
    found = sheet_rows(path, "")
    top = next(rank for rank, row in enumerate(found) if row[0] == "Référence")
    for row in found[top + 1 :]:
        yield dict(zip(found[top], row, strict=True))


def _base(row: dict[str, Any], tariffs: dict[int, Fraction]) -> Fraction:
    """The tax without additional shares."""
    category = CATEGORIES[row["Catégorie"]]
    taxable = Fraction(amount(row["Nuitées assujetties"]))
    if category != PERCENT:
        return tariffs[category] * taxable
    nights, persons = Fraction(amount(row["Nuits"])), Fraction(amount(row["Nuitées"]))
    if not persons:
        return Fraction(0)
    price = Fraction(amount(row["Prix de la nuit HT"])) * nights * tariffs[PERCENT] / 100
    return min(price * taxable / persons, max(t for n, t in tariffs.items() if n != PERCENT) * taxable)


def _cents(exact: Fraction) -> Decimal:
    """Rounded to the cent, half away from zero."""
    wide = Decimal(exact.numerator) / Decimal(exact.denominator)
    return wide.quantize(Decimal("0.01"), ROUND_HALF_UP)


def statements(folder: Path) -> Iterator[Seen]:
    """What digital operators stated, by the year of perception."""
    for prefix, operator in OPERATORS.items():
        for path in by_reception(folder, f"{prefix}-*.csv"):
            for row in lines(path):
                if row.get("Référence") == "Total":
                    continue
                at = day(row.get("Date de perception")) or dated(row["Période au"])
                stated = amount(row["Montant de la taxe"])
                for said in (operator, "digital_operators"):
                    yield Seen("tax_declared", "all", said, date(at.year, 1, 1), stated, "year")
