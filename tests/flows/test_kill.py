"""A refresh that is killed at any point is simply run again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest

from demo.making import FIRST, OFFICES
from sources.catalogue import names
from tests.flows.conftest import SETTLED, Mailbox, content, drop, drop_days
from tests.sources.tourism_information.deliveries import FULL, export, hotel, objects
from transforms.compiled import compiled
from warehouse.office.model import load_office
from warehouse.storage.layout import Home

REPOSITORY = Path(__file__).parents[2]
SEED = 20250515
KILLS = 2


def run(home: Home, kill_after: float | None = None, night: str = "2025-05-17") -> int:
    """One night in a process of its own, killed after so many seconds when given."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.programs", "night", str(home.root), night],
        cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    return process.wait()


def publishes_the_same_however_often_killed(home: Home, work: Path, night: str) -> None:
    """Kill the night of a home at random points, finish it, and compare it with one that was never killed."""
    compiled(home)  # by whichever run comes first: it would seem longer than those that are killed
    never_killed = Home(work / "never-killed")
    shutil.copytree(home.root, never_killed.root)
    started = time.perf_counter()
    assert run(never_killed, night=night) == 0
    whole = time.perf_counter() - started

    chance = random.Random(SEED)
    points = [chance.uniform(0.1, 0.95) * whole for _ in range(KILLS)]
    ends = [run(home, kill_after=point, night=night) for point in points]
    assert -signal.SIGKILL in ends
    assert run(home, night=night) == 0, f"seed {SEED}, killed after {points} s"
    assert content(home) == content(never_killed), f"seed {SEED}, killed after {points} s"
    # A few rows of each system are fewer than some checks ask for: those fail, killed or not.
    assert statuses(home) <= statuses(never_killed) | {"killed"}


def statuses(home: Home) -> set[str]:
    """How the runs of a home ended."""
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        return {status for (status,) in connection.execute("SELECT status FROM quality.run").fetchall()}


def test_a_night_killed_at_random_points_ends_with_the_same_tables(
    door_home: Home, mailbox: Mailbox, tmp_path: Path
) -> None:
    drop_days(door_home, date(2025, 3, 3), date(2025, 5, 14))
    drop_days(door_home, date(2025, 5, 12), date(2025, 5, 16), count=15)
    publishes_the_same_however_often_killed(door_home, tmp_path, "2025-05-17")


def every_system(home: Home) -> set[str]:
    """The demonstration office with small files of each of its systems, and a dead door; the systems."""
    shutil.copyfile(OFFICES / FIRST / "office.yml", home.office_file)
    shutil.copytree(OFFICES / FIRST / "layouts", home.root / "layouts")
    home.secrets_file.touch(mode=0o600)
    home.secrets_file.write_text("VIGIE_PLATE_KEY=of a test\n", encoding="utf-8")
    door = drop_days(home, date(2025, 3, 3), date(2025, 5, 14))
    heading, *hours = door.read_text("utf-8").splitlines()
    door.unlink()
    lines = [f"{heading};Sorties", *(f"{hour};0" for hour in hours)]
    drop(home, "counters", "porte-auch-2025.csv", "\n".join(lines) + "\n")
    export(home.inbox / "tourism_information", objects(hotel()), FULL)
    for folder in sorted((REPOSITORY / "tests" / "sources").glob("*/fixtures")):
        system = folder.parent.name
        if system != "tourism_information":
            shutil.copytree(folder, home.inbox / system)
    for path in home.inbox.rglob("*.*"):
        os.utime(path, (SETTLED, SETTLED))
    return {folder.name for folder in home.inbox.iterdir()}


def test_there_is_a_file_of_each_system_to_kill_a_night_on(door_home: Home) -> None:
    assert every_system(door_home) == set(names())
    load_office(door_home.office_file, names())


@pytest.mark.audit
def test_a_night_of_all_systems_killed_at_random_points_ends_with_the_same_tables(
    door_home: Home, tmp_path: Path
) -> None:
    """Four nights of eighteen systems: `make audit`."""
    systems = every_system(door_home)
    assert systems == set(names())
    publishes_the_same_however_often_killed(door_home, tmp_path, "2025-12-31")
    with duckdb.connect(str(door_home.published_database), read_only=True) as connection:
        loaded = connection.execute(
            "SELECT DISTINCT source FROM quality.load WHERE rows_loaded > 0"
        ).fetchall()
    assert {source for (source,) in loaded} == systems
