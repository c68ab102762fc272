"""The open-data package: what it says of itself is true, and it holds nothing that is not published."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from reports.exports.open_data import OPEN, write_open_data
from tests.conftest import REPOSITORY
from tests.reports.exports.small import small_version
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.office.subjects.open_data import OpenData

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


PLAIN = {"dct:identifier", "dcat:version"}  # texts of no language


def texts(of: object, key: str = "") -> Iterator[tuple[str, object]]:
    """Every value that is no address, type or typed literal, with the property that it is of."""
    if isinstance(of, list):
        for one in of:
            yield from texts(one, key)
    elif isinstance(of, dict) and "@value" in of:
        yield key, of
    elif isinstance(of, dict):
        for name, one in of.items():
            if not name.startswith("@"):
                yield from texts(one, name)
    else:
        yield key, of


@pytest.mark.parametrize(
    ("address", "base"),
    [
        (None, ""),
        ("https://data.office.example/open", "https://data.office.example/open/"),
        ("https://data.office.example", "https://data.office.example/"),
    ],
)
def test_a_catalogue_finds_what_dcat_ap_demands(
    address: str | None, base: str, office: Office, tmp_path: Path
) -> None:
    opened = office.open_data.model_copy(update={"address": address, "contact": "data@office.example"})
    package = written(tmp_path / "open", office.model_copy(update={"open_data": opened}))
    dataset = json.loads((tmp_path / "open" / "dcat.jsonld").read_text(encoding="utf-8"))
    assert dataset["@context"].get("@base", "") == base
    assert dataset["@id"] == f"{base}dcat.jsonld#dataset"
    assert {"dct:title", "dct:description", "dct:publisher", "dcat:contactPoint"} <= dataset.keys()
    distributions = dataset["dcat:distribution"]
    assert [one["@id"] for one in distributions] == [
        f"{base}dcat.jsonld#{one['name']}" for one in package["resources"]
    ]
    for one, of in zip(distributions, package["resources"], strict=True):
        assert one["dcat:accessURL"] == one["dcat:downloadURL"] == {"@id": f"{base}{of['path']}"}
        assert one["dct:description"] == {"@value": of["description"], "@language": "en"}
    untold = {
        key
        for key, one in texts(dataset)
        if not (isinstance(one, dict) and {"@language", "@type"} & one.keys())
    }
    assert untold == PLAIN


def test_an_address_that_is_none_is_refused() -> None:
    assert OpenData(address="https://data.office.example/open/2025").address is not None
    for address in (
        "data.office.example",
        "file:///srv",
        "https://",
        "https://a b",
        "https://a.example/?x=1",
    ):
        with pytest.raises(ValidationError):
            OpenData(address=address)


def test_the_folder_in_which_one_stands_is_filled_and_stays(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "open").mkdir()
    monkeypatch.chdir(tmp_path / "open")
    folder = (tmp_path / "open").stat().st_ino
    for _ in range(2):
        write_open_data(small_version(), office, "20260105T013000Z", AS_OF, Path())
    assert (tmp_path / "open").stat().st_ino == folder
    assert (Path() / "data" / "site.csv").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["open"]


def test_a_whole_disk_is_refused_at_its_first_file(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "rglob", lambda *_: pytest.fail("it walks the disk"))
    with pytest.raises(UsageError, match="autre chose"):
        write_open_data(small_version(), office, "20260105T013000Z", AS_OF, Path("/"))


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
