"""The endpoint that Apidae's export notifications come to: kept on disk and answered at once, nothing else.

It listens on loopback, behind the office's reverse proxy. The next run of the source fetches what was
announced.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import socket
import threading
from http import HTTPStatus
from typing import ClassVar
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from flows.serve.events import Emit, emit_safely
from sources.tourism_information.announced import SOURCE, NotAnAnnouncementError, announcement
from warehouse.clock import now
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office
from warehouse.office.office_file import language_of
from warehouse.office.subjects.tourism_information import ApidaeNotifications
from warehouse.storage.layout import Home
from warehouse.storage.notifications import keep
from warehouse.storage.secrets import secret
from warehouse.words.messages import say

log = logging.getLogger("vigie")

ADDRESS = "127.0.0.1"
PATH = "/apidae"
GIVEN = "vigie.secret"
EVENT = "vigie.export.announced"
RESOURCE = f"vigie.export.{SOURCE}"
LARGEST_FORM_BYTES = 16 * 1024  # two addresses of 2,000 characters and four short words
FORM = "application/x-www-form-urlencoded"
SLOWEST_SECONDS = 10.0
CONNECTION_SECONDS = 15.0  # from its first byte to the end of our answer
MOST_CONNECTIONS = 64
GOOD_SECRET = re.compile(r"[A-Za-z0-9_-]{20,}")  # long enough, and the same in an address


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


class RefusedError(Exception):
    """A request that is answered with a status and a reason, and of which nothing is kept."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def run(home: Home, office: Office, stop: threading.Event, emit: Emit) -> None:
    """Receive notifications until `stop` is set; an office that declares none receives none.

    Each that was kept is emitted as EVENT about RESOURCE. Raises UsageError when the secret is missing or too
    short, or the port is taken; VigieError when the server ends by itself.
    """
    system = office.systems.tourism_information
    settings = system.notifications if system is not None else None
    if settings is None:
        stop.wait()
        return
    application = endpoint(home, settings, secret(home, settings.secret), emit)
    try:
        listening = socket.create_server((ADDRESS, settings.port))
    except OSError as error:
        raise UsageError(
            say("serve.notifications_port", office.language, port=settings.port, reason=error.strerror)
        ) from error
    with listening:
        server = uvicorn.Server(
            uvicorn.Config(
                application,
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                http=Impatient,
                timeout_graceful_shutdown=5,
            )
        )
        # In a thread of its own, where it leaves the process's signals alone.
        serving = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="notifications", daemon=True
        )
        serving.start()
        while serving.is_alive() and not stop.wait(0.2):
            pass
        server.should_exit = True
        serving.join()
    if not stop.is_set():
        raise VigieError(say("serve.notifications_ended", office.language, port=settings.port))


def endpoint(home: Home, settings: ApidaeNotifications, expected_secret: str, emit: Emit) -> ASGIApp:
    """The application: `POST /apidae/<secret>`. Raises UsageError for a secret that could be guessed."""
    if not GOOD_SECRET.fullmatch(expected_secret):
        language = language_of(home.office_file)
        raise UsageError(
            say("serve.short_secret", language, secret=settings.secret, count=len(expected_secret))
        )

    async def receive(request: Request) -> PlainTextResponse:
        try:
            if not hmac.compare_digest(request.scope[GIVEN].encode(), expected_secret.encode()):
                raise RefusedError(HTTPStatus.NOT_FOUND, "unknown address")
            announced = announcement(await _form(request), settings)
        except NotAnAnnouncementError as error:
            return _refused(HTTPStatus.BAD_REQUEST, str(error))
        except RefusedError as error:
            return _refused(error.status, str(error))
        is_new = await asyncio.to_thread(keep, home, SOURCE, announced, now())
        if not is_new:
            return PlainTextResponse("known")
        payload = {
            "source": SOURCE,
            "status": "success" if announced.is_success else "error",
            "is_full": announced.is_full,
        }
        telling = BackgroundTask(emit_safely, emit, EVENT, RESOURCE, payload)
        return PlainTextResponse("kept", background=telling)

    return _secret_out_of_path(Starlette(routes=[Route(PATH, receive, methods=["POST"])]))


def _secret_out_of_path(application: ASGIApp) -> ASGIApp:
    """The application, the secret taken out of the path before anything can log it.

    Turning off the server's access log is not enough: other code of the process may turn it on again.
    """

    async def hiding(scope: Scope, receive: Receive, send: Send) -> None:
        path, _, given = scope["path"].rpartition("/")
        if path == PATH:
            scope.update({GIVEN: given, "path": path, "raw_path": path.encode()})
        else:
            scope["path"] = "/"
        await application(scope, receive, send)

    return hiding


async def _form(request: Request) -> dict[str, str]:
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


def _refused(status: HTTPStatus, reason: str) -> PlainTextResponse:
    # Neither the form nor the path is logged: they hold addresses that open the export, and the secret.
    log.warning("export notification refused: %d, %s", status, reason)
    return PlainTextResponse(reason, status)
