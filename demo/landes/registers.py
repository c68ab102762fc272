"""Raw files of Landes Chalosse, 2019 and 2020: desk, guided visits, networks, two intercommunalities' tax.

The Pays des Luys could not supply its declarations of 2020: there is no file of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random

from demo.auch import contacts, groups, manual_indicators
from demo.auch.tax_hosts import SEASON, Line, Lodging
from demo.auch.tourist_tax import HEADINGS, cells, table
from demo.workbooks import Cell, drop, workbook
from warehouse.office.model import load_office

YEARS = (2019, 2020)
LAST = date(2021, 1, 4)
# Contacts and persons of July and August, and the persons of other months.
SUMMER = {2019: (2_638, 4_922), 2020: (2_678, 5_698)}
OTHERS = {2019: ((4, 180), (5, 210), (6, 260), (9, 240), (10, 150)), 2020: ((6, 190), (9, 230), (10, 120))}
PARTICIPANTS = {
    2019: {"Les Incontournables": 140, "Maison Sentex": 210, "Crypte d'Hagetmau": 1_020},
    2020: {
        "Les Incontournables": 88, "Musée d'art et d'histoire de Saint-Sever": 383,
        "A l'envers et vue d'en haut": 46, "Maison Sentex": 181, "Yoga": 77, "Crypte d'Hagetmau": 834,
    },
}  # fmt: skip
# Followers of Facebook at the end of the year ("nearly 7,000"), and the views of the year.
FOLLOWERS, VIEWS = 6_978, 1_087_638
BY_HAND = (
    ("website_visitors", "promotion", 52_140, "visiteurs"),
    ("quality_audit_compliance", "operations", 91, "%"),
)  # fmt: skip
TERRITORIES = {
    "chalosse-tursan": ("40110", "40119", "40282", "40286"),
    "pays-des-luys": ("40002", "40047", "40074", "40090", "40109", "40228"),
}
# nature, category, lodgings of each intercommunality, most persons, cents of tax a person-night
STOCK = (
    ("Camping", "Camping 3 à 5 étoiles", 6, 120, 45), ("Meublé de tourisme", "3 étoiles", 9, 8, 112),
    ("Meublé de tourisme", "2 étoiles", 9, 5, 90),
)  # fmt: skip


def generate(inbox: Path, seed: int) -> None:
    """Write the files of all systems; the same seed writes the same bytes."""
    random = Random(f"landes {seed}")
    for year in YEARS:
        _desk(inbox / "contacts", year, random)
        _visits(inbox / "groups", year, random)
    _networks(inbox / "audience", random)
    rows = [(name, family, "2020", None, value, unit) for name, family, value, unit in BY_HAND]
    content = workbook({"Indicateurs": [manual_indicators.HEADINGS[:6], *rows]})
    drop(inbox / "manual_indicators" / "indicateurs-manuels.xlsx", content, LAST)
    for territory, communes in TERRITORIES.items():
        stock = list(_lodgings(communes, territory, random))
        for year in (2019,) if territory == "pays-des-luys" else YEARS:
            lines = [cells(line) for line in _lines(stock, year, random)]
            drop(
                inbox / "tourist_tax" / f"declarations-{territory}-{year}.csv",
                table(HEADINGS, lines),
                min(date(year + 1, 1, 20), LAST),
            )


def _desk(folder: Path, year: int, random: Random) -> None:
    """The log of the desk: so many contacts and persons in summer."""
    office = load_office(Path(__file__).with_name("office.yml"))
    days = contacts.days_open(office, "saint-sever", year)
    count, persons = SUMMER[year]
    sizes = [1] * count
    while sum(sizes) < persons:
        rank = random.randrange(count)
        sizes[rank] += sizes[rank] < 6
    summer = [contacts.party_of(size, "France", random) for size in sizes]
    moments = contacts.moments([day for day in days if day[0].month in (7, 8)], count, random)
    logged = list(zip(moments, summer, strict=True))
    for month, others in OTHERS[year]:
        parties = list(contacts.small_parties(others, "France", random))
        of_month = [day for day in days if day[0].month == month]
        logged += zip(contacts.moments(of_month, len(parties), random), parties, strict=True)
    logged.sort(key=lambda one: one[0])
    contacts.write_log(folder, "saint-sever", "Saint-Sever", year, logged, random)


def _visits(folder: Path, year: int, random: Random) -> None:
    """The workbook of guided visits: visits of up to fifteen persons, by theme."""
    files = []
    for theme, persons in PARTICIPANTS[year].items():
        while persons:
            size = min(persons, random.randint(6, 15))
            persons -= size
            day = date(year, random.choice((6, 7, 7, 8, 8, 9)), random.randint(1, 28))
            file = groups.File("groupe", date(year, 5, 20), day, size, actual=size, cents=500 * size)
            file.themes.append(theme)
            files.append(file)
    files.sort(key=lambda file: (file.visit, file.themes))
    numbered = [(f"V{year % 100}-{rank:03}", file) for rank, file in enumerate(files, 1)]
    sheets: dict[str, list[Sequence[Cell]]] = {
        "Dossiers": [groups.FILES, *(groups.file_row(random, *one) for one in numbered)],
        "Prestations": [groups.SERVICES, *(row for one in numbered for row in groups.services(random, *one))],
    }
    drop(folder / f"groupes-{year}.xlsx", workbook(sheets), date(year, 12, 20))


def _networks(folder: Path, random: Random) -> None:
    """A reading of the Facebook page at every month's end of 2020."""
    weights = [random.uniform(0.6, 1.4) for _ in range(12)]
    views = [int(VIEWS * weight / sum(weights)) for weight in weights]
    views[-1] += VIEWS - sum(views)
    rows: list[Sequence[Cell]] = [["Date du relevé", "Réseau", "Compte", "Abonnés", "Vues"]]
    for month, seen in enumerate(views, 1):
        followers = FOLLOWERS - 60 * (12 - month)
        rows.append([date(2020, month, 28), "Facebook", "Landes Chalosse", followers, seen])
    drop(folder / "audience.xlsx", workbook({"Relevés": rows}), LAST)


def _lodgings(communes: Sequence[str], territory: str, random: Random) -> Iterator[Lodging]:
    rank = 0
    for nature, category, count, most, _ in STOCK:
        for _ in range(count):
            rank += 1
            code = f"{territory[:1].upper()}{rank:03}"
            yield Lodging(
                code=f"H{code}", host=f"L{code}", host_name=f"Logeur {rank}", address="1 rue Inventée",
                registration="", commune=communes[rank % 2], nature=nature, category=category,
                capacity=random.randint(most // 2, most), occupancy=random.uniform(0.3, 0.5),
            )  # fmt: skip


def _lines(stock: Sequence[Lodging], year: int, random: Random) -> Iterator[Line]:
    """What each lodging declares of each month."""
    cents = {category: tariff for _, category, _, _, tariff in STOCK}
    for lodging in stock:
        for month, season in enumerate(SEASON, 1):
            nights = max(1, round(28 * season * lodging.occupancy * random.uniform(0.8, 1.2)))
            persons = max(1, round(lodging.capacity * 0.7))
            taxable = nights * persons
            yield Line(
                f"{lodging.code}-{year}-{month:02}", lodging, date(year, month, 1), nights, persons,
                taxable, 0, declared=cents[lodging.category] * taxable,
            )  # fmt: skip
