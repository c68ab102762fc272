"""What a secret goes to is encrypted, or this machine: in office.yml, in `vigie check`, and at use."""

from __future__ import annotations

from typing import Any

import apprise
import pytest
from pydantic import ValidationError

from flows.alerts.heartbeat import address
from flows.alerts.sending import is_plain, send
from flows.command.checkup import checkup
from tests.flows.alerts.test_channels import channel, office
from warehouse.addresses import is_protected
from warehouse.errors import UsageError
from warehouse.office.part import Part
from warehouse.office.subjects.alerts import Alerts
from warehouse.office.subjects.mqtt import MqttBroker
from warehouse.office.subjects.tourism_information import ApidaeApi, ApidaeNotifications
from warehouse.storage.layout import Home


@pytest.mark.parametrize("value", [
    "http://api.example.org", "http://192.168.1.4", "http://127.0.0.1.example.org", "http://localhost@evil.example",
    "ftp://api.example.org", "//api.example.org", "https://", "http://[", "HTTP://x.example",
])  # fmt: skip
def test_an_address_that_others_read_along_is_not_protected(value: str) -> None:
    assert not is_protected(value)


@pytest.mark.parametrize(
    "value", ["https://api.example.org/x", "http://127.0.0.1:8377", "http://localhost/x", "http://[::1]:9/x"]
)
def test_https_and_this_machine_are_protected(value: str) -> None:
    assert is_protected(value)


@pytest.mark.parametrize(
    ("part", "declared"),
    [
        (ApidaeApi, {"url": "http://api.example.org", "project_id": 1, "selection_ids": [1]}),
        (ApidaeNotifications, {"project_id": 1, "allowed_hosts": ["http://export.example.org"]}),
        (MqttBroker, {"host": "broker.example.org", "tls": False, "username": "vigie"}),
    ],
)
def test_office_yml_sends_no_secret_in_clear(part: type[Part], declared: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"plain HTTP is only|would go to"):
        part.model_validate(declared)


@pytest.mark.parametrize(
    "declared",
    [
        {"host": "127.0.0.1", "tls": False, "username": "vigie"},
        {"host": "broker.example.org", "tls": False},
        {"host": "broker.example.org", "username": "vigie"},
    ],
)
def test_a_broker_without_a_password_or_on_this_machine_needs_no_tls(declared: dict[str, Any]) -> None:
    assert MqttBroker.model_validate(declared)


def test_a_heartbeat_in_clear_is_refused_in_check_and_at_use(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_HEARTBEAT", "http://monitor.example/ping/secret")
    where = office().model_copy(update={"alerts": Alerts(heartbeat_secret="VIGIE_HEARTBEAT")})
    with pytest.raises(UsageError, match="chiffrée"):
        address(home, "VIGIE_HEARTBEAT")
    (problem,) = checkup(home, where)
    assert "VIGIE_HEARTBEAT" in problem
    assert "http://" in problem


PLAIN = (
    "json://hook.example/x",
    "form://u:p@192.0.2.1",
    "mailto://u:p@mail.example",
    "ntfy://n.example/topic",
    "gotify://push.example/token",
    "mqtt://u:p@broker.example/topic",
    "signal://s.example:8080/+33600000000",
)
PROTECTED = (
    "jsons://hook.example/x",
    "json://127.0.0.1:9/x",
    "mailtos://u:p@mail.example",
    "mailto://u:p@gmail.com",
    "mailto://u:p@127.0.0.1:25?from=a@example.org&to=b@example.org",
    "mailto://relay.example:25?from=a@example.org&to=b@example.org",
    "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "mqtts://u:p@broker.example/topic",
)


@pytest.mark.parametrize("value", [*PLAIN, *PROTECTED])
def test_a_channel_in_clear_is_known_by_its_address(value: str) -> None:
    plugin = apprise.Apprise.instantiate(value)
    assert plugin is not None
    assert is_plain(plugin, value) is (value in PLAIN)


def test_a_channel_in_clear_is_told_with_the_remedy_and_is_sent_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HOOK", PLAIN[0])
    (problem,) = [one for one in checkup(home, office(channel("hook"))) if "HOOK" in one]
    assert "jsons://" in problem
    assert PLAIN[0] not in problem
    assert not send(PLAIN[0], "title", "text", "fr")
    assert "nothing was sent" in caplog.text
    assert "hook.example" not in caplog.text
