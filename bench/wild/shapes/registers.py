"""Whole exports of real tools, all their columns and habits at once, and mixtures that chance chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from bench.wild.pages import Cell, Fact, Page, Shape
from bench.wild.registry import book, csv, every, exports, left_out, shape
from bench.wild.tools import (
    DESK,
    HELP_DESK,
    LODGINGS,
    NETWORK,
    SURVEY,
    TICKETING,
    TILL,
    money,
)
from bench.wild.writers import HARD, NARROW, SHORT_MONTHS, Writer, amount, as_text, by, day, in_words, typed


def _dressed(page: Page, headings: Sequence[str], known: Mapping[str, str], filling: str = "x") -> None:
    """Give a page the whole heading of a tool: `known` renames its columns, the others hold a filling."""
    page.headings = [Cell(known.get(cell.text, cell.text)) for cell in page.headings]
    for heading in headings:
        if heading not in {cell.text for cell in page.headings}:
            page.add_column(heading, [filling] * len(page.lines))
    ranks = {cell.text: rank for rank, cell in enumerate(page.headings)}
    page.reorder([ranks[heading] for heading in headings])


SUMUP = ("Date", "Type", "Réf. transaction", "Moyen de paiement", "Quantité", "Description", "Catégorie",
         "SKU", "Devise", "Prix avant réduction", "Réduction", "Prix (TTC)", "Prix (HT)", "TVA",
         "Taux de TVA", "Compte", "Motif du remboursement")  # fmt: skip


@shape
def sumup_sales(chance: Random) -> Shape:
    """The sales report of SumUp: days in words, refunds as positive amounts, quoted decimal commas."""
    cards = ["Visa - Débit", "Mastercard - Crédit", "American Express - Crédit"]
    page = TILL.page(chance, rows=40)
    page.rewrite("Date", by(in_words(SHORT_MONTHS)), "sold_on", kind="month in words")
    manner = by(lambda v: Cell(chance.choice(cards) if v == "card" else {"cash": "Espèces"}.get(v, "Chèque")))
    page.rewrite("Mode", manner, "method", kind="synonym of a category")
    names = {"Ticket": "Réf. transaction", "Montant TTC": "Prix (TTC)", "Mode": "Moyen de paiement",
             "Article": "Description", "Famille": "Catégorie"}  # fmt: skip
    _dressed(page, SUMUP, names)
    for number, line in enumerate(page.lines):
        refund = number % 5 == 2
        line.cells[1] = Cell("Remboursement" if refund else "Vente")
        for rank in (9, 10, 12, 13):
            line.cells[rank] = Cell("0,00")
        if refund:
            values = line.facts[0].values
            line.facts = [Fact(values | {"amount_eur": -values["amount_eur"]})]
            line.trap("refund as a positive amount", f"read as {-values['amount_eur']}", 11)
    change: dict[str, dict[str, Any]] = {
        "receipt": {"heading": "Réf. transaction"},
        "article": {"heading": "Description"},
        "family": {"heading": "Catégorie"},
        "amount_eur": {
            "heading": "Prix (TTC)",
            "sign": {"heading": "Type", "minus": "Remboursement", "plus": "Vente"},
        },
        "method": {
            "heading": "Moyen de paiement",
            "values": {"card": cards, "cash": "Espèces", "cheque": "Chèque"},
        },
    }
    return exports(TILL, csv(page, separator=","), book(page), change=change)


HELLOASSO = ("Référence commande", "Date de la commande", "Statut de la commande", "Nom participant",
             "Prénom participant", "Nom payeur", "Prénom payeur", "Email payeur", "Raison sociale",
             "Moyen de paiement", "Billet", "Numéro de billet", "Tarif", "Montant tarif", "Code Promo",
             "Montant code promo", "Audioguide", "Montant Audioguide")  # fmt: skip


@shape
def helloasso_participants(chance: Random) -> Shape:
    """All columns of HelloAsso's participants: a status, free tickets without an amount, options in pairs."""
    page = TICKETING.page(chance, rows=40)
    _dressed(page, HELLOASSO, {})
    for number, line in enumerate(page.lines):
        line.cells[2] = Cell("Validé" if number % 6 else "Annulé")
        if number % 6 == 0:
            line.facts = []
            line.trap("cancelled order", "left out by a named rule", 2)
        elif line.facts[0].values["tariff"] == "free":
            line.cells[13] = Cell("")
            line.facts = [Fact(line.facts[0].values | {"price_eur": None})]
            line.trap("free ticket without an amount", "empty, not zero", 13)
    rows = {
        "keep": {
            "heading": "Statut de la commande",
            "values": "Validé",
            "others": "Annulé",
            "otherwise": "not_confirmed",
        }
    }
    told = ["Nom participant", "Email payeur"]
    return exports(TICKETING, csv(page, encoding="utf-8-sig", told=told), book(page, told=told), rows=rows)


@shape
def glpi_search(chance: Random) -> Shape:
    """A saved search of GLPI: a subset of its columns in any order, technicians over several lines."""
    page = HELP_DESK.page(chance)
    headings = ["ID", "Titre", "Entité", "Statut", "Type", "Priorité", "Demandeur - Demandeur",
                "Date d'ouverture", "Dernière modification", "Attribué à - Technicien"]  # fmt: skip
    chance.shuffle(headings)
    _dressed(page, headings, {})
    rank = page.rank("Attribué à - Technicien")
    for number, line in enumerate(page.lines):
        line.cells[rank] = Cell("A. B\nC. D" if number % 3 == 0 else "A. B")
        line.trap("technicians over several lines", "one row", rank)
    page.headings[page.rank("Date d'ouverture")] = Cell("Date d’ouverture")
    return exports(
        HELP_DESK, csv(page, encoding="cp1252", newline="\n"), csv(page, quote_all=True), book(page)
    )


@shape
def qualifications_of_a_front_desk(chance: Random) -> Shape:
    """The listing of a front desk: newest first, personal columns, drafts, sheets of figures behind it."""
    page = DESK.page(chance, rows=40)
    count = len(page.lines)
    page.add_column("Nom de l'agent", ["Agent A"] * count, at=1)
    page.add_column("Email visiteur", ["v@example.test"] * count)
    page.add_column("Demande texte libre", ['Bonjour ;\n"merci"'] * count)
    page.add_column("Statut", ["En cours" if n % 7 == 0 else "Terminé" for n in range(count)])
    for number, line in enumerate(page.lines):
        if number % 7 == 0:
            line.facts = []
            line.trap("draft", "left out by a named rule", page.rank("Statut"))
        line.trap("free text with a quote and a separator", "one cell", page.rank("Demande texte libre"))
    page.lines.reverse()
    page.name = "Listing qualifications"
    figures = Page([Cell("ID"), Cell("Contacts")], [left_out("figures", "1", "40")], name="KPIs")
    rows = {"keep": {"heading": "Statut", "values": "Terminé", "others": "En cours", "otherwise": "draft"}}
    change = {"requests": {"separator": ","}}
    return exports(DESK, book(page, figures), csv(page), rows=rows, change=change)


@shape
def posts_of_a_network(chance: Random) -> Shape:
    """Meta's export: BOM, months first, `15,000`, identifiers of 17 digits as text."""
    page = NETWORK.page(chance)
    page.rewrite("Publish time", as_text, "published_at", kind="month before day")
    for line in page.full:
        values = line.facts[0].values | {"post": "12" + line.facts[0].values["post"]}
        values["views"] = values["views"] * 1000 + 10
        line.facts = [Fact(values)]
        line.cells[0] = Cell(values["post"])
        line.cells[2] = Cell(f"{values['views']:,}")
        line.trap("identifier of 17 digits", f"read as {values['post']}", 0)
        line.trap("comma between thousands", f"read as {values['views']}", 2)
    headings = [
        "Post ID",
        "Page ID",
        "Page name",
        "Title",
        "Publish time",
        "Post type",
        "Data comment",
        "Date",
        "Views",
    ]
    _dressed(page, headings, {}, filling="Lifetime")
    change = {"views": {"decimal": "."}}
    return exports(NETWORK, csv(page, separator=",", encoding="utf-8-sig"), book(page), change=change)


@shape
def answers_of_limesurvey(chance: Random) -> Shape:
    """LimeSurvey: all quoted, unfinished answers without a day of submission, questions as headings."""
    page = SURVEY.page(chance, rows=40)
    page.add_column("Dernière page", ["3"] * 40, at=2)
    page.add_column("Langue de départ", ["fr"] * 40, at=3)
    page.add_column("Qu'avez-vous aimé ?", ['Tout ;\nles "marchés"'] * 40)
    for number, line in enumerate(page.lines):
        if number % 5 == 0:
            line.cells[1] = Cell("")
            line.facts = [Fact(line.facts[0].values, "named")]
            line.trap("unfinished answer", "left out or named", 1)
    welcome = {"welcome": {"heading": "/accueil/"}, "score": {"heading": "/^recommanderiez/"}}
    return exports(
        SURVEY, csv(page, quote_all=True, encoding="utf-8-sig"), csv(page, separator=","), change=welcome
    )


@shape
def classed_lodgings_of_atout_france(chance: Random) -> Shape:
    """All columns of the national file: BOM, dashes for nothing, capitals, an apostrophe in a heading."""
    page = LODGINGS.page(chance)
    headings = ("DATE DE CLASSEMENT", "TYPOLOGIE ÉTABLISSEMENT", "CLASSEMENT", "CATÉGORIE",
                "MENTION (villages de vacances)", "NOM COMMERCIAL", "ADRESSE", "CODE POSTAL", "COMMUNE",
                "SITE INTERNET", "CAPACITÉ D'ACCUEIL (PERSONNES)", "NOMBRE DE CHAMBRES",
                "classement prorogé")  # fmt: skip
    _dressed(page, headings, {}, filling="-")
    for line in page.full:
        line.trap("code with its zero", f"read as {line.facts[0].values['post_code']}", 7)
    return exports(LODGINGS, csv(page, encoding="utf-8-sig"), book(page))


# --- mixtures --------------------------------------------------------------------------------------------

CONTAINERS: tuple[dict[str, Any], ...] = (
    {"separator": ";", "encoding": "cp1252"},
    {"separator": ",", "encoding": "utf-8"},
    {"separator": "\t", "encoding": "utf-16"},
    {"separator": ";", "encoding": "utf-8-sig", "first": "sep=;"},
    {"separator": "|", "encoding": "utf-8", "quote_all": True, "newline": "\n"},
)
FORMS = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d")


def _amounts(chance: Random, encoding: str) -> Writer:
    """A manner of amounts that the encoding can write."""
    spaces = (" ", HARD) if encoding == "cp1252" else (" ", HARD, NARROW)
    decimal = chance.choice((",", "."))
    apart = chance.choice(("", *spaces, "." if decimal == "," else ","))
    return amount(decimal, apart, after=chance.choice(("", HARD + "€", " EUR")))


def _mixture(chance: Random, how: Mapping[str, Any]) -> Page:
    """A page of a till with whatever chance adds to it."""
    columns = tuple(replace(c, value=money(800, 9900)) if c.name == "amount_eur" else c for c in TILL.columns)
    page = replace(TILL, columns=columns).page(chance, rows=40, first=date(2025, chance.randint(1, 12), 1))
    page.rewrite("Date", typed(day(chance.choice(FORMS))), "sold_on", kind="form of a day")
    page.rewrite(
        "Montant TTC", typed(_amounts(chance, how["encoding"])), "amount_eur", kind="form of an amount"
    )
    for line in every(page.full, chance.randint(2, 6)):
        rank = page.rank("Famille")
        line.cells[rank] = Cell(line.cells[rank].text.upper() + " ")
        line.trap("case and space of a category", "the same word", rank)
    for line in every(page.full, chance.randint(4, 9), start=1):
        rank = page.rank("Montant TTC")
        line.cells[rank] = Cell(chance.choice(("NC", "", "12,50 ou 13", "?")))
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("no amount", "named", rank)
    if chance.random() < 0.7:
        page.add_column("Remarque", ["à voir"] * len(page.lines), at=chance.randint(0, 7))
    order = list(range(len(page.headings)))
    chance.shuffle(order)
    page.reorder(order)
    width = len(page.headings)
    total = [""] * width
    total[page.rank("Article")] = "Total de la page"
    total[page.rank("Montant TTC")] = "1"
    for at in sorted(chance.sample(range(5, 40), 3), reverse=True):
        page.insert(at, left_out("total in the middle", *total))
    for at in sorted(chance.sample(range(5, 40), 2), reverse=True):
        page.insert(at, left_out("heading that comes again", *page.headings))
        page.insert(at, left_out("blank line", *[""] * width))
    page.above += [left_out("title line", f"Ventes, page {n}") for n in range(chance.randint(0, 6))]
    return page


@shape
def mixtures(chance: Random) -> Shape:
    """Five exports of one till with one layout: container, order, forms and faults are chance's."""
    files = []
    for how in CONTAINERS:
        page = _mixture(chance, how)
        files += [csv(page, **how), book(page)]
    rows = {"totals": {"heading": "Article", "values": "/^total/", "control": "amount_eur"}}
    return exports(TILL, *files, rows=rows)


@shape
def mixtures_of_cells_and_text(chance: Random) -> Shape:
    """A workbook where each cell is by chance a true number or day, or what somebody typed."""
    page = TILL.page(chance, rows=60)
    for line in page.full:
        for rank, cell in enumerate(line.cells):
            if cell.value is not None and chance.random() < 0.4:
                line.cells[rank] = replace(cell, value=None, format="@")
                line.trap("typed as text", f"read as {cell.text}", rank)
    return exports(TILL, book(page))
