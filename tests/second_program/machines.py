"""The door's counter, the barrier and the kiosk of the motorhome area."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tests.second_program.adding import DAY, Seen
from tests.second_program.raw import amount, by_reception, dated, lines

LONGEST = timedelta(days=21)
AREA = "ile-saint-martin"


def door(folder: Path) -> Iterator[Seen]:
    """Entries of the last file that has each hour."""
    hours: dict[tuple[date, str, int], int] = {}
    for path in by_reception(folder, "porte-auch-*.csv"):
        times: dict[tuple[date, str], int] = defaultdict(int)
        for row in lines(path):
            hour = dated(row["Date"]), row["Heure"]
            times[hour] += 1
            hours[*hour, times[hour]] = int(row["Entrées"])
    for (at, _, _), entries in hours.items():
        yield Seen("counter_passages", "auch", "", at, entries)


class Area:
    """Nights from entries and exits, takings, and the days on which a machine wrote nothing."""

    def __init__(self, folder: Path, today: date) -> None:
        self.payments: dict[str, Any] = {}
        for path in by_reception(folder, "paiements-*.csv"):
            self.payments |= {row["Numéro"]: row for row in lines(path) if row["Numéro"] != "TOTAL"}
        passages = [row for path in by_reception(folder, "passages-*.csv") for row in lines(path)]
        self.passages = sorted(((_at(row), row) for row in passages), key=lambda one: one[0])
        self.today = today

    def seen(self) -> Iterator[Seen]:
        """All that the files of both machines come to."""
        for row in self.payments.values():
            net = amount(row["Montant TTC"]) - amount(row["TVA"]) - amount(row["Taxe de séjour"])
            yield Seen("turnover_excluding_tax", AREA, "", dated(row["Date"]), net)
        last = self.passages[-1][0].date()
        for first, departure in self.stays():
            for rank in range((departure - first).days):
                night = first + rank * DAY
                if night < last:
                    yield Seen("overnight_stays", AREA, "", night, 1)
        by_machine = {
            "barrier": {at.date() for at, _ in self.passages},
            "kiosk": {dated(row["Date"]) for row in self.payments.values()},
        }
        for machine, days in by_machine.items():
            at = min(days)
            while at < self.today:
                if at not in days:
                    yield Seen(f"{machine}_outage_days", AREA, "", at, 1)
                at += DAY

    def stays(self) -> Iterator[tuple[date, date]]:
        """First evening and day of departure of each vehicle whose nights the machines tell."""
        entered: dict[str, datetime] = {}  # by ticket, those who are in
        plates: dict[str, str] = {}
        inside: dict[str, str] = {}  # by plate, the ticket of the last entry
        pairs: dict[str, datetime] = {}
        without: list[tuple[datetime, str]] = []
        for at, row in self.passages:
            ticket, plate = row["Ticket"], "" if row["Plaque"] == "ILLISIBLE" else row["Plaque"]
            if row["Sens"] == "E":
                entered[ticket] = at
                plates[ticket] = plate
            elif ticket and ticket in entered and ticket not in pairs:
                pairs[ticket] = at
            else:
                without.append((at, plate))
        # Those who left without a ticket are known by their plates: the next event of the plate is the exit.
        events = [(entered[ticket], "E", plates[ticket], ticket) for ticket in entered if ticket not in pairs]
        events += [(at, "S", plate, "") for at, plate in without]
        for at, direction, plate, ticket in sorted(events):
            if not plate:
                continue
            if direction == "E":
                inside[plate] = ticket
            elif plate in inside:
                ticket = inside.pop(plate)
                if at - entered[ticket] <= LONGEST:
                    pairs[ticket] = at
        paid: dict[str, int] = defaultdict(int)
        for row in self.payments.values():
            if row["Ticket"] in entered and _at(row) >= entered[row["Ticket"]]:
                paid[row["Ticket"]] += int(row["Nuits"])
        last = self.passages[-1][0]
        for ticket, at in entered.items():
            if ticket in pairs:
                yield at.date(), pairs[ticket].date()
            elif paid[ticket] > 0:
                yield at.date(), min(at.date() + paid[ticket] * DAY, last.date())
            elif at >= last - LONGEST:
                yield at.date(), last.date()


def _at(row: dict[str, Any]) -> datetime:
    return datetime.combine(dated(row["Date"]), time.fromisoformat(row["Heure"]))
