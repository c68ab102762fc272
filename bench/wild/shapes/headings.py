"""Headings: where they stand, how they are spelled, and those that moved, changed or doubled."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from bench.wild.pages import Cell, Page, Shape, Trap
from bench.wild.registry import book, csv, exports, left_out, shape
from bench.wild.tools import (
    DESK,
    EQUIPMENT,
    HELP_DESK,
    LODGINGS,
    STOCK,
    SURVEY,
    TAX,
    TICKETING,
    TILL,
)

FRENCH: dict[str, dict[str, Any]] = {"month_start": {"date": "%d/%m/%Y"}}


def _title(page: Page, *texts: str) -> None:
    """Title lines above the heading."""
    page.above += [left_out("title line", one) for one in texts]


@shape
def titles_of_several_lines(chance: Random) -> Shape:
    """A title, the period, the day of the export and a blank line above the heading."""
    page = TILL.page(chance)
    _title(
        page,
        "BOUTIQUE DE L'OFFICE DE TOURISME",
        "Période : du 01/07/2025 au 31/07/2025",
        "Date d'édition",
        "",
    )
    page.traps.append(Trap("heading below titles", "found"))
    return exports(TILL, csv(page), book(page))


@shape
def titles_with_line_breaks(chance: Random) -> Shape:
    """Titles whose cells hold line breaks: the rows below begin where they begin."""
    page = STOCK.page(chance)
    _title(page, "Stock\nde documentation\nde l'office", "Édité le 1er août ; 3 pages\n\n", "")
    page.traps.append(Trap("line breaks in the titles", "no row below is lost"))
    return exports(STOCK, csv(page), book(page))


@shape
def twenty_lines_of_titles(chance: Random) -> Shape:
    """A heading on line 21, below a legend that holds some of its words."""
    page = EQUIPMENT.page(chance)
    _title(page, *(f"Consigne {n} : Date, Site" for n in range(1, 20)), "Date;Site")
    page.traps.append(Trap("words of the heading in the titles", "the true heading is found"))
    return exports(EQUIPMENT, csv(page, quote_all=True), book(page))


@shape
def merged_titles(chance: Random) -> Shape:
    """Titles merged over the whole width of the table."""
    page = LODGINGS.page(chance)
    _title(page, "Hébergements classés du territoire", "Mise à jour : juillet 2025")
    page.merged += ["A1:F1", "A2:F2"]
    page.traps.append(Trap("merged title", "left out"))
    return exports(LODGINGS, book(page))


@shape
def merged_headings_above(chance: Random) -> Shape:
    """Groups of columns named in merged cells above the true heading."""
    page = EQUIPMENT.page(chance)
    page.above.append(left_out("merged groups of headings", "Jour", "", "", "Entrées", "", "Recettes"))
    page.merged += ["A1:C1", "D1:E1"]
    page.traps.append(Trap("merged heading", "the line below is the heading"))
    return exports(EQUIPMENT, book(page), csv(page))


@shape
def headings_merged_downwards(chance: Random) -> Shape:
    """Headings merged over two lines: the line below them holds nothing, or units."""
    page = TILL.page(chance)
    page.insert(0, left_out("second line of merged headings", *[""] * 7))
    page.merged += [f"{letter}1:{letter}2" for letter in "ABCDEFG"]
    return exports(TILL, book(page))


@shape
def line_breaks_in_headings(chance: Random) -> Shape:
    """Headings broken over two lines within their cells."""
    page = EQUIPMENT.page(chance)
    for rank, cell in enumerate(page.headings):
        page.headings[rank] = Cell(cell.text.replace(" ", "\n", 1))
    page.traps += [Trap("line break in a heading", "known all the same", rank) for rank in (2, 3, 4, 5)]
    return exports(EQUIPMENT, csv(page), book(page))


@shape
def typography_of_headings(chance: Random) -> Shape:
    """Typographic apostrophes, capitals, lost accents, doubled and hard spaces."""
    page = HELP_DESK.page(chance)
    page.headings = [
        Cell(one) for one in ("id", "STATUT ", " type", "Date  d’ouverture", "Derniere\u00a0modification")
    ]
    page.traps += [Trap("spelling of a heading", "known all the same", rank) for rank in range(5)]
    return exports(HELP_DESK, csv(page), book(page))


@shape
def accents_in_two_forms(chance: Random) -> Shape:
    """Accents as marks of their own, as some systems write them."""
    page = TILL.page(chance)
    page.headings[page.rank("Quantité")] = Cell("Quantite\u0301")
    page.traps.append(Trap("accent as a mark of its own", "known all the same", 4))
    for line in page.full:
        rank = page.rank("Mode")
        line.cells[rank] = Cell(line.cells[rank].text.replace("è", "e\u0300"))
        line.trap("accent as a mark of its own", "known all the same", rank)
    return exports(TILL, csv(page), book(page))


@shape
def columns_in_another_order(chance: Random) -> Shape:
    """Three months of one export, each with its columns in another order."""
    files = []
    for month in (6, 7, 8):
        page = TILL.page(chance, first=date(2025, month, 1))
        order = list(range(7))
        chance.shuffle(order)
        page.reorder(order)
        page.traps += [Trap("column that moved", "found by its heading", rank) for rank in range(7)]
        files += [csv(page), book(page)]
    return exports(TILL, *files)


@shape
def columns_that_changed_their_names(chance: Random) -> Shape:
    """A heading renamed by a new version of the tool: the layout knows both spellings."""
    before = TAX.page(chance)
    after = TAX.page(chance)
    after.headings[3:5] = [Cell("Nombre de nuitées"), Cell("Montant de la taxe (€)")]
    after.traps += [Trap("renamed column", "known by its second spelling", rank) for rank in (3, 4)]
    change: dict[str, dict[str, Any]] = FRENCH | {
        "nights": {"heading": ["Nuitées", "Nombre de nuitées"]},
        "tax_eur": {"heading": "/^montant( de la)? taxe( \\(€\\))?$/"},
    }
    return exports(TAX, csv(before), csv(after), book(after), change=change)


@shape
def a_mandatory_column_renamed(chance: Random) -> Shape:
    """A heading that nobody foresaw in place of a mandatory one: refused, naming what is missing."""
    page = TILL.page(chance)
    page.headings[5] = Cell("Somme")
    page.traps.append(Trap("renamed mandatory column", "refused, naming it", 5))
    return exports(TILL, csv(page, refused=["Montant TTC"]), book(page, refused=["Montant TTC"]))


@shape
def a_column_renamed_among_those_that_may_lack(chance: Random) -> Shape:
    """An optional heading renamed: the new one is told, so the empty column is no surprise."""
    page = TILL.page(chance)
    page.headings[2] = Cell("Désignation")
    for line in page.lines:
        line.facts[0].values["article"] = None
    page.traps.append(Trap("renamed optional column", "told", 2))
    told = ["Désignation"]
    optional = {"article": {"optional": True}}
    return exports(TILL, csv(page, told=told), book(page, told=told), change=optional)


@shape
def headings_that_come_twice(chance: Random) -> Shape:
    """Two columns `Montant TTC`: refused, naming both."""
    page = TILL.page(chance)
    page.add_column("Montant TTC", ["0,00"] * len(page.lines))
    page.traps.append(Trap("heading that comes twice", "refused, naming both", 5))
    return exports(TILL, csv(page, refused=["Montant TTC"]), book(page, refused=["Montant TTC"]))


@shape
def unknown_headings_that_come_twice(chance: Random) -> Shape:
    """Two columns `Remarque` and two without a heading: told, and nothing else."""
    page = DESK.page(chance)
    count = len(page.lines)
    for heading in ("Remarque", "", "Remarque", ""):
        page.add_column(heading, ["x"] * count, at=3)
    page.traps.append(Trap("unknown heading that comes twice", "told once", 3))
    return exports(DESK, csv(page, told=["Remarque"]), book(page, told=["Remarque"]))


@shape
def an_empty_first_column(chance: Random) -> Shape:
    """A table that begins in column B."""
    page = STOCK.page(chance)
    page.add_column("", [""] * len(page.lines), at=0)
    page.traps.append(Trap("empty first column", "left out", 0))
    return exports(STOCK, csv(page), book(page))


@shape
def columns_that_nobody_declared(chance: Random) -> Shape:
    """Names and e-mails that the layout does not declare: told once and never stored."""
    page = TICKETING.page(chance)
    count = len(page.lines)
    page.add_column("Nom participant", [f"Personne {n}" for n in range(count)], at=2)
    page.add_column("Email payeur", [f"p{n}@example.test" for n in range(count)], at=3)
    page.traps += [Trap("undeclared personal column", "told, never stored", rank) for rank in (2, 3)]
    told = ["Nom participant", "Email payeur"]
    return exports(TICKETING, csv(page, told=told), book(page, told=told))


@shape
def headings_with_their_choices(chance: Random) -> Shape:
    """`Mouvement (réception / livraison / comptoir)`: the layout says a pattern."""
    page = STOCK.page(chance)
    page.headings[2] = Cell("Mouvement (réception / livraison / comptoir / envoi / jeté / inventaire)")
    page.traps.append(Trap("heading that holds its choices", "known by its pattern", 2))
    movement = {"movement": {"heading": "/^mouvement/"}}
    return exports(STOCK, csv(page), book(page), change=movement)


@shape
def headings_that_differ_by_a_sign(chance: Random) -> Shape:
    """`Entrées →` and `Entrées ←`: the arrow tells them apart."""
    page = EQUIPMENT.page(chance)
    page.headings[3:5] = [Cell("Entrées →"), Cell("Entrées ←")]
    page.traps += [Trap("headings that differ by an arrow", "kept apart", rank) for rank in (3, 4)]
    page.reorder([0, 1, 2, 4, 3, 5])
    change = {"paying": {"heading": "Entrées →"}, "free": {"heading": "Entrées ←"}}
    return exports(EQUIPMENT, csv(page), book(page), change=change)


@shape
def comments_above_the_heading(chance: Random) -> Shape:
    """`#` lines as GA4 writes them, and a line of column letters."""
    page = SURVEY.page(chance)
    _title(page, "# ----------------------------------------", "# Réponses", "# Start date: 20250701", "")
    page.above.append(left_out("line of column letters", "A", "B", "C", "D"))
    page.traps.append(Trap("comments above the heading", "left out"))
    return exports(SURVEY, csv(page, separator=","), book(page))


@shape
def the_heading_of_another_table(chance: Random) -> Shape:
    """A file of another tool: refused, naming what is missing."""
    page = LODGINGS.page(chance)
    page.traps.append(Trap("file of another tool", "refused, naming what it lacks"))
    return exports(TILL, csv(page, refused=["Ticket", "Montant TTC"]), book(page, refused=["Ticket"]))


@shape
def no_heading_at_all(chance: Random) -> Shape:
    """Rows without a heading: columns are never bound by their position."""
    page = TILL.page(chance)
    page.headings = [Cell("")] * 7
    page.traps.append(Trap("no heading", "refused"))
    return exports(TILL, csv(page, refused=["Montant TTC"]), book(page, refused=["Montant TTC"]))


@shape
def a_heading_that_holds_another(chance: Random) -> Shape:
    """`Date` beside `Date de création` and `Date de modification`: a whole heading counts, not a part."""
    page = DESK.page(chance)
    count = len(page.lines)
    page.add_column("Date", ["01/01/2020 10:00"] * count, at=0)
    page.add_column("Date de modification", ["02/02/2022 11:00"] * count, at=1)
    page.traps += [Trap("heading within a heading", "kept apart", rank) for rank in (0, 1)]
    return exports(DESK, csv(page), book(page))


@shape
def hidden_columns(chance: Random) -> Shape:
    """Columns hidden in a workbook are data too."""
    page = TAX.page(chance)
    page.hidden_columns = (1, 3)
    page.traps += [Trap("hidden column", "read like any other", rank) for rank in (1, 3)]
    return exports(TAX, book(page), change=FRENCH)
