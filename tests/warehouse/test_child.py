"""A process started for one run ends with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHILD = "import os, sys, time; from warehouse.child import end_with; end_with(int(sys.argv[1])); {then}"
PARENT = (
    "import os, subprocess, sys, time; "
    "subprocess.Popen([sys.executable, '-c', sys.argv[1], str(os.getpid())]); time.sleep(60)"
)


def test_a_child_ends_when_the_process_that_started_it_is_killed() -> None:
    child = CHILD.format(then="print('ready', flush=True); time.sleep(60)")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, child], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"

    parent.send_signal(signal.SIGKILL)

    # The child writes to the same pipe: its end comes when both are gone, and in 60 s if the child stays.
    try:
        parent.communicate(timeout=20)
    finally:
        parent.wait()


def test_a_child_whose_parent_is_already_gone_ends_at_once() -> None:
    child = CHILD.format(then="time.sleep(60)")
    nobody = str(2**22 + 1)
    assert (
        subprocess.run([sys.executable, "-c", child, nobody], cwd=ROOT, timeout=20, check=False).returncode
        == 1
    )
