"""The endpoint of export notifications, by real HTTP on loopback."""

from __future__ import annotations

import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from flows.command.checkup import checkup
from flows.serve import web
from flows.serve.notified import EVENT, RESOURCE, run
from flows.serve.web import LARGEST_FORM_BYTES
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.notifications import SCHEMA

SECRET = "s3cret-of-tests-0123456789"
NAME = "672_20150106-1344_V4BjvT"
FORM = {
    "projetId": "672",
    "statut": "SUCCESS",
    "ponctuel": "false",
    "reinitialisation": "true",
    "urlRecuperation": f"https://export.apidae-tourisme.com/exports/{NAME}.zip",
    "urlConfirmation": f"https://api.apidae-tourisme.com/api/v002/export/confirmation?hash={NAME}",
}
DEADLINE_SECONDS = 30.0


def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to clients meanwhile."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def is_answered(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def told_of_exports(office: Office, port: int) -> Office:
    content = office.model_dump(mode="json")
    content["systems"]["tourism_information"] = {"notifications": {"project_id": 672, "port": port}}
    return Office.model_validate(content)


@dataclass
class Endpoint:
    """A running endpoint."""

    home: Home
    url: str
    emitted: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    emit_fails: bool = False

    def emit(self, event: str, resource: str, payload: Mapping[str, Any]) -> None:
        self.emitted.append((event, resource, payload))
        if self.emit_fails:
            raise RuntimeError("the orchestrator is away")

    def post(
        self, form: Mapping[str, str] | str | bytes, secret: str = SECRET, **more: Any
    ) -> requests.Response:
        return requests.post(f"{self.url}/apidae/{secret}", form, timeout=DEADLINE_SECONDS, **more)

    @property
    def kept(self) -> list[dict[str, Any]]:
        with journal(self.home, SCHEMA) as connection:
            return [dict(row) for row in connection.execute("SELECT * FROM export_notification")]


@contextmanager
def running(home: Home, office: Office) -> Iterator[Endpoint]:
    port, stop = free_port(), threading.Event()
    server = Endpoint(home, f"http://127.0.0.1:{port}")
    thread = threading.Thread(
        target=run, args=(home, told_of_exports(office, port), stop, server.emit), daemon=True
    )
    thread.start()
    until(lambda: is_answered(port))
    yield server
    stop.set()
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive(), "the endpoint does not stop"


@pytest.fixture
def endpoint(home: Home, office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv("VIGIE_APIDAE_NOTIFICATION", SECRET)
    with running(home, office) as server:
        yield server


def test_a_notification_is_kept_and_answered_and_told_to_the_orchestrator(endpoint: Endpoint) -> None:
    assert endpoint.post(FORM).status_code == 200
    (row,) = endpoint.kept
    assert (row["source"], row["status"], row["is_full"]) == ("tourism_information", "waiting", 1)
    assert (row["download_url"], row["confirmation_url"]) == (
        FORM["urlRecuperation"],
        FORM["urlConfirmation"],
    )
    until(lambda: bool(endpoint.emitted))
    payload = {"source": "tourism_information", "status": "success", "is_full": True}
    assert endpoint.emitted == [(EVENT, RESOURCE, payload)]


def test_the_same_file_announced_twice_is_kept_and_told_once(endpoint: Endpoint) -> None:
    assert [endpoint.post(FORM).status_code for _ in range(3)] == [200, 200, 200]
    assert len(endpoint.kept) == 1
    until(lambda: bool(endpoint.emitted))
    assert len(endpoint.emitted) == 1


def test_an_error_is_kept_beside_the_success_of_the_same_file(endpoint: Endpoint) -> None:
    endpoint.post({**FORM, "statut": "ERROR"})
    endpoint.post(FORM)
    assert [row["status"] for row in endpoint.kept] == ["error", "waiting"]


@pytest.mark.parametrize("secret", ["", "x", SECRET[:-1], SECRET + "x", SECRET.upper(), "%E9%FF"])
def test_a_wrong_secret_finds_nothing(endpoint: Endpoint, secret: str) -> None:
    assert endpoint.post(FORM, secret).status_code == 404
    assert endpoint.kept == []
    assert endpoint.emitted == []


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({**FORM, "projetId": "673"}, "projetId"),
        ({**FORM, "urlRecuperation": "https://evil.example/x.zip"}, "urlRecuperation"),
        ({**FORM, "urlRecuperation": f"https://evil.example/{SECRET}"}, "urlRecuperation"),
        ({name: text for name, text in FORM.items() if name != "statut"}, "statut"),
        ({}, "missing: projetId, statut"),
    ],
)
def test_a_form_that_is_refused_is_told_why_and_leaves_nothing_but_a_line_in_the_log(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, form: dict[str, str], told: str
) -> None:
    answer = endpoint.post(form, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert told in answer.text
    assert endpoint.kept == []
    assert endpoint.emitted == []
    assert told in caplog.text
    assert "evil" not in caplog.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"projetId": 672}', "application/json", 415),
        ("projetId=672&projetId=673", "application/x-www-form-urlencoded", 400),
        ("projetId", "application/x-www-form-urlencoded", 400),
        (b"projetId=\xff", "application/x-www-form-urlencoded", 400),
        ("&".join(f"f{n}=1" for n in range(40)), "application/x-www-form-urlencoded", 400),
        ("x=" + "1" * LARGEST_FORM_BYTES, "application/x-www-form-urlencoded", 413),
    ],
)
def test_what_is_no_form_of_that_size_is_refused(
    endpoint: Endpoint, body: str | bytes, kind: str, status: int
) -> None:
    assert endpoint.post(body, headers={"Content-Type": kind}).status_code == status
    assert endpoint.kept == []


def test_a_form_that_comes_too_slowly_is_given_up(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "SLOWEST_SECONDS", 0.1)
    port = int(endpoint.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_SECONDS) as client:
        client.sendall(
            f"POST /apidae/{SECRET} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\nprojetId=".encode()
        )
        assert b" 408 " in client.recv(1000)
    assert endpoint.kept == []


HALF = b"POST /apidae/x HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "


def half_open(endpoint: Endpoint, count: int) -> list[socket.socket]:
    """Connections whose request never comes whole."""
    port = int(endpoint.url.rpartition(":")[2])
    clients = [socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) for _ in range(count)]
    for client in clients:
        client.sendall(HALF)
    return clients


def test_eighty_half_requests_do_not_stop_an_honest_one(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "CONNECTION_SECONDS", 3600.0)
    clients = half_open(endpoint, 80)
    assert endpoint.post(FORM).status_code == 200
    for client in clients:
        client.close()


def is_closed(client: socket.socket) -> bool:
    client.settimeout(DEADLINE_SECONDS)
    try:
        return client.recv(1000) == b""
    except ConnectionResetError:
        return True


def test_headers_that_come_a_byte_at_a_time_are_given_up_after_a_time_in_all(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "CONNECTION_SECONDS", 0.5)
    (client,) = half_open(endpoint, 1)
    began = time.monotonic()
    with client:
        for _ in range(int(DEADLINE_SECONDS / 0.05)):
            try:
                client.sendall(b"x")
            except OSError:
                break
            time.sleep(0.05)
        assert is_closed(client)
    assert time.monotonic() - began < DEADLINE_SECONDS


def test_connections_are_not_more_than_are_allowed(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "CONNECTION_SECONDS", 3600.0)
    monkeypatch.setattr(web, "MOST_CONNECTIONS", 3)
    clients = half_open(endpoint, 5)
    assert [is_closed(client) for client in clients[:2]] == [True, True]
    for client in clients:
        client.close()


def test_nothing_but_a_post_is_answered(endpoint: Endpoint) -> None:
    for path in ("/", "/docs", "/openapi.json", "/apidae"):
        assert requests.get(endpoint.url + path, timeout=DEADLINE_SECONDS).status_code == 404
    assert requests.get(f"{endpoint.url}/apidae/{SECRET}", timeout=DEADLINE_SECONDS).status_code == 405


def test_the_secret_and_the_addresses_are_in_no_log(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in (None, "uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "vigie"):
        caplog.set_level(logging.DEBUG, logger=name)
    endpoint.post(FORM)
    endpoint.post({**FORM, "projetId": "1"})
    endpoint.post(FORM, SECRET[:-1])
    out, err = capfd.readouterr()
    ours = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "urllib3.connectionpool"
    )
    assert "refused" in ours
    for text in (ours, out, err):
        assert SECRET[:-1] not in text
        assert "V4BjvT" not in text


def test_an_orchestrator_that_is_away_does_not_lose_the_notification(endpoint: Endpoint) -> None:
    endpoint.emit_fails = True
    assert endpoint.post(FORM).status_code == 200
    until(lambda: bool(endpoint.emitted))
    assert len(endpoint.kept) == 1
    assert endpoint.post({**FORM, "statut": "ERROR"}).status_code == 200


def test_an_office_that_is_told_of_no_exports_has_no_endpoint(home: Home, office: Office) -> None:
    stop = threading.Event()
    stop.set()
    run(home, office, stop, lambda *_: None)


@pytest.mark.parametrize("secret", ["secret", "a/secret/that/is/long/enough", "s" * 19])
def test_a_secret_that_could_be_guessed_or_is_no_part_of_an_address_is_refused(
    home: Home, office: Office, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("VIGIE_APIDAE_NOTIFICATION", secret)
    with pytest.raises(
        UsageError, match=r"VIGIE_APIDAE_NOTIFICATION doit avoir au moins 20 lettres.*openssl"
    ):
        run(home, told_of_exports(office, free_port()), threading.Event(), lambda *_: None)


def test_check_names_the_secret_that_is_missing(home: Home, office: Office) -> None:
    problems = checkup(home, told_of_exports(office, free_port()))
    assert any("VIGIE_APIDAE_NOTIFICATION absent" in problem for problem in problems)


def test_a_port_that_is_taken_is_named(home: Home, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_APIDAE_NOTIFICATION", SECRET)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with pytest.raises(UsageError, match=f"port {port} "):
            run(home, told_of_exports(office, port), threading.Event(), lambda *_: None)
