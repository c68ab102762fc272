"""Raw lines of the tills of 2023 to 2025, and the stock as it was counted.

Articles are dealt to receipts so that the sales, the margin, the baskets and the top products of the
published report come out of the lines: what is left to the cent is taken off as a discount. Only raw lines
are written.
"""

from __future__ import annotations

from calendar import isleap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from demo.workbooks import delimited, drop
from warehouse.office.model import Office, load_office
from warehouse.office.subjects.calendar import public_holidays
from warehouse.office.subjects.sites import open_minutes

HEADING = (
    "Date", "Ticket", "Ligne", "Article", "Famille", "Quantité", "Montant TTC", "TVA", "Prix d'achat", "Mode",
)  # fmt: skip
STOCK_HEADING = (
    "Date de comptage", "Site", "Référence", "Article", "Famille", "Fournisseur", "Prix d'achat HT",
    "Prix de vente TTC", "Taux de TVA", "Stock compté", "Seuil d'alerte",
)  # fmt: skip


@dataclass(frozen=True)
class Article:
    """What a shop sells: its price in cents, VAT included, and the rate in tenths of a percent."""

    name: str
    family: str
    cents: int
    rate: int = 200


TOP = {
    Article("Monnaie de Paris d'Artagnan 2024", "Souvenirs", 300): 457,
    Article("Carte postale Gers", "Cartes", 160): 207,
    Article("Carte postale cathédrale", "Cartes", 160): 187,
    Article("Carte postale d'Artagnan", "Cartes", 160): 181,
    Article("Magnets statue d'Artagnan", "Souvenirs", 500): 110,
    Article("Pochettes tissu peint", "Textile", 990): 97,
    Article("Sac cabas Auch", "Textile", 1200): 97,
    Article("Carte postale A6 Love and Nanoush", "Cartes", 200): 91,
    Article("Figurine PAPO", "Jouets", 990): 82,
    Article("Carte A6 + enveloppe Love and Nanoush", "Cartes", 400): 81,
}
NEW = ("Pochettes tissu peint", "Sac cabas Auch", "Love and Nanoush")
MONOPOLY = Article("Monopoly Auch", "Jouets", 3450)
GAMES_SOLD = 210  # 7,245 EUR in 2024, of the year's first edition
OTHERS = (
    Article("Floc de Gascogne", "Produits locaux", 1390), Article("Armagnac 35 cl", "Produits locaux", 2900),
    Article("Foie gras mi-cuit", "Produits locaux", 2450, 55),
    Article("Croustade", "Produits locaux", 1150, 55),
    Article("Miel du Gers", "Produits locaux", 890, 55), Article("Guide Gers à Pieds", "Librairie", 1490, 55),
    Article("Auch, ville d'art", "Librairie", 2500, 55),
    Article("Les Trois Mousquetaires", "Librairie", 1250, 55),
    Article("Le Trésor de la cathédrale", "Librairie", 1900, 55),
    Article("Gascogne à table", "Librairie", 2200, 55),
    Article("Tee-shirt Auch", "Textile", 1950), Article("Béret", "Textile", 3400),
    Article("Foulard", "Textile", 2800),
    Article("Tablier de Gascogne", "Textile", 2400), Article("Torchon d'Artagnan", "Textile", 1350),
    Article("Mug cathédrale", "Souvenirs", 1190), Article("Porte-clés mousquetaire", "Souvenirs", 690),
    Article("Affiche ancienne", "Souvenirs", 1500), Article("Savon au lait d'ânesse", "Souvenirs", 750),
    Article("Bougie Gascogne", "Souvenirs", 1690), Article("Épée en bois", "Jouets", 1290),
    Article("Puzzle cathédrale", "Jouets", 1890), Article("Jeu de sept familles", "Jouets", 950),
    Article("Couteau de Gascogne", "Souvenirs", 4200),
)  # fmt: skip
MOST_OF_OTHERS = 78
TICKETS = tuple(
    Article(name, "Billetterie", cents, 0)
    for name, cents in (
        ("Visite guidée", 800), ("Visite famille", 500), ("Atelier", 1000), ("Cluedo", 1200),
        ("Concert", 1800), ("Festival", 2500),
    )
)  # fmt: skip


@dataclass(frozen=True)
class Year:
    """What a year of the shop of Auch comes to: cents, and receipts of each month, January first."""

    net: int
    margin: int
    takings: int
    items: int
    baskets: Sequence[int]
    ratios: Mapping[int, float]


# Published for 2025; of 2024 what the printed changes leave room for.
YEARS = {
    2023: Year(
        3_312_000, 960_000, 4_955_000, 4_700,
        (95, 120, 140, 200, 230, 240, 430, 470, 260, 190, 110, 150), {},
    ),
    2024: Year(
        4_007_100, 1_162_000, 5_685_000, 4_990,
        (100, 125, 150, 215, 250, 262, 460, 528, 270, 200, 122, 175), {},
    ),
    2025: Year(
        2_514_100, 729_000, 4_627_040, 4_404,
        (90, 110, 130, 190, 210, 230, 370, 427, 260, 180, 103, 120),
        {8: 2.22, 9: 1.44},
    ),
}  # fmt: skip
DEAR_MONTHS, DEAR_CENTS = (1, 2, 3, 4), 2330

# Takings of the small shops in cents, VAT included, and the months in which they sell.
SMALL = {
    2024: {
        "castera-verduzan": (12_450, (4, 9)), "tresor": (47_200, (6, 9)),
        "musee-resistance": (31_180, (6, 9)),
        "castelnau-barbarens": (18_800, (7, 8)),
    },
    2025: {
        "castera-verduzan": (8_850, (4, 9)), "tresor": (50_500, (6, 9)),
        "musee-resistance": (34_622, (6, 9)),
        "castelnau-barbarens": (21_040, (7, 8)),
    },
}  # fmt: skip
METHODS = ("Carte", "Carte", "Carte", "Espèces", "Chèque")


@dataclass
class Line:
    """A line of a receipt, amounts in cents."""

    day: date
    basket: int
    article: Article
    quantity: int
    cents: int
    unit_cost: int = 0

    @property
    def vat(self) -> int:
        """VAT in the amount, to the nearest cent."""
        return round(self.cents * self.article.rate / (1000 + self.article.rate))

    @property
    def net(self) -> int:
        """What is left without VAT."""
        return self.cents - self.vat

    @property
    def is_ticket(self) -> bool:
        """Whether it is a ticket and no article of the shop."""
        return self.article.family == "Billetterie"


def generate(inbox: Path, seed: int) -> None:
    """Write the lines of each till and year, and two countings of the stock, into `inbox/shop`."""
    office = load_office(Path(__file__).with_name("office.yml"))
    random = Random(f"shop {seed}")
    folder = inbox / "shop"
    for year, of_year in YEARS.items():
        lines = _of_auch(year, of_year, _open_days(office, "auch", year), random)
        received = date(year + 1, 1, 3)
        write_lines(folder / f"boutique-auch-{year}.csv", lines, received, random)
        for site, (cents, months) in SMALL.get(year, {}).items():
            days = [day for day in _open_days(office, site, year) if months[0] <= day.month <= months[1]]
            sold = _of_small(cents, days, random)
            write_lines(folder / f"boutique-{site}-{year}.csv", sold, received, random)
    _write_stock(folder / "boutique-stock-2025.csv", random)


def _open_days(office: Office, site: str, year: int) -> list[date]:
    (place,) = (one for one in office.sites if one.code == site)
    dates = [date(year, 1, 1) + timedelta(n) for n in range(365 + isleap(year))]
    holidays = public_holidays(office, dates)
    return [day for day in dates if any(open_minutes(place, day, day in holidays))]


def _of_auch(year: int, of_year: Year, days: Sequence[date], random: Random) -> list[Line]:
    months = _dealt_to_months(_units(year, of_year, random), of_year, random)
    lines: list[Line] = []
    for month, units in months.items():
        of_month = [day for day in days if day.month == month]
        lines += _receipts(units, of_year.baskets[month - 1], of_month, random)
    goods = [line for line in lines if not line.is_ticket]
    _discount(goods, of_year.net, random)
    tickets = [line for line in lines if line.is_ticket]
    _reach_takings(tickets, of_year.takings - sum(line.cents for line in goods), random)
    _cost(goods, of_year.net - of_year.margin, random)
    return lines + _given_back(goods, days, random)


def _units(year: int, of_year: Year, random: Random) -> list[Article]:
    """Every item of the year: as many articles as the sales ask for, then tickets."""
    top = {article: count for article, count in TOP.items() if year == 2025 or not _is_new(article)}
    sold = Counter({article: count if year == 2025 else round(count * 1.2) for article, count in top.items()})
    if year == 2024:
        sold[MONOPOLY] = GAMES_SOLD
    # A little more than the sales, for discounts.
    wanted = of_year.net * 1.015
    most = MOST_OF_OTHERS if year == 2025 else 2 * MOST_OF_OTHERS
    while sum(count * _net(article) for article, count in sold.items()) < wanted:
        article = random.choice(OTHERS)
        if sold[article] < most:
            sold[article] += 1
    goods = list(sold.elements())
    return [*goods, *random.choices(TICKETS, k=of_year.items - len(goods))]


def _is_new(article: Article) -> bool:
    return any(name in article.name for name in NEW)


def _net(article: Article) -> float:
    return article.cents * 1000 / (1000 + article.rate)


def _dealt_to_months(units: Sequence[Article], of_year: Year, random: Random) -> dict[int, list[Article]]:
    """The items of each month: as many a receipt as the year has, or as the month is told to have."""
    told = {month: round(of_year.baskets[month - 1] * ratio) for month, ratio in of_year.ratios.items()}
    others = [month for month in range(1, 13) if month not in told]
    left = of_year.items - sum(told.values())
    baskets = sum(of_year.baskets[month - 1] for month in others)
    counts = {**told, **{month: left * of_year.baskets[month - 1] // baskets for month in others}}
    counts[others[-1]] += of_year.items - sum(counts.values())
    pool = random.sample(units, len(units))
    months = {month: [pool.pop() for _ in range(counts[month])] for month in range(1, 13)}
    # In the first months of the year receipts are dearer.
    for month in DEAR_MONTHS:
        of_month = months[month]
        while sum(one.cents for one in of_month) < DEAR_CENTS * of_year.baskets[month - 1]:
            other = months[random.randint(5, 12)]
            here, there = random.randrange(len(of_month)), random.randrange(len(other))
            if other[there].cents > of_month[here].cents:
                of_month[here], other[there] = other[there], of_month[here]
    return months


def _receipts(units: Sequence[Article], count: int, days: Sequence[date], random: Random) -> list[Line]:
    """The items of a month on so many receipts, each with one at least."""
    opened = sorted(random.choices(days, k=count))
    baskets: list[Counter[Article]] = [Counter() for _ in opened]
    for rank, article in enumerate(random.sample(units, len(units))):
        basket = baskets[rank] if rank < count else random.choice(baskets)
        basket[article] += 1
    return [
        Line(day, rank, article, quantity, quantity * article.cents)
        for rank, (day, basket) in enumerate(zip(opened, baskets, strict=True))
        for article, quantity in basket.items()
    ]


def _discount(lines: Sequence[Line], net: int, random: Random) -> None:
    """Take a tenth off lines until their net is what it has to be, then the cents off one of them."""
    dear = [line for line in lines if line.cents >= 1000]
    random.shuffle(dear)
    for line in dear:
        left = sum(one.net for one in lines) - net
        if left < line.net // 10:
            break
        line.cents -= line.cents // 10
    _to_the_cent(dear, lambda: sum(one.net for one in lines) - net)


def _to_the_cent(lines: Sequence[Line], over: Callable[[], int]) -> None:
    """Take off lines, or add to them, a cent or more at a time until nothing is over."""
    for line in lines:
        left = over()
        if not left:
            return
        line.cents -= max(-200, min(200, left))


def _reach_takings(tickets: Sequence[Line], cents: int, random: Random) -> None:
    """Make tickets dearer or cheaper, as their tariffs allow, until they come to so much."""
    left = cents - sum(line.cents for line in tickets)
    order = random.sample(tickets, len(tickets))
    while left:
        for line in order:
            step = max(-line.quantity * 50, min(line.quantity * 50, left))
            if line.cents + step >= line.quantity * 300:
                line.cents += step
                left -= step


def _cost(goods: Sequence[Line], cost: int, random: Random) -> None:
    """What each item cost: the same part of its price, and the cents on single items."""
    part = cost / sum(line.net for line in goods)
    for line in goods:
        line.unit_cost = round(_net(line.article) * part)
    single = [line for line in goods if line.quantity == 1 and line.cents >= 1000]
    left = cost - sum(line.unit_cost * line.quantity for line in goods)
    while left:
        for line in random.sample(single, len(single)):
            step = max(-40, min(40, left))
            line.unit_cost += step
            left -= step


def _given_back(goods: Sequence[Line], days: Sequence[date], random: Random) -> list[Line]:
    """Articles bought in one receipt more and given back some days later in the same month."""
    found = []
    for line in random.sample([one for one in goods if one.quantity == 1 and one.day.day < 20], 12):
        later = next((day for day in days if day > line.day and day.month == line.day.month), line.day)
        found.append(Line(line.day, line.basket, line.article, 1, line.cents, line.unit_cost))
        found.append(Line(later, -len(found), line.article, -1, -line.cents, line.unit_cost))
    return found


def _of_small(cents: int, days: Sequence[date], random: Random) -> list[Line]:
    """Receipts of a small shop that come to so much; the last line takes what is left."""
    lines: list[Line] = []
    left, cheap = cents, [article for article in TOP if article.cents <= 1200]
    while left:
        article = random.choice([one for one in cheap if one.cents <= left] or [cheap[1]])
        price = min(article.cents, left)
        if left - price < 160:
            price = left
        lines.append(
            Line(random.choice(days), len(lines) // 2, article, 1, price, round(_net(article) * 0.6))
        )
        left -= price
    return lines


def write_lines(path: Path, lines: Iterable[Line], received: date, random: Random) -> None:
    """Lines in the order of their days, receipts numbered as they come."""
    receipts: dict[tuple[date, int], str] = {}
    ranks: Counter[str] = Counter()
    methods: dict[str, str] = {}
    rows: list[Sequence[object]] = [HEADING]
    for line in sorted(lines, key=lambda one: (one.day, one.basket < 0, one.basket)):
        number = f"T{line.day:%y}{len(receipts) + 1:05}"
        receipt = receipts.setdefault((line.day, line.basket), number)
        ranks[receipt] += 1
        rows.append(
            (
                f"{line.day:%d/%m/%Y}", receipt, ranks[receipt], line.article.name, line.article.family,
                line.quantity, _eur(line.cents), _eur(line.vat),
                "" if line.is_ticket else _eur(line.unit_cost),
                methods.setdefault(receipt, random.choice(METHODS)),
            )
        )  # fmt: skip
    drop(path, delimited(rows), received)


def _write_stock(path: Path, random: Random) -> None:
    rows: list[Sequence[object]] = [STOCK_HEADING]
    for day in (date(2025, 6, 30), date(2025, 12, 31)):
        for rank, article in enumerate([*TOP, *OTHERS], 1):
            rate = f"{article.rate / 10:g}".replace(".", ",")
            rows.append(
                (
                    f"{day:%d/%m/%Y}", "Auch", f"AR{rank:03}", article.name, article.family, "",
                    _eur(round(_net(article) * 0.7)), _eur(article.cents), rate, random.randint(4, 160), 20,
                )
            )  # fmt: skip
    drop(path, delimited(rows), date(2026, 1, 3))


def _eur(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02}"
