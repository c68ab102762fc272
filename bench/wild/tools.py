"""The tools whose exports are made wild: what they sell and count, their headings, and the usual layout.

Headings are those of real exports (shop, ticketing, front desk, social networks, tax, help desk, lodgings),
values are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from bench.wild.pages import Cell, Fact, Line, Page
from bench.wild.writers import Writer, amount, coded, day, listed, moment, text, utc, whole
from warehouse.spec import SourceSpec, load_spec

Value = Callable[[Random, int], Any]
FIRST = date(2025, 7, 1)


@dataclass(frozen=True)
class Column:
    """A column of an export: our name, its heading, what it holds in the row of a rank, how it is written."""

    name: str
    heading: str
    value: Value
    write: Writer


@dataclass(frozen=True)
class Tool:
    """A tool, the table that its export fills, and its columns."""

    name: str
    table: str
    columns: tuple[Column, ...]
    values: Mapping[str, Mapping[str, str]]  # words of the categories, by our column
    separators: Mapping[str, str] = field(default_factory=dict)  # of lists in a cell, by our column

    def page(self, chance: Random, rows: int = 30, first: date = FIRST, **writers: Writer) -> Page:
        """A sheet of that many rows, days in order from the first; `writers` replace those of columns."""
        lines = []
        for rank in range(rows):
            held = {column.name: column.value(chance, rank) for column in self.columns}
            held = {name: _since(value, first) for name, value in held.items()}
            cells = [writers.get(c.name, c.write)(held[c.name]) for c in self.columns]
            lines.append(Line(cells, [Fact(held)]))
        return Page([Cell(column.heading) for column in self.columns], lines)

    def layout(
        self, *without: str, change: Mapping[str, Mapping[str, Any]] | None = None, **parts: Any
    ) -> str:
        """The YAML that a person writes for it, a column a line.

        `without` are columns that are left out; `change` adds keys to columns (None takes one away);
        `parts` are further keys of the layout.
        """
        columns: dict[str, Mapping[str, Any]] = {}
        for column in self.columns:
            keys: dict[str, Any] = {"heading": column.heading}
            if column.name in self.values:
                keys["values"] = dict(self.values[column.name])
            if column.name in self.separators:
                keys["separator"] = self.separators[column.name]
            keys |= dict((change or {}).get(column.name, {}))
            columns[column.name] = {key: value for key, value in keys.items() if value is not None}
        for name, more in (change or {}).items():
            columns.setdefault(name, dict(more))
        kept = {name: keys for name, keys in columns.items() if name not in without}
        return as_layout(self.name, self.table, kept, **parts)


def as_layout(tool: str, table: str, columns: Mapping[str, Any], **parts: Any) -> str:
    """A layout as YAML, a column a line and a part a line."""
    lines = [f"tool: {tool}", f"table: {table}", "columns:" if columns else "columns: {}"]
    lines += [f"  {name}: {_flow(keys)}" for name, keys in columns.items()]
    lines += [f"{name}: {_flow(part)}" for name, part in parts.items()]
    return "\n".join(lines) + "\n"


def _flow(part: Any) -> str:
    return (
        yaml.safe_dump(part, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
        .removesuffix("\n...\n")
        .strip()
    )


def _since(value: Any, first: date) -> Any:
    """A day or an instant moved from the tools' first day to another."""
    if isinstance(value, datetime):
        return utc(value + (first - FIRST))
    return value + (first - FIRST) if isinstance(value, date) else value


@cache
def spec() -> SourceSpec:
    """The source whose tables the tools fill."""
    return load_spec(Path(__file__).parent / "source.yml")


# --- values ----------------------------------------------------------------------------------------------


def days(_: Random, rank: int) -> date:
    """A day after the other over the four weeks of a month, so that its form shows itself."""
    return FIRST + timedelta(days=rank % 28)


def times(chance: Random, rank: int) -> datetime:
    """A local time of opening hours, a day after the other."""
    return datetime(2025, 7, 1 + rank % 28, chance.randint(9, 17), chance.randint(0, 59))  # noqa: DTZ001


def months(_: Random, rank: int) -> date:
    """The first of a month, January to June by turns."""
    return date(2025, 1 + rank % 6, 1)


def numbered(form: str) -> Value:
    """A number that no other row has."""
    return lambda chance, rank: form.format(rank * 7 + chance.randint(1, 7))


def one_of(*choices: Any) -> Value:
    """One of these."""
    return lambda chance, _: chance.choice(choices)


def money(least: int, most: int) -> Value:
    """Euros with cents that are no zeros."""
    return lambda chance, _: Decimal(chance.randint(least, most)) + Decimal(chance.randint(1, 99)) / 100


def count(least: int, most: int) -> Value:
    """A whole number."""
    return lambda chance, _: chance.randint(least, most)


def some(*choices: str) -> Value:
    """One or more of these, apart by commas in their order."""
    return lambda chance, _: ",".join(
        sorted(chance.sample(choices, chance.randint(1, len(choices))), key=choices.index)
    )


# --- tools -----------------------------------------------------------------------------------------------

FAMILIES = {"cards": "Cartes", "books": "Livres", "souvenirs": "Souvenirs"}
METHODS = {"card": "Carte bancaire", "cash": "Espèces", "cheque": "Chèque"}
TILL = Tool(
    "Caisse de la boutique",
    "sales",
    (
        Column("sold_on", "Date", days, day()),
        Column("receipt", "Ticket", numbered("T{:05d}"), text),
        Column(
            "article", "Article", one_of("Carte postale Gers", "Magnet", "Guide du Pays", "Sac toile"), text
        ),
        Column("family", "Famille", one_of(*FAMILIES), coded(FAMILIES)),
        Column("quantity", "Quantité", count(1, 9), whole),
        Column("amount_eur", "Montant TTC", money(2, 90), amount()),
        Column("method", "Mode", one_of(*METHODS), coded(METHODS)),
    ),
    {"family": FAMILIES, "method": METHODS},
)
LARGE_TILL = Tool(
    "Caisse de la boutique, par jour",
    "sales",
    tuple(
        Column("amount_eur", "Montant TTC", money(1200, 9800), amount()) if c.name == "amount_eur" else c
        for c in TILL.columns
    ),
    TILL.values,
)
TARIFFS = {"full": "Plein", "reduced": "Réduit", "free": "Gratuit"}
TICKETING = Tool(
    "HelloAsso",
    "tickets",
    (
        Column("ordered_at", "Date de la commande", times, moment()),
        Column("ticket", "Numéro de billet", numbered("9{:07d}"), text),
        Column("event", "Billet", one_of("Visite de la tour", "Concert d'été", "Pass Patrimoine"), text),
        Column("tariff", "Tarif", one_of(*TARIFFS), coded(TARIFFS)),
        Column("price_eur", "Montant tarif", money(4, 40), amount()),
    ),
    {"tariff": TARIFFS},
)
VISITORS = {"tourist": "Touriste", "local": "Habitant", "trade": "Socio Pro"}
REQUESTS = {"hiking": "Randonnées", "culture": "Musée", "markets": "Marchés", "food": "Produits locaux"}
YES_NO = {True: "Oui", False: "Non"}
YES_NO_WORDS = {"true": "Oui", "false": "Non"}
DESK = Tool(
    "Listing qualifications",
    "contacts",
    (
        Column("contact", "ID", numbered("{:05d}"), text),
        Column("met_at", "Date de création", times, moment()),
        Column("visitor", "Type de visiteur", one_of(*VISITORS), coded(VISITORS)),
        Column("department", "Département", one_of("31", "32", "33", "65"), text),
        Column("party_count", "Nombre de personnes", count(1, 9), whole),
        Column("requests", "Demandes générales", some(*REQUESTS), listed(REQUESTS, ", ")),
        Column("is_first_visit", "Première visite", one_of(True, False), coded(YES_NO)),
    ),
    {"visitor": VISITORS, "requests": REQUESTS, "is_first_visit": YES_NO_WORDS},
    {"requests": ","},
)
NETWORK = Tool(
    "Meta Business Suite",
    "posts",
    (
        Column("post", "Post ID", numbered("17841400{:07d}"), text),
        Column("published_at", "Publish time", times, moment("%m/%d/%Y %H:%M", "mm/dd/yyyy hh:mm")),
        Column("views", "Views", count(100, 900), whole),
    ),
    {},
)
TAX = Tool(
    "Déclarations de taxe de séjour",
    "declarations",
    (
        Column("month_start", "Période", months, day()),
        Column("siret", "SIRET", numbered("1234{:05d}00017"), text),
        Column("post_code", "Code postal", one_of("32000", "32100", "32190", "32410"), text),
        Column("nights", "Nuitées", count(3, 900), whole),
        Column("tax_eur", "Montant taxe", money(5, 700), amount()),
    ),
    {},
)
SITES = {"treasury": "Trésor", "tower": "Tour d'Armagnac", "museum": "Musée"}
EQUIPMENT = Tool(
    "Fréquentation des équipements",
    "visits",
    (
        Column("visited_on", "Date", days, day()),
        Column("site", "Site", one_of(*SITES), coded(SITES)),
        Column("is_open", "Ouvert (oui/non)", one_of(True, False), coded({True: "oui", False: "non"})),
        Column("paying", "Entrées payantes", count(0, 400), whole),
        Column("free", "Entrées gratuites", count(0, 400), whole),
        Column("takings_eur", "Recettes TTC", money(0, 900), amount()),
    ),
    {"site": SITES, "is_open": YES_NO_WORDS},
)
STATES = {"new": "Nouveau", "running": "En cours (Attribué)", "waiting": "En attente", "solved": "Résolu",
          "closed": "Clos"}  # fmt: skip
KINDS = {"incident": "Incident", "request": "Demande"}
HELP_DESK = Tool(
    "GLPI",
    "issues",
    (
        Column("issue", "ID", numbered("57{:05d}"), text),
        Column("state", "Statut", one_of(*STATES), coded(STATES)),
        Column("kind", "Type", one_of(*KINDS), coded(KINDS)),
        Column("opened_at", "Date d'ouverture", times, moment("%d-%m-%Y %H:%M")),
        Column("changed_at", "Dernière modification", times, moment("%d-%m-%Y %H:%M")),
    ),
    {"state": STATES, "kind": KINDS},
)
LODGING_KINDS = {"hotel": "HÔTEL DE TOURISME", "campsite": "CAMPING", "residence": "RÉSIDENCE DE TOURISME"}
LODGINGS = Tool(
    "Hébergements classés",
    "lodgings",
    (
        Column("classed_on", "DATE DE CLASSEMENT", days, day()),
        Column("kind", "TYPOLOGIE ÉTABLISSEMENT", one_of(*LODGING_KINDS), coded(LODGING_KINDS)),
        Column("lodging", "NOM COMMERCIAL", numbered("ÉTABLISSEMENT {:04d}"), text),
        Column("post_code", "CODE POSTAL", one_of("01000", "06110", "32410"), text),
        Column("town", "COMMUNE", one_of("AUCH", "CASTÉRA-VERDUZAN", "L'ISLE-JOURDAIN"), text),
        Column("capacity", "CAPACITÉ D'ACCUEIL (PERSONNES)", count(10, 400), whole),
    ),
    {"kind": LODGING_KINDS},
)
WELCOMES = {"very_good": "Très satisfait", "good": "Satisfait", "poor": "Peu satisfait",
            "bad": "Pas du tout satisfait"}  # fmt: skip
SURVEY = Tool(
    "LimeSurvey",
    "answers",
    (
        Column("answer", "ID de la réponse", numbered("{:d}"), text),
        Column("submitted_at", "Date de soumission", times, moment("%Y-%m-%d %H:%M:%S")),
        Column("welcome", "Êtes-vous satisfait : [Accueil]", one_of(*WELCOMES), coded(WELCOMES)),
        Column("score", "Recommanderiez-vous la destination ?", count(0, 10), whole),
    ),
    {"welcome": WELCOMES},
)
MOVEMENTS = {"received": "réception", "given": "comptoir", "counted": "inventaire"}
STOCK = Tool(
    "Stock de documentation",
    "stock",
    (
        Column("moved_on", "Date", days, day()),
        Column("code", "Code", numbered("MAG25-{:04d}"), text),
        Column("movement", "Mouvement", one_of(*MOVEMENTS), coded(MOVEMENTS)),
        Column("quantity", "Quantité", count(1, 900), whole),
        Column("amount_eur", "Coût HT", money(10, 900), amount()),
    ),
    {"movement": MOVEMENTS},
)
