"""What a Prefect server that Vigie starts, and those who ask it, are given."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from flows.serve.prefect_access import closed, credential

NAME = "PREFECT_API_AUTH_STRING"


def test_each_start_has_a_credential_of_its_own_that_nobody_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = closed(), closed()
    assert first[NAME] != second[NAME]
    assert first[NAME] == first["PREFECT_SERVER_API_AUTH_STRING"]
    monkeypatch.setenv(NAME, first[NAME])
    assert credential() == ("vigie", first[NAME].removeprefix("vigie:"))
    assert len(first[NAME]) > 40


def test_a_server_that_may_be_running_keeps_its_credential() -> None:
    known = closed()[NAME]
    assert closed(known)[NAME] == known


def test_without_a_credential_none_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert credential() is None


def test_a_proxy_of_the_network_is_not_given_the_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "intranet.example")
    for name, value in closed().items():
        monkeypatch.setenv(name, value)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert requests.get(f"http://127.0.0.1:{server.server_port}/", timeout=30).status_code == 204
        server.shutdown()
    assert "intranet.example" in closed()["NO_PROXY"]
