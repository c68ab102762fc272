"""Raw files of the documentation stock: one workbook with the editions and the movements of three years.

In June 2025 a hundred partners are supplied in four days, as the report prints ("nearly 100"), and no others
in that year. Each edition is counted in January and in September; the map of 2025 falls under its threshold.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import Cell, drop, workbook

DAY = timedelta(days=1)
PARTNERS = {2023: 91, 2024: 95, 2025: 100}
# code, title, language, copies printed, cost, threshold
EDITIONS = (
    ("MAG", "FR", "Magazine de destination", "Français", 12_000, 7_900, 500),
    ("MAG", "EN", "Destination magazine", "Anglais", 2_500, 2_300, 150),
    ("MAG", "ES", "Revista del destino", "Espagnol", 2_500, 2_300, 150),
    ("PLAN", "FR", "Plan de ville", "Français", 9_000, 3_100, 600),
)
MOVEMENT = "Mouvement (réception / livraison / comptoir / envoi / jeté / inventaire)"


def generate(inbox: Path, seed: int) -> None:
    """Write the workbook into `inbox/documentation`."""
    random = Random(f"{seed}-documentation")
    editions: list[list[Cell]] = [
        ["Code", "Édition", "Langue", "Année", "Imprimés", "Coût HT", "Seuil d'alerte"]
    ]
    movements: list[list[Cell]] = [["Date", "Code", MOVEMENT, "Quantité", "Partenaire", "Lieu"]]
    for year in PARTNERS:
        rows: list[list[Cell]] = []
        for stem, language, title, spoken, printed, cost, threshold in EDITIONS:
            code = f"{stem}{year % 100}-{language}"
            editions.append([code, title, spoken, year, printed, cost, threshold])
            rows += _life(random, code, year, printed, language, is_short=(code == "PLAN25-FR"))
        movements += sorted(rows, key=_day)
    content = workbook({"Éditions": editions, "Mouvements": movements})
    drop(inbox / "documentation" / "stock-documentation.xlsx", content, date(2026, 1, 3))


def _life(
    random: Random, code: str, year: int, printed: int, language: str, *, is_short: bool
) -> list[list[Cell]]:
    """What becomes of an edition in its year: printed in March, out from June on, counted in September."""
    stock = printed
    rows: list[list[Cell]] = [[date(year, 3, 10), code, "réception", printed, None, "Auch"]]

    def out(day: date, kind: str, copies: int, partner: str | None, place: str) -> None:
        nonlocal stock
        stock -= copies
        rows.append([day, code, kind, copies, partner, place])

    for number in range(1, PARTNERS[year] + 1):
        if language == "FR" or number % 4 == 0:
            copies = random.choice((10, 20, 30)) if language == "FR" else 10
            out(
                date(year, 6, 10) + (number % 4) * DAY,
                "livraison",
                copies,
                f"Partenaire {number:03}",
                "Tournée",
            )
    for month in range(4, 12):
        at_desk = int(printed * (0.06 if not is_short else 0.09))
        out(date(year, month, 27), "comptoir", at_desk, None, "Auch")
        if month in (5, 7, 10):
            out(date(year, month, 12), "envoi", 25, None, "Auch")
    counted = stock - random.randint(5, 60)
    rows.append([date(year, 11, 28), code, "inventaire", max(0, counted), None, "Auch"])
    if year < 2025:
        rows.append([date(year, 12, 20), code, "jeté", max(0, counted), None, "Auch"])
    return rows


def _day(row: list[Cell]) -> date:
    assert isinstance(row[0], date)
    return row[0]
