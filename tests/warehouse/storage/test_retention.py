"""Personal columns end, their rows stay, and nothing of them is left in the database's file."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.described import KEPT
from warehouse.spec import TableSpec
from warehouse.storage.database import ensure_raw_tables, held_open, rewrite_where_erased, rows, working
from warehouse.storage.layout import Home
from warehouse.storage.retention import erase_personal

AS_OF = datetime(2026, 1, 31, 1, 30)  # noqa: DTZ001  # naive UTC


def table(**retention: Any) -> TableSpec:
    return TableSpec.model_validate(
        {
            "name": "stay", "description": "d", "grain": "g", "primary_key": ["stay_id"],
            "retention": {**KEPT, "days": 30, "after": "ended_on", **retention},
            "columns": [
                {"name": "stay_id", "type": "integer", "description": "d"},
                {"name": "ended_on", "type": "date", "description": "d"},
                {"name": "host", "type": "text", "personal": True, "description": "d"},
                {"name": "lodging", "type": "text", "personal": True, "description": "d"},
            ],
        }
    )  # fmt: skip


def filled(home: Home, spec: TableSpec) -> None:
    with working(home) as connection:
        ensure_raw_tables(connection, [spec])
        connection.execute(
            """INSERT INTO raw.stay VALUES
               ('o', 1, 1, '2024-06-30', 'canary-anna', 'canary-anna'),
               ('o', 1, 2, '2024-12-31', 'canary-anna', 'canary-mill'),
               ('o', 1, 3, '2025-12-31', 'canary-anna', NULL),
               ('o', 1, 4, '2026-01-01', 'canary-anna', 'canary-mill'),
               ('o', 1, 5, '2026-01-02', 'canary-anna', 'canary-mill')"""
        )


def erase(home: Home, spec: TableSpec, days: int | None = None) -> list[tuple[Any, ...]]:
    with working(home) as connection:
        erase_personal(connection, [spec], AS_OF, days, links=None)
        found = rows(connection, "SELECT stay_id, host, lodging FROM raw.stay ORDER BY stay_id")
    return [tuple(row.values()) for row in found]


def test_columns_become_empty_when_their_days_are_over_and_rows_stay(home: Home) -> None:
    spec = table()
    filled(home, spec)
    assert erase(home, spec) == [
        (1, None, None), (2, None, None), (3, None, None), (4, None, None),
        (5, "canary-anna", "canary-mill"),
    ]  # fmt: skip


def test_days_of_the_office_take_the_place_of_those_of_the_table(home: Home) -> None:
    spec = table()
    filled(home, spec)
    assert [row[0] for row in erase(home, spec, days=31) if row[1]] == [4, 5]
    assert [row[0] for row in erase(home, spec, days=1) if row[1]] == []


def test_a_year_becomes_tokens_as_a_whole_equal_where_its_values_were(home: Home) -> None:
    spec = table(token="year", tokened=["host", "lodging"])
    filled(home, spec)
    first, second, *others = erase(home, spec, days=31)
    assert first[1] == first[2] == second[1] != second[2]
    assert first[1].startswith("token-")
    # The last day of 2025 is not yet over for more than 31 days.
    assert [row[1] for row in others] == ["canary-anna"] * 3
    third = erase(home, spec, days=30)[2]
    assert third[1].startswith("token-")
    assert third[1] != first[1]


def test_erased_again_nothing_changes(home: Home) -> None:
    spec = table(token="year", tokened=["host", "lodging"])
    filled(home, spec)
    assert erase(home, spec) == erase(home, spec)


def test_what_was_erased_is_in_no_byte_of_the_file_once_it_is_rewritten(home: Home) -> None:
    spec = table()
    filled(home, spec)
    with working(home) as connection:
        connection.execute("CREATE VIEW staging.stays AS SELECT stay_id FROM raw.stay")
        connection.execute("COMMENT ON TABLE raw.stay IS 'what stays'")
        erase_personal(connection, [spec], AS_OF + timedelta(days=9), links=None)
    assert b"canary-" in home.database.read_bytes()
    rewrite_where_erased(home)
    assert b"canary-" not in home.database.read_bytes()
    assert sorted(path.name for path in home.work.iterdir()) == ["vigie.duckdb"]
    with working(home) as connection:
        assert len(rows(connection, "SELECT * FROM staging.stays")) == 5
        (told,) = rows(connection, "SELECT comment FROM duckdb_tables() WHERE table_name = 'stay'")
        assert told == {"comment": "what stays"}
        assert rows(connection, "SELECT * FROM ops.erasure") == []


def test_a_database_that_is_held_open_is_let_go_before_it_is_rewritten(home: Home) -> None:
    spec = table()
    filled(home, spec)
    with held_open(home):
        with working(home) as connection:
            erase_personal(connection, [spec], AS_OF + timedelta(days=9), links=None)
        rewrite_where_erased(home)
        with working(home) as connection:
            connection.execute("CREATE TABLE raw.after AS SELECT 1 AS one")
    assert b"canary-" not in home.database.read_bytes()
    with working(home) as connection:
        assert rows(connection, "SELECT one FROM raw.after") == [{"one": 1}]
        assert rows(connection, "SELECT * FROM ops.erasure") == []


@pytest.mark.parametrize("days", [0, -1])
def test_an_office_cannot_say_less_than_a_day(days: int) -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        table(days=days)
