"""Reading in a process of its own: what a file does to its reader ends there, and is told in words."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from sources import contained
from sources.catalogue import SourceReading
from sources.contained import Limits, Reader, ReaderCannotStartError, ReaderDiedError
from warehouse.errors import VigieError
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery, Refusal
from warehouse.words.shapes import plain

DECLARATIONS = "declarations-2025-T3.xlsx"
PASSAGES = "passages-2025-07.csv"
GOOD = "Date;Heure;Borne;Sens;Plaque;Ticket;Ouverture\n01/07/2025;10:00:00;1;E;AB-123-CD;1;ticket\n"
MEBIBYTE = 1 << 20
NIGHT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
RECEIVED = NIGHT.replace(tzinfo=None)


@dataclass(frozen=True)
class Reading:
    """A reader, and a folder for the files that it is given."""

    reader: Reader
    folder: Path
    office: str

    def __call__(self, source: str, name: str, content: bytes) -> SourceReading | Refusal:
        rank = sum(1 for _ in self.folder.iterdir())
        path, work = self.folder / f"{rank}", self.folder / f"{rank}-work"
        path.write_bytes(content)
        work.mkdir()
        return self.reader.read(source, Delivery(rank, self.office, source, name, "0", RECEIVED, path), work)

    @property
    def pid(self) -> int:
        """The process that reads; raises when none runs."""
        assert self.reader._process is not None
        return self.reader._process.pid

    def is_sound(self) -> bool:
        """True when a good file is read, whatever came before."""
        return isinstance(self("motorhome", PASSAGES, GOOD.encode()), SourceReading)


@pytest.fixture(scope="module")
def limits() -> Limits:
    """Narrow ones, which a test reaches soon."""
    return Limits(memory_bytes=250 * MEBIBYTE, asked_bytes=4096 * MEBIBYTE, file_bytes=4 * MEBIBYTE)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory, office: Office, limits: Limits) -> Iterator[Reading]:
    """One reader for all tests of this file: what one of them does to it, the next must not notice."""
    folder = tmp_path_factory.mktemp("contained")
    with Reader(Home(folder / "home"), office, NIGHT, limits) as reader:
        (folder / "files").mkdir()
        yield Reading(reader, folder / "files", office.code)


def workbook(change: tuple[bytes, bytes], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """A workbook of two cells, in a part of which a regular expression is replaced."""
    content = io.BytesIO()
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Date", "Nuits"])
    book.save(content)
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            told = source.read(name)
            target.writestr(name, re.sub(*change, told) if name == part else told)
    return changed.getvalue()


def export(member: bytes) -> bytes:
    """An export of Apidae with one file of objects."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("objets_modifies/objets_modifies-1.json", member)
    return content.getvalue()


def test_a_reader_reads_file_after_file_in_one_process_that_is_not_ours(read: Reading) -> None:
    assert read.is_sound()
    first = read.pid
    assert read.is_sound()
    assert read.pid == first != os.getpid()


def test_a_file_that_is_not_what_it_should_be_is_refused_as_its_reader_says(read: Reading) -> None:
    refusal = read("motorhome", PASSAGES, b"x\n")
    assert isinstance(refusal, Refusal)
    assert refusal.fault == "refused"
    assert "colonne obligatoire absente" in plain(refusal.message)


def test_a_failure_that_no_reader_foresaw_is_a_refusal_that_says_it_may_be_our_fault(
    read: Reading, caplog: pytest.LogCaptureFixture
) -> None:
    panics = workbook((rb'r="A1"', b'r="ZZZZZZZ99999999999"'))  # a panic in Rust, which is no Exception
    with caplog.at_level(logging.ERROR, "vigie"):
        refusal = read("tourist_tax", DECLARATIONS, panics)
    assert isinstance(refusal, Refusal)
    assert refusal.fault == "reader_failed"
    assert "PanicException, sources/reading/workbooks.py:" in plain(refusal.message)
    assert "à Vigie" in plain(refusal.message)
    assert "get_sheet_by_name" in caplog.text  # the place, never what it said
    assert read.is_sound()


def test_what_an_unforeseen_failure_says_of_the_file_is_told_nowhere(
    read: Reading, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It may be personal data: quality.load is published, logs are sent to others for advice."""
    script = tmp_path / "buggy.py"
    script.write_text(BUGGY, encoding="utf-8")
    monkeypatch.setattr(contained, "COMMAND", (sys.executable, str(script)))
    read.reader.stop()
    with caplog.at_level(logging.ERROR, "vigie"):
        refusal = read("motorhome", PASSAGES, b"AB-123-CD")
    read.reader.stop()
    assert isinstance(refusal, Refusal)
    assert refusal.fault == "reader_failed"
    assert "AB-123-CD" not in plain(refusal.message)
    assert "AB-123-CD" not in caplog.text
    assert "in read" in caplog.text


BUGGY = """
import sources.worker, sources.motorhome.source

def read(delivery, context):
    raise RuntimeError(delivery.path.read_text())

sources.motorhome.source.read = read
import sys
sources.worker.end_with(int(sys.argv[1]))
sources.worker.main()
"""


def test_the_workbook_that_asks_for_549_gigabytes_ends_its_reader_and_no_other(read: Reading) -> None:
    path = Path(__file__).parents[3] / "shared" / "cases" / "poison" / "abort-1675-bytes.xlsx"
    if not path.exists():
        pytest.skip(f"{path} is absent: the cases are not part of the repository")
    with pytest.raises(ReaderDiedError, match="SIGABRT"):
        read("tourist_tax", DECLARATIONS, path.read_bytes())
    assert read.is_sound()


def test_a_small_zip_of_a_million_empty_objects_is_refused_by_what_it_unpacks_to(read: Reading) -> None:
    """15 kB took 3.5 GB: each object becomes a row of the quarantine."""
    dense = export(b"[" + b"{}," * 5_000_000 + b"{}]")
    assert len(dense) < 20_000
    refusal = read("tourism_information", "export_20260104-0100_1.zip", dense)
    assert isinstance(refusal, Refusal)
    assert refusal.fault == "refused"
    assert "décompressé" in plain(refusal.message)


def test_a_file_that_takes_too_much_memory_is_stopped(read: Reading) -> None:
    objects = [[n] for n in range(600_000)]  # packed 8 times: no bomb by its ratio
    with pytest.raises(ReaderDiedError, match="plus de 250 Mo de mémoire"):
        read("tourism_information", "export_20260104-0100_1.zip", export(json.dumps(objects).encode()))
    assert read.is_sound()


def test_a_file_that_makes_its_reader_write_too_much_is_stopped(read: Reading) -> None:
    lines = GOOD.replace("\n", "\r\n") + "01/07/2025;10:00:00;1;E;;1;ticket\r\n" * 150_000  # it is copied
    with pytest.raises(ReaderDiedError, match="plus de 4 Mo à écrire"):
        read("motorhome", PASSAGES, lines.encode())
    assert read.is_sound()


def test_a_file_that_takes_too_long_is_stopped(office: Office, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    long = GOOD + "01/07/2025;10:00:00;1;E;;1;ticket\n" * 100_000
    with (
        Reader(Home(tmp_path), office, NIGHT, Limits(seconds=0.0)) as reader,
        pytest.raises(ReaderDiedError, match="plus de 0 seconde"),
    ):
        Reading(reader, tmp_path / "files", office.code)("motorhome", PASSAGES, long.encode())


def test_what_is_not_the_files_fault_makes_it_wait(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VIGIE_PLATE_KEY")
    (tmp_path / "files").mkdir()
    with Reader(Home(tmp_path), office, NIGHT) as reader:
        read = Reading(reader, tmp_path / "files", office.code)
        with pytest.raises(VigieError, match="VIGIE_PLATE_KEY"):
            read("motorhome", PASSAGES, GOOD.encode())
        gone = Delivery(9, office.code, "motorhome", PASSAGES, "0", RECEIVED, tmp_path / "gone")
        with pytest.raises(VigieError, match="n'a pas pu être lu"):
            reader.read("motorhome", gone, tmp_path)


def test_a_reader_that_cannot_start_is_no_files_fault(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contained, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    (tmp_path / "files").mkdir()
    with (
        Reader(Home(tmp_path), office, NIGHT) as reader,
        pytest.raises(ReaderCannotStartError, match="ne démarre pas"),
    ):
        Reading(reader, tmp_path / "files", office.code)("motorhome", PASSAGES, GOOD.encode())
