"""A refresh that is killed at any point is simply run again."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import duckdb

from tests.flows.conftest import Mailbox, content, drop_days
from warehouse.storage.layout import Home

REPOSITORY = Path(__file__).parents[2]
SEED = 20250515
KILLS = 2


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
    door_home: Home, mailbox: Mailbox, tmp_path: Path
) -> None:
    drop_days(door_home, date(2025, 3, 3), date(2025, 5, 14))
    drop_days(door_home, date(2025, 5, 12), date(2025, 5, 16), count=15)
    never_killed = Home(tmp_path / "never-killed")
    shutil.copytree(door_home.root, never_killed.root)
    started = time.perf_counter()
    assert run(never_killed) == 0
    whole = time.perf_counter() - started

    chance = random.Random(SEED)
    points = [chance.uniform(0.1, 0.95) * whole for _ in range(KILLS)]
    ends = [run(door_home, kill_after=point) for point in points]
    assert -signal.SIGKILL in ends
    assert run(door_home) == 0, f"seed {SEED}, killed after {points} s"
    assert content(door_home) == content(never_killed), f"seed {SEED}, killed after {points} s"
    with duckdb.connect(str(door_home.published_database), read_only=True) as connection:
        statuses = connection.execute("SELECT status FROM quality.run").fetchall()
    assert set(statuses) <= {("done",), ("killed",)}
