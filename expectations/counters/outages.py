"""An outage: a stretch in which a counted series was wrong, with its evidence; the table of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np

from warehouse.clock import naive_utc
from warehouse.counted.faulty import read_stretches
from warehouse.storage.database import transaction

HALF, DOUBLED, STEP, DRIFT = "half", "doubled", "step", "drift"
LEVELS = frozenset({HALF, DOUBLED, STEP, DRIFT})
USUAL_AFTER = timedelta(days=120)
COURSE = Path(__file__).with_name("outage_course.sql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Outage:
    """A fault that was declared; instants are naive UTC, `ended_at` is None while it lasts.

    `end_known_at` is when a fault that ended at `ended_at` was seen to be over, None when at once.
    `fault` is what it was when it was declared. `expected_count` and `counted_count` (both of its open
    hours), `open_hours` and `chance` (probability that a working counter looks like that) are over the whole
    of it, so they change while it lasts. `direction` is the one at fault, `in` or `out`, None when it is all
    that is counted.
    """

    office: str
    subject: str
    fault: str
    onset_at: datetime
    detected_at: datetime
    ended_at: datetime | None
    expected_count: float
    open_hours: float
    chance: float
    counted_count: float = 0.0
    direction: str | None = None
    end_known_at: datetime | None = None

    @property
    def usual_at(self) -> datetime | None:
        """When a changed level that still lasts has become the usual one; None for other faults."""
        return self.detected_at + USUAL_AFTER if self.fault in LEVELS else None


def write_outages(connection: duckdb.DuckDBPyConnection, office: str, outages: Iterable[Outage]) -> bool:
    """Replace the office's rows of quality.outage, in one transaction.

    Returns whether that changes the days from which nothing is learnt.
    """
    before = read_stretches(connection, office)
    kept = [[*astuple(outage), outage.usual_at] for outage in outages if outage.office == office]
    with transaction(connection):
        connection.execute("DELETE FROM quality.outage WHERE office = ?", [office])
        if kept:
            marks = ", ".join("?" * len(kept[0]))
            connection.executemany(f"INSERT INTO quality.outage VALUES ({marks})", kept)
    return read_stretches(connection, office) != before


def write_outage_courses(
    connection: duckdb.DuckDBPyConnection, office: str, as_of: datetime, kept: Collection[str] = ()
) -> None:
    """Replace the office's rows of quality.outage_course, as of an aware instant, but for `kept` series."""
    values = {"office": office, "as_of": naive_utc(as_of), "kept": sorted(kept)}
    changing = "NOT list_contains($kept::VARCHAR[], subject)"
    with transaction(connection):
        connection.execute(
            f"DELETE FROM quality.outage_course WHERE office = $office AND {changing}",
            {"office": office, "kept": values["kept"]},
        )
        connection.execute(
            f"INSERT INTO quality.outage_course BY NAME SELECT * FROM ({COURSE}) WHERE {changing}", values
        )


def ended_with_service(
    connection: duckdb.DuckDBPyConnection, office: str, outages: Iterable[Outage]
) -> list[Outage]:
    """The outages; those of a counter that no longer serves (marts.counter) are over with its service."""
    ends = dict(
        connection.execute(
            """SELECT 'counter:' || counter, until_at FROM marts.counter
               WHERE office = ? AND until_at IS NOT NULL""",
            [office],
        ).fetchall()
    )
    return [
        replace(outage, ended_at=ends[outage.subject], end_known_at=None)
        if outage.ended_at is None and outage.subject in ends
        else outage
        for outage in outages
    ]


def read_outages(connection: duckdb.DuckDBPyConnection) -> list[Outage]:
    """The rows of quality.outage, in order of detection."""
    names = ", ".join(field.name for field in fields(Outage))
    found = connection.execute(f"SELECT {names} FROM quality.outage ORDER BY detected_at, subject, fault")
    return [Outage(*row) for row in found.fetchall()]


def instant(value: np.datetime64) -> datetime:
    """A numpy instant as a naive datetime."""
    found: datetime = value.astype("datetime64[us]").item()
    return found
