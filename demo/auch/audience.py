"""Raw files of the audience: Matomo's years, newsletters of Mailjet, networks, press and creators.

Visits of 2025 are 30% more than those of 2024, as the report prints; creators and costs are the published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import Cell, delimited, drop, workbook

DAY = timedelta(days=1)
VISITS = {2023: 88_210, 2024: 96_400, 2025: 125_320}
SEASON = (0.6, 0.6, 0.8, 1.0, 1.2, 1.2, 1.6, 1.7, 1.1, 0.9, 0.7, 0.6)
MATOMO = (
    "date", "nb_uniq_visitors", "nb_users", "nb_visits", "nb_actions", "nb_visits_converted", "bounce_count",
    "sum_visit_length", "max_actions", "bounce_rate", "nb_actions_per_visit", "avg_time_on_site",
)  # fmt: skip
MAILJET = (
    "Email", "status", "blocked", "soft_bounce", "hard_bounce", "retrying", "opened", "clicked", "unsub",
    "spam", "date", "messageid", "Sender", "subject", "campaign_id", "contactid",
)  # fmt: skip
NETWORKS = {"Facebook": (7_900, 62), "Instagram": (2_850, 71), "YouTube": (310, 3)}
READ = date(2025, 12, 30)
CREATORS: Sequence[Sequence[Cell]] = (
    ("2025-05", "Jolies Lueurs", 2257, "+ de 70 000", "+ de 4 000", 90, None, READ),
    ("2025-07", "Les 4 Vandrouilleurs", 3500, "+ de 60 000", "+ de 2 000", "+ de 100", "+ de 80", READ),
    ("2025-09", "Fond de Terroirs", 2400, "+ de 120 000", "+ de 1 500", 25, "+ de 300", READ),
)
PRESS = (
    ("Quotidien du Sud", "presse"), ("Radio des Coteaux", "radio"), ("Chaîne Locale", "TV"),
    ("Blog du Voyage", "blog"),
)  # fmt: skip
PUBLICATIONS = {2023: 14, 2024: 17, 2025: 21}
PRESS_HEADINGS = (
    "Date", "Média", "Type (presse / TV / radio / web / blog)", "Pays", "Titre", "Accueil avec", "Équivalent",
    "Lien",
)  # fmt: skip


def generate(inbox: Path, seed: int) -> None:
    """Write the files into `inbox/audience`."""
    random = Random(f"{seed}-audience")
    folder = inbox / "audience"
    for year, visits in VISITS.items():
        content = matomo(visits_by_day(random, year, visits))
        drop(folder / f"matomo-tourisme-{year}.csv", content, date(year + 1, 1, 3))
    for rank, (year, month) in enumerate([(year, month) for year in VISITS for month in (3, 9)]):
        drop(
            folder / f"mailjet-{7001 + rank}.csv",
            newsletters([sent(random, 7001 + rank, date(year, month, 12), 180 + 20 * (year - 2023))]),
            date(year, month, 28),
        )
    drop(folder / "audience.xlsx", workbook({"Relevés": _networks(random)}), date(2026, 1, 3))
    drop(folder / "presse.xlsx", workbook({"Presse": press(random, PUBLICATIONS)}), date(2026, 1, 3))
    headings = ("Mois", "Créateur", "Coût TTC", "Vues", "J'aime", "Enregistrements", "Partages", "Relevé le")
    drop(folder / "createurs.xlsx", workbook({"Créateurs": [headings, *CREATORS]}), date(2026, 1, 3))


def visits_by_day(random: Random, year: int, visits: int) -> dict[date, int]:
    """Visits of each day of a year, which add up to those of the year."""
    days = [date(year, 1, 1) + n * DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    weights = [SEASON[day.month - 1] * random.uniform(0.8, 1.2) for day in days]
    found = {day: int(visits * weight / sum(weights)) for day, weight in zip(days, weights, strict=True)}
    for day in random.sample(days, visits - sum(found.values())):
        found[day] += 1
    return found


def matomo(visits: dict[date, int]) -> bytes:
    """The export of a website's days, as Matomo writes it."""
    rows = [
        [
            day, n - n // 11, 0, n, 3 * n, 0, 2 * n // 5, 136 * n, 31, "40%", "3", 136,
        ]
        for day, n in visits.items()
    ]  # fmt: skip
    return delimited([MATOMO, *rows], ",", "utf-16")


def newsletters(campaigns: Iterable[Sequence[Sequence[Cell]]]) -> bytes:
    """The export of some campaigns, as Mailjet writes it."""
    return delimited([MAILJET, *(row for campaign in campaigns for row in campaign)], ",")


def sent(random: Random, campaign: int, day: date, subscribers: int) -> list[Sequence[Cell]]:
    """The messages of a campaign, one row a subscriber."""
    begun = datetime(day.year, day.month, day.day, 8)  # noqa: DTZ001 Mailjet writes no zone
    rows: list[Sequence[Cell]] = []
    for rank in range(subscribers):
        is_bounced = random.random() < 0.02
        is_opened = not is_bounced and random.random() < 0.4
        is_clicked = is_opened and random.random() < 0.25
        flags = [False, False, is_bounced, False, is_opened, is_clicked, random.random() < 0.004, False]
        said = ["TRUE" if flag else "FALSE" for flag in flags]
        sent = f"{begun + timedelta(seconds=rank):%Y-%m-%dT%H:%M:%S}"
        rows.append(
            [
                f"abonne{rank}@exemple.fr", "sent", *said, sent, campaign * 10_000 + rank,
                "lettre@exemple.fr", f"Lettre de {day.month}/{day.year}", campaign, rank,
            ]
        )  # fmt: skip
    return rows


def _networks(random: Random) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["Date du relevé", "Réseau", "Compte", "Abonnés", "Vues", "Interactions"]]
    followers = {network: first for network, (first, _) in NETWORKS.items()}
    for rank in range(36):
        read_on = date(2023 + (rank + 1) // 12, (rank + 1) % 12 + 1, 1) - DAY
        for network, (_, growth) in NETWORKS.items():
            followers[network] += random.randint(growth // 2, growth * 2)
            views = followers[network] * random.randint(6, 14)
            rows.append([read_on, network, "tourisme.auch", followers[network], views, views // 25])
    return rows


def press(random: Random, publications: Mapping[int, int]) -> list[Sequence[Cell]]:
    """The register of the press, with so many publications a year."""
    rows: list[Sequence[Cell]] = [PRESS_HEADINGS]
    for year, count in publications.items():
        days = sorted(random.sample(range(10, 350), count))
        for day in days:
            media, kind = random.choice(PRESS)
            worth = random.choice((None, 450, 850, 1200))
            rows.append(
                [date(year, 1, 1) + day * DAY, media, kind, "France", "Le Gers en famille", None, worth, None]
            )
    return rows
