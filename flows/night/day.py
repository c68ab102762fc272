"""By day, from a file that has settled in the inbox to the alert: the night's steps, the alert first.

Before people are told, only what the judge of counters reads and what the file feeds is built; the rest, the
figures and the published version come after. What is published is what a night at that instant would publish.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from datetime import datetime

import sources.catalogue
from flows.night.steps import NightReport, Run, ingest, refreshing
from sources.contained import Reader
from transforms.compiled import FACTS, Compiled
from warehouse.office.model import Office
from warehouse.storage import archive, ledger, notifications
from warehouse.storage.database import working
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock

JUDGED = "counted_series"  # the fact that the judge of counters reads
LOCK_WAIT_SECONDS = 4 * 3600.0  # the longest night that Prefect allows


def by_day(
    home: Home,
    office: Office,
    source: str,
    as_of: Callable[[], datetime],
    *,
    settled: Collection[str],
    run: Run | None = None,
    progress: Callable[[str], None] = lambda _: None,
    wait_seconds: float = LOCK_WAIT_SECONDS,
) -> NightReport | None:
    """Take the source's files, or what it has announced, tell what they show, and publish.

    None when nothing waits.

    Waits for a run that holds the home, as long as `wait_seconds`, then raises VigieError. `as_of` is asked
    once the wait is over. `settled` are the stamps of files that are complete (`archive.receive`). Nothing
    waits when a run that began after they had settled took them.
    """
    with ExitStack() as unlocked, refresh_lock(home, wait_seconds, office.language):
        if not is_waiting(home, office, source):
            return None
        instant = as_of()
        with refreshing(home, office, instant, [source], run, progress, unlocked) as refresh:
            # A system is asked again only when it has announced something: a file needs no network.
            with Reader(home, office, instant) as reader:
                ingest(
                    home, office, source, instant, refresh.report, refresh.run, progress,
                    settled=settled, fetches=is_announced(home, source), reader=reader,
                )  # fmt: skip
            refresh.prepare()
            # The rules read facts of all sources: on a home that has none yet, all are built first.
            is_new = not home.published_database.exists()
            first = FACTS if is_new else built_first(refresh.project.compiled, source)
            refresh.build_facts(first)
            refresh.judge()
            refresh.follow()
            refresh.tell_first()
            if not is_new:
                refresh.build_facts(FACTS, first)
            refresh.publish_figures()
            refresh.draw_pages()
    refresh.tell()
    return refresh.report


def is_waiting(home: Home, office: Office, source: str) -> bool:
    """True when files of the source lie in its inbox, were announced, or were not read yet."""
    if archive.waiting(home, source) or is_announced(home, source):
        return True
    with working(home) as connection:
        fingerprint = sources.catalogue.fingerprint(source, office, home)
        return bool(ledger.pending(connection, source, home.archive, fingerprint))


def is_announced(home: Home, source: str) -> bool:
    """True when the source's system has announced an export that is not integrated yet."""
    return bool(notifications.of_status(home, source, notifications.WAITING, notifications.ARCHIVED))


def built_first(compiled: Compiled, source: str) -> list[str]:
    """The models that are built before people are told.

    Those are the facts that the source's raw tables are behind, and all that these read, so that it builds on
    a new home too, and so that what is built later does not change what they read.
    """
    tables = [table.name for table in sources.catalogue.find(source).SPEC.tables]
    return sorted(compiled.above([*compiled.facts_on(tables), JUDGED]) - compiled.seeds)
