"""The run that holds a home, in a small file beside its lock: it tells of one that could not say its end."""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from warehouse.clock import now
from warehouse.storage.layout import Home
from warehouse.storage.lock import is_locked
from warehouse.words.faults import fault

ALL_SOURCES = "all"  # in quality.run: a whole night
SET_ASIDE = "set_aside"  # in quality.run: a run that a wrong clock made
MISSED_AFTER = timedelta(hours=26)  # between two nights: a day, and two hours for a late one
log = logging.getLogger("vigie")
SIZE = 4000  # bytes: written in full at the start, so that the error has its place on a disk that is full


@dataclass(frozen=True)
class Unended:
    """A run that began and did not end as it should, or has not ended yet.

    `error` is what stopped it, in words; it is empty while the run goes on, and when it was killed. `pid` and
    `host` tell its process and the machine that it runs on.
    """

    started_at: datetime
    pid: int
    host: str
    error: str
    is_running: bool


@contextmanager
def marked(home: Home, language: str = "fr") -> Iterator[Unended | None]:
    """Leave the mark of a run while the block runs, and with its error when it raises. The lock is held.

    The mark of an earlier run that was killed or failed is replaced: this run repairs it. It is given to the
    block.
    """
    started, before = now(), _read(home)
    _write(home, started, "")
    try:
        yield before
    except BaseException as error:
        _write_error(home, started, fault(error, home, language).words)
        raise
    home.run_file.unlink(missing_ok=True)


def unended(home: Home) -> Unended | None:
    """The run that goes on, or the last one when it was killed or failed; None when it ended well."""
    mark = _read(home)
    if mark is None or mark.error:
        return mark
    is_running = is_locked(home)
    if not is_running and not home.run_file.exists():
        return None  # it ended while we looked
    return replace(mark, is_running=is_running)


def _read(home: Home) -> Unended | None:
    try:
        mark = json.loads(home.run_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Unended(
        started_at=datetime.fromisoformat(mark["started_at"]),
        pid=mark.get("pid", 0),  # marks of the first versions have neither
        host=mark.get("host", ""),
        error=mark["error"],
        is_running=False,
    )


def _write(home: Home, started: datetime, error: str) -> None:
    """Write the mark in one step: who reads it never finds a half."""
    draft = home.run_file.with_suffix(".draft")
    draft.write_bytes(_content(started, error))
    draft.replace(home.run_file)


def _write_error(home: Home, started: datetime, error: str) -> None:
    """Write the error over the mark; what stopped the run matters more than that it could not be written."""
    try:
        with home.run_file.open("r+b") as mark:
            mark.write(_content(started, error))
    except OSError as failure:
        log.error("%s could not be written: %s", home.run_file, failure)


def _content(started: datetime, error: str) -> bytes:
    """The mark as JSON, always SIZE bytes, the error cut short where it is too long."""
    longest = (SIZE - 200) // 6  # characters, each of which may become \uXXXX
    mark = {
        "started_at": started.isoformat(),
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "error": error[:longest],
    }
    return json.dumps(mark).encode().ljust(SIZE)
