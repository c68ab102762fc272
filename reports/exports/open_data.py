"""The open-data package: published tables as CSV, `datapackage.json` (Table Schema) and `dcat.jsonld`.

Its rows are those of the published copy, cell for cell, and no others: what statistical secrecy withholds
there is in neither, and from less nobody computes more. A table is opened by its line in OPEN.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from reports.exports.selection import Asked, published_tables, select
from reports.exports.writing import write_csv
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.publishing.datapackage import Table, resource
from warehouse.words.messages import say

# What is of the office and of use to others. Left out: what is somebody else's to open (records of the
# tourism information system, creators, partners), and what only serves to run the office.
OPEN = (
    "indicator_value", "indicator", "indicator_gap", "indicator_comparison", "figure_note", "method_break",
    "site", "municipality", "calendar", "counter", "counter_hour", "motorhome_passage_day",
    "motorhome_stay_month", "tax_declaration_month", "tax_deliberation", "tax_tariff", "tax_rate",
)  # fmt: skip
LICENCES = {
    "etalab-2.0": {
        "name": "etalab-2.0",
        "title": "Licence Ouverte / Open Licence 2.0",
        "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence",
    },
    "ODbL-1.0": {
        "name": "ODbL-1.0",
        "title": "Open Data Commons Open Database License 1.0",
        "path": "https://opendatacommons.org/licenses/odbl/1-0/",
    },
}
CSV = "text/csv"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
VOCABULARY = "http://publications.europa.eu/resource/authority"


def write_open_data(
    connection: duckdb.DuckDBPyConnection, office: Office, version: str, as_of: datetime, folder: Path
) -> int:
    """Write the package into a folder that is new, empty or holds an earlier package; its number of rows.

    `version` and `as_of` (aware) are those of the version that `connection` reads. Raises UsageError for a
    folder that holds anything else, and one that cannot be written.
    """
    if folder.exists() and not _may_be_replaced(folder):
        raise UsageError(say("export.folder_in_use", office.language, path=folder))
    building = folder.with_name(f".{folder.name}-building")
    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        written = _write(connection, office, version, as_of, building)
        if folder.exists():
            shutil.rmtree(folder)
        building.rename(folder)
    except OSError as error:
        raise UsageError(
            say("figures.unwritten", office.language, path=folder, reason=error.strerror)
        ) from error
    return written


def _may_be_replaced(folder: Path) -> bool:
    """True for an empty folder and for a package that was written here before, with nothing beside it."""
    if not folder.is_dir():
        return False
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    ours = {"datapackage.json", "dcat.jsonld", *(f"data/{name}.csv" for name in OPEN)}
    return names <= ours and (not names or "datapackage.json" in names)


def _write(
    connection: duckdb.DuckDBPyConnection, office: Office, version: str, as_of: datetime, folder: Path
) -> int:
    (folder / "data").mkdir()
    published = published_tables(connection)
    tables = [published[key] for name in OPEN if (key := f"marts.{name}") in published]
    resources = []
    for table in tables:
        path = f"data/{table.name}.csv"
        rows = write_csv(connection, select(published, table.key, Asked(), office.language), folder / path)
        resources.append(_opened(resource(folder, replace(table, rows=rows), path, "csv", CSV), table))
    package = {
        "profile": "tabular-data-package",
        "name": f"vigie-{office.code}",
        "title": say("export.open.title", office.language, office=office.name),
        "description": say("export.open.description", office.language, office=office.name),
        "version": version,
        "created": _instant(as_of),
        "keywords": _keywords(office),
        "licenses": [LICENCES[office.open_data.licence]],
        "contributors": [{"title": office.name, "role": "publisher"}],
        "resources": resources,
    }
    _write_json(folder / "datapackage.json", package)
    _write_json(folder / "dcat.jsonld", dcat(office, package, _days(connection)))
    return sum(int(one["rows"]) for one in resources)


def _opened(described: dict[str, Any], table: Table) -> dict[str, Any]:
    """The description of a resource, with how its CSV is written."""
    dialect = {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\r\n"}
    return described | {"name": table.name.replace("_", "-"), "encoding": "utf-8", "dialect": dialect}


def dcat(office: Office, package: dict[str, Any], days: tuple[str, str] | None) -> dict[str, Any]:
    """The package as a dataset of a catalogue (DCAT-AP), in JSON-LD; `days` are the first and the last."""
    licence = {"@id": package["licenses"][0]["path"]}
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "dcat:Dataset",
        "dct:identifier": package["name"],
        "dct:title": {"@value": package["title"], "@language": office.language},
        "dct:description": {"@value": package["description"], "@language": office.language},
        "dct:publisher": {
            "@type": "foaf:Organization",
            "foaf:name": office.name,
            "dct:identifier": office.siren,
        },
        "dct:license": licence,
        "dct:language": {"@id": f"{VOCABULARY}/language/{'FRA' if office.language == 'fr' else 'ENG'}"},
        "dct:accrualPeriodicity": {"@id": f"{VOCABULARY}/frequency/DAILY"},
        "dcat:theme": {"@id": f"{VOCABULARY}/data-theme/ECON"},
        "dcat:keyword": package["keywords"],
        "dcat:version": package["version"],
        "dct:modified": {"@type": "xsd:dateTime", "@value": package["created"]},
        "dct:spatial": [
            {"@type": "dct:Location", "dct:identifier": one.code, "skos:prefLabel": one.name}
            for one in office.municipalities
        ],
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dct:title": one["name"],
                "dct:description": one["description"],
                "dcat:downloadURL": {"@id": one["path"]},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{CSV}"},
                "dcat:byteSize": one["bytes"],
                "dct:license": licence,
                "spdx:checksum": {
                    "@type": "spdx:Checksum",
                    "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                    "spdx:checksumValue": one["hash"].removeprefix("sha256:"),
                },
            }
            for one in package["resources"]
        ],
    }
    if office.open_data.contact is not None:
        address = {"@id": f"mailto:{office.open_data.contact}"}
        found["dcat:contactPoint"] = {
            "@type": "vcard:Organization", "vcard:fn": office.name, "vcard:hasEmail": address,
        }  # fmt: skip
    if days is not None:
        first, last = ({"@type": "xsd:date", "@value": day} for day in days)
        found["dct:temporal"] = {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}
    return found


def _days(connection: duckdb.DuckDBPyConnection) -> tuple[str, str] | None:
    """The first and the last day that a figure is published of."""
    row = connection.execute(
        "SELECT min(period_start)::VARCHAR, max(period_end)::VARCHAR FROM marts.indicator_value"
    ).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1])


def _keywords(office: Office) -> list[str]:
    return say("export.open.keywords", office.language).split(", ")


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
