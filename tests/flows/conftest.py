"""A Prefect harness for the whole session, a real SMTP server on loopback, and a small office."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from warehouse.layout import Home
from warehouse.office import Office, load_office


class Mailbox:
    """Receives what the SMTP server is given."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.is_down = False

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.is_down:
            return "451 try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture(scope="session")
def prefect_harness() -> Iterator[None]:
    """One temporary Prefect server for all tests that run flows."""
    import prefect.settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=120),
        prefect.settings.temporary_settings({prefect.settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A real SMTP server; the secret VIGIE_ALERT_STAFF leads to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    monkeypatch.setenv(
        "VIGIE_ALERT_STAFF",
        f"mailto://127.0.0.1:{port}?from=vigie@example.org&to=staff@example.org&format=text",
    )
    yield box
    controller.stop()


@pytest.fixture
def door_home(home: Home) -> Home:
    """A home whose only system is one door counter, with an alert channel."""
    content = {
        "code": "petit",
        "name": "Office du Petit Pays",
        "siren": "123456789",
        "school_zone": "C",
        "sites": [
            {
                "code": "desk",
                "name": "Accueil",
                "opening": [
                    {
                        "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat"],
                        "hours": [{"start": "09:00", "end": "18:00"}],
                    }
                ],
            }
        ],
        "counters": [
            {
                "code": "door",
                "label": "Porte de l'accueil",
                "site": "desk",
                "format": "csv",
                "csv": {
                    "files": "porte-*.csv",
                    "date_column": "Date",
                    "time_column": "Heure",
                    "date_formats": ["%d/%m/%Y"],
                    "count_columns": {"Entrées": "in"},
                },
            }
        ],
        "alerts": {"channels": [{"name": "staff", "address_secret": "VIGIE_ALERT_STAFF"}]},
    }
    home.root.mkdir(parents=True)
    home.office_file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return home


@pytest.fixture
def door_office(door_home: Home) -> Office:
    return load_office(door_home.office_file)


Drop = Callable[..., Path]


@pytest.fixture
def drop_days(door_home: Home) -> Drop:
    """Drop a file of door counts from one day to another (inclusive): 12 an open hour, or `count`."""

    def drop(first: date, last: date, count: int = 12) -> Path:
        lines = ["Date;Heure;Entrées"]
        day = first
        while day <= last:
            for hour in range(24):
                is_open = 9 <= hour < 18 and day.isoweekday() != 7
                lines.append(f"{day:%d/%m/%Y};{hour};{count if is_open else 0}")
            day += timedelta(days=1)
        folder = door_home.inbox / "counters"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"porte-{first}-{last}-{count}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        settled = time.time() - 600
        os.utime(path, (settled, settled))
        return path

    return drop
