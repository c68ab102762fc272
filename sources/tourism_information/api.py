"""Pull Apidae's search API: every page or nothing, proved against numFound, the key kept out of everything.

The key travels inside the JSON of the form and Apidae echoes it in every reply.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import requests
from requests.auth import AuthBase

from sources.catalogue import Context
from sources.pulling import REDACTED, NonsenseError, Patience, Query, Service, bundle
from sources.pulling import pull as pull_pages
from warehouse.office.subjects.tourism_information import ApidaeApi

PATH = "/api/v002/recherche/list-objets-touristiques"
FILE_NAME = "apidae-api.zip"
OBJECTS = "objetsTouristiques"
ECHOED_KEY = re.compile(rb'("apiKey"\s*:\s*)"(?:[^"\\]|\\.)*"')

# Only these are asked for: no contacts, no e-mails (`gestion` as a whole would bring some), no free text.
RESPONSE_FIELDS = (
    "id",
    "type",
    "identifier",
    "nom.libelleFr",
    "state",
    "gestion.dateCreation",
    "gestion.dateModification",
    "gestion.membreProprietaire.id",
    "localisation.adresse.commune",
    "localisation.geolocalisation.geoJson",
    "ouverture.periodesOuvertures",
    "ouverture.fermeturesExceptionnelles",
    "criteresInternes",
    "informationsHotellerie.capacite",
    "informationsHotellerie.classement",
    "informationsHotelleriePleinAir.capacite",
    "informationsHotelleriePleinAir.classement",
    "informationsHebergementLocatif.capacite",
    "informationsHebergementLocatif.classementPrefectoral",
    "informationsHebergementCollectif.capacite",
    "informationsHebergementCollectif.classementPrefectoral",
)


class KeyInForm(AuthBase):
    """Puts the key into the form's JSON when a request is about to leave, after everything that logs it."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key to the query of the form."""
        form = parse_qs(r.body if isinstance(r.body, str) else (r.body or b"").decode())
        query = {**json.loads(form["query"][0]), "apiKey": self._key}
        r.prepare_body({"query": json.dumps(query)}, None)
        return r


def pull(api: ApidaeApi, key: str, context: Context, patience: Patience) -> Path:
    """Every page of the search, in a ZIP in `context.work`; raises UpstreamError and then keeps nothing."""
    service = Service(
        name="Apidae",
        url=api.url,
        key=key,
        secret=api.key_secret,
        settings="project_id, selection_ids",
        timeout_seconds=api.timeout_seconds,
        auth=KeyInForm(key),
        clean=without_echo,
    )
    (bodies,) = pull_pages(service, [_search(api)], context.office.language, patience)
    day = context.as_of.astimezone(context.office.zone).date()
    record = {"pulled_on": day.isoformat(), "pages": len(bodies)}
    pages = {f"pages/{rank:05}.json": body for rank, body in enumerate(bodies, 1)}
    return bundle({"pull.json": json.dumps(record).encode(), **pages}, context.work / FILE_NAME)


def without_echo(body: bytes) -> bytes:
    """A reply whose echo says REDACTED instead of the key; every other byte stands as it came."""
    return ECHOED_KEY.sub(rb'\1"' + REDACTED.encode() + b'"', body)


def _search(api: ApidaeApi) -> Query:
    query = {
        "projetId": api.project_id,
        "selectionIds": list(api.selection_ids),
        "count": api.page_size,
        # The one order in which pages do not overlap when a record is modified meanwhile.
        "order": "IDENTIFIANT",
        "asc": True,
        "locales": ["fr"],
        "responseFields": list(RESPONSE_FIELDS),
    }

    def ask(request: requests.Request, received: int) -> None:
        request.data = {"query": json.dumps({**query, "first": received})}

    return Query(PATH, "POST", ask, _found, _identity, page_size=api.page_size)


def _found(reply: Any) -> tuple[int, list[Any]]:
    """What a page announces, and its objects: without any, it has no list of them."""
    found = reply.get("numFound") if isinstance(reply, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise NonsenseError("numFound")
    objects = reply.get(OBJECTS, [])
    if not isinstance(objects, list):
        raise NonsenseError(OBJECTS)
    return found, objects


def _identity(item: Any) -> str | None:
    return str(item["id"]) if isinstance(item, dict) and "id" in item else None
