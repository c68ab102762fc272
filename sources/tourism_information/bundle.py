"""Open a ZIP that somebody else made: members are read in memory one by one, nothing is ever extracted."""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sources.reading.zips import EXPORT, Limits, refuse_bomb
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say

DRIVE = re.compile(r"[A-Za-z]:")


@contextmanager
def opened(path: Path, name: str, language: str, limits: Limits = EXPORT) -> Iterator[Bundle]:
    """The ZIP at `path`, which messages call `name`.

    Raises RefusedDeliveryError when it is empty, truncated, encrypted, holds a path that leaves its folder,
    or unpacks to more than the limits.
    """
    if path.stat().st_size == 0:
        raise RefusedDeliveryError(say("refused.empty", language, file=name))
    with _damage(name, language):
        archive = zipfile.ZipFile(path)
    with archive:
        members = archive.infolist()
        _refuse_danger(members, path.stat().st_size, limits, name, language)
        sound = tuple(m for m in members if not m.is_dir() and not _is_rubbish(m.filename))
        yield Bundle(archive, sound, name, language)


@dataclass(frozen=True)
class Bundle:
    """An open ZIP that was found safe, without its folders and the rubbish of macOS."""

    archive: zipfile.ZipFile
    members: tuple[zipfile.ZipInfo, ...]
    name: str
    language: str

    def content(self, member: zipfile.ZipInfo) -> bytes:
        """The bytes of one member: zipfile stops at the declared size, then checks the sum.

        Raises RefusedDeliveryError when they are damaged.
        """
        with _damage(self.name, self.language):
            return self.archive.read(member)


@contextmanager
def _damage(name: str, language: str) -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        struct.error,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        detail = " ".join(str(error).split()) or type(error).__name__
    except NotImplementedError as error:  # a compression that zipfile does not know
        detail = str(error)
    else:
        return
    raise RefusedDeliveryError(say("refused.damaged", language, file=name, detail=detail))


def _refuse_danger(
    members: list[zipfile.ZipInfo], packed_bytes: int, limits: Limits, name: str, language: str
) -> None:
    """Raise RefusedDeliveryError for a ZIP that would harm whoever unpacks it."""

    def refuse(key: str, **values: object) -> RefusedDeliveryError:
        return RefusedDeliveryError(say(key, language, file=name, **values))

    for member in members:
        if _leaves_its_folder(member.orig_filename):
            raise refuse("refused.zip_path", path=repr(member.orig_filename[:80]))
        if member.flag_bits & 0x1:
            raise refuse("refused.zip_encrypted")
    refuse_bomb(members, packed_bytes, limits, name, language)


def _leaves_its_folder(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or "\x00" in name or bool(DRIVE.match(name))


def _is_rubbish(name: str) -> bool:
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".")
