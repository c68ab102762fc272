"""Wide tables: months across, a category above them, blocks below each other; and the kiosk's payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from bench.wild.pages import Cell, Fact, Line, Page, Shape, Trap
from bench.wild.registry import book, csv, left_out, shape
from bench.wild.tools import as_layout
from bench.wild.writers import MONTHS, NARROW, SHORT_MONTHS, amount, grouped, moment, utc, whole

TOWNS = (
    "Auch",
    "Castéra-Verduzan",
    "Gimont",
    "L'Isle-Jourdain",
    "Lectoure",
    "Condom",
    "Mirande",
    "Fleurance",
)


def _months(names: Sequence[str]) -> dict[str, Any]:
    """The part `across` of a layout with these names of months."""
    values = {str(number): name for number, name in enumerate(names, 1)}
    return {"heading": list(names), "becomes": "month", "value": "visitors", "values": values}


PUBLIC = {"public": {"heading": "Public", "values": {"paying": "Payant", "free": "Gratuit"}}}
COLUMNS = {"site": {"heading": "Site"}, "year": {"constant": 2025}}


def _wide(chance: Random, names: Sequence[str], write: Any = whole, **more: Any) -> Page:
    """A line a town, a column a month."""
    lines = []
    for town in TOWNS:
        counts = [chance.randint(10, 950) for _ in names]
        facts = [
            Fact({"year": 2025, "month": n, "site": town, "public": None, "visitors": count} | more, column=n)
            for n, count in enumerate(counts, 1)
        ]
        line = Line([Cell(town), *(write(count) for count in counts)], facts)
        line.traps += [Trap("month across", f"read as {f.values['visitors']}", f.column) for f in facts]
        lines.append(line)
    return Page([Cell("Site"), *(Cell(name) for name in names)], lines)


@shape
def months_across(chance: Random) -> Shape:
    """A column a month, with whole names and with short ones."""
    pages = [_wide(chance, MONTHS), _wide(chance, SHORT_MONTHS)]
    words = [[long, short] for long, short in zip(MONTHS, SHORT_MONTHS, strict=True)]
    across = _months(MONTHS) | {
        "heading": sorted({word for pair in words for word in pair}),
        "values": {str(n): pair for n, pair in enumerate(words, 1)},
    }
    layout = as_layout("Tableau de fréquentation", "monthly", COLUMNS, across=across)
    return Shape("", "monthly", layout, [file for page in pages for file in (csv(page), book(page))])


@shape
def months_across_with_totals(chance: Random) -> Shape:
    """A column `Total` behind the months and a line `Total` below: neither is a month or a town."""
    page = _wide(chance, MONTHS)
    sums = [sum(f.values["visitors"] for f in line.facts) for line in page.lines]
    page.add_column("Total", [Cell(str(one), one) for one in sums])
    total = left_out("total line", "Total", *[Cell("999", 999)] * 13)
    page.lines.append(total)
    page.traps.append(Trap("total column", "never a month", 13))
    rows = {"totals": {"heading": "Site", "values": "Total"}}
    layout = as_layout(
        "Tableau de fréquentation", "monthly", COLUMNS, across=_months(MONTHS), ignored=["Total"], rows=rows
    )
    return Shape("", "monthly", layout, [csv(page), book(page)])


@shape
def months_that_have_not_come(chance: Random) -> Shape:
    """Empty cells of the months to come are no zeros; a few cells hold a word."""
    page = _wide(chance, MONTHS)
    for line in page.lines:
        line.facts = line.facts[:8]
        line.traps = line.traps[:8]
        for rank in range(9, 13):
            line.cells[rank] = Cell("")
            line.trap("empty cell of a month to come", "no row", rank)
    for line in page.lines[::3]:
        line.cells[3] = Cell("fermé")
        line.facts[2] = Fact(line.facts[2].values, "named", 3)
    layout = as_layout("Tableau de fréquentation", "monthly", COLUMNS, across=_months(MONTHS))
    return Shape("", "monthly", layout, [csv(page), book(page)])


@shape
def months_in_another_order(chance: Random) -> Shape:
    """Months from September on, a remark among them, thin spaces in the numbers."""
    page = _wide(chance, MONTHS, lambda v: grouped(NARROW)(v * 1000 + 7))
    for line in page.lines:
        line.facts = [
            Fact(f.values | {"visitors": f.values["visitors"] * 1000 + 7}, column=f.column)
            for f in line.facts
        ]
    page.reorder([0, 9, 10, 11, 12, *range(1, 9)])
    page.add_column("Remarque", ["travaux"] * len(page.lines), at=5)
    layout = as_layout("Tableau de fréquentation", "monthly", COLUMNS, across=_months(MONTHS))
    return Shape("", "monthly", layout, [csv(page, told=["Remarque"]), book(page, told=["Remarque"])])


@shape
def a_category_above_the_months(chance: Random) -> Shape:
    """`Payant` and `Gratuit` in cells merged over three months each."""
    names = ("juillet", "août", "septembre")
    lines = []
    for town in TOWNS:
        line = Line([Cell(town)])
        for public in ("paying", "free"):
            for month in (7, 8, 9):
                count = chance.randint(10, 950)
                rank = len(line.cells)
                values = {"year": 2025, "month": month, "site": town, "public": public, "visitors": count}
                line.cells.append(whole(count))
                line.facts.append(Fact(values, column=rank))
                line.trap("category above", f"read as {public} {count}", rank)
        lines.append(line)
    page = Page([Cell("Site"), *(Cell(name) for name in names * 2)], lines)
    page.above.append(
        Line([Cell(""), Cell("Payant"), Cell(""), Cell(""), Cell("Gratuit"), Cell(""), Cell("")])
    )
    page.merged += ["B1:D1", "E1:G1"]
    across = {
        "heading": list(names),
        "becomes": "month",
        "value": "visitors",
        "values": {"7": "juillet", "8": "août", "9": "septembre"},
        "above": "public",
    }
    layout = as_layout("Tableau de fréquentation", "monthly", COLUMNS | PUBLIC, across=across)
    return Shape("", "monthly", layout, [book(page), csv(page)])


@shape
def blocks_below_each_other(chance: Random) -> Shape:
    """A block a town, each under a line with its name and the heading again."""
    lines: list[Line] = []
    heading = [Cell("Mois"), Cell("Visiteurs")]
    for number, town in enumerate(TOWNS[:5]):
        if number:
            lines += [left_out("blank line", "", ""), left_out("title of a block", f"Site : {town}", "")]
            lines.append(left_out("heading of a block", *heading))
        for month in range(1, 7):
            count = chance.randint(10, 950)
            values = {"year": 2025, "month": month, "site": town, "public": None, "visitors": count}
            line = Line([Cell(str(month), month), whole(count)], [Fact(values)])
            line.trap("row of a block", f"read as {town} {count}", 1)
            lines.append(line)
    page = Page(heading, lines, above=[left_out("title of a block", f"Site : {TOWNS[0]}", "")])
    columns = {
        "month": {"heading": "Mois"},
        "visitors": {"heading": "Visiteurs"},
        "year": {"constant": 2025},
    }
    blocks = {"title": "/^Site : (.+)$/", "becomes": "site"}
    layout = as_layout("Tableau de fréquentation", "monthly", columns, blocks=blocks)
    return Shape("", "monthly", layout, [book(page), csv(page)])


# --- the kiosk's payments, a real table of Vigie ---------------------------------------------------------

METHODS = {"card": "CB", "cash": "Espèces", "contactless": "Sans contact"}
KINDS = {"sale": "Vente", "refund": "Remboursement", "cancellation": "Annulation"}


def _payments(chance: Random, point: str = ",") -> Page:
    """A page of payments, refunds negative, days and times in columns of their own."""
    lines = []
    headings = ("N° reçu", "Jour", "Heure", "Nb nuits", "Total payé", "dont taxe", "Moyen", "Opération")
    for rank in range(30):
        kind = "refund" if rank % 7 == 3 else "sale"
        sign = -1 if kind == "refund" else 1
        moment_of = date(2025, 7, 1 + rank % 28)
        hour, minute = chance.randint(8, 20), chance.randint(0, 59)
        nights = sign * chance.randint(1, 4)
        paid = sign * (Decimal(chance.randint(10, 40)) + Decimal(chance.randint(1, 99)) / 100)
        tax = sign * Decimal(chance.randint(61, 199)) / 100
        method = chance.choice(list(METHODS))
        there = _at(moment_of, hour, minute)
        values: dict[str, Any] = {
            "payment_number": f"R{4500 + rank}", "local_date": moment_of, "paid_at": utc(there),
            "ticket": None,
            "nights_count": nights, "amount_eur": paid, "vat_eur": None, "tourist_tax_eur": tax,
            "method": method, "payment_kind": kind, "site": "gimont",
        }  # fmt: skip
        cells = [
            Cell(values["payment_number"]),
            Cell(f"{moment_of:%d/%m/%Y}", _at(moment_of, 0, 0), "dd/mm/yyyy"),
            Cell(f"{hour:02d}:{minute:02d}:00", there.time(), "hh:mm:ss"),
            whole(nights),
            amount(point)(paid),
            amount(point)(tax),
            Cell(METHODS[method]),
            Cell(KINDS[kind]),
        ]
        line = Line(cells, [Fact(values)])
        line.trap("day and time in two columns", f"read as {values['paid_at']} UTC", 2)
        lines.append(line)
    return Page([Cell(heading) for heading in headings], lines)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - local time


KIOSK = {
    "site": {"constant": "gimont"},
    "payment_number": {"heading": "N° reçu"},
    "local_date": {"heading": "Jour"},
    "paid_at": {"heading": "Jour", "time": "Heure"},
    "nights_count": {"heading": "Nb nuits"},
    "amount_eur": {"heading": "Total payé"},
    "tourist_tax_eur": {"heading": "dont taxe"},
    "method": {"heading": "Moyen", "values": METHODS},
    "payment_kind": {"heading": "Opération", "values": KINDS},
}


@shape
def payments_of_an_unknown_kiosk(chance: Random) -> Shape:
    """Payments of a motorhome area by a vendor that Vigie does not know, in CSV and as a workbook."""
    layout = as_layout("Borne inconnue", "motorhome_payments", KIOSK)
    commas, points = _payments(chance), _payments(chance, ".")
    return Shape("", "motorhome_payments", layout, [csv(commas), csv(points, separator=","), book(commas)])


@shape
def payments_with_one_instant(chance: Random) -> Shape:
    """The same with day and time in one cell."""
    page = _payments(chance)
    page.headings[1] = Cell("Horodatage")
    for line in page.lines:
        paid = line.facts[0].values["paid_at"]
        line.cells[1] = moment()(paid)
        line.traps = [Trap("instant in one cell", f"read as {paid} UTC", 1)]
    page.headings.pop(2)
    for line in page.lines:
        line.cells.pop(2)
    columns = KIOSK | {"local_date": {"heading": "Horodatage"}, "paid_at": {"heading": "Horodatage"}}
    layout = as_layout("Borne inconnue", "motorhome_payments", columns)
    return Shape("", "motorhome_payments", layout, [csv(page), book(page)])
