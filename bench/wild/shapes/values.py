"""Categories, truths, lists and codes as people write them."""

from __future__ import annotations

from random import Random

from bench.wild.pages import Cell, Fact, Shape, Trap
from bench.wild.registry import book, csv, every, exports, shape
from bench.wild.tools import DESK, EQUIPMENT, HELP_DESK, LODGINGS, REQUESTS, SURVEY, TILL
from bench.wild.writers import NARROW, around, by, coded, listed, whole


@shape
def spaces_in_categories(chance: Random) -> Shape:
    """Trailing, leading, doubled and hard spaces around the words of categories."""
    page = TILL.page(chance)
    spaces = (("", " "), (" ", ""), ("", "\u00a0"), ("", NARROW), ("\t", ""), ("", "  "))
    for number, (before, after) in enumerate(spaces):
        among = every(page.full, 6, start=number)
        page.rewrite("Famille", around(before, after), "family", kind="space around a category", among=among)
    doubled = TILL.page(chance)
    manner = by(lambda v: Cell({"card": "Carte  bancaire", "cash": "Espèces", "cheque": "Chèque"}[v]))
    doubled.rewrite("Mode", manner, "method", kind="doubled space in a category")
    return exports(TILL, csv(page), book(page), csv(doubled), book(doubled))


@shape
def case_and_accents_of_categories(chance: Random) -> Shape:
    """`ESPECES`, `espèces`, `Cheque`: the same means of payment."""
    page = TILL.page(chance)
    words = {"card": "CARTE BANCAIRE", "cash": "ESPECES", "cheque": "cheque"}
    page.rewrite("Mode", by(coded(words)), "method", kind="case or accent of a category")
    return exports(TILL, csv(page), book(page))


@shape
def apostrophes_in_categories(chance: Random) -> Shape:
    """`Tour d’Armagnac` with either apostrophe."""
    page = EQUIPMENT.page(chance)
    for number, line in enumerate(page.full):
        rank = page.rank("Site")
        written = line.cells[rank].text.replace("'", ("’", "'", "‘")[number % 3])
        line.cells[rank] = Cell(written)
        if "Armagnac" in written:
            line.trap("apostrophe in a category", "the same word", rank)
    return exports(EQUIPMENT, csv(page), book(page))


@shape
def synonyms_of_categories(chance: Random) -> Shape:
    """`CB`, `Visa - Débit`, `Mastercard - Crédit` are cards: the layout lists them."""
    page = TILL.page(chance)
    words = {
        "card": ["CB", "Visa - Débit", "Mastercard - Crédit"],
        "cash": ["Espèces", "ESP"],
        "cheque": ["Chèque"],
    }
    manner = by(lambda v: Cell(chance.choice(words[v])))
    page.rewrite("Mode", manner, "method", kind="synonym of a category")
    return exports(TILL, csv(page), book(page), change={"method": {"values": words}})


@shape
def words_that_nobody_declared(chance: Random) -> Shape:
    """A new means of payment: loaded as `other` and told, or named."""
    page = TILL.page(chance)
    for line in every(page.full, 4):
        line.cells[page.rank("Mode")] = Cell("Chèques-vacances")
        line.facts = [Fact(line.facts[0].values | {"method": "other"})]
        line.trap("word that nobody declared", "loaded as other and told, or named", page.rank("Mode"))
    told = ["Chèques-vacances"]
    return exports(TILL, csv(page, Trap("new word", "told once"), told=told), book(page, told=told))


@shape
def signs_that_nobody_sees(chance: Random) -> Shape:
    """Zero-width spaces, soft hyphens and marks of direction within categories and numbers."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 2)):
        rank = page.rank(("Famille", "Montant TTC")[number % 2])
        unseen = ("\u200b", "\u00ad", "\u200e", "\ufeff")[number % 4]
        line.cells[rank] = Cell(line.cells[rank].text[:2] + unseen + line.cells[rank].text[2:])
        line.trap("sign that nobody sees", "read, or named", rank)
        if number % 2 == 0:
            line.facts = [Fact(line.facts[0].values)]
    return exports(TILL, csv(page), book(page))


@shape
def yes_and_no(chance: Random) -> Shape:
    """`oui`, `OUI `, `O`, `1`, `x` and `non`, `N`, `0`: each as the layout lists it; `peut-être` is named."""
    page = EQUIPMENT.page(chance)
    rank = page.rank("Ouvert (oui/non)")
    words = {"true": ["oui", "O", "1", "x"], "false": ["non", "N", "0"]}
    for number, line in enumerate(page.full):
        if number % 10 == 9:
            line.cells[rank] = Cell("peut-être")
            line.facts = [Fact(line.facts[0].values, "named")]
            line.trap("neither yes nor no", "named", rank)
            continue
        is_open = line.facts[0].values["is_open"]
        word = chance.choice(words[str(is_open).lower()])
        line.cells[rank] = Cell(
            chance.choice((word, word.upper(), word + " ")), int(word) if word in "01" else None
        )
        line.trap("yes or no", f"read as {is_open}", rank)
    return exports(EQUIPMENT, csv(page), book(page), change={"is_open": {"values": words}})


@shape
def truths_without_words(chance: Random) -> Shape:
    """`oui` and `non` where the layout lists nothing: read, or each named."""
    page = EQUIPMENT.page(chance)
    page.rewrite("Ouvert (oui/non)", by(coded({True: "oui", False: "non"})), "is_open", kind="yes or no")
    return exports(EQUIPMENT, csv(page), book(page), change={"is_open": {"values": None}})


@shape
def lists_in_a_cell(chance: Random) -> Shape:
    """Several requests in a cell, apart by a comma, a bar or a line break."""
    files = []
    page = DESK.page(chance)
    page.rewrite("Demandes générales", by(listed(REQUESTS, ", ")), "requests", kind="list in a cell")
    files += [csv(page), book(page)]
    return exports(DESK, *files, change={"requests": {"separator": ","}})


@shape
def lists_over_lines(chance: Random) -> Shape:
    """Several requests in a cell, one a line, as GLPI writes; a blank one at the end."""
    page = DESK.page(chance)
    page.rewrite("Demandes générales", by(listed(REQUESTS, "\n")), "requests", kind="list over lines")
    for line in every(page.full, 3):
        rank = page.rank("Demandes générales")
        line.cells[rank] = Cell(line.cells[rank].text + "\n")
    return exports(DESK, csv(page), book(page), change={"requests": {"separator": "\n"}})


@shape
def lists_with_a_last_separator(chance: Random) -> Shape:
    """`Randonnées;Musée;`, as Microsoft Forms writes, and a word among them that nobody declared."""
    page = DESK.page(chance)
    page.rewrite(
        "Demandes générales", by(listed(REQUESTS, ";")), "requests", kind="list with a last separator"
    )
    rank = page.rank("Demandes générales")
    for number, line in enumerate(page.full):
        line.cells[rank] = Cell(line.cells[rank].text + ";")
        if number % 5 == 0:
            line.cells[rank] = Cell("Tir à l'arc;" + line.cells[rank].text)
            requests = "other," + line.facts[0].values["requests"]
            line.facts = [Fact(line.facts[0].values | {"requests": requests})]
            line.trap("word in a list that nobody declared", "loaded as other and told, or named", rank)
    told = ["Tir à l'arc"]
    return exports(
        DESK,
        csv(page, separator=",", told=told),
        book(page, told=told),
        change={"requests": {"separator": ";"}},
    )


@shape
def options_that_hold_the_separator(chance: Random) -> Shape:
    """`Musée, tour` is one option of a list apart by commas: it is read, or named."""
    words = REQUESTS | {"culture": "Musée, tour"}
    page = DESK.page(chance)
    page.rewrite("Demandes générales", by(listed(words, ", ")), "requests", kind="option with the separator")
    return exports(DESK, csv(page), book(page), change={"requests": {"values": words, "separator": ","}})


@shape
def departments_with_their_names(chance: Random) -> Shape:
    """`31 - Haute-Garonne` is text and stays whole; `1` and `2A` are codes."""
    page = DESK.page(chance)
    rank = page.rank("Département")
    words = {"31": "31 - Haute-Garonne", "32": "2A", "33": "01", "65": "974"}
    for line in page.full:
        written = words[line.facts[0].values["department"]]
        line.cells[rank] = Cell(written)
        line.facts = [Fact(line.facts[0].values | {"department": written})]
        line.trap("code of a department", f"read as {written}", rank)
    return exports(DESK, csv(page), book(page))


@shape
def codes_that_lost_their_zeros(chance: Random) -> Shape:
    """`1000` where `01000` stood: Excel took the code for a number. It is named, or read with its zero."""
    page = LODGINGS.page(chance)
    rank = page.rank("CODE POSTAL")
    for line in page.full:
        code = line.facts[0].values["post_code"]
        line.cells[rank] = Cell(str(int(code)), int(code), "00000")
        if code.startswith("0"):
            line.trap("code that lost its zero", f"read as {code}, or named", rank)
    return exports(LODGINGS, csv(page), book(page))


@shape
def codes_that_became_days(chance: Random) -> Shape:
    """`1-2` became 1 February: a date cell in a column of codes is named."""
    page = HELP_DESK.page(chance)
    rank = page.rank("ID")
    for line in every(page.full, 4):
        line.cells[rank] = Cell("01/02/2025", line.facts[0].values["opened_at"], "dd/mm/yyyy")
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("code that became a day", "named", rank)
    return exports(HELP_DESK, book(page))


@shape
def codes_with_spaces(chance: Random) -> Shape:
    """`5 732 943`, as GLPI shows its numbers: text as it stands, the same in both kinds of file."""
    page = HELP_DESK.page(chance)
    rank = page.rank("ID")
    for line in page.full:
        code = f"{int(line.facts[0].values['issue']):,}".replace(",", " ")
        line.cells[rank] = Cell(code)
        line.facts = [Fact(line.facts[0].values | {"issue": code})]
        line.trap("code with spaces", f"read as {code}", rank)
    return exports(HELP_DESK, csv(page, encoding="cp1252"), book(page))


@shape
def a_guard_against_formulas(chance: Random) -> Shape:
    """`'-12,50` and `'=…`: the apostrophe that guards against formulas is none of the value."""
    page = TILL.page(chance)
    for number, line in enumerate(every(page.full, 3)):
        values = line.facts[0].values
        if number % 2:
            rank = page.rank("Montant TTC")
            values["amount_eur"] = -values["amount_eur"]
            line.cells[rank] = Cell("'" + f"{values['amount_eur']}".replace(".", ","))
            line.trap("guard against formulas", f"read as {values['amount_eur']}, or named", rank)
        else:
            rank = page.rank("Article")
            values["article"] = "=1+1"
            line.cells[rank] = Cell("'=1+1")
            line.trap("guard against formulas", "read as =1+1", rank)
    return exports(TILL, csv(page))


@shape
def dashes_for_nothing(chance: Random) -> Shape:
    """`-` in the columns that may be empty, as Atout France writes: nothing, or named, never a value."""
    page = LODGINGS.page(chance)
    rank = page.rank("CAPACITÉ D'ACCUEIL (PERSONNES)")
    for line in every(page.full, 3):
        line.cells[rank] = Cell("-")
        line.facts = [Fact(line.facts[0].values | {"capacity": None})]
        line.trap("dash for nothing", "empty, or named", rank)
    return exports(LODGINGS, csv(page, encoding="utf-8-sig"), book(page))


@shape
def scores_as_numbers_and_words(chance: Random) -> Shape:
    """Scores from 0 to 10; `10 - Tout à fait` and 11 are named."""
    page = SURVEY.page(chance)
    rank = page.rank("Recommanderiez-vous la destination ?")
    for number, line in enumerate(every(page.full, 3)):
        line.cells[rank] = (Cell("10 - Tout à fait"), Cell("11", 11), Cell("-1", -1))[number % 3]
        line.facts = [Fact(line.facts[0].values, "named")]
        line.trap("score beyond its scale", "named", rank)
    page.rewrite(
        "Recommanderiez-vous la destination ?", by(whole), "score", among=every(page.full, 3, start=1)
    )
    return exports(SURVEY, csv(page, separator=","), book(page))


@shape
def answers_that_look_alike(chance: Random) -> Shape:
    """`Satisfait`, `Peu satisfait`, `Très satisfait`: a word within a word is another answer."""
    page = SURVEY.page(chance)
    for line in page.full:
        line.trap("category within a category", f"read as {line.facts[0].values['welcome']}", 2)
    widths = {"very_good": "TS", "good": "S", "poor": "I", "bad": "TI"}
    short = SURVEY.page(chance)
    short.rewrite(
        "Êtes-vous satisfait : [Accueil]", by(coded(widths)), "welcome", kind="category of one letter"
    )
    words = {key: [long, widths[key]] for key, long in SURVEY.values["welcome"].items()}
    return exports(SURVEY, csv(page), csv(short), book(short), change={"welcome": {"values": words}})
