"""Compiled models: made anew when anything changes, whole or not at all, and built as dbt builds them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from transforms.compiled import SHARED, Compiled, Kind, Model, compiled, file_of, version_of_models
from transforms.materializing import drop_removed, materialize
from warehouse.storage.layout import Home


def model(name: str, sql: str, *parents: str, kind: Kind = "table", withheld: str = "") -> Model:
    raw = ("entries",) if withheld else ()
    return Model(name, "marts", kind, ("facts",), "", parents, (), raw, sql, withheld, {}, {}, "", {})


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.execute("CREATE SCHEMA marts")
    return opened


def test_what_decides_the_sql_decides_the_version(tmp_path: Path) -> None:
    for name in ("models/a.sql", "models/b.py", "models/c.yml", "macros/d.sql", "seeds/e.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("before", encoding="utf-8")
    versions = [version_of_models(tmp_path)]
    for path in sorted(tmp_path.rglob("*.*")):
        path.write_text("after", encoding="utf-8")
        versions.append(version_of_models(tmp_path))
    (tmp_path / "models" / "a.sql").rename(tmp_path / "models" / "renamed.sql")
    versions.append(version_of_models(tmp_path))
    assert len(set(versions)) == 7


def test_a_compile_that_was_killed_leaves_nothing_half_and_the_next_one_is_whole(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = compiled(home)
    monkeypatch.delenv(SHARED)
    other = home.models / "of-another-version.json"
    other.parent.mkdir(parents=True)
    other.write_text("[]", encoding="utf-8")
    path = file_of(home)
    process = subprocess.Popen(
        [sys.executable, "-m", "transforms.compiling", str(path), str(os.getpid()), "fr"]
    )
    database = home.models / "compiling" / "vigie.duckdb"
    while not database.exists():  # dbt has parsed, and writes
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not path.exists()
    assert other.exists()
    assert compiled(home).models == shared.models
    assert {one.name for one in home.models.iterdir()} == {path.name, "compiling.lock"}


def test_a_model_that_fails_keeps_its_rows_and_those_that_stand_on_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    models = [
        model("above", "SELECT * FROM marts.between", "between"),
        model("between", "SELECT * FROM marts.base", "base", kind="view"),
        model("base", "SELECT 1 AS x"),
        model("beside", "SELECT 1 AS x"),
    ]
    assert materialize(connection, Compiled(models), [one.name for one in models]) == {}
    models[2] = model("base", "SELECT CAST('0612345678' AS DATE) AS x")
    models[3] = model("beside", "SELECT 2 AS x")
    (failed,) = materialize(connection, Compiled(models), ["base", "above", "beside"]).items()
    assert failed[0] == "base"
    assert failed[1].startswith("Conversion Error: ")
    assert "\x02" not in failed[1]
    found = connection.execute("SELECT a.x, b.x, c.x FROM marts.base a, marts.above b, marts.beside c")
    assert found.fetchall() == [(1, 1, 2)]


def test_a_view_that_became_a_table_takes_its_place(connection: duckdb.DuckDBPyConnection) -> None:
    materialize(connection, Compiled([model("x", "SELECT 1 AS a, 2 AS b", kind="view")]), ["x"])
    materialize(connection, Compiled([model("x", "SELECT 3 AS a", kind="table")]), ["x"])
    assert connection.execute("SELECT * FROM marts.x").fetchall() == [(3,)]
    drop_removed(connection, Compiled([]))
    assert connection.execute("SELECT 1 FROM duckdb_tables()").fetchall() == []


def test_a_withheld_raw_table_is_read_as_empty_and_only_whole(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    one = model("x", "SELECT 1 AS a", withheld="SELECT 1 AS a WHERE false")
    for tables, count in ((frozenset[str](), 1), (frozenset({"other"}), 1), (frozenset({"entries"}), 0)):
        assert materialize(connection, Compiled([one]), ["x"], tables) == {}
        assert len(connection.execute("FROM marts.x").fetchall()) == count
    both = Compiled([replace(one, raw=("entries", "exits"))])
    assert list(materialize(connection, both, ["x"], frozenset({"entries"}))) == ["x"]


def test_a_model_that_nobody_wrote_is_not_built_as_nothing() -> None:
    models = Compiled([model("x", "SELECT 1")])
    assert models.selected(["facts"]) == models.selected(["x"]) == {"x"}
    with pytest.raises(LookupError, match="indicator_valeu"):
        models.selected(["facts", "indicator_valeu"])
