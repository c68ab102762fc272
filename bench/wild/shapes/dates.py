"""Days and instants, in every form that tools and spreadsheets give them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from bench.wild.pages import Cell, Fact, Shape, Trap
from bench.wild.registry import book, csv, every, exports, shape
from bench.wild.tools import (
    DESK,
    EQUIPMENT,
    HELP_DESK,
    LODGINGS,
    NETWORK,
    STOCK,
    SURVEY,
    TAX,
    TICKETING,
    TILL,
)
from bench.wild.writers import (
    MONTHS,
    SHORT_MONTHS,
    as_text,
    by,
    day,
    in_words,
    local,
    moment,
    serial,
    typed,
)

FRENCH = {"date": "%d/%m/%Y"}


@shape
def days_typed_as_text(chance: Random) -> Shape:
    """A workbook whose days are all text: day and month must not change places."""
    page = TILL.page(chance)
    page.rewrite("Date", as_text, "sold_on", kind="day as text")
    return exports(TILL, book(page))


@shape
def days_typed_as_text_here_and_there(chance: Random) -> Shape:
    """Date cells, and among them days that somebody typed as text."""
    page = EQUIPMENT.page(chance)
    page.rewrite("Date", as_text, "visited_on", kind="day as text", among=every(page.full, 2))
    return exports(EQUIPMENT, book(page))


@shape
def american_days(chance: Random) -> Shape:
    """Month before day, as social networks write; days beyond the twelfth show it."""
    page = NETWORK.page(chance)
    page.rewrite("Publish time", lambda _, cell: cell, "published_at", kind="month before day")
    shown = NETWORK.page(chance)
    shown.rewrite("Publish time", as_text, "published_at", kind="month before day")
    return exports(NETWORK, csv(page, separator=","), book(shown))


@shape
def american_days_opened_in_french(chance: Random) -> Shape:
    """Excel in French turned 07/01 into 7 January, a date cell, and left 07/13 as text.

    Nobody can tell what the date cells were: they are named, or the file is refused.
    """
    page = NETWORK.page(chance)
    rank = page.rank("Publish time")
    for line in page.full:
        there = local(line.facts[0].values["published_at"])
        if there.day <= 12:
            turned = there.replace(month=there.day, day=there.month)
            line.cells[rank] = Cell("", turned, "dd/mm/yyyy hh:mm")
            line.facts = [replace(line.facts[0], fate="named")]
        else:
            line.cells[rank] = Cell(there.strftime("%m/%d/%Y %H:%M"))
        line.trap("day turned by Excel", "named, or the file refused", rank)
    return exports(NETWORK, book(page, refused=["Publish time"], either=True))


@shape
def iso_with_offset(chance: Random) -> Shape:
    """Instants with their offset from UTC: the offset wins over the local clock."""
    page = SURVEY.page(chance)
    for line in page.full:
        instant = line.facts[0].values["submitted_at"]
        line.cells[page.rank("Date de soumission")] = Cell(f"{instant:%Y-%m-%dT%H:%M:%S}Z")
        line.trap("offset in the cell", f"read as {instant} UTC", page.rank("Date de soumission"))
    shifted = SURVEY.page(chance)
    for line in shifted.full:
        instant = line.facts[0].values["submitted_at"]
        line.cells[shifted.rank("Date de soumission")] = Cell(f"{local(instant):%Y-%m-%dT%H:%M:%S}+02:00")
        line.trap("offset in the cell", f"read as {instant} UTC", shifted.rank("Date de soumission"))
    return exports(SURVEY, csv(page), csv(shifted, separator=",", quote_all=True), book(shifted))


@shape
def months_in_words(chance: Random) -> Shape:
    """`2 juil. 2025 10:12`, as a till writes in French."""
    page = TICKETING.page(chance)
    manner = by(in_words(SHORT_MONTHS, time=True))
    page.rewrite("Date de la commande", manner, "ordered_at", kind="month in words")
    whole = TILL.page(chance, first=date(2025, 8, 1))
    whole.rewrite("Date", by(in_words(MONTHS)), "sold_on", kind="month in words")
    return exports(TICKETING, csv(page, separator=","), book(page))


@shape
def months_in_whole_words(chance: Random) -> Shape:
    """`1 août 2025`, and `1er août`."""
    page = TILL.page(chance, first=date(2025, 8, 1))
    page.rewrite("Date", by(in_words(MONTHS)), "sold_on", kind="month in words")
    for line in page.full:
        cell = line.cells[page.rank("Date")]
        if cell.text.startswith("1 "):
            line.cells[page.rank("Date")] = Cell("1er" + cell.text[1:])
    return exports(TILL, csv(page), book(page))


@shape
def years_of_two_digits(chance: Random) -> Shape:
    """`02/07/25`: the year comes last."""
    page = LODGINGS.page(chance)
    page.rewrite("DATE DE CLASSEMENT", typed(day("%d/%m/%y")), "classed_on", kind="year of two digits")
    return exports(LODGINGS, csv(page), book(page), change={"classed_on": {"date": "%d/%m/%y"}})


@shape
def dots_between(chance: Random) -> Shape:
    """`02.07.2025`."""
    page = STOCK.page(chance)
    page.rewrite("Date", typed(day("%d.%m.%Y")), "moved_on", kind="dots in a day")
    return exports(STOCK, csv(page), book(page))


@shape
def dashes_between(chance: Random) -> Shape:
    """`05-07-2025 16:24`, as GLPI writes."""
    page = HELP_DESK.page(chance)
    page.rewrite("Date d'ouverture", as_text, "opened_at", kind="dashes in a day")
    page.rewrite("Dernière modification", as_text, "changed_at", kind="dashes in a day")
    return exports(HELP_DESK, csv(page, encoding="cp1252"), book(page))


@shape
def year_first_with_slashes(chance: Random) -> Shape:
    """`2025/07/02 08:27:28`, as telephone exchanges write."""
    page = TICKETING.page(chance)
    manner = typed(moment("%Y/%m/%d %H:%M:%S"))
    page.rewrite("Date de la commande", manner, "ordered_at", kind="slashes, year first")
    return exports(TICKETING, csv(page, separator=","), book(page))


@shape
def serial_numbers(chance: Random) -> Shape:
    """Days as the numbers that Excel counts, once the format of the cells was lost."""
    page = STOCK.page(chance)
    page.rewrite("Date", by(serial), "moved_on", kind="serial day")
    return exports(STOCK, book(page))


@shape
def serial_numbers_with_hours(chance: Random) -> Shape:
    """Instants as numbers with a fraction, as HelloAsso's workbooks hold them; and date cells beside them."""
    page = TICKETING.page(chance)
    page.rewrite("Date de la commande", lambda _, cell: cell, "ordered_at", kind="date cell with a time")
    bare = TICKETING.page(chance)
    bare.rewrite("Date de la commande", by(serial), "ordered_at", kind="serial instant")
    for line in bare.full:  # a whole number of minutes is not one of days: what is read is rounded to seconds
        line.facts = [Fact(line.facts[0].values)]
    return exports(TICKETING, book(page), book(bare))


@shape
def days_of_1904(chance: Random) -> Shape:
    """A workbook whose days are counted from 1904."""
    page = LODGINGS.page(chance)
    page.rewrite("DATE DE CLASSEMENT", lambda _, cell: cell, "classed_on", kind="day counted from 1904")
    return exports(LODGINGS, book(page, starts_1904=True))


@shape
def serial_numbers_of_1904(chance: Random) -> Shape:
    """Serial numbers without a format in a workbook of 1904: four years lie between the two readings."""
    page = STOCK.page(chance)
    for line in page.full:
        days = (line.facts[0].values["moved_on"] - date(1904, 1, 1)).days
        line.cells[page.rank("Date")] = Cell(str(days), days)
        line.trap("serial day of 1904", "read by the workbook's own calendar, or named", page.rank("Date"))
    return exports(STOCK, book(page, starts_1904=True, refused=["Date"], either=True))


@shape
def days_with_a_time(chance: Random) -> Shape:
    """A day column whose date cells have a time: the local day counts."""
    page = TILL.page(chance)
    for rank, line in enumerate(page.full):
        sold = line.facts[0].values["sold_on"]
        there = datetime(sold.year, sold.month, sold.day, 22 + rank % 2, 30)  # noqa: DTZ001
        line.cells[page.rank("Date")] = Cell(f"{there:%d/%m/%Y %H:%M}", there, "dd/mm/yyyy hh:mm")
        line.trap("day with a time", f"read as {sold}", page.rank("Date"))
    return exports(TILL, book(page), csv(page))


@shape
def hours_of_24(chance: Random) -> Shape:
    """`24:00` is midnight of the next day."""
    page = DESK.page(chance)
    for line in every(page.full, 2):
        instant = line.facts[0].values["met_at"]
        day_before = local(instant).date()
        midnight = datetime(day_before.year, day_before.month, day_before.day) + timedelta(1)  # noqa: DTZ001
        values = line.facts[0].values | {"met_at": midnight - timedelta(hours=2)}  # in July
        line.facts = [Fact(values)]
        line.cells[page.rank("Date de création")] = Cell(f"{day_before:%d/%m/%Y} 24:00")
        line.trap("24:00", f"read as {midnight}", page.rank("Date de création"))
    return exports(DESK, csv(page))


@shape
def hours_that_do_not_exist(chance: Random) -> Shape:
    """Half past two on the last Sunday of March: no clock ever showed it."""
    page = DESK.page(chance, first=date(2025, 3, 10))
    rank = page.rank("Date de création")
    for line in every(page.full, 3):
        line.cells[rank] = Cell("30/03/2025 02:30", datetime(2025, 3, 30, 2, 30), "dd/mm/yyyy hh:mm")  # noqa: DTZ001
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("no such local time", "named", rank)
    return exports(DESK, csv(page), book(page))


@shape
def days_that_do_not_exist(chance: Random) -> Shape:
    """31 June, 29 February of 2025, month 13, year 0, and a reset clock."""
    page = TILL.page(chance, rows=40)
    wrong = ("31/06/2025", "29/02/2025", "41/13/2025", "00/00/0000", "01/01/1970", "32/07/2025", "juillet")
    for rank, line in enumerate(every(page.full, 3)):
        line.cells[page.rank("Date")] = Cell(wrong[rank % len(wrong)])
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("no such day", "named", page.rank("Date"))
    return exports(TILL, csv(page), book(page))


@shape
def first_days_of_months_declared(chance: Random) -> Shape:
    """`01/03/2025` is the first of March, because the layout says the form."""
    page = TAX.page(chance)
    page.rewrite("Période", as_text, "month_start", kind="day that could be a month")
    return exports(TAX, csv(page), book(page), change={"month_start": FRENCH})


@shape
def first_days_of_months_undeclared(chance: Random) -> Shape:
    """`01/03/2025` without a word on the form: two readings, so the file is refused."""
    page = TAX.page(chance)
    page.rewrite("Période", as_text, "month_start", kind="ambiguous day", right="file refused")
    return exports(TAX, csv(page, refused=["Période"]), book(page, refused=["Période"]))


@shape
def early_days_undeclared(chance: Random) -> Shape:
    """Only the first twelve days of a month: nothing tells day from month."""
    page = TILL.page(chance, rows=12)
    page.rewrite("Date", as_text, "sold_on", kind="ambiguous day", right="file refused")
    return exports(TILL, csv(page, refused=["Date"]), book(page, refused=["Date"]))


@shape
def two_forms_in_one_column(chance: Random) -> Shape:
    """`25/07/2025` and `07/26/2025` in one column: no form reads both."""
    page = TILL.page(chance)
    for line in every(page.full, 2):
        sold = line.facts[0].values["sold_on"]
        line.cells[page.rank("Date")] = Cell(sold.strftime("%m/%d/%Y"))
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("day and month swapped", "named, or the file refused", page.rank("Date"))
    return exports(TILL, csv(page, refused=["Date"], either=True))


@shape
def half_after_midnight(chance: Random) -> Shape:
    """Instants in UTC near midnight: the local day is the next one."""
    page = SURVEY.page(chance)
    rank = page.rank("Date de soumission")
    for line in page.full:
        day_of = line.facts[0].values["submitted_at"].date()
        instant = datetime(day_of.year, day_of.month, day_of.day, 22, 30)  # noqa: DTZ001
        line.facts = [Fact(line.facts[0].values | {"submitted_at": instant})]
        line.cells[rank] = Cell(f"{instant:%Y-%m-%dT%H:%M:%S}+00:00")
        line.trap("midnight in UTC", f"read as {instant} UTC", rank)
    return exports(SURVEY, csv(page, Trap("offset", "read as UTC"), separator=","))
