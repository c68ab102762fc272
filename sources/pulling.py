"""Pull what a service gives page by page: all of it or nothing, proved against the total that it announces.

The key joins a request last, in its `auth`, after everything that logs it, and leaves the answers first. No
message, log or archived byte holds it.
"""

from __future__ import annotations

import json
import logging
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import requests
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from requests.auth import AuthBase

from sources.asking import bounded
from warehouse.errors import UpstreamError
from warehouse.words.messages import say

REDACTED = "REDACTED"
# A ZIP of the same pull has the same bytes: no clock in it but the day of the pull.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
WHOLE_ANSWERS = 4  # times the wait for an answer: how long all of it may take
LARGEST_PAGE_BYTES = 1 << 26  # 200 objects of 300 kB
LONGEST_SECONDS = 1800.0
SHORTEST_SECRET = 8  # what is shorter could be a part of ordinary data


@dataclass(frozen=True)
class Patience:
    """How long we insist: tries of a request, seconds between them and at most, pulls in all."""

    attempts: int = 3
    backoff_seconds: float = 1.0
    # What a service may ask for with Retry-After: those that count by the minute ask for one.
    longest_wait_seconds: float = 90.0
    pulls: int = 3


PATIENCE = Patience()


class MovedError(Exception):
    """Things came or went while the pages were pulled: what we hold is not one state of the set."""


class RefusedError(Exception):
    """A refusal within an ordinary answer; the text is what the service says."""


class NonsenseError(Exception):
    """An answer that is not what was asked for; the text names the part that is wrong."""


@dataclass(frozen=True)
class Service:
    """Who is asked: its name for people, its address, its key, and where the office file speaks of it."""

    name: str
    url: str
    key: str
    secret: str  # name of the secret that holds the key
    settings: str  # other keys of office.yml that a refusal may come from
    timeout_seconds: float
    auth: AuthBase
    pause_seconds: float = 0.0  # between two queries, for a service that counts them
    # Takes out of an answer what may echo the key in another form.
    clean: Callable[[bytes], bytes] = lambda body: body


@dataclass(frozen=True)
class Query:
    """One question, whose answer has pages.

    `ask` writes into the request which page is wanted, by the number of items received before; `read` gives
    the total that a page announces (None when it announces none: it is then the only one) and its items, and
    raises NonsenseError; `identity` tells two items apart.
    """

    path: str
    method: Literal["GET", "POST"]
    ask: Callable[[requests.Request, int], None]
    read: Callable[[Any], tuple[int | None, list[Any]]]
    identity: Callable[[Any], object] = lambda _: None
    page_size: int = 0


class Pages(BasePaginator):
    """Advances by the items received, never by those asked for: a service may give fewer."""

    def __init__(self, query: Query) -> None:
        super().__init__()
        self._query = query
        self.received = 0
        self.found: int | None = None
        self.items: list[Any] = []  # of the page that came last
        self._seen: set[object] = set()

    def init_request(self, request: requests.Request) -> None:
        """Ask for the first page."""
        self.update_request(request)

    def update_request(self, request: requests.Request) -> None:
        """Ask for the page that begins after what was received."""
        self._query.ask(request, self.received)

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        """Count the page; raises NonsenseError, or MovedError when the set is not what it was."""
        found, items = self._query.read(response.json())
        if self.received and found != self.found:
            raise MovedError(f"{self.found}, {found}")
        self.found, self.items = found, items
        self.received += len(items)
        named = [one for item in items if (one := self._query.identity(item)) is not None]
        if self._seen.intersection(named) or len(set(named)) < len(named):
            # One that moved to another page while the total stands: another one was missed.
            raise MovedError(f"{found}, {len(self._seen.union(named))}")
        self._seen.update(named)
        if found is not None and (self.received > found or (not items and self.received < found)):
            raise MovedError(f"{found}, {self.received}")
        self._has_next_page = found is not None and self.received < found


def pull(service: Service, queries: Sequence[Query], language: str, patience: Patience) -> list[list[bytes]]:
    """The bodies of each query's pages, without the key; raises UpstreamError and then keeps nothing.

    When the set moves meanwhile, all of them are pulled again.
    """
    return [[body for body, _ in pages] for pages in _pull(service, queries, language, patience)]


def pull_json(
    service: Service, queries: Sequence[Query], language: str, patience: Patience
) -> list[list[list[Any]]]:
    """The items of each query's pages, as `Query.read` gives them; raises UpstreamError, as `pull` does."""
    return [[items for _, items in pages] for pages in _pull(service, queries, language, patience)]


def _pull(
    service: Service, queries: Sequence[Query], language: str, patience: Patience
) -> list[list[tuple[bytes, list[Any]]]]:
    moved = ""
    for _ in range(patience.pulls):
        try:
            pages = []
            for rank, query in enumerate(queries):
                if rank and service.pause_seconds:
                    time.sleep(service.pause_seconds)
                pages.append(_pull_once(service, query, language, patience))
            return pages
        except MovedError as error:
            moved = str(error)
    raise UpstreamError(
        say(
            "upstream.moved",
            language,
            service=service.name,
            url=service.url,
            count=patience.pulls,
            detail=moved,
        )
    )


def _pull_once(
    service: Service, query: Query, language: str, patience: Patience
) -> list[tuple[bytes, list[Any]]]:
    """The body and the items of each page; raises MovedError or UpstreamError."""
    client = RESTClient(
        base_url=service.url,
        auth=service.auth,
        session=bounded(
            Client(
                request_timeout=service.timeout_seconds,
                raise_for_status=False,
                request_max_attempts=patience.attempts,
                request_backoff_factor=patience.backoff_seconds,
                request_max_retry_delay=patience.longest_wait_seconds,
            ).session,
            WHOLE_ANSWERS * service.timeout_seconds,
            LARGEST_PAGE_BYTES,
        ),
    )
    pages = Pages(query)
    found: list[tuple[bytes, list[Any]]] = []
    until = time.monotonic() + LONGEST_SECONDS
    try:
        with _unlogged(service.key):
            # A redirection would hand the key to another address.
            for page in client.paginate(
                query.path, query.method, paginator=pages, data_selector="$", allow_redirects=False
            ):
                found.append((without(service.key, service.clean(page.response.content)), pages.items))
                if time.monotonic() > until:
                    raise requests.Timeout(f"{LONGEST_SECONDS:g} s")
        return found
    except requests.HTTPError as error:
        status = error.response.status_code
        refused = 400 <= status < 500 and status != 429
        message = "upstream.refused" if refused else "upstream.failed"
        detail = f"HTTP {status}{_told(error.response)}"
    except requests.Timeout as error:
        # Our own say after how long; those of a library hold what it asked for.
        waited = error.args[0] if error.args and isinstance(error.args[0], str) else None
        message, detail = "upstream.failed", waited or f"{service.timeout_seconds:g} s"
    except (ValueError, NonsenseError) as error:
        told = error.args[0] if isinstance(error, NonsenseError) else "JSON"
        message, detail = "upstream.nonsense", str(told)
    except RefusedError as error:
        message, detail = "upstream.refused", str(error)
    except requests.RequestException as error:
        message, detail = "upstream.failed", type(error).__name__
    size = query.page_size
    total = "?" if pages.found is None or not size else max(1, ceil(pages.found / size))
    text = say(
        message,
        language,
        service=service.name,
        url=service.url,
        page=len(found) + 1,
        pages=total,
        detail=detail,
        secret=service.secret,
        settings=service.settings,
    )
    # The cause is left out: its request holds the key.
    raise UpstreamError(text.replace(service.key, REDACTED)) from None


def without(key: str, body: bytes) -> bytes:
    """A body that says REDACTED instead of the key, as JSON or an address writes it, in capitals too."""
    if len(key) < SHORTEST_SECRET:
        return body
    for form in {key, json.dumps(key)[1:-1], quote(key), quote(key, safe="")}:
        body = re.sub(re.escape(form.encode()), REDACTED.encode(), body, flags=re.IGNORECASE)
    return body


@contextmanager
def _unlogged(key: str) -> Iterator[None]:
    """While it lasts, urllib3 logs addresses (at DEBUG) without the key."""

    def redact(record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and key:
            record.args = tuple(
                one.replace(key, REDACTED) if isinstance(one, str) else one for one in record.args
            )
        return True

    logger = logging.getLogger("urllib3.connectionpool")
    logger.addFilter(redact)
    try:
        yield
    finally:
        logger.removeFilter(redact)


def _told(response: requests.Response) -> str:
    """What the error reply says, JSON or plain text, on one short line; nothing of an HTML page."""
    try:
        reply = response.json()
        told = " ".join(
            str(reply[k]) for k in ("errorType", "error", "message", "description") if reply.get(k)
        )
    except (ValueError, AttributeError):
        # Not response.text: without a declared charset requests takes plain text for Latin-1.
        text = response.content.decode("utf-8", "replace")
        told = "" if "<" in text[:200] else text
    told = " ".join(told.split())
    return f", {told[:200]}" if told else ""


def bundle(members: Mapping[str, bytes], path: Path) -> Path:
    """Write a ZIP of these members, the same bytes for the same members; returns its path."""
    with zipfile.ZipFile(path, "w") as written:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            written.writestr(info, content)
    return path
