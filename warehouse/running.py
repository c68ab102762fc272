"""The run that holds a home, in a small file beside its lock: it tells of one that could not say its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from warehouse.clock import now
from warehouse.layout import Home
from warehouse.lock import is_locked

ALL_SOURCES = "all"  # in quality.run: a whole night


@dataclass(frozen=True)
class Unended:
    """A run that began and did not end as it should, or has not ended yet.

    `error` is what stopped it; it is empty while the run goes on, and when it was killed.
    """

    started_at: datetime
    error: str
    is_running: bool


@contextmanager
def marked(home: Home) -> Iterator[None]:
    """Leave the mark of a run while the block runs, and with its error when it raises. The lock is held.

    The mark of an earlier run that was killed or failed is replaced: this run repairs it.
    """
    started = now()
    _write(home, started, "")
    try:
        yield
    except BaseException as error:
        _write(home, started, f"{type(error).__name__}: {' '.join(str(error).split())}")
        raise
    home.run_file.unlink(missing_ok=True)


def unended(home: Home) -> Unended | None:
    """The run that goes on, or the last one when it was killed or failed; None when it ended well."""
    try:
        mark = json.loads(home.run_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    is_running = not mark["error"] and is_locked(home)
    if not mark["error"] and not is_running and not home.run_file.exists():
        return None  # it ended while we looked
    return Unended(datetime.fromisoformat(mark["started_at"]), mark["error"], is_running)


def _write(home: Home, started: datetime, error: str) -> None:
    """Write the mark in one step: who reads it never finds a half."""
    draft = home.run_file.with_suffix(".draft")
    draft.write_text(json.dumps({"started_at": started.isoformat(), "error": error}), encoding="utf-8")
    draft.replace(home.run_file)
