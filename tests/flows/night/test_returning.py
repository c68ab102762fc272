"""What could not be read whole is handed back marked, once, and for as long as its bytes may be kept."""

from __future__ import annotations

import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from flows.night.expiring import expire
from flows.night.ingesting import read_and_load, receive
from sources.contained import Reader
from tests.flows.conftest import drop
from warehouse.office.model import Office, load_office
from warehouse.office.subjects.privacy import Privacy
from warehouse.storage import private
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home

AS_OF = datetime(2025, 5, 17, 0, 30, tzinfo=UTC)
HEADING = "Date;Heure;Entrées\n"
GOOD = "".join(f"15/05/2025;{hour};3\n" for hour in range(9, 18))
BAD = "".join(f"16/05/2025;{hour};trois\n" for hour in range(9, 18))


@pytest.fixture
def office(door_home: Home) -> Office:
    return load_office(door_home.office_file)


@pytest.fixture
def copy(door_home: Home) -> Path:
    """Where the copy of the faulty file lies."""
    return door_home.returned / "counters" / "porte-2.marked.xlsx"


def ingest(home: Home, office: Office, at: datetime = AS_OF) -> None:
    with Reader(home, office, at) as reader:
        receive(home, office, "counters", at)
        read_and_load(home, office, "counters", at, reader=reader)


@pytest.fixture
def read_home(door_home: Home, office: Office) -> Home:
    """A home that read a sound file, one with faults and one of messages."""
    drop(door_home, "counters", "porte-1.csv", HEADING + GOOD)
    drop(door_home, "counters", "porte-2.csv", HEADING + GOOD + BAD)
    drop(door_home, "counters", "mqtt-2025.ndjson", '{"a": 1}\n')
    ingest(door_home, office)
    return door_home


def entered(home: Home) -> list[tuple[str, str | None]]:
    with working(home) as connection:
        query = "SELECT source, file FROM quality.returned_copy ORDER BY delivery_id"
        return [(row["source"], row["file"]) for row in rows(connection, query)]


def test_a_file_with_quarantined_rows_is_handed_back_marked_for_its_own_account_alone(
    read_home: Home, copy: Path
) -> None:
    assert list(read_home.returned.rglob("*.*")) == [copy]
    assert entered(read_home) == [("counters", "porte-2.marked.xlsx")]
    sheet = openpyxl.load_workbook(copy).worksheets[0]
    marked = [cell.coordinate for row in sheet for cell in row if cell.comment is not None]
    assert marked == [f"C{row}" for row in range(11, 20)]
    private.arrange(read_home, private.Opened())
    assert [stat.S_IMODE(path.stat().st_mode) for path in (copy.parent, copy)] == [0o700, 0o600]


def test_a_copy_that_a_kill_prevented_is_made_by_the_next_run_from_the_archive(
    read_home: Home, office: Office, copy: Path
) -> None:
    copy.unlink()
    ingest(read_home, office)
    assert not copy.exists()  # taken away by whoever corrects it: it is not put there again
    with working(read_home) as connection:
        connection.execute("DELETE FROM quality.returned_copy")  # as a run leaves it that died before
    ingest(read_home, office)
    assert openpyxl.load_workbook(copy).worksheets[0]["C11"].comment is not None


def test_a_copy_goes_with_the_bytes_that_it_was_made_from_and_after_its_own_time(
    read_home: Home, office: Office, copy: Path
) -> None:
    old = read_home.returned / "motorhome" / "old.marked.xlsx"
    old.parent.mkdir()
    old.touch()
    long_ago = time.time() - 31 * 86400
    os.utime(old, (long_ago, long_ago))
    expire(read_home, office, AS_OF)
    assert copy.exists() and not old.exists()
    short = office.model_copy(update={"privacy": Privacy(archive_days={"counters": 7})})
    expire(read_home, short, AS_OF + timedelta(days=8))
    assert not copy.exists()
