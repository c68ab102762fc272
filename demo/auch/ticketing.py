"""Raw files of ticketing: the workbook of each year, with its sheets of sales and of refused ticketings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import Cell, drop, workbook

# Takings in EUR of the heritage service and of shows, tickets of shows, refused requests. Published for 2025;
# 2024 is what the printed changes (−8.66 % and −70.85 %) leave room for.
YEARS = {2023: (7_200, 9_000, 350, 2), 2024: (8_107, 27_966, 1_066, 3), 2025: (7_405, 8_152, 320, 8)}
HERITAGE = (
    ("Visite de la cathédrale", "visite", 6), ("Visite du cœur de ville", "visite", 6), ("Atelier vitrail",
    "PAH", 9),
    ("Cluedo géant", "PAH", 12), ("Pass Pays d'art et d'histoire", "pass", 20),
)  # fmt: skip
SHOWS = (
    ("Festival de juin", "Association A"), ("Festival de jazz", "Association B"), ("Festival d'automne",
    "Association C"),
    ("Théâtre de mars", "Compagnie D"), ("Théâtre d'octobre", "Compagnie E"), ("Concert de Noël", "Chœur F"),
)  # fmt: skip
SALES = (
    "Date de vente", "Événement", "Organisateur", "Type (PAH / spectacle / visite / pass)",
    "Date de l'événement",
    "Tarif", "Quantité", "Montant TTC", "Commission", "Point de vente", "Mode", "Annulé (oui/non)",
)  # fmt: skip
COMMISSION = 0.05


def generate(inbox: Path, seed: int) -> None:
    """Write the workbooks into `inbox/ticketing`; the same seed writes the same bytes."""
    random = Random(f"{seed}-ticketing")
    for year, (heritage, shows, tickets, refused) in YEARS.items():
        sales: list[Sequence[Cell]] = list(_heritage(random, year, heritage))
        sales += _shows(random, year, shows, tickets)
        for sale in random.sample(sales, 6):  # sold again after the one that was given back
            sales.append([*sale[:-1], "oui"])
        sales.sort(key=lambda row: (row[0], str(row[1]), str(row[5]), str(row[-1])))
        days = sorted(_day(random, year) for _ in range(refused))
        refusals: list[Sequence[Cell]] = [("Date", "Organisateur", "Motif")]
        refusals += [(day, f"Association {rank}", "Calendrier complet") for rank, day in enumerate(days, 1)]
        content = workbook({"Ventes": [SALES, *sales], "Refus": refusals})
        received = date(year + 1, 1, 4 if year == max(YEARS) else 6)
        drop(inbox / "ticketing" / f"billetterie-{year}.xlsx", content, received)


def _heritage(random: Random, year: int, takings: int) -> Iterator[list[Cell]]:
    """Sales that bring these takings; children's tickets at 1 EUR bring what no other price does."""
    while takings > 60:
        event, kind, price = random.choice(HERITAGE)
        count = random.choice((1, 2, 2, 2, 3, 4))
        count = min(count, takings // price)
        takings -= count * price
        yield _sale(random, year, event, "Office de tourisme", kind, "Plein", count, price, None)
    if takings:
        yield _sale(random, year, HERITAGE[0][0], "Office de tourisme", "PAH", "Enfant", takings, 1, None)


def _shows(random: Random, year: int, takings: int, tickets: int) -> Iterator[list[Cell]]:
    """Sales of so many tickets that bring these takings, at 25 EUR and some other prices."""
    above = takings - 25 * tickets
    dear, odd = divmod(above, 10)
    prices = [35] * dear + [27] * (odd // 2)
    pairs = (tickets - len(prices)) // 8
    prices += [15, 35] * pairs
    prices += [25] * (tickets - len(prices))
    random.shuffle(prices)
    while prices:
        price = prices.pop()
        count = 1
        while prices and prices[-1] == price and count < 4:
            prices.pop()
            count += 1
        event, organiser = random.choice(SHOWS)
        name = {15: "Réduit", 25: "Plein", 27: "Plein, frais compris", 35: "Carré or"}[price]
        yield _sale(random, year, event, organiser, "spectacle", name, count, price, COMMISSION)


def _sale(
    random: Random, year: int, event: str, organiser: str, kind: str, price_name: str, count: int, price: int,
    commission: float | None,
) -> list[Cell]:  # fmt: skip
    day = _day(random, year)
    amount = count * price
    return [
        day, event, organiser, kind, None if kind == "pass" else day + timedelta(random.randint(0, 20)),
        price_name,
        count, amount, None if commission is None else round(commission * amount, 2), "Auch",
        random.choice(("carte", "carte", "espèces", "chèque")), "non",
    ]  # fmt: skip


def _day(random: Random, year: int) -> date:
    """A day on which the desk is open: no Sunday, more of them in summer."""
    while True:
        day = date(
            year,
            random.choices(range(1, 13), (2, 2, 4, 6, 8, 9, 16, 16, 9, 6, 4, 5))[0],
            random.randint(2, 28),
        )
        if day.weekday() < 6:
            return day
