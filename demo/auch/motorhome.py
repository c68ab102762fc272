"""Raw files of the motorhome area: vehicles come and go, the barrier and the kiosk log what they see of it.

Vehicles are drawn so that the nights and the takings that honest computation finds in the logs are those of
the published report: one-night stays are added until the nights are there, and services (water, laundry,
electricity) are sold until the takings are there. Only raw rows are written.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

from warehouse.office.model import load_office
from warehouse.office.subjects.calendar import calendar_days

SITE = "ile-saint-martin"
FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2026, 1, 4)
DAY = timedelta(days=1)
Row = TypeVar("Row")

# Published for 2025; 2024 is what the printed changes (−1 % and +1 %) leave room for.
NIGHTS = {2024: 12_130, 2025: 11_992}
TAKINGS_CENTS = {2024: 7_087_600, 2025: 7_158_500}

FULLEST_NIGHT = 55
FEWEST_ARRIVALS = 6
LONGEST_STAY = 7
NIGHTS_A_DAY = {1: 11, 2: 14, 3: 22, 4: 34, 5: 42, 6: 38, 7: 50, 8: 53, 9: 43, 10: 33, 11: 18, 12: 13}

NIGHT_CENTS = {2024: 680, 2025: 700, 2026: 700}
TOURIST_TAX_CENTS = 29
SERVICES_EUR = (2, 2, 2, 3, 4)

# The network's inverter fails in the evening; the barrier is lifted for two whole days, and counts nothing.
BARRIER_DOWN = (datetime(2025, 7, 2, 20, 30), datetime(2025, 7, 5, 7, 0))  # noqa: DTZ001 the local clock
KIOSK_DOWN = (datetime(2025, 12, 8, 21, 0), datetime(2025, 12, 19, 8, 0))  # noqa: DTZ001
BARRIER_BENT = (date(2025, 11, 17), date(2025, 11, 20))
PHANTOM_PAID_AT = datetime(2025, 8, 14, 16, 20, 5)  # noqa: DTZ001
PHANTOM_TICKET = "T0900317"
CORRECTED_PERIOD = "2025-03"

PASSAGE_HEADING = ("Date", "Heure", "Borne", "Sens", "Plaque", "Ticket", "Ouverture")
PAYMENT_HEADING = (
    "Numéro", "Date", "Heure", "Ticket", "Nuits", "Montant TTC", "TVA", "Taxe de séjour",
    "Mode", "Carte", "Type",
)  # fmt: skip


@dataclass(eq=False)
class Stay:
    """A vehicle's stay as it was, on the local clock, and what the machines saw of it."""

    plate: str
    entry_at: datetime
    exit_at: datetime
    is_entry_seen: bool = True
    is_exit_seen: bool = True
    is_payer: bool = True
    pays_on_arrival: bool = False
    exit_by: str = "ticket"
    is_plate_read: bool = True
    ticket: str = ""

    @property
    def nights(self) -> list[date]:
        """The evenings that it spends here."""
        first = self.entry_at.date()
        return [first + n * DAY for n in range((self.exit_at.date() - first).days)]

    @property
    def is_night_known(self) -> bool:
        """Whether the logs tell its nights: entry and exit make a pair, or its ticket was paid."""
        is_pair = self.is_exit_seen and self.exit_by != "forcée"
        return self.is_entry_seen and (is_pair or self.is_payer)


@dataclass(eq=False)
class Payment:
    """A payment at the kiosk, in cents."""

    paid_at: datetime
    stay: Stay | None
    nights: int
    night_cents: int
    tourist_tax: int
    method: str
    kind: str = "vente"
    services_eur: list[int] = field(default_factory=list)

    @property
    def sign(self) -> int:
        """−1 when money is given back."""
        return 1 if self.kind == "vente" else -1

    @property
    def taxable(self) -> int:
        """The part that VAT is due on, VAT included."""
        return self.nights * self.night_cents + 100 * sum(self.services_eur)

    @property
    def vat(self) -> int:
        """VAT of 20 % in the amount, to the nearest cent."""
        return (self.taxable + 3) // 6

    @property
    def net(self) -> int:
        """What is left to the office."""
        return self.sign * (self.taxable - self.vat)


def generate(inbox: Path, seed: int) -> None:
    """Write the files of both machines into `inbox/motorhome`."""
    random = Random(f"{seed}-motorhome")
    stays = _stays(random)
    _faults(random, stays)
    _fill_up(random, stays)
    for rank, stay in enumerate(sorted((s for s in stays if s.is_entry_seen), key=_entry), 1):
        stay.ticket = f"T{rank:07d}"
    payments = _payments(random, stays)
    folder = inbox / "motorhome"
    folder.mkdir(parents=True, exist_ok=True)
    _write_passages(folder, stays)
    _write_payments(random, folder, payments)


# --- what happened -----------------------------------------------------------------------------------------


def _stays(random: Random) -> list[Stay]:
    """Who came: every evening as many vehicles as the season brings, of which some stay on."""
    stays: list[Stay] = []
    plates = _plates(random)
    present: list[Stay] = []
    for day, evening in _evenings(random).items():
        may_stay = [s for s in present if (day - s.entry_at.date()).days < LONGEST_STAY]
        # Without water and light at the barrier, those who are in wait until it works again.
        share = 0.75 if BARRIER_DOWN[0].date() < day < BARRIER_DOWN[1].date() else 0.38
        number = min(len(may_stay), round(share * evening), evening - FEWEST_ARRIVALS)
        staying = random.sample(may_stay, number)
        for stay in present:
            if stay not in staying:
                stay.exit_at = _between(random, day, 7.5, 11.8)
        arrived = [_arrival(random, day, plates) for _ in range(evening - number)]
        present = staying + arrived
        stays += arrived
        for _ in range(random.choice((0, 1, 1, 2))):
            stop = _arrival(random, day, plates)
            stop.entry_at = _between(random, day, 10, 14)
            stop.exit_at = stop.entry_at + timedelta(minutes=random.randint(40, 170))
            stop.is_payer = False
            stays.append(stop)
    return stays


def _evenings(random: Random) -> dict[date, int]:
    """Vehicles present on each evening: seasons, school holidays, week-ends and chance."""
    office = load_office(Path(__file__).with_name("office.yml"))
    days = [FIRST_DAY + n * DAY for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    wished = {}
    for day in calendar_days(office, days):
        busy = 1 + 0.15 * bool(day["school_holiday_name"]) + 0.1 * (day["weekday"] in (5, 6))
        wished[day["local_date"]] = NIGHTS_A_DAY[day["month"]] * busy * random.uniform(0.9, 1.1)
    evenings: dict[date, int] = {}
    for year in sorted({day.year for day in days}):
        of_year = {day: value for day, value in wished.items() if day.year == year}
        # A little less than wanted: one-night stays make up the rest exactly (`_fill_up`).
        target = 0.985 * NIGHTS[year] if year in NIGHTS else sum(of_year.values())
        factor = 1.0
        for _ in range(20):
            evenings |= {d: max(10, min(FULLEST_NIGHT - 1, round(factor * v))) for d, v in of_year.items()}
            factor *= target / sum(evenings[d] for d in of_year)
    return evenings


def _arrival(random: Random, day: date, plates: Callable[[date], str]) -> Stay:
    entry_at = _between(random, day, 12, 21.7)
    stay = Stay(
        plate=plates(day),
        entry_at=entry_at,
        exit_at=datetime.combine(LAST_DAY + 2 * DAY, time(9)),  # until it leaves
        pays_on_arrival=random.random() < 0.45,
    )
    if random.random() < 0.25:
        stay.exit_by = "plaque"
    elif random.random() < 0.015:
        stay.is_plate_read = False
    return stay


def _plates(random: Random) -> Callable[[date], str]:
    """A maker of plates; one vehicle in ten was here before, at least two months ago."""
    letters = "ABCDEFGHJKLMNPQRSTVWXYZ"
    known: list[tuple[date, str]] = []
    taken: set[str] = set()

    def plate(day: date) -> str:
        old = known[0] if known and known[0][0] + 60 * DAY < day else None
        if old is not None and random.random() < 0.1:
            known.pop(0)
            return old[1]
        while True:
            a, b, c, d = (random.choice(letters) for _ in range(4))
            new = f"{a}{b}-{random.randint(100, 999)}-{c}{d}"
            if new not in taken:
                break
        taken.add(new)
        known.append((day, new))
        return new

    return plate


def _faults(random: Random, stays: Sequence[Stay]) -> None:
    """What the machines missed."""
    for stay in stays:
        stay.is_entry_seen = not _within(stay.entry_at, BARRIER_DOWN)
        stay.is_exit_seen = not _within(stay.exit_at, BARRIER_DOWN)
        if not stay.is_entry_seen:
            # The barrier was up: no ticket, hence nothing to pay with.
            stay.is_payer, stay.exit_by, stay.is_plate_read = False, "plaque", True
        if _within(_pays_at(stay), KIOSK_DOWN):
            stay.is_payer, stay.exit_by = False, "manuel"
        elif BARRIER_BENT[0] <= stay.exit_at.date() <= BARRIER_BENT[1] and stay.exit_by == "ticket":
            stay.exit_by = "manuel"
    seen_once = {plate for plate, count in Counter(s.plate for s in stays).items() if count == 1}
    for year in NIGHTS:
        sound = [
            stay
            for stay in stays
            if stay.plate in seen_once
            and date(year, 1, 20) < stay.entry_at.date() < date(year, 11, 10)
            and stay.is_payer and stay.is_entry_seen and stay.is_exit_seen and stay.is_plate_read
        ]  # fmt: skip
        unlucky = random.sample(sound, 14)
        for stay in unlucky[:4]:  # left close behind another, without paying
            stay.is_exit_seen = stay.is_payer = False
        for stay in unlucky[4:9]:  # paid, and left while the barrier was up
            stay.is_exit_seen = False
        for stay in unlucky[9:13]:  # came in close behind another
            stay.is_entry_seen = stay.is_payer = False
            stay.exit_by = "plaque"
        if year == BARRIER_BENT[0].year:  # the one who bent the barrier
            forced = next(
                s
                for s in stays
                if s.exit_at.date() == BARRIER_BENT[0] and s.is_payer and s.plate in seen_once
            )
            forced.is_payer, forced.exit_by, forced.is_plate_read = False, "forcée", False


def _fill_up(random: Random, stays: list[Stay]) -> None:
    """Add one-night stays until each year's nights are those that its logs must tell."""
    present = Counter(night for stay in stays for night in stay.nights)
    known = Counter(night.year for stay in stays if stay.is_night_known for night in stay.nights)
    plates = _plates(Random(f"{random.random()}-late"))
    own = {stay.plate for stay in stays}
    for year, target in NIGHTS.items():
        quiet = [
            day for day in present
            if day.year == year
            and not any(start.date() - DAY <= day <= end.date() for start, end in (BARRIER_DOWN, KIOSK_DOWN))
        ]  # fmt: skip
        for _ in range(target - known[year]):
            day = random.choice([day for day in quiet if present[day] < FULLEST_NIGHT])
            stay = _arrival(random, day, plates)
            while stay.plate in own:
                stay.plate = plates(day)
            stay.exit_at = _between(random, day + DAY, 7.5, 11.8)
            present[day] += 1
            stays.append(stay)


def _payments(random: Random, stays: Sequence[Stay]) -> list[Payment]:
    """What was paid: nights and tourist tax, services until the takings are there, and some mistakes."""
    payments = []
    for stay in stays:
        paid_at = _pays_at(stay)
        if not stay.is_payer or paid_at.date() > LAST_DAY:
            continue
        adults = random.choice((1, 2, 2, 2, 2, 3))
        payments.append(_payment(random, paid_at, stay, len(stay.nights), adults))
    payments.append(_payment(random, PHANTOM_PAID_AT, None, 1, 2))
    for year, target in TAKINGS_CENTS.items():
        of_year = [p for p in payments if p.paid_at.year == year]
        random.shuffle(of_year)
        _sell_services(random, of_year, target)
    for sale in random.sample([p for p in payments if p.stay and p.method != "espèces"], 12):
        # Charged twice, and one of the two cancelled.
        for minutes, kind in ((1, "vente"), (6, "annulation")):
            again = Payment(**vars(sale))
            again.kind, again.paid_at = kind, sale.paid_at + timedelta(minutes=minutes)
            payments.append(again)
    return sorted(payments, key=lambda p: (p.paid_at, p.stay.ticket if p.stay else "", p.kind))


def _payment(random: Random, paid_at: datetime, stay: Stay | None, nights: int, adults: int) -> Payment:
    method = random.choice(("carte", "carte", "carte", "sans contact", "espèces"))
    tax = nights * adults * TOURIST_TAX_CENTS
    return Payment(paid_at, stay, nights, NIGHT_CENTS[paid_at.year], tax, method)


def _sell_services(random: Random, payments: Sequence[Payment], target: int) -> None:
    """Add services to payments until their net sum is the target, to less than half a euro."""
    missing = target - sum(p.net for p in payments)
    if missing < 0:
        raise ValueError(f"nights alone bring {-missing} cents more than the takings wanted")
    buyers = iter(payments)
    while missing > 833:
        missing -= _sell(next(buyers), random.choice(SERVICES_EUR))
    euros = round(missing * 1.2 / 100)
    while euros:
        price = euros if euros <= 4 else 3 if euros == 5 else 4
        _sell(next(buyers), price)
        euros -= price


def _sell(payment: Payment, price_eur: int) -> int:
    before = payment.net
    payment.services_eur.append(price_eur)
    return payment.net - before


def _pays_at(stay: Stay) -> datetime:
    """Soon after the entry, or just before the exit, or when asked to."""
    minutes = 6 + (stay.entry_at.minute + stay.entry_at.second) % 12
    if stay.pays_on_arrival:
        return stay.entry_at + timedelta(minutes=minutes)
    first = BARRIER_DOWN[0].date() + DAY
    for day in (first, first + DAY):
        # While the barrier is up the staff asks those who are in to pay: the kiosk works all the time.
        is_asked = stay.entry_at < BARRIER_DOWN[0] and stay.exit_at.date() > day
        if is_asked and (day > first or stay.entry_at.second % 2):
            return datetime.combine(day, time(8)) + timedelta(minutes=13 * stay.entry_at.minute)
    return stay.exit_at - timedelta(minutes=minutes)


def _between(random: Random, day: date, first_hour: float, last_hour: float) -> datetime:
    seconds = int(random.uniform(first_hour, last_hour) * 3600)
    return datetime.combine(day, time()) + timedelta(seconds=seconds)


def _within(instant: datetime, span: tuple[datetime, datetime]) -> bool:
    return span[0] <= instant < span[1]


def _entry(stay: Stay) -> tuple[datetime, str]:
    return stay.entry_at, stay.plate


# --- what the machines wrote -------------------------------------------------------------------------------


def _write_passages(folder: Path, stays: Iterable[Stay]) -> None:
    rows: list[tuple[datetime, tuple[str, ...]]] = []
    for stay in stays:
        plate = stay.plate if stay.is_plate_read else "ILLISIBLE"
        if stay.is_entry_seen:
            rows.append((stay.entry_at, ("Entrée", "E", plate, stay.ticket, "ticket")))
        if stay.is_exit_seen:
            ticket = stay.ticket if stay.exit_by in ("ticket", "manuel") else ""
            rows.append((stay.exit_at, ("Sortie", "S", plate, ticket, stay.exit_by)))
    rows = sorted(row for row in rows if row[0].date() <= LAST_DAY)
    for period, received, of_period in _by_period(rows, lambda row: row[0]):
        lines = [(f"{at:%d/%m/%Y}", f"{at:%H:%M:%S}", *rest) for at, rest in of_period]
        _write(folder / f"passages-{SITE}-{period}.csv", PASSAGE_HEADING, lines, received)


def _write_payments(random: Random, folder: Path, payments: Sequence[Payment]) -> None:
    numbered = [(p, number, random.randint(1000, 9999)) for number, p in enumerate(payments, 1)]
    for period, received, of_period in _by_period(numbered, lambda row: row[0].paid_at):
        name = f"paiements-{SITE}-{period}"
        if period == CORRECTED_PERIOD:
            # First sent without its last days; the corrected file then comes twice.
            short = of_period[: -len(of_period) // 10]
            _write(folder / f"{name}.csv", PAYMENT_HEADING, _payment_lines(short), received)
            name += "-corrige"
            for copy, days in (("", 8), (" (1)", 9)):
                later = received + days * DAY
                _write(folder / f"{name}{copy}.csv", PAYMENT_HEADING, _payment_lines(of_period), later)
        else:
            _write(folder / f"{name}.csv", PAYMENT_HEADING, _payment_lines(of_period), received)


def _payment_lines(rows: Sequence[tuple[Payment, int, int]]) -> list[tuple[str, ...]]:
    """One line a payment, and the total line at the foot."""
    return [*(_payment_line(*row) for row in rows), _total(payment for payment, _, _ in rows)]


def _payment_line(payment: Payment, number: int, card: int) -> tuple[str, ...]:
    at, sign = payment.paid_at, payment.sign
    return (
        str(number),
        f"{at:%d/%m/%Y}",
        f"{at:%H:%M:%S}",
        payment.stay.ticket if payment.stay else PHANTOM_TICKET,
        str(sign * payment.nights),
        _euros(sign * (payment.taxable + payment.tourist_tax)),
        _euros(sign * payment.vat),
        _euros(sign * payment.tourist_tax),
        payment.method,
        "" if payment.method == "espèces" else f"**** {card}",
        payment.kind,
    )


def _total(rows: Iterable[Payment]) -> tuple[str, ...]:
    payments = list(rows)
    nights = sum(p.sign * p.nights for p in payments)
    amount = sum(p.sign * (p.taxable + p.tourist_tax) for p in payments)
    vat, tax = sum(p.sign * p.vat for p in payments), sum(p.sign * p.tourist_tax for p in payments)
    return ("TOTAL", "", "", "", str(nights), _euros(amount), _euros(vat), _euros(tax), "", "", "")


def _euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"


def _by_period(rows: Iterable[Row], at: Callable[[Row], datetime]) -> list[tuple[str, datetime, list[Row]]]:
    """The rows of each file, its period and when it came: 2024 at once as history, then month by month."""
    periods: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        year, month = at(row).year, at(row).month
        periods.setdefault((year, 0 if year == FIRST_DAY.year else month), []).append(row)
    return [
        (f"{year}-{month:02d}" if month else str(year), _received(year, month or 12), of_period)
        for (year, month), of_period in sorted(periods.items())
    ]


def _received(year: int, month: int) -> datetime:
    """The morning after the month's last day; the last files come in the night of the run."""
    following = date(year + month // 12, month % 12 + 1, 1)
    if following > LAST_DAY:
        return datetime.combine(LAST_DAY + DAY, time(0, 5), UTC)
    return datetime.combine(following, time(6), UTC)


def _write(path: Path, heading: Sequence[str], lines: Iterable[Sequence[str]], received: datetime) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, delimiter=";", lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(lines)
    os.utime(path, (received.timestamp(), received.timestamp()))
