"""Find the sources: one folder each, by its name; nothing to register."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from sources import names as names
from sources.scope import Scope
from warehouse.office.model import Office
from warehouse.spec import SourceSpec
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Delivery

ROOT = Path(__file__).parent
# A file that one version of these cannot read, the next one may.
LIBRARIES = ("duckdb", "pyarrow", "python-calamine")


@dataclass(frozen=True)
class Context:
    """What a source may know beside its files: the office, its secrets (by name), a folder to work in.

    `home` is for what a source keeps in the journal; a reader has no business there. Where it `keeps_lines` a
    reader of lines writes that of each row beside it (`sources.reading.judging`), which is never loaded.
    """

    office: Office
    secret: Callable[[str], str]
    work: Path
    as_of: datetime
    home: Home
    keeps_lines: bool = False


Puller = Callable[[Context], Iterable[Path]]
"""Pulls from one network connection: gives, one by one, the files that it left in `context.work`.

Each is archived and in the ledger before the next is asked for. Raises UpstreamError; what it gave before is
kept. Gives nothing when the office has no such connection.
"""

Fates = Mapping[str, tuple[str, str]]
"""What became of a source's archived files: SHA-256 to the ledger's status and message."""


@dataclass(frozen=True)
class SourceReading:
    """What a file gave: its account, and Parquet for the raw tables (all columns of the spec, in order).

    `layouts` are the tools of those that it was read by, for people; `scopes` tell by table what the file
    replaces beyond the rows that it holds.
    """

    account: Account
    tables: dict[str, Path]
    layouts: tuple[str, ...] = ()
    scopes: dict[str, Scope] = field(default_factory=dict)


class Source(Protocol):
    """What `sources/<name>/source.py` holds, or `sources.declared` for a folder without it.

    Three are optional: `PULLERS`, a tuple of Puller; `acknowledge(context, fates)`, which tells the system
    what became of what it gave, after loading, and raises UpstreamError when it cannot be told; and
    `subjects(office, file_name)`, the counted series that a file tells of by its name (`counter:door`).
    `read` raises RefusedDeliveryError for a file that is not what it claims to be.
    """

    SPEC: SourceSpec

    def read(self, delivery: Delivery, context: Context) -> SourceReading:
        """Read one archived file strictly; nothing but `context.work` is written."""


def find(name: str) -> Source:
    """The source of that name; raises ModuleNotFoundError.

    A folder with source.yml and layouts alone is read as these say.
    """
    folder = ROOT / name
    if (folder / "source.yml").is_file() and not (folder / "source.py").is_file():
        from sources import declared  # which knows this module

        return cast(Source, declared.source(folder))
    return cast(Source, import_module(f"sources.{name}.source"))


def watched() -> tuple[str, ...]:
    """The sources whose machines are looked at every hour by day."""
    return tuple(name for name in names() if find(name).SPEC.is_watched)


def pullers(name: str) -> tuple[Puller, ...]:
    """What pulls the source's files from networks; none when it only receives files."""
    return getattr(find(name), "PULLERS", ())


def acknowledger(name: str) -> Callable[[Context, Fates], None] | None:
    """The source's `acknowledge`, or None when its system wants to know nothing."""
    return getattr(find(name), "acknowledge", None)


def subjects(office: Office, source: str, file_name: str) -> list[str]:
    """The counted series that a file of the source tells of, by its name; none when a name cannot tell."""
    told = getattr(find(source), "subjects", None)
    return [] if told is None else list(told(office, file_name))


def fingerprint(name: str, office: Office, home: Home | None = None) -> str:
    """Changes with what decides how files are read: the reader, the libraries that it uses, the office file.

    With a home, the layouts that it has for the source count too.

    A file that was refused is tried again when it changes.
    """
    digest = hashlib.sha256(office.model_dump_json().encode())
    for library in LIBRARIES:
        digest.update(importlib.metadata.version(library).encode())
    own = sorted((home.root / "layouts" / name).glob("*.yml")) if home else []
    folders = (ROOT, ROOT / "reading", ROOT / name, ROOT / name / "layouts")
    for path in [*sorted(path for folder in folders for path in folder.glob("*.*")), *own]:
        if path.suffix in (".py", ".yml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
