"""A step that fails for one series is done for the others."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest

from warehouse.counted.apart import Failed, apart


@pytest.fixture
def done() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE done (subject VARCHAR)")
    return connection


def work(connection: duckdb.DuckDBPyConnection, subjects: Sequence[str]) -> None:
    """Writes each series as it comes to it, and breaks on the one called bad."""
    for subject in subjects:
        connection.execute("INSERT INTO done VALUES (?)", [subject])
        if subject == "bad":
            raise IndexError("no such day")


def test_the_others_are_done_once_and_the_one_that_fails_leaves_nothing(
    done: duckdb.DuckDBPyConnection,
) -> None:
    failed: Failed = {}
    apart(done, ["a", "bad", "b"], lambda subjects: work(done, subjects), failed)
    assert failed == {"bad": "IndexError: no such day"}
    assert done.execute("SELECT subject FROM done ORDER BY 1").fetchall() == [("a",), ("b",)]


def test_nobody_to_tell_it_is_an_error(done: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(IndexError):
        apart(done, ["a", "bad"], lambda subjects: work(done, subjects), None)
    assert done.execute("SELECT subject FROM done").fetchall() == []
