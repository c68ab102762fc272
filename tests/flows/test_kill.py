"""A refresh that is killed at any point is simply run again."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.flows.conftest import Drop, Mailbox
from tests.flows.test_night import content
from warehouse.clock import nightly_instant
from warehouse.layout import Home
from warehouse.office import Office

REPOSITORY = Path(__file__).parents[2]
SEED = 20250515
KILLS = 4


def run(home: Home, kill_after: float | None = None) -> int:
    """One night in a process of its own, killed after so many seconds when given."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.programs", "night", str(home.root), "2025-05-17"],
        cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if kill_after is not None:
        time.sleep(kill_after)
        process.send_signal(signal.SIGKILL)
    return process.wait()


def test_a_night_killed_at_random_points_ends_with_the_same_tables(
    door_home: Home, door_office: Office, drop_days: Drop, mailbox: Mailbox, tmp_path: Path
) -> None:
    import shutil

    drop_days(date(2025, 3, 3), date(2025, 5, 14))
    drop_days(date(2025, 5, 12), date(2025, 5, 16), count=15)
    other = Home(tmp_path / "never-killed")
    shutil.copytree(door_home.root, other.root)
    started = time.perf_counter()
    assert run(other) == 0
    whole = time.perf_counter() - started

    chance = random.Random(SEED)
    points = [chance.uniform(0.1, 0.95) * whole for _ in range(KILLS)]
    for point in points:
        run(door_home, kill_after=point)
    assert run(door_home) == 0, f"seed {SEED}, killed after {points} s"
    assert content(door_home) == content(other), f"seed {SEED}, killed after {points} s"
    with duckdb.connect(str(door_home.published_database), read_only=True) as connection:
        statuses = connection.execute("SELECT status FROM quality.run").fetchall()
    assert set(statuses) <= {("done",), ("killed",), ("running",)}
    assert nightly_instant(date(2025, 5, 17), door_office.zone)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_PLATE_KEY", "a key for tests only")
