"""Apidae's search API and export host on a loopback port, as faithful as the public record of them allows.

What is not confirmed upstream (the status for a bad key, what happens above 200 a page) is a switch here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import HTML_502, Server

SEARCH = "/api/v002/recherche/list-objets-touristiques"
IDENTIFIERS = "/api/v002/recherche/list-identifiants"
EXPORTS = "/exports/"
CONFIRMATION = "/api/v002/export/confirmation"
ALWAYS = ("id", "type")
DEFAULT_FIELDS = (
    "identifier",
    "nom",
    "informations.moyensCommunication",
    "presentation.descriptifCourt",
    "localisation.adresse",
    "localisation.geolocalisation",
    "illustrations",
)


class ApidaeSimulator(Server):
    """`with ApidaeSimulator(objects) as apidae:` answers at `apidae.url`."""

    def __init__(self, objects: list[dict[str, Any]], key: str = "kEy4tests", project_id: int = 3367) -> None:
        self.objects = objects
        self.key = key
        self.project_id = project_id
        self.largest_page = 200
        self.above_largest = "clamp"  # or "error"
        self.faults: dict[int, str] = {}  # request number, from 1, to fault
        self.before: Callable[[int], None] = lambda _: None  # called with the number of each request
        self.hang_seconds = 5.0
        self.exports: dict[str, bytes] = {}  # by file name; one that is not here is gone
        self.redirections: dict[str, str] = {}  # path to where it leads
        self.confirmed: list[str] = []  # hashes
        self.queries: list[dict[str, Any]] = []
        self.requested: list[tuple[str, str]] = []  # method and path with query string
        super().__init__(self._handler())

    def announce(self, name: str, content: bytes, **more: str) -> dict[str, str]:
        """Offer an export of that name; the form of its notification, with other fields when given."""
        self.exports[name] = content
        return {
            "projetId": str(self.project_id),
            "statut": "SUCCESS",
            "ponctuel": "false",
            "reinitialisation": "false",
            "urlRecuperation": f"{self.url}{EXPORTS}{name}",
            "urlConfirmation": f"{self.url}{CONFIRMATION}?hash={name.removesuffix('.zip')}",
            **more,
        }

    def answer(self, path: str, query: dict[str, Any]) -> tuple[int, str, str]:
        """Status, content type and body of a request."""
        if str(query.get("projetId")) != str(self.project_id) or query.get("apiKey") != self.key:
            told = f"La clé {query.get('apiKey')} n'est pas valide pour ce projet"
            return 403, "application/json", json.dumps({"errorType": "INVALID_KEY", "message": told})
        first, count = int(query.get("first", 0)), int(query.get("count", 20))
        if count > self.largest_page and self.above_largest == "error":
            return 404, "text/plain", f"count {count} > {self.largest_page}"
        count = min(count, self.largest_page)
        found = [o for o in self.objects if o.get("state", "PUBLISHED") == "PUBLISHED"]
        order = query.get("order", "IDENTIFIANT")
        if order == "IDENTIFIANT":
            found.sort(key=lambda o: o["id"], reverse=str(query.get("asc", "true")).lower() != "true")
        page = found[first : first + count]
        echo = {
            **query,
            "first": first,
            "count": count,
            "order": order,
            "asc": True,
            "searchFields": "NOM_DESCRIPTION_CRITERES",
            "locales": query.get("locales", ["fr"]),
        }
        reply: dict[str, Any] = {"query": echo, "numFound": len(found)}
        if path == IDENTIFIERS:
            reply["objetTouristiqueIds"] = [o["id"] for o in page]
        elif page:
            fields = tuple(query.get("responseFields", DEFAULT_FIELDS))
            reply["objetsTouristiques"] = [project(o, fields) for o in page]
        reply["formatVersion"] = "v002"
        return 200, "application/json;charset=UTF-8", json.dumps(reply, ensure_ascii=False, indent=2)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        simulator = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._reply(parse_qs(urlsplit(self.path).query))

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                self._reply(parse_qs(self.rfile.read(length).decode()))

            def _reply(self, form: dict[str, list[str]]) -> None:
                simulator.requested.append((self.command, self.path))
                number = len(simulator.requested)
                simulator.before(number)
                fault = simulator.faults.get(number)
                path = urlsplit(self.path).path.rstrip("/")
                if fault == "drop":
                    self.close_connection = True
                    self.connection.close()
                    return
                if fault == "hang":
                    time.sleep(simulator.hang_seconds)
                    self.close_connection = True
                    return
                if fault == "html_502":
                    self._send(502, "text/html", HTML_502)
                elif fault == "html_200":
                    self._send(200, "text/html", HTML_502)
                elif fault == "json_500":
                    told = {"errorType": "ERREUR_TRAITEMENT", "message": "Erreur lors du traitement"}
                    self._send(500, "application/json", json.dumps(told))
                elif fault == "text_404":
                    self._send(404, "text/plain", "La requête est incorrecte : selectionIds")
                elif fault == "redirect":
                    self._send(307, "text/plain", "", {"Location": f"{simulator.url}{SEARCH}"})
                elif fault == "no_num_found":
                    self._send(200, "application/json", '{"formatVersion": "v002"}')
                elif path in simulator.redirections:
                    self._send(302, "text/plain", "", {"Location": simulator.redirections[path]})
                elif path.startswith(EXPORTS):
                    self._export(simulator.exports.get(path.removeprefix(EXPORTS)), is_cut=fault == "cut")
                elif path == CONFIRMATION:
                    simulator.confirmed += form["hash"]
                    self._send(200, "text/plain", "OK")
                elif path not in (SEARCH, IDENTIFIERS):
                    self._send(404, "text/plain", "inconnu")
                else:
                    query = json.loads(form["query"][0])
                    simulator.queries.append(query)
                    self._send(*simulator.answer(path, query))

            def _export(self, content: bytes | None, is_cut: bool) -> None:
                if content is None:
                    self._send(410, "text/plain", "expiré")
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/zip")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if is_cut else content)
                self.close_connection = True

            def _send(self, status: int, kind: str, body: str, more: dict[str, str] | None = None) -> None:
                content = body.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                for name, value in (more or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing on the console."""

        return Handler


def project(item: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The object with these dotted fields only; parents come partially filled, what is empty is left out."""
    if "@all" in fields:
        return item
    wanted = [f for field in fields for f in (DEFAULT_FIELDS if field == "@default" else (field,))]
    result: dict[str, Any] = {name: item[name] for name in ALWAYS if name in item}
    for field in wanted:
        source: Any = item
        names = field.split(".")
        for name in names:
            source = source.get(name) if isinstance(source, dict) else None
        if source in (None, "", [], {}):
            continue
        target = result
        for name in names[:-1]:
            target = target.setdefault(name, {})
        target[names[-1]] = source
    return result
