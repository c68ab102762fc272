"""Pull the syndications of Tourinsoft (Sirtaqui and others): every page of all of them, or nothing.

Who knows a syndication's GUID can read it: it is kept as a key. Of each object only what is read later is
archived; telephones, e-mails, streets and descriptions never leave the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from sources.catalogue import Context
from sources.pulling import NonsenseError, Patience, Query, Service, bundle, pull
from sources.tourism_information.tourinsoft import ALWAYS, FOLDER, IDENTITY
from warehouse.office.subjects.tourism_information import Syndication, Tourinsoft

FILE_NAME = "tourinsoft-syndications.zip"
GUID = "GUID-OF-THE-SYNDICATION"  # until the request leaves
PLACE_PARTS = 3  # of an address: postal code, municipality, INSEE code; what stands before is the street


class GuidInPath(AuthBase):
    """Puts the GUID into the address when a request is about to leave, after everything that logs it."""

    def __init__(self, guid: str) -> None:
        self._guid = guid

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Name the syndication in the path."""
        r.url = (r.url or "").replace(GUID, quote(self._guid, safe=""))
        return r


def pull_syndications(tourinsoft: Tourinsoft, context: Context, patience: Patience) -> Path:
    """All syndications in one ZIP in `context.work`; raises UpstreamError and then keeps nothing."""
    language = context.office.language
    members: dict[str, bytes] = {}
    told = []
    for one in tourinsoft.syndications:
        guid = context.secret(one.secret)
        service = Service(
            name=f"Tourinsoft ({one.name})",
            url=one.address,
            key=guid,
            secret=one.secret,
            settings="client, version",
            timeout_seconds=tourinsoft.timeout_seconds,
            auth=GuidInPath(guid),
        )
        (bodies,) = pull(service, [_query(tourinsoft, one)], language, patience)
        pages = [_kept(json.loads(body), one) for body in bodies]
        for rank, page in enumerate(pages, 1):
            members[f"{FOLDER}/{one.name}/{rank:05}.json"] = json.dumps(page, ensure_ascii=False).encode()
        told.append({"name": one.name, "version": one.version, "pages": len(pages)})
    day = context.as_of.astimezone(context.office.zone).date()
    record = {"pulled_on": day.isoformat(), "syndications": told}
    return bundle({"pull.json": json.dumps(record).encode(), **members}, context.work / FILE_NAME)


def _query(tourinsoft: Tourinsoft, one: Syndication) -> Query:
    if one.version == 3:
        path = f"/api/syndications/{tourinsoft.client}/{GUID}"
        return Query(path, "GET", _whole, lambda reply: answer(reply, 3), _identity)
    size = tourinsoft.page_size

    def ask(request: requests.Request, received: int) -> None:
        request.params = {"$format": "json", "$inlinecount": "allpages", "$top": size, "$skip": received}

    path = f"/Syndication/{tourinsoft.client}/{GUID}/Objects"
    return Query(path, "GET", ask, lambda reply: answer(reply, 2), _identity, page_size=size)


def _whole(request: requests.Request, _: int) -> None:
    request.params = {"format": "json"}


def answer(reply: Any, version: int) -> tuple[int | None, list[Any]]:
    """How many objects an answer announces (v3: none) and those that it holds; raises NonsenseError."""
    body = reply.get("d") if version == 2 and isinstance(reply, dict) else reply
    if not isinstance(body, dict):
        raise NonsenseError("d")
    objects, count = ("results", "__count") if version == 2 else ("value", "odata.count")
    found = body.get(objects)
    if not isinstance(found, list):
        raise NonsenseError(objects)
    announced = body.get(count)
    if announced is None and version == 3:
        return None, found
    if isinstance(announced, bool) or not str(announced).isdecimal():
        raise NonsenseError(count)
    return int(str(announced)), found


def _identity(item: Any) -> str | None:
    return str(item[IDENTITY]) if isinstance(item, dict) and IDENTITY in item else None


def _kept(reply: Any, one: Syndication) -> dict[str, Any]:
    """What is archived of an answer: the total that it announces, and of each object the columns read."""
    total, objects = answer(reply, one.version)
    return {
        "total": total,
        "objects": [kept(item, one) if isinstance(item, dict) else None for item in objects],
    }


def kept(item: Mapping[str, Any], one: Syndication) -> dict[str, Any]:
    """The columns of an object that are read, the street taken off its address."""
    wanted = [*ALWAYS, *one.columns.named, *([one.capacity.column] if one.capacity else [])]
    found = {name: item[name] for name in wanted if name in item}
    address = found.get(one.columns.address)
    if isinstance(address, str):
        found[one.columns.address] = "|".join(address.split("|")[-PLACE_PARTS:])
    return found
