"""Cells that hold another type than their column, and lines with more or fewer cells than the heading."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random

from bench.wild.pages import Cell, Fact, Shape, Trap
from bench.wild.registry import book, csv, every, exports, shape
from bench.wild.tools import DESK, EQUIPMENT, LODGINGS, STOCK, TAX, TICKETING, TILL
from bench.wild.writers import MONTHS, by, local, moment, typed

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@shape
def amounts_that_became_days(chance: Random) -> Shape:
    """`12.5` became 12 May: a date cell in a column of amounts or counts is named, never a serial number."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 3)):
        rank = page.rank(("Montant TTC", "Quantité")[number % 2])
        line.cells[rank] = Cell("12/05/2025", datetime(2025, 5, 12), "dd/mm/yyyy")  # noqa: DTZ001
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("date cell in a column of numbers", "named", rank)
    return exports(TILL, book(page), csv(page))


@shape
def truths_and_times_as_amounts(chance: Random) -> Shape:
    """TRUE is not 1, and 12:30 is not half a day: both are named in a column of numbers."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 3)):
        rank = page.rank(("Montant TTC", "Quantité")[number % 2])
        line.cells[rank] = (Cell("VRAI", True), Cell("12:30", time(12, 30), "hh:mm"))[number // 2 % 2]
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("truth or time in a column of numbers", "named", rank)
    return exports(TILL, book(page), csv(page))


@shape
def numbers_as_truths(chance: Random) -> Shape:
    """2 in a column of yes and no: named."""
    page = EQUIPMENT.page(chance)
    rank = page.rank("Ouvert (oui/non)")
    for number, line in enumerate(every(page.full, 3)):
        line.cells[rank] = (Cell("2", 2), Cell("fermé"), Cell("0,5", 0.5))[number % 3]
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("neither yes nor no", "named", rank)
    return exports(EQUIPMENT, book(page), csv(page))


@shape
def texts_that_look_like_numbers(chance: Random) -> Shape:
    """Names that are numbers, `1e5`, `007`, `TRUE` and a sum stay the text that they are."""
    page = TILL.page(chance)
    names = ("1789", "007", "TRUE", "1/2 tarif", "3 pour 2", "12,50", "-", "NULL", "nan", "=SOMME")
    for number, line in enumerate(page.full):
        name = names[number % len(names)]
        line.cells[page.rank("Article")] = Cell(name)
        line.facts = [Fact(line.facts[0].values | {"article": name})]
        line.trap("text that looks like another type", f"read as {name}", page.rank("Article"))
    return exports(TILL, csv(page), book(page))


@shape
def days_as_one_number(chance: Random) -> Shape:
    """`20250702`, as GA4 writes: text in CSV, a number in a workbook that is no serial day."""
    page = STOCK.page(chance)
    manner = by(lambda v: Cell(f"{v:%Y%m%d}", int(f"{v:%Y%m%d}")))
    page.rewrite("Date", manner, "moved_on", kind="day as one number")
    texts = STOCK.page(chance)
    texts.rewrite("Date", typed(lambda v: Cell(f"{v:%Y%m%d}")), "moved_on", kind="day as one number")
    return exports(STOCK, csv(page), book(page), book(texts), change={"moved_on": {"date": "%Y%m%d"}})


@shape
def serial_days_in_csv(chance: Random) -> Shape:
    """`45840` in the day column of a CSV: read as the day that Excel counts, named, or refused."""
    page = STOCK.page(chance)
    for line in page.full:
        days = (line.facts[0].values["moved_on"] - date(1899, 12, 30)).days
        line.cells[0] = Cell(str(days))
        line.trap("serial day in CSV", f"read as {line.facts[0].values['moved_on']}, named or refused", 0)
    return exports(STOCK, csv(page, refused=["Date"], either=True))


@shape
def days_without_a_year(chance: Random) -> Shape:
    """`02/07` and `juillet 2025`: nobody says the year or the day, so each is named."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 3)):
        sold = line.facts[0].values["sold_on"]
        line.cells[0] = Cell((f"{sold:%d/%m}", "juillet 2025", f"{sold:%d}", "2025", "T3 2025")[number % 5])
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("day without its year or month", "named", 0)
    return exports(TILL, csv(page), book(page))


@shape
def days_of_three_readings(chance: Random) -> Shape:
    """`05/06/07` without a form: refused."""
    page = LODGINGS.page(chance, rows=12, first=date(2007, 6, 1))
    for line in page.full:
        line.cells[0] = Cell(f"{line.facts[0].values['classed_on']:%d/%m/%y}")
        line.trap("day of three readings", "file refused", 0)
    word = ["DATE DE CLASSEMENT"]
    return exports(LODGINGS, csv(page, refused=word), book(page, refused=word))


@shape
def weekdays_in_words(chance: Random) -> Shape:
    """`mardi 1 juillet 2025`, `Mar. 01/07/2025`."""
    page = TILL.page(chance)
    manner = by(lambda v: Cell(f"{WEEKDAYS[v.weekday()]} {v.day} {MONTHS[v.month - 1]} {v.year}"))
    page.rewrite("Date", manner, "sold_on", kind="weekday before a day")
    short = TILL.page(chance)
    manner = by(lambda v: Cell(f"{WEEKDAYS[v.weekday()][:3].title()}. {v:%d/%m/%Y}"))
    short.rewrite("Date", manner, "sold_on", kind="weekday before a day")
    return exports(TILL, csv(page), book(page), csv(short), book(short))


@shape
def hours_with_an_h(chance: Random) -> Shape:
    """`01/07/2025 à 14h05`."""
    page = DESK.page(chance)
    manner = by(lambda v: Cell(f"{local(v):%d/%m/%Y à %Hh%M}"))
    page.rewrite("Date de création", manner, "met_at", kind="hour with an h")
    return exports(DESK, csv(page), book(page))


@shape
def halves_of_a_day(chance: Random) -> Shape:
    """`2025/07/01 2:05:00 PM`: the afternoon is not the night."""
    page = TICKETING.page(chance)
    manner = typed(moment("%Y/%m/%d %I:%M:%S %p"))
    page.rewrite("Date de la commande", manner, "ordered_at", kind="half of a day")
    return exports(TICKETING, csv(page, separator=","), book(page))


@shape
def hours_beyond_the_day(chance: Random) -> Shape:
    """`25:10` and `12:60`: named."""
    page = DESK.page(chance)
    rank = page.rank("Date de création")
    for number, line in enumerate(every(page.full, 3)):
        there = local(line.facts[0].values["met_at"])
        line.cells[rank] = Cell(f"{there:%d/%m/%Y} " + ("25:10", "12:60", "midi", "99:99")[number % 4])
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("hour beyond the day", "named", rank)
    return exports(DESK, csv(page), book(page))


@shape
def an_hour_that_comes_twice(chance: Random) -> Shape:
    """Half past two on the last Sunday of October: the second of the two, or named."""
    page = DESK.page(chance, first=date(2025, 10, 1))
    rank = page.rank("Date de création")
    for line in every(page.full, 4):
        line.cells[rank] = Cell("26/10/2025 02:30", datetime(2025, 10, 26, 2, 30), "dd/mm/yyyy hh:mm")  # noqa: DTZ001
        line.facts = [Fact(line.facts[0].values | {"met_at": datetime(2025, 10, 26, 1, 30)})]  # noqa: DTZ001
        line.trap("hour that comes twice", "the second of the two, or named", rank)
    return exports(DESK, csv(page), book(page))


@shape
def days_to_come(chance: Random) -> Shape:
    """A day after the file was received, and one before 2000: named."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 4)):
        wrong = (date(2027, 7, 25), date(1925, 7, 25), date(2205, 7, 25))[number % 3]
        line.cells[0] = Cell(f"{wrong:%d/%m/%Y}", datetime(wrong.year, wrong.month, wrong.day), "dd/mm/yyyy")  # noqa: DTZ001
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("day that cannot be", "named", 0)
    return exports(TILL, csv(page), book(page))


@shape
def decimal_commas_without_quotes(chance: Random) -> Shape:
    """Decimal commas unquoted in a CSV of commas: each line has a cell too many, and each is named."""
    page = TILL.page(chance)
    rank = page.rank("Montant TTC")
    for line in page.full:
        whole, cents = line.cells[rank].text.split(",")
        line.cells[rank : rank + 1] = [Cell(whole), Cell(cents)]
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("decimal comma without quotes", "named, or the file refused")
    return exports(TILL, csv(page, separator=",", refused=[], either=True))


@shape
def some_decimal_commas_without_quotes(chance: Random) -> Shape:
    """The same for amounts with cents alone: those lines are named, the others read."""
    page = TILL.page(chance)
    rank = page.rank("Montant TTC")
    for number, line in enumerate(page.full):
        if number % 3:
            line.facts = [Fact(line.facts[0].values | {"amount_eur": number + 1})]
            line.cells[rank] = Cell(str(number + 1))
        else:
            line.cells[rank] = Cell(line.cells[rank].text, raw=True)
            line.facts = [Fact(line.facts[0].values, "named")]
            line.trap("decimal comma without quotes", "named")
    return exports(TILL, csv(page, separator=","))


@shape
def separators_at_the_end(chance: Random) -> Shape:
    """A separator at the end of every line, of the heading too or of the lines alone."""
    page = TILL.page(chance)
    page.add_column("", [""] * len(page.lines))
    alone = TILL.page(chance)
    for line in alone.lines:
        line.cells.append(Cell(""))
        line.trap("separator at the end of a line", "read, or named")
    page.traps.append(Trap("separator at the end of all lines", "left out"))
    return exports(TILL, csv(page), csv(alone))


@shape
def lines_without_their_last_cells(chance: Random) -> Shape:
    """Empty cells at the end of a line left away with their separators: read as empty, or named."""
    page = EQUIPMENT.page(chance)
    for line in every(page.full, 3):
        del line.cells[-1]
        line.facts = [Fact(line.facts[0].values | {"takings_eur": None})]
        line.trap("last cell left away", "read as empty, or named")
    return exports(EQUIPMENT, csv(page), book(page))


@shape
def cells_beyond_the_heading(chance: Random) -> Shape:
    """Remarks typed to the right of the table, below no heading: never part of a row, told or left out."""
    page = TAX.page(chance)
    for number, line in enumerate(every(page.full, 4)):
        line.cells += [Cell(""), Cell(("vérifié", "12", "01/02/2025")[number % 3])]
        line.trap("cell beyond the heading", "left out, or the line named")
    return exports(TAX, csv(page), book(page), change={"month_start": {"date": "%d/%m/%Y"}})


@shape
def zero_bytes_in_cells(chance: Random) -> Shape:
    """Zero bytes within cells, as broken disks leave: named, never cut off in silence."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 5)):
        rank = page.rank(("Montant TTC", "Date")[number % 2])
        line.cells[rank] = Cell(line.cells[rank].text[:3] + "\0" + line.cells[rank].text[3:])
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("zero byte in a cell", "named, or the file refused", rank)
    return exports(TILL, csv(page, refused=[], either=True))


@shape
def one_row_alone(chance: Random) -> Shape:
    """A file of one row whose day shows its form: one cell decides."""
    page = TILL.page(chance, rows=1, first=date(2025, 7, 25))
    page.traps.append(Trap("one row alone", "read"))
    return exports(TILL, csv(page), book(page))


@shape
def many_rows_and_one_that_decides(chance: Random) -> Shape:
    """Days up to the twelfth, and a single one beyond at the very end: it decides for all."""
    page = TILL.page(chance, rows=61)
    for number, line in enumerate(page.full):
        sold = date(2025, 7, 1 + number % 12) if number < 60 else date(2025, 7, 12) + timedelta(1)
        line.facts = [Fact(line.facts[0].values | {"sold_on": sold})]
        line.cells[0] = Cell(f"{sold:%d/%m/%Y}")
        line.trap("day that another cell decides", f"read as {sold}", 0)
    return exports(TILL, csv(page), book(page))
