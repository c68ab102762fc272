"""The demonstration's raw files, its night, and the same night again on changed files: each made once."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.making import make
from flows.night.steps import NightReport, night
from warehouse.office.model import load_office
from warehouse.storage.layout import Home

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
MOTORHOME = "ile-saint-martin"
# Single bytes that are changed: a party of two becomes three, a call is noted a month earlier, an article is
# dearer, a day has more visits, the account a larger receipt, a visitor is less pleased.
BYTES = (
    ("contacts/accueil-auch-2025.csv", r"^15/04/2025;.....;Auch;Comptoir;\w+;Couple;(2);0;0;France;", "3"),
    ("requests/demandes-2025.csv", r"^1./0(5)/2025;Téléphone;", "4"),
    ("shop/boutique-auch-2025.csv", r"^../04/2025;[^;]+;\d+;[^;]+;Souvenirs;1;1(1),", "5"),
    ("audience/matomo-tourisme-2025.csv", r"^2025-04-15,\d+,0,(\d)", "9"),
    ("finance/scdl-budget-2025.csv", r",7078,.*,recette,2514(1)\.00", "2"),
    ("surveys/results-survey732002.csv", r'^"\d+";"2025-0[67].*";"(8)";"[^"]*"\r?$', "3"),
)
CHANGED, ADDED = 4 + len(BYTES), 2  # files of the night on changed files
Lines = list[list[str]]


@dataclass(frozen=True)
class Demonstration:
    """A home after its night. Tests only read it."""

    home: Home
    report: NightReport

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The answer of the working database."""
        with duckdb.connect(str(self.home.database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def figure(self, indicator: str, dimension: str = "", year: int = 2025) -> Decimal:
        """What was measured in a year, as published."""
        with duckdb.connect(str(self.home.published_database), read_only=True) as connection:
            ((value,),) = connection.execute(
                """SELECT measured_value FROM marts.indicator_value
                   WHERE indicator = ? AND dimension = ? AND period_kind = 'year' AND period_start = ?""",
                [indicator, dimension, date(year, 1, 1)],
            ).fetchall()
        return Decimal(value)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home before any night: the office file, and the raw files in the inbox."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    make(home)
    return home


@pytest.fixture(scope="session")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same, generated a second time."""
    home = Home(tmp_path_factory.mktemp("made-again") / "home")
    make(home)
    return home


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory, made: Home) -> Demonstration:
    """The demonstration's night."""
    home = Home(tmp_path_factory.mktemp("demo") / "home")
    shutil.copytree(made.root, home.root)
    return run(home)


@dataclass(frozen=True)
class Change:
    """What was changed in the raw files, told by the first night's tables."""

    ticket: str  # of a motorhome's stay of two nights, gone from the barrier's log
    lodging: int  # removed from the tourism information system
    beds: int  # of that lodging


@pytest.fixture(scope="session")
def change(demonstration: Demonstration) -> Change:
    """One stay and one lodging, found in what the first night built."""
    ((ticket,),) = demonstration.ask(
        """SELECT min(ticket) FROM staging.motorhome_stay
           WHERE pairing = 'ticket' AND nights_count = 2 AND entry_date > DATE '2025-05-02'
             AND exit_date < DATE '2025-05-20'"""
    )
    ((lodging, beds),) = demonstration.ask(
        """SELECT object_id, bed_count FROM marts.tourism_bed_place
           WHERE is_current AND is_published AND NOT is_platform ORDER BY object_id LIMIT 1"""
    )
    return Change(ticket, lodging, beds)


@pytest.fixture(scope="session")
def dropped_again(tmp_path_factory: pytest.TempPathFactory, made_again: Home, change: Change) -> Path:
    """All files as they are dropped again, CHANGED of them other than before, and ADDED more."""
    inbox = tmp_path_factory.mktemp("dropped-again") / "inbox"
    shutil.copytree(made_again.inbox, inbox)
    change_door(inbox / "counters")
    change_area(inbox / "motorhome", change.ticket)
    change_information(inbox / "tourism_information", change.lodging)
    change_tax(inbox / "tourist_tax")
    for file, line, other in BYTES:
        change_byte(inbox / file, line, other)
    return inbox


@pytest.fixture(scope="session")
def changed(
    tmp_path_factory: pytest.TempPathFactory, demonstration: Demonstration, dropped_again: Path
) -> Demonstration:
    """The night again, on the home of the first one."""
    home = Home(tmp_path_factory.mktemp("changed") / "home")
    shutil.copytree(demonstration.home.root, home.root, symlinks=True)
    shutil.copytree(dropped_again, home.inbox, dirs_exist_ok=True)
    return run(home)


def change_byte(path: Path, line: str, other: str) -> None:
    """Another byte in the place that the only group of a pattern names, in the first line that fits it."""
    content = path.read_bytes()
    encoding = "utf-16" if content.startswith(b"\xff\xfe") else "utf-8"
    text = content.decode(encoding)
    (place,) = next(re.finditer(line, text, re.MULTILINE)).regs[1:]
    after = (text[: place[0]] + other + text[place[1] :]).encode(encoding)
    assert sum(one != two for one, two in zip(content, after, strict=True)) == 1
    path.write_bytes(after)
    settle(path)


def change_door(folder: Path) -> None:
    """A hundred entries more on a Saturday of October, from ten to eleven."""

    def more(rows: Lines) -> Lines:
        return [
            [day, hour, str(int(n) + (100 if (day, hour) == ("11/10/2025", "10") else 0)), *out]
            for day, hour, n, *out in rows
        ]

    edit(folder / "porte-auch-2025-10.csv", more)


def change_area(folder: Path, ticket: str) -> None:
    """The stay disappears from the barrier's log; the kiosk's gains a payment of 12 €, 2 € of them VAT."""
    payment = ["999999", "20/05/2025", "10:00:00", ticket, "0", "12,00", "2,00", "0,00", "carte", "", "vente"]
    edit(folder / f"passages-{MOTORHOME}-2025-05.csv", lambda rows: [r for r in rows if ticket not in r])
    edit(folder / f"paiements-{MOTORHOME}-2025-05.csv", lambda rows: [*rows, payment])


def change_information(folder: Path, lodging: int) -> None:
    """Two events, created half an hour before and after the new year (local time); a lodging removed."""
    events = [
        {"id": number, "type": "FETE_ET_MANIFESTATION", "state": "PUBLISHED", "gestion": {"dateCreation": at}}
        for number, at in ((1, "2025-12-31T22:30:00.000+0000"), (2, "2025-12-31T23:30:00.000+0000"))
    ]
    path = folder / "3367_20260105-0100_zzzzzz.zip"
    with zipfile.ZipFile(path, "w") as export:
        export.writestr("objets_modifies/objets_modifies-1.json", json.dumps(events))
        export.writestr("objets_supprimes.json", json.dumps([lodging]))
    settle(path)


def change_tax(folder: Path) -> None:
    """A line of a declaration corrected by 100 person-nights; a statement that lost all but one line."""

    def corrected(rows: Lines) -> Lines:
        row = next(r for r in rows if "1 étoile" in r and "01/10/2025" in r)
        return [[*row[:14], str(int(row[14]) + 100), row[15], str(int(row[16]) + 100), *row[17:]]]

    correction = folder / "declarations-2025-T4-correction.csv"
    shutil.copyfile(folder / "declarations-2025-T4.csv", correction)
    edit(correction, corrected)
    statement = folder / "booking-2025-S2.csv"
    statement.write_bytes(b"".join(statement.read_bytes().splitlines(keepends=True)[:2]))
    settle(statement)


def edit(path: Path, change: Callable[[Lines], Lines]) -> None:
    """Change the rows under a CSV file's heading."""
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file, delimiter=";")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\n").writerows([heading, *change(rows)])
    settle(path)


def settle(path: Path) -> None:
    """Received last: a correction comes after what it corrects."""
    os.utime(path, (AS_OF.timestamp(), AS_OF.timestamp()))


def run(home: Home) -> Demonstration:
    """The night of 5 January 2026 on that home."""
    office = load_office(home.office_file)
    return Demonstration(home, night(home, office, AS_OF))
