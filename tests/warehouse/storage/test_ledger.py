"""The ledger: each file once, its sums balanced, its quarantined rows written with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from sources.staged import write_quarantine
from warehouse.storage import ledger
from warehouse.storage.archive import Received
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Account, Refusal
from warehouse.words.shapes import plain

NIGHT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


@pytest.fixture
def connection(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with working(home) as opened:
        yield opened


def received(name: str, source: str = "doors") -> Received:
    return Received(source, name, f"hash of {name}", 10, NIGHT, NIGHT, Path("archive") / name)


def statuses(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return connection.execute("SELECT delivery_id, file, status FROM quality.load ORDER BY ALL").fetchall()


def pending(connection: duckdb.DuckDBPyConnection, fingerprint: str = "v1") -> list[ledger.Delivery]:
    return ledger.pending(connection, "doors", Path("archive"), fingerprint)


def test_files_are_entered_in_order_and_pending(connection: duckdb.DuckDBPyConnection) -> None:
    ledger.register(connection, "auch", [received("b.csv"), received("a.csv")])
    assert [(d.delivery_id, d.file_name) for d in pending(connection)] == [(1, "b.csv"), (2, "a.csv")]
    assert pending(connection)[0].path == Path("archive/doors/hash of b.csv")


def test_entering_a_file_twice_changes_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    ledger.register(connection, "auch", [received("a.csv")])
    ledger.register(connection, "auch", [received("a.csv"), received("b.csv")])
    assert statuses(connection) == [(1, "a.csv", "received"), (2, "b.csv", "received")]


def test_the_same_bytes_under_another_name_are_told_and_not_read(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    copy = replace(received("a.csv"), file_name="copy.csv")
    for _ in range(2):
        ledger.register(connection, "auch", [received("a.csv"), copy])
    assert statuses(connection) == [(1, "a.csv", "received"), (2, "copy.csv", "known")]
    (told,) = rows(connection, "SELECT message FROM quality.load WHERE status = 'known'")
    assert plain(told["message"]) == "même contenu que a.csv, non relu"
    ledger.settle(connection, [(pending(connection)[0], Account("counts", 1, 1))], "v1")
    assert pending(connection) == []
    assert ledger.fates(connection, "doors") == {"hash of a.csv": ("loaded", "")}


def test_a_file_that_was_refused_for_its_name_is_read_under_its_next_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    ledger.register(connection, "auch", [received("a.csv")])
    ledger.settle(connection, [(pending(connection)[0], Refusal("no such file is expected"))], "v1")
    names = [replace(received("a.csv"), file_name=name) for name in ("b.csv", "c.csv")]
    ledger.register(connection, "auch", names)
    assert [one.file_name for one in pending(connection, "v1")] == ["b.csv"]
    assert [one.file_name for one in pending(connection, "v2")] == ["a.csv"]
    ledger.settle(connection, [(pending(connection)[0], Account("counts", 1, 1))], "v1")
    assert pending(connection, "v1") == pending(connection, "v2") == []


def test_the_same_bytes_may_come_to_two_sources(connection: duckdb.DuckDBPyConnection) -> None:
    ledger.register(connection, "auch", [received("a.csv"), received("a.csv", "tax")])
    assert len(statuses(connection)) == 2


def test_a_loaded_file_is_not_pending_any_more(connection: duckdb.DuckDBPyConnection) -> None:
    ledger.register(connection, "auch", [received("a.csv")])
    account = Account("counts", 5, 2, 0, 1, 2, "a note")
    ledger.settle(connection, [(pending(connection)[0], account)], "v1")
    assert pending(connection) == pending(connection, "v2") == []
    (row,) = rows(connection, "SELECT * FROM quality.load")
    assert (row["kind"], row["status"], row["message"], row["fingerprint"]) == (
        "counts", "loaded", "a note", "v1",
    )  # fmt: skip
    assert [row[f"rows_{n}"] for n in ("read", "loaded", "quarantined", "duplicate", "filtered")] == [
        5, 2, 0, 1, 2,
    ]  # fmt: skip


def test_a_refused_file_is_tried_again_only_when_the_reader_or_the_office_file_changed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    ledger.register(connection, "auch", [received("a.csv")])
    ledger.settle(connection, [(pending(connection)[0], Refusal("wrong separator"))], "v1")
    assert statuses(connection) == [(1, "a.csv", "refused")]
    assert pending(connection, "v1") == []
    (again,) = pending(connection, "v2")
    ledger.settle(connection, [(again, Account("counts", 1, 1))], "v2")
    assert statuses(connection) == [(1, "a.csv", "loaded")]


@pytest.mark.parametrize("lost", [-1, 1])
def test_an_account_that_does_not_balance_is_refused_and_nothing_is_written(home: Home, lost: int) -> None:
    with pytest.raises(AssertionError, match=r"a\.csv does not balance"), working(home) as connection:
        ledger.register(connection, "auch", [received("a.csv"), received("b.csv")])
        first, second = pending(connection)
        good, bad = Account("counts", 1, 1), Account("counts", 4, 1, 1, 1, 1 - lost)
        ledger.settle(connection, [(second, good), (first, bad)], "v1")
    with working(home) as connection:
        assert statuses(connection) == [(1, "a.csv", "received"), (2, "b.csv", "received")]


def test_the_database_itself_refuses_a_row_that_does_not_balance(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    ledger.register(connection, "auch", [received("a.csv")])
    with pytest.raises(duckdb.ConstraintException):
        connection.execute("UPDATE quality.load SET rows_read = 1")


def test_quarantined_rows_are_written_once_however_often_the_file_is_settled(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    parquet = tmp_path / "q.parquet"
    write_quarantine(parquet, [(3, "Date", "not_a_date", "« x »"), (None, None, "damaged", "?")])
    ledger.register(connection, "auch", [received("a.csv")])
    (delivery,) = pending(connection)
    account = Account("counts", 2, rows_quarantined=2, quarantine=(parquet,))
    ledger.settle(connection, [(delivery, account)], "v1")
    ledger.settle(connection, [(delivery, account)], "v1")
    found = connection.execute(
        'SELECT source, sha256, line, "column", rule, reason FROM quality.quarantined_row ORDER BY line'
    ).fetchall()
    assert found == [
        ("doors", "hash of a.csv", 3, "Date", "not_a_date", "« x »"),
        ("doors", "hash of a.csv", None, None, "damaged", "?"),
    ]
    ledger.settle(
        connection, [(delivery, replace(account, rows_read=0, rows_quarantined=0, quarantine=()))], "v1"
    )
    assert connection.execute("SELECT count(*) FROM quality.quarantined_row").fetchone() == (0,)


def test_deaths_of_a_reader_are_counted_until_the_file_is_settled(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    ledger.register(connection, "auch", [received("a.csv"), received("b.csv")])
    first, second = pending(connection)
    assert [ledger.count_death(connection, one) for one in (first, second, first)] == [1, 1, 2]
    ledger.settle(connection, [(first, Refusal("it died", "reader_killed"))], "v1")
    assert rows(connection, "SELECT file, status, fault FROM quality.load ORDER BY file") == [
        {"file": "a.csv", "status": "refused", "fault": "reader_killed"},
        {"file": "b.csv", "status": "received", "fault": None},
    ]
    (again, _) = pending(connection, "v2")
    assert ledger.count_death(connection, again) == 1


def test_a_file_left_in_the_inbox_is_entered_once_and_ends_when_it_is_left_no_more(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    nights = [datetime(2026, 1, day) for day in (5, 6, 7)]  # noqa: DTZ001 - naive UTC, as in the table
    left = {"a.csv": "too large"}
    for night, found in zip(nights, [left, left, {"a.csv": "no right"}], strict=True):
        ledger.enter_left(connection, "auch", "doors", found, night)
        ledger.enter_left(connection, "auch", "tax", {}, night)
    assert rows(connection, "SELECT reason, left_at, ended_at FROM quality.left_file ORDER BY left_at") == [
        {"reason": "too large", "left_at": nights[0], "ended_at": nights[2]},
        {"reason": "no right", "left_at": nights[2], "ended_at": None},
    ]
