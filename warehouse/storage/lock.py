"""One run at a time writes a home: a lock that the system itself frees when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.errors import BusyError
from warehouse.storage.layout import Home
from warehouse.words.messages import say

# Who only asks whether a run goes on holds the lock for an instant: a run does not give up before that.
INSTANT_SECONDS = 1.0


@contextmanager
def refresh_lock(home: Home, wait_seconds: float = 0, language: str = "fr") -> Iterator[None]:
    """Hold the home's lock; raises VigieError when another run holds it for more than `wait_seconds`."""
    home.work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.lock_file)
    try:
        lock.acquire(timeout=max(wait_seconds, INSTANT_SECONDS), poll_interval=0.1)
    except Timeout as error:
        raise BusyError(say("lock.busy", language, home=home.root, lock=home.lock_file)) from error
    try:
        yield
    finally:
        lock.release()


def is_locked(home: Home) -> bool:
    """True when a run holds the home's lock at this moment; no run can where nobody can write."""
    return is_held(home.lock_file)


def is_held(lock_file: Path) -> bool:
    """True when some process holds this lock at this moment; none can where nobody can write."""
    if not lock_file.exists():
        return False
    lock = FileLock(lock_file)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
