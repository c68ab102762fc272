"""The ledger: what became of every file and every row (`quality.load`, `quality.quarantined_row`), and the
totals that files state of themselves (`quality.control_total`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import duckdb

from warehouse.clock import naive_utc
from warehouse.storage.archive import Received
from warehouse.storage.database import rows, transaction
from warehouse.words.messages import say

RECEIVED, LOADED, REFUSED, EXPIRED = "received", "loaded", "refused", "expired"
MET_WITHIN = Decimal("0.5")  # what many rows may be off by rounding
FIRST_SAVED = datetime(2000, 1, 1)  # noqa: DTZ001 naive UTC
KNOWN = "known"  # the same bytes came before under another name
Fault = Literal["refused", "reader_failed", "reader_killed"]
# Of quality.load: the files that follow each other, by the source and the name up to its first digit.
FAMILY = "source || '/' || coalesce(nullif(regexp_replace(file, '[-_ .]*[0-9].*$', ''), ''), kind, '')"


@dataclass(frozen=True)
class Delivery:
    """A file of the archive that the ledger knows, to be read. `delivery_id` orders all deliveries.

    Instants are naive UTC; `modified_at` is what the file system said when it came.
    """

    delivery_id: int
    office: str
    source: str
    file_name: str
    sha256: str
    received_at: datetime
    path: Path
    modified_at: datetime | None = None

    @property
    def saved_at(self) -> datetime:
        """When it was last saved, as far as that is known; else when it was received.

        Tools that lose the instant write 1970 or 1980; a clock that is wrong writes one to come.
        """
        if self.modified_at is None or not FIRST_SAVED <= self.modified_at <= self.received_at:
            return self.received_at
        return self.modified_at


@dataclass(frozen=True)
class Control:
    """A total that a file states of itself, and what the rows that were loaded come to.

    Unless `is_disclosed` its amounts are those of one declarant or of few: they are never published.
    """

    line: int
    column: str
    stated: Decimal
    loaded: Decimal
    is_disclosed: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the rows come to it, as far as rounding lets them."""
        return abs(self.stated - self.loaded) <= MET_WITHIN


@dataclass(frozen=True)
class Account:
    """What became of the rows of one file. `quarantine` holds Parquet files of line, column, rule, reason.

    `beside` holds files like them of what else is at fault and keeps no row out by itself: other cells of
    quarantined rows, and words that are not known, whose rows are loaded. The ledger does not enter it.
    """

    kind: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    rows_filtered: int = 0
    message: str = ""
    quarantine: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()
    controls: tuple[Control, ...] = ()

    @property
    def balances(self) -> bool:
        """True when no row was lost."""
        accounted = self.rows_loaded + self.rows_quarantined + self.rows_duplicate + self.rows_filtered
        return self.rows_read == accounted


def summed(kind: str, accounts: Sequence[Account], message: str) -> Account:
    """The account of one file of which several tables were read."""
    return Account(
        kind,
        rows_read=sum(one.rows_read for one in accounts),
        rows_loaded=sum(one.rows_loaded for one in accounts),
        rows_quarantined=sum(one.rows_quarantined for one in accounts),
        rows_duplicate=sum(one.rows_duplicate for one in accounts),
        rows_filtered=sum(one.rows_filtered for one in accounts),
        message=message,
        quarantine=tuple(path for one in accounts for path in one.quarantine),
        beside=tuple(path for one in accounts for path in one.beside),
        controls=tuple(control for one in accounts for control in one.controls),
    )


@dataclass(frozen=True)
class Refusal:
    """Why nothing of a file is loaded, in words, whose fault it may be, and how far it is from being known.

    `misses` is that of RefusedDeliveryError.
    """

    message: str
    fault: Fault = "refused"
    misses: float = 1.0


def register(
    connection: duckdb.DuckDBPyConnection, office: str, received: Iterable[Received], language: str = "fr"
) -> None:
    """Enter archived files that the ledger does not know yet, in the order given.

    A file whose bytes came before under another name is entered as `known`, with a message that says so.
    """
    for file in received:
        names = [
            row["file"]
            for row in rows(
                connection,
                "SELECT file FROM quality.load WHERE source = ? AND sha256 = ? ORDER BY delivery_id",
                [file.source, file.sha256],
            )
        ]
        if file.file_name in names:
            continue
        status, message = RECEIVED, ""
        if names:
            status, message = KNOWN, say("notice.same_content", language, file=names[0])
        connection.execute(
            """INSERT INTO quality.load
               SELECT ?, ?, coalesce(max(delivery_id), 0) + 1, NULL, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, ?, ?, '',
                      NULL
               FROM quality.load""",
            [
                office, file.source, file.file_name, file.sha256, file.size_bytes,
                naive_utc(file.received_at), naive_utc(file.modified_at), status, message,
            ],
        )  # fmt: skip


def pending(
    connection: duckdb.DuckDBPyConnection, source: str, archive: Path, fingerprint: str
) -> list[Delivery]:
    """Files to read: received and not read yet, or refused under another office file or reader.

    A file's name may decide how it is read: where its bytes were refused under all earlier names, they are
    read under the next one. `fingerprint` changes with what decides how the source's files are read.
    """
    return _deliveries(
        connection,
        archive,
        """source = ? AND (
               status = ? OR (
                   status = ? AND fingerprint <> ?
                   AND sha256 NOT IN (SELECT sha256 FROM quality.load WHERE source = ? AND status = ?))
               OR delivery_id IN (
                   SELECT min(delivery_id) FILTER (status = ?) FROM quality.load WHERE source = ?
                   GROUP BY sha256 HAVING bool_and(status = ? OR (status = ? AND fingerprint = ?))))""",
        [
            source, RECEIVED, REFUSED, fingerprint, source, LOADED, KNOWN, source, KNOWN, REFUSED,
            fingerprint,
        ],
    )  # fmt: skip


def delivered(connection: duckdb.DuckDBPyConnection, archive: Path, delivery_id: int) -> Delivery:
    """The file of a number in the ledger; its bytes may be gone by now."""
    (found,) = _deliveries(connection, archive, "delivery_id = ?", [delivery_id])
    return found


def _deliveries(
    connection: duckdb.DuckDBPyConnection, archive: Path, which: str, values: list[object]
) -> list[Delivery]:
    """The files that a condition holds for, in the order of delivery."""
    found = rows(
        connection,
        f"""SELECT delivery_id, office, source, file AS file_name, sha256, received_at, modified_at
            FROM quality.load
            WHERE {which} ORDER BY delivery_id""",
        values,
    )
    return [Delivery(**row, path=archive / row["source"] / row["sha256"]) for row in found]


def count_death(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> int:
    """Enter that the file ended the process that read it; returns how often it did since it was settled."""
    connection.execute("INSERT INTO ops.reader_death VALUES (?)", [delivery.delivery_id])
    found = connection.execute(
        "SELECT count(*) FROM ops.reader_death WHERE delivery_id = ?", [delivery.delivery_id]
    ).fetchone()
    assert found is not None
    return int(found[0])


def enter_left(
    connection: duckdb.DuckDBPyConnection, office: str, source: str, left: Mapping[str, str], at: datetime
) -> None:
    """Enter the files of the source's inbox that were left there, with the reason, at a naive UTC instant.

    What was left before and is not among them has ended.
    """
    for row in rows(
        connection,
        "SELECT file, reason FROM quality.left_file WHERE office = ? AND source = ? AND ended_at IS NULL",
        [office, source],
    ):
        if left.get(row["file"]) != row["reason"]:
            connection.execute(
                """UPDATE quality.left_file SET ended_at = ?
                   WHERE office = ? AND source = ? AND file = ? AND ended_at IS NULL""",
                [at, office, source, row["file"]],
            )
    for file, reason in left.items():
        connection.execute(
            """INSERT INTO quality.left_file SELECT ?, ?, ?, ?, ?, NULL WHERE NOT EXISTS (
                   SELECT 1 FROM quality.left_file
                   WHERE office = ? AND source = ? AND file = ? AND ended_at IS NULL)""",
            [office, source, file, reason, at, office, source, file],
        )


def unreturned(
    connection: duckdb.DuckDBPyConnection, source: str, archive: Path, since: datetime
) -> list[Delivery]:
    """Loaded files with quarantined rows, received since a naive UTC instant, and not handed back yet."""
    return _deliveries(
        connection,
        archive,
        """source = ? AND status = ? AND rows_quarantined > 0 AND received_at >= ?
           AND delivery_id NOT IN (SELECT delivery_id FROM quality.returned_copy)""",
        [source, LOADED, since],
    )


def enter_returned(connection: duckdb.DuckDBPyConnection, delivery: Delivery, file: str | None) -> None:
    """Enter the name of a file's marked copy, None when none can be made."""
    connection.execute(
        "INSERT INTO quality.returned_copy VALUES (?, ?, ?, ?)",
        [delivery.office, delivery.source, delivery.delivery_id, file],
    )


def returned(connection: duckdb.DuckDBPyConnection, source: str, sha256: str) -> list[str]:
    """The names of the marked copies of a file's bytes."""
    found = connection.execute(
        """SELECT copy.file FROM quality.returned_copy AS copy JOIN quality.load USING (delivery_id)
           WHERE load.source = ? AND load.sha256 = ? AND copy.file IS NOT NULL ORDER BY delivery_id""",
        [source, sha256],
    ).fetchall()
    return [name for (name,) in found]


def fates(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, tuple[str, str]]:
    """What became of the source's files: SHA-256 to status and message."""
    found = rows(
        connection,
        """SELECT sha256, status, message FROM quality.load WHERE source = ? AND status <> ?
           ORDER BY delivery_id""",
        [source, KNOWN],
    )
    return {row["sha256"]: (row["status"], row["message"]) for row in found}


def latest(connection: duckdb.DuckDBPyConnection) -> dict[str, list[int]]:
    """By source, the deliveries of the last run that brought each kind: the last of each family of files."""
    found = rows(
        connection,
        f"""SELECT source, max(delivery_id) AS delivery_id
            FROM (SELECT *, {FAMILY} AS file_family FROM quality.load WHERE status = ?
                  QUALIFY received_at = max(received_at) OVER (PARTITION BY source, kind))
            GROUP BY source, kind, file_family ORDER BY delivery_id""",
        [LOADED],
    )
    ids: dict[str, list[int]] = {}
    for row in found:
        ids.setdefault(row["source"], []).append(row["delivery_id"])
    return ids


def expire(
    connection: duckdb.DuckDBPyConnection, source: str, before: Mapping[str | None, datetime], words: str
) -> list[str]:
    """SHA-256 of the source's files whose retention is over, of their kinds received before an instant.

    `before` gives the naive UTC instant of each kind that ends, and of those that were refused under None.
    Files that wait to be read are kept; one that was refused is given up (status `expired`). The reasons of
    quarantined rows, which may show what was written in them, become `words`.
    """
    over: list[str] = []
    for kind, at in before.items():
        found = rows(
            connection,
            """SELECT DISTINCT sha256 FROM quality.load
               WHERE source = ? AND received_at < ? AND kind IS NOT DISTINCT FROM ?
                 AND status IN (?, ?, ?)
                 AND sha256 NOT IN (SELECT sha256 FROM quality.load WHERE source = ? AND status = ?)""",
            [source, at, kind, LOADED, REFUSED, EXPIRED, source, RECEIVED],
        )
        over += [row["sha256"] for row in found]
    connection.execute(
        "UPDATE quality.load SET status = ? WHERE source = ? AND list_contains(?, sha256) AND status = ?",
        [EXPIRED, source, over, REFUSED],
    )
    connection.execute(
        """UPDATE quality.quarantined_row SET reason = ?
           WHERE source = ? AND list_contains(?, sha256) AND reason <> ?""",
        [words, source, over, words],
    )
    return over


def give_up(connection: duckdb.DuckDBPyConnection, source: str, sha256: str, words: str) -> int:
    """Read no more a file whose bytes are deleted; how many waited to be read for the first time."""
    waiting = connection.execute(
        """UPDATE quality.load SET status = ?, message = ?
           WHERE source = ? AND sha256 = ? AND status = ? RETURNING 1""",
        [EXPIRED, words, source, sha256, RECEIVED],
    ).fetchall()
    connection.execute(
        "UPDATE quality.load SET status = ? WHERE source = ? AND sha256 = ? AND status = ?",
        [EXPIRED, source, sha256, REFUSED],
    )
    return len(waiting)


def settle(
    connection: duckdb.DuckDBPyConnection,
    outcomes: Sequence[tuple[Delivery, Account | Refusal]],
    fingerprint: str,
) -> None:
    """Write what became of these files, in one transaction.

    Raises AssertionError when the sums of an account do not balance.
    """
    with transaction(connection):
        for delivery, outcome in outcomes:
            for table in ("quality.quarantined_row", "quality.control_total", "ops.reader_death"):
                connection.execute(f"DELETE FROM {table} WHERE delivery_id = ?", [delivery.delivery_id])
            if isinstance(outcome, Refusal):
                account = Account(kind="", message=outcome.message)
                _update(connection, delivery, REFUSED, account, fingerprint, outcome.fault)
                continue
            if not outcome.balances:
                raise AssertionError(f"the ledger of {delivery.file_name} does not balance: {outcome}")
            for parquet in outcome.quarantine:
                connection.execute(
                    """INSERT INTO quality.quarantined_row
                       SELECT ?, ?, ?, ?, line, "column", rule, reason, sheet FROM read_parquet(?)""",
                    [delivery.office, delivery.source, delivery.sha256, delivery.delivery_id, str(parquet)],
                )
            for control in outcome.controls:
                connection.execute(
                    "INSERT INTO quality.control_total VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        delivery.office, delivery.source, delivery.sha256, delivery.delivery_id, control.line,
                        control.column, control.stated, control.loaded, control.is_disclosed, control.is_met,
                    ],
                )  # fmt: skip
            _update(connection, delivery, LOADED, outcome, fingerprint)


def _update(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    status: str,
    account: Account,
    fingerprint: str,
    fault: Fault | None = None,
) -> None:
    connection.execute(
        """UPDATE quality.load SET kind = nullif(?, ''), rows_read = ?, rows_loaded = ?, rows_quarantined = ?,
               rows_duplicate = ?, rows_filtered = ?, status = ?, message = ?, fingerprint = ?, fault = ?
           WHERE delivery_id = ?""",
        [
            account.kind, account.rows_read, account.rows_loaded, account.rows_quarantined,
            account.rows_duplicate, account.rows_filtered, status, account.message, fingerprint, fault,
            delivery.delivery_id,
        ],
    )  # fmt: skip
