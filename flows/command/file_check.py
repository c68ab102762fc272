"""`vigie check FILE…`: read files without loading them, and tell what is wrong in them, cell by cell."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

import sources.catalogue
from sources.catalogue import SourceReading
from sources.contained import Reader, ReaderDiedError
from sources.reading.faults import faults_of, found, place, remedy
from sources.reading.marking import marked_name
from sources.staged import Quarantined
from warehouse.clock import naive_utc
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office
from warehouse.storage import private
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Delivery, Refusal
from warehouse.words.messages import number, say
from warehouse.words.shapes import plain

SHOWN_FAULTS = 50  # of a file, unless all are asked for


@dataclass
class FileCheck:
    """What reading a file gave, nothing of it loaded.

    `layouts` are the tools of those that it was read by. `account` is None unless exactly one source reads
    the file; `refusals` say then why not, in words.
    `marked` is where its marked copy lies, `unmarked` why there is none, where one was asked for.
    """

    path: Path
    source: str = ""
    account: Account | None = None
    layouts: tuple[str, ...] = ()
    faults: list[Quarantined] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    marked: Path | None = None
    unmarked: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether all of it would be loaded, and nothing in it is at fault."""
        return self.account is not None and not self.faults


def check_files(
    home: Home, office: Office, paths: Sequence[Path], at: datetime, *, source: str | None, marks: bool
) -> Iterator[FileCheck]:
    """Read each file in a process of its own, as of an instant, by the one source that can.

    With `marks` a file at fault gets its marked copy beside it. Raises UsageError for a source that is none.
    """
    if source is not None:
        _refuse_unknown(source, office)
    with Reader(home, office, at) as reader:
        for path in paths:
            with tempfile.TemporaryDirectory(dir=private.temporary_folder()) as folder:
                yield _check(reader, home, office, path, at, source, marks, Path(folder))


def draft(home: Home, office: Office, path: Path, at: datetime, source: str) -> str:
    """The draft of a layout of the source for a file; raises UsageError, and VigieError where it is none."""
    _refuse_unknown(source, office)
    if not path.is_file():
        raise UsageError(say("told.no_file", office.language, name=path))
    with (
        Reader(home, office, at) as reader,
        tempfile.TemporaryDirectory(dir=private.temporary_folder()) as folder,
    ):
        try:
            found = reader.propose(source, _delivery(office, source, path, at), Path(folder))
        except ReaderDiedError as death:
            raise VigieError(str(death)) from death
    if isinstance(found, Refusal):
        raise VigieError(plain(found.message))
    return found


def _refuse_unknown(source: str, office: Office) -> None:
    names = sources.catalogue.names()
    if source not in names:
        raise UsageError(say("told.no_source", office.language, source=source, sources=", ".join(names)))


def lines(check: FileCheck, language: str, *, is_whole: bool = False) -> Iterator[str]:
    """What is told of a file, one line each; of many faults the first, unless `is_whole`."""
    name = check.path.name
    yield from check.refusals
    if check.account is None:
        return
    account = check.account
    counts = {
        what: number(getattr(account, f"rows_{what}"), language)
        for what in ("read", "loaded", "quarantined", "duplicate", "filtered")
    }
    yield say(
        "told.read", language, file=name, source=_label(check.source, language), kind=account.kind, **counts
    )
    if check.layouts:
        yield say("told.layouts", language, layouts=", ".join(check.layouts))
    if account.message:
        yield say("told.notices", language, notices=plain(account.message))
    if not check.faults:
        yield say("told.sound", language)
    left = len(check.faults) if is_whole else SHOWN_FAULTS
    ordered = sorted(check.faults, key=_cause)
    for (_, column, _), group in groupby(ordered, key=_cause):
        faults = list(group)
        if left <= 0:
            break
        words = {"count": number(len(faults), language), "remedy": remedy(faults[0], language)}
        if column:
            yield say("told.column", language, column=column, **words)
        else:
            yield say("told.rows", language, **words)
        for fault in faults[:left]:
            yield say("told.cell", language, place=place(fault, language), reason=found(fault, language))
        left -= len(faults)
    if not is_whole and (more := len(check.faults) - SHOWN_FAULTS) > 0:
        yield say("told.more", language, count=number(more, language))
    if check.marked is not None:
        yield say("told.marked", language, path=check.marked)
    if check.unmarked:
        yield say("told.unmarked", language, reason=plain(check.unmarked))


def _cause(fault: Quarantined) -> tuple[str, str, str]:
    """What faults have in common that are told together."""
    return fault.sheet or "", fault.column or "", fault.rule


def _check(
    reader: Reader,
    home: Home,
    office: Office,
    path: Path,
    at: datetime,
    source: str | None,
    marks: bool,
    work: Path,
) -> FileCheck:
    check = FileCheck(path)
    read: list[tuple[str, SourceReading]] = []
    refused: list[tuple[str, Refusal]] = []
    for name in _candidates(home, path, source):
        outcome = _read(reader, office, name, path, at, work)
        if isinstance(outcome, SourceReading):
            read.append((name, outcome))
        else:
            refused.append((name, outcome))
    if not read:
        check.refusals.append(_why_unread(path, refused, office.language))
    if len(read) > 1:
        listed = ", ".join(name for name, _ in read)
        check.refusals.append(say("told.several", office.language, file=path.name, sources=listed))
    if len(read) != 1:
        return check
    ((check.source, reading),) = read
    check.account, check.layouts = reading.account, reading.layouts
    files = (*reading.account.quarantine, *reading.account.beside)
    check.faults = faults_of(files)
    if marks and check.faults:
        _mark(check, reader, office, files, at, work)
    return check


def _why_unread(path: Path, refused: Sequence[tuple[str, Refusal]], language: str) -> str:
    """One answer of a file that no source reads: why the nearest of those that were tried does not."""
    name, nearest = min(refused, key=lambda one: one[1].misses)
    words = {"file": path.name, "source": _label(name, language), "reason": plain(nearest.message)}
    if len(refused) == 1:
        return say("told.unread", language, **words)
    if nearest.misses < 1:
        return say("told.nearest", language, **words, sources=len(refused))
    return say("told.unrecognised", language, file=path.name, sources=len(refused))


def _candidates(home: Home, path: Path, given: str | None) -> list[str]:
    """The sources to try: the one given, or whose inbox it is; else those that its name fits, else all."""
    if given is not None:
        return [given]
    names = sources.catalogue.names()
    if path.resolve().is_relative_to(home.inbox):
        first = path.resolve().relative_to(home.inbox).parts[0]
        if first in names:
            return [first]
    patterns = {
        name: [p for one in sources.catalogue.find(name).SPEC.deliveries for p in one.files] for name in names
    }
    named = [n for n in names if any(fnmatchcase(path.name.lower(), p.lower()) for p in patterns[n])]
    return named or list(names)


def _delivery(office: Office, source: str, path: Path, at: datetime) -> Delivery:
    saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Delivery(1, office.code, source, path.name, "", naive_utc(at), path.resolve(), naive_utc(saved_at))


def _read(
    reader: Reader, office: Office, source: str, path: Path, at: datetime, work: Path
) -> SourceReading | Refusal:
    folder = work / source
    folder.mkdir()
    try:
        return reader.read(source, _delivery(office, source, path, at), folder)
    except (ReaderDiedError, VigieError) as error:
        return Refusal(str(error))


def _mark(
    check: FileCheck, reader: Reader, office: Office, faults: Sequence[Path], at: datetime, work: Path
) -> None:
    """Put the marked copy beside the file, never over another one."""
    path, language = check.path, office.language
    name = marked_name(path.name)
    if name is None:
        check.unmarked = say("marking.kind", language, file=path.name)
        return
    target = path.with_name(name)
    if target.exists():
        check.unmarked = say("told.marked_before", language, path=target)
        return
    try:
        copy = reader.mark(check.source, _delivery(office, check.source, path, at), faults, work)
    except (ReaderDiedError, VigieError) as error:
        copy = Refusal(str(error))
    if isinstance(copy, Refusal):
        check.unmarked = copy.message
        return
    shutil.copyfile(copy, target)
    check.marked = target


def _label(source: str, language: str) -> str:
    spec = sources.catalogue.find(source).SPEC
    return spec.label_en if language == "en" else spec.label_fr
