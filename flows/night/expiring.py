"""What is over its time goes, every night: files, personal columns, names, texts, versions, logs.

How long is declared: for what sources deliver in their source.yml, for the rest in
warehouse/storage/holdings.yml.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Collection
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import sources.catalogue
from flows.alerts import outbox
from flows.night.returning import forget_copies
from flows.night.returning import forget_old as forget_old_copies
from flows.serve.overseer import is_serving
from warehouse.clock import naive_utc
from warehouse.office.model import Office
from warehouse.publishing.versions import forget_old
from warehouse.spec import SourceSpec
from warehouse.storage import archive, ledger
from warehouse.storage.database import rewrite_where_erased, working
from warehouse.storage.holdings import holdings
from warehouse.storage.journal import journal
from warehouse.storage.layout import Home
from warehouse.storage.retention import erase_personal
from warehouse.words.messages import say

LINKS = "staging.{table}_link"  # what the models say is of one fact
NOBODY = "…"  # who did a step whose name is over its time
LARGEST_LOG_BYTES, KEPT_LOG_BYTES = 5_000_000, 1_000_000


def expire(home: Home, office: Office, as_of: datetime) -> None:
    """Delete or empty whatever is over its time at an instant, but for what `expire_linked` does."""
    at = naive_utc(as_of)
    specs = [sources.catalogue.find(name).SPEC for name in sources.names()]
    with working(home) as connection:
        for spec in specs:
            before = {
                kind: at - timedelta(days=days) for kind, days in archive_days(spec, office).items() if days
            }
            words = say("retention.over", office.language)
            for sha256 in ledger.expire(connection, spec.name, before, words):
                forget_copies(home, spec.name, ledger.returned(connection, spec.name, sha256))
                archive.expire(home, spec.name, sha256)
            days = office.privacy.personal_days.get(spec.name)
            erase_personal(connection, spec.tables, at, days, links=None)
    _expire_journal(home, at)
    _expire_logs(home)
    forget_old(home, holdings()["versions"].days)
    forget_old_copies(home)
    for folder in leftovers(home):
        shutil.rmtree(folder, ignore_errors=True)


def expire_linked(home: Home, office: Office, as_of: datetime, withheld: Collection[str] = ()) -> None:
    """Erase the personal columns that facts link, once these are built; and from the file what was erased.

    Of sources that are `withheld` the facts are not there: theirs wait for the next night.
    """
    with working(home) as connection:
        for name in sources.names():
            if name not in withheld:
                days = office.privacy.personal_days.get(name)
                tables = sources.catalogue.find(name).SPEC.tables
                erase_personal(connection, tables, naive_utc(as_of), days, links=LINKS)
    rewrite_where_erased(home)


def archive_days(spec: SourceSpec, office: Office | None) -> dict[str | None, int | None]:
    """How long the bytes of each kind of the source are kept, None without end; refused files under None."""
    own = office.privacy.archive_days.get(spec.name) if office else None
    kinds: dict[str | None, int | None] = {one.kind: own or one.retention.days for one in spec.deliveries}
    return {**kinds, None: own or spec.shortest_retention.days}


def leftovers(home: Home) -> list[Path]:
    """Folders of what runs work with, empty or left behind by one that was killed. The lock is held."""
    return [
        *home.staging.glob("*"),
        home.work / "spill",
        home.database.with_name(home.database.name + ".tmp"),
        home.database.with_name("rewriting"),
        *home.pipelines.glob("*/load/loaded"),
    ]


def forget_old_runs(home: Home) -> None:
    """Delete Prefect's database, which holds no figures, once it tells of runs that are over their time.

    For a home without `vigie serve`, whose server deletes them itself; nobody may have it open.
    """
    database = home.prefect / "prefect.db"
    if not database.is_file() or is_serving(home):
        return
    limit = time.time() - holdings()["prefect"].days * 86400
    with closing(sqlite3.connect(database)) as connection:
        try:
            (oldest,) = connection.execute("SELECT unixepoch(min(created)) FROM flow_run").fetchone()
        except sqlite3.DatabaseError:
            oldest = None  # not made yet, or another version of Prefect's: it is that one's to say
    if oldest is not None and oldest < limit:
        for path in (database, *database.parent.glob("prefect.db-*")):
            path.unlink()


def _expire_journal(home: Home, at: datetime) -> None:
    """Take names and comments out of steps and settled incidents, and texts out of messages that went out."""
    named, said, signed = (
        (at - timedelta(days=holdings()[name].days)).isoformat()
        for name in ("journal", "outbox", "signatures")
    )
    if not home.journal.exists():
        return
    with journal(home, outbox.JOURNAL) as kept:
        kept.execute(
            """UPDATE transition SET who = CASE who WHEN 'vigie' THEN who ELSE ? END, comment = ''
               WHERE happened_at < ?""",
            [NOBODY, named],
        )
        kept.execute(
            """UPDATE incident SET content = json_set(content, '$.comment', '',
                   '$.acknowledged_by', iif(content ->> 'acknowledged_by' IS NULL, NULL, ?),
                   '$.resolved_by', iif(coalesce(content ->> 'resolved_by', 'vigie') = 'vigie',
                                        content ->> 'resolved_by', ?))
               WHERE content ->> 'status' = 'resolved' AND content ->> 'resolved_at' < ?""",
            [NOBODY, NOBODY, named],
        )
        kept.execute(
            """UPDATE message SET text = '', picture = NULL, picture_says = NULL
               WHERE coalesce(sent_at, given_up_at) < ?""",
            [said],
        )
        if not kept.execute("SELECT 1 FROM sqlite_master WHERE name = 'signature'").fetchone():
            return  # nobody has signed anything yet
        kept.execute(
            """UPDATE signature SET who = ?, comment = '', withdrawn_because = NULL,
                   withdrawn_by = iif(withdrawn_by IS NULL, NULL, ?)
               WHERE signed_at < ?""",
            [NOBODY, NOBODY, signed],
        )


def _expire_logs(home: Home) -> None:
    """Delete logs that nothing was written to for their time, and all but the end of those that are large."""
    limit = time.time() - holdings()["logs"].days * 86400
    for log in (*home.work.glob("vigie.log*"), *home.prefect.glob("*.log")):
        entry = log.stat()
        if entry.st_mtime < limit:
            log.unlink()
        elif log.parent == home.prefect and entry.st_size > LARGEST_LOG_BYTES:
            # In place, for its writer has it open and appends.
            with log.open("r+b") as file:
                file.seek(-KEPT_LOG_BYTES, 2)
                end = file.read()
                file.seek(0)
                file.write(end)
                file.truncate()
    _drop_old_lines(home.log_file, limit)


def _drop_old_lines(log: Path, limit: float) -> None:
    """Drop the lines of our own log from before an instant, in seconds; each record begins with its time."""
    if not log.is_file():
        return
    first = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(limit))
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    young = next((n for n, line in enumerate(lines) if line[:4].isdigit() and line[:19] >= first), len(lines))
    if young:
        draft = log.with_suffix(".draft")
        draft.write_text("".join(lines[young:]), encoding="utf-8")
        draft.replace(log)
