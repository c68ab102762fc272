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

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from flows.serve.events import Emit, emit_safely
from flows.serve.web import (
    GIVEN,
    RefusedError,
    answer_until,
    form,
    secret_out_of_path,
)
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
EVENT = "vigie.export.announced"
RESOURCE = f"vigie.export.{SOURCE}"
GOOD_SECRET = re.compile(r"[A-Za-z0-9_-]{20,}")  # long enough, and the same in an address


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
        answer_until(stop, listening, application, "notifications")
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
            announced = announcement(await form(request), settings)
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

    return secret_out_of_path(Starlette(routes=[Route(PATH, receive, methods=["POST"])]), PATH)


def _refused(status: HTTPStatus, reason: str) -> PlainTextResponse:
    # Neither the form nor the path is logged: they hold addresses that open the export, and the secret.
    log.warning("export notification refused: %d, %s", status, reason)
    return PlainTextResponse(reason, status)
