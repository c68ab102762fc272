"""The mark of a run: what tells that one goes on, failed or was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.running import marked, unended

ROOT = Path(__file__).parents[3]
HOLD = """
import sys, time
from pathlib import Path
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.running import marked
home = Home(Path(sys.argv[1]))
with refresh_lock(home), marked(home):
    print("begun", flush=True)
    time.sleep(600)
"""


def test_a_run_that_ended_well_leaves_no_mark(home: Home) -> None:
    with refresh_lock(home), marked(home):
        pass
    assert unended(home) is None


def test_a_home_where_nothing_ran_has_no_mark(home: Home) -> None:
    assert unended(home) is None


def test_a_run_that_goes_on_is_told_as_such(home: Home) -> None:
    with refresh_lock(home), marked(home):
        run = unended(home)
    assert run is not None
    assert run.is_running


def test_a_run_that_failed_leaves_its_error(home: Home) -> None:
    with pytest.raises(RuntimeError), refresh_lock(home), marked(home):
        raise RuntimeError("no space left")
    run = unended(home)
    assert run is not None
    assert not run.is_running
    assert "RuntimeError: no space left" in run.error


def test_a_run_killed_with_sigkill_is_told_at_once_and_its_lock_is_free(home: Home) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    during = unended(home)
    process.kill()
    process.wait()
    process.stdout.close()
    after = unended(home)
    assert during is not None
    assert after is not None
    assert (during.is_running, after.is_running, after.error) == (True, False, "")
    with refresh_lock(home), marked(home):
        pass
    assert unended(home) is None
