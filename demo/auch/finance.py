"""Raw files of the budget: the workbook of 2023, the XML and the balances of 2024, SCDL and workbook of 2025.

The lines of 2025 come to the published results; in each section one line makes up what is missing. Both
results that 2024 left cancel each other out, so that the closing balance of 2025 is the sum of its two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from demo.workbooks import Cell, delimited, drop, workbook

SIRET = "20006692600099"
# Results by section, and what the years before left: (operating, investment).
RESULTS = {2023: ("12730.22", "-11730.22"), 2024: ("23480.15", "-19480.15"), 2025: ("97971.42", "14321.94")}
CARRIED = {2023: ("5000.00", "-10000.00"), 2024: ("17730.22", "-21730.22"), 2025: ("41210.37", "-41210.37")}
# (section, direction, chapter, article, label, order?, realised by year; None makes up the result).
YEARS = (2023, 2024, 2025)
Amounts = tuple[str, str, str] | None
O, I, R, D = "fonctionnement", "investissement", "recette", "dépense"  # noqa: E741
LINES: Sequence[tuple[str, str, str, str, str, bool, Amounts]] = (
    (O, R, "70", "7078", "Autres marchandises", False, ("31204.10", "40071.72", "25141.00")),
    (O, R, "70", "7062", "Visites guidées", False, ("57110.00", "60512.99", "64748.90")),
    (O, R, "70", "7083", "Locations diverses", False, ("66020.40", "70876.00", "71585.00")),
    (O, R, "73", "7362", "Taxe de séjour", False, ("198310.00", "215874.12", "223553.67")),
    (O, R, "74", "7474", "Participations", False, ("590000.00", "604000.00", "612000.00")),
    (O, R, "042", "777", "Subventions virées", True, ("8400.00", "8400.00", "8400.00")),
    (O, D, "011", "6064", "Fournitures", False, ("9120.35", "9871.02", "9044.18")),
    (O, D, "011", "6231", "Annonces et insertions", False, ("38200.00", "41980.50", "39157.00")),
    (O, D, "011", "6236", "Catalogues et imprimés", False, ("21044.80", "23170.00", "19860.40")),
    (O, D, "012", "6411", "Salaires", False, None),
    (O, D, "042", "6811", "Amortissements", True, ("29410.00", "30120.75", "31250.40")),
    (I, R, "040", "28183", "Matériel informatique", True, ("29410.00", "30120.75", "31250.40")),
    (I, R, "10", "10222", "FCTVA", False, ("3010.00", "3544.00", "4120.00")),
    (I, D, "040", "13911", "Subventions virées", True, ("8400.00", "8400.00", "8400.00")),
    (I, D, "21", "2188", "Autres immobilisations", False, None),
)  # fmt: skip
WORKBOOK = (
    "Exercice", "Section", "Sens (dépense / recette)", "Chapitre", "Article", "Libellé", "Budget voté",
    "Réalisé", "Reste à réaliser",
)  # fmt: skip
SCDL = (
    "BGT_NATDEC", "BGT_ANNEE", "BGT_SIRET", "BGT_NOM", "BGT_CONTNAT", "BGT_CONTNAT_LABEL", "BGT_NATURE",
    "BGT_NATURE_LABEL", "BGT_SECTION", "BGT_OPBUDG", "BGT_CODRD", "BGT_MTREAL", "BGT_MTPREV",
)  # fmt: skip
BALANCES = (
    "EXER", "IDENT", "NDEPT", "LBUDG", "INSEE", "CBUDG", "CTYPE", "CSTYP", "NOMEN", "SIREN", "CREGI", "CACTI",
    "SECTEUR", "FINESS", "CODBUD1", "CATEG", "BAL", "FONCTION", "COMPTE", "BEDEB", "BECRE", "OBNETDEB",
    "OBNETCRE", "ONBDEB", "ONBCRE", "OOBDEB", "OOBCRE", "SD", "SC",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of an account."""

    section: str
    direction: str
    chapter: str
    article: str
    label: str
    is_order: bool
    realised: Decimal


def generate(inbox: Path, seed: int) -> None:
    """Write the files into `inbox/finance`."""
    folder = inbox / "finance"
    drop(folder / "budget-2023.xlsx", _workbook(2023, account(2023)), date(2024, 3, 18))
    drop(folder / "compte-administratif-2024.xml", _xml(2024, account(2024)), date(2025, 3, 20))
    drop(folder / "balances-comptables-2024.csv", _balances(2024, account(2024)), date(2025, 9, 30))
    # What the office noted before the books were closed: the official account counts, not both.
    early = [line for line in account(2025) if line.article not in ("6411", "2188")]
    drop(folder / "budget-2025.xlsx", _workbook(2025, early), date(2025, 12, 18))
    drop(folder / "scdl-budget-2025.csv", _scdl(2025, account(2025)), date(2026, 1, 4))


def account(year: int) -> list[Line]:
    """The lines of a year's account, those that carry results first."""
    lines = []
    for section, result, carried in zip((O, I), RESULTS[year], CARRIED[year], strict=True):
        left = Decimal(carried)
        code, direction = ("002" if section == O else "001"), (R if left > 0 else D)
        lines.append(Line(section, direction, code, code, "Résultat reporté", False, abs(left)))
        missing = -Decimal(result)
        of_section = [line for line in LINES if line[0] == section]
        # What makes up the result comes last, when all others are known.
        for of, direction, chapter, article, label, is_order, amounts in sorted(of_section, key=_is_made_up):
            if amounts is None:
                realised = missing
            else:
                realised = Decimal(amounts[YEARS.index(year)])
                missing += realised if direction == R else -realised
            lines.append(Line(of, direction, chapter, article, label, is_order, realised))
    return lines


def _is_made_up(line: tuple[str, str, str, str, str, bool, Amounts]) -> bool:
    return line[-1] is None


def _workbook(year: int, lines: Sequence[Line]) -> bytes:
    rows: list[list[Cell]] = [
        [
            year,
            x.section,
            x.direction,
            x.chapter,
            x.article,
            x.label,
            float(x.realised),
            float(x.realised),
            0.0,
        ]
        for x in lines
    ]
    return workbook({"Budget": [WORKBOOK, *rows]})


def _scdl(year: int, lines: Sequence[Line]) -> bytes:
    rows = [
        [
            "compte administratif", year, SIRET, "OFFICE DE TOURISME", x.chapter, "", x.article, x.label,
            x.section, "ordre" if x.is_order else "réel", x.direction, f"{x.realised:.2f}",
            f"{x.realised:.2f}",
        ]
        for x in lines
    ]  # fmt: skip
    return delimited([SCDL, *rows], ",")


def _balances(year: int, lines: Sequence[Line]) -> bytes:
    """The account of a year as the DGFiP publishes it: without the results that were carried over."""
    rows = []
    for x in lines:
        if x.article not in ("001", "002"):
            known = {
                "EXER": year,
                "IDENT": SIRET,
                "NDEPT": "032",
                "NOMEN": "M4",
                "SIREN": SIRET[:9],
                "BAL": "DEF",
            }
            amount, side = f"{x.realised:.2f}", "CRE" if x.direction == R else "DEB"
            sides = dict.fromkeys(BALANCES[-10:], "0.00") | {f"OBNET{side}": amount, f"S{side[0]}": amount}
            if x.is_order:
                sides[f"OOB{side}"] = amount
            row = known | {"COMPTE": x.article} | sides
            rows.append([row.get(name, "") for name in BALANCES])
    return delimited([BALANCES, *rows])


def _xml(year: int, lines: Sequence[Line]) -> bytes:
    rows = "".join(
        f'<LigneBudget><Nature V="{x.article}"/><LibCpte V="{x.label}"/><ContNat V="{x.chapter}"/>'
        f'<ArtSpe V="false"/><CodRD V="{"R" if x.direction == R else "D"}"/><MtPrev V="{x.realised:.2f}"/>'
        f'<CredOuv V="{x.realised:.2f}"/><MtReal V="{x.realised:.2f}"/><MtRAR3112 V="0.00"/>'
        f'<OpBudg V="{int(x.is_order)}"/></LigneBudget>\n'
        for x in lines
    )
    return (
        "<?xml version='1.0' encoding='ISO-8859-1'?>\n"
        '<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">\n'
        f'<EnTeteDocBudgetaire><DteStr V="{year + 1}-03-15"/><IdColl V="{SIRET}"/></EnTeteDocBudgetaire>\n'
        f'<Budget><EnTeteBudget><LibelleEtab V="Office de tourisme"/><IdEtab V="{SIRET}"/>'
        '<Nomenclature V="M4"/></EnTeteBudget>\n'
        f'<BlocBudget><NatDec V="09"/><Exer V="{year}"/><CodTypBud V="P"/></BlocBudget>\n'
        f"{rows}</Budget></DocumentBudgetaire>\n"
    ).encode("iso-8859-1")
