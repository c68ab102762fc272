"""What services that answer web requests share: they wait for nobody, and log no path with a secret in it."""

from __future__ import annotations

import asyncio
import socket
import threading
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qsl

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

GIVEN = "vigie.secret"
LARGEST_FORM_BYTES = 16 * 1024  # two addresses of 2,000 characters and four short words
FORM = "application/x-www-form-urlencoded"
SLOWEST_SECONDS = 10.0
CONNECTION_SECONDS = 15.0  # from its first byte to the end of our answer
MOST_CONNECTIONS = 64


class RefusedError(Exception):
    """A request that is answered with a status and a reason, and of which nothing is kept."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Impatient(H11Protocol):
    """A connection that lasts CONNECTION_SECONDS, whatever comes or does not come through it.

    Of MOST_CONNECTIONS the oldest gives way to a new one: honest ones are answered within an instant.
    """

    _open: ClassVar[dict[Impatient, None]] = {}  # the oldest first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count."""
        if len(self._open) >= MOST_CONNECTIONS:
            next(iter(self._open))._give_up()
        super().connection_made(transport)
        self._open[self] = None
        self._end = self.loop.call_later(CONNECTION_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._open.pop(self, None)
        self._end.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        self._open.pop(self, None)
        self.transport.abort()


def answer_until(stop: threading.Event, listening: socket.socket, application: ASGIApp, name: str) -> None:
    """Answer on a socket until `stop`, or until the server ends by itself; its thread has that name."""
    server = uvicorn.Server(
        uvicorn.Config(
            application, access_log=False, log_config=None, lifespan="off", server_header=False,
            http=type("OfThisServer", (Impatient,), {"_open": {}}), timeout_graceful_shutdown=5,
        )
    )  # fmt: skip
    # In a thread of its own, where it leaves the process's signals alone.
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name=name, daemon=True)
    serving.start()
    while serving.is_alive() and not stop.wait(0.2):
        pass
    server.should_exit = True
    serving.join()


def secret_out_of_path(application: ASGIApp, before: str) -> ASGIApp:
    """The application, the secret behind the path `before` taken out of it before anything can log it.

    Turning off the server's access log is not enough: other code of the process may turn it on again.
    """

    async def hiding(scope: Scope, receive: Receive, send: Send) -> None:
        path, _, given = scope["path"].rpartition("/")
        if path == before:
            scope.update({GIVEN: given, "path": path, "raw_path": path.encode()})
        else:
            scope["path"] = "/"
        await application(scope, receive, send)

    return hiding


async def form(request: Request) -> dict[str, str]:
    """The fields of the form; raises RefusedError when it is none, is too large or comes too slowly."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"not {FORM}")
    try:
        body = await asyncio.wait_for(_body(request), SLOWEST_SECONDS)
    except TimeoutError:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, "the form did not come whole in time") from None
    except ClientDisconnect:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the form did not come whole") from None
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=32,
        )
    except ValueError:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "not a form") from None
    if len(dict(fields)) < len(fields):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "a field is given twice")
    return dict(fields)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM_BYTES:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"over {LARGEST_FORM_BYTES} bytes")
    return bytes(body)
