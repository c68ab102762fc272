"""One bad file of a source, whatever is wrong with it, does not hold the others."""

from __future__ import annotations

import io
import os
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from flows.night.ingesting import read_and_load, receive
from sources.contained import Reader
from tests.flows.conftest import DELIBERATIONS, SETTLED
from warehouse.office.model import load_office
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain, shown

AS_OF = datetime(2025, 5, 17, 0, 30, tzinfo=UTC)
HEADING = "Date;Heure;Entrées\n"
HOURS = "".join(f"14/05/2025;{hour};{hour}\n" for hour in range(9, 18))


def put(home: Home, source: str, name: bytes, content: bytes) -> None:
    """Put a file that has settled into an inbox; its name may be any bytes."""
    folder = home.inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    path = os.fsdecode(os.fsencode(folder) + b"/" + name)
    Path(path).write_bytes(content)
    os.utime(path, (SETTLED, SETTLED))


def without_sheets() -> bytes:
    """A workbook that declares no sheet."""
    content, changed = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(content)
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            target.writestr(name, re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", source.read(name)))
    return changed.getvalue()


BAD: dict[str, dict[bytes, tuple[bytes, str]]] = {
    "counters": {
        b"porte-4.csv": ((HEADING + HOURS).encode() + bytes(8192), "octets nuls (ligne 11)"),
    },
    "tourist_tax": {
        b"declarations-2.xlsx": (without_sheets(), "aucune feuille visible"),
        b"deliberations-2.xml": (
            DELIBERATIONS.replace("<delta>", "<delta><millesime><categorie/></millesime>").encode(),
            "manque ou est faux (<millesime>)",
        ),
        b"deliberations-3.xml": (
            f'<?xml version="1.0" encoding="utf-7"?>{DELIBERATIONS}'.encode(),
            "encodage que Vigie ne lit pas",
        ),
        b"r\xe9sum\xe9.csv": (b"x", "résumé.csv ne correspond à aucun fichier attendu"),
    },
}  # fmt: skip
GOOD = {
    "counters": {
        b"porte-relev\xe9-1.csv": (HEADING + HOURS).encode(),
        b"porte-2.csv": (HEADING + '"15/05/2025;9;9\n' + HOURS).encode(),  # a quote that is never closed
        # A cell beyond what Python's csv module takes, in a line that has one cell too many.
        b"porte-3.csv": (HEADING + HOURS + f"15/05/2025;9;{'1' * 200_000}9;8\n").encode(),
    },
    "tourist_tax": {b"deliberations-2023.xml": DELIBERATIONS.encode()},
}


@pytest.fixture
def ledger(door_home: Home) -> dict[str, dict[str, Any]]:
    """What the ledger says of good and bad files of two sources, received and read together."""
    office = load_office(door_home.office_file)
    with Reader(door_home, office, AS_OF) as reader:
        for source, files in BAD.items():
            for name, (content, _) in files.items():
                put(door_home, source, name, content)
            for name, content in GOOD[source].items():
                put(door_home, source, name, content)
            receive(door_home, office, source, AS_OF)
            result = read_and_load(door_home, office, source, AS_OF, reader=reader)
            assert result.failed == []  # all of these are the files' own faults
    with working(door_home) as connection:
        return {row["file"]: row for row in rows(connection, "SELECT * FROM quality.load")}


def test_each_bad_file_is_refused_with_its_cause_and_the_good_ones_are_loaded(
    ledger: dict[str, dict[str, Any]],
) -> None:
    for files in BAD.values():
        for name, (_, cause) in files.items():
            told = ledger[name.decode("latin-1")]
            assert (told["status"], told["fault"]) == ("refused", "refused"), told
            assert cause in plain(told["message"])
    loaded = {name: row["rows_loaded"] for name, row in ledger.items() if row["status"] == "loaded"}
    assert loaded == {
        "porte-relevé-1.csv": 9, "porte-2.csv": 9, "porte-3.csv": 9, "deliberations-2023.xml": 1,
    }  # fmt: skip
    assert ledger["porte-2.csv"]["rows_quarantined"] == ledger["porte-3.csv"]["rows_quarantined"] == 1


def test_a_file_that_cannot_be_read_now_waits_and_the_others_are_loaded(door_home: Home) -> None:
    office = load_office(door_home.office_file)
    for n in (1, 2):
        put(
            door_home,
            "counters",
            f"porte-{n}.csv".encode(),
            (HEADING + HOURS + f"15/05/2025;9;{n}\n").encode(),
        )
    lost = receive(door_home, office, "counters", AS_OF).new[0]
    content = lost.path.read_bytes()
    lost.path.unlink()
    result = read_and_load(door_home, office, "counters", AS_OF)
    assert result.new == ["porte-2.csv"]
    assert len(result.failed) == 1
    assert "porte-1.csv n'a pas pu être lu (No such file or directory)" in plain(result.failed[0])
    lost.path.write_bytes(content)
    assert read_and_load(door_home, office, "counters", AS_OF).new == ["porte-1.csv"]


def test_no_process_is_started_when_there_is_nothing_to_read(door_home: Home) -> None:
    office = load_office(door_home.office_file)
    with Reader(door_home, office, AS_OF) as reader:
        read_and_load(door_home, office, "counters", AS_OF, reader=reader)
        assert reader._process is None


def test_each_step_marks_the_name_of_its_file_since_runs_log_their_steps(door_home: Home) -> None:
    office = load_office(door_home.office_file)
    put(door_home, "counters", b"porte-Dupont.csv", (HEADING + HOURS).encode())
    steps: list[str] = []
    receive(door_home, office, "counters", AS_OF)
    read_and_load(door_home, office, "counters", AS_OF, steps.append)
    (step,) = steps
    assert "porte-Dupont.csv" in plain(step)
    assert "Dupont" not in shown(step, "en", {"porte"})
