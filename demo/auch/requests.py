"""Raw registers of remote requests of 2023 to 2025: tallied by month in 2023, one row a request since.

The rows come to the numbers of the published report; who asked what and when is dealt at random.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

from demo.workbooks import delimited, drop

# Published for 2025; 2024 is what the printed changes leave room for.
REQUESTS = {
    2023: {"Téléphone": 410, "Courriel": 560, "Courrier": 480},
    2024: {"Téléphone": 394, "Courriel": 574, "Courrier": 454},
    2025: {"Téléphone": 599, "Courriel": 574, "Courrier": 359},
}
TALLIED = 2023
# Weights of the months, January first: calls were most in May, July and September of 2025.
MONTHS = {"Téléphone": (4, 5, 7, 8, 14, 8, 15, 10, 14, 6, 4, 5)}
OTHER_MONTHS = (6, 7, 9, 10, 11, 10, 11, 10, 8, 7, 5, 6)
COUNTRIES = ("France",) * 17 + ("Belgique", "Royaume-Uni", "Espagne", "Pays-Bas", "Allemagne")
DEPARTMENTS = (
    "32 - Gers", "31 - Haute-Garonne", "75 - Paris", "33 - Gironde", "59 - Nord", "69 - Rhône", "Inconnu",
)  # fmt: skip
LANGUAGES = {
    "Espagne": "Espagnol",
    "Royaume-Uni": "Anglais",
    "Pays-Bas": "Néerlandais",
    "Allemagne": "Allemand",
}
SUBJECTS = ("Brochure", "Horaires", "Hébergements", "Randonnées", "Événements", "Camping-cars", "Groupes")
HEADING = (
    "Date", "Canal", "Pays", "Département", "Langue", "Objet de la demande", "Répondu le",
    "Envoi de documentation (oui/non)", "Agent (initiales)",
)  # fmt: skip


def generate(inbox: Path, seed: int) -> None:
    """Write a register a year into `inbox/requests`."""
    random = Random(f"requests {seed}")
    folder = inbox / "requests"
    for year, channels in REQUESTS.items():
        asked = sorted(
            (day, channel)
            for channel, count in channels.items()
            for day in _days(year, channel, count, random)
        )
        if year == TALLIED:
            months = Counter((day.month, channel) for day, channel in asked)
            lines = [(f"{month:02}/{year}", channel, count) for (month, channel), count in months.items()]
            content = delimited([("Mois", "Canal", "Nombre de demandes"), *lines])
            drop(folder / f"demandes-mensuelles-{year}.csv", content, date(year + 1, 1, 3))
        else:
            rows = [_row(day, channel, random) for day, channel in asked]
            drop(folder / f"demandes-{year}.csv", delimited([HEADING, *rows]), date(year + 1, 1, 3))


def _days(year: int, channel: str, count: int, random: Random) -> list[date]:
    """So many working days of a year, more in the months of the channel."""
    first = date(year, 1, 1)
    days = [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]
    days = [day for day in days if day.weekday() < 6]
    months = MONTHS.get(channel, OTHER_MONTHS)
    weights = list(accumulate(months[day.month - 1] for day in days))
    return random.choices(days, cum_weights=weights, k=count)


def _row(day: date, channel: str, random: Random) -> Sequence[str]:
    country = random.choice(COUNTRIES)
    is_documentation = channel == "Courrier" or random.random() < 0.3
    answered = min(
        day + timedelta(0 if channel == "Téléphone" else random.choice((0, 1, 1, 2, 3, 5))),
        date(day.year + 1, 1, 2),
    )
    return (
        f"{day:%d/%m/%Y}", channel, country, random.choice(DEPARTMENTS) if country == "France" else "",
        LANGUAGES.get(country, "Français"), random.choice(SUBJECTS), f"{answered:%d/%m/%Y}",
        "oui" if is_documentation else "non", random.choice(("AB", "CD", "EF")),
    )  # fmt: skip
