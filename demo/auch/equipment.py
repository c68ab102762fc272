"""Raw files of the equipment: the workbook of each year, and the national file's rows of its museum.

Each opening day of office.yml has its row, also when nobody came; visitors are shared out among the days so
that their sums are those of the published report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import Cell, delimited, drop, workbook
from warehouse.office.model import Office, load_office
from warehouse.office.subjects.calendar import is_heritage_day, public_holidays
from warehouse.office.subjects.sites import open_minutes

YEARS = (2023, 2024, 2025)
# Visitors by year, those of the heritage days among them. Published for 2025; the others are what the printed
# changes leave room for (+14 % and −5 % against 2023; +2 %; +19 %; +21 %).
VISITS = {
    "tresor": {2023: (3_331, 870), 2024: (2_775, 790), 2025: (3_164, 827)},
    "musee-resistance": {2023: (1_462, 260), 2024: (1_487, 275), 2025: (1_517, 290)},
}
SESSIONS = {
    "escape-dartagnan": {2023: 201, 2024: 216, 2025: 257},
    "escape-baselic": {2023: 104, 2024: 113, 2025: 137},
}
# The seasonal worker left in mid-August; the treasury was closed until another came.
CLOSED = {"tresor": (date(2025, 8, 16), date(2025, 8, 21))}
PRICES = {"tresor": 3, "musee-resistance": 4, "session": 13}
PLACES = 6
VISIT_HEADINGS = (
    "Date", "Site", "Ouvert (oui/non)", "Entrées payantes", "Entrées gratuites", "dont scolaires",
    "dont groupes", "dont moins de 18 ans", "dont 18-25 ans", "Recettes TTC",
    "Événement (JEP, Nuit des musées…)", "Remarque",
)  # fmt: skip
SESSION_HEADINGS = (
    "Date", "Heure", "Site", "Places offertes", "Participants", "Tarif plein", "Tarif réduit", "Recettes TTC",
    "Annulée (oui/non)",
)  # fmt: skip
# The museum in the national file, and the years that its edition of September 2025 tells of.
MUSEUM, PUBLISHED = ("M9901", "musee-resistance"), (2023, 2024)
NATIONAL = (
    "IDPatrimostat", "IDMuseofile", "region", "departement", "dateappellation", "ferme", "anneefermeture",
    "nom_du_musee", "ville", "codeInseeCommune", "annee", "payant", "gratuit", "total",
)  # fmt: skip


@dataclass(frozen=True)
class Places:
    """The names of the places and the days on which they are open."""

    office: Office

    def name(self, code: str) -> str:
        """The name of a place."""
        return next(site.name for site in self.office.sites if site.code == code)

    def open_days(self, code: str, year: int) -> list[date]:
        """The days of a year on which office.yml says that it is open."""
        site = next(site for site in self.office.sites if site.code == code)
        days = [
            date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)
        ]
        holidays = public_holidays(self.office, days)
        return [day for day in days if any(open_minutes(site, day, day in holidays))]


def generate(inbox: Path, seed: int) -> None:
    """Write the workbooks into `inbox/equipment`; the same seed writes the same bytes."""
    random = Random(f"{seed}-equipment")
    places = Places(load_office(Path(__file__).with_name("office.yml")))
    for year in YEARS:
        visits = [row for code in VISITS for row in _visits(random, places, code, year)]
        sessions = [row for code in SESSIONS for row in _sessions(random, places, code, year)]
        sheets = {"Visites": [VISIT_HEADINGS, *visits], "Séances": [SESSION_HEADINGS, *sessions]}
        received = date(year + 1, 1, 4 if year == max(YEARS) else 8)
        drop(inbox / "equipment" / f"equipements-{year}.xlsx", workbook(sheets), received)
    drop(inbox / "equipment" / "frequentation-musees-2024.csv", _national(places), date(2025, 9, 30))


def _national(places: Places) -> bytes:
    code, site = MUSEUM
    known = ("1", code, "Occitanie", "Gers", "01/02/2003", "non", "", places.name(site), "AUCH", "32013")
    rows = [(*known, year, "", "", VISITS[site][year][0]) for year in PUBLISHED]
    return delimited([NATIONAL, *rows])


def _visits(random: Random, places: Places, code: str, year: int) -> Iterator[Sequence[Cell]]:
    wanted, of_heritage = VISITS[code][year]
    name, closed = places.name(code), CLOSED.get(code)
    days = places.open_days(code, year)
    shut = {day for day in days if closed and closed[0] <= day <= closed[1]}
    heritage = [day for day in days if is_heritage_day(day)]
    usual = [day for day in days if day not in shut and day not in heritage]
    weights = [(3 if day.month in (7, 8) else 1) * random.uniform(0.2, 1.8) for day in usual]
    counts = dict(zip(usual, _shared(wanted - of_heritage, weights), strict=True))
    counts |= dict(zip(heritage, _shared(of_heritage, [1.0, 1.02]), strict=True))
    for day in days:
        if day in shut:
            yield day, name, "non", None, None, None, None, None, None, None, None, "Saisonnier parti"
            continue
        free = counts[day] if day in heritage else random.randint(0, counts[day] // 4)
        paid = counts[day] - free
        young = random.randint(0, free // 3)
        event = "JEP" if day in heritage else None
        yield day, name, "oui", paid, free, 0, 0, young, young // 2, paid * PRICES[code], event, None


def _sessions(random: Random, places: Places, code: str, year: int) -> Iterator[Sequence[Cell]]:
    name, left = places.name(code), SESSIONS[code][year]
    days = [day for day in places.open_days(code, year) if day.month in (2, 4, 5, 7, 8, 10, 12)]
    found = []
    for day in random.sample(days, len(days)):
        if left == 0:
            break
        persons = min(left, random.randint(2, PLACES))
        left -= persons
        reduced = random.randint(0, persons // 2)
        takings = persons * PRICES["session"] - 3 * reduced
        found.append((day, "14:00", name, PLACES, persons, persons - reduced, reduced, takings, "non"))
    for day in random.sample(days, 3):
        found.append((day, "16:30", name, PLACES, 0, 0, 0, 0, "oui"))
    yield from sorted(found, key=lambda row: (row[0], row[1]))


def _shared(whole: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in these proportions that add up to the whole."""
    exact = [whole * weight / sum(weights) for weight in weights]
    found = [int(part) for part in exact]
    order = sorted(range(len(exact)), key=lambda rank: found[rank] - exact[rank])
    for rank in order[: whole - sum(found)]:
        found[rank] += 1
    return found
