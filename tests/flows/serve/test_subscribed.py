"""The subscriber against a real Mosquitto: nothing is lost, nothing counts twice."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import paho.mqtt.publish
import pytest
import yaml

from flows.command.checkup import checkup
from flows.night.ingesting import read_and_load, receive
from flows.serve import spool, subscribed
from flows.serve.subscribed import CONNECTED, LOST, run
from tests.flows.conftest import OFFICE, SETTLED
from tests.flows.serve.test_notified import DEADLINE_SECONDS, free_port, is_answered, until
from warehouse.clock import now
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office, load_office
from warehouse.storage.layout import Home

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
REPOSITORY = Path(__file__).parents[3]
DOOR, BARE = "lora/door/up", "lora/bare/up"

pytestmark = pytest.mark.skipif(
    MOSQUITTO is None, reason="Mosquitto is not installed: apt-get install mosquitto"
)


@dataclass
class Broker:
    """A Mosquitto of our own, which keeps its sessions on disk."""

    folder: Path
    port: int
    allow_anonymous: bool = True
    certificate: tuple[Path, Path] | None = None  # and its key
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        self.folder.mkdir(exist_ok=True)
        settings = {
            "listener": f"{self.port} 127.0.0.1",
            "allow_anonymous": str(self.allow_anonymous).lower(),
            "persistence": "true",
            "persistence_location": f"{self.folder}/",
            # Started by root, it would become a user that may not write here.
            **({"user": "root"} if os.geteuid() == 0 else {}),
            **dict(zip(("certfile", "keyfile"), map(str, self.certificate or ()), strict=False)),
        }
        path = self.folder / "mosquitto.conf"
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: is_answered(self.port))

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(DEADLINE_SECONDS)
            self._process = None

    def publish(self, payload: object, topic: str = DOOR, **more: Any) -> None:
        """Publish one message and wait until the broker has it."""
        text = payload if isinstance(payload, bytes) else json.dumps(payload)
        paho.mqtt.publish.single(topic, text, qos=1, hostname="127.0.0.1", port=self.port, **more)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    running = Broker(tmp_path / "broker", free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture
def pushed(home: Home, broker: Broker) -> Home:
    """The home of an office whose counters push: `door` tells its instants, `bare` does not."""
    counters = [
        ("door", {"topic": "lora/door/+", "counts": {"object.in": "in"}, "instant": "time", "minutes": 15}),
        ("bare", {"topic": BARE, "counts": {"in": "in"}, "minutes": 1}),
    ]
    office = {
        **OFFICE,
        "systems": {"mqtt": {"host": "127.0.0.1", "port": broker.port, "tls": False}},
        "counters": [
            {"code": code, "label": code, "site": "desk", "format": "mqtt", "mqtt": mqtt}
            for code, mqtt in counters
        ],
    }
    home.root.mkdir(parents=True)
    home.office_file.write_text(yaml.safe_dump(office), encoding="utf-8")
    return home


def uplink(minute: int, count: object) -> dict[str, Any]:
    return {"time": f"2025-07-14T08:{minute:02}:00Z", "object": {"in": count}}


@dataclass
class Running:
    """A subscriber in a thread."""

    emitted: list[str] = field(default_factory=list)
    raised: list[BaseException] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def emit(self, event: str, _resource: str, _payload: Mapping[str, Any]) -> None:
        self.emitted.append(event)


@contextmanager
def subscribing(home: Home) -> Iterator[Running]:
    """A subscriber that is connected; stopped at the end."""
    office, running = load_office(home.office_file), Running()

    def target() -> None:
        try:
            run(home, office, running.stop, running.emit)
        except VigieError as error:
            running.raised.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    until(lambda: CONNECTED in running.emitted)
    yield running
    running.stop.set()
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive(), "the subscriber does not stop"


def payloads(home: Home) -> list[str]:
    """The payloads that lie in the inbox, hidden files included, in order."""
    files = sorted((home.inbox / "counters").glob("*mqtt-*"), key=lambda path: path.name.removeprefix("."))
    return [json.loads(line)["payload"] for path in files for line in path.read_text().splitlines()]


def hidden(home: Home) -> list[Path]:
    return list((home.inbox / "counters").glob(".mqtt-*"))


def counted(home: Home) -> dict[str, float]:
    """What the counters counted, once the inbox is received and read."""
    # Messages settle before they are read: by then their instants are past, to the second.
    office, as_of = load_office(home.office_file), now() + timedelta(minutes=1)
    for path in (home.inbox / "counters").glob("mqtt-*"):
        os.utime(path, (SETTLED, SETTLED))
    receive(home, office, "counters", as_of)
    read_and_load(home, office, "counters", as_of)
    with duckdb.connect(str(home.database)) as connection:
        return dict(
            connection.execute(
                "SELECT counter, sum(passage_count) FROM raw.counter_counts GROUP BY counter"
            ).fetchall()
        )


def test_a_message_becomes_a_file_of_the_inbox_and_counts(pushed: Home, broker: Broker) -> None:
    with subscribing(pushed):
        broker.publish(uplink(0, 3))
        broker.publish(uplink(15, 4), "lora/door/other")
        broker.publish(b"\xff no JSON")
        until(lambda: len(payloads(pushed)) == 3)
    assert hidden(pushed) == []
    assert counted(pushed) == {"door": 7}


def test_a_file_goes_to_the_inbox_while_the_subscriber_runs(
    pushed: Home, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "PUBLISHED_AFTER_SECONDS", 0.2)
    with subscribing(pushed):
        broker.publish(uplink(0, 3))
        until(lambda: len(list((pushed.inbox / "counters").glob("mqtt-*.ndjson"))) == 1)


def test_what_is_published_while_the_subscriber_is_away_comes_when_it_is_back(
    pushed: Home, broker: Broker
) -> None:
    with subscribing(pushed):
        pass
    broker.publish(uplink(0, 3))
    broker.publish(uplink(15, 4))
    assert payloads(pushed) == []
    with subscribing(pushed):
        until(lambda: len(payloads(pushed)) == 2)
    assert counted(pushed) == {"door": 7}


def test_a_broker_that_is_restarted_is_found_again_with_what_it_kept(
    pushed: Home, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscribed, "SHORTEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(subscribed, "LONGEST_WAIT_SECONDS", 0.1)
    with subscribing(pushed) as running:
        broker.publish(uplink(0, 3))
        until(lambda: len(payloads(pushed)) == 1)
        broker.stop()
        until(lambda: LOST in running.emitted)
        broker.start()
        broker.publish(uplink(15, 4))
        until(lambda: len(payloads(pushed)) == 2)
        assert running.emitted == [CONNECTED, LOST, CONNECTED]
    assert counted(pushed) == {"door": 7}


@pytest.mark.parametrize("moment", ["before_disk", "before_acknowledgement"])
def test_a_subscriber_killed_before_it_acknowledged_loses_nothing_and_counts_once(
    pushed: Home, broker: Broker, tmp_path: Path, moment: str
) -> None:
    with subscribing(pushed):
        pass  # the session begins: the broker keeps what comes from now on
    broker.publish({"in": 5}, BARE)
    broker.publish(uplink(0, 3))
    marker = tmp_path / "marker"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.dying_subscriber", str(pushed.root), moment, str(marker)],
        cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(marker.exists)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(payloads(pushed)) == (0 if moment == "before_disk" else 1)
    with subscribing(pushed):
        broker.publish(uplink(15, 4))
        until(lambda: json.dumps(uplink(15, 4)) in payloads(pushed))
    assert len(payloads(pushed)) == 3
    assert counted(pushed) == {"bare": 5, "door": 7}


def test_what_a_dead_subscriber_left_goes_to_the_inbox_at_the_next_start(
    pushed: Home, broker: Broker
) -> None:
    folder = pushed.inbox / "counters"
    folder.mkdir(parents=True)
    whole = {"topic": DOOR, "payload": json.dumps(uplink(0, 3)), "packet_id": 1}
    (folder / ".mqtt-20250714T080000000000Z.ndjson").write_text(json.dumps(whole) + '\n{"topic": "lo')
    (folder / ".mqtt-20250714T080100000000Z.ndjson").touch()
    with subscribing(pushed):
        pass
    assert [path.name for path in folder.iterdir()] == ["mqtt-20250714T080000000000Z.ndjson"]
    assert counted(pushed) == {"door": 3}


def test_a_message_that_the_disk_does_not_take_stays_with_the_broker(
    pushed: Home, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, subscribing(pushed) as running:
        patch.setattr("flows.serve.spool.os.fsync", full)
        broker.publish(uplink(0, 3))
        until(lambda: bool(running.raised))
    assert "disque est sans doute plein" in str(running.raised[0])
    with subscribing(pushed):
        broker.publish(uplink(15, 4))
        until(lambda: json.dumps(uplink(15, 4)) in payloads(pushed))
    assert counted(pushed) == {"door": 7}


def test_a_retained_message_is_not_counted_at_every_start(pushed: Home, broker: Broker) -> None:
    broker.publish({"in": 5}, BARE, retain=True)
    broker.publish(uplink(0, 3), retain=True)
    for expected in (2, 4):
        with subscribing(pushed):
            until(lambda wanted=expected: len(payloads(pushed)) == wanted)  # type: ignore[misc]
    assert counted(pushed) == {"door": 3}


def test_a_broker_that_refuses_us_is_told_with_the_setting_to_check(
    pushed: Home, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.stop()
    broker.allow_anonymous = False
    broker.start()
    stop = threading.Event()
    thread = threading.Thread(
        target=run, args=(pushed, load_office(pushed.office_file), stop, lambda *_: None), daemon=True
    )
    with caplog.at_level(logging.ERROR, logger="vigie"):
        thread.start()
        until(lambda: "check systems.mqtt" in caplog.text)
    stop.set()
    thread.join(DEADLINE_SECONDS)
    assert not thread.is_alive()


def test_a_broker_with_tls_is_believed_when_its_certificate_is_of_the_declared_authority(
    pushed: Home, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: it makes the broker's certificate")
    certificate, key = pushed.root / "broker.pem", broker.folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    broker.stop()
    broker.certificate = (certificate, key)
    broker.start()
    content = yaml.safe_load(pushed.office_file.read_text())

    def declare(**settings: object) -> None:
        content["systems"]["mqtt"] = {"host": "127.0.0.1", "port": broker.port, **settings}
        pushed.office_file.write_text(yaml.safe_dump(content))

    declare(ca_file="broker.pem")
    with subscribing(pushed):
        pass
    declare(ca_file="other.pem")
    with pytest.raises(UsageError, match=r"other\.pem manque"):
        run(pushed, load_office(pushed.office_file), threading.Event(), lambda *_: None)
    declare()
    stop = threading.Event()
    thread = threading.Thread(
        target=run, args=(pushed, load_office(pushed.office_file), stop, lambda *_: None), daemon=True
    )
    with caplog.at_level(logging.WARNING, logger="vigie"):
        thread.start()
        until(lambda: "certificate verify failed" in caplog.text)
    stop.set()
    thread.join(DEADLINE_SECONDS)


def test_a_second_subscriber_of_the_same_home_is_refused(pushed: Home, broker: Broker) -> None:
    with subscribing(pushed), pytest.raises(UsageError, match="Un autre abonné tourne"):
        run(pushed, load_office(pushed.office_file), threading.Event(), lambda *_: None)


def test_an_office_whose_counters_do_not_push_subscribes_to_nothing(home: Home, office: Office) -> None:
    stop = threading.Event()
    stop.set()
    run(home, office, stop, lambda *_: None)
    assert not home.inbox.exists()


def test_check_tells_a_broker_that_is_away(pushed: Home, broker: Broker) -> None:
    office = load_office(pushed.office_file)
    wanted = f"127.0.0.1:{broker.port}"
    assert [problem for problem in checkup(pushed, office) if wanted in problem] == []
    broker.stop()
    assert len([problem for problem in checkup(pushed, office) if wanted in problem]) == 1
