"""Amounts, counts and shares, in every way that tools, people and spreadsheets write them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random

from bench.wild.pages import Cell, Fact, Page, Shape, Trap
from bench.wild.registry import book, csv, every, exports, left_out, shape
from bench.wild.tools import LARGE_TILL, NETWORK, STOCK, TAX, TICKETING, TILL, Column, Tool, count
from bench.wild.writers import (
    HARD,
    NARROW,
    Manner,
    Writer,
    amount,
    around,
    as_text,
    by,
    computed,
    grouped,
    typed,
    whole,
)

AMOUNT = "Montant TTC"


def _money(chance: Random, manner: Manner, kind: str, tool: Tool = LARGE_TILL) -> Page:
    """A page of a till whose amounts are written in that manner."""
    page = tool.page(chance)
    page.rewrite(AMOUNT, manner, "amount_eur", kind=kind)
    return page


@shape
def thin_spaces(chance: Random) -> Shape:
    """`1 234,50` with the thin space that French typography asks for."""
    page = _money(chance, typed(amount(",", NARROW)), "thin space in a number")
    return exports(LARGE_TILL, csv(page), book(page))


@shape
def hard_spaces(chance: Random) -> Shape:
    """`1 234,50` with the non-breaking space that Excel writes."""
    page = _money(chance, typed(amount(",", HARD)), "non-breaking space in a number")
    return exports(LARGE_TILL, csv(page, encoding="cp1252"), book(page))


@shape
def plain_spaces(chance: Random) -> Shape:
    """`1 234,50` with a common space."""
    page = _money(chance, typed(amount(",", " ")), "space in a number")
    return exports(LARGE_TILL, csv(page), book(page))


@shape
def euro_behind(chance: Random) -> Shape:
    """`1 234,50 €`."""
    page = _money(chance, typed(amount(",", NARROW, after=HARD + "€")), "currency sign")
    return exports(LARGE_TILL, csv(page), book(page))


@shape
def euro_before(chance: Random) -> Shape:
    """`€1,234.50`, as an English account writes."""
    page = _money(chance, typed(amount(".", ",", before="€")), "currency sign, point and comma")
    return exports(LARGE_TILL, csv(page), book(page))


@shape
def euro_in_letters(chance: Random) -> Shape:
    """`12,50 EUR`."""
    page = _money(chance, typed(amount(",", after=" EUR")), "currency in letters", TILL)
    return exports(TILL, csv(page), book(page))


@shape
def points_between_thousands(chance: Random) -> Shape:
    """`1.234,50`: the point is no decimal sign."""
    page = _money(chance, typed(amount(",", ".")), "point between thousands")
    return exports(LARGE_TILL, csv(page), book(page))


@shape
def commas_between_thousands(chance: Random) -> Shape:
    """`1,234.50`: the comma is no decimal sign."""
    page = _money(chance, typed(amount(".", ",")), "comma between thousands")
    return exports(LARGE_TILL, csv(page), book(page))


@shape
def decimal_sign_that_changes_between_files(chance: Random) -> Shape:
    """June with commas, July with points, one layout: the sign is decided in each file."""
    commas = _money(chance, by(amount(",")), "decimal comma", TILL)
    points = _money(chance, by(amount(".")), "decimal point", TILL)
    texts = _money(chance, typed(amount(".")), "decimal point as text", TILL)
    return exports(TILL, csv(commas), csv(points, separator=","), book(texts))


@shape
def decimal_sign_that_changes_between_columns(chance: Random) -> Shape:
    """Amounts with a comma and shares with a point in one file: the sign is a column's."""
    tool = Tool(
        NETWORK.name,
        NETWORK.table,
        (
            *NETWORK.columns,
            Column("bounce_share", "Taux de rebond", _share, lambda v: Cell(str(v), float(v))),
            Column(
                "duration_minutes",
                "Durée moyenne",
                _minutes,
                lambda v: Cell(str(v).replace(".", ","), float(v)),
            ),
        ),
        {},
    )
    page = tool.page(chance)
    page.rewrite("Taux de rebond", as_text, "bounce_share", kind="decimal point beside commas")
    page.rewrite("Durée moyenne", as_text, "duration_minutes", kind="decimal comma beside points")
    return exports(tool, csv(page), book(page))


def _share(chance: Random, _: int) -> Decimal:
    return Decimal(chance.randint(11, 98)) / 100


def _minutes(chance: Random, _: int) -> Decimal:
    return Decimal(chance.randint(101, 998)) / 100


@shape
def decimal_signs_mixed_in_one_column(chance: Random) -> Shape:
    """`12,50` and `12.50` in one column: refused, or every other cell named."""
    page = TILL.page(chance)
    for line in every(page.full, 2):
        value = line.facts[0].values["amount_eur"]
        line.cells[page.rank(AMOUNT)] = Cell(f"{value}")
        line.trap("two decimal signs in one column", f"read as {value}, named, or refused", page.rank(AMOUNT))
    return exports(TILL, csv(page, refused=[AMOUNT], either=True))


@shape
def three_places_that_may_be_thousands(chance: Random) -> Shape:
    """`1,234` alone in a column: a thousand or one and a bit? Refused."""
    page = TILL.page(chance)
    for line in page.full:
        line.cells[page.rank(AMOUNT)] = Cell(f"{chance.randint(1, 9)},{chance.randint(100, 999)}")
        line.trap("comma before three places", "file refused", page.rank(AMOUNT))
    return exports(TILL, csv(page, refused=[AMOUNT]), book(page, refused=[AMOUNT]))


@shape
def three_places_declared(chance: Random) -> Shape:
    """`15,000` views in an English export: the layout says that the point is the decimal sign."""
    tool = Tool(
        NETWORK.name,
        NETWORK.table,
        (*NETWORK.columns[:2], Column("views", "Views", count(1000, 98000), grouped(","))),
        {},
    )
    page = tool.page(chance)
    page.rewrite("Views", as_text, "views", kind="comma between thousands")
    return exports(tool, csv(page, separator=","), book(page), change={"views": {"decimal": "."}})


@shape
def three_places_of_a_whole_number(chance: Random) -> Shape:
    """`15.000` nights and `900`: a whole number has no decimal places, but the file may also say 15."""
    tool = Tool(
        NETWORK.name,
        NETWORK.table,
        (*NETWORK.columns[:2], Column("views", "Views", count(1000, 98000), grouped("."))),
        {},
    )
    page = tool.page(chance)
    page.rewrite("Views", as_text, "views", kind="point between thousands of a whole number")
    return exports(
        tool, csv(page, refused=["Views"], either=True), book(page, refused=["Views"], either=True)
    )


@shape
def millions_that_show_the_thousands(chance: Random) -> Shape:
    """`1,234,567` shows that the comma stands between thousands, for `15,000` too."""
    tool = Tool(
        NETWORK.name,
        NETWORK.table,
        (*NETWORK.columns[:2], Column("views", "Views", _up_to_millions, grouped(","))),
        {},
    )
    page = tool.page(chance)
    page.rewrite("Views", as_text, "views", kind="comma between thousands")
    return exports(tool, csv(page), book(page))


def _up_to_millions(chance: Random, rank: int) -> int:
    return chance.randint(1_000_000, 9_000_000) if rank % 3 else chance.randint(1000, 99_000)


@shape
def negatives_in_parentheses(chance: Random) -> Shape:
    """`(12,50)` is minus 12.50."""
    page = _negatives(chance, amount(",", parentheses=True), "parentheses")
    return exports(TILL, csv(page), book(page))


@shape
def minus_signs_of_typographers(chance: Random) -> Shape:
    """`−12,50` with the true minus sign, and `12,50-` with it behind."""
    behind = _negatives(chance, lambda v: Cell(f"{abs(v)}".replace(".", ",") + "-"), "minus sign behind")
    true = _negatives(chance, lambda v: Cell(f"\u2212{abs(v)}".replace(".", ",")), "true minus sign")
    return exports(TILL, csv(true), book(true), csv(behind), book(behind))


def _negatives(chance: Random, write: Writer, kind: str) -> Page:
    """A page whose every third amount is negative, written by that writer as text."""
    page = TILL.page(chance)
    for line in every(page.full, 3):
        values = line.facts[0].values
        values["amount_eur"] = -values["amount_eur"]
        line.cells[page.rank(AMOUNT)] = replace(write(values["amount_eur"]), value=None)
        line.trap(kind, f"read as {values['amount_eur']}", page.rank(AMOUNT))
    return page


@shape
def amounts_typed_as_text(chance: Random) -> Shape:
    """A workbook whose amounts and counts are all text."""
    page = TILL.page(chance)
    page.rewrite(AMOUNT, as_text, "amount_eur", kind="number as text")
    page.rewrite("Quantité", as_text, "quantity", kind="number as text")
    return exports(TILL, book(page))


@shape
def one_amount_typed_as_text(chance: Random) -> Shape:
    """Numbers, and a few among them that somebody typed as text."""
    page = TILL.page(chance)
    page.rewrite(AMOUNT, as_text, "amount_eur", kind="number as text", among=every(page.full, 5))
    page.rewrite("Quantité", around(" ", HARD), "quantity", kind="spaces around", among=every(page.full, 3))
    return exports(TILL, book(page))


@shape
def whole_numbers_with_a_point(chance: Random) -> Shape:
    """`12.0`: one empty cell turned a column of counts into floats."""
    page = TAX.page(chance)
    manner = by(lambda v: Cell(f"{v}.0", float(v)))
    page.rewrite("Nuitées", manner, "nights", kind="whole number with a point")
    months = {"month_start": {"date": "%d/%m/%Y"}}
    return exports(TAX, csv(page, separator=","), book(page), change=months)


@shape
def half_a_person(chance: Random) -> Shape:
    """`2,5` where whole numbers stand: named."""
    page = TILL.page(chance)
    for line in every(page.full, 3):
        line.cells[page.rank("Quantité")] = Cell("2,5", 2.5)
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("fraction of a count", "named", page.rank("Quantité"))
    return exports(TILL, csv(page), book(page))


@shape
def residues_of_floats(chance: Random) -> Shape:
    """12.499999999999998, as sums in a workbook come out, is 12.50."""
    page = TILL.page(chance)
    for line in page.full:
        value = line.facts[0].values["amount_eur"]
        line.cells[page.rank(AMOUNT)] = Cell("", float(value) - 2e-15 * float(value))
        line.trap("residue of a float", f"read as {value}", page.rank(AMOUNT))
    return exports(TILL, book(page))


@shape
def percent_signs(chance: Random) -> Shape:
    """`44 %` is 0.44 in a column of shares, in CSV and as text in a workbook."""
    tool = _audience()
    page = tool.page(chance)
    manner = typed(lambda v: Cell(f"{int(v * 100)}%"))
    page.rewrite("Taux de rebond", manner, "bounce_share", kind="percent sign")
    spaced = tool.page(chance)
    spaced.rewrite(
        "Taux de rebond",
        typed(lambda v: Cell(f"{int(v * 100)}{HARD}%")),
        "bounce_share",
        kind="percent sign",
    )
    return exports(tool, csv(page, separator=","), book(spaced))


@shape
def percents_by_their_format(chance: Random) -> Shape:
    """0.44 shown as 44 % by its format, and a few typed as `44 %`."""
    tool = _audience()
    page = tool.page(chance)
    page.rewrite(
        "Taux de rebond", by(lambda v: Cell("", float(v), "0%")), "bounce_share", kind="percent by format"
    )
    page.rewrite(
        "Taux de rebond",
        typed(lambda v: Cell(f"{int(v * 100)} %")),
        "bounce_share",
        kind="percent sign",
        among=every(page.full, 4),
    )
    return exports(tool, book(page))


@shape
def percents_without_their_sign(chance: Random) -> Shape:
    """`44` in a column of shares between 0 and 1: named, never 44."""
    tool = _audience()
    page = tool.page(chance)
    for line in every(page.full, 2):
        line.cells[page.rank("Taux de rebond")] = Cell("44", 44)
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("percent without its sign", "named", page.rank("Taux de rebond"))
    return exports(tool, csv(page), book(page))


def _audience() -> Tool:
    share = Column("bounce_share", "Taux de rebond", _share, lambda v: Cell(f"{v}", float(v)))
    return Tool("Matomo", "posts", (*NETWORK.columns, share), {})


@shape
def identifiers_that_excel_destroyed(chance: Random) -> Shape:
    """1.78414E+16: the digits are gone, so each is named."""
    page = NETWORK.page(chance)
    rank = page.rank("Post ID")
    for number, line in enumerate(every(page.full, 2)):
        shown = ("1,78414E+16", "1.22158E+17", "1.78E+16")[number % 3]
        line.cells[rank] = Cell(shown, float(17841400000000000 + number * 1000))
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("identifier in scientific notation", "named", rank)
    texts = NETWORK.page(chance)
    for line in every(texts.full, 3):
        line.cells[rank] = Cell("1.22158E+17")
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("identifier in scientific notation", "named", rank)
    return exports(NETWORK, csv(page), book(page), book(texts))


@shape
def codes_held_as_numbers(chance: Random) -> Shape:
    """Post codes and SIRET as numbers of a workbook: 32000 stays `32000`, never `32000.0`."""
    page = TAX.page(chance)
    page.rewrite("Code postal", by(whole), "post_code", kind="code as a number")
    page.rewrite("SIRET", by(whole), "siret", kind="code as a number")
    return exports(TAX, book(page), change={"month_start": {"date": "%d/%m/%Y"}})


@shape
def not_a_number(chance: Random) -> Shape:
    """`NC`, `?`, `-`, `12,50 ou 13` and a date where an amount must stand: each is named."""
    page = TILL.page(chance, rows=40)
    wrong = ("NC", "?", "-", "12,50 ou 13", "12,5O", "1,2,3", "05/07/2025", "1 2 3,4 5", "#N/A", "=12+3")
    for number, line in enumerate(every(page.full, 3)):
        line.cells[page.rank(AMOUNT)] = Cell(wrong[number % len(wrong)])
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("no number", "named", page.rank(AMOUNT))
    return exports(TILL, csv(page), book(page))


@shape
def formulas_with_their_results(chance: Random) -> Shape:
    """Amounts and days by formula: the results that the workbook keeps are what counts."""
    page = TILL.page(chance)
    page.rewrite(AMOUNT, computed("ROUND(3*4.1,2)"), "amount_eur", kind="formula with its result")
    page.rewrite("Quantité", computed("1+1"), "quantity", kind="formula with its result")
    page.rewrite(
        "Famille",
        lambda _, cell: Cell(cell.text, cell.text, formula='VLOOKUP("x",A1:B2,2,FALSE)'),
        "family",
        kind="formula with its result",
    )
    return exports(TILL, book(page))


@shape
def formulas_never_computed(chance: Random) -> Shape:
    """A workbook that a program wrote: its formulas have no result, and each is named."""
    page = TILL.page(chance)
    for line in every(page.full, 3):
        rank = page.rank(AMOUNT)
        line.cells[rank] = Cell("", None, formula="SUM(E2:F2)")
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("formula without a result", "named", rank)
    return exports(TILL, book(page))


@shape
def formulas_never_computed_of_optional_cells(chance: Random) -> Shape:
    """A formula without a result in a column that may be empty: empty is not what it is worth."""
    page = TICKETING.page(chance)
    for line in every(page.full, 3):
        rank = page.rank("Montant tarif")
        line.cells[rank] = Cell("", None, formula="4+4")
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("formula without a result", "named", rank)
    return exports(TICKETING, book(page))


@shape
def error_cells(chance: Random) -> Shape:
    """#N/A, #REF! and #DIV/0! in columns that must hold something and in some that may be empty: named."""
    page = TILL.page(chance)
    wrong = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!")
    for number, line in enumerate(every(page.full, 2)):
        rank = page.rank((AMOUNT, "Quantité", "Article", "Famille")[number % 4])
        line.cells[rank] = Cell(wrong[number % 3], wrong[number % 3])
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("error cell", "named", rank)
    return exports(TILL, book(page))


@shape
def error_results_of_formulas(chance: Random) -> Shape:
    """A lookup that found nothing keeps #N/A as its result: named."""
    page = STOCK.page(chance)
    for line in every(page.full, 3):
        rank = page.rank("Coût HT")
        line.cells[rank] = Cell("#N/A", "#N/A", formula="VLOOKUP(A2,B1:C9,2,FALSE)")
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("error as the result of a formula", "named", rank)
    return exports(STOCK, book(page))


@shape
def digits_of_other_scripts(chance: Random) -> Shape:
    """Full-width digits and a letter O for a zero: named, or read as the digits that they are."""
    page = TILL.page(chance)
    rank = page.rank(AMOUNT)
    for number, line in enumerate(every(page.full, 3)):
        value = line.facts[0].values["amount_eur"]
        if number % 2:
            wide = str(value).replace(".", ",").translate({48 + n: 0xFF10 + n for n in range(10)})
            line.cells[rank] = Cell(wide)
            line.trap("full-width digits", f"read as {value}, or named", rank)
        else:
            line.cells[rank] = Cell("1O,50")
            line.facts = [Fact(line.facts[0].values, "named")]
            line.trap("letter O", "named", rank)
    return exports(TILL, csv(page, Trap("digits", "only true digits are read")))


@shape
def amounts_beyond_belief(chance: Random) -> Shape:
    """A telephone number, a percentage of a million: beyond the bounds of source.yml, so named."""
    page = TILL.page(chance)
    for line in every(page.full, 4):
        line.cells[page.rank(AMOUNT)] = Cell("0562052242,00", 562052242)
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("telephone number as an amount", "named", page.rank(AMOUNT))
    page.insert(3, left_out("blank line", *[""] * 7))
    return exports(TILL, csv(page), book(page))
