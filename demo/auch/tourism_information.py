"""Demonstration export ZIPs of Apidae: a full export in January 2024, monthly differentials, a full one last.

Event records are created from June 2024 on, 831 in 2024 and 1,495 in 2025; lodgings change, come and go, and
hold 2,901 commercial and 2,934 platform bed places at the end of 2025.
"""

from __future__ import annotations

import json
import os
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from warehouse.office.model import load_office

ZONE = ZoneInfo("Europe/Paris")
PROJECT = 3367
MEMBER = 1203
PLATFORM_CRITERION = 32401
OBJECTS_PER_FILE = 200
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

EVENTS_CREATED = {2024: 831, 2025: 1495}
FIRST_EVENT_DAY = date(2024, 6, 3)
BED_PLACES = {"commercial": 2901, "platform": 2934}
PLATFORM_LODGINGS = 640

# Type, how many, smallest and largest number in `capacite`, its field, bed places that one of them makes.
COMMERCIAL = (
    ("HOTELLERIE", 14, 24, 110, "nombreTotalPersonnes", 1),
    ("HOTELLERIE", 4, 6, 18, "nombreChambresDeclareesHotelier", 2),
    ("HOTELLERIE_PLEIN_AIR", 5, 20, 60, "nombreEmplacementsDeclares", 3),
    ("HEBERGEMENT_COLLECTIF", 8, 12, 46, "capaciteTotale", 1),
    ("HEBERGEMENT_LOCATIF", 150, 2, 8, "capaciteHebergement", 1),
)
SITES = ("PATRIMOINE_CULTUREL", "RESTAURATION", "EQUIPEMENT", "COMMERCE_ET_SERVICE", "DEGUSTATION")
STARS = {2756: "2 étoiles", 2757: "3 étoiles", 2758: "4 étoiles"}
EVENT_NAMES = ("Concert", "Marché nocturne", "Visite guidée", "Brocante", "Fête du village", "Exposition")
PLACE_NAMES = ("de la Halle", "du Lac", "des Jacobins", "de l'Escalier", "du Moulin", "de la Tour")


@dataclass
class Record:
    """An Apidae record over time: its versions by instant of writing, and the day it is deleted."""

    number: int
    versions: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    deleted_at: datetime | None = None

    def at(self, instant: datetime) -> dict[str, Any] | None:
        """The record as it stands at that instant; None when it is not there."""
        written = [content for when, content in self.versions if when <= instant]
        gone = self.deleted_at is not None and self.deleted_at <= instant
        return written[-1] if written and not gone else None

    def is_written_between(self, start: datetime, end: datetime) -> bool:
        """True when a version was written after `start` and up to `end`."""
        return any(start < when <= end for when, _ in self.versions)


def generate(inbox: Path, seed: int) -> None:
    """Write the exports of January 2024 to 4 January 2026 into `inbox/tourism_information`."""
    rng = random.Random(f"{seed}-tourism_information")
    office = load_office(Path(__file__).with_name("office.yml"))
    communes = [
        {"id": 12000 + rank, "code": m.code, "nom": m.name, "codePostal": f"{m.code[:2]}000",
         "pays": {"elementReferenceType": "Pays", "id": 532}}
        for rank, m in enumerate(office.municipalities)
    ]  # fmt: skip
    records = [
        *_lodgings(rng, communes, "commercial"),
        *_lodgings(rng, communes, "platform"),
        *_sites(rng, communes),
        *_events(rng, communes),
    ]
    folder = inbox / "tourism_information"
    folder.mkdir(parents=True, exist_ok=True)
    previous: datetime | None = None
    for produced_at, is_full in _export_times():
        _export(folder, rng, records, communes, previous, produced_at, is_full)
        previous = produced_at


def _export_times() -> Iterator[tuple[datetime, bool]]:
    """When the exports are made, and whether each is a full one."""
    yield _instant(date(2024, 1, 8), 6), True
    for month in range(1, 24):
        yield _instant(date(2024 + month // 12, month % 12 + 1, 1), 6), False
    # The last day of the year, late, and a full one that shows what is gone without a word.
    yield _instant(date(2025, 12, 31), 22), False
    yield _instant(date(2026, 1, 4), 6), True


# --- records ---------------------------------------------------------------------------------------------


def _lodgings(rng: random.Random, communes: list[dict[str, Any]], category: str) -> list[Record]:
    """Lodgings whose bed places add up to the published figure at the end of 2025."""
    kinds = (
        [(kind, low, high, path, beds) for kind, n, low, high, path, beds in COMMERCIAL for _ in range(n)]
        if category == "commercial"
        else [("HEBERGEMENT_LOCATIF", 2, 7, "capaciteHebergement", 1)] * PLATFORM_LODGINGS
    )
    numbers = [rng.randint(low, high) for _, low, high, _, _ in kinds]
    # The furnished lodgings, one bed place a unit, take what is missing or too much, one at a time.
    furnished = [rank for rank, kind in enumerate(kinds) if kind[0] == "HEBERGEMENT_LOCATIF"]
    others = sum(n * kind[4] for rank, (n, kind) in enumerate(zip(numbers, kinds, strict=True))
                 if rank not in set(furnished))  # fmt: skip
    difference = BED_PLACES[category] - others - sum(numbers[rank] for rank in furnished)
    while difference:
        rank = rng.choice(furnished)
        step = 1 if difference > 0 else -1
        if 1 <= numbers[rank] + step <= 15:
            numbers[rank] += step
            difference -= step
    first = 500_000 if category == "commercial" else 700_000
    records = []
    for rank, ((kind, _, _, path, _), number) in enumerate(zip(kinds, numbers, strict=True)):
        created_at = _random_instant(rng, date(2012, 1, 2), date(2023, 12, 20))
        if rng.random() < 0.15:
            created_at = _random_instant(rng, date(2024, 1, 10), date(2025, 11, 30))
        record = Record(first + rank)
        body = _lodging(rng, communes, record.number, kind, category)
        own = body.pop("_own")
        changes = [created_at]
        if rng.random() < 0.4:
            when = _random_instant(rng, max(created_at.date(), date(2024, 2, 1)), date(2025, 12, 20))
            changes.append(max(when, created_at + timedelta(hours=1)))
        for when in changes:
            beds = number if when == changes[-1] else max(1, number - rng.randint(0, 2))
            capacity = {f"informations{_camel(kind)}": {**own, "capacite": {path: beds}}}
            record.versions.append((when, _written(body | capacity, created_at, when)))
        records.append(record)
    records += _closed_lodgings(rng, communes, category, first + len(kinds))
    return records


def _closed_lodgings(
    rng: random.Random, communes: list[dict[str, Any]], category: str, first: int
) -> Iterator[Record]:
    """Lodgings that shut before the end of 2025: announced as deleted, or hidden."""
    for rank in range(9):
        created_at = _random_instant(rng, date(2012, 1, 2), date(2023, 12, 20))
        shut_at = _random_instant(rng, date(2024, 3, 1), date(2025, 11, 30))
        record = Record(first + rank)
        body = _lodging(rng, communes, record.number, "HEBERGEMENT_LOCATIF", category)
        body.pop("_own")
        body["informationsHebergementLocatif"] = {"capacite": {"capaciteHebergement": rng.randint(2, 6)}}
        record.versions.append((created_at, _written(body, created_at, created_at)))
        if rank % 3:
            record.deleted_at = shut_at
        else:
            record.versions.append((shut_at, _written(body | {"state": "HIDDEN"}, created_at, shut_at)))
        yield record


def _lodging(
    rng: random.Random, communes: list[dict[str, Any]], number: int, kind: str, category: str
) -> dict[str, Any]:
    body = _object(rng, communes, number, kind, f"Hébergement {rng.choice(PLACE_NAMES)} {number % 1000}")
    body["_own"] = {}
    if category == "platform":
        body["criteresInternes"] = [{"id": PLATFORM_CRITERION}]
    elif kind == "HOTELLERIE":
        star = rng.choice(list(STARS))
        body["_own"] = {"classement": {"elementReferenceType": "HotellerieClassement", "id": star}}
    if rng.random() < 0.05:
        body["ouverture"] = {
            "periodesOuvertures": [
                _period(1, date(2024, 4, 1), date(2024, 10, 31), tousLesAns=True),
            ],
        }
    return body


def _sites(rng: random.Random, communes: list[dict[str, Any]]) -> Iterator[Record]:
    """Restaurants, museums, shops: open by weekday, closed on some public holidays."""
    for rank in range(120):
        created_at = _random_instant(rng, date(2012, 1, 2), date(2023, 12, 20))
        record = Record(300_000 + rank)
        kind = SITES[rank % len(SITES)]
        body = _object(rng, communes, record.number, kind, f"Lieu {rng.choice(PLACE_NAMES)} {rank}")
        if rank % 4 == 0:
            weekend = [{"jour": "SAMEDI"}, {"jour": "DIMANCHE"}]
            summer, winter = (date(2024, 4, 1), date(2024, 9, 30)), (date(2024, 10, 1), date(2025, 3, 31))
            but_mondays: dict[str, Any] = {
                "type": "OUVERTURE_SAUF",
                "ouverturesJournalieres": [{"jour": "LUNDI"}],
            }
            at_weekends: dict[str, Any] = {"type": "OUVERTURE_SEMAINE", "ouverturesJournalieres": weekend}
            body["ouverture"] = {
                "periodesOuvertures": [
                    _period(1, *summer, tousLesAns=True, **but_mondays),
                    _period(2, *winter, tousLesAns=True, **at_weekends),
                ],
                "fermeturesExceptionnelles": [
                    {"dateSpeciale": name} for name in ("PREMIER_JANVIER", "PREMIER_MAI")
                ],
            }
        if rank % 40 == 7:
            # Gone between the last two exports: only the full one, which lacks it, tells.
            record.deleted_at = _instant(date(2026, 1, 2), 9)
        record.versions.append((created_at, _written(body, created_at, created_at)))
        if rng.random() < 0.5:
            when = _random_instant(rng, date(2024, 2, 1), date(2025, 12, 20))
            record.versions.append((when, _written(body, created_at, when)))
        yield record


def _events(rng: random.Random, communes: list[dict[str, Any]]) -> Iterator[Record]:
    """Events: most happen weeks after their record is written, and some records are deleted afterwards."""
    number = 6_500_000
    for year, count in EVENTS_CREATED.items():
        first = FIRST_EVENT_DAY if year == 2024 else date(year, 1, 1)
        instants = sorted(_random_instant(rng, first, date(year, 12, 30)) for _ in range(count))
        for created_at in instants:
            number += rng.randint(1, 9)
            record = Record(number)
            starts = created_at.date() + timedelta(days=rng.randint(3, 120))
            name = f"{rng.choice(EVENT_NAMES)} {rng.choice(PLACE_NAMES)}"
            body = _object(rng, communes, number, "FETE_ET_MANIFESTATION", name)
            body["identifier"] = f"SITRA2_EVE_{number}"
            body["ouverture"] = {"periodesOuvertures": list(_event_periods(rng, starts))}
            record.versions.append((created_at, _written(body, created_at, created_at)))
            if rng.random() < 0.2:
                when = created_at + timedelta(hours=rng.randint(2, 40))
                record.versions.append((when, _written(body, created_at, when)))
            if rng.random() < 0.06:
                record.deleted_at = _instant(starts + timedelta(days=30), 9)
            yield record


def _event_periods(rng: random.Random, starts: date) -> Iterator[dict[str, Any]]:
    for rank in range(rng.choice((1, 1, 1, 2, 4))):
        first = starts + timedelta(days=7 * rank)
        length = rng.choice((0, 0, 0, 1, 2))
        yield _period(
            rank + 1,
            first,
            first + timedelta(days=length),
            horaireOuverture=f"{rng.randint(9, 20)}:00:00".zfill(8),
        )


def _period(rank: int, first: date, last: date, **more: Any) -> dict[str, Any]:
    return {
        "identifiant": 13_900_000 + rank,
        "dateDebut": first.isoformat(),
        "dateFin": last.isoformat(),
        "type": "OUVERTURE_TOUS_LES_JOURS",
        "tousLesAns": False,
        **more,
    }


def _object(
    rng: random.Random, communes: list[dict[str, Any]], number: int, kind: str, name: str
) -> dict[str, Any]:
    """What all objects share; in an export the municipality is a bare id."""
    commune = rng.choices(communes, [12 if c["nom"] == "Auch" else 1 for c in communes])[0]
    return {
        "type": kind,
        "id": number,
        "nom": {"libelleFr": name},
        "identifier": f"sitra{kind[:3]}{number}",
        "state": "PUBLISHED",
        "localisation": {
            "adresse": {"codePostal": commune["codePostal"], "commune": {"id": commune["id"]}},
            "geolocalisation": {
                "valide": True,
                "geoJson": {
                    "type": "Point",
                    "coordinates": [round(rng.uniform(0.35, 0.80), 6), round(rng.uniform(43.55, 43.80), 6)],
                },
            },
        },
    }


def _written(body: dict[str, Any], created_at: datetime, modified_at: datetime) -> dict[str, Any]:
    management = {
        "dateCreation": _apidae(created_at),
        "dateModification": _apidae(modified_at),
        "membreProprietaire": {"id": MEMBER, "nom": "Office de tourisme Grand Auch Cœur de Gascogne"},
    }
    return body | {"gestion": management}


# --- files -----------------------------------------------------------------------------------------------


def _export(
    folder: Path,
    rng: random.Random,
    records: list[Record],
    communes: list[dict[str, Any]],
    previous: datetime | None,
    produced_at: datetime,
    is_full: bool,
) -> None:
    """Write one ZIP: what stands (full) or changed since the previous export, and what was deleted."""
    since = previous or datetime.min.replace(tzinfo=UTC)
    standing = [
        content
        for record in records
        if (content := record.at(produced_at)) and (is_full or record.is_written_between(since, produced_at))
    ]
    deleted = [
        record.number
        for record in records
        if record.deleted_at is not None
        and since < record.deleted_at <= produced_at
        and record.versions[0][0] <= since
    ]
    stars = [{"elementReferenceType": "HotellerieClassement", "id": number, "libelleFr": label, "actif": True}
             for number, label in STARS.items()]  # fmt: skip
    selected = [{"type": content["type"], "id": content["id"]} for content in standing]
    members: dict[str, Any] = {
        "communes.json": communes,
        "elements_reference.json": stars,
        "criteres_internes.json": [
            {"id": PLATFORM_CRITERION, "libelle": "Location occasionnelle (plateforme)"}
        ],
        "selections.json": [{"id": 140_001, "nom": "Grand Auch", "objetsTouristiques": selected}],
    }
    for rank, start in enumerate(range(0, len(standing), OBJECTS_PER_FILE), 1):
        members[f"objets_modifies/objets_modifies-{rank}.json"] = standing[start : start + OBJECTS_PER_FILE]
    # A full export announces no deletion: what is gone is simply not there.
    members["objets_supprimes.json"] = [] if is_full else deleted
    local = produced_at.astimezone(ZONE)
    mark = "".join(rng.choices("abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRSTUVWXYZ23456789", k=6))
    name = f"{PROJECT}_{local:%Y%m%d-%H%M}_{mark}{'-reinitialisation' if is_full else ''}.zip"
    with zipfile.ZipFile(folder / name, "w") as export:
        for member, content in members.items():
            info = zipfile.ZipInfo(member, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            export.writestr(info, json.dumps(content, ensure_ascii=False), compresslevel=6)
    received = produced_at.timestamp() + 3600
    os.utime(folder / name, (received, received))


def _instant(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)


def _random_instant(rng: random.Random, first: date, last: date) -> datetime:
    """An instant of office hours between two local days, inclusive."""
    day = first + timedelta(days=rng.randint(0, (last - first).days))
    local = datetime.combine(day, time(8), ZONE) + timedelta(milliseconds=rng.randint(0, 10 * 3_600_000))
    return local.astimezone(UTC)


def _apidae(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}+0000"


def _camel(kind: str) -> str:
    return "".join(word.capitalize() for word in kind.split("_"))
