"""The register of what only a person knows, 2023 to 2025: meetings, training, signs put up."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

from demo.workbooks import drop, workbook

YEARS = (2023, 2024, 2025)
HEADINGS = (
    "Indicateur", "Famille", "Période", "Objectif", "Valeur", "Unité", "Source", "Saisi le", "Remarque"
)  # fmt: skip
COUNTED = {
    "Réunions d'équipe": ("operations", "1 par mois", "réunions", (9, 14)),
    "Formations": ("operations", "1 à 2 par an et par agent", "formations", (4, 12)),
    "panels_installed": ("scheme", "", "panneaux", (0, 6)),
    "nature_operations": ("scheme", "", "opérations", (1, 4)),
}


def generate(inbox: Path, seed: int) -> None:
    """Write the register of three years."""
    random = Random(f"{seed} manual_indicators")
    rows: list[tuple[str | int | date | None, ...]] = [HEADINGS]
    for year in YEARS:
        entered = date(year + 1, 1, 3)
        for name, (family, objective, unit, (least, most)) in COUNTED.items():
            value = random.randint(least, most)
            rows.append((name, family, year, objective, value, unit, "secrétariat", entered, None))
        rows.append(("quality_mark", "scheme", year, "", "fait", "", "direction", entered, None))
    content = workbook({"Indicateurs": rows})
    drop(inbox / "manual_indicators" / "indicateurs-manuels.xlsx", content, date(2026, 1, 4))
