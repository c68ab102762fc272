"""HTTP as everything here asks it: encrypted, and given up when all of an answer is too slow or too large."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter

from warehouse.addresses import is_protected
from warehouse.deadline import within

CHUNK = 1 << 16
REDIRECTIONS = 5
LARGEST_BYTES = 1 << 20  # of what is not read, such as the page of a redirection


class PlainAddressError(requests.RequestException):
    """An address that everybody on the way reads along: nothing was asked of it."""


class TooLargeError(requests.RequestException):
    """An answer of more bytes than it can have."""


class Bounded(HTTPAdapter):
    """Gives a request up `seconds` after it began; an answer of more than `most_bytes` is refused.

    Of a streamed answer both count for its headers alone: who reads the body bounds it. Raises
    requests.ReadTimeout, TooLargeError, and PlainAddressError for HTTP to another machine.
    """

    def __init__(self, seconds: float, most_bytes: int) -> None:
        super().__init__()
        self._seconds, self._most_bytes = seconds, most_bytes

    def send(self, request: requests.PreparedRequest, *given: Any, **more: Any) -> requests.Response:
        """Send the request and read what comes."""
        if not is_protected(request.url or ""):
            raise PlainAddressError(request=request)
        is_streamed = given[0] if given else more.pop("stream", False)
        send = super().send

        def ask() -> requests.Response:
            answer = send(request, True, *given[1:], **more)
            if not is_streamed or answer.is_redirect:
                # As `content` does it, which requests asks for of a redirection too, with a bound.
                answer._content = self._body(answer)
            return answer

        try:
            return within(self._seconds, ask)
        except TimeoutError:
            raise requests.ReadTimeout(f"{self._seconds:g} s", request=request) from None

    def _body(self, answer: requests.Response) -> bytes:
        body = bytearray()
        for chunk in answer.iter_content(CHUNK):
            body += chunk
            if len(body) > self._most_bytes:
                answer.close()
                raise TooLargeError(f"> {self._most_bytes >> 20} MiB", response=answer)
        return bytes(body)


def bounded(session: requests.Session, seconds: float, most_bytes: int = LARGEST_BYTES) -> requests.Session:
    """The session, each of its requests bounded."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, Bounded(seconds, most_bytes))
    session.max_redirects = REDIRECTIONS
    return session
