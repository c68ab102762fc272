"""The syndications of Tourinsoft on a loopback port: OData (version 2) and api-v3, as public code knows them.

A syndication has no key but its GUID, which every answer of version 2 says again in its `__metadata`.
"""

from __future__ import annotations

from typing import Any

from tests.loopback import Answered, Asked, Loopback

CLIENT = "cdt40"
TYPES = "TourInSoft.V5.Syndication.SyndicObject"


class TourinsoftSimulator(Loopback):
    """`with TourinsoftSimulator({guid: objects}) as tourinsoft:`."""

    def __init__(self, syndications: dict[str, list[dict[str, Any]]]) -> None:
        super().__init__()
        self.syndications = syndications
        self.largest_page = 1000
        self.announced = 0  # what is added to the totals that it announces

    def answer(self, asked: Asked) -> Answered:
        parts = asked.path.strip("/").split("/")
        if parts[0] == "Syndication" and len(parts) == 4 and parts[3] == "Objects":
            client, guid = parts[1:3]
            version = 2
        elif parts[:2] == ["api", "syndications"] and len(parts) == 4:
            client, guid = parts[2:]
            version = 3
        else:
            return Answered({"message": "unknown address"}, 404)
        objects = self.syndications.get(guid)
        if client != CLIENT or objects is None:
            return Answered({"message": f"no syndication {guid}"}, 404)
        if version == 3:
            return Answered(
                {"tisTrackingUA": "UA-1", "value": objects} if asked.params["format"] == "json" else ""
            )
        skip, top = int(asked.params.get("$skip", 0)), int(asked.params.get("$top", self.largest_page))
        page = objects[skip : skip + min(top, self.largest_page)]
        base = f"http://wcf.tourinsoft.com/Syndication/{client}/{guid}/Objects"
        results = [
            {"__metadata": {"id": f"{base}('{item['SyndicObjectID']}')", "type": TYPES}, **item}
            for item in page
        ]
        body: dict[str, Any] = {"results": results}
        if asked.params.get("$inlinecount") == "allpages":
            body["__count"] = str(len(objects) + self.announced)
        return Answered({"d": body})


def hotel(number: int, **more: Any) -> dict[str, Any]:
    """An invented hotel with the columns of a syndication of hotels."""
    return {
        "SyndicObjectID": f"HOTAQU040{number:07}",
        "Published": "/Date(1130112000000)/",
        "Updated": "/Date(1736985600000)/",
        "SyndicObjectName": f"Hôtel exemple {number}",
        "SyndicStructureId": "568831b4-0000-4890-0000-51766092e7a8",
        "GmapLatitude": "43.5880000",
        "GmapLongitude": "-1.0340000",
        "ObjectTypeName": "Hôtellerie",
        "MoyenDeCom": "Téléphone filaire|05 00 00 00 00#Mél|jeanne@exemple.test",
        "PeriodeOuverture": "01/04/2025|30/09/2025|08:00|12:00|14:00|19:00|Mardi$Mercredi soir$Jeudi|Lundi",
        "ClassementsllPrefectoral": "3 étoiles",
        "CapaciteTotale": "40",
        "AdresseComplete": "12 rue Inventée|||40300|PEYREHORADE|40224",
        "DescriptionCommerciale": "Chez Jeanne.",
        "Handicap": None,
        **more,
    }


def festival(number: int, **more: Any) -> dict[str, Any]:
    """An invented event with the columns of a syndication of events."""
    return {
        "SyndicObjectID": f"FMAAQU040{number:07}",
        "Published": "2024-06-12T09:30:00.553",
        "Updated": "2025-01-16T00:00:00",
        "SyndicObjectName": f"Fête exemple {number}",
        "ObjectTypeName": "Fêtes et manifestations",
        "GmapLatitude": None,
        "GmapLongitude": None,
        "PeriodeOuverture": "14/07/2025|14/07/2025||||||",
        "AdresseComplete": "Place|||40300|PEYREHORADE|40224",
        **more,
    }
