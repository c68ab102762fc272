"""What stopped a run, in words: the thing, the likely cause and the remedy, from the error that was raised.

Libraries wrap each other's errors and keep the system's words, so that these words decide, wherever in the
chain of causes they stand.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import UsageError, VigieError
from warehouse.storage.database import MEMORY_LIMIT, is_interrupted
from warehouse.storage.layout import Home
from warehouse.words.messages import say
from warehouse.words.shapes import of_library

# Kinds of fault by what the system, DuckDB, SQLite and dlt say, the first that fits.
SIGNS = {
    "disk_full": r"No space left on device|disk is full|Disk quota exceeded|File too large",
    "held": r"Could not set lock on file",
    "read_only": r"Read-only file system|Permission denied|readonly database|Operation not permitted"
    r"|unable to open database file",
    "corrupt": r"not a valid DuckDB database|Corrupt database file|Could not read enough bytes"
    r"|replaying WAL|database has been invalidated|file is not a database|disk image is malformed"
    r"|Failed to load metadata|Serialization Error",
    "memory": r"Out of Memory|MemoryError|Cannot allocate memory|failed to allocate",
}
OFFICE, OTHER, UNEXPECTED = "office", "other", "unexpected"
LONGEST_DETAIL = 300  # characters of a library's own words


@dataclass(frozen=True)
class Fault:
    """What stopped a run: `kind` is a key of SIGNS, `office`, `other` (in words already) or `unexpected`."""

    kind: str
    words: str


def fault(error: BaseException, home: Home, language: str) -> Fault:
    """What an error that stopped a run on the home means, in the language."""
    if isinstance(error, UsageError):
        kind = OFFICE if home.office_file.name in str(error) else OTHER
        return Fault(kind, str(error))
    if is_interrupted(error) or isinstance(error, SystemExit):
        return Fault(OTHER, say("fault.stopped", language))
    said = " / ".join(_chain(error))
    for kind, sign in SIGNS.items():
        if re.search(sign, said, re.IGNORECASE):
            return _known(kind, said, home, language)
    if isinstance(error, VigieError):
        return Fault(OTHER, str(error))
    return Fault(
        UNEXPECTED,
        say("fault.unexpected", language, what=f"{type(error).__name__}: {_short(words_of(error))}"),
    )


def words_of(error: BaseException) -> str:
    """What an error says, on one line; what a library may quote of a file is marked as a file's words."""
    said = " ".join(str(error).split())
    return said if isinstance(error, VigieError) else of_library(said)


def _known(kind: str, said: str, home: Home, language: str) -> Fault:
    path = _path(said, home)
    values: dict[str, object] = {"path": path, "home": home.root, "detail": _short(of_library(said))}
    key = f"fault.{kind}"
    if kind == "disk_full":
        values["free"] = f"{shutil.disk_usage(_existing(path)).free / 1e6:.0f}"
    elif kind == "held":
        holder = re.search(r"held in (\S+) .{0,40}?\(?PID (\d+)\)?", said)
        values |= {"published": home.published_database}
        values["holder"] = (
            say("fault.holder", language, program=Path(holder[1]).name, pid=holder[2]) if holder else ""
        )
    elif kind == "corrupt":
        if path == home.journal or "file is not a database" in said or "image is malformed" in said:
            key, values["path"] = "fault.corrupt.journal", home.journal
        elif home.published in path.parents or home.current.resolve() in path.parents:
            key = "fault.corrupt.published"
        else:
            values["path"] = home.database
    elif kind == "memory":
        values["limit"] = MEMORY_LIMIT
    return Fault(kind, say(key, language, **values))


def _chain(error: BaseException) -> Iterator[str]:
    """What an error says, and those that it came of, the first cause last."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield f"{type(one).__name__}: {one}"
        one = one.__cause__ or one.__context__


def _path(said: str, home: Home) -> Path:
    """The file that the words name, of those in the home; else the home."""
    named = [Path(found) for found in re.findall(r"""["'](/[^"']+)["']""", said)]
    return next((path for path in named if path.is_relative_to(home.root)), home.root)


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"
