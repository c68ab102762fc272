"""Raw files of partners: the workbook of partners, support and labels, and an excerpt of Atout France's.

Six familiarisation tours of 2025, as the report prints. One classification and one brand are about to lapse.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import Cell, delimited, drop, workbook

DAY = timedelta(days=1)
TOURS = {2023: 4, 2024: 5, 2025: 6}
KINDS = ("Hébergement", "Hébergement", "Restaurant", "Site de visite", "Producteur", "Artisan", "Association")
COMMUNES = ("Auch", "Jegun", "Lavardens", "Castéra-Verduzan", "Pavie", "Pessan")
LABELS: tuple[tuple[str, int, int], ...] = (
    ("Classement", 5, 14),
    ("Accueil Vélo", 3, 6),
    ("Gîtes de France", 4, 5),
)
ATOUT_FRANCE = (
    "DATE DE CLASSEMENT", "TYPOLOGIE ÉTABLISSEMENT", "CLASSEMENT", "CATÉGORIE",
    "MENTION (villages de vacances)",
    "NOM COMMERCIAL", "ADRESSE", "CODE POSTAL", "COMMUNE", "SITE INTERNET", "TYPE DE SÉJOUR",
    "CAPACITÉ D'ACCUEIL (PERSONNES)", "NOMBRE DE CHAMBRES", "NOMBRE D'EMPLACEMENTS",
    "NOMBRE D'UNITES D'HABITATION (résidences de tourisme)", "NOMBRE DE LOGEMENTS (villages de vacances)",
    "classement prorogé",
)  # fmt: skip
CLASSED = (
    (
        "14/03/2022",
        "HÔTEL DE TOURISME",
        "3 étoiles",
        "HÔTEL DES COTEAUX",
        "32000",
        "AUCH",
        "84",
        "42",
        "-",
        "non",
    ),
    (
        "02/09/2021",
        "HÔTEL DE TOURISME",
        "2 étoiles",
        "HÔTEL DU PONT",
        "32000",
        "AUCH",
        "46",
        "23",
        "-",
        "non",
    ),
    (
        "01/02/2024",
        "CAMPING",
        "4 étoiles",
        "CAMPING DU LAC",
        "32410",
        "CASTERA VERDUZAN",
        "300",
        "-",
        "100",
        "non",
    ),
    ("20/05/2019", "CAMPING", "2 étoiles", "CAMPING DES CHÊNES", "32550", "PAVIE", "120", "-", "40", "oui"),
    (
        "11/11/2023",
        "HÔTEL DE TOURISME",
        "4 étoiles",
        "HÔTEL D'AILLEURS",
        "31000",
        "TOULOUSE",
        "200",
        "100",
        "-",
        "non",
    ),
)


def generate(inbox: Path, seed: int) -> None:
    """Write the files into `inbox/partners`."""
    random = Random(f"{seed}-partners")
    folder = inbox / "partners"
    sheets = {
        "Partenaires": _partners(random),
        "Accompagnements": _supports(random),
        "Labels": _labels(random),
    }
    drop(folder / "partenaires.xlsx", workbook(sheets), date(2026, 1, 3))
    rows = [
        [
            day,
            kind,
            stars,
            "-",
            "-",
            name,
            "1 rue Inventée",
            postal,
            town,
            "-",
            "-",
            beds,
            rooms,
            pitches,
            "-",
            "-",
            more,
        ]
        for day, kind, stars, name, postal, town, beds, rooms, pitches, more in CLASSED
    ]
    content = delimited([ATOUT_FRANCE, *rows], encoding="utf-8-sig")
    drop(folder / "hebergements_classes.csv", content, date(2025, 12, 1))


def _partners(random: Random) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [
            "N° partenaire",
            "Nom",
            "Type",
            "Commune",
            "SIRET",
            "Id SIT",
            "Partenaire depuis",
            "Cotisation TTC",
            "Statut",
        ]
    ]
    for number in range(1, 133):
        since = date(random.randint(2015, 2025), random.randint(1, 12), 1)
        status = "Ancien" if number % 17 == 0 else "Actif"
        rows.append(
            [
                f"P{number:03}", f"Partenaire {number:03}", random.choice(KINDS), random.choice(COMMUNES),
                None, None, since, random.choice((40, 60, 80)), status,
            ]
        )  # fmt: skip
    return rows


def _supports(random: Random) -> list[list[Cell]]:
    heading = "Nature (visite / conseil / classement / label / numérique / éductour)"
    rows: list[list[Cell]] = []
    for year, tours in TOURS.items():
        for month in random.sample(range(2, 12), tours):
            day = date(year, month, random.randint(2, 27))
            rows += [
                [day, f"P{number:03}", "éductour", 7, None]
                for number in random.sample(range(1, 133), random.randint(6, 14))
            ]
        for _ in range(90):
            day = date(year, 1, 8) + random.randrange(345) * DAY
            what = random.choice(("visite", "visite", "conseil", "classement", "label", "numérique"))
            rows.append([day, f"P{random.randint(1, 132):03}", what, random.choice((1, 1.5, 2)), None])
    return [
        ["Date", "N° partenaire", heading, "Durée (h)", "Résultat"],
        *sorted(rows, key=lambda row: str(row[0])),
    ]


def _labels(random: Random) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        ["N° partenaire", "Label", "Niveau", "Obtenu le", "Échéance", "Organisme", "Statut"]
    ]
    number = 0
    for label, years, count in LABELS:
        for rank in range(count):
            number += 1
            obtained = date(2026 - years + (rank % 3), 1 + rank % 12, 15)
            due = obtained.replace(year=obtained.year + years)
            level = f"{random.randint(2, 4)} étoiles" if label == "Classement" else None
            rows.append([f"P{number:03}", label, level, obtained, None if rank == 4 else due, None, "Obtenu"])
    return rows
