"""Receive, read and load one source: plain functions that the flows wrap."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import sources.catalogue
from flows.night.returning import hand_back
from sources.catalogue import Context, SourceReading
from sources.contained import Reader, ReaderDiedError
from sources.loading import empty_scopes, is_empty, latest_rows, load, recognise, replaced_rows
from sources.scope import Scope
from warehouse.clock import naive_utc
from warehouse.errors import UpstreamError, VigieError
from warehouse.office.model import Office
from warehouse.storage import archive, ledger
from warehouse.storage.archive import Inbox, Left, Received
from warehouse.storage.database import ensure_raw_tables, table_exists, working
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Delivery, Refusal
from warehouse.storage.secrets import secret
from warehouse.words.messages import listed, number, say
from warehouse.words.shapes import typed

NAMED = 3
# Once may be chance, a machine that was short of memory; twice is the file.
DEATHS = 2


@dataclass
class Ingested:
    """What one source gave in a run: file names by what became of them.

    `left` gives the reason for each file of the inbox that could not be taken. `failed` are sentences on
    files whose reader failed or was ended, or that could not be read now.
    """

    source: str
    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def put_in_inbox(home: Home, source: str, path: Path) -> None:
    """Copy a file that was named by hand into the source's inbox: it is complete, and need not settle first.

    Under a new hidden name first: what others dropped under its own name is replaced, never written through.
    """
    folder = home.inbox / source
    folder.mkdir(parents=True, exist_ok=True)
    settled = time.time() - 2 * archive.SETTLED_AFTER_SECONDS
    with tempfile.NamedTemporaryFile(prefix=".", dir=folder, delete=False) as copy:
        with path.open("rb") as original:
            shutil.copyfileobj(original, copy)
        copy.flush()
        os.utime(copy.fileno(), (settled, min(path.stat().st_mtime, settled)))
    Path(copy.name).replace(folder / path.name)


def receive(
    home: Home,
    office: Office,
    source: str,
    as_of: datetime,
    settled: Collection[str] = (),
) -> Inbox:
    """Take what lies in the source's inbox into the archive and enter it in the ledger, also what is left."""
    with working(home) as connection:

        def enter(file: Received) -> None:
            ledger.register(connection, office.code, [file], office.language)

        inbox = archive.receive(home, source, as_of, enter, settled=settled)
        ledger.enter_left(connection, office.code, source, why_left(inbox, office), naive_utc(as_of))
        return inbox


def why_left(inbox: Inbox, office: Office) -> dict[str, str]:
    """Why files of the inbox could not be taken, in words, by their names."""

    def words(left: Left) -> str:
        size, most = (number(n / 2**20, office.language) for n in (left.size_bytes, archive.MOST_BYTES))
        detail = f" ({typed(left.detail)})" if left.detail else ""
        return say(f"left.{left.reason}", office.language, size=size, most=most, detail=detail)

    return {left.file_name: words(left) for left in inbox.left}


def fetch(home: Home, office: Office, source: str, as_of: datetime) -> Inbox:
    """Pull from the source's network systems, where it has some, into the archive.

    Raises UpstreamError when one of them cannot be reached or answers nonsense, after the others were tried.
    """
    new: list[Received] = []
    known: list[str] = []
    failures: list[str] = []
    for pull in sources.catalogue.pullers(source):
        work = _empty(home.staging / source / "fetch")
        try:
            for path in pull(_context(home, office, work, as_of)):
                received, is_new = archive.store(home, source, path, as_of)
                if not received.is_forgotten:
                    with working(home) as connection:
                        ledger.register(connection, office.code, [received], office.language)
                if is_new:
                    new.append(received)
                else:
                    known.append(received.file_name)
        except UpstreamError as error:
            failures.append(str(error))
        shutil.rmtree(work)
    if failures:
        raise UpstreamError(listed(failures, office.language))
    return Inbox(tuple(new), tuple(known), ())


def acknowledge(home: Home, office: Office, source: str, as_of: datetime) -> None:
    """Tell the source's system what became of what it gave; nothing where it does not want to know.

    Raises UpstreamError when it cannot be told; the next run tells it again.
    """
    tell = sources.catalogue.acknowledger(source)
    if tell is None:
        return
    with working(home) as connection:
        fates = ledger.fates(connection, source)
    tell(_context(home, office, home.staging / source, as_of), fates)


def read_and_load(
    home: Home,
    office: Office,
    source: str,
    as_of: datetime,
    progress: Callable[[str], None] = lambda _: None,
    reader: Reader | None = None,
) -> Ingested:
    """Read the source's pending files strictly and load them; the ledger is written last.

    A file that cannot be read, whatever the cause, holds no other: it is refused, or waits for the next run
    when it is not at fault. One that ends its reader is tried once more, after the others. Sources share a
    `reader`, whose start takes a second; one is started for this source alone when none is given.
    Killed at any point, it is run again: reading has no effect outside `staging`, loading replaces.
    """
    spec = sources.catalogue.find(source).SPEC
    if reader is None:
        with Reader(home, office, as_of) as own:
            return read_and_load(home, office, source, as_of, progress, own)
    result = Ingested(source)
    fingerprint = sources.catalogue.fingerprint(source, office, home)
    with working(home) as connection:
        pending = ledger.pending(connection, source, home.archive, fingerprint)
    if not pending:
        # Most sources on most nights: each opening of the database costs more than all else here.
        hand_back(home, source, as_of, reader, {}, home.staging / source)
        shutil.rmtree(home.staging / source, ignore_errors=True)
        return result
    outcomes = _read(home, office, pending, reader, progress, result)
    # At once: whatever becomes of loading, what ended its reader is not read again.
    refusals = [(delivery, outcome) for delivery, outcome in outcomes if isinstance(outcome, Refusal)]
    with working(home) as connection:
        ledger.settle(connection, refusals, fingerprint)
    staged: dict[str, list[Path]] = {}
    scopes: dict[str, dict[int, Scope]] = {}
    for delivery, outcome in outcomes:
        if isinstance(outcome, SourceReading):
            for table, path in outcome.tables.items():
                staged.setdefault(table, []).append(path)
            for table, scope in outcome.scopes.items():
                scopes.setdefault(table, {})[delivery.delivery_id] = scope

    corrections: dict[int, Counter[str]] = {}
    resembling: dict[int, Counter[str]] = {}
    with working(home) as connection:
        standing = [spec.table(name) for name in staged if table_exists(connection, "raw", name)]
        ensure_raw_tables(connection, standing)
        empty = {table for table in staged if is_empty(connection, table)}
        merged = {
            table: latest_rows(
                connection,
                spec.table(table),
                files,
                home.staging / source / f"{table}.parquet",
                scopes.get(table, {}),
            )
            for table, files in staged.items()
        }
        names = {
            row[0]: row[1]
            for row in connection.execute("SELECT delivery_id, file FROM quality.load").fetchall()
        }
        for table in sorted({delivery.tables[0] for delivery in spec.deliveries} & set(staged)):
            for new, old, count in replaced_rows(connection, spec.table(table), staged[table]):
                kept = resembling if spec.table(table).resembles else corrections
                kept.setdefault(new, Counter())[names[old]] += count
        for table, path in merged.items():
            recognise(connection, spec.table(table), path)
            # Killed before the load below, the files are still pending, and all of this comes again.
            emptied = empty_scopes(connection, spec.table(table), path, scopes.get(table, {}))
            for new, old, count in emptied:
                corrections.setdefault(new, Counter())[names[old]] += count
    if merged:
        load(home, spec, {table: [path] for table, path in merged.items()}, empty)
    with working(home) as connection:
        settled: list[tuple[Delivery, Account]] = []
        for delivery, outcome in outcomes:
            if isinstance(outcome, Refusal):
                continue
            number = delivery.delivery_id
            notes = [
                outcome.account.message,
                *_replaced(corrections.get(number, Counter()), office),
                *_resembled(resembling.get(number, Counter()), office),
            ]
            settled.append((delivery, replace(outcome.account, message=listed(notes, office.language))))
            result.new.append(delivery.file_name)
        ledger.settle(connection, settled, fingerprint)
    accounts = {delivery.delivery_id: account for delivery, account in settled}
    hand_back(home, source, as_of, reader, accounts, home.staging / source)
    shutil.rmtree(home.staging / source, ignore_errors=True)
    return result


def _read(
    home: Home,
    office: Office,
    pending: Sequence[Delivery],
    reader: Reader,
    progress: Callable[[str], None],
    result: Ingested,
) -> list[tuple[Delivery, SourceReading | Refusal]]:
    """Read files one by one, in the order of delivery; those that wait for the next run are left out.

    Names and sentences of what is refused or failed are added to `result`.
    """
    outcomes: list[tuple[Delivery, SourceReading | Refusal]] = []
    waiting = deque(enumerate(pending, 1))
    while waiting:
        rank, delivery = waiting.popleft()
        progress(f"{result.source}: {typed(delivery.file_name)} ({rank}/{len(pending)})")
        work = _empty(home.staging / result.source / str(delivery.delivery_id))
        try:
            outcome = reader.read(result.source, delivery, work)
        except ReaderDiedError as death:
            shutil.rmtree(work)
            with working(home) as connection:
                deaths = ledger.count_death(connection, delivery)
            if deaths < DEATHS:
                waiting.append((rank, delivery))
                continue
            words = say("refused.reader_killed", office.language, file=delivery.file_name, cause=death)
            outcome = Refusal(words, "reader_killed")
        except VigieError as error:
            result.failed.append(str(error))
            continue
        outcomes.append((delivery, outcome))
        if isinstance(outcome, Refusal):
            result.refused.append(delivery.file_name)
            if outcome.fault != "refused":
                result.failed.append(outcome.message)
    return sorted(outcomes, key=lambda one: one[0].delivery_id)


def _replaced(corrections: Counter[str], office: Office) -> list[str]:
    """What a delivery corrects, in words: the files that it corrects most by name, the others in one sum."""
    most = sorted(((count, file) for file, count in corrections.items()), reverse=True)
    notes = [say("notice.replaces", office.language, count=count, file=file) for count, file in most[:NAMED]]
    if others := most[NAMED:]:
        total = sum(count for count, _ in others)
        notes.append(say("notice.replaces_others", office.language, count=total, files=len(others)))
    return notes


def _resembled(others: Counter[str], office: Office) -> list[str]:
    """The earlier files of the same sender and period, by name: what becomes of them is for the models."""
    return [
        say("notice.resembles", office.language, count=count, file=file)
        for file, count in sorted(others.items())
    ]


def _context(home: Home, office: Office, work: Path, as_of: datetime) -> Context:
    return Context(office=office, secret=lambda name: secret(home, name), work=work, as_of=as_of, home=home)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
