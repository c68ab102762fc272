"""Raw files of Orthe et Arrigans, 2018 to 2020: what its desks and its staff keep, in each tool's own format.

Rows are dealt at random so that the lines of the printed quality manual come out of them. What only a person
knows is the register of indicators kept by hand, written down as the manual prints it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

from demo.auch import audience, contacts, listening, manual_indicators, shop, surveys
from demo.workbooks import Cell, delimited, drop, workbook
from warehouse.office.model import Office, load_office

FOLDER = Path(__file__).parent
YEARS = (2018, 2019, 2020)
DAY = timedelta(days=1)
# Persons at the desk and outside the walls, days of the mobile desk, requests noted at the desk.
DESK = {2018: 4_049, 2019: 4_012, 2020: 2_057}
REQUESTS = {2018: 2_948, 2019: 5_082, 2020: 3_511}
MOBILE = {2018: (1_188, 29), 2019: (1_440, 29), 2020: (63, 3)}
BY_MAIL = {2018: 1_066, 2019: 1_285, 2020: 1_401}
RECEIPTS = {2018: 156, 2019: 346, 2020: 266}
RESPONSES = {2018: 150, 2019: 284, 2020: 115}
TAKEN_UP = {2018: 13, 2019: 5, 2020: 8}
CORRECTED = {2018: 15, 2019: 9, 2020: 5}
# Active partners, their fees, and those who were supported.
PARTNERS = {2018: (141, 7_020, 18), 2019: (156, 8_480, 22), 2020: (141, 9_380, 8)}
SESSIONS = {2018: 11_457, 2019: 13_871, 2020: 15_371}
FACEBOOK = {2018: 607, 2019: 1_207, 2020: 1_840}
LETTERS = {2018: 31, 2019: 36, 2020: 12}
ARTICLES = {2018: 7, 2019: 15, 2020: 3}
GOODS = (
    shop.Article("Carte postale", "Cartes", 160), shop.Article("Livre de recettes", "Livres", 1500, 55),
    shop.Article("Confiture de kiwi", "Produits locaux", 450, 55),
)  # fmt: skip


def generate(inbox: Path, seed: int) -> None:
    """Write the files of all registers; the same seed writes the same bytes."""
    random = Random(f"orthe {seed}")
    office = load_office(FOLDER / "office.yml")
    for year in YEARS:
        received = date(year, 12, 28)
        _desks(inbox / "contacts", office, year, random)
        _shop(inbox / "shop", office, year, random)
        _listening(inbox / "listening", year, received, random)
        _partners(inbox / "partners", year, received, random)
    last = date(YEARS[-1] + 1, 1, 4)
    visits = [audience.visits_by_day(random, year, SESSIONS[year]) for year in YEARS]
    content = audience.matomo({day: count for of_year in visits for day, count in of_year.items()})
    drop(inbox / "audience" / f"matomo-orthe-{YEARS[-1]}.csv", content, last)
    letters = [
        audience.sent(random, 100 * year + rank, date(year, 1, 8) + 9 * rank * DAY, 12)
        for year in YEARS
        for rank in range(LETTERS[year])
    ]
    drop(inbox / "audience" / "lettres.csv", audience.newsletters(letters), last)
    _requests(inbox / "requests", last, random)
    readings: list[Sequence[Cell]] = [["Date du relevé", "Réseau", "Compte", "Abonnés"]]
    readings += [[date(year, 12, 31), "Facebook", "Orthe et Arrigans", FACEBOOK[year]] for year in YEARS]
    drop(inbox / "audience" / "audience.xlsx", workbook({"Relevés": readings}), last)
    drop(inbox / "audience" / "presse.xlsx", workbook({"Presse": audience.press(random, ARTICLES)}), last)
    drop(inbox / "surveys" / "results-survey401.csv", _survey(random), last)
    content = workbook({"Indicateurs": [manual_indicators.HEADINGS, *_by_hand(office)]})
    drop(inbox / "manual_indicators" / "indicateurs-manuels.xlsx", content, last)


def _desks(folder: Path, office: Office, year: int, random: Random) -> None:
    """The log of the desk, with so many requests, and that of the mobile desk, out on so many days."""
    at_desk = list(contacts.small_parties(DESK[year], "France", random, (1, 2)))
    asked = [1] * len(at_desk)
    while sum(asked) < REQUESTS[year]:
        rank = random.randrange(len(at_desk))
        asked[rank] += asked[rank] < 3
    for party, count in zip(at_desk, asked, strict=True):
        party.themes = random.sample(contacts.THEMES, count)
    desk, mobile = (contacts.days_open(office, site, year) for site in ("peyrehorade", "mobile"))
    persons, days = MOBILE[year]
    outside = list(contacts.small_parties(persons, "France", random))
    for party in outside:
        party.channel = "Hors les murs"
    out = sorted(random.sample(mobile, days))
    # Each day that it is out somebody comes.
    moments = [*(contacts.moments([one], 1, random)[0] for one in out),
               *contacts.moments(out, len(outside) - days, random)]  # fmt: skip
    for site, name, logged in (
        (
            "peyrehorade",
            "Peyrehorade",
            zip(contacts.moments(desk, len(at_desk), random), at_desk, strict=True),
        ),
        ("mobile", "Accueil mobile", zip(sorted(moments), outside, strict=True)),
    ):
        contacts.write_log(folder, site, name, year, logged, random)


def _requests(folder: Path, received: date, random: Random) -> None:
    """Requests by mail, forms among them, tallied by month."""
    rows: list[Sequence[object]] = [("Mois", "Canal", "Nombre de demandes")]
    for year in YEARS:
        months = [random.randint(1, 12) for _ in range(BY_MAIL[year])]
        rows += [(f"{month:02}/{year}", "Courriel", months.count(month)) for month in range(1, 13)]
    drop(folder / "demandes-mensuelles.csv", delimited(rows), received)


def _shop(folder: Path, office: Office, year: int, random: Random) -> None:
    """The lines of the till: so many receipts of one or two articles."""
    days = [day for day, _ in contacts.days_open(office, "peyrehorade", year)]
    lines = []
    for basket in range(RECEIPTS[year]):
        day = random.choice(days)
        for article in random.sample(GOODS, random.choice((1, 1, 2))):
            lines.append(shop.Line(day, basket, article, 1, article.cents, article.cents // 2))
    shop.write_lines(folder / f"boutique-peyrehorade-{year}.csv", lines, date(year + 1, 1, 3), random)


def _listening(folder: Path, year: int, received: date, random: Random) -> None:
    """Malfunctions that were corrected and suggestions of the team, of which so many were taken up."""
    entries: list[tuple[str, date, date, bool | None]] = []
    for rank in range(CORRECTED[year]):
        day = date(year, 1 + rank % 11, random.randint(1, 28))
        entries.append(("incident", day, day + timedelta(random.choice((1, 3, 10, 26))), None))
    for rank in range(TAKEN_UP[year] + 4):
        day = date(year, 1 + rank % 11, random.randint(1, 28))
        entries.append(("suggestion", day, day, rank < TAKEN_UP[year]))
    rows = [
        listening.row(
            random,
            listening.Entry(
                f"E{year % 100}-{rank:03}", day, "interne", nature, listening.OPERATIONS,
                nature.capitalize(), min(done, received), is_taken_up,
            ),
        )
        for rank, (nature, day, done, is_taken_up) in enumerate(sorted(entries, key=str), 1)
    ]  # fmt: skip
    places = [(*line[:2], "Peyrehorade", *line[3:]) for line in rows]
    content = workbook({"Écoute": [listening.HEADINGS, *places]})
    drop(folder / f"ecoute-{year}.xlsx", content, received)


def _partners(folder: Path, year: int, received: date, random: Random) -> None:
    """The partners of a year with their fees, some former ones, and the support given."""
    count, fees, supported = PARTNERS[year]
    each, more = divmod(fees, count)
    partners: list[Sequence[Cell]] = [
        ["N° partenaire", "Type", "Commune", "Partenaire depuis", "Cotisation TTC", "Statut"]
    ]
    for number in range(1, count + 6):
        status = "Actif" if number <= count else "Ancien"
        fee = each + (number <= more)
        partners.append([f"P{number:03}", "Hébergement", "Peyrehorade", date(2015, 1, 1), fee, status])
    heading = "Nature (visite / conseil / classement / label / numérique / éductour)"
    supports: list[Sequence[Cell]] = [["Date", "N° partenaire", heading]]
    for number in sorted(random.sample(range(1, count), supported)):
        day = date(year, random.randint(2, 11), random.randint(1, 28))
        supports.append([day, f"P{number:03}", random.choice(("classement", "label", "numérique"))])
    drop(
        folder / f"partenaires-{received}.xlsx",
        workbook({"Partenaires": partners, "Accompagnements": supports}),
        received,
    )


def _survey(random: Random) -> bytes:
    answers = ("Très satisfait", "Satisfait", "Satisfait", "Peu satisfait")
    rows = [
        (moment, [random.choice(answers)])
        for year in YEARS
        for moment in sorted(surveys.moment(random, year) for _ in range(RESPONSES[year]))
    ]
    return surveys.limesurvey(["Accueil"], rows)


def _by_hand(office: Office) -> Iterator[Sequence[Cell]]:
    """What a person wrote down of each line of the manual that no system knows."""
    manual = {one.label: one.manual for one in office.quality_objectives if one.manual}
    with (FOLDER / "quality-manual.csv").open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            for year in YEARS:
                value = line[f"y{year}"].replace(".", ",")
                if line["label"] in manual and value:
                    entered = date(year, 12, 31)
                    yield (
                        line["label"], line["family"], str(year), line["objective"], value, None, "direction",
                        entered, line["note"] or None,
                    )  # fmt: skip
