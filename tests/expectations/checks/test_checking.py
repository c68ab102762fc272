"""Great Expectations on DuckDB: what fails, what warns, and what happens when the worker cannot answer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from expectations.checks.checking import Checker, CheckResult, write_results
from expectations.checks.declared import DeliveryCheck, delivery_checks, mart_rules
from tests.described import KEPT, PROCESSING
from warehouse.spec import (
    ColumnSpec,
    DeliverySpec,
    Processing,
    Retention,
    Rows,
    SourceSpec,
    TableSpec,
)
from warehouse.storage.database import make_tables
from warehouse.words.shapes import plain

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


def column(name: str, type_: str = "text", **more: object) -> ColumnSpec:
    return ColumnSpec.model_validate({"name": name, "type": type_, "description": name, **more})


COLUMNS = (
    column("site", required=True),
    column("day", "date", required=True),
    column("count", "integer", required=True, minimum=0, maximum=100),
    column("direction", categories=["in", "out"]),
    column("plate_hash", personal=True),
)
GOOD, BAD, CHANGED, ABSENT = (
    TableSpec.model_validate(
        {
            "name": name,
            "description": "",
            "grain": "",
            "primary_key": ("site", "day"),
            "columns": COLUMNS,
            "retention": {**KEPT, "days": 30, "after": "day"},
        }
    )
    for name in ("good", "bad", "changed", "absent")
)
DELIVERIES = [
    DeliveryCheck(source="counters", kind="measure", fewest=10, most=100, delivery_ids=(2, 3)),
    DeliveryCheck(source="objects", kind="cut", fewest=0, most=999, least_share=0.5, delivery_ids=(6,)),
    DeliveryCheck(source="objects", kind="whole", fewest=0, most=999, least_share=0.5, delivery_ids=(8,)),
    DeliveryCheck(source="objects", kind="first", fewest=0, most=999, least_share=0.5, delivery_ids=(9,)),
    DeliveryCheck(source="tills", kind="mended", fewest=10, most=99, delivery_ids=(11,)),
    DeliveryCheck(source="tills", kind="part", fewest=10, most=99, delivery_ids=(12,)),
    DeliveryCheck(source="tills", kind="short", fewest=10, most=99, delivery_ids=(13,)),
    DeliveryCheck(source="tills", kind="unread", fewest=10, most=99, delivery_ids=(14,)),
]


def build(path: Path) -> None:
    """A tiny warehouse: a good raw table, a bad one, one whose columns changed, and marts with faults."""
    connection = duckdb.connect(str(path))
    make_tables(connection)
    columns = ", ".join(f'"{c.name}" {c.sql_type}' for c in GOOD.all_columns.values())
    connection.execute(f"CREATE TABLE raw.good ({columns}, _dlt_id VARCHAR)")
    connection.execute(f"CREATE TABLE raw.bad ({columns})")
    connection.execute(f"CREATE TABLE raw.changed ({columns.replace('direction', 'sens')})")
    hashed = "a" * 64
    connection.execute(
        f"INSERT INTO raw.good VALUES ('auch', 1, 'a', '2025-01-01', 5, 'in', '{hashed}', 'x'), "
        "('auch', 1, 'a', '2025-01-02', 0, 'out', NULL, 'y')"
    )
    connection.execute(
        """INSERT INTO raw.bad VALUES
           ('auch', 1, 'a', '2025-01-01', 5, 'in', 'AB-123-CD'),
           ('auch', 1, 'a', '2025-01-01', -1, 'up', NULL),
           ('auch', 1, NULL, '2025-01-03', 101, NULL, NULL), ('auch', 1, NULL, '2025-01-04', 1, NULL, NULL)"""
    )
    for number, source, kind, rows in (
        (1, "counters", "measure", 1), (2, "counters", "measure", 3), (3, "counters", "measure", 300),
        (4, "objects", "cut", 100), (5, "objects", "cut", 30), (6, "objects", "cut", 49),
        (7, "objects", "whole", 100), (8, "objects", "whole", 50), (9, "objects", "first", 1),
    ):  # fmt: skip
        connection.execute(
            "INSERT INTO quality.load VALUES ('auch', ?, ?, ?, 'f', 's', 1, now(), now(), "
            "?, ?, 0, 0, 0, 'loaded', '', '', NULL)",
            [source, number, kind, rows, rows],
        )
    for number, kind, rows, bad, extent in (
        (10, "mended", 20, 20, "wholly"), (11, "mended", 20, 0, None), (12, "part", 90, 45, "partly"),
        (13, "short", 12, 3, None), (14, "unread", 20, 20, "wholly"),
    ):  # fmt: skip
        connection.execute(
            "INSERT INTO quality.load VALUES ('auch', 'tills', ?, ?, 'till.csv', 's', 1, now(), now(), "
            "?, ?, ?, 0, 0, 'loaded', '', '', NULL)",
            [number, kind, rows, rows - bad, bad],
        )
        if extent:
            connection.execute(
                "INSERT INTO quality.unread_file VALUES ('auch', 'tills', 'tills/till', ?, 'till.csv', ?, "
                "now(), [], ?, true, ?, ?, 'Date', 'not_a_date', ?, 2, 'no date', NULL)",
                [kind, number, extent, rows, bad, bad],
            )
    connection.execute(
        "CREATE TABLE marts.indicator AS SELECT 'passages' AS indicator, 'sum' AS kind, 'a' AS label_fr, "
        "'a' AS label_en, 'persons' AS unit, 'd' AS definition, 'counters' AS source_system, "
        "'periods' AS comparison"
    )
    connection.execute("COMMENT ON COLUMN marts.indicator.indicator IS 'code'")
    connection.execute(
        """CREATE TABLE marts.indicator_value AS
           SELECT 'auch' AS office, 'passages' AS indicator, 'a' AS site, '' AS dimension,
                  'day' AS period_kind,
                  DATE '2025-01-01' + i::INT AS period_start, DATE '2025-01-01' + i::INT AS period_end,
                  10.0 AS value, if(i = 4, 11.0, 9.0) AS low, 12.0 AS high,
                  'persons' AS unit, 10.0 AS measured_value, 0.0 AS estimated_value,
                  if(i = 3, 1.5, 1.0) AS coverage, if(i = 5, -8.0, 8.0) AS previous_value,
                  if(i IN (2, 5), NULL, 25.0) AS change_percent,
                  true AS comparable, []::VARCHAR[] AS warnings, now()::TIMESTAMP AS refreshed_at
           FROM range(1, 6) t(i)"""
    )
    connection.execute(
        """CREATE TABLE marts.correction AS
           SELECT 'auch' AS office, counter, DATE '2025-03-11' AS first_date, DATE '2025-03-14' AS last_date,
                  'ignore' AS action, 'x' AS reason, 400.0 AS expected_entries, 200.0 AS delivered_entries,
                  36 AS hour_count, counter = 'side' AS is_applicable
           FROM (VALUES ('door'), ('gate'), ('side')) AS counters(counter)"""
    )
    connection.execute("CREATE TABLE marts.passages AS SELECT 'auch' AS office, -2 AS passage_count")
    connection.execute(
        """CREATE TABLE marts.method_break AS
           SELECT 'auch' AS office, 'moved' AS reason, * FROM (VALUES
               ('passages', 'all', DATE '2025-01-02', true, NULL),
               ('passages', 'dsk', DATE '2025-01-02', false, 'site inconnu'),
               ('passage', 'all', DATE '2025-01-02', false, 'indicateur inconnu'))
               AS listed(indicator, site, break_date, is_matched, mismatch)"""
    )
    connection.close()


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str | None], CheckResult]:
    """Results of one worker by table, check and column; it runs in a folder that must stay empty."""
    folder = tmp_path_factory.mktemp("checking")
    build(folder / "vigie.duckdb")
    cwd = tmp_path_factory.mktemp("cwd")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(cwd)
        with Checker() as checker:
            found = checker.check(
                folder / "vigie.duckdb", [GOOD, BAD, CHANGED, ABSENT], DELIVERIES, AS_OF, "auch"
            )
    assert list(cwd.iterdir()) == []
    assert {path.name for path in folder.iterdir()} == {"vigie.duckdb"}
    return {(result.table, result.check, result.column): result for result in found}


Results = dict[tuple[str, str, str | None], CheckResult]


def test_a_good_table_passes_every_check(results: Results) -> None:
    good = [result for (table, _, _), result in results.items() if table == "raw.good"]
    assert {result.check for result in good} == {
        "columns", "not_null", "between", "known_categories", "hashed", "unique",
    }  # fmt: skip
    assert all(result.success and result.message is None for result in good)


@pytest.mark.parametrize(
    ("check", "column", "level", "observed"),
    [
        ("not_null", "site", "fail", "2"),
        ("between", "count", "fail", "2"),
        ("known_categories", "direction", "warn", "1"),
        ("hashed", "plate_hash", "fail", "1"),
        ("unique", "site, day", "fail", "2"),
    ],
)
def test_a_failing_check_reports_how_many_rows_it_found(
    results: Results, check: str, column: str, level: str, observed: str
) -> None:
    result = results["raw.bad", check, column]
    assert (result.success, result.level, result.observed) == (False, level, observed)
    assert result.stops_publishing == (level == "fail")
    assert result.message is not None and "raw.bad" in result.message and observed in result.message


def test_no_message_shows_a_personal_value(results: Results) -> None:
    assert not any("AB-123-CD" in f"{result.message}{result.observed}" for result in results.values())


def test_columns_that_are_not_those_declared_are_named(results: Results) -> None:
    result = results["raw.changed", "columns", None]
    assert not result.success
    assert result.observed == "missing: direction; unexpected: sens"


def test_a_check_that_errors_counts_as_failed(results: Results) -> None:
    result = results["raw.changed", "known_categories", "direction"]
    assert not result.success
    assert result.message is not None and "n'a pas pu être fait" in result.message


def test_a_table_that_does_not_exist_has_failed(results: Results) -> None:
    absent = [result for (table, _, _), result in results.items() if table == "raw.absent"]
    assert absent and not any(result.success for result in absent)
    assert any(result.stops_publishing for result in absent)


def test_a_declared_mart_that_does_not_exist_has_failed(results: Results) -> None:
    missing = [result for (table, _, _), result in results.items() if table == "marts.indicator_gap"]
    assert any(result.stops_publishing for result in missing)


@pytest.mark.parametrize(
    ("check", "column", "observed"),
    [
        ("between", "coverage", "1"),
        ("comparable_has_a_change", None, "1"),
        ("value_within_its_interval", None, "1"),
    ],
)
def test_a_mart_is_held_to_its_declared_rules(
    results: Results, check: str, column: str | None, observed: str
) -> None:
    result = results["marts.indicator_value", check, column]
    assert (result.success, result.observed) == (False, observed)


def test_every_correction_that_no_longer_fits_is_named_with_its_numbers(results: Results) -> None:
    result = results["marts.correction", "correction_still_holds", None]
    assert result.stops_publishing
    assert result.observed == "2"
    assert result.message is not None
    for counter in ("door", "gate"):
        assert f"{counter} du 2025-03-11 au 2025-03-14 attend 400.0 entrées ; 200.0 sont" in result.message
    assert "side" not in result.message
    assert "retirez la correction" in result.message


def test_what_holds_in_a_mart_passes(results: Results) -> None:
    key = ", ".join(mart_rules()["indicator_value"].key)
    assert results["marts.indicator_value", "unique", key].success
    assert results["marts.indicator_value", "indicator_in_the_dictionary", None].success
    assert results["marts.indicator_value", "not_null", "value"].success


def test_a_negative_count_in_an_undeclared_mart_fails(results: Results) -> None:
    assert results["marts.passages", "between", "passage_count"].stops_publishing


def test_a_break_that_matches_nothing_fails_and_is_named_with_the_remedy(results: Results) -> None:
    result = results["marts.method_break", "break_matches", None]
    assert (result.stops_publishing, result.observed) == (True, "2")
    assert result.message is not None
    assert "passage, site all, 2025-01-02" in result.message
    assert "passages, site dsk, 2025-01-02" in result.message
    assert "(site inconnu)" in result.message
    assert "Corrigez l'indicateur" in result.message


def test_columns_without_description_only_warn(results: Results) -> None:
    result = results["marts.indicator", "described", None]
    assert (result.success, result.level, result.observed) == (False, "warn", "7")


def test_a_delivery_too_small_fails_and_one_too_large_warns(results: Results) -> None:
    fewest = results["quality.load", "fewest_rows:counters.measure", "rows_read"]
    most = results["quality.load", "most_rows:counters.measure", "rows_read"]
    assert (fewest.success, fewest.level, fewest.observed) == (False, "fail", "1")
    assert (most.success, most.level, most.observed) == (False, "warn", "1")


def test_a_delivery_of_everything_that_shrank_by_half_fails_even_after_another_small_one(
    results: Results,
) -> None:
    cut, whole, first = (
        results["quality.load", f"share_of_before:objects.{kind}", "rows_read"]
        for kind in ("cut", "whole", "first")
    )
    assert (cut.success, cut.level) == (False, "fail")
    assert whole.success
    assert first.success


def test_a_delivery_that_could_not_be_read_fails_by_that_one_check(results: Results) -> None:
    unread = results["quality.load", "most_quarantined:tills.unread", "rows_quarantined"]
    assert (unread.success, unread.level, unread.observed) == (False, "fail", "1")
    assert unread.message is not None
    assert "till.csv, 20 lignes sur 20 n'ont pas pu être lues (no date)" in plain(unread.message)
    assert results["quality.load", "fewest_rows:tills.unread", "rows_read"].success


def test_a_delivery_of_which_a_part_could_not_be_read_warns(results: Results) -> None:
    part = results["quality.load", "many_quarantined:tills.part", "rows_quarantined"]
    assert (part.success, part.level) == (False, "warn")
    assert results["quality.load", "most_quarantined:tills.part", "rows_quarantined"].success


def test_a_delivery_is_counted_by_the_rows_that_could_be_read(results: Results) -> None:
    assert not results["quality.load", "fewest_rows:tills.short", "rows_read"].success


def test_a_delivery_that_was_read_clears_one_that_was_not(results: Results) -> None:
    assert results["quality.load", "most_quarantined:tills.mended", "rows_quarantined"].success


def test_results_replace_those_of_their_night_only(results: Results, tmp_path: Path) -> None:
    connection = duckdb.connect(str(tmp_path / "w.duckdb"))
    make_tables(connection)
    connection.execute(
        "INSERT INTO quality.check_result "
        "VALUES ('auch', '2026-01-04 01:30', 't', 'c', '', 'fail', true, '', '')"
    )
    for _ in range(2):
        write_results(connection, results.values())
    kept = connection.execute(
        "SELECT as_of::VARCHAR, count(*) FROM quality.check_result GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert kept == [("2026-01-04 01:30:00", 1), ("2026-01-05 01:30:00", len(results))]
    connection.close()


def test_the_checks_of_deliveries_come_from_source_yml() -> None:
    spec = SourceSpec(
        name="counters",
        label_fr="",
        label_en="",
        description="",
        publisher="",
        obtain="",
        processing=Processing.model_validate(PROCESSING),
        deliveries=(
            DeliverySpec(
                kind="measure",
                description="",
                format="",
                files=(),
                tables=("good",),
                rows=Rows(fewest=1, most=9, reason="a day to a week"),
                retention=Retention.model_validate(KEPT),
                sample="",
            ),
        ),
        tables=(GOOD,),
    )
    assert delivery_checks(spec, []) == []
    assert delivery_checks(spec, [4, 2]) == [
        DeliveryCheck(source="counters", kind="measure", fewest=1, most=9, delivery_ids=(2, 4))
    ]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "vigie.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE TABLE marts.passages (office VARCHAR)")
    yield path


def assert_all_failed(found: list[CheckResult]) -> None:
    tables = {"raw.good", "raw.bad", "quality.load", "marts.passages", *(f"marts.{m}" for m in mart_rules())}
    assert {result.table for result in found} == tables
    assert all(result.stops_publishing and result.message for result in found)


@pytest.mark.parametrize(
    "program",
    [
        "import os; os.kill(os.getpid(), 9)",
        "import sys; sys.stdin.readline(); os_error",
        "import sys; sys.stdin.readline(); print('nonsense')",
        "import sys; sys.stdin.readline(); print('[]')",
    ],
    ids=["killed", "dies", "answers nonsense", "forgets tables"],
)
def test_everything_asked_of_a_worker_without_answer_has_failed(database: Path, program: str) -> None:
    with Checker([sys.executable, "-c", program]) as checker:
        assert_all_failed(checker.check(database, [GOOD, BAD], DELIVERIES, AS_OF, "auch"))


def test_checks_whose_results_get_lost_on_the_way_have_failed(tmp_path: Path) -> None:
    # What DuckDB's own dialect does under Great Expectations (expectations/checks/dialect.py).
    program = (
        "from expectations.checks import dialect, worker; "
        "dialect.BufferedDuckDB.execution_ctx_cls = dialect.Dialect.execution_ctx_cls; worker.main()"
    )
    build(tmp_path / "vigie.duckdb")
    with Checker([sys.executable, "-c", program]) as checker:
        found = checker.check(tmp_path / "vigie.duckdb", [GOOD], [], AS_OF, "auch", marts=False)
    lost = [result for result in found if result.check in ("not_null", "unique")]
    assert len(lost) == len([c for c in GOOD.all_columns.values() if c.required]) + 1
    assert not any(result.success for result in lost)


def test_a_worker_that_does_not_answer_in_time_has_failed(database: Path) -> None:
    with Checker([sys.executable, "-c", "import time; time.sleep(60)"]) as checker:
        assert_all_failed(checker.check(database, [GOOD, BAD], DELIVERIES, AS_OF, "auch", timeout=0.2))


def test_the_worker_is_killed_when_its_user_leaves() -> None:
    with Checker([sys.executable, "-c", "import time; time.sleep(60)"]) as checker:
        process = checker._process
        assert process is not None and process.poll() is None
    assert process.poll() is not None
