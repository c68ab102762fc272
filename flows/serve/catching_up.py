"""After days off: Prefect starts every run that it had scheduled, and one of them is enough."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from warehouse.clock import naive_utc
from warehouse.storage.database import only_read, rows
from warehouse.storage.layout import Home
from warehouse.storage.running import ALL_SOURCES

log = logging.getLogger("vigie")


def done_since(home: Home, scheduled: datetime, only: Sequence[str] = ()) -> datetime | None:
    """When a run began that did what was scheduled for `scheduled` (aware), at that instant or later.

    A night does what any run would; a run of some sources only what a run of these, or fewer, would. None
    when the published version tells of no such run that came to its end.
    """
    if not home.published_database.exists():
        return None
    try:
        with only_read(home.published_database) as connection:
            found = rows(
                connection,
                """SELECT started_at, sources FROM quality.run
                   WHERE started_at >= ? AND finished_at IS NOT NULL ORDER BY started_at""",
                [naive_utc(scheduled)],
            )
    except duckdb.Error as error:
        # A damaged version tells nothing; this run publishes another one.
        log.error("%s cannot be read: %s", home.published_database, error)
        return None
    for run in found:
        if run["sources"] == ALL_SOURCES or (only and set(only) <= set(run["sources"].split(", "))):
            started: datetime = run["started_at"]
            return started.replace(tzinfo=UTC)
    return None
