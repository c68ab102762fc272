"""Shops, ticketing, groups and stays, equipment, and the account of each year."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.second_program.adding import Seen
from tests.second_program.raw import amount, by_reception, dated, day, lines, number


def shop(folder: Path) -> Iterator[Seen]:
    """Lines of the tills: tickets are sold there too, and are no articles of the shop."""
    receipts_of: dict[str, set[tuple[str, date, str]]] = defaultdict(set)
    sold: list[tuple[str, date, str, Decimal]] = []
    for path in by_reception(folder, "boutique-*-20??.csv"):
        site = path.stem[len("boutique-") : -len("-2025")]
        if site == "stock":
            continue
        baskets = set()
        for row in lines(path):
            at, receipt, quantity = dated(row["Date"]), row["Ticket"], amount(row["Quantité"])
            paid = amount(row["Montant TTC"])
            yield Seen("till_takings", site, "", at, paid)
            yield Seen("till_items", site, "", at, quantity)
            if paid >= 0 and quantity >= 0:
                baskets.add((at, receipt))
            if row["Famille"] == "Billetterie":
                continue
            net = paid - amount(row["TVA"])
            yield Seen("sales_including_tax", site, "", at, paid)
            yield Seen("sales_excluding_tax", site, "", at, net)
            yield Seen("margin_excluding_tax", site, "", at, net - quantity * amount(row["Prix d'achat"]))
            receipts_of[row["Article"]].add((site, at, receipt))
            sold.append((site, at, row["Article"], quantity))
        for at, _ in baskets:
            yield Seen("baskets", site, "", at, 1)
    for site, at, article, quantity in sold:
        if len(receipts_of[article]) >= 3:
            yield Seen("product_quantity", site, article, at, quantity)


def ticketing(folder: Path) -> Iterator[Seen]:
    """Tickets that were not given back, and ticketings that were refused."""
    for path in by_reception(folder, "billetterie-*.xlsx"):
        for row in lines(path, "Ventes"):
            if row["Annulé (oui/non)"] == "oui":
                continue
            at = dated(row["Date de vente"])
            kind = "heritage_service"
            if row["Type (PAH / spectacle / visite / pass)"] == "spectacle":
                kind = "shows"
            for site in ("auch", "all"):
                yield Seen("ticket_sales", site, kind, at, amount(row["Montant TTC"]))
                yield Seen("tickets_sold", site, kind, at, amount(row["Quantité"]))
                if row["Commission"] is not None:
                    yield Seen("ticket_commission", site, kind, at, amount(row["Commission"]))
        for row in lines(path, "Refus"):
            yield Seen("ticketing_requests_refused", "all", "", dated(row["Date"]), 1)


REASONS = {
    "Pas de guide disponible": "no_guide_available", "Annulation client": "cancelled_by_client",
    "Prix": "price", "Dates": "dates", "Sans réponse": "no_answer", None: "unknown",
}  # fmt: skip
DECLARED_THEMES = (
    "Cathédrale", "Cœur de ville", "Incontournables du musée des Amériques", "Trésor de la cathédrale",
    "Lavardens",
)  # fmt: skip


def groups(folder: Path) -> Iterator[Seen]:
    """Groups that came, groups that were lost, themes of the visits, and stays."""
    files: dict[str, Any] = {}
    services = []
    for path in by_reception(folder, "groupes-*.xlsx"):
        files |= {row["N° dossier"]: row for row in lines(path, "Dossiers")}
        services += list(lines(path, "Prestations"))
    came = set()
    for number_of, row in files.items():
        at, paid = dated(row["Date de visite"]), amount(row["Montant TTC"])
        is_done = row["Statut"] == "Réalisé"
        if row["Type (groupe / séjour individuel)"] != "groupe":
            if is_done:
                yield Seen("individual_stays_sold", "all", "", at, 1)
                yield Seen("individual_stay_turnover", "all", "", at, paid)
        elif is_done:
            came.add(number_of)
            yield Seen("groups", "all", "", at, 1)
            yield Seen("group_turnover", "all", "", at, paid)
            if row["Nombre de personnes réelles"] is not None:
                yield Seen("group_persons", "all", "", at, row["Nombre de personnes réelles"])
                yield Seen("groups_counted", "all", "", at, 1)
            if row["Note de satisfaction (/10)"] is not None:
                yield Seen("scores", "all", "", at, 1)
                yield Seen("score_total", "all", "", at, row["Note de satisfaction (/10)"])
        elif row["Statut"] in ("Perdu", "Refusé", "Annulé client"):
            lost = day(row["Date d'annulation"]) or dated(row["Date de demande"])
            for said in ("", REASONS[row["Motif de perte"]]):
                yield Seen("groups_not_completed", "all", said, lost, 1)
    visits = {
        (row["N° dossier"], dated(row["Date"]), row["Thème"] if row["Thème"] in DECLARED_THEMES else "other")
        for row in services
    }
    for row in services:
        if row["N° dossier"] in came and row["Nombre de personnes"] is not None:
            theme = row["Thème"] if row["Thème"] in DECLARED_THEMES else "other"
            persons = row["Nombre de personnes"]
            yield Seen("guided_visit_participants", "all", theme, dated(row["Date"]), persons)
    for number_of, at, theme in visits:
        if number_of in came:
            yield Seen("group_theme_visits", "all", theme, at, 1)


SITES = {
    "Trésor de la cathédrale": "tresor", "Musée de la Résistance": "musee-resistance",
    "Jeu d'évasion d'Artagnan": "escape-dartagnan", "Jeu d'évasion Baselic": "escape-baselic",
}  # fmt: skip


def equipment(folder: Path) -> Iterator[Seen]:
    """Visitors by opening day, and sessions that were held."""
    for path in by_reception(folder, "equipements-*.xlsx"):
        for row in lines(path, "Visites"):
            site, at = SITES[row["Site"]], dated(row["Date"])
            if row["Ouvert (oui/non)"] == "oui":
                yield Seen("opening_days", site, "", at, 1)
            if row["Entrées payantes"] is not None:
                visitors = row["Entrées payantes"] + row["Entrées gratuites"]
                yield Seen("visitors", site, "", at, visitors)
                if row["Événement (JEP, Nuit des musées…)"] == "JEP":
                    yield Seen("visitors", site, "heritage_days", at, visitors)
                yield Seen("equipment_receipts", site, "", at, amount(row["Recettes TTC"]))
        days = set()
        for row in lines(path, "Séances"):
            if row["Annulée (oui/non)"] == "oui":
                continue
            site, at = SITES[row["Site"]], dated(row["Date"])
            days.add((site, at))
            yield Seen("sessions_held", site, "", at, 1)
            yield Seen("visitors", site, "", at, row["Participants"])
            yield Seen("equipment_receipts", site, "", at, amount(row["Recettes TTC"]))
            yield Seen("participants", site, "", at, row["Participants"])
            yield Seen("places", site, "", at, row["Places offertes"])
        for site, at in days:
            yield Seen("opening_days", site, "", at, 1)


Line = tuple[str, bool, str, Decimal]
"""Section, whether it is a receipt, article, what was realised."""


def finance(folder: Path) -> Iterator[Seen]:
    """The account of each year: an official one (XML, SCDL) before the workbook."""
    accounts: dict[int, list[Line]] = {}
    for path in by_reception(folder, "budget-*.xlsx"):
        accounts[int(path.stem[-4:])] = [
            (
                {"fonctionnement": "operating", "investissement": "investment"}[row["Section"]],
                row["Sens (dépense / recette)"] == "recette", str(row["Article"]), amount(row["Réalisé"]),
            )
            for row in lines(path)
        ]  # fmt: skip
    for path in by_reception(folder, "compte-administratif-*.xml"):
        accounts[int(path.stem[-4:])] = list(_of_document(path))
    for path in by_reception(folder, "scdl-*.csv"):
        accounts[int(path.stem[-4:])] = [
            (
                {"fonctionnement": "operating", "investissement": "investment"}[row["BGT_SECTION"]],
                row["BGT_CODRD"] == "recette", row["BGT_NATURE"], amount(row["BGT_MTREAL"]),
            )
            for row in lines(path, separator=",")
        ]  # fmt: skip
    for year, account in accounts.items():
        first = date(year, 1, 1)
        for section, is_receipt, article, realised in account:
            signed = realised if is_receipt else -realised
            yield Seen("budget_balance", "all", "", first, signed, "year")
            if article not in ("001", "002"):
                yield Seen("budget_result", "all", section, first, signed, "year")
            if not is_receipt and section == "operating":
                spent = realised if article[:4] in ("6231", "6236", "6411") else Decimal(0)
                yield Seen("reception_cost", "all", "", first, spent, "year")
            if is_receipt and section == "operating":
                own = realised if article.startswith("70") else Decimal(0)
                yield Seen("own_receipts", "all", "", first, own, "year")


def _of_document(path: Path) -> Iterator[Line]:
    """The lines of a Document budgétaire: classes 6 and 7 and line 002 are operating."""
    space = "{http://www.minefi.gouv.fr/cp/demat/docbudgetaire}"
    for line in ET.parse(path).iter(f"{space}LigneBudget"):
        given = {child.tag.removeprefix(space): child.get("V", "") for child in line}
        article = given["Nature"]
        section = "operating" if article[0] in "67" or article == "002" else "investment"
        realised = number(given["MtReal"]) or Decimal(0)
        yield section, given["CodRD"] == "R", article, realised
