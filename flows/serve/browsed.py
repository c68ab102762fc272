"""The pages of the current version for browsers: on loopback, read-only, always the newest."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.serve.events import Emit
from flows.serve.web import answer_until
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office
from warehouse.publishing.versions import PAGES
from warehouse.storage.layout import Home
from warehouse.words.messages import say

ADDRESS = "127.0.0.1"
HOSTS = [ADDRESS, "localhost"]  # by another name a page of another site could read them through a browser
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # the pointer moves every night
}


def run(home: Home, office: Office, stop: threading.Event, _emit: Emit) -> None:
    """Serve the pages until `stop` is set; an office that declares no port serves none.

    Raises UsageError when the port is taken; VigieError when the server ends by itself.
    """
    if office.pages is None:
        stop.wait()
        return
    try:
        listening = socket.create_server((ADDRESS, office.pages.port))
    except OSError as error:
        raise UsageError(
            say("serve.pages_port", office.language, port=office.pages.port, reason=error.strerror)
        ) from error
    with listening:
        answer_until(stop, listening, site(home.current / PAGES), "pages")
    if not stop.is_set():
        raise VigieError(say("serve.pages_ended", office.language, port=office.pages.port))


def site(folder: Path) -> ASGIApp:
    """The application: GET of the files of a folder, looked up through the pointer at each request."""
    files = StaticFiles(directory=folder, html=True, check_dir=False)
    return TrustedHostMiddleware(_with_headers(Starlette(routes=[Mount("/", files)])), allowed_hosts=HOSTS)


def _with_headers(application: ASGIApp) -> ASGIApp:
    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await application(scope, receive, sending)

    return answering
