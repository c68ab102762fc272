"""A process started for one run: it ends with the run, even one that is killed, and keeps within limits."""

from __future__ import annotations

import os
import resource
import threading
import time
from pathlib import Path
from typing import Literal

INTERVAL_SECONDS = 0.1


def end_with(parent: int) -> None:
    """From now on, end this process as soon as the process `parent`, which started it, is gone.

    A killed run would else leave a child that holds the database, and the next run could not begin.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(INTERVAL_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_after(pid: int) -> None:
    """From now on, end this process as soon as the process `pid`, any ancestor of ours, is gone."""

    def watch() -> None:
        while _is_alive(pid):
            time.sleep(INTERVAL_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def confine(asked_bytes: int, file_bytes: int) -> None:
    """From now on, this process may not ask the system for more memory, nor write a larger file.

    What asks for more memory gets a MemoryError, or aborts where a library knows none; what writes more gets
    an OSError (EFBIG). No core is left. A machine that runs out of memory ends this process before others.
    What allocators asked for and keep unused counts, several times what is held (`held_bytes`).
    """
    for what, most in (
        (resource.RLIMIT_DATA, asked_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    first_to_go = Path("/proc/self/oom_score_adj")
    if first_to_go.exists():  # Linux
        first_to_go.write_text("1000", encoding="ascii")


def held_bytes(pid: int | Literal["self"] = "self") -> int:
    """The memory that a process holds now; 0 when it is gone, and where the system does not tell."""
    try:
        statm = Path(f"/proc/{pid}/statm").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(statm.split()[1]) * resource.getpagesize()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
