"""Publishing: what a version holds, what is held back, and that readers only ever see whole versions."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from warehouse.errors import VigieError
from warehouse.publishing.published_text import Known
from warehouse.publishing.versions import PAGES, VERSIONS_KEPT, Holds, publish, quality_descriptions
from warehouse.storage.database import working
from warehouse.storage.layout import Home

NIGHT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
REPOSITORY = Path(__file__).parents[3]

TAX = "indicator IN (SELECT indicator FROM working.marts.indicator WHERE source_system = 'tourist_tax')"

PUBLISH = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from warehouse.storage.layout import Home
from warehouse.publishing.versions import publish
print("ready", flush=True)
publish(Home(Path(sys.argv[1])), datetime(2026, 1, 5, 1, 30, tzinfo=UTC))
"""

READ_IN_A_LOOP = """
import sys, time, duckdb
database, stop = sys.argv[1:]
from pathlib import Path
seen, looks = set(), 0
print("ready", flush=True)
while not Path(stop).exists():
    with duckdb.connect(database, read_only=True) as connection:
        found = connection.execute(
            '''SELECT (SELECT list(DISTINCT n) FROM marts.passage), (SELECT list(DISTINCT n) FROM marts.stay),
                      (SELECT count(*) FROM marts.passage), (SELECT count(*) FROM marts.stay)'''
        ).fetchone()
    assert found[0] == found[1] and len(found[0]) == 1 and found[2:] == (5000, 300), found
    seen.add(found[0][0])
    looks += 1
    time.sleep(0.3)
print(looks, *sorted(seen))
"""


def write_marts(home: Home, number: int) -> None:
    """Two marts that agree on a number, and figures of two systems that carry it."""
    with working(home) as connection:
        connection.execute(
            f"""CREATE OR REPLACE TABLE marts.passage AS SELECT {number} AS n, i FROM range(5000) t(i);
                CREATE OR REPLACE TABLE marts.stay AS SELECT {number} AS n, i FROM range(300) t(i);
                COMMENT ON TABLE marts.stay IS 'One row a stay; the office''s own.';
                COMMENT ON COLUMN marts.stay.n IS 'Its number.';
                CREATE OR REPLACE TABLE marts.indicator AS
                    SELECT * FROM (VALUES ('passages', 'counters'), ('tax', 'tourist_tax'))
                    t(indicator, source_system);
                CREATE OR REPLACE TABLE marts.indicator_value AS
                    SELECT indicator, {number}::DECIMAL(18, 4) AS value, ['estimated_values'] AS warnings
                    FROM marts.indicator;
                CREATE OR REPLACE TABLE marts.indicator_gap AS
                    SELECT indicator, 'r{number}' AS reason FROM marts.indicator;
                CREATE OR REPLACE VIEW marts.only_a_view AS SELECT 1 AS one"""
        )


def ask(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published_database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def numbers(home: Home) -> dict[str, object]:
    """The number in the published marts, and each indicator's value."""
    found = {
        str(code): value
        for code, value in ask(home, "SELECT indicator, value::INT FROM marts.indicator_value")
    }
    (stay,) = ask(home, "SELECT max(n) FROM marts.stay")
    return {"stay": stay[0], **found}


def run(script: str, *values: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *values],
        cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_version_holds_every_mart_and_every_quality_table(home: Home) -> None:
    write_marts(home, 1)
    published = publish(home, NIGHT)
    assert published.version == "20260105T013000Z"
    assert home.current.resolve() == published.path
    assert not home.current.readlink().is_absolute()
    marts = {key.removeprefix("marts."): count for key, count in published.rows.items() if key[0] == "m"}
    assert marts == {"passage": 5000, "stay": 300, "indicator": 2, "indicator_value": 2, "indicator_gap": 2}
    assert {key for key in published.rows if key.startswith("quality.")} >= {
        "quality.load", "quality.quarantined_row", "quality.check_result", "quality.incident", "quality.run",
    }  # fmt: skip


def test_comments_of_tables_and_columns_are_in_the_published_database(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    assert ask(home, "SELECT comment FROM duckdb_tables() WHERE table_name = 'stay'") == [
        ("One row a stay; the office's own.",)
    ]
    assert ask(
        home, "SELECT comment FROM duckdb_columns() WHERE table_name = 'stay' AND column_name = 'n'"
    ) == [("Its number.",)]


def test_every_quality_table_and_column_is_described(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    query = """SELECT table_name, column_name FROM duckdb_columns()
               WHERE schema_name = 'quality' AND comment IS NULL
               UNION ALL
               SELECT table_name, '' FROM duckdb_tables()
               WHERE schema_name = 'quality' AND comment IS NULL"""
    assert ask(home, query) == []
    there = set(
        ask(home, "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'quality'")
    )
    described = {(t, c) for t, d in quality_descriptions().items() for c in d.columns}
    assert described <= there


def test_the_parquet_copies_hold_the_same_rows(home: Home) -> None:
    write_marts(home, 7)
    published = publish(home, NIGHT)
    for key, count in published.rows.items():
        schema, name = key.split(".")
        assert pq.ParquetFile(published.path / schema / f"{name}.parquet").metadata.num_rows == count
    assert set(pq.read_table(published.path / "marts" / "stay.parquet")["n"].to_pylist()) == {7}


def test_the_data_package_names_types_and_descriptions(home: Home) -> None:
    write_marts(home, 1)
    published = publish(home, NIGHT)
    package = json.loads((published.path / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert set(resources) == set(published.rows)
    assert package["created"] == "2026-01-05T01:30:00Z"
    assert resources["marts.indicator_value"]["schema"]["fields"] == [
        {"name": "indicator", "type": "string", "description": ""},
        {"name": "value", "type": "number", "description": ""},
        {"name": "warnings", "type": "array", "description": ""},
    ]
    stay = resources["marts.stay"]
    assert (stay["path"], stay["rows"]) == ("marts/stay.parquet", 300)
    assert stay["bytes"] == (published.path / stay["path"]).stat().st_size
    assert resources["quality.load"]["schema"]["fields"][7]["type"] == "datetime"


def test_the_same_tables_are_published_in_the_same_order_and_bytes(home: Home) -> None:
    write_marts(home, 1)
    first = publish(home, NIGHT)
    with working(home) as connection:
        connection.execute(
            "CREATE OR REPLACE TABLE marts.passage AS SELECT * FROM marts.passage ORDER BY i DESC"
        )
    second = publish(home, NIGHT)
    for name in ("marts/passage.parquet", "marts/indicator_value.parquet", "quality/load.parquet"):
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes()


def test_a_second_version_of_the_same_instant_takes_the_next_rank(home: Home) -> None:
    write_marts(home, 1)
    assert [publish(home, NIGHT).version for _ in range(3)] == [
        "20260105T013000Z", "20260105T013000Z-2", "20260105T013000Z-3",
    ]  # fmt: skip


def test_nothing_but_the_version_is_left_and_no_write_ahead_log(home: Home) -> None:
    write_marts(home, 1)
    published = publish(home, NIGHT)
    assert sorted(path.name for path in home.published.iterdir()) == ["current", "versions"]
    assert [path.name for path in (home.published / "versions").iterdir()] == [published.version]
    assert sorted(path.name for path in published.path.iterdir()) == [
        "datapackage.json", "marts", "quality", "vigie.duckdb",
    ]  # fmt: skip


def test_an_open_reader_keeps_its_version_and_a_new_one_sees_the_next(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    with duckdb.connect(str(home.published_database), read_only=True) as old:
        assert old.execute("SELECT max(n) FROM marts.stay").fetchone() == (1,)
        write_marts(home, 2)
        publish(home, NIGHT)
        assert old.execute("SELECT max(n) FROM marts.stay").fetchone() == (1,)
        assert numbers(home)["stay"] == 2


def test_the_pages_of_the_version_before_stay_until_those_of_the_new_one_are_drawn(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    (home.current.resolve() / PAGES / "files").mkdir(parents=True)
    (home.current / PAGES / "index.html").write_text("d'hier", encoding="utf-8")
    write_marts(home, 2)
    publish(home, NIGHT)
    assert (home.current / PAGES / "index.html").read_text(encoding="utf-8") == "d'hier"


# --- what checks held ------------------------------------------------------------------------------------


def test_a_held_table_keeps_what_was_published_and_the_others_move_on(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    write_marts(home, 2)
    published = publish(home, NIGHT, Holds(tables=frozenset({"stay"})))
    assert published.held == {"stay": "previous"}
    assert numbers(home) == {"stay": 1, "passages": 2, "tax": 2}
    assert ask(home, "SELECT comment FROM duckdb_tables() WHERE table_name = 'stay'")[0][0]


def test_a_table_held_several_nights_keeps_the_same_content(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    for number in (2, 3):
        write_marts(home, number)
        publish(home, NIGHT, Holds(tables=frozenset({"stay"})))
    assert numbers(home)["stay"] == 1
    publish(home, NIGHT)
    assert numbers(home)["stay"] == 3


def test_a_table_held_on_the_first_night_is_published_empty(home: Home) -> None:
    write_marts(home, 1)
    published = publish(home, NIGHT, Holds(tables=frozenset({"stay"})))
    assert published.held == {"stay": "empty"}
    assert ask(home, "SELECT count(*) FROM marts.stay") == [(0,)]


def test_a_held_table_whose_columns_changed_is_published_empty_rather_than_wrong(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    with working(home) as connection:
        connection.execute("ALTER TABLE marts.stay ADD COLUMN nights INTEGER")
    published = publish(home, NIGHT, Holds(tables=frozenset({"stay"})))
    assert published.held == {"stay": "empty"}
    assert ask(home, "SELECT count(*), count(nights) FROM marts.stay") == [(0, 0)]


def test_a_held_table_that_was_not_built_stays_published(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    with working(home) as connection:
        connection.execute("DROP TABLE marts.stay")
    assert publish(home, NIGHT, Holds(tables=frozenset({"stay"}))).held == {"stay": "previous"}
    assert ask(home, "SELECT count(*) FROM marts.stay") == [(300,)]


def test_figures_of_a_held_source_stay_and_those_of_the_others_move_on(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    write_marts(home, 2)
    published = publish(home, NIGHT, Holds(rows=dict.fromkeys(("indicator_value", "indicator_gap"), TAX)))
    assert published.held == {"indicator_value": "previous_rows", "indicator_gap": "previous_rows"}
    assert numbers(home) == {"stay": 2, "passages": 2, "tax": 1}
    assert ask(home, "SELECT * FROM marts.indicator_gap ORDER BY ALL") == [("passages", "r2"), ("tax", "r1")]


def test_figures_of_a_source_held_on_the_first_night_are_absent(home: Home) -> None:
    write_marts(home, 1)
    published = publish(home, NIGHT, Holds(rows=dict.fromkeys(("indicator_value", "indicator_gap"), TAX)))
    assert published.held["indicator_value"] == "empty"
    assert numbers(home) == {"stay": 1, "passages": 1}


# --- killed, full, old -----------------------------------------------------------------------------------


def test_a_version_that_does_not_read_back_is_not_published(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    write_marts(home, 2)

    def lose_a_row(building: Path, *_: object) -> None:
        raise VigieError("one row short")

    monkeypatch.setattr("warehouse.publishing.versions._verify", lose_a_row)
    with pytest.raises(VigieError, match="one row short"):
        publish(home, NIGHT)
    monkeypatch.undo()
    assert numbers(home)["stay"] == 1
    publish(home, NIGHT)
    assert numbers(home)["stay"] == 2


def test_rows_lost_between_writing_and_reading_back_are_found(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    import warehouse.publishing.versions as publishing

    complete = publishing._complete

    def losing(home: Home, building: Path, holds: Holds, known: Known) -> object:
        built = complete(home, building, holds, known)
        with duckdb.connect(str(building / "vigie.duckdb")) as connection:
            connection.execute("DELETE FROM marts.stay WHERE i = 0")
        return built

    monkeypatch.setattr(publishing, "_complete", losing)
    with pytest.raises(VigieError, match=r"299 lignes de marts\.stay au lieu des 300"):
        publish(home, NIGHT)
    assert numbers(home)["stay"] == 1


def test_a_publication_killed_at_any_point_leaves_a_whole_version_current(home: Home) -> None:
    write_marts(home, 1)
    publish(home, NIGHT)
    write_marts(home, 2)
    chance = random.Random(11)
    killed = 0
    for _ in range(5):
        process = run(PUBLISH, str(home.root))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
        stay = numbers(home)["stay"]
        assert stay in (1, 2)
        assert ask(home, "SELECT count(*), max(n) FROM marts.passage") == [(5000, stay)]
    assert killed > 0
    published = publish(home, NIGHT)
    assert numbers(home)["stay"] == 2
    assert home.current.resolve() == published.path
    assert not list((home.published / "versions").glob(".building-*"))


def test_old_versions_go_and_young_ones_and_the_current_one_stay(home: Home) -> None:
    write_marts(home, 1)
    made = [publish(home, NIGHT).path for _ in range(VERSIONS_KEPT + 2)]
    assert all(path.is_dir() for path in made)
    yesterday = time.time() - 86400
    for rank, path in enumerate(made):
        os.utime(path, (yesterday + rank, yesterday + rank))
    last = publish(home, NIGHT).path
    kept = [*made[-(VERSIONS_KEPT - 1) :], last]
    assert sorted((home.published / "versions").iterdir()) == sorted(kept)
    assert home.current.resolve() == last


def finished(process: subprocess.Popen[str]) -> Sequence[str]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out.split()


def test_ten_readers_during_ten_refreshes_see_only_whole_versions_and_no_error(home: Home) -> None:
    write_marts(home, 0)
    publish(home, NIGHT)
    stop = home.root / "stop"
    readers = [run(READ_IN_A_LOOP, str(home.published_database), str(stop)) for _ in range(10)]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n", reader.communicate()[1]
        for number in range(1, 11):
            write_marts(home, number)
            publish(home, NIGHT)
    finally:
        stop.touch()
    told = [finished(reader) for reader in readers]
    assert all(int(looks) > 0 for looks, *_ in told)
    seen = {int(number) for _, *numbers_seen in told for number in numbers_seen}
    assert len(seen) > 3, "the readers must have read while versions changed"
