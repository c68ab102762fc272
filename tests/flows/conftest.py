"""A small office, some nights of its life, a Prefect server, and a real SMTP server on loopback."""

from __future__ import annotations

import os
import socket
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import StringIO
from pathlib import Path
from random import Random

import duckdb
import openpyxl
import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from flows.command.cli import main
from flows.night.steps import NightReport, night
from warehouse.clock import nightly_instant
from warehouse.office.model import load_office
from warehouse.storage.database import rows
from warehouse.storage.layout import Home

SETTLED = 1_750_000_000  # June 2025: long ago


class Mailbox:
    """Receives what the SMTP server is given."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.is_down = False
        self.refused = ""  # a text that makes the server refuse a message for good

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.is_down:
            return "451 try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        if self.refused and self.refused in str(
            message_from_bytes(content, policy=policy.default)["subject"]
        ):
            return "554 refused"
        self.messages.append(message_from_bytes(content, policy=policy.default))
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


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A real SMTP server; the secret VIGIE_ALERT_STAFF leads to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(
            "VIGIE_ALERT_STAFF",
            f"mailto://127.0.0.1:{port}?from=vigie@example.org&to=staff@example.org",
        )
        yield box
    controller.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """What the staff is sent."""
    with mail_server() as box:
        yield box


# An office whose only system is one door counter, with an alert channel.
OFFICE = {
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


def make_home(home: Home) -> Home:
    """The home of that office, its inbox empty."""
    home.root.mkdir(mode=0o700, parents=True)
    home.office_file.touch(mode=0o600)
    home.office_file.write_text(yaml.safe_dump(OFFICE, allow_unicode=True), encoding="utf-8")
    return home


DELIBERATIONS = """<delta><date>10/01/2024</date><deliberations><deliberation>
<date>29/06/2023</date><millesime>2019</millesime>
<saisie><date>28/12/2023</date>
<collectiviteDeliberante siren="200066926"><nom>Auch</nom></collectiviteDeliberante></saisie>
<taxeAdditionnelleDepartementale>true</taxeAdditionnelleDepartementale>
<taxeAdditionnelleRegionale>false</taxeAdditionnelleRegionale>
<taxeAdditionnelleLGV>false</taxeAdditionnelleLGV>
<taxeAdditionnelleArticleL2531-18>false</taxeAdditionnelleArticleL2531-18>
</deliberation></deliberations></delta>"""


@pytest.fixture
def door_home(home: Home) -> Home:
    """The home of that office, its inbox empty."""
    return make_home(home)


def drop_days(home: Home, first: date, last: date, count: int = 12) -> Path:
    """Drop a file of door counts from one day to another, inclusive: about so many in an open hour."""
    lines = ["Date;Heure;Entrées"]
    day = first
    while day <= last:
        for hour in range(24):
            is_open = 9 <= hour < 18 and day.isoweekday() != 7
            # The same count in every hour would be a stuck counter, the same days again a second delivery.
            counted = count + Random(f"{day} {hour}").randint(-3, 3) if count and is_open else 0
            lines.append(f"{day:%d/%m/%Y};{hour};{counted}")
        day += timedelta(days=1)
    return drop(home, "counters", f"porte-{first}-{last}-{count}.csv", "\n".join(lines) + "\n")


def drop(home: Home, source: str, name: str, text: str) -> Path:
    """Drop a file that has settled."""
    folder = home.inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.utime(path, (SETTLED, SETTLED))
    return path


Content = dict[str, list[dict[str, object]]]


def content(home: Home) -> Content:
    """Every published table but what tells when runs and sendings really happened."""
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        tables = connection.execute(
            """SELECT schema_name, table_name FROM duckdb_tables()
               WHERE table_name NOT IN ('run', 'message') ORDER BY ALL"""
        ).fetchall()
        found = {
            f"{schema}.{table}": rows(connection, f'SELECT * FROM {schema}."{table}" ORDER BY ALL')
            for schema, table in tables
        }
    of_runs = {row["incident_id"] for row in found["quality.incident"] if row["subject"] == "run:night"}
    for table in ("quality.incident", "quality.incident_transition"):
        found[table] = [row for row in found[table] if row["incident_id"] not in of_runs]
    return found


@dataclass(frozen=True)
class Evening:
    """What a night left."""

    report: NightReport
    published: Content
    mails: tuple[EmailMessage, ...]  # of this night


@dataclass(frozen=True)
class Command:
    """What `vigie refresh` said and left."""

    status: int
    said: str
    published: Content
    mails: tuple[EmailMessage, ...]


@dataclass(frozen=True)
class Life:
    """The nights of one home, in order; each test looks at what it is about."""

    home: Home
    mail_down: Evening  # of 17 May: the door is dead since 15 May, and no server takes the mail
    database_lost: Evening  # the same night, from the archive
    again: Evening  # the same night, a known file dropped again; the mail server is back
    poisoned: Evening  # of 18 May: the door still dead, and bad files of every kind beside good ones
    by_hand: Command  # of 20 May, by `vigie refresh`: the door counts again


@pytest.fixture(scope="session")
def life(tmp_path_factory: pytest.TempPathFactory, prefect_harness: None) -> Iterator[Life]:
    """Five nights of one home: nights are dear, so that all tests share them."""
    home = make_home(Home(tmp_path_factory.mktemp("life") / "home"))
    office = load_office(home.office_file)
    with mail_server() as box, pytest.MonkeyPatch.context() as patch:

        def sent() -> tuple[EmailMessage, ...]:
            mails = tuple(box.messages)
            box.messages.clear()
            return mails

        def evening(day: date) -> Evening:
            report = night(home, office, nightly_instant(day, office.zone))
            return Evening(report, content(home), sent())

        history = drop_days(home, date(2025, 3, 3), date(2025, 5, 14)).read_text(encoding="utf-8")
        drop_days(home, date(2025, 5, 12), date(2025, 5, 14), count=13)
        drop_days(home, date(2025, 5, 15), date(2025, 5, 16), count=0)
        box.is_down = True
        mail_down = evening(date(2025, 5, 17))

        for path in home.work.glob("vigie.duckdb*"):
            path.unlink()
        database_lost = evening(date(2025, 5, 17))

        drop(home, "counters", "porte-again.csv", history)
        box.is_down = False
        again = evening(date(2025, 5, 17))

        drop_days(home, date(2025, 5, 17), date(2025, 5, 17), count=0)
        drop(home, "motorhome", "passages-x-2025-05.csv", "x\n")
        tax = drop(home, "tourist_tax", "deliberations-2024.xml", DELIBERATIONS).parent
        workbook_ending_at(tax / "declarations-2024.xlsx", "XFD1048576")
        workbook_ending_at(tax / "declarations-2025.xlsx", "ZZZZZZZ99999999999")
        os.mkfifo(tax / "declarations-2026.csv")
        for path in tax.glob("*.xlsx"):
            os.utime(path, (SETTLED, SETTLED))
        poisoned = evening(date(2025, 5, 18))
        (tax / "declarations-2026.csv").unlink()

        drop_days(home, date(2025, 5, 19), date(2025, 5, 19))
        patch.setattr(sys, "argv", ["vigie", "refresh", "--home", str(home.root), "--as-of", "2025-05-20"])
        with redirect_stdout(StringIO()) as said, pytest.raises(SystemExit) as ended:
            main()
        by_hand = Command(int(ended.value.code or 0), said.getvalue(), content(home), sent())
        yield Life(home, mail_down, database_lost, again, poisoned, by_hand)


def workbook_ending_at(path: Path, cell: str) -> None:
    """A workbook of one line that says that its second cell is that one.

    Its reader asks for the memory of all cells up to there: the last one that there is takes 400 GB, which
    aborts the process, and one that there is not makes the library panic.
    """
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Date", "Nuits"])
    book.save(path)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w") as packed:
        for name, part in parts.items():
            packed.writestr(name, part.replace(b'r="B1"', f'r="{cell}"'.encode()))
