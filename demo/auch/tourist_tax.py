"""Raw files of the tourist tax, 2024 and 2025: declarations, statements, the deliberation."""

from __future__ import annotations

import calendar
import csv
import os
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

from openpyxl import Workbook

from demo.auch.tax_hosts import (
    COMMUNES,
    OFFICE,
    PERCENT,
    SEASON,
    Line,
    calibrated,
    gross,
    lines_of_year,
    lodgings,
)
from demo.workbooks import written

OPERATORS = {
    # code: (rows a year, cents of 2024, cents of 2025, how the statement spells it)
    "Abritel": (60, 201_340, 188_727, ("Abritel",)),
    "Airbnb": (700, 5_612_418, 6_045_957, ("Airbnb",)),
    "Booking": (420, 1_190_233, 1_248_357, ("Booking.com", "BOOKING.COM", "Booking")),
    "GTG": (110, 488_109, 506_041, ("Gîtes Tourisme Gers", "GTG")),
    "other_operators": (8, 28_845, 30_657, ("",)),
}
FILES = {"other_operators": "autres-operateurs"}

HEADINGS = (
    "Référence", "Début de période", "Fin de période", "Compte logeur", "Identifiant hébergement",
    "N° d'enregistrement", "Code INSEE", "Commune", "Nature", "Catégorie", "Capacité", "Nuits",
    "Personnes assujetties", "Personnes exonérées", "Nuitées assujetties", "Nuitées exonérées", "Nuitées",
    "Prix de la nuit HT", "Montant de la taxe", "Motif", "Nom du logeur", "Adresse",
)  # fmt: skip


def generate(inbox: Path, seed: int) -> None:
    """Write the raw files into `inbox/tourist_tax`; the same seed writes the same bytes."""
    dice = random.Random(f"{seed}-tourist_tax")
    folder = inbox / "tourist_tax"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "deliberations-2024.xml", _deliberations().encode(), date(2024, 1, 10))
    stock = lodgings(dice)
    for year in (2024, 2025):
        lines = lines_of_year(dice, stock, year)
        lines = calibrated(dice, lines) if year == 2025 else [replace(x, declared=gross(x)) for x in lines]
        _write_declarations(dice, folder, year, lines)
    _write_statements(dice, folder)


def _write_declarations(dice: random.Random, folder: Path, year: int, lines: Sequence[Line]) -> None:
    for quarter in (1, 2, 3, 4):
        name = f"declarations-{year}-T{quarter}"
        received = date(year, 3 * quarter + 1, 15) if quarter < 4 else date(year + 1, 1, 3)
        own = [line for line in lines if (line.first_day.month - 1) // 3 + 1 == quarter]
        if (year, quarter) == (2025, 3):
            stray = replace(own[0].lodging, commune="32256", code="H0999", host="L0999", registration="")
            strays = [replace(own[0], reference="D2025-009999", lodging=stray)]
            _write(folder / f"{name}.xlsx", _workbook(map(cells, [*own, *strays])), received)
        elif (year, quarter) == (2025, 2):
            # Six lodgings declared nights for person-nights; the file that corrects them comes twice.
            wrong = set(dice.sample(sorted({x.lodging.code for x in own if x.lodging.capacity <= 12}), 6))
            first = [_misdeclared(x) if x.lodging.code in wrong else x for x in own]
            _write(folder / f"{name}.csv", table(HEADINGS, map(cells, first)), received)
            right = table(HEADINGS, map(cells, [x for x in own if x.lodging.code in wrong]))
            _write(folder / f"{name}-correction.csv", right, date(2025, 8, 20))
            _write(folder / f"{name}-correction (1).csv", right, date(2025, 8, 21))
        else:
            _write(folder / f"{name}.csv", table(HEADINGS, map(cells, own)), received)


def _misdeclared(line: Line) -> Line:
    """The line of a host who takes a night for a person-night."""
    wrong = replace(line, taxable=line.nights, exempt=0)
    return replace(wrong, declared=gross(wrong))


def cells(line: Line) -> list[str]:
    """A line as the platform writes it."""
    lodging, first = line.lodging, line.first_day
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    exempt_persons = line.exempt // line.nights if line.nights else 0
    return [
        line.reference, f"{first:%d/%m/%Y}", f"{last:%d/%m/%Y}", lodging.host, lodging.code,
        lodging.registration, lodging.commune, COMMUNES.get(lodging.commune, "Monferran-Savès"),
        lodging.nature, lodging.category, str(lodging.capacity), str(line.nights),
        str(line.persons - exempt_persons),
        str(exempt_persons), str(line.taxable), str(line.exempt), str(line.taxable + line.exempt),
        _money(line.price) if line.price else "", _money(line.declared), line.reason,
        lodging.host_name, lodging.address,
    ]  # fmt: skip


def _write_statements(dice: random.Random, folder: Path) -> None:
    for operator, (count, *targets, spellings) in OPERATORS.items():
        rows = [
            row
            for year, cents in zip((2024, 2025), targets, strict=True)
            for row in _perceptions(dice, year, count, int(str(cents)))
        ]
        for year in (2024, 2025):
            for half, (first, last) in enumerate((("01-01", "06-30"), ("07-01", "12-31")), 1):
                start, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last}")
                own = [row for row in rows if start <= row[0] <= end]
                if operator == "Airbnb" and half == 1:
                    # The payment of 30 June settles what was left of the year before.
                    own = [row for row in rows if date(year - 1, 12, 29) <= row[0] <= end]
                elif operator == "Airbnb":
                    own = [row for row in own if row[0] < date(year, 12, 29) or year == 2025]
                name = f"{FILES.get(operator, operator.lower())}-{year}-S{half}.csv"
                received = date(year, 7, 2) if half == 1 else date(year + 1, 1, 2)
                spelled = [dice.choice(list(spellings)) for _ in own]
                content = _statement(operator, start, end, list(zip(own, spelled, strict=True)))
                _write(folder / name, content, received)


def _perceptions(
    dice: random.Random, year: int, count: int, cents: int
) -> list[tuple[date, str, int, int, str]]:
    """Perceptions of a year that add up to `cents`: day, commune, person-nights, cents, reason."""
    months = dice.choices(range(1, 13), weights=SEASON, k=count)
    weights = [dice.uniform(0.3, 1.7) for _ in range(count)]
    amounts = [int(cents * weight / sum(weights)) for weight in weights]
    refund = -dice.randint(300, 900) if count > 50 else 0
    amounts[-1] += cents - sum(amounts) - refund
    rows = [
        (
            date(year, month, dice.randint(1, 28)),
            "32013" if dice.random() < 0.4 else dice.choice(sorted(COMMUNES)),
            max(1, amount // 150),
            amount,
            "",
        )
        for month, amount in zip(months, amounts, strict=True)
    ]
    if refund:
        rows.append((date(year, 10, 8), "32013", 0, refund, "Remboursement"))
    return sorted(rows)


def _statement(
    operator: str,
    start: date,
    end: date,
    rows: Sequence[tuple[tuple[date, str, int, int, str], str]],
) -> bytes:
    """One statement, in the operator's own form."""
    period = [f"{start:%d/%m/%Y}", f"{end:%d/%m/%Y}"]
    if operator == "other_operators":
        # It tells neither the day nor the lodging: only the half-year.
        headings = ["Période du", "Période au", "Code INSEE", "Nuitées", "Montant de la taxe"]
        return table(headings, ([*period, c, str(n), _money(a)] for (_, c, n, a, _), _ in rows))
    headings = ["Référence", "Plateforme", "Période du", "Période au", "Date de perception", "Code INSEE"]
    headings += ["Nuitées", "Montant de la taxe", "Motif"]
    code = operator[:2].upper()
    cells: list[list[str]] = []
    for (day, commune, nights, amount, reason), spelled in rows:
        written = f"{Decimal(amount) / 100:.2f}" if operator == "Airbnb" else _money(amount)
        reference = f"{code}-{day:%y%m%d}-{len(cells) + 1:05}"
        cells.append([reference, spelled, *period, f"{day:%d/%m/%Y}", commune, str(nights), written, reason])
    if operator != "Booking":
        return table(headings, cells)
    total = sum(amount for (_, _, _, amount, _), _ in rows)
    cells.append(
        ["Total", "", "", "", "", "", "", f"{total // 100:,}".replace(",", " ") + f",{total % 100:02}", ""]
    )
    return table(headings, cells, "cp1252")


def _money(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}".replace(".", ",")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """Delimited text as these platforms write it."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def _workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook with a merged title above its headings and real numbers in its cells."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Registre des déclarations, 3e trimestre 2025"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=8)
    sheet.append([])
    sheet.append(list(HEADINGS))
    numbers = re.compile(r"-?\d{1,7}(,\d\d)?")
    texts = {HEADINGS.index("Code INSEE"), HEADINGS.index("N° d'enregistrement")}
    for row in rows:
        sheet.append(
            [
                float(cell.replace(",", ".")) if numbers.fullmatch(cell) and n not in texts else cell
                for n, cell in enumerate(row)
            ]
        )
    return written(book)


def _deliberations() -> str:
    """The authority's deliberation in the structure of the national file, with the legal scale of 2024."""
    bounds = ((0.70, 4.60), (0.70, 3.30), (0.70, 2.50), (0.50, 1.60), (0.30, 1), (0.20, 0.80), (0.20, 0.60))
    scale = "".join(
        f'<categorie id="{n}"><libelle>Catégorie {n}</libelle><tarification><plancher>{low:.2f}</plancher>'
        f"<plafond>{high:.2f}</plafond><unite>{'%' if n == 9 else '€'}</unite></tarification></categorie>"
        for n, (low, high) in enumerate((*bounds, (0.20, 0.20), (1, 5)), 1)
    )
    communes = "".join(
        f'<collectivite siren="21{code[:2]}0{code[2:]}0"><nom>{name.upper()}</nom>'
        f"<codeInsee>{code}</codeInsee></collectivite>"
        for code, name in COMMUNES.items()
    )
    regimes = "".join(f'<regime natureId="{n}">Réel</regime>' for n in range(1, 12))
    tariffs = "".join(
        f'<tarif categorieId="{n}"' + (' isMax="true"' if n == 1 else "") + f">{tariff}</tarif>"
        for n, tariff in enumerate(
            ("2.50", "2.05", "1.57", "1.12", "0.90", "0.78", "0.45", "0.20", f"{PERCENT}.00"), 1
        )
    )
    siren = OFFICE["systems"]["tourist_tax"]["authority_siren"]
    return (
        "<?xml version='1.0' encoding='UTF-8'?><delta><version>2.5.0</version><date>01/01/2024</date>"
        '<categories><millesime annee="2019"><libelle>à/c du 01/01/2019</libelle>'
        f"{scale}</millesime></categories>"
        "<deliberations><deliberation><saisie><date>28/12/2023</date>"
        f'<collectiviteDeliberante siren="{siren}"><nom>C A  GRAND AUCH COEUR DE GASCOGNE</nom><codeInsee/>'
        "<departement><numero>32</numero><libelle>DEP GERS</libelle></departement>"
        "</collectiviteDeliberante></saisie>"
        "<date>29/06/2023</date><millesime>2019</millesime><loyerMaximumNuit>0.00</loyerMaximumNuit>"
        "<loyerMaximumSemaine>0.00</loyerMaximumSemaine><loyerMaximumMois>0.00</loyerMaximumMois>"
        "<taxeAdditionnelleDepartementale>true</taxeAdditionnelleDepartementale>"
        "<taxeAdditionnelleRegionale>false</taxeAdditionnelleRegionale>"
        "<taxeAdditionnelleLGV>true</taxeAdditionnelleLGV>"
        "<taxeAdditionnelleArticleL2531-18>false</taxeAdditionnelleArticleL2531-18>"
        f"<collectivites>{communes}</collectivites><regimes>{regimes}</regimes>"
        "<periodes><periode><dateDebut>01 janvier</dateDebut><dateFin>31 décembre</dateFin>"
        f"<tarifs>{tariffs}</tarifs></periode></periodes><abattements/></deliberation></deliberations></delta>"
    )


def _write(path: Path, content: bytes, received: date) -> None:
    path.write_bytes(content)
    instant = datetime(received.year, received.month, received.day, 9, tzinfo=UTC).timestamp()
    os.utime(path, (instant, instant))
