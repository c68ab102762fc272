"""Raw logs of the front desks of 2023 to 2025: one row a party that was welcomed.

Parties are drawn so that the persons, profiles, parties and origins of the published report come out of the
rows: each share is a quota of rows, dealt at random over the open days and hours of the desk.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from demo.workbooks import delimited, drop, workbook
from warehouse.office.model import Office, load_office
from warehouse.office.subjects.calendar import public_holidays
from warehouse.office.subjects.sites import open_minutes

HEADING = (
    "Date", "Heure", "Bureau", "Canal", "Profil", "Composition", "Nombre de personnes", "dont enfants",
    "dont ados", "Pays", "Département", "Langue", "Demande 1", "Demande 2", "Demande 3", "Agent (initiales)",
)  # fmt: skip
YEARS = (2023, 2024, 2025)

# Published for Auch in 2025, and for 2024 where the report prints it: rows in ten thousand.
PARTIES = {2023: 10_400, 2024: 10_200, 2025: 10_000}
PERSONS = {2023: 25_180, 2024: 24_730, 2025: 24_293}
PROFILES = {
    2024: {
        "Touriste": 7100, "Local": 2000, "Excursionniste": 200, "Pro / partenaire": 200,
        "Camping-cariste": 200,
        "Pèlerin": 200, "": 100,
    },
    2025: {
        "Touriste": 5000, "Local": 2400, "Excursionniste": 1800, "Pro / partenaire": 200,
        "Camping-cariste": 200, "Pèlerin": 200, "": 200,
    },
}  # fmt: skip
COMPOSITIONS = {"Couple": 3500, "Solo": 3400, "Famille": 1600, "Groupe d'amis": 1410, "Groupe organisé": 90}
ORIGINS = {2024: {"France": 8600, "": 1300, "Inconnu": 100}, 2025: {"France": 8700, "": 1200, "Inconnu": 100}}
COUNTRIES = {
    "Espagne": 2900, "Royaume-Uni": 2100, "Pays-Bas": 1400, "Belgique": 800, "Allemagne": 800,
    "États-Unis": 400, "Canada": 300, "Italie": 200, "Suisse": 180, "Portugal": 170, "Irlande": 160,
    "Australie": 150, "Pologne": 120, "Danemark": 110, "Suède": 110, "Autriche": 100,
}  # fmt: skip
LANGUAGES = {"Espagne": "Espagnol", "Pays-Bas": "Néerlandais", "Allemagne": "Allemand", "Italie": "Italien"}
FRENCH_SPEAKING = ("France", "Inconnu", "Belgique", "Suisse", "Canada")
DEPARTMENTS = {
    "32 - Gers": 3700, "31 - Haute-Garonne": 800, "33 - Gironde": 300, "64 - Pyrénées-Atlantiques": 200,
    "44 - Loire-Atlantique": 200, "Inconnu": 200,
}  # fmt: skip
GERS_BEFORE = {"32 - Gers": 4000}
OTHER_DEPARTMENTS = (
    "65 - Hautes-Pyrénées", "82 - Tarn-et-Garonne", "47 - Lot-et-Garonne", "40 - Landes", "75 - Paris",
    "69 - Rhône", "34 - Hérault", "81 - Tarn", "35 - Ille-et-Vilaine", "59 - Nord", "13 - Bouches-du-Rhône",
    "11 - Aude", "09 - Ariège", "24 - Dordogne", "17 - Charente-Maritime", "85 - Vendée", "29 - Finistère",
    "56 - Morbihan", "92 - Hauts-de-Seine", "78 - Yvelines", "94 - Val-de-Marne", "38 - Isère",
    "06 - Alpes-Maritimes",
    "67 - Bas-Rhin", "12 - Aveyron", "46 - Lot", "87 - Haute-Vienne", "86 - Vienne", "49 - Maine-et-Loire",
    "76 - Seine-Maritime", "30 - Gard", "83 - Var", "91 - Essonne", "77 - Seine-et-Marne",
    "62 - Pas-de-Calais",
)  # fmt: skip
THEMES = (
    "Plan / documentation", "Cathédrale", "Marchés", "Patrimoine culturel", "Randonnées", "Restaurants",
    "Hébergements",
    "Événements et animations", "Informations pratiques", "Musée", "Boutique", "Vélo", "Visites guidées",
    "Billetterie",
)  # fmt: skip
AGENTS = ("AB", "CD", "EF", "GH")

MONTHS = (0, 3, 4, 5, 8, 9, 9, 15, 20, 10, 7, 4, 6)  # weights, January first
WEEKDAYS = (10, 13, 10, 10, 11, 17, 9)
HOURS = {9: 7, 10: 14, 11: 20, 12: 8, 13: 7, 14: 12, 15: 14, 16: 13, 17: 9, 18: 4}

# Published for the other two desks: persons of the months, and those of them from abroad.
CASTERA = {
    2023: ((3, 30), (4, 60), (5, 70), (6, 80), (7, 170), (8, 165), (9, 70), (10, 35)),
    2024: ((3, 20), (4, 65), (5, 78), (6, 92), (7, 182), (8, 171), (9, 66), (10, 24)),
    2025: ((3, 31), (4, 45), (5, 52), (6, 66), (7, 157), (8, 144), (9, 60), (10, 45)),
}
FROM_ABROAD = {2023: 60, 2024: 72, 2025: 36}
BATHS = {
    2023: ((4, 10), (5, 12), (6, 14), (9, 15), (10, 12)),
    2024: ((4, 14), (5, 15), (6, 16), (9, 20), (10, 15)),
    2025: ((3, 12), (4, 24), (5, 27), (6, 28), (7, 13), (8, 15), (9, 33), (10, 31)),
}


@dataclass
class Party:
    """A party as the staff notes it."""

    profile: str
    composition: str
    persons: int
    country: str
    department: str = ""
    children: int = 0
    teenagers: int = 0
    channel: str = "Comptoir"
    themes: Sequence[str] = field(default_factory=tuple)


def generate(inbox: Path, seed: int) -> None:
    """Write a log a desk and year into `inbox/contacts`."""
    office = load_office(Path(__file__).with_name("office.yml"))
    random = Random(f"contacts {seed}")
    folder = inbox / "contacts"
    for year in YEARS:
        auch = [*_of_auch(year, random), *(_by_telephone() for _ in range(140))]
        days = days_open(office, "auch", year)
        write_log(
            folder, "auch", "Auch", year, zip(moments(days, len(auch), random), auch, strict=True), random
        )
        for site, desk, months, abroad in (
            ("castera-verduzan", "Castéra-Verduzan", CASTERA[year], FROM_ABROAD[year]),
            ("thermes", "Thermes de Castéra-Verduzan", BATHS[year], 0),
        ):
            parties = _of_months(days_open(office, site, year), months, abroad, random)
            if site == "thermes":
                for _, party in parties:
                    party.profile = "Curiste"
            write_log(folder, site, desk, year, parties, random)


def dealt(quotas: Mapping[str, int], count: int, random: Random) -> list[str]:
    """So many words as each one's part of the whole asks for, in random order; the first takes the rest."""
    whole = sum(quotas.values())
    words = [word for word, part in quotas.items() for _ in range(round(count * part / whole))]
    first = next(iter(quotas))
    words = [*words, *[first] * (count - len(words))][:count]
    random.shuffle(words)
    return words


def _of_auch(year: int, random: Random) -> list[Party]:
    count = PARTIES[year]
    profiles = dealt(PROFILES.get(year, PROFILES[2024]), count, random)
    compositions = dealt(COMPOSITIONS, count, random)
    origins = dealt(ORIGINS.get(year, ORIGINS[2024]), count, random)
    countries = iter(dealt(COUNTRIES, origins.count(""), random))
    departments = iter(dealt(_departments(year), origins.count("France"), random))
    parties = []
    for profile, composition, origin in zip(profiles, compositions, origins, strict=True):
        party = Party(profile, composition, 1, origin or next(countries))
        party.persons = _size(composition, random)
        if origin == "France":
            party.department = next(departments)
        parties.append(party)
    _reach(parties, PERSONS[year], random)
    for party in parties:
        _with_children(party, random)
        party.channel = "Comptoir" if random.random() < 0.97 else "Hors les murs"
    return parties


def _departments(year: int) -> dict[str, int]:
    known = DEPARTMENTS if year == 2025 else DEPARTMENTS | GERS_BEFORE
    rest = (10_000 - sum(known.values())) // len(OTHER_DEPARTMENTS)
    return {**known, **dict.fromkeys(OTHER_DEPARTMENTS, rest)}


def _size(composition: str, random: Random) -> int:
    match composition:
        case "Solo":
            return 1
        case "Couple":
            return 2
        case "Famille":
            return random.choice((3, 3, 4, 4, 4, 5))
        case "Groupe d'amis":
            return random.choice((3, 3, 4, 4, 5, 6))
    return random.randint(15, 45)


def _reach(parties: Sequence[Party], persons: int, random: Random) -> None:
    """Make families and friends larger or smaller until there are so many persons."""
    left = persons - sum(party.persons for party in parties)
    able = [
        party for party in parties if party.composition in ("Famille", "Groupe d'amis", "Groupe organisé")
    ]
    while left:
        party = random.choice(able)
        step = 1 if left > 0 else -1
        if party.persons + step >= 3:
            party.persons += step
            left -= step


def _with_children(party: Party, random: Random) -> None:
    if party.composition == "Famille":
        kind = random.random()
        if kind < 0.85:
            party.children = random.randint(1, party.persons - 1)
        elif kind < 0.97:
            party.teenagers = random.randint(1, party.persons - 1)


def _by_telephone() -> Party:
    """A call that the desk noted with its visitors; calls are counted elsewhere."""
    return Party("Local", "Solo", 1, "France", "32 - Gers", channel="Téléphone")


Moment = tuple[date, int, int]


def days_open(office: Office, site: str, year: int) -> list[tuple[date, list[int]]]:
    """The days of a year on which a site is open, each with the minutes that it is open in each hour."""
    (place,) = (one for one in office.sites if one.code == site)
    dates = [date(year, 1, 1) + timedelta(n) for n in range(365 + isleap(year))]
    holidays = public_holidays(office, dates)
    minutes = [(day, open_minutes(place, day, day in holidays)) for day in dates]
    return [(day, of_hours) for day, of_hours in minutes if any(of_hours)]


def moments(days: Sequence[tuple[date, list[int]]], count: int, random: Random) -> list[Moment]:
    """So many moments of the open hours, more in summer, on Saturdays and late in the morning."""
    weights = list(accumulate(MONTHS[day.month] * WEEKDAYS[day.weekday()] for day, _ in days))
    return sorted(
        (day, *_time(hours, random)) for day, hours in random.choices(days, cum_weights=weights, k=count)
    )


def _time(hours: Sequence[int], random: Random) -> tuple[int, int]:
    weights = [HOURS.get(hour, 0) * minutes for hour, minutes in enumerate(hours)]
    (hour,) = random.choices(range(24), weights=weights)
    first = 60 - hours[hour] if hours[hour] < 60 and hours[hour - 1] == 0 else 0
    return hour, first + random.randrange(hours[hour])


def _of_months(
    days: Sequence[tuple[date, list[int]]], months: Sequence[tuple[int, int]], abroad: int, random: Random
) -> list[tuple[Moment, Party]]:
    """Parties that come to so many persons in each month, and to so many from abroad in all."""
    found: list[tuple[Moment, Party]] = []
    left, persons_left = abroad, sum(persons for _, persons in months)
    for month, persons in months:
        foreign = round(left * persons / persons_left)
        left, persons_left = left - foreign, persons_left - persons
        parties = [
            *small_parties(persons - foreign, "France", random),
            *small_parties(foreign, "Pays-Bas", random),
        ]
        of_month = [one for one in days if one[0].month == month]
        found += zip(moments(of_month, len(parties), random), parties, strict=True)
    return sorted(found, key=lambda one: one[0])


def small_parties(
    persons: int, country: str, random: Random, sizes: Sequence[int] = (1, 1, 2, 2, 2, 3, 4)
) -> Iterator[Party]:
    """Parties of these sizes that come to so many persons."""
    while persons:
        size = min(persons, random.choice(sizes))
        yield party_of(size, country, random)
        persons -= size


def party_of(size: int, country: str, random: Random) -> Party:
    """Tourists who come together."""
    composition = {1: "Solo", 2: "Couple"}.get(size, "Famille")
    department = (
        random.choice(("32 - Gers", "31 - Haute-Garonne", "40 - Landes")) if country == "France" else ""
    )
    party = Party("Touriste", composition, size, country, department)
    _with_children(party, random)
    return party


def write_log(
    folder: Path, site: str, desk: str, year: int, parties: Iterable[tuple[Moment, Party]], random: Random
) -> None:
    """Write a desk's log of a year: an export of the busy desk, a workbook of each of the small ones."""
    rows: list[list[date | str | int]] = []
    for (day, hour, minute), party in parties:
        is_french = party.country in FRENCH_SPEAKING
        language = "Français" if is_french else LANGUAGES.get(party.country, "Anglais")
        themes = party.themes or random.sample(THEMES, random.choice((1, 1, 2, 3)))
        rows.append(
            [
                day, f"{hour:02}:{minute:02}", desk, party.channel, party.profile, party.composition,
                party.persons, party.children, party.teenagers, party.country, party.department, language,
                *themes, *[""] * (3 - len(themes)), random.choice(AGENTS),
            ]
        )  # fmt: skip
    name, received = f"accueil-{site}-{year}", date(year + 1, 1, 3)
    if site == "auch":
        lines = [[f"{day:%d/%m/%Y}", *others] for day, *others in rows]
        drop(folder / f"{name}.csv", delimited([HEADING, *lines]), received)
    else:
        drop(folder / f"{name}.xlsx", workbook({"Contacts": [HEADING, *rows]}), received)
