"""The desks' logs, the requests from afar, the reviews, the listening register and the surveys."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tests.second_program.adding import Seen, month_ends
from tests.second_program.raw import (
    amount,
    bare,
    by_reception,
    dated,
    day,
    lines,
    local_day,
    number,
)

DESKS = {"Auch": "auch", "Castéra-Verduzan": "castera-verduzan", "Thermes de Castéra-Verduzan": "thermes"}
PROFILES = {
    "Touriste": "tourist", "Local": "local", "Excursionniste": "same_day_visitor",
    "Pro / partenaire": "professional", "Camping-cariste": "motorhome_traveller", "Pèlerin": "pilgrim",
    "Curiste": "spa_guest", "": "unknown",
}  # fmt: skip
PARTIES = {
    "Solo": "solo", "Couple": "couple", "Famille": "family", "Groupe d'amis": "group",
    "Groupe organisé": "group",
}  # fmt: skip
COUNTRIES = {
    "France": "FR", "Espagne": "ES", "Royaume-Uni": "GB", "Pays-Bas": "NL", "Belgique": "BE",
    "Allemagne": "DE", "États-Unis": "US", "Canada": "CA", "Italie": "IT", "Suisse": "CH", "Portugal": "PT",
    "Irlande": "IE", "Australie": "AU", "Pologne": "PL", "Danemark": "DK", "Suède": "SE", "Autriche": "AT",
    "Inconnu": "unknown",
}  # fmt: skip
CHANNELS = {"Téléphone": "telephone", "Courriel": "email", "Courrier": "post"}


def contacts(folder: Path) -> Iterator[Seen]:
    """Parties and persons met face to face, what they asked for, and the days on which a desk met any."""
    met = set()
    for path in by_reception(folder, "accueil-*"):
        for row in lines(path, "Contacts"):
            if row["Canal"] not in ("Comptoir", "Hors les murs"):
                continue
            site, at = DESKS[row["Bureau"]], dated(row["Date"])
            country = COUNTRIES[row["Pays"] or "Inconnu"]
            is_foreign = country not in ("FR", "unknown")
            persons = number(row["Nombre de personnes"])
            met.add((site, at))
            asked = sum(1 for rank in (1, 2, 3) if row[f"Demande {rank}"])
            yield Seen("desk_requests", site, "", at, asked)
            if persons is not None:
                yield Seen("visitors_welcomed", "all", "", at, persons)
                yield Seen("contact_persons", site, "", at, persons)
                if is_foreign:
                    yield Seen("contact_persons", site, "foreign", at, persons)
            parts = {
                "contacts": "",
                "profile": PROFILES[row["Profil"] or ""],
                "party": PARTIES[row["Composition"]],
                "hour": str(int(row["Heure"][:2])),
                "origin": "foreign" if is_foreign else country,
            }
            if country == "FR":
                department = (row["Département"] or "Inconnu").split(" - ")[0]
                parts["department"] = "unknown" if department == "Inconnu" else department
            if is_foreign:
                parts["country"] = country
            for name, dimension in parts.items():
                yield Seen(name, site, dimension, at, 1)
    for site, at in met:
        yield Seen("welcome_days", site, "", at, 1)


def requests(folder: Path) -> Iterator[Seen]:
    """Requests one by one; those of a month that was only tallied, by the month."""
    kept = set()
    for path in by_reception(folder, "demandes-20*"):
        for row in lines(path):
            at, channel = dated(row["Date"]), CHANNELS[row["Canal"]]
            kept.add((at.year, at.month, channel))
            yield Seen("requests", "all", channel, at, 1)
    for path in by_reception(folder, "demandes-mensuelles-*"):
        for row in lines(path):
            month, year = map(int, row["Mois"].split("/"))
            channel = CHANNELS[row["Canal"]]
            if (year, month, channel) not in kept:
                first = date(year, month, 1)
                yield Seen("requests", "all", channel, first, amount(row["Nombre de demandes"]), "month")


LOCATIONS = {
    "1001": "office", "1002": "tresor", "1003": "musee-resistance", "1004": "ile-saint-martin",
    "1005": "escape-dartagnan",
}  # fmt: skip
PLACES = {
    "Office de tourisme": "office", "Trésor de la cathédrale": "tresor",
    "Musée de la Résistance": "musee-resistance",
    "Aire de camping-cars de l'Île Saint-Martin": "ile-saint-martin",
    "Jeu d'évasion d'Artagnan": "escape-dartagnan",
}  # fmt: skip
STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}


def reviews(folder: Path) -> Iterator[Seen]:
    """Google's reviews as the last export has them, and those of other platforms that the workbook notes."""
    written: list[tuple[str, date, int]] = []
    with zipfile.ZipFile(by_reception(folder, "takeout-*.zip")[-1]) as export:
        for name in export.namelist():
            if Path(name).name.startswith("reviews"):
                for review in json.loads(export.read(name))["reviews"]:
                    site = LOCATIONS[review["name"].split("/")[3]]
                    written.append((site, local_day(review["createTime"]), STARS[review["starRating"]]))
    by_google = {(site, at.year) for site, at, _ in written}
    for path in by_reception(folder, "avis-*.xlsx"):
        for row in lines(path):
            site, at = PLACES[row["Lieu"]], dated(row["Date"])
            if row["Plateforme"] != "Google" or (site, at.year) not in by_google:
                written.append((site, at, int(row["Note (/5)"])))
    for site, at, stars in written:
        yield Seen("reviews", site, "", at, 1)
        yield Seen("review_stars", site, "", at, stars)
        yield Seen("high_reviews", site, "", at, int(stars >= 4))


THEMES = {
    "Locaux": "premises", "Aire de camping-cars": "motorhome_area",
    "Téléphonie / outlook / serveur": "telephony_it", "Outils de promo / comm": "promotion_tools",
    "Fonctionnement interne": "operations", "Boutique et billetterie": "shop_ticketing",
    "Visites guidées": "guided_tours", "Affichage": "signage", "Cadre de la ville": "townscape",
    "Développement durable": "sustainability",
}  # fmt: skip
NATURE = "Nature (incident / remarque positive / remarque négative / suggestion)"


def listening(folder: Path, received: date) -> tuple[list[Seen], list[Seen]]:
    """Entries as the last workbook that has them says, and the incidents open at each month's end.

    The last level is of the day on which the register was received.
    """
    entries = {}
    for path in by_reception(folder, "ecoute-*.xlsx"):
        for row in lines(path):
            entries[row["N°"], row[NATURE]] = row
    found, incidents = [], []
    for row in entries.values():
        at, theme = dated(row["Date"]), THEMES[row["Thème"]]
        origin = {"externe": "external", "interne": "internal"}[row["Origine (interne / externe)"]]
        match row[NATURE]:
            case "incident":
                found += [Seen("incidents", "all", said, at, 1) for said in (origin, f"{origin}:{theme}")]
                closed = day(row["Date de résolution"])
                if closed is None and row["Statut"] in ("Résolu", "Clos sans suite"):
                    closed = at
                incidents.append((at, closed))
                if closed is not None:
                    found.append(Seen("incidents_resolved", "all", origin, closed, 1))
                due = day(row["Échéance"])
                if due is not None and due < received:
                    in_time = int(closed is not None and closed <= due)
                    found.append(Seen("incidents_due", "all", "", due, 1))
                    found.append(Seen("incidents_closed_in_time", "all", "", due, in_time))
            case "suggestion":
                found.append(Seen("suggestions", "all", "", at, 1))
                if row["Prise en compte (oui/non)"] == "oui":
                    found.append(Seen("suggestions", "all", "taken_up", at, 1))
            case remark:
                sign = "_positive" if bare(remark) == "remarque positive" else "_negative"
                said = origin if origin == "internal" else origin + sign
                found.append(Seen("remarks", "all", said, at, 1))
    first = min(dated(row["Date"]) for row in entries.values())
    unresolved = [
        Seen(
            "incidents_unresolved", "all", "", end,
            sum(1 for at, closed in incidents if at <= end and (closed is None or closed > end)),
        )
        for end in month_ends(first, received)
    ]  # fmt: skip
    return found, unresolved


def surveys(folder: Path) -> Iterator[Seen]:
    """Responses that were sent, and of each question what was answered and who was satisfied."""
    for path in by_reception(folder, "*"):
        is_on_site = path.suffix == ".csv"
        for row in lines(path):
            sent = day(row["Date de soumission" if is_on_site else "Heure de fin"])
            if sent is None:
                continue
            sites = ("auch", "all") if is_on_site else ("all",)
            answers = {item: answer for head, answer in row.items() if (item := _item(head)) and answer}
            for site in sites:
                yield Seen("survey_responses", site, "on_site" if is_on_site else "remote", sent, 1)
                for item, answer in answers.items():
                    yield Seen("answers", site, item, sent, 1)
                    yield Seen("satisfied", site, item, sent, int(_is_satisfied(answer)))


def _item(heading: str) -> str | None:
    name = bare(heading)
    if name.startswith("recommanderiez vous"):
        return "destination_recommendation"
    if "site internet" in name:
        return "website_consulted"
    words = {"accueil": "welcome_staff", "documentation": "documents", "boutique": "shop_range"}
    return next((item for word, item in words.items() if word in name), None)


def _is_satisfied(answer: str) -> bool:
    return answer in ("Très satisfait", "Satisfait", "Oui", "7", "8", "9", "10")
