"""Audience, creators, documentation and partners, and the records of the tourism information system."""

from __future__ import annotations

import json
import re
import zipfile
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.second_program.adding import Seen, month_ends
from tests.second_program.raw import (
    PARIS,
    amount,
    bare,
    by_reception,
    dated,
    day,
    lines,
    local_day,
    saved,
)


def audience(folder: Path) -> tuple[list[Seen], list[Seen]]:
    """Visits, newsletters, views, press and creators; and the followers of each network."""
    found, followers = [], []
    visits: dict[date, Decimal] = {}
    for path in by_reception(folder, "matomo-*.csv"):
        visits |= {dated(row["date"]): amount(row["nb_visits"]) for row in lines(path, separator=",")}
    found += [Seen("website_visits", "all", "", at, count) for at, count in visits.items()]
    for path in by_reception(folder, "mailjet-*.csv"):
        messages = list(lines(path, separator=","))
        sent = min(dated(row["date"]) for row in messages)
        kept = [
            row for row in messages if "TRUE" not in (row["blocked"], row["soft_bounce"], row["hard_bounce"])
        ]
        found.append(Seen("newsletters", "all", "", sent, 1))
        found.append(Seen("newsletter_messages", "all", "", sent, len(kept)))
        clicked = sum(1 for row in messages if row["clicked"] == "TRUE")
        found.append(Seen("clicks", "all", "", sent, clicked))
    for path in by_reception(folder, "audience.xlsx"):
        for row in lines(path):
            at, network = dated(row["Date du relevé"]), row["Réseau"].lower()
            followers.append(Seen("network_followers", "all", network, at, row["Abonnés"]))
            found.append(Seen("network_views", "all", network, at, row["Vues"]))
            found.append(Seen("network_interactions", "all", network, at, row["Interactions"]))
    for path in by_reception(folder, "presse.xlsx"):
        found += [Seen("press_publications", "all", "", dated(row["Date"]), 1) for row in lines(path)]
    for path in by_reception(folder, "createurs.xlsx"):
        for row in lines(path):
            first = date.fromisoformat(f"{row['Mois']}-01")
            views = amount(re.sub(r"\D", "", str(row["Vues"])))
            cost = amount(row["Coût TTC"])
            found.append(Seen("creator_cost", "all", row["Créateur"], first, cost, "month"))
            found.append(Seen("creator_views", "all", row["Créateur"], first, views, "month"))
    return found, followers


class Documentation:
    """The movements of brochures: an inventory is a state, its difference a gap."""

    def __init__(self, folder: Path) -> None:
        self.sums: list[Seen] = []
        self.stocks: list[Seen] = []
        self.delivered: list[tuple[date, str]] = []
        (path,) = by_reception(folder, "*.xlsx")
        moves = list(lines(path, "Mouvements"))
        moves.sort(key=lambda row: dated(row["Date"]))
        last = dated(moves[-1]["Date"])
        ends = list(month_ends(dated(moves[0]["Date"]), last))
        stock: dict[str, int] = {}
        for rank, row in enumerate(moves):
            at = dated(row["Date"])
            self._move(row, stock)
            following = dated(moves[rank + 1]["Date"]) if rank + 1 < len(moves) else None
            if following != at:
                until = following or date.max
                for end in ends:
                    if at <= end < until:
                        self.stocks += [
                            Seen("documentation_stock", "all", code, end, left)
                            for code, left in stock.items()
                        ]

    def _move(self, row: dict[str, Any], stock: dict[str, int]) -> None:
        at, code, copies = dated(row["Date"]), row["Code"], row["Quantité"]
        kind = next(value for heading, value in row.items() if heading.startswith("Mouvement"))
        if kind == "inventaire":
            if code in stock:
                gap = copies - stock[code]
                self.sums.append(Seen("documentation_inventory_gap", "all", "", at, gap))
            stock[code] = copies
            return
        is_in = kind == "réception"
        stock[code] = stock.get(code, 0) + (copies if is_in else -copies)
        name = "received" if is_in else "discarded" if kind == "jeté" else "distributed"
        self.sums.append(Seen(f"documentation_{name}", "all", "", at, copies))
        if kind == "livraison" and row["Partenaire"]:
            self.delivered.append((at, row["Partenaire"]))


KINDS = {
    "visite": "visit", "conseil": "advice", "classement": "classification", "label": "label",
    "numérique": "digital", "éductour": "familiarisation_tour",
}  # fmt: skip
LABELS = {
    "Classement": "classification",
    "Accueil Vélo": "accueil_velo",
    "Gîtes de France": "gites_de_france",
}


class Partners:
    """What partners were given, who they are, what they hold, and the beds of classed lodgings."""

    def __init__(self, folder: Path, office: dict[str, Any], today: date, calendar_start: date) -> None:
        self.sums: list[Seen] = []
        self.levels: list[Seen] = []
        self.supported: list[tuple[date, str]] = []
        (path,) = by_reception(folder, "partenaires.xlsx")
        tours = set()
        for row in lines(path, "Accompagnements"):
            at = dated(row["Date"])
            kind = KINDS[next(value for heading, value in row.items() if heading.startswith("Nature"))]
            self.sums.append(Seen("partner_supports", "all", kind, at, 1))
            self.supported.append((at, row["N° partenaire"]))
            if kind == "familiarisation_tour":
                tours.add(at)
        self.sums += [Seen("familiarisation_tours", "all", "", at, 1) for at in tours]
        active = [row for row in lines(path, "Partenaires") if row["Statut"] == "Actif"]
        self.levels.append(Seen("partners", "all", "", saved(path), len(active)))
        fees = sum(int(row["Cotisation TTC"]) for row in active)
        self.levels.append(Seen("partner_fees", "all", "", saved(path), fees))
        self._labels(path, today, calendar_start)
        towns = {bare(one["name"]) for one in office["municipalities"]}
        for path in by_reception(folder, "hebergements_classes.csv"):
            beds: dict[str, int] = defaultdict(int)
            for row in lines(path):
                is_here = bare(row["COMMUNE"]) in towns and row["CODE POSTAL"].startswith("32")
                if is_here and row["CAPACITÉ D'ACCUEIL (PERSONNES)"] not in ("", "-"):
                    kind = {"HÔTEL DE TOURISME": "hotel", "CAMPING": "campsite"}[
                        row["TYPOLOGIE ÉTABLISSEMENT"]
                    ]
                    beds[kind] += int(row["CAPACITÉ D'ACCUEIL (PERSONNES)"])
            for kind, count in beds.items():
                self.levels.append(Seen("classed_bed_places", "all", kind, saved(path), count))

    def _labels(self, path: Path, today: date, calendar_start: date) -> None:
        """Held from the day on which each was obtained until it lapses or is obtained again."""
        held: dict[tuple[str, str], list[tuple[date, date | None]]] = defaultdict(list)
        for row in lines(path, "Labels"):
            key = (LABELS[row["Label"]], row["N° partenaire"])
            held[key].append((dated(row["Obtenu le"]), day(row["Échéance"])))
        for label in {label for label, _ in held}:
            spans = []
            for (name, _), own in held.items():
                own.sort(key=lambda one: one[0])
                for rank, (start, due) in enumerate(own):
                    again = own[rank + 1][0] if rank + 1 < len(own) else date.max
                    if name == label:
                        spans.append((start, min(due or date.max, again)))
            first = max(min(start for start, _ in spans), calendar_start)
            for end in month_ends(first, today):
                count = sum(1 for start, until in spans if start <= end < until)
                self.levels.append(Seen("labels_held", "all", label, end, count))


BEDS = {
    "nombreTotalPersonnes": 1, "capaciteTotale": 1, "capaciteHebergement": 1,
    "nombreChambresDeclareesHotelier": 2, "nombreEmplacementsDeclares": 3,
}  # fmt: skip
PLATFORM = 32401


def information(folder: Path, calendar_start: date) -> tuple[list[Seen], list[Seen]]:
    """Events by the day on which their record was created, and the bed places at each month's end."""
    created: dict[int, date] = {}
    versions: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    seen: dict[int, int] = {}  # the last export that has an object, by its rank
    deleted: dict[int, tuple[int, date]] = {}
    exports: list[tuple[date, bool]] = []
    for rank, path in enumerate(by_reception(folder, "*.zip")):
        made = datetime.strptime(path.name.split("_")[1], "%Y%m%d-%H%M").replace(tzinfo=PARIS).date()
        exports.append((made, "reinitialisation" in path.name))
        with zipfile.ZipFile(path) as export:
            for name in export.namelist():
                if name.startswith("objets_modifies/"):
                    for item in json.loads(export.read(name)):
                        seen[item["id"]] = rank
                        management = item["gestion"]
                        if item["type"] == "FETE_ET_MANIFESTATION":
                            created[item["id"]] = local_day(management["dateCreation"])
                        elif item["type"].startswith("HEBERGEMENT") or item["type"].startswith("HOTELLERIE"):
                            written_at = management.get("dateModification") or management["dateCreation"]
                            versions[item["id"]][written_at] = item
                elif name == "objets_supprimes.json":
                    for number_of in json.loads(export.read(name)):
                        deleted[number_of] = (rank, made)
    last = exports[-1][0]
    events = [
        Seen("event_records_created", "all", "", at, 1) for at in created.values() if at >= calendar_start
    ]
    beds: list[tuple[bool, date, date, int]] = []
    for number_of, own in versions.items():
        gone = [made for rank, (made, is_full) in enumerate(exports) if is_full and rank > seen[number_of]]
        if number_of in deleted and deleted[number_of][0] >= seen[number_of]:
            gone.append(deleted[number_of][1])
        written = sorted(own.items())
        newest = written[-1][1]
        is_platform = any(one["id"] == PLATFORM for one in newest.get("criteresInternes", []))
        for rank, (at, item) in enumerate(written):
            until = min(
                [*gone, *([local_day(written[rank + 1][0])] if rank + 1 < len(written) else [])],
                default=date.max,
            )
            if item["state"] == "PUBLISHED":
                beds.append((is_platform, local_day(at), until, _beds(item)))
    first = next(made for made, is_full in exports if is_full)
    levels = [
        Seen(
            f"bed_places_{'platform' if is_platform else 'commercial'}", "all", "", end,
            sum(count for of, start, until, count in beds if of == is_platform and start <= end < until),
        )
        for end in month_ends(first, last)
        for is_platform in (False, True)
    ]  # fmt: skip
    return events, levels


def _beds(item: dict[str, Any]) -> int:
    (about,) = (value for name, value in item.items() if name.startswith("informations"))
    ((name, count),) = about["capacite"].items()
    return int(BEDS[name] * count)
