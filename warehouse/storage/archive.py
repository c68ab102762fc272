"""Receive: the bytes of every file go to the archive, by their hash, before anything parses them."""

from __future__ import annotations

import hashlib
import json
import os
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

from warehouse.storage.dropped import NotAFileError, is_regular, opened, remove
from warehouse.storage.layout import Home

SETTLED_AFTER_SECONDS = 30.0
UNFINISHED_NAMES = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
CHUNK = 1 << 20
# Twice the ten million rows of counters that are the largest file foreseen. A sparse file costs its sender
# nothing, and the archive all of it.
MOST_BYTES = 1 << 30
DEEPEST = 16  # folders one in the other below the inbox of a source


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
    is_forgotten: bool = False  # a person in it was erased: the same bytes are taken no more


@dataclass(frozen=True)
class Left:
    """A file of the inbox that cannot be taken, or a folder that cannot be looked into, and why."""

    file_name: str
    reason: Literal["not_a_file", "not_readable", "not_removed", "too_large", "too_deep"]
    size_bytes: int = 0
    detail: str = ""  # what the system says


@dataclass(frozen=True)
class Inbox:
    """What a look into the inbox found: files archived now, seen before, being written, and left there."""

    new: tuple[Received, ...]
    known: tuple[str, ...]
    unfinished: tuple[str, ...]
    left: tuple[Left, ...] = ()


class NotReadableError(Exception):
    """A file that cannot be read now, for the reason that the system gives."""


def as_text(name: str) -> str:
    """A file's name as text that everything can write: in UTF-8, composed, on one line.

    Linux takes any bytes for a name; those that are not UTF-8 come from a Windows program that wrote Latin-1.
    """
    raw = os.fsencode(name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    sound = (c if unicodedata.category(c)[0] != "C" else "\ufffd" for c in unicodedata.normalize("NFC", text))
    return "".join(sound)


def stamps(home: Home, source: str) -> dict[str, str]:
    """The files that wait in the source's inbox: path below its folder, and `stamp`."""
    folder = home.inbox / source
    return {_below(folder, path): stamp(path) for path in waiting(home, source)}


def stamp(path: Path) -> str:
    """What changes when a file is written to or replaced: its size, its time of change and its inode."""
    entry = path.lstat()
    return f"{entry.st_size}-{entry.st_mtime_ns}-{entry.st_ino}"


def waiting(home: Home, source: str) -> list[Path]:
    """Files of `inbox/<source>` that a run would take once they have settled, the oldest first."""
    files, _ = _look(home.inbox / source)
    return [
        path
        for path in files
        if not _is_named_unfinished(path) and path.lstat().st_size <= MOST_BYTES and os.access(path, os.R_OK)
    ]


def receive(
    home: Home,
    source: str,
    as_of: datetime,
    enter: Callable[[Received], None],
    *,
    settled_after: float | None = None,
    settled: Collection[str] = (),
) -> Inbox:
    """Move every finished file of `inbox/<source>` into the archive.

    Each leaves the inbox once `enter` has kept that it was received: killed before, it is received again.
    A file is left for later when its name says that it is being written, or when it changed less than
    `settled_after` seconds (default SETTLED_AFTER_SECONDS) of wall-clock time ago, or while it was copied.
    The clock of a network share may be wrong: a file is taken whatever its time of change when it still is
    as it was when its `stamp` was taken for `settled`.
    A file whose bytes are in the archive already is removed from the inbox and named among `known`.
    What cannot be taken (a link, a pipe, a file that may not be read or is too large) is named among `left`,
    with the reason; hidden files and the locks of office programs are not looked at.
    """
    wait = SETTLED_AFTER_SECONDS if settled_after is None else settled_after
    folder = home.inbox / source
    new: list[Received] = []
    known: list[str] = []
    unfinished: list[str] = []
    files, left = _look(folder)
    for path in files:
        name = as_text(path.name)
        try:
            before, entry = stamp(path), path.lstat()
        except FileNotFoundError:
            continue  # whoever put it there took it away
        is_settled = before in settled or abs(time.time() - entry.st_mtime) >= wait
        if _is_named_unfinished(path) or not is_settled:
            unfinished.append(name)
            continue
        if entry.st_size > MOST_BYTES:
            left.append(Left(name, "too_large", entry.st_size))
            continue
        try:
            received, is_new = store(home, source, path, as_of, folder)
        except NotAFileError:
            left.append(Left(name, "not_a_file"))
            continue
        except NotReadableError as error:
            if path.exists():
                left.append(Left(name, "not_readable", detail=str(error)))
            continue
        if not path.exists() or stamp(path) != before:
            # It grew while it was copied: what is in the archive is a part, never to be read.
            if is_new:
                forget(received)
            unfinished.append(name)
            continue
        if not received.is_forgotten:
            enter(received)
        try:
            remove(path, folder)
        except OSError as error:
            left.append(Left(name, "not_removed", detail=_strerror(error)))
        if is_new:
            new.append(received)
        else:
            known.append(name)
    return Inbox(tuple(new), tuple(known), tuple(unfinished), tuple(left))


def store(
    home: Home, source: str, path: Path, as_of: datetime, top: Path | None = None
) -> tuple[Received, bool]:
    """Copy one file into the archive; the second value is False when its bytes were there before.

    No link is followed on the way to it from the folder `top`, its own when not given. Raises NotAFileError
    for what is no regular file, NotReadableError when it cannot be read, OSError when the archive cannot be
    written.
    """
    folder = home.archive / source
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f".incoming-{os.getpid()}"
    digest = hashlib.sha256()
    try:
        with copy.open("wb") as target:
            modified = _copy(path, top, target, digest)
            target.flush()
            os.fsync(target.fileno())
    except (NotAFileError, NotReadableError):
        copy.unlink(missing_ok=True)
        raise
    sha256 = digest.hexdigest()
    received = Received(
        source=source,
        file_name=as_text(path.name),
        sha256=sha256,
        size_bytes=copy.stat().st_size,
        received_at=as_of,
        modified_at=modified,
        path=folder / sha256,
    )
    record = _record_path(received.path)
    if record.is_file():
        copy.unlink()
        if _from_record(record).is_forgotten:
            return _from_record(record), False
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


def expire(home: Home, source: str, sha256: str) -> None:
    """Delete the bytes of an archived file; its record stays, so that the same file is still recognised."""
    (home.archive / source / sha256).unlink(missing_ok=True)


def forget_person(home: Home, source: str, sha256: str, file_name: str, at: datetime) -> None:
    """Delete the bytes of an archived file that a person is in; its record says so, under another name.

    Its hash stays, so that the person does not come back with the same bytes.
    """
    path = home.archive / source / sha256
    record = json.loads(_record_path(path).read_text(encoding="utf-8"))
    draft = _record_path(path).with_suffix(".draft")
    content = {**record, "file_name": file_name, "forgotten_at": at.isoformat()}
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(_record_path(path))
    for other in path.parent.glob(f"{sha256}.*.json"):
        other.unlink()
    path.unlink(missing_ok=True)


def records(home: Home) -> Iterator[Received]:
    """Files whose bytes are kept, in the order in which the nights entered them in the ledger."""
    found = [r for r in map(_from_record, home.archive.glob("*/*.json")) if r.path.exists()]
    yield from sorted(found, key=lambda r: (r.received_at, r.source, r.modified_at, r.file_name))


def _look(folder: Path) -> tuple[list[Path], list[Left]]:
    """Files below the folder, the oldest first, so that a correction follows what it corrects; and others."""
    found: list[tuple[float, str, Path]] = []
    left: list[Left] = []

    def cannot_enter(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            name = as_text(Path(error.filename or folder).name)
            left.append(Left(name, "not_readable", detail=_strerror(error)))

    if folder.is_symlink() and folder.lstat().st_uid not in (0, os.geteuid()):
        return [], [Left(as_text(folder.name), "not_a_file")]  # another account's: it leads where it likes
    try:
        for inside, folders, names, descriptor in os.fwalk(folder, onerror=cannot_enter):
            place = Path(inside)
            if len(place.relative_to(folder).parts) >= DEEPEST:
                left += [Left(as_text(name), "too_deep") for name in folders]
                folders.clear()
            links = [name for name in folders if (place / name).is_symlink()]  # os.fwalk does not enter them
            for name in [*names, *links]:
                if name.startswith((".", "~$")):
                    continue
                try:
                    entry = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                except OSError as error:
                    if not isinstance(error, FileNotFoundError):
                        left.append(Left(as_text(name), "not_readable", detail=_strerror(error)))
                    continue
                if is_regular(entry):
                    found.append((entry.st_mtime, name, place / name))
                else:
                    left.append(Left(as_text(name), "not_a_file"))
    except OSError as error:
        cannot_enter(error)
    return [path for _, _, path in sorted(found)], left


def _copy(path: Path, top: Path | None, target: BinaryIO, digest: hashlib._Hash) -> datetime:
    """Copy the bytes of a file, and tell when it was modified.

    What fails of reading it is an error of its own, apart from those of writing its copy.
    """
    with ExitStack() as stack:
        try:
            original = stack.enter_context(opened(path, top))
            modified = datetime.fromtimestamp(os.fstat(original.fileno()).st_mtime, UTC)
        except OSError as error:
            raise NotReadableError(_strerror(error)) from error
        while True:
            try:
                chunk = original.read(CHUNK)
            except OSError as error:
                raise NotReadableError(_strerror(error)) from error
            if not chunk:
                return modified
            digest.update(chunk)
            target.write(chunk)


def _below(folder: Path, path: Path) -> str:
    """The path of a file below a folder, as text."""
    return "/".join(map(as_text, path.relative_to(folder).parts))


def _strerror(error: OSError) -> str:
    return error.strerror or type(error).__name__


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
        is_forgotten="forgotten_at" in content,
    )
