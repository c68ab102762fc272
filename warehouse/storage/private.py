"""What Vigie makes is its account's alone; what others may reach is opened by a setting of office.yml.

New files are private by the mask of every process (`begin`). What is there already, made by an older version
or by hand, is closed, or opened to a group, by every run (`arrange`).
"""

from __future__ import annotations

import errno
import grp
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from warehouse.storage.layout import Home

MASK = 0o077
WRITABLE_BY_OTHERS = 0o022
FOLDER, FILE = 0o700, 0o600
# Members of a group read.
GROUP_FOLDER, GROUP_FILE = 0o750, 0o640
# They go through to a name that they know.
PASSAGE, PASSAGE_OF_TWO_GROUPS = 0o710, 0o711
# They drop files, which get the folder's group, and take away none but their own.
INBOX_OF_SOURCE = 0o3770

Exposure = Literal["secrets_read", "secrets_written", "office_read", "office_written", "parent"]


def begin() -> None:
    """From now on, what this process and its children make is for their account alone."""
    os.umask(MASK)


class NoGroupError(Exception):
    """A group that a part of the home cannot be opened to: `unknown` to the machine, or `foreign` to us."""

    def __init__(self, group: str, why: Literal["unknown", "foreign"]) -> None:
        self.group, self.why = group, why
        super().__init__(f"{group}: {why}")


def group_id(name: str) -> int:
    """The number of a group that this account may give to a file; raises NoGroupError."""
    try:
        number = grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise NoGroupError(name, "unknown") from error
    if os.geteuid() != 0 and number not in (os.getegid(), *os.getgroups()):
        raise NoGroupError(name, "foreign")
    return number


@dataclass(frozen=True)
class Opened:
    """The groups that the published versions and the inbox are opened to, by number; None for nobody."""

    published: int | None = None
    inbox: int | None = None


@dataclass(frozen=True)
class Arranged:
    """What others could reach till now, and what they still can because the system does not close it."""

    closed: tuple[Path, ...]
    refused: tuple[Path, ...]


def arrange(home: Home, opened: Opened) -> Arranged:
    """Give what Vigie made in a home the modes that it should have, from the top down.

    Left as it is: what others drop below `inbox/<source>`, what belongs to another account, and a secrets.env
    that others can write, which a person must look at (`exposed`).
    """
    if opened.published is not None:
        home.published.mkdir(parents=True, exist_ok=True)
    closed, refused = [], []
    for path, mode, group in _wanted(home, opened):
        try:
            if _set(path, mode, group):
                closed.append(path)
        except FileNotFoundError:
            continue  # what a process that ended took away
        except PermissionError:
            refused.append(path)
    return Arranged(tuple(closed), tuple(refused))


def open_like(folder: Path, pattern: Path) -> None:
    """Open a folder and all in it to the group that `pattern` is open to, if it is."""
    entry = pattern.stat()
    if entry.st_mode & MASK:
        for path, mode, group in _tree(folder, GROUP_FOLDER, GROUP_FILE, entry.st_gid):
            _set(path, mode, group)


def exposed(home: Home) -> Iterator[tuple[Exposure, Path]]:
    """Of what people write, which others can read or write; the folders by which they could swap the home."""
    files: tuple[tuple[Path, Exposure, Exposure], ...] = (
        (home.secrets_file, "secrets_read", "secrets_written"),
        (home.office_file, "office_read", "office_written"),
    )
    for path, is_read, is_written in files:
        mode = path.stat().st_mode if path.exists() else 0
        if mode & MASK:
            yield is_written if mode & WRITABLE_BY_OTHERS else is_read, path
    if not home.root.exists():
        return
    owners = {0, home.root.stat().st_uid}
    for folder in (home.root, *home.root.parents):
        entry = folder.stat()
        is_shared = entry.st_mode & WRITABLE_BY_OTHERS and not entry.st_mode & stat.S_ISVTX
        if is_shared or entry.st_uid not in owners:
            yield "parent", folder


def temporary_folder() -> Path:
    """This account's folder in the system's one for temporary files; raises OSError when it is not ours."""
    folder = Path(tempfile.gettempdir()) / f"vigie-{os.geteuid()}"
    folder.mkdir(mode=FOLDER, exist_ok=True)
    entry = folder.lstat()
    if not stat.S_ISDIR(entry.st_mode) or entry.st_uid != os.geteuid() or entry.st_mode & MASK:
        raise PermissionError(errno.EACCES, "it is another account's, or open to others", str(folder))
    return folder


Wanted = tuple[Path, int, int | None]
"""A path, the mode that it should have, and its group where that matters."""


def _wanted(home: Home, opened: Opened) -> Iterator[Wanted]:
    groups = {group for group in (opened.published, opened.inbox) if group is not None}
    if len(groups) > 1:
        yield home.root, PASSAGE_OF_TWO_GROUPS, None
    else:
        yield home.root, PASSAGE if groups else FOLDER, next(iter(groups), None)
    yield home.office_file, FILE, None
    if home.secrets_file.exists() and not home.secrets_file.stat().st_mode & WRITABLE_BY_OTHERS:
        yield home.secrets_file, FILE, None
    for path in home.root.glob(f"{home.journal.name}*"):
        yield path, FILE, None
    # Any of these may be a link of the account's own to another volume.
    for folder in (home.work, home.archive, home.returned, home.reports):
        yield from _tree(folder.resolve(), FOLDER, FILE, None)
    yield home.inbox, FOLDER if opened.inbox is None else GROUP_FOLDER, opened.inbox
    for source in home.inbox.glob("*/"):
        yield source, FOLDER if opened.inbox is None else INBOX_OF_SOURCE, opened.inbox
    if opened.published is None:
        yield from _tree(home.published.resolve(), FOLDER, FILE, None)
    else:
        yield from _tree(home.published.resolve(), GROUP_FOLDER, GROUP_FILE, opened.published)


def _tree(folder: Path, of_folder: int, of_file: int, group: int | None) -> Iterator[Wanted]:
    """A folder and all in it; what is hidden is in the making, and stays closed."""
    yield folder, of_folder, group
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, PermissionError):
        return  # it is not there, or another account's
    for entry in entries:
        modes = (FOLDER, FILE, None) if entry.name.startswith(".") else (of_folder, of_file, group)
        if entry.is_dir(follow_symlinks=False):
            yield from _tree(Path(entry.path), *modes)
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path), modes[1], modes[2]


def _set(path: Path, mode: int, group: int | None) -> bool:
    """Give a file or folder of this account its mode and group; True when it was open wider.

    Links are not followed. Raises PermissionError where the system does not change it.
    """
    entry = path.lstat()
    has = stat.S_IMODE(entry.st_mode)
    if stat.S_ISLNK(entry.st_mode) or entry.st_uid != os.geteuid():
        return False
    if not stat.S_ISDIR(entry.st_mode):
        mode = mode & MASK | has & stat.S_IRWXU
    is_other_group = group is not None and entry.st_gid != group
    if has == mode and not is_other_group:
        return False
    # By a descriptor: a path may lead elsewhere the next instant.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if is_other_group and group is not None:
            os.fchmod(descriptor, mode & ~MASK)  # never open to the group that it had
            os.fchown(descriptor, -1, group)
        os.fchmod(descriptor, mode)
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
            raise PermissionError(errno.EPERM, "this volume keeps no modes", str(path))
    finally:
        os.close(descriptor)
    return bool(has & MASK & ~mode)
