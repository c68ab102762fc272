"""How files are packed: encodings, separators, line ends, sheets, and workbooks as programs write them."""

from __future__ import annotations

from datetime import date
from random import Random

from bench.wild.pages import Cell, Fact, File, Page, Shape, Text, Trap
from bench.wild.registry import book, csv, exports, left_out, shape
from bench.wild.tools import DESK, EQUIPMENT, LODGINGS, NETWORK, STOCK, SURVEY, TICKETING, TILL


def _accents(page: Page) -> Page:
    """A trap for each cell that holds a letter outside of ASCII."""
    for line in page.full:
        for rank, cell in enumerate(line.cells):
            if not cell.text.isascii():
                line.trap("letters outside of ASCII", f"read as {cell.text}", rank)
    return page


@shape
def utf_16_with_a_mark(chance: Random) -> Shape:
    """UTF-16 with a byte order mark, both orders, as Matomo and Excel's `Unicode text` write."""
    little = csv(_accents(LODGINGS.page(chance)), separator=",", encoding="utf-16", newline="\n")
    tabs = csv(_accents(LODGINGS.page(chance)), separator="\t", encoding="utf-16", suffix=".txt")
    return exports(LODGINGS, little, tabs)


@shape
def utf_16_without_a_mark(chance: Random) -> Shape:
    """UTF-16 without a mark: read by its zero bytes, or refused for its encoding."""
    page = _accents(LODGINGS.page(chance))
    return exports(LODGINGS, csv(page, encoding="utf-16-le", refused=[], either=True))


@shape
def windows_1252(chance: Random) -> Shape:
    """Windows-1252 with the euro sign, the apostrophe and the dash that Latin-1 lacks."""
    page = _accents(LODGINGS.page(chance))
    rank = page.rank("NOM COMMERCIAL")
    for line in page.full:
        name = line.facts[0].values["lodging"].replace("ÉTABLISSEMENT", "L’ÉTÉ – ŒUVRE €")
        line.cells[rank] = Cell(name)
        line.facts[0].values["lodging"] = name
    return exports(LODGINGS, csv(page, encoding="cp1252"))


@shape
def utf_8_with_a_mark(chance: Random) -> Shape:
    """A byte order mark before the first heading, quoted or not."""
    marked = csv(_accents(TICKETING.page(chance)), encoding="utf-8-sig")
    quoted = csv(_accents(TICKETING.page(chance)), encoding="utf-8-sig", quote_all=True, separator=",")
    return exports(TICKETING, marked, quoted)


@shape
def a_first_line_that_tells_the_separator(chance: Random) -> Shape:
    """`sep=;` before the heading."""
    semicolons = csv(_accents(TILL.page(chance)), Trap("sep= line", "left out"), first="sep=;")
    commas = csv(
        _accents(TILL.page(chance)),
        Trap("sep= line", "left out"),
        first="sep=,",
        separator=",",
        encoding="cp1252",
    )
    return exports(TILL, semicolons, commas)


@shape
def four_separators(chance: Random) -> Shape:
    """Semicolon, comma, tab and bar for one layout."""
    files = []
    for separator in (";", ",", "\t", "|"):
        page = TILL.page(chance)
        page.traps.append(Trap(f"separator {separator!r}", "decided once a file"))
        files.append(csv(page, separator=separator))
    return exports(TILL, *files)


@shape
def separators_within_cells(chance: Random) -> Shape:
    """Cells that hold the separators, in quotes, more of them than there are separators."""
    files = []
    for separator in (";", ","):
        page = STOCK.page(chance)
        rank = page.rank("Code")
        for line in page.full:
            code = line.facts[0].values["code"] + ',a;b,c;d\t"e"|f'
            line.facts[0].values["code"] = code
            line.cells[rank] = Cell(code)
            line.trap("separators in a quoted cell", f"read as {code}", rank)
        files.append(csv(page, separator=separator))
    return exports(STOCK, *files)


@shape
def line_ends_of_three_kinds(chance: Random) -> Shape:
    """Carriage return and line feed, line feed alone, and carriage return alone."""
    files = []
    for newline in ("\r\n", "\n", "\r"):
        page = TICKETING.page(chance)
        page.traps.append(Trap(f"line end {newline!r}", "one line is one row"))
        files.append(csv(page, newline=newline))
    return exports(TICKETING, *files)


@shape
def answers_over_several_lines(chance: Random) -> Shape:
    """Every value quoted, answers with line breaks, a blank line at the end: lines are not rows."""
    page = SURVEY.page(chance)
    comments = ["Très bien.\nMerci !" if rank % 3 == 0 else "Rien à dire" for rank in range(30)]
    page.add_column("Un commentaire ?", comments)
    for rank in range(0, 30, 3):
        page.lines[rank].trap("line break in a cell", "one row", 4)
    page.lines.append(left_out("blank line at the end", ""))
    bad = page.lines[20]
    bad.cells[1] = Cell("2025-02-31 10:00:00")
    bad.facts = [Fact(bad.facts[0].values, "named")]
    bad.trap("no such day below line breaks", "named by its true line", 1)
    file = csv(page, quote_all=True, encoding="utf-8-sig", newline="\n")
    return exports(SURVEY, file)


@shape
def letters_read_in_the_wrong_encoding(chance: Random) -> Shape:
    """`EspÃ¨ces`: a file that was already spoilt; its headings are not known, and it is refused."""
    page = TILL.page(chance)
    page.headings = [Cell(cell.text.encode().decode("cp1252")) for cell in page.headings]
    for line in page.full:
        line.cells = [Cell(cell.text.encode().decode("cp1252")) for cell in line.cells]
        line.trap("letters read in the wrong encoding", "file refused")
    return exports(TILL, csv(page, refused=["Quantité"]))


@shape
def two_encodings_in_one_file(chance: Random) -> Shape:
    """UTF-8 with lines pasted from Windows-1252: refused, naming the line, or each named."""
    page = TILL.page(chance)
    page.traps.append(Trap("two encodings", "refused or named"))
    for line in page.full[10:13]:
        line.cells[page.rank("Article")] = Cell("Caf\udce9")
        line.facts = [Fact(line.facts[0].values | {"article": "Café"})]
        line.trap("byte of another encoding", "read as Café, named, or refused", page.rank("Article"))
    return exports(TILL, File("", Text(errors="surrogateescape"), [page], [], (), (), True))


@shape
def a_hidden_sheet_of_lists(chance: Random) -> Shape:
    """A hidden first sheet that feeds drop-down lists."""
    lists = Page([Cell("Famille"), Cell("Mode")], [left_out("line of a hidden sheet", "Cartes", "Espèces")])
    lists.name, lists.hidden = "Listes", True
    page = TILL.page(chance)
    page.name = "Ventes"
    page.traps.append(Trap("hidden first sheet", "never read"))
    return exports(TILL, book(lists, page))


@shape
def a_hidden_sheet_of_last_year(chance: Random) -> Shape:
    """A hidden sheet with the same headings and last year's rows: never read."""
    old = EQUIPMENT.page(chance, first=date(2024, 7, 1))
    old.name, old.hidden = "2024", True
    for line in old.lines:
        line.facts = []
        line.trap("row of a hidden sheet", "never read")
    page = EQUIPMENT.page(chance)
    page.name = "2025"
    return exports(EQUIPMENT, book(old, page))


@shape
def sheets_of_computed_figures(chance: Random) -> Shape:
    """The contacts, then sheets of figures computed from them."""
    page = DESK.page(chance)
    page.name = "Listing qualifications"
    page.traps.append(Trap("register among sheets of figures", "read"))
    figures = Page(
        [Cell("Type de visiteur"), Cell("Contacts")],
        [left_out("line of another sheet", "Touriste", Cell("18", 18)) for _ in range(5)],
    )
    figures.name = "KPIs"
    return exports(DESK, book(figures, page, told=[]))


@shape
def months_in_sheets_of_their_own(chance: Random) -> Shape:
    """A sheet a month, named in the layout: all are read, or those that are not are told by name."""
    pages = []
    for month, name in ((6, "Ventes juin"), (7, "Ventes juillet"), (8, "Ventes août")):
        page = TILL.page(chance, rows=12 if month == 6 else 20, first=date(2025, month, 1))
        page.name = name
        page.traps.append(Trap("sheet of its own month", "read, or told by its name"))
        pages.append(page)
    return exports(TILL, book(*pages), file={"sheet": "Ventes *"})


@shape
def two_sheets_that_fit(chance: Random) -> Shape:
    """Two visible sheets with the headings, none declared: both are read, or the second is told by name."""
    first, second = TILL.page(chance), TILL.page(chance, first=date(2025, 8, 1))
    first.name, second.name = "Juillet", "Août"
    second.traps.append(Trap("second sheet that fits", "read, or told by its name"))
    return exports(TILL, book(first, second, told=[]))


@shape
def booleans_of_a_workbook(chance: Random) -> Shape:
    """TRUE and FALSE as true booleans, VRAI and FAUX as text."""
    page = EQUIPMENT.page(chance)
    rank = page.rank("Ouvert (oui/non)")
    for number, line in enumerate(page.full):
        is_open = line.facts[0].values["is_open"]
        words = "VRAI" if is_open else "FAUX"
        line.cells[rank] = Cell(words, is_open if number % 2 else words)
        line.trap("boolean cell", f"read as {is_open}", rank)
    change = {"is_open": {"values": {"true": ["Oui", "VRAI"], "false": ["Non", "FAUX"]}}}
    return exports(EQUIPMENT, book(page), csv(page), change=change)


@shape
def a_workbook_that_was_cut(chance: Random) -> Shape:
    """Half of a workbook: refused as damaged."""
    page = TILL.page(chance)
    page.traps.append(Trap("workbook cut by a broken save", "refused"))
    return exports(TILL, book(page, refused=[], cut=900))


@shape
def an_empty_file(chance: Random) -> Shape:
    """Nothing, headings alone, and blank lines alone."""
    page = TILL.page(chance, rows=1)
    page.lines, page.headings = [], [Cell("")]
    page.traps.append(Trap("nothing in the file", "refused"))
    return exports(TILL, csv(page, refused=[]), book(page, refused=[]))


@shape
def names_that_lie(chance: Random) -> Shape:
    """A CSV named .xlsx, a CSV of tabs named .csv: the content decides."""
    page = NETWORK.page(chance)
    page.traps.append(Trap("suffix that lies", "content decides"))
    return exports(NETWORK, csv(page, separator="\t"), csv(page, suffix=".xlsx"), csv(page, suffix=".txt"))
