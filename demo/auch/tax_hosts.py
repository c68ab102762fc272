"""Lodgings of the demonstration, what they declare month by month, and the calibration of 2025.

Only raw rows are shaped. For 2025 the prices of unclassified lodgings are chosen so that the rounded shares
of all lines add up to the published ones. Some hosts multiply a tax-inclusive tariff that was rounded before:
that is where the difference between what is declared and what is due comes from.
"""

from __future__ import annotations

import calendar
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from warehouse.yaml_file import read_yaml

OFFICE = read_yaml(Path(__file__).with_name("office.yml"))
COMMUNES = {m["code"]: m["name"] for m in OFFICE["municipalities"]}

# Targets in cents for the rows of 2025; those of 2024 are free.
SHARES_2025 = {"gpso": 3_383_420, "department": 995_105}
DECLARED_2025 = 14_335_628
# The deliberation of 29 June 2023: cents a person-night by category as the files write it.
TARIFFS = {
    "5 étoiles": 205, "4 étoiles": 157, "3 étoiles": 112, "2 étoiles": 90, "1 étoile": 78,
    "Chambre d'hôtes": 78, "Camping 3 à 5 étoiles": 45, "Aire de camping-cars": 45,
    "Camping 1 et 2 étoiles": 20,
}  # fmt: skip
UNCLASSIFIED, PERCENT = "Sans classement", 4
SEASON = (0.24, 0.28, 0.33, 0.45, 0.52, 0.58, 0.85, 0.95, 0.55, 0.44, 0.32, 0.27)

# nature, category, number of lodgings, fewest and most persons, share of the season's occupancy
STOCK = (
    ("Hôtel de tourisme", "4 étoiles", 1, 30, 40, 0.42),
    ("Hôtel de tourisme", "3 étoiles", 3, 30, 44, 0.42),
    ("Hôtel de tourisme", "2 étoiles", 4, 24, 40, 0.42),
    ("Hôtel de tourisme", "1 étoile", 3, 20, 30, 0.4),
    ("Résidence de tourisme", "3 étoiles", 1, 40, 60, 0.35),
    ("Camping", "Camping 3 à 5 étoiles", 3, 100, 160, 0.15),
    ("Camping", "Camping 1 et 2 étoiles", 1, 60, 90, 0.15),
    ("Aire de camping-cars", "Aire de camping-cars", 1, 110, 130, 0.3),
    ("Chambre d'hôtes", "Chambre d'hôtes", 22, 4, 12, 0.35),
    ("Meublé de tourisme", "5 étoiles", 2, 8, 12, 0.4),
    ("Meublé de tourisme", "4 étoiles", 10, 4, 10, 0.4),
    ("Meublé de tourisme", "3 étoiles", 24, 3, 8, 0.4),
    ("Meublé de tourisme", "2 étoiles", 8, 2, 6, 0.4),
    ("Meublé de tourisme", UNCLASSIFIED, 70, 3, 6, 0.4),
)
FIRST_NAMES = ("Jeanne", "Louis", "Marie", "Paul", "Odile", "Bernard", "Lucie", "Henri", "Sylvie", "Alain")
LAST_NAMES = ("Dargelos", "Lasserre", "Dupouy", "Cazeneuve", "Sempé", "Barthe", "Laborde", "Castex", "Ducos")


@dataclass(frozen=True)
class Lodging:
    """A lodging that declares, and its host."""

    code: str
    host: str
    host_name: str
    address: str
    registration: str
    commune: str
    nature: str
    category: str
    capacity: int
    occupancy: float


@dataclass(frozen=True)
class Line:
    """One declared line: a lodging and a month. Amounts in cents."""

    reference: str
    lodging: Lodging
    first_day: date
    nights: int
    persons: int
    taxable: int
    exempt: int
    price: int = 0
    declared: int = 0
    reason: str = ""

    @property
    def exact_base(self) -> Decimal:
        """The tax without additional shares, in cents, not rounded."""
        if self.lodging.category in TARIFFS:
            return Decimal(TARIFFS[self.lodging.category] * self.taxable)
        persons = self.taxable + self.exempt
        return (
            Decimal(self.price * self.nights * PERCENT * self.taxable) / (100 * persons)
            if persons
            else Decimal(0)
        )

    @property
    def base(self) -> int:
        """The tax without additional shares, in cents."""
        return _round(self.exact_base)

    @property
    def is_free(self) -> bool:
        """True where any base can be reached by the price alone: nobody is exempt."""
        return self.lodging.category == UNCLASSIFIED and not self.exempt and 0 < self.nights < 25


def lodgings(dice: random.Random) -> list[Lodging]:
    """The lodgings that declare; a few hosts have several."""
    found: list[Lodging] = []
    for nature, category, number, fewest, most, occupancy in STOCK:
        for _ in range(number):
            rank = len(found) + 1
            commune = "32013" if dice.random() < 0.45 else dice.choice(sorted(COMMUNES))
            host = rank - 1 if found and nature == found[-1].nature and dice.random() < 0.12 else rank
            name = f"{dice.choice(FIRST_NAMES)} {dice.choice(LAST_NAMES)}"
            found.append(
                Lodging(
                    code=f"H{rank:04}",
                    host=f"L{host:04}",
                    host_name=name if host == rank else found[-1].host_name,
                    address=f"{dice.randint(1, 90)} chemin de la Fontaine",
                    registration=f"{commune}{rank:06}{dice.choice('ABCDEFGH')}{dice.randint(0, 9)}"
                    if nature.startswith("Meublé") and dice.random() < 0.8
                    else "",
                    commune=commune,
                    nature=nature,
                    category=category,
                    capacity=dice.randint(fewest, most),
                    occupancy=occupancy * dice.uniform(0.8, 1.2),
                )
            )
    return found


def lines_of_year(dice: random.Random, stock: Sequence[Lodging], year: int) -> list[Line]:
    """Lines of a year, prices drawn, amounts not yet declared."""
    lines: list[Line] = []
    for lodging in stock:
        for month, season in enumerate(SEASON, 1):
            days = calendar.monthrange(year, month)[1]
            filled = min(0.95, season * lodging.occupancy * dice.uniform(0.8, 1.2) * 1.5)
            small = lodging.capacity <= 12
            nights = min(24, max(1, round(days * filled))) if small else days
            persons = (
                dice.randint(2, max(2, lodging.capacity - 1)) if small else round(lodging.capacity * filled)
            )
            with_children = dice.random() < 0.35
            exempt_persons = max(1, persons // 4) if with_children and persons > 1 else 0
            taxable = nights * (persons - exempt_persons)
            line = Line(
                reference=f"D{year}-{len(lines) + 1:06}",
                lodging=lodging,
                first_day=date(year, month, 1),
                nights=nights,
                persons=persons,
                taxable=taxable,
                exempt=nights * exempt_persons,
            )
            if lodging.category == UNCLASSIFIED:
                line = replace(line, price=persons * dice.randint(2500, 4200))
            lines.append(line)
    hotel = next(x for x in lines if x.lodging.category == "3 étoiles" and x.first_day.month == 9)
    lines.append(
        replace(
            hotel, reference=f"D{year}-{len(lines) + 1:06}", nights=0, persons=2, taxable=-4, exempt=0,
            reason="Remboursement après réclamation",
        )
    )  # fmt: skip
    return lines


def calibrated(dice: random.Random, lines: Sequence[Line]) -> list[Line]:
    """The lines of 2025, with prices and amounts from which the published sums follow."""
    free = [n for n, line in enumerate(lines) if line.is_free]
    fixed = [line for n, line in enumerate(lines) if n not in set(free)]
    bases = _bases(
        dice,
        weights=[lines[n].taxable * dice.uniform(0.85, 1.15) for n in free],
        tenth=SHARES_2025["department"] - sum(_round(Decimal(x.base) / 10) for x in fixed),
        rail=SHARES_2025["gpso"] - sum(_round(Decimal(x.base) * 34 / 100) for x in fixed),
    )
    priced = list(lines)
    for n, base in zip(free, bases, strict=True):
        priced[n] = replace(lines[n], price=_round(Decimal(base * 100) / (PERCENT * lines[n].nights)))
    return _declared(priced, free)


def _bases(dice: random.Random, weights: Sequence[float], tenth: int, rail: int) -> list[int]:
    """Bases in cents, in proportion to `weights`, whose rounded shares of 10% and 34% add up to these sums.

    50 cents more of base are 5 and 17 cents more of the shares, exactly. So only the remainders modulo 50
    decide the rounding: they are chosen until what is left is a number of times 50 cents.
    """

    def shares(cents: int) -> tuple[int, int]:
        return _round(Decimal(cents) / 10), _round(Decimal(cents) * 34 / 100)

    def excess(cents: int) -> int:
        ten, thirty_four = shares(cents)
        return 17 * ten - 5 * thirty_four

    rests = [dice.randrange(50) for _ in weights]
    missing = 17 * tenth - 5 * rail - sum(map(excess, rests))
    order = list(range(len(rests)))
    dice.shuffle(order)
    while missing:
        for n in order:
            best = min(range(50), key=lambda rest: abs(missing + excess(rests[n]) - excess(rest)))
            missing += excess(rests[n]) - excess(best)
            rests[n] = best
            if not missing:
                break
    fifties = (tenth - sum(shares(rest)[0] for rest in rests)) // 5
    whole = [int(fifties * weight / sum(weights)) for weight in weights]
    for n in range(fifties - sum(whole)):
        whole[n % len(whole)] += 1
    return [50 * count + rest for count, rest in zip(whole, rests, strict=True)]


def _declared(lines: Sequence[Line], free: Sequence[int]) -> list[Line]:
    """What hosts declare: the sum rounded at its end, or by some a tariff whose shares were rounded first."""
    lines = [replace(line, declared=gross(line)) for line in lines]
    missing = DECLARED_2025 - sum(line.declared for line in lines)
    for lodging in dict.fromkeys(line.lodging for line in lines):
        tariff = TARIFFS.get(lodging.category)
        if tariff is None:
            continue
        rounded = tariff + _round(Decimal(tariff) / 10) + _round(Decimal(tariff) * 34 / 100)
        own = {n: rounded * x.taxable for n, x in enumerate(lines) if x.lodging == lodging}
        more = sum(amount - lines[n].declared for n, amount in own.items())
        if 0 < more <= missing:
            missing -= more
            for n, amount in own.items():
                lines[n] = replace(lines[n], declared=amount)
    # The last cents: hosts who add them up by hand.
    for rank in range(abs(missing)):
        n = free[rank % len(free)]
        lines[n] = replace(lines[n], declared=lines[n].declared + (1 if missing > 0 else -1))
    return lines


def gross(line: Line) -> int:
    """What a host declares who rounds the sum at its end, in cents."""
    return _round(line.exact_base * 144 / 100)


def _round(cents: Decimal) -> int:
    """Whole cents, half away from zero."""
    return int(cents.quantize(Decimal(1), ROUND_HALF_UP))
