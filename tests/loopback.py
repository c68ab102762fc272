"""A service of the web that a puller asks, on a loopback port, with the faults that such services have.

A simulator says what its service answers; what all of them share stands here: what was asked, half answers,
refusals.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

HTML_502 = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True)
class Asked:
    """A request: method, path, what the address and the form say, its Authorization."""

    method: str
    path: str
    params: dict[str, str]
    form: dict[str, str]
    authorization: str


@dataclass(frozen=True)
class Answered:
    """An answer: its status, what becomes JSON, headers beside."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Server:
    """`with Server(…) as server:` answers on a loopback port, at `server.url`, by a handler."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class Loopback(Server):
    """`with Simulator(…) as service:` answers at `service.url`; `faults` names what goes wrong by request.

    Faults: `drop` (connection closed), `hang`, `cut` (half of the body), `html_502`, `html_200`, `json_500`,
    `401`, `429` (with Retry-After), `redirect`.
    """

    def __init__(self) -> None:
        self.faults: dict[int, str] = {}
        self.asked: list[Asked] = []
        self.hang_seconds = 5.0
        self.retry_after = "1"
        super().__init__(_handler(self))

    def answer(self, asked: Asked) -> Answered:
        """What the service answers to a request without a fault."""
        raise NotImplementedError


def _handler(service: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply("")

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def _reply(self, body: str) -> None:
            address = urlsplit(self.path)
            asked = Asked(
                self.command,
                address.path,
                dict(parse_qsl(address.query)),
                dict(parse_qsl(body)),
                self.headers.get("Authorization", ""),
            )
            service.asked.append(asked)
            fault = service.faults.get(len(service.asked))
            if fault in ("drop", "hang"):
                time.sleep(service.hang_seconds if fault == "hang" else 0)
                self.close_connection = True
                self.connection.close()
            elif fault in ("html_502", "html_200"):
                self._send(int(fault[-3:]), "text/html", HTML_502)
            elif fault == "json_500":
                self._send(500, "application/json", '{"message": "Erreur lors du traitement"}')
            elif fault == "401":
                self._send(401, "application/json", '{"error": "unauthorized"}')
            elif fault == "429":
                self._send(429, "text/plain", "Too many requests", {"Retry-After": service.retry_after})
            elif fault == "redirect":
                self._send(307, "text/plain", "", {"Location": service.url + self.path})
            else:
                answered = service.answer(asked)
                text = json.dumps(answered.body, ensure_ascii=False)
                kind = "application/json; charset=utf-8"
                self._send(answered.status, kind, text, answered.headers, is_cut=fault == "cut")

        def _send(
            self,
            status: int,
            kind: str,
            body: str,
            more: dict[str, str] | None = None,
            is_cut: bool = False,
        ) -> None:
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in (more or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if is_cut else content)
            self.close_connection = self.close_connection or is_cut

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing on the console."""

    return Handler
