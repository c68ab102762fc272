"""Receive: the bytes of every file go to the archive, by their hash, before anything parses them."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from warehouse.layout import Home

SETTLED_AFTER_SECONDS = 30.0
UNFINISHED_NAMES = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
CHUNK = 1 << 20


@dataclass(frozen=True)
class Received:
    """A file in the archive. `archive/<source>/<sha256>` has its bytes, `<sha256>.json` this record.

    Where the same bytes come again under another name, `<sha256>.<hash of the name>.json` tells it.
    """

    source: str
    file_name: str
    sha256: str
    size_bytes: int
    received_at: datetime
    modified_at: datetime
    path: Path


@dataclass(frozen=True)
class Inbox:
    """What a look into the inbox found: files archived now, seen before, and still being written."""

    new: tuple[Received, ...]
    known: tuple[str, ...]
    unfinished: tuple[str, ...]


def stamp(path: Path) -> str:
    """What changes when a file is written to or replaced: its size, its time of change and its inode."""
    stat = path.stat()
    return f"{stat.st_size}-{stat.st_mtime_ns}-{stat.st_ino}"


def waiting(home: Home, source: str) -> list[Path]:
    """Files of `inbox/<source>` whose names do not say that they are being written, the oldest first."""
    return [path for path in _arrival_order(home.inbox / source) if not _is_named_unfinished(path)]


def receive(
    home: Home,
    source: str,
    as_of: datetime,
    enter: Callable[[Received], None],
    *,
    settled_after: float | None = None,
    settled: Mapping[str, str] = MappingProxyType({}),
) -> Inbox:
    """Move every finished file of `inbox/<source>` into the archive.

    Each leaves the inbox once `enter` has kept that it was received: killed before, it is received again.
    A file is left for later when its name says that it is being written, or when it changed less than
    `settled_after` seconds (default SETTLED_AFTER_SECONDS) of wall-clock time ago, or while it was copied.
    The clock of a network share may be wrong: a file is taken whatever its time of change when it still is
    as `settled` saw it (its path below the folder, and its `stamp`).
    A file whose bytes are in the archive already is removed from the inbox and named among `known`.
    """
    wait = SETTLED_AFTER_SECONDS if settled_after is None else settled_after
    folder = home.inbox / source
    new: list[Received] = []
    known: list[str] = []
    unfinished: list[str] = []
    for path in _arrival_order(folder):
        before = stamp(path)
        is_settled = (
            settled.get(path.relative_to(folder).as_posix()) == before
            or abs(time.time() - path.stat().st_mtime) >= wait
        )
        if _is_named_unfinished(path) or not is_settled:
            unfinished.append(path.name)
            continue
        received, is_new = store(home, source, path, as_of)
        if stamp(path) != before:
            # It grew while it was copied: what is in the archive is a part, never to be read.
            if is_new:
                forget(received)
            unfinished.append(path.name)
            continue
        enter(received)
        path.unlink()
        if is_new:
            new.append(received)
        else:
            known.append(path.name)
    return Inbox(tuple(new), tuple(known), tuple(unfinished))


def store(home: Home, source: str, path: Path, as_of: datetime) -> tuple[Received, bool]:
    """Copy one file into the archive; the second value is False when its bytes were there before."""
    folder = home.archive / source
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f".incoming-{os.getpid()}"
    digest = hashlib.sha256()
    with path.open("rb") as original, copy.open("wb") as target:
        while chunk := original.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    sha256 = digest.hexdigest()
    stat = path.stat()
    received = Received(
        source=source,
        file_name=path.name,
        sha256=sha256,
        size_bytes=copy.stat().st_size,
        received_at=as_of,
        modified_at=datetime.fromtimestamp(stat.st_mtime, UTC),
        path=folder / sha256,
    )
    record = _record_path(received.path)
    if record.is_file():
        copy.unlink()
        if _from_record(record).file_name != received.file_name:
            name = hashlib.sha256(received.file_name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
            other = record.with_suffix(f".{name}.json")
            if not other.is_file():
                _write_record(other, received)
        return received, False
    copy.replace(received.path)
    # The record is written last: bytes without one are an interrupted reception and are received again.
    _write_record(record, received)
    return received, True


def forget(received: Received) -> None:
    """Take one file out of the archive again."""
    _record_path(received.path).unlink(missing_ok=True)
    received.path.unlink(missing_ok=True)


def expire(path: Path) -> None:
    """Delete the bytes of an archived file; its record stays, so that the same file is still recognised."""
    path.unlink(missing_ok=True)


def records(home: Home) -> Iterator[Received]:
    """Files whose bytes are kept, in the order in which the nights entered them in the ledger."""
    found = [r for r in map(_from_record, home.archive.glob("*/*.json")) if r.path.exists()]
    yield from sorted(found, key=lambda r: (r.received_at, r.source, r.modified_at, r.file_name))


def _arrival_order(folder: Path) -> list[Path]:
    """Files below the folder, the oldest first, so that a correction follows what it corrects."""
    if not folder.is_dir():
        return []
    files = [p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((".", "~$"))]
    return sorted(files, key=lambda p: (p.stat().st_mtime, p.name))


def _is_named_unfinished(path: Path) -> bool:
    return path.name.lower().endswith(UNFINISHED_NAMES)


def _record_path(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _write_record(record: Path, received: Received) -> None:
    draft = record.with_suffix(".draft")
    draft.write_text(json.dumps(_as_record(received), ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(record)


def _as_record(received: Received) -> dict[str, object]:
    return {
        "source": received.source,
        "file_name": received.file_name,
        "sha256": received.sha256,
        "size_bytes": received.size_bytes,
        "received_at": received.received_at.isoformat(),
        "modified_at": received.modified_at.isoformat(),
    }


def _from_record(record: Path) -> Received:
    content = json.loads(record.read_text(encoding="utf-8"))
    return Received(
        source=content["source"],
        file_name=content["file_name"],
        sha256=content["sha256"],
        size_bytes=content["size_bytes"],
        received_at=datetime.fromisoformat(content["received_at"]),
        modified_at=datetime.fromisoformat(content["modified_at"]),
        path=record.with_name(content["sha256"]),
    )
