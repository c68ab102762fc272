"""Asking a Prefect server of ours, as its own client does."""

from __future__ import annotations

from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

# Prefect answers 503 while another process writes its SQLite file: "errors clients can retry on".
BUSY = Retry(total=6, status_forcelist=[503], allowed_methods=None, backoff_factor=0.5)


def asked_of(url: str, path: str, question: object, auth: tuple[str, str]) -> Any:
    """What the server at `url` answers to `question` (sent as JSON), by JSON; None where it says nothing.

    Asks again for half a minute while the server is busy. Raises requests.HTTPError.
    """
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=BUSY))
        answer = session.post(f"{url}/api/{path}", json=question, auth=auth, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None
