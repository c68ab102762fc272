"""Servers that send a byte now and then, for ever, or more than they should: whoever asks them gives up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from flows.alerts import heartbeat, sending
from flows.alerts.heartbeat import beat
from flows.alerts.sending import send
from flows.command import checkup
from flows.command.checkup import silent_channels, silent_systems
from flows.serve import overseer
from sources.asking import PlainAddressError, TooLargeError, bounded
from sources.tourism_information import announced
from sources.tourism_information.source import pull_api
from tests.sources.tourism_information.deliveries import context
from tests.sources.tourism_information.test_announced import FIRST, NOTICED, listening, notify
from tests.sources.tourism_information.test_api import AT_ONCE, connected
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import AlertChannel, Alerts
from warehouse.storage import notifications
from warehouse.storage.layout import Home
from warehouse.storage.ledger import LOADED

EVERY_SECONDS = 0.05  # far less than any wait for a single answer
SHORT = 0.4
GIVEN_UP_SECONDS = 20.0  # on a busy machine; for ever without a limit
WEB_HEADERS = b"HTTP/1.1 200 OK\r\nX-Slow: "
WEB_BODY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
WEB_REDIRECTION = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 1000000\r\n\r\n"
MAIL = b"220 "


@contextmanager
def dripping(first: bytes, piece: bytes = b" ") -> Iterator[int]:
    """A server that says `first` and then one piece after the other; its port."""
    over = threading.Event()

    def drip(client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            client.sendall(first)
            while not over.wait(EVERY_SECONDS):
                client.sendall(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening_socket.accept()
                threading.Thread(target=drip, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening_socket:
        threading.Thread(target=accept, daemon=True).start()
        yield listening_socket.getsockname()[1]
        over.set()
        listening_socket.shutdown(socket.SHUT_RDWR)


Asking = Callable[[Home, Office, int], None]


def ping(home: Home, office: Office, port: int) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(UpstreamError, match="3 essais"):
        patch.setenv("VIGIE_HEARTBEAT", f"http://127.0.0.1:{port}/ping")
        patch.setattr(heartbeat, "PAUSE_SECONDS", 0)
        patch.setattr(heartbeat, "TIMEOUT_SECONDS", SHORT)
        beat(home, office.model_copy(update={"alerts": Alerts(heartbeat_secret="VIGIE_HEARTBEAT")}))


def pull(home: Home, office: Office, port: int) -> None:
    where = connected(office, f"http://127.0.0.1:{port}", timeout_seconds=SHORT)
    with pytest.raises(UpstreamError, match=r"1\.6 s"):
        list(pull_api(context(where, home.root / "work", "a key"), AT_ONCE))


def told_of(home: Home, office: Office, port: int) -> Office:
    where = listening(office, f"http://127.0.0.1:{port}", timeout_seconds=SHORT)
    form = {
        "projetId": "3367", "statut": "SUCCESS", "ponctuel": "false", "reinitialisation": "false",
        "urlRecuperation": f"http://127.0.0.1:{port}/{FIRST}",
        "urlConfirmation": f"http://127.0.0.1:{port}/confirmation",
    }  # fmt: skip
    notify(home, where, form)
    return where


def download(home: Home, office: Office, port: int) -> None:
    asking = context(told_of(home, office, port), home.root)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(UpstreamError):
        patch.setattr(announced, "LONGEST_SECONDS", SHORT)
        list(announced.fetch(asking))
    assert not list(home.root.glob("*.zip"))


def confirm(home: Home, office: Office, port: int) -> None:
    asking = context(told_of(home, office, port), home.root)
    (notification,) = notifications.of_status(home, "tourism_information", notifications.WAITING)
    notifications.update(home, notification, status=notifications.ARCHIVED, sha256="0" * 64)
    with pytest.raises(UpstreamError):
        announced.acknowledge(asking, {"0" * 64: (LOADED, "")})
    assert asking.as_of > NOTICED


def check_api(home: Home, office: Office, port: int) -> None:
    where = connected(office, f"http://127.0.0.1:{port}", timeout_seconds=SHORT)
    assert list(silent_systems(where))


def with_channel(office: Office, address: str, patch: pytest.MonkeyPatch) -> Office:
    patch.setenv("VIGIE_SLOW", address)
    channel = AlertChannel(name="slow", address_secret="VIGIE_SLOW")
    return office.model_copy(update={"alerts": Alerts(channels=(channel,))})


def mail_to(port: int) -> str:
    return f"mailto://127.0.0.1:{port}?from=vigie@example.org&to=staff@example.org"


def check_mail(home: Home, office: Office, port: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkup, "LONGEST_SECONDS", SHORT)
        (problem,) = silent_channels(home, with_channel(office, mail_to(port), patch))
    assert "0.4 s" in problem


def sending_to(address: Callable[[int], str]) -> Asking:
    def mail(_home: Home, _office: Office, port: int) -> None:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(TimeoutError):
            patch.setattr(sending, "SEND_SECONDS", SHORT)
            send(address(port), "title", "text", "fr")

    return mail


def oversee(home: Home, _office: Office, port: int) -> None:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(requests.RequestException):
        patch.setattr(overseer, "WHOLE_SECONDS", SHORT)
        overseer.Prefect(f"http://127.0.0.1:{port}/api").deployments(home)


@pytest.mark.parametrize(
    ("ask", "first"),
    [
        pytest.param(ping, WEB_HEADERS, id="heartbeat"),
        pytest.param(ping, WEB_REDIRECTION, id="heartbeat-redirected"),
        pytest.param(pull, WEB_HEADERS, id="api-headers"),
        pytest.param(pull, WEB_BODY, id="api-body"),
        pytest.param(download, WEB_HEADERS, id="export-headers"),
        pytest.param(download, WEB_BODY, id="export-body"),
        pytest.param(confirm, WEB_HEADERS, id="confirmation"),
        pytest.param(check_api, WEB_HEADERS, id="check-api"),
        pytest.param(check_mail, MAIL, id="check-mail"),
        pytest.param(sending_to(mail_to), MAIL, id="mail"),
        pytest.param(sending_to("json://127.0.0.1:{}/hook".format), WEB_HEADERS, id="webhook"),
        pytest.param(oversee, WEB_BODY, id="prefect"),
    ],
)
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(
    ask: Asking, first: bytes, home: Home, office: Office
) -> None:
    home.root.mkdir()
    with dripping(first) as port:
        began = time.monotonic()
        ask(home, office, port)
        assert time.monotonic() - began < GIVEN_UP_SECONDS


def test_an_answer_that_has_no_end_is_refused_before_it_fills_the_memory() -> None:
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with dripping(endless, b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n") as port, pytest.raises(TooLargeError):
        bounded(requests.Session(), 30, 200_000).get(f"http://127.0.0.1:{port}/", timeout=5)


@pytest.mark.parametrize("address", ["http://192.0.2.1/ping", "http://monitor.example/ping"])
def test_a_secret_address_without_encryption_is_not_asked(address: str) -> None:
    with pytest.raises(PlainAddressError):
        bounded(requests.Session(), 30, 1000).get(address, timeout=5)


def test_a_redirection_that_leads_out_of_encryption_is_not_followed(tmp_path: Path) -> None:
    away = b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"
    with dripping(away) as port, pytest.raises(PlainAddressError):
        bounded(requests.Session(), 30, 1000).get(f"http://127.0.0.1:{port}/", timeout=5)
