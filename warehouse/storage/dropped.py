"""Open what others drop in a folder: regular files alone, by no link, whatever takes their place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO


class NotAFileError(Exception):
    """What lies there is no regular file with one name: a link, a pipe, a device, a folder."""


def is_regular(entry: os.stat_result) -> bool:
    """True for a regular file with one name: a second one may lead to what its owner did not drop."""
    return stat.S_ISREG(entry.st_mode) and entry.st_nlink == 1


@contextmanager
def folder_of(path: Path, top: Path) -> Iterator[int]:
    """A descriptor of the folder that holds `path`, reached from the folder `top` through no link.

    Raises OSError when a link or a file stands in between.
    """
    with ExitStack() as opened:
        descriptor = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
        opened.callback(os.close, descriptor)
        for part in path.relative_to(top).parts[:-1]:
            descriptor = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            opened.callback(os.close, descriptor)
        yield descriptor


@contextmanager
def opened(path: Path, top: Path | None = None) -> Iterator[BinaryIO]:
    """The bytes of a regular file below the folder `top` (its own folder, when not given).

    Raises NotAFileError, or OSError when it cannot be opened.
    """
    with folder_of(path, top or path.parent) as folder:
        # A pipe would else be waited for without end.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        if not is_regular(os.stat(path.name, dir_fd=folder, follow_symlinks=False)):
            raise NotAFileError(path)
        descriptor = os.open(path.name, flags, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        if not is_regular(os.fstat(file.fileno())):
            raise NotAFileError(path)
        yield file


def remove(path: Path, top: Path) -> None:
    """Delete a file below the folder `top`; raises OSError."""
    with folder_of(path, top) as folder:
        os.unlink(path.name, dir_fd=folder)
