"""A process started for one run ends with it, even when the run is killed and cannot say so."""

from __future__ import annotations

import os
import threading
import time

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


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
