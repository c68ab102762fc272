"""The heartbeat: pinged on a real HTTP server, tried again, and never named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flows.alerts import heartbeat
from flows.alerts.heartbeat import TRIES, beat
from flows.command.checkup import checkup
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.office.subjects.alerts import Alerts
from warehouse.storage.layout import Home

NAME = "VIGIE_HEARTBEAT"
PATH = "/ping/a-secret-of-ours"


class Monitor(ThreadingHTTPServer):
    """Answers with the statuses given, one after the other, and remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.statuses: list[int] = []
        self.asked: list[str] = []


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Monitor)
        self.server.asked.append(self.path)
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Monitor]:
    server = Monitor()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(NAME, f"http://127.0.0.1:{server.server_port}{PATH}")
    monkeypatch.setattr(heartbeat, "PAUSE_SECONDS", 0)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def pinging(office: Office) -> Office:
    return office.model_copy(update={"alerts": Alerts(heartbeat_secret=NAME)})


def test_a_heartbeat_is_asked_for_once(home: Home, pinging: Office, monitor: Monitor) -> None:
    beat(home, pinging)
    assert monitor.asked == [PATH]


def test_a_heartbeat_that_fails_is_tried_again(home: Home, pinging: Office, monitor: Monitor) -> None:
    monitor.statuses = [503, 500]
    beat(home, pinging)
    assert len(monitor.asked) == TRIES


def test_a_heartbeat_that_is_not_taken_is_told_without_its_address(
    home: Home, pinging: Office, monitor: Monitor
) -> None:
    monitor.statuses = [503] * TRIES
    with pytest.raises(UpstreamError, match=f"HTTP 503.*{NAME}") as told:
        beat(home, pinging)
    assert "a-secret-of-ours" not in str(told.value)


def test_a_monitor_that_is_away_is_told_without_its_address(
    home: Home, pinging: Office, monitor: Monitor, caplog: pytest.LogCaptureFixture
) -> None:
    monitor.shutdown()
    monitor.server_close()
    with caplog.at_level("WARNING"), pytest.raises(UpstreamError, match="ConnectionError") as told:
        beat(home, pinging)
    assert "a-secret-of-ours" not in str(told.value) + caplog.text


def test_an_office_without_a_heartbeat_pings_nobody(home: Home, office: Office, monitor: Monitor) -> None:
    beat(home, office)
    assert monitor.asked == []


def test_the_check_names_a_heartbeat_that_is_missing_or_no_address(
    home: Home, pinging: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert any(NAME in problem for problem in checkup(home, pinging))
    monkeypatch.setenv(NAME, "monitor.example.org")
    assert any("pas une adresse web" in problem for problem in checkup(home, pinging))


def test_the_check_does_not_ask_for_the_heartbeat(home: Home, pinging: Office, monitor: Monitor) -> None:
    assert not any(NAME in problem for problem in checkup(home, pinging))
    assert monitor.asked == []
