"""Whatever lies in the inbox, the healthy file beside it is loaded, and the run lives within its memory.

A few hundred wild files in the suite; 10,000 by `make audit`, then a whole night on what came of them.
"""

from __future__ import annotations

import fcntl
import io
import os
import resource
import socket
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import openpyxl
import pytest
import yaml

import sources.catalogue
from demo.making import make
from flows.night.steps import NightReport, Run, ingest, night
from sources.contained import Limits, Reader
from tests.security.mutating import mutated
from warehouse.office.model import Office, load_office
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home

SEED = 11
LONG_AGO = 1_750_000_000  # its files have settled
AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
FIRST_HEALTHY_DAY = date(2020, 1, 1)  # years before the seeds' own
LINES = 40  # of a seed: a file is opened and judged as a long one, and sooner
# Of the demonstration, by what their names begin with.
OF_DEMO = {
    "counters": ("porte-auch-2025-02",),
    "motorhome": ("passages-ile-saint-martin-2025-02", "paiements-ile-saint-martin-2025-02"),
    "tourist_tax": ("declarations-2025-T1", "airbnb-2025-S1", "deliberations-2024"),
    "tourism_information": ("3367_20240201",),
}
OF_SAMPLES = ("measures", "channels", "sites", "messages")


@dataclass(frozen=True)
class Seed:
    """A healthy file: its source, what its name begins and ends with, its bytes."""

    source: str
    stem: str
    ending: str
    content: bytes


@dataclass(frozen=True)
class Ground:
    """A home without files whose office knows every format, and a healthy file of each."""

    home: Home
    office: Office
    seeds: tuple[Seed, ...]

    def drop(self, source: str, name: str, content: bytes) -> Path:
        """Drop a file that has settled."""
        folder = self.home.inbox / source
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        os.utime(path, (LONG_AGO, LONG_AGO))
        return path

    def drop_healthy(self, rank: int) -> dict[str, int]:
        """Drop a day of the door and a passage of the area, of the rank-th day: rows by file name."""
        day = FIRST_HEALTHY_DAY + timedelta(rank)
        door = [f"{day:%d/%m/%Y};{hour};{10 + hour};{rank % 50}" for hour in range(24)]
        area = f"{day:%d/%m/%Y};10:00:00;Entrée;E;AB-123-CD;T{rank:07};ticket"
        counted, passed = f"porte-auch-{day}.csv", f"passages-ile-saint-martin-{day}.csv"
        self.drop("counters", counted, "\n".join(["Date;Heure;Entrées;Sorties", *door, ""]).encode())
        heading = "Date;Heure;Borne;Sens;Plaque;Ticket;Ouverture"
        self.drop("motorhome", passed, f"{heading}\n{area}\n".encode())
        return {counted: 24, passed: 1}

    def ingest(self, reader: Reader) -> NightReport:
        """Receive, read and load all sources, as a night does."""
        report = NightReport(self.office.code, AS_OF)
        for source in sources.catalogue.names():
            ingest(
                self.home, self.office, source, AS_OF, report, Run(), lambda _: None,
                fetches=False, reader=reader,
            )  # fmt: skip
        return report

    def loaded(self, names: dict[str, int]) -> dict[str, int]:
        """The rows that the ledger says were loaded of these files."""
        listed = ", ".join(f"'{name}'" for name in names)
        with working(self.home) as connection:
            found = rows(
                connection,
                f"""SELECT file, rows_loaded FROM quality.load
                    WHERE status = 'loaded' AND file IN ({listed})""",
            )
        return {row["file"]: row["rows_loaded"] for row in found}

    def fates(self) -> Counter[str]:
        """Files of the ledger by what became of them."""
        with working(self.home) as connection:
            found = rows(
                connection,
                "SELECT coalesce(fault, status) AS fate, count(*) AS n FROM quality.load GROUP BY ALL",
            )
        return Counter({row["fate"]: row["n"] for row in found})


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Seed, ...]:
    """A healthy file of every kind."""
    made = Home(tmp_path_factory.mktemp("seeds") / "home")
    make(made)
    found = []
    for source, stems in OF_DEMO.items():
        for stem in stems:
            path = min(made.inbox.glob(f"{source}/{stem}*"))
            content = path.read_bytes()
            if path.suffix == ".csv":
                content = b"\n".join(content.split(b"\n")[:LINES]) + b"\n"
            found.append(Seed(source, path.stem, path.suffix, content))
    declarations = next(seed for seed in found if seed.stem.startswith("declarations"))
    found.append(Seed("tourist_tax", declarations.stem, ".xlsx", workbook_of(declarations.content)))
    for delivery in sources.catalogue.find("counters").SPEC.deliveries:
        if delivery.kind in OF_SAMPLES:
            ending = ".ndjson" if delivery.kind == "messages" else ".csv"
            stem = "mqtt-20250714T080100000000Z" if delivery.kind == "messages" else delivery.kind
            found.append(Seed("counters", stem, ending, delivery.sample.encode()))
    return tuple(found)


@pytest.fixture
def ground(tmp_path: Path, seeds: tuple[Seed, ...]) -> Ground:
    """An empty home whose office reads every format."""
    home = Home(tmp_path / "home")
    make(home)
    for path in [path for path in home.inbox.rglob("*") if path.is_file()]:
        path.unlink()
    office = yaml.safe_load(home.office_file.read_text(encoding="utf-8"))
    office["systems"]["mqtt"] = {"host": "broker.example.org"}
    (door,) = office["counters"]
    equal = {"site": door["site"]}
    office["counters"] += [
        {"code": "street", "label": "Rue", "format": "national", "channels": {"353226361": "in"}, **equal},
        {
            "code": "gate", "label": "Portail", "format": "mqtt", **equal,
            "mqtt": {
                "topic": "v3/office/devices/+/up", "instant": "received_at", "minutes": 60,
                "counts": {"uplink_message.decoded_payload.in": "in"},
            },
        },
    ]  # fmt: skip
    home.office_file.write_text(yaml.safe_dump(office, allow_unicode=True), encoding="utf-8")
    return Ground(home, load_office(home.office_file), seeds)


def workbook_of(content: bytes) -> bytes:
    """The cells of a CSV as a workbook."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in content.decode().splitlines():
        book.active.append(line.split(";"))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def most_held() -> int:
    """The most memory that a child process of ours that has ended ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def feed(ground: Ground, count: int, batch: int, random: Random) -> Counter[str]:
    """Ingest `count` wild files in batches, a healthy file of two sources in each; what became of all."""
    limits = Limits(seconds=60)
    with Reader(ground.home, ground.office, AS_OF, limits) as reader:
        for rank in range(count // batch):
            for number in range(batch):
                seed = random.choice(ground.seeds)
                name = f"{seed.stem}-{rank}-{number}{seed.ending}"
                ground.drop(seed.source, name, mutated(seed.content, random))
            healthy = ground.drop_healthy(rank)
            report = ground.ingest(reader)
            assert not report.is_upstream_failure
            assert ground.loaded(healthy) == healthy, f"batch {rank}: {report.failures}"
    return ground.fates()


def test_the_seeds_are_healthy(ground: Ground) -> None:
    """Else wild files would test nothing but the first line of a reader."""
    for seed in ground.seeds:
        ground.drop(seed.source, f"{seed.stem}{seed.ending}", seed.content)
    with Reader(ground.home, ground.office, AS_OF) as reader:
        report = ground.ingest(reader)
    assert not report.failures
    assert ground.fates() == {"loaded": len(ground.seeds)}


def test_a_few_hundred_wild_files_hold_no_healthy_one(ground: Ground) -> None:
    fates = feed(ground, 160, 80, Random(SEED))
    assert fates["loaded"] > 2 * 2  # some mutations leave a file readable
    assert fates["refused"] > 0
    assert fates["received"] == 0


@pytest.mark.audit
def test_ten_thousand_wild_files_and_a_night_on_what_came_of_them(
    ground: Ground, measured: Callable[..., None]
) -> None:
    started = time.monotonic()
    fates = feed(ground, 10_000, 250, Random(SEED))
    held = most_held()
    seconds = time.monotonic() - started
    assert held <= Limits().memory_bytes
    assert fates["received"] == 0
    report = night(ground.home, ground.office, AS_OF)
    assert report.published is not None
    measured(
        "wild files", files=10_000, seed=SEED, **dict(sorted(fates.items())), seconds=round(seconds),
        most_memory_mb=round(held / 2**20),
    )  # fmt: skip


def test_every_kind_of_poison_lies_beside_a_healthy_file(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damaged, huge, linked, locked, renamed: taken, refused or left, each with words, and nobody waits."""
    drop, inbox = ground.drop, ground.home.inbox
    door, book = (next(s for s in ground.seeds if s.ending == e and s.source == o) for e, o in (
        (".csv", "counters"), (".xlsx", "tourist_tax")))  # fmt: skip
    drop("counters", "porte-auch-empty.csv", b"")
    drop("counters", "porte-auch-torn.csv", door.content[: len(door.content) // 2])
    drop("counters", "porte-auch-zeros.csv", b"\0" * 100_000)
    drop("counters", "porte-auch-book.csv", book.content)
    drop("tourist_tax", "declarations-text.xlsx", door.content)
    drop("tourist_tax", "declarations-torn.xlsx", book.content[:-200])
    drop("tourist_tax", "declarations-bomb.xlsx", bomb(200))
    drop("tourist_tax", "declarations-nested.xlsx", zipped({"xl/../../../x": b"x", "/etc/x": b"x"}))
    drop("tourism_information", "3367_bomb.zip", bomb(200))
    drop("tourist_tax", "deliberations-entity.xml", ENTITIES)
    (inbox / "motorhome" / "deep" / "er").mkdir(parents=True)
    drop("motorhome/deep/er", "passages-ile-saint-martin-2025-01.csv", b"x\n")
    secret = ground.home.root / "secrets.env"
    (inbox / "counters" / "porte-auch-link.csv").symlink_to(secret)
    (inbox / "counters" / "porte-auch-loop.csv").symlink_to("porte-auch-loop.csv")
    os.mkfifo(inbox / "counters" / "porte-auch-pipe.csv")
    with (inbox / "counters" / "porte-auch-huge.csv").open("wb") as huge:
        huge.truncate(2 << 30)
    os.utime(inbox / "counters" / "porte-auch-huge.csv", (LONG_AGO, LONG_AGO))
    drop("counters", "~$porte-auch.csv", b"lock of an office program")
    locked = drop("counters", "porte-auch-locked.csv", door.content + b"\n")
    healthy = ground.drop_healthy(0)
    with (
        locked.open("rb") as held,
        socket.socket(socket.AF_UNIX) as listening,
        Reader(ground.home, ground.office, AS_OF, Limits(seconds=60)) as reader,
    ):
        fcntl.flock(held, fcntl.LOCK_EX)
        with monkeypatch.context() as here:
            here.chdir(inbox / "counters")  # the path of a socket is short
            listening.bind("porte-auch-sock.csv")
        started = time.monotonic()
        report = ground.ingest(reader)
        assert time.monotonic() - started < 120
    assert ground.loaded(healthy) == healthy
    left = {name for source in report.sources for name in source.left}
    assert {f"porte-auch-{what}.csv" for what in ("link", "pipe", "sock", "huge")} <= left
    assert ground.fates()["received"] == 0
    kept = [path for path in (ground.home.archive / "counters").iterdir() if path.suffix != ".json"]
    assert all(path.read_bytes() != secret.read_bytes() for path in kept if path.stat().st_size < 10_000)


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE delta [<!ENTITY a SYSTEM "file:///etc/passwd">
<!ENTITY b "&a;&a;&a;&a;">]><delta><date>&b;</date></delta>"""


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP of these members."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return written.getvalue()


def bomb(mebibytes: int) -> bytes:
    """A small ZIP whose member is that large once unpacked."""
    return zipped({"xl/worksheets/sheet1.xml": b"0" * (mebibytes << 20)})
