"""Lines that are no rows, rows that do not count, and rows that were cut, joined or hidden."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from bench.wild.pages import Cell, Fact, Line, Page, Shape, Trap
from bench.wild.registry import book, csv, every, exports, left_out, shape
from bench.wild.tools import EQUIPMENT, HELP_DESK, LODGINGS, STOCK, TICKETING, TILL
from bench.wild.writers import amount

AMOUNT = "Montant TTC"
TOTALS = {"totals": {"heading": "Date", "values": ["Total", "/^(sous-)?total/"], "control": ["amount_eur"]}}


def _total(page: Page, label: str, lines: list[Line], kind: str) -> Line:
    """A total line of these lines, its label in the first column."""
    total = sum((line.facts[0].values["amount_eur"] for line in lines), Decimal(0))
    cells = [Cell(label), *[Cell("") for _ in page.headings[1:]]]
    cells[page.rank(AMOUNT)] = amount()(total)
    return left_out(kind, *cells)


def _with_totals(page: Page, label: str, size: int, kind: str) -> Page:
    """A total after each so many lines."""
    parts = [page.lines[start : start + size] for start in range(0, len(page.lines), size)]
    page.lines = [line for part in parts for line in (*part, _total(page, label, part, kind))]
    return page


@shape
def a_total_at_the_foot(chance: Random) -> Shape:
    """One line `TOTAL`, compared with what was loaded."""
    page = TILL.page(chance)
    page.lines.append(_total(page, "TOTAL", page.full, "total at the foot"))
    return exports(TILL, csv(page), book(page), rows=TOTALS)


@shape
def totals_in_the_middle(chance: Random) -> Shape:
    """`Total du jour` after every few lines."""
    page = _with_totals(TILL.page(chance), "Total du jour", 4, "total in the middle")
    return exports(TILL, csv(page), book(page), rows=TOTALS)


@shape
def sub_totals(chance: Random) -> Shape:
    """`Sous-total` of each family, then `Total général`."""
    page = TILL.page(chance)
    whole = list(page.full)
    page = _with_totals(page, "Sous-total", 5, "sub-total")
    page.lines.append(_total(page, "Total général", whole, "total at the foot"))
    return exports(TILL, csv(page), book(page), rows=TOTALS)


@shape
def totals_that_nobody_declared(chance: Random) -> Shape:
    """A total line of which the layout says nothing: it has no date, so it is named, never summed."""
    page = _with_totals(TILL.page(chance), "Total", 6, "undeclared total")
    blank = _with_totals(TILL.page(chance), "", 6, "total without a label")
    return exports(TILL, csv(page), book(page), csv(blank), book(blank))


@shape
def totals_with_a_date(chance: Random) -> Shape:
    """Totals that stand under a true date, told by the word in another column."""
    page = TILL.page(chance)
    lines: list[Line] = []
    for line in page.lines:
        total = left_out("total with a date", *line.cells)
        total.cells[page.rank("Article")] = Cell("Total du jour")
        total.cells[page.rank("Ticket")] = Cell("")
        lines += [line, total]
    page.lines = lines
    rows = {"totals": {"heading": "Article", "values": "/^total/"}}
    return exports(TILL, csv(page), book(page), rows=rows)


@shape
def headings_that_come_again(chance: Random) -> Shape:
    """The heading repeated on every printed page."""
    page = TILL.page(chance, rows=40)
    for at in (32, 24, 16, 8):
        page.insert(at, left_out("heading that comes again", *page.headings))
        page.insert(at, left_out("page number", f"Page {at // 8}"))
    return exports(TILL, csv(page), book(page))


@shape
def blank_lines(chance: Random) -> Shape:
    """Blank lines between the rows, some with separators, some without."""
    page = TILL.page(chance)
    for at in range(28, 0, -4):
        page.insert(at, left_out("blank line", *([""] * (7 if at % 8 else 1))))
    return exports(TILL, csv(page), book(page))


@shape
def lines_of_spaces(chance: Random) -> Shape:
    """Lines that hold nothing but spaces of all kinds."""
    page = STOCK.page(chance)
    for at in range(25, 0, -5):
        page.insert(at, left_out("line of spaces", " ", "\u00a0", "", "\u202f ", ""))
    return exports(STOCK, csv(page), book(page))


@shape
def notes_below_the_table(chance: Random) -> Shape:
    """Notes, a signature and the day of the export below the last row."""
    page = TILL.page(chance)
    page.lines += [
        left_out("blank line", ""),
        left_out("note below the table", "* Les cartes postales sont vendues par lots."),
        left_out("note below the table", "Source : caisse de la boutique"),
        left_out("note below the table", "Édité le 01/08/2025"),
    ]
    lodgings = TILL.page(chance)
    lodgings.lines += [left_out("note below the table", "", "", "* hors chèques-vacances", "", "", "", "")]
    return exports(TILL, csv(page), book(page), csv(lodgings), book(lodgings))


@shape
def a_footer_in_the_same_column(chance: Random) -> Shape:
    """`30 lignes` in the column of days, and a count under that of amounts."""
    page = TILL.page(chance)
    page.lines.append(left_out("footer in the same column", "30 lignes", "", "", "", "", "", ""))
    page.lines.append(left_out("footer in the same column", "", "", "", "", "", "1234,50", ""))
    page.lines.append(left_out("footer in the same column", "31/07/2025", "", "", "", "", "", "Fin"))
    return exports(TILL, csv(page), book(page))


@shape
def rows_hidden_by_a_filter(chance: Random) -> Shape:
    """A filter left on hides rows: they are data."""
    page = EQUIPMENT.page(chance)
    for line in every(page.full, 2):
        line.hidden = True
        line.trap("hidden row", "read like any other")
    return exports(EQUIPMENT, book(page))


@shape
def cancelled_lines(chance: Random) -> Shape:
    """Orders by their status: those cancelled do not count, under a named rule."""
    page = TICKETING.page(chance, rows=40)
    states = ["Validé" if rank % 3 else ("Annulé", "Remboursé")[rank % 2] for rank in range(40)]
    page.add_column("Statut de la commande", states, at=2)
    for line, state in zip(page.lines, states, strict=True):
        if state != "Validé":
            line.facts = []
            line.trap("cancelled line", "left out by a named rule", 2)
    rows = {
        "keep": {
            "heading": "Statut de la commande",
            "values": "Validé",
            "others": ["Annulé", "Remboursé"],
            "otherwise": "not_confirmed",
        }
    }
    return exports(TICKETING, csv(page, encoding="utf-8-sig"), book(page), rows=rows)


OPEN = ["Nouveau", "/^en (cours|attente)/"]


@shape
def statuses_with_two_good_words(chance: Random) -> Shape:
    """`Résolu` and `Clos ` count, whatever their case and the spaces around; the others do not."""
    page = HELP_DESK.page(chance, rows=40)
    rank = page.rank("Statut")
    for number, line in enumerate(page.lines):
        if line.facts[0].values["state"] in ("solved", "closed"):
            line.cells[rank] = Cell((line.cells[rank].text.upper() + " ", line.cells[rank].text)[number % 2])
            line.trap("status with spaces or capitals", "kept", rank)
        else:
            line.facts = []
            line.trap("status that does not count", "left out by a named rule", rank)
    rows = {"keep": {"heading": "Statut", "values": ["Résolu", "Clos"], "others": OPEN, "otherwise": "open"}}
    return exports(HELP_DESK, csv(page), book(page), rows=rows)


@shape
def signs_in_another_column(chance: Random) -> Shape:
    """Refunds written as positive amounts, told by the column `Type`; a refund with a minus sign is named."""
    page = TILL.page(chance, rows=40)
    kinds = ["Remboursement" if rank % 3 == 0 else "Vente" for rank in range(40)]
    page.add_column("Type", kinds, at=1)
    rank = page.rank(AMOUNT)
    for number, line in enumerate(page.lines):
        if kinds[number] != "Remboursement":
            continue
        value = line.facts[0].values["amount_eur"]
        line.facts = [Fact(line.facts[0].values | {"amount_eur": -value})]
        if number % 9 == 0:
            line.cells[rank] = amount()(-value)
            line.facts = [Fact(line.facts[0].values, "named")]
            line.trap("minus sign in a refund", "named", rank)
        else:
            line.trap("sign in another column", f"read as {-value}", rank)
    sign = {"sign": {"heading": "Type", "minus": "Remboursement", "plus": "Vente"}}
    return exports(TILL, csv(page, separator=","), book(page), change={"amount_eur": sign})


@shape
def debit_and_credit(chance: Random) -> Shape:
    """A sense beside each amount; a third word in it is named."""
    page = STOCK.page(chance, rows=40)
    senses = ["D" if rank % 2 else "C" for rank in range(40)]
    senses[7] = senses[20] = "X"
    page.add_column("Sens", senses, at=4)
    for line, sense in zip(page.lines, senses, strict=True):
        value = line.facts[0].values["amount_eur"]
        if sense == "D":
            line.facts = [Fact(line.facts[0].values | {"amount_eur": -value})]
            line.trap("debit", f"read as {-value}", page.rank("Coût HT"))
        elif sense == "X":
            line.facts = [Fact(line.facts[0].values, "named")]
            line.trap("unknown sense", "named", page.rank("Sens"))
    sign = {"sign": {"heading": "Sens", "minus": "D", "plus": "C"}}
    return exports(STOCK, csv(page), book(page), change={"amount_eur": sign})


@shape
def a_file_that_was_cut(chance: Random) -> Shape:
    """The save broke off within the last line: it is named, the others are read."""
    page = TICKETING.page(chance)
    last = page.lines[-1]
    last.facts = [Fact(last.facts[0].values, "named")]
    last.trap("line cut by a broken save", "named")
    cut = len(";".join(cell.text for cell in last.cells[3:])) + 4
    return exports(TICKETING, csv(page, cut=cut))


@shape
def a_quote_that_is_never_closed(chance: Random) -> Shape:
    """`"Magnet` opens a cell that nothing closes: no line may vanish in it."""
    page = TILL.page(chance)
    rank = page.rank("Article")
    line = page.lines[11]
    line.cells[rank] = Cell('"Magnet', raw=True)
    line.facts = [Fact(line.facts[0].values | {"article": '"Magnet'})]
    line.trap("quote that is never closed", "no line vanishes in it", rank)
    page.traps += [Trap("line below an open quote", "read, or named") for _ in range(3)]
    return exports(TILL, csv(page))


@shape
def a_separator_that_vanished(chance: Random) -> Shape:
    """Two cells joined, or one split by a separator within: the number of cells tells it."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 3)):
        cells = line.cells
        if number % 2:
            cells[2:4] = [Cell(cells[2].text + cells[3].text)]
        else:
            cells[2:3] = [Cell("Carte postale"), Cell("lot de 3")]
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("separator that vanished or is too many", "named")
    return exports(TILL, csv(page))


@shape
def a_separator_that_moved(chance: Random) -> Shape:
    """One separator too many and one too few in a line: their number is right, what they hold is not."""
    page = TILL.page(chance)
    for line in every(page.full, 3):
        cells = line.cells
        article, family, quantity, paid = cells[2:6]
        cells[2:6] = [article, Cell("rouge"), family, Cell(quantity.text + paid.text)]
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("separator that moved", "named")
    return exports(TILL, csv(page))


@shape
def two_tables_below_each_other(chance: Random) -> Shape:
    """A second table with other headings below the first: none of its lines is a row of the first."""
    page = TILL.page(chance)
    page.lines += [
        left_out("blank line", *[""] * 7),
        left_out("title of a second table", "Récapitulatif par mode", *[""] * 6),
        left_out("heading of a second table", "Mode", "Nombre", "Montant", *[""] * 4),
    ]
    for method in ("Carte bancaire", "Espèces", "Chèque"):
        line = left_out("line of a second table", method, str(chance.randint(3, 20)), "245,50", *[""] * 4)
        page.lines.append(line)
    days = TILL.page(chance)
    days.lines += [left_out("blank line", *[""] * 7)]
    days.lines += [
        left_out("line of a second table", "Date", "Entrées", "Météo", *[""] * 4),
        *(left_out("line of a second table", f"{n:02d}/07/2025", str(n * 3), "Soleil", *[""] * 4)
          for n in range(13, 23)),
    ]  # fmt: skip
    return exports(TILL, csv(page), book(page), csv(days), book(days))


@shape
def two_tables_beside_each_other(chance: Random) -> Shape:
    """A second table on the right, after an empty column: its cells belong to nobody."""
    page = LODGINGS.page(chance)
    count = len(page.lines)
    page.add_column("", [""] * count)
    page.add_column("Type", [("Hôtels", "Campings", "")[min(rank, 2)] for rank in range(count)])
    page.add_column("Nombre", [("12", "4", "")[min(rank, 2)] for rank in range(count)])
    page.traps.append(Trap("table beside the table", "never read as part of it"))
    file_told = ["Nombre"]
    return exports(LODGINGS, csv(page, told=file_told), book(page, told=file_told))


@shape
def rows_that_come_twice(chance: Random) -> Shape:
    """The same ticket twice is one; twice with another price is named."""
    page = TICKETING.page(chance)
    for line in every(page.full, 6):
        again = left_out("row that comes twice", *line.cells)
        page.lines.insert(page.lines.index(line) + 1, again)
    for line in every(page.full, 6, start=3):
        value = line.facts[0].values["price_eur"] + 1
        again = Line(list(line.cells), [Fact(line.facts[0].values | {"price_eur": value}, "named")])
        again.cells[page.rank("Montant tarif")] = amount()(value)
        again.trap("same key, other values", "named")
        page.lines.insert(page.lines.index(line) + 1, again)
    return exports(TICKETING, csv(page), book(page))


@shape
def versions_of_a_row(chance: Random) -> Shape:
    """The same ticket in several states: the newest by a second column counts."""
    page = HELP_DESK.page(chance)
    older: list[Line] = []
    rank = page.rank("Dernière modification")
    for line in every(page.full, 3):
        before = left_out("older version", *line.cells)
        before.cells[rank] = Cell("12-02-2025 08:00")
        before.cells[page.rank("Statut")] = Cell("Nouveau")
        older.append(before)
    page.lines = older[::2] + page.lines + older[1::2]
    return exports(HELP_DESK, csv(page), newest_by="Dernière modification")


@shape
def equal_rows_without_a_key(chance: Random) -> Shape:
    """Two equal lines of a till that gives no numbers are two sales."""
    page = TILL.page(chance)
    for line in every(page.full, 4):
        again = Line(list(line.cells), [Fact(dict(line.facts[0].values))])
        again.trap("equal rows", "read twice, or named")
        page.lines.insert(page.lines.index(line) + 1, again)
    return exports(TILL, csv(page), book(page))


@shape
def a_line_of_units(chance: Random) -> Shape:
    """Below the heading a line that tells units or codes of the columns."""
    page = EQUIPMENT.page(chance)
    page.insert(0, left_out("line of units", "jj/mm/aaaa", "texte", "oui/non", "nombre", "nombre", "€"))
    return exports(EQUIPMENT, csv(page), book(page))


@shape
def a_blank_required_cell(chance: Random) -> Shape:
    """Rows without an amount or without a day: named, never zero, never the day above."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 3)):
        rank = page.rank((AMOUNT, "Date", "Ticket")[number % 3])
        line.cells[rank] = Cell(("", " ", "\u00a0")[number % 2])
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("required cell left blank", "named", rank)
    return exports(TILL, csv(page), book(page))


@shape
def days_merged_over_rows(chance: Random) -> Shape:
    """A day written once in cells merged over its rows: those below are empty."""
    page = STOCK.page(chance)
    for number, line in enumerate(page.lines):
        if number % 3:
            line.cells[0] = Cell("")
            same = page.lines[number - number % 3].facts[0].values["moved_on"]
            line.facts = [Fact(line.facts[0].values | {"moved_on": same})]
            line.trap("day merged over rows", "read as the day above, or named", 0)
    page.merged += [f"A{start + 2}:A{start + 4}" for start in range(0, 30, 3)]
    return exports(STOCK, book(page))


@shape
def many_columns_of_one_ticketing(chance: Random) -> Shape:
    """Order totals repeated on every ticket, options in pairs: undeclared, told, never stored."""
    page = TICKETING.page(chance)
    count = len(page.lines)
    page.add_column("Montant total de la commande", ["48,00"] * count)
    page.add_column("Audioguide", [("Oui", "")[rank % 2] for rank in range(count)])
    page.add_column("Montant Audioguide", [("3,00", "")[rank % 2] for rank in range(count)])
    page.traps += [Trap("undeclared column", "told once") for _ in range(3)]
    told = ["Montant total de la commande", "Audioguide", "Montant Audioguide"]
    return exports(TICKETING, csv(page, told=told), book(page, told=told))
