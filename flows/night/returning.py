"""Hand files back: of what could not be read whole, a copy with its faulty cells marked, in `returned/`.

It is made after the ledger is written and entered there last: a run that dies in between makes it the next
time, from the archive.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sources.catalogue import SourceReading
from sources.contained import Reader, ReaderDiedError
from sources.reading.marking import marked_name
from warehouse.clock import naive_utc
from warehouse.errors import VigieError
from warehouse.storage import ledger
from warehouse.storage.database import working
from warehouse.storage.holdings import holdings
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Delivery, Refusal
from warehouse.words.shapes import typed

log = logging.getLogger("vigie")


def hand_back(
    home: Home, source: str, as_of: datetime, reader: Reader, accounts: Mapping[int, Account], work: Path
) -> None:
    """Write the marked copies that the source's files with quarantined rows lack, in `returned/<source>/`.

    `accounts` are those of files read just now, by delivery, whose faults are still at hand. What is no
    table, such as an answer of an API or messages of MQTT, gets none.
    """
    since = naive_utc(as_of) - timedelta(days=holdings()["returned"].days)
    with working(home) as connection:
        waiting = ledger.unreturned(connection, source, home.archive, since)
    for delivery in waiting:
        name = marked_name(delivery.file_name)
        if name is None or not delivery.path.is_file():
            continue
        folder = work / f"return-{delivery.delivery_id}"
        folder.mkdir(parents=True)
        try:
            copy = _marked(reader, source, delivery, accounts.get(delivery.delivery_id), folder)
        except VigieError as error:
            # Not the file's fault: the next run tries again.
            log.warning("%s is not marked: %s", typed(delivery.file_name), error)
            continue
        if isinstance(copy, Refusal):
            log.warning("%s is not marked: %s", typed(delivery.file_name), copy.message)
        else:
            _put(copy, home.returned / source / name)
        with working(home) as connection:
            ledger.enter_returned(connection, delivery, None if isinstance(copy, Refusal) else name)


def forget_old(home: Home) -> None:
    """Delete the copies that are over their time."""
    limit = time.time() - holdings()["returned"].days * 86400
    for path in home.returned.glob("*/*"):
        if path.is_file() and path.stat().st_mtime < limit:
            path.unlink()


def forget_copies(home: Home, source: str, names: list[str]) -> None:
    """Delete the copies of these names: the bytes that they were made from are over their time."""
    for name in names:
        (home.returned / source / name).unlink(missing_ok=True)


def _marked(
    reader: Reader, source: str, delivery: Delivery, account: Account | None, folder: Path
) -> Path | Refusal:
    """The marked copy of a file; raises VigieError when it is not the file's fault that there is none."""
    try:
        if account is None:
            outcome = reader.read(source, delivery, folder)
            if not isinstance(outcome, SourceReading):
                return outcome
            account = outcome.account
        return reader.mark(source, delivery, (*account.quarantine, *account.beside), folder)
    except ReaderDiedError as death:
        return Refusal(str(death), "reader_killed")


def _put(copy: Path, target: Path) -> None:
    """Move a copy to its place, whole or not at all; what another file of the same name left is replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.NamedTemporaryFile(prefix=".", dir=target.parent, delete=False) as draft,
        copy.open("rb") as content,
    ):
        shutil.copyfileobj(content, draft)
    Path(draft.name).replace(target)
