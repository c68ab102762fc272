"""One run at a time writes a home: a lock that the system itself frees when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from warehouse.errors import VigieError
from warehouse.layout import Home


@contextmanager
def refresh_lock(home: Home, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the home's lock; raises VigieError at once, or after `wait_seconds`, when another run holds it."""
    home.work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.lock_file)
    try:
        lock.acquire(timeout=wait_seconds)
    except Timeout as error:
        raise VigieError(
            f"Another refresh is running on {home.root} (it holds {home.lock_file}): wait for its end, "
            "or look at `vigie status`. A run that died holds no lock."
        ) from error
    try:
        yield
    finally:
        lock.release()
