"""Pull Apidae's search API: every page or nothing, proved against numFound, the key kept out of everything.

The key travels inside the JSON of the form and Apidae echoes it in every reply. dlt logs the data of its
requests, so the key joins the form last, in `KeyInForm`; it leaves the replies first, in `without_key`.
"""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import requests
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests.auth import AuthBase

from sources.asking import bounded
from sources.catalogue import Context
from warehouse.errors import UpstreamError
from warehouse.office.subjects.tourism_information import ApidaeApi
from warehouse.words.messages import say

PATH = "/api/v002/recherche/list-objets-touristiques"
FILE_NAME = "apidae-api.zip"
OBJECTS = "objetsTouristiques"
REDACTED = "REDACTED"
ECHOED_KEY = re.compile(rb'("apiKey"\s*:\s*)"(?:[^"\\]|\\.)*"')
# A ZIP of the same pull has the same bytes: no clock in it but the day of the pull.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
WHOLE_ANSWERS = 4  # times the wait for an answer: how long all of it may take
LARGEST_PAGE_BYTES = 1 << 26  # 200 objects of 300 kB
LONGEST_SECONDS = 1800.0
SHORTEST_SECRET = 8  # what is shorter could be a part of ordinary data

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


@dataclass(frozen=True)
class Patience:
    """How long we insist: tries of one request, seconds before the second try, pulls in all."""

    attempts: int = 3
    backoff_seconds: float = 1.0
    pulls: int = 3


PATIENCE = Patience()


class MovedError(Exception):
    """Objects came or went while the pages were pulled: what we hold is not one state of the set."""


class NonsenseError(Exception):
    """A reply that is no page of the search."""


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


class Pages(BasePaginator):
    """Advances by the objects received, never by those asked for: Apidae may give fewer."""

    def __init__(self, query: Mapping[str, Any]) -> None:
        super().__init__()
        self.query = query
        self.received = 0
        self.found: int | None = None

    def init_request(self, request: requests.Request) -> None:
        """Ask for the first page."""
        self.update_request(request)

    def update_request(self, request: requests.Request) -> None:
        """Ask for the page that begins after what was received."""
        request.data = {"query": json.dumps({**self.query, "first": self.received})}

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        """Count the page; raises NonsenseError, or MovedError when the set is not what it was."""
        reply = response.json()
        found = reply.get("numFound") if isinstance(reply, dict) else None
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise NonsenseError("numFound")
        objects = reply.get(OBJECTS, [])
        if not isinstance(objects, list):
            raise NonsenseError(OBJECTS)
        if self.found is not None and found != self.found:
            raise MovedError(f"numFound {self.found}, {found}")
        self.found = found
        self.received += len(objects)
        if self.received > found or (not objects and self.received < found):
            raise MovedError(f"numFound {found}, {self.received}")
        self._has_next_page = self.received < found


def pull(api: ApidaeApi, key: str, context: Context, patience: Patience) -> Path:
    """Every page of the search, in a ZIP in `context.work`; raises UpstreamError and then keeps nothing."""
    language = context.office.language
    moved = ""
    for _ in range(patience.pulls):
        try:
            bodies = _pull_once(api, key, language, patience)
        except MovedError as error:
            moved = str(error)
            continue
        day = context.as_of.astimezone(context.office.zone).date()
        return _bundle(bodies, {"pulled_on": day.isoformat(), "pages": len(bodies)}, context.work)
    raise UpstreamError(
        say("upstream.apidae_moved", language, url=api.url, count=patience.pulls, detail=moved)
    )


def _pull_once(api: ApidaeApi, key: str, language: str, patience: Patience) -> list[bytes]:
    """The bodies of all pages, without the key; raises MovedError or UpstreamError."""
    client = RESTClient(
        base_url=api.url,
        auth=KeyInForm(key),
        data_selector=OBJECTS,
        session=bounded(
            Client(
                request_timeout=api.timeout_seconds,
                raise_for_status=False,
                request_max_attempts=patience.attempts,
                request_backoff_factor=patience.backoff_seconds,
                request_max_retry_delay=10 * patience.backoff_seconds,
            ).session,
            WHOLE_ANSWERS * api.timeout_seconds,
            LARGEST_PAGE_BYTES,
        ),
    )
    pages = Pages(
        {
            "projetId": api.project_id,
            "selectionIds": list(api.selection_ids),
            "count": api.page_size,
            # The one order in which pages do not overlap when a record is modified meanwhile.
            "order": "IDENTIFIANT",
            "asc": True,
            "locales": ["fr"],
            "responseFields": list(RESPONSE_FIELDS),
        }
    )
    bodies: list[bytes] = []
    ids: list[str] = []
    key_name = api.key_secret
    until = time.monotonic() + LONGEST_SECONDS
    try:
        # A redirection would hand the key to another address.
        for page in client.paginate(PATH, "POST", paginator=pages, allow_redirects=False):
            bodies.append(without_key(page.response.content, key))
            ids += [str(item["id"]) for item in page if isinstance(item, dict) and "id" in item]
            if time.monotonic() > until:
                raise requests.Timeout(f"{LONGEST_SECONDS:g} s")
        if len(set(ids)) < len(ids):
            raise MovedError(f"numFound {pages.found}, {len(set(ids))}")
        return bodies
    except requests.HTTPError as error:
        status = error.response.status_code
        refused = 400 <= status < 500 and status != 429
        message = "upstream.apidae_refused" if refused else "upstream.apidae_failed"
        detail = f"HTTP {status}{_told(error.response)}"
    except requests.Timeout as error:
        # Our own say after how long; those of a library hold what it asked for.
        waited = error.args[0] if error.args and isinstance(error.args[0], str) else None
        message, detail = "upstream.apidae_failed", waited or f"{api.timeout_seconds:g} s"
    except (ValueError, NonsenseError) as error:
        told = error.args[0] if isinstance(error, NonsenseError) else "JSON"
        message, detail = "upstream.apidae_nonsense", str(told)
    except requests.RequestException as error:
        message, detail = "upstream.apidae_failed", type(error).__name__
    total = "?" if pages.found is None else max(1, ceil(pages.found / api.page_size))
    text = say(
        message, language, url=api.url, page=len(bodies) + 1, pages=total, detail=detail, secret=key_name
    )
    # The cause is left out: its request holds the key.
    raise UpstreamError(text.replace(key, REDACTED)) from None


def without_key(body: bytes, key: str) -> bytes:
    """A reply whose echo says REDACTED instead of the key; every other byte stands as it came."""
    body = ECHOED_KEY.sub(rb'\1"' + REDACTED.encode() + b'"', body)
    if len(key) < SHORTEST_SECRET:
        return body
    for form in (key, json.dumps(key)[1:-1]):
        body = body.replace(form.encode(), REDACTED.encode())
    return body


def _told(response: requests.Response) -> str:
    """What the error reply says, JSON or plain text, on one short line; nothing of an HTML page."""
    try:
        reply = response.json()
        told = " ".join(str(reply[k]) for k in ("errorType", "message") if reply.get(k))
    except (ValueError, AttributeError):
        # Not response.text: without a declared charset requests takes plain text for Latin-1.
        text = response.content.decode("utf-8", "replace")
        told = "" if "<" in text[:200] else text
    told = " ".join(told.split())
    return f", {told[:200]}" if told else ""


def _bundle(bodies: list[bytes], record: dict[str, Any], work: Path) -> Path:
    path = work / FILE_NAME
    members = {"pull.json": json.dumps(record).encode()}
    members |= {f"pages/{rank:05}.json": body for rank, body in enumerate(bodies, 1)}
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(info, content)
    return path
