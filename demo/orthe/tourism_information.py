"""The syndications of Sirtaqui (Tourinsoft): hotels and events of the territory, as a pull archives them.

One ZIP, of the last days of 2020: of a syndication only what is published is known.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

from demo.workbooks import drop
from warehouse.office.model import Office, load_office

PULLED = date(2020, 12, 30)
HOTELS = 12
EVENTS = {2018: 40, 2019: 55, 2020: 22}  # by the year of their publication


def generate(inbox: Path, seed: int) -> None:
    """Write the ZIP into `inbox/tourism_information`; the same seed writes the same bytes."""
    random = Random(f"orthe tourism_information {seed}")
    office = load_office(Path(__file__).with_name("office.yml"))
    syndications = {
        "hebergements": list(_hotels(office, random)),
        "evenements": list(_events(office, random)),
    }
    told = [{"name": name, "version": 2, "pages": 1} for name in syndications]
    members: dict[str, Any] = {"pull.json": {"pulled_on": f"{PULLED}", "syndications": told}}
    for name, objects in syndications.items():
        members[f"syndications/{name}/00001.json"] = {"total": len(objects), "objects": objects}
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as bundle:
        for path, document in members.items():
            bundle.writestr(zipfile.ZipInfo(path), json.dumps(document, ensure_ascii=False))
    drop(inbox / "tourism_information" / "tourinsoft-syndications.zip", content.getvalue(), PULLED)


def _hotels(office: Office, random: Random) -> Iterator[dict[str, Any]]:
    for number in range(HOTELS):
        published = datetime(2016, 1, 1, 9) + timedelta(random.randrange(1000))  # noqa: DTZ001 without a zone
        yield {
            **_object(office, random, f"HOTAQU040{number:07}", "Hôtellerie", published),
            "PeriodeOuverture": "01/04/2020|31/10/2020||||||",
            "ClassementsllPrefectoral": f"{random.randint(2, 4)} étoiles",
            "CapaciteTotale": str(random.randint(20, 60)),
        }


def _events(office: Office, random: Random) -> Iterator[dict[str, Any]]:
    for year, count in EVENTS.items():
        for rank in range(count):
            published = datetime(year, random.randint(1, 11), random.randint(1, 28), 10)  # noqa: DTZ001 without a zone
            day = published.date() + timedelta(random.randint(3, 30))
            yield {
                **_object(office, random, f"FMAAQU040{year}{rank:03}", "Fêtes et manifestations", published),
                "PeriodeOuverture": f"{day:%d/%m/%Y}|{day:%d/%m/%Y}||||||",
            }


def _object(
    office: Office, random: Random, identity: str, type_name: str, published: datetime
) -> dict[str, Any]:
    """What every object has."""
    place = random.choice(office.municipalities)
    return {
        "SyndicObjectID": identity,
        "ObjectTypeName": type_name,
        "SyndicObjectName": f"{type_name} {identity[-3:]}",
        "Published": f"{published:%Y-%m-%dT%H:%M:%S}",
        "Updated": f"{published + timedelta(random.randint(0, 20)):%Y-%m-%dT%H:%M:%S}",
        "SyndicStructureId": "568831b4-0000-4890-0000-51766092e7a8",
        "GmapLatitude": "43.5450000",
        "GmapLongitude": "-1.0980000",
        "AdresseComplete": f"40300|{place.name.upper()}|{place.code}",
    }
