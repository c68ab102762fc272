"""What is written in a transaction comes all at once or not at all, and tells what it failed of."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import duckdb
import pytest

from warehouse.storage.database import transaction


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("CREATE TABLE kept (n INTEGER PRIMARY KEY)")
        yield opened


def kept(connection: duckdb.DuckDBPyConnection) -> list[int]:
    return [n for (n,) in connection.execute("SELECT n FROM kept ORDER BY n").fetchall()]


def test_all_of_it_is_kept(connection: duckdb.DuckDBPyConnection) -> None:
    with transaction(connection):
        connection.execute("INSERT INTO kept VALUES (1)")
        connection.execute("INSERT INTO kept VALUES (2)")
    assert kept(connection) == [1, 2]


@pytest.mark.parametrize("error", [ValueError("a cell"), KeyboardInterrupt(), SystemExit(143)])
def test_nothing_is_kept_of_what_failed_or_was_ended(
    connection: duckdb.DuckDBPyConnection, error: BaseException
) -> None:
    with pytest.raises(type(error)), transaction(connection):
        connection.execute("INSERT INTO kept VALUES (1)")
        raise error
    assert kept(connection) == []
    with transaction(connection):
        connection.execute("INSERT INTO kept VALUES (3)")
    assert kept(connection) == [3]


def test_a_rollback_that_fails_does_not_take_the_place_of_the_error(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    with pytest.raises(ValueError, match="a cell") as told, transaction(connection):
        connection.execute("ROLLBACK")  # as a database that is broken does by itself
        raise ValueError("a cell")
    assert "not rolled back" in told.value.__notes__[0]


def test_a_query_that_somebody_stops_ends_the_run_and_leaves_the_connection_free(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """DuckDB raises a RuntimeError for it, and steps go on without what failed."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt), transaction(connection):
            connection.execute("INSERT INTO kept VALUES (1)")
            connection.execute("SELECT count(*) FROM range(100000000000) AS a, range(1000) AS b").fetchall()
    finally:
        signal.signal(signal.SIGINT, before)
    assert kept(connection) == []
