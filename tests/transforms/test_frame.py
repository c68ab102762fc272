"""The dbt project: every unit test holds, and every published table and column is described."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

import sources.catalogue
from tests.dbt_unit import run_unit_tests
from transforms.building import Project
from transforms.compiled import compiled
from transforms.describing import built_columns, describe, descriptions, of_models
from transforms.materializing import drop_removed
from warehouse.publishing.datapackage import FIELD_TYPES
from warehouse.publishing.versions import SCHEMAS
from warehouse.storage.database import working
from warehouse.storage.layout import Home

# What a portable model may not use: DuckDB and Spark answer differently, or Spark does not know it.
BANNED = (
    "isodow", "dayofweek", "dayofyear", "weekofyear", " week(", "timezone(", "asof join", "time_bucket",
    "strftime", "quantile_cont", "quantile_disc", "::",
)  # fmt: skip


TABLES = [table for name in sources.catalogue.names() for table in sources.catalogue.find(name).SPEC.tables]


@pytest.fixture(scope="session")
def tested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, Any]]:
    """A warehouse built empty, on which all dbt unit tests have run, and dbt's manifest."""
    home = Home(tmp_path_factory.mktemp("frame"))
    return home, run_unit_tests(home, [])


@pytest.fixture(scope="session")
def manifest(tested: tuple[Home, dict[str, Any]]) -> dict[str, Any]:
    """What dbt knows of the project."""
    return tested[1]


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The models and seeds of the project."""
    return [n for n in manifest["nodes"].values() if n["resource_type"] in ("model", "seed")]


@pytest.fixture(scope="session")
def connection(tested: tuple[Home, dict[str, Any]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The empty warehouse, its marts described, to look into."""
    with working(tested[0]) as opened:
        describe(opened, compiled(tested[0]), TABLES)
    with duckdb.connect(str(tested[0].database), read_only=True) as opened:
        yield opened


def test_every_dbt_unit_test_holds(manifest: dict[str, Any]) -> None:
    assert len(manifest["unit_tests"]) >= 10


def test_every_mart_has_a_unit_test(manifest: dict[str, Any], models: list[dict[str, Any]]) -> None:
    tested_models = {test["model"] for test in manifest["unit_tests"].values()}
    marts = {n["name"] for n in models if n["resource_type"] == "model" and n["schema"] == "marts"}
    assert not marts - tested_models


def test_every_model_is_described_with_all_its_columns(
    home: Home, connection: duckdb.DuckDBPyConnection
) -> None:
    built, said = built_columns(connection), of_models(compiled(home))
    found = descriptions(said, built, TABLES)
    lacking = []
    for model in said:
        described, columns = found[model.place], set(built[model.place])
        wrong = (columns ^ described.columns.keys()) | (model.columns.keys() - columns)
        if not described.description or wrong:
            lacking.append(f"{model.place}: {sorted(wrong) or 'no description'}")
    assert lacking == []


def test_no_model_says_again_of_a_column_what_it_reads(
    home: Home, connection: duckdb.DuckDBPyConnection
) -> None:
    built, said = built_columns(connection), of_models(compiled(home))
    repeated = []
    for model in said:
        silent = [replace(model, columns={}) if one is model else one for one in said]
        passed_on = descriptions(silent, built, TABLES)[model.place].columns
        repeated += [
            f"{model.place}: {name}" for name, text in model.columns.items() if passed_on.get(name) == text
        ]
    assert repeated == []


def test_the_descriptions_of_marts_are_in_the_database(connection: duckdb.DuckDBPyConnection) -> None:
    bare = connection.execute(
        """SELECT table_name, column_name FROM duckdb_columns()
           WHERE schema_name = 'marts' AND coalesce(comment, '') = ''
           UNION ALL
           SELECT table_name, '' FROM duckdb_tables()
           WHERE schema_name = 'marts' AND coalesce(comment, '') = ''"""
    ).fetchall()
    assert bare == []


def test_every_published_column_has_a_type_that_clients_know(connection: duckdb.DuckDBPyConnection) -> None:
    columns = connection.execute(
        """SELECT schema_name || '.' || table_name || '.' || column_name, data_type FROM duckdb_columns()
           WHERE list_contains(?, schema_name)""",
        [list(SCHEMAS)],
    ).fetchall()
    assert len(columns) > 300
    known = {*FIELD_TYPES, "VARCHAR[]"}
    assert [f"{name} {type_}" for name, type_ in columns if re.split(r"[ (]", type_)[0] not in known] == []


def test_published_columns_are_named_and_typed_as_naming_says(connection: duckdb.DuckDBPyConnection) -> None:
    columns = connection.execute(
        """SELECT schema_name || '.' || table_name || '.' || column_name, data_type FROM duckdb_columns()
           WHERE list_contains(?, schema_name)""",
        [list(SCHEMAS)],
    ).fetchall()
    days = re.compile(r"(_date|_start|_end|\.valid_from|\.valid_until)$")
    wrong = [name for name, type_ in columns if type_ == "DATE" and not days.search(name)]
    wrong += [name for name, type_ in columns if name.endswith("_date") and type_ != "DATE"]
    wrong += [name for name, type_ in columns if name.endswith("_eur") and not type_.startswith("DECIMAL")]
    assert wrong == []


def test_the_dictionary_is_published_once(connection: duckdb.DuckDBPyConnection) -> None:
    tables = connection.execute(
        """SELECT table_name FROM duckdb_columns()
           WHERE schema_name = 'marts' AND column_name = 'definition_fr'"""
    ).fetchall()
    assert tables == [("indicator",)]


def test_the_tables_of_the_contract_are_there_with_their_columns(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    contract = {
        "indicator_value": "office indicator site dimension period_kind period_start period_end value unit "
        "measured_value estimated_value low high coverage previous_value change_percent change_low "
        "change_high comparable warnings refreshed_at",
        "indicator": "indicator label_fr label_en unit decimals section definition_fr definition_en "
        "source_system scheme_actions quality_family objective model kind",
    }
    for table, columns in contract.items():
        found = connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'marts' AND table_name = ?", [table]
        ).fetchall()
        assert not set(columns.split()) - {row[0] for row in found}


def test_models_use_only_what_spark_knows_too(models: list[dict[str, Any]]) -> None:
    used = []
    for node in models:
        sql = "\n".join(line.split("--")[0] for line in node.get("raw_code", "").lower().splitlines())
        used += [f"{node['name']}: {word.strip()}" for word in BANNED if word in sql]
    assert used == []


def test_the_dictionary_names_models_and_sources_that_exist(
    models: list[dict[str, Any]], connection: duckdb.DuckDBPyConnection
) -> None:
    named = connection.execute("SELECT DISTINCT model, source_system FROM marts.indicator").fetchall()
    names = {node["name"] for node in models}
    sources = {path.parent.name for path in (Path(__file__).parents[2] / "sources").glob("*/source.yml")}
    assert {model for model, _ in named} <= names
    assert {system for _, system in named} <= sources


def test_every_mart_of_a_source_knows_its_raw_tables(home: Home) -> None:
    found = compiled(home).lineage()
    assert found["indicator_value"] > {"motorhome_passages"}
    assert found["calendar"] == frozenset()


def test_what_removed_models_left_is_dropped_and_nothing_else(home: Home) -> None:
    with working(home) as connection:
        for place in ("marts.calendar", "marts.figure_note", "marts.removed_model", "quality.other"):
            connection.execute(f"CREATE TABLE {place} AS SELECT 1 AS x")
        connection.execute("CREATE VIEW staging.removed_view AS SELECT 1 AS x")
        drop_removed(connection, compiled(home))
        left = connection.execute(
            """SELECT table_name FROM information_schema.tables
               WHERE table_schema IN ('staging', 'marts') OR table_name = 'other' ORDER BY ALL"""
        ).fetchall()
    assert left == [("calendar",), ("figure_note",), ("other",)]


def test_a_seed_replaces_the_table_that_an_earlier_version_made_of_it(home: Home) -> None:
    with working(home) as connection:
        connection.execute("CREATE TABLE marts.figure_note AS SELECT 'old' AS code")
    Project(home).seed()
    with working(home) as connection:
        columns = connection.execute("SELECT * FROM marts.figure_note").description
    assert [column[0] for column in columns or []] == ["code", "label_fr", "label_en"]
