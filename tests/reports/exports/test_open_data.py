"""The open-data package: what it says of itself is true, and it holds nothing that is not published."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reports.exports.open_data import OPEN, write_open_data
from tests.conftest import REPOSITORY
from tests.reports.exports.small import small_version
from warehouse.errors import UsageError
from warehouse.office.model import Office

AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
TYPES = {
    "string": "VARCHAR", "integer": "BIGINT", "number": "DECIMAL(38,10)", "boolean": "BOOLEAN",
    "date": "DATE", "datetime": "TIMESTAMPTZ", "array": "JSON",
}  # fmt: skip


def written(
    folder: Path, office: Office, connection: duckdb.DuckDBPyConnection | None = None
) -> dict[str, Any]:
    write_open_data(connection or small_version(), office, "20260105T013000Z", AS_OF, folder)
    package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return package


def test_every_file_is_described_by_its_bytes_its_hash_its_rows_and_the_types_of_its_cells(
    office: Office, tmp_path: Path
) -> None:
    package = written(tmp_path / "open", office)
    assert [one["name"] for one in package["resources"]] == ["indicator-value", "site"]
    for one in package["resources"]:
        path = tmp_path / "open" / one["path"]
        content = path.read_bytes()
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert one["bytes"] == len(content)
        with path.open(encoding="utf-8", newline="") as file:
            heading, *lines = csv.reader(file)
        assert heading == [field["name"] for field in one["schema"]["fields"]]
        assert len(lines) == one["rows"]
        columns = {field["name"]: TYPES[field["type"]] for field in one["schema"]["fields"]}
        read = duckdb.read_csv(str(path), columns=columns, header=True, quotechar='"', escapechar='"')
        assert len(read.fetchall()) == one["rows"]


def test_the_package_has_its_licence_and_is_a_dataset_of_a_catalogue(office: Office, tmp_path: Path) -> None:
    package = written(tmp_path / "open", office)
    assert package["licenses"][0]["name"] == "etalab-2.0"
    dataset = json.loads((tmp_path / "open" / "dcat.jsonld").read_text(encoding="utf-8"))
    assert dataset["@type"] == "dcat:Dataset"
    assert dataset["dct:license"]["@id"] == package["licenses"][0]["path"]
    assert dataset["dct:publisher"]["dct:identifier"] == office.siren
    assert dataset["dct:temporal"]["dcat:endDate"]["@value"] == "2025-12-31"
    told = {one["dcat:downloadURL"]["@id"] for one in dataset["dcat:distribution"]}
    assert told == {one["path"] for one in package["resources"]}


def test_frictionless_finds_nothing_wrong(office: Office, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless", reason="SKIPPED: frictionless is not installed")
    written(tmp_path / "open", office)
    report = frictionless.validate(str(tmp_path / "open" / "datapackage.json"))
    assert [error for task in report.tasks for error in task.errors] == []
    assert report.valid


def test_a_table_that_nobody_opened_is_not_in_it(office: Office, tmp_path: Path) -> None:
    connection = small_version()
    connection.execute(
        "CREATE TABLE marts.visitor AS SELECT 1 AS x; CREATE TABLE quality.load AS SELECT 1 AS x"
    )
    written(tmp_path / "open", office, connection)
    names = {path.name for path in (tmp_path / "open").rglob("*") if path.is_file()}
    assert names == {"datapackage.json", "dcat.jsonld", "indicator_value.csv", "site.csv"}


def test_an_earlier_package_is_replaced_and_anything_else_is_left_alone(
    office: Office, tmp_path: Path
) -> None:
    first = written(tmp_path / "open", office)
    assert written(tmp_path / "open", office) == first
    (tmp_path / "open" / "thesis.docx").touch()
    with pytest.raises(UsageError, match="autre chose"):
        written(tmp_path / "open", office)
    assert (tmp_path / "open" / "thesis.docx").exists()


def test_every_open_table_is_a_mart() -> None:
    folders = ("models", "seeds")
    models = {path.stem for name in folders for path in (REPOSITORY / "transforms" / name).rglob("*.*")}
    assert set(OPEN) <= models
