"""Raw files of the listening register: the workbook of each year, what is open moving on to the next one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import Cell, drop, workbook

HEADINGS = (
    "N°", "Date", "Bureau / site", "Origine (interne / externe)",
    "Nature (incident / remarque positive / remarque négative / suggestion)", "Thème", "Description", "Canal",
    "Saisi par", "Action décidée", "Responsable", "Échéance", "Statut", "Date de résolution", "Prestataire",
    "Dernière relance le", "Prise en compte (oui/non)",
)  # fmt: skip
PREMISES, AREA, TELEPHONY, PROMOTION, OPERATIONS, SHOP, TOURS, SIGNS, TOWN, SUSTAINABLE = (
    "Locaux", "Aire de camping-cars", "Téléphonie / outlook / serveur", "Outils de promo / comm",
    "Fonctionnement interne", "Boutique et billetterie", "Visites guidées", "Affichage", "Cadre de la ville",
    "Développement durable",
)  # fmt: skip
# Published for 2025: 103 external and 29 internal incidents with the largest themes, remarks and suggestions.
EXTERNAL = {
    2023: {PREMISES: 18, AREA: 20, TELEPHONY: 6, PROMOTION: 5, SHOP: 5, TOURS: 4},
    2024: {PREMISES: 25, AREA: 22, TELEPHONY: 8, PROMOTION: 7, SHOP: 7, TOURS: 5, SIGNS: 4},
    2025: {
        PREMISES: 29,
        AREA: 25,
        TELEPHONY: 10,
        PROMOTION: 9,
        SHOP: 8,
        TOURS: 7,
        SIGNS: 6,
        TOWN: 6,
        SUSTAINABLE: 3,
    },
}
INTERNAL = {
    2023: {OPERATIONS: 7, SHOP: 4, TELEPHONY: 6},
    2024: {OPERATIONS: 8, SHOP: 5, TELEPHONY: 9},
    2025: {OPERATIONS: 9, SHOP: 6, TELEPHONY: 5, PREMISES: 5, PROMOTION: 4},
}
# Nature, origin and number; how many of the suggestions were taken up.
OTHERS = {
    2023: ((("remarque positive", "externe"), 20), (("remarque négative", "externe"), 6),
           (("remarque négative", "interne"), 9), (("suggestion", "interne"), 22)),
    2024: ((("remarque positive", "externe"), 24), (("remarque négative", "externe"), 5),
           (("remarque négative", "interne"), 11), (("suggestion", "interne"), 30)),
    2025: ((("remarque positive", "externe"), 28), (("remarque négative", "externe"), 4),
           (("remarque positive", "interne"), 5), (("remarque négative", "interne"), 8),
           (("suggestion", "externe"), 12), (("suggestion", "interne"), 23)),
}  # fmt: skip
TAKEN_UP = {2023: 15, 2024: 24, 2025: 31}
# What nobody resolved in 2025, for want of reminders.
UNRESOLVED = {
    AREA: ("Ticket fantôme à la borne",),
    PROMOTION: ("Courriels du formulaire en indésirables", "Idem, second formulaire", "Scan Explore Auch"),
    PREMISES: ("Rampe de l'escalier du 3e étage",),
}
SITES = {AREA: "Île Saint-Martin"}
LAST_DAY = date(2025, 12, 31)


@dataclass(frozen=True)
class Entry:
    """An entry as the staff keeps it."""

    number: str
    day: date
    origin: str
    nature: str
    theme: str
    text: str
    resolved: date | None
    is_taken_up: bool | None = None


def generate(inbox: Path, seed: int) -> None:
    """Write the workbooks into `inbox/listening`; the same seed writes the same bytes."""
    random = Random(f"{seed}-listening")
    open_before: list[Entry] = []
    for year in EXTERNAL:
        entries = _numbered(year, _entries(random, year))
        end = date(year, 12, 31)
        # As the workbook of the year shows them at its end: what is resolved later is still open.
        shown = [
            replace(e, resolved=e.resolved if e.resolved and e.resolved <= end else None) for e in entries
        ]
        rows = [row(random, entry) for entry in (*open_before, *shown)]
        open_before = [
            e for e in entries if e.nature == "incident" and (e.resolved is None or e.resolved > end)
        ]
        received = date(year + 1, 1, 4 if end == LAST_DAY else 7)
        name = f"ecoute-{year}.xlsx"
        drop(inbox / "listening" / name, workbook({"Écoute": [HEADINGS, *rows]}), received)


def _entries(random: Random, year: int) -> list[Entry]:
    found = []
    for origin, themes in (("externe", EXTERNAL[year]), ("interne", INTERNAL[year])):
        for theme, number in themes.items():
            never = UNRESOLVED.get(theme, ()) if year == LAST_DAY.year and origin == "externe" else ()
            for rank in range(number):
                day = _day(random, year)
                text = never[rank] if rank < len(never) else f"Incident : {theme.lower()}"
                wait = timedelta(random.choice((0, 1, 1, 2, 3, 5, 8, 13, 30)))
                resolved = None if rank < len(never) else day + wait
                if resolved and year == LAST_DAY.year:
                    resolved = min(resolved, LAST_DAY)
                found.append(Entry("", day, origin, "incident", theme, text, resolved))
    taken_up = TAKEN_UP[year]
    for (nature, origin), number in OTHERS[year]:
        for _ in range(number):
            is_taken_up = None
            if nature == "suggestion":
                taken_up -= 1
                is_taken_up = taken_up >= 0
            theme = random.choice((TOURS, SIGNS, TOWN, SUSTAINABLE, SHOP))
            day = _day(random, year)
            found.append(Entry("", day, origin, nature, theme, nature.capitalize(), day, is_taken_up))
    return found


def _numbered(year: int, entries: Iterable[Entry]) -> list[Entry]:
    ordered = sorted(entries, key=lambda e: (e.day, e.origin, e.nature, e.theme, e.text))
    return [replace(entry, number=f"E{year % 100}-{rank:03d}") for rank, entry in enumerate(ordered, 1)]


def row(random: Random, entry: Entry) -> Sequence[Cell]:
    """An entry as it stands in the workbook."""
    is_open = entry.nature == "incident" and entry.resolved is None
    settled = "Résolu" if entry.nature == "incident" else "Clos sans suite"
    return (
        entry.number, entry.day, SITES.get(entry.theme, "Auch"), entry.origin, entry.nature, entry.theme,
        entry.text,
        random.choice(("Comptoir", "Téléphone", "Courriel")), random.choice(("AB", "CD", "EF")),
        "Appel du prestataire" if entry.nature == "incident" else None, random.choice(("AB", "CD")),
        entry.day + timedelta(30) if entry.nature == "incident" else None,
        "En attente prestataire" if is_open else settled,
        entry.resolved if entry.nature == "incident" else None, None, None,
        None if entry.is_taken_up is None else "oui" if entry.is_taken_up else "non",
    )  # fmt: skip


def _day(random: Random, year: int) -> date:
    month = random.choices(range(1, 13), (5, 5, 7, 9, 10, 10, 14, 14, 9, 7, 5, 4))[0]
    return date(year, month, random.randint(1, 28))
