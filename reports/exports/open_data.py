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
DESCRIPTIONS, DATA = ("datapackage.json", "dcat.jsonld"), "data"
COMMENTS = "en"  # the language of what is said of tables
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
    folder = folder.resolve()
    building = folder.parent / f".{folder.name}-building"
    try:
        if folder.exists() and not _may_be_replaced(folder):
            raise UsageError(say("export.folder_in_use", office.language, path=folder))
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        written = _write(connection, office, version, as_of, building)
        if folder.exists():
            # It stays the same folder, in which somebody may stand; killed here, it can be replaced again.
            for name in DESCRIPTIONS:
                (building / name).replace(folder / name)
            shutil.rmtree(folder / DATA, ignore_errors=True)
            (building / DATA).rename(folder / DATA)
            building.rmdir()
        else:
            building.rename(folder)
    except OSError as error:
        raise UsageError(
            say("figures.unwritten", office.language, path=folder, reason=error.strerror)
        ) from error
    return written


def _may_be_replaced(folder: Path) -> bool:
    """True for an empty folder and for a package that was written here before, with nothing beside it.

    The first thing that is not ours decides: a folder may be a whole disk.
    """
    if not folder.is_dir() or folder.is_symlink() or folder == folder.parent:
        return False
    ours = {f"{name}.csv" for name in OPEN}
    is_empty = True
    for path in folder.iterdir():
        is_empty = False
        if (
            path.is_symlink()
            or path.name not in (*DESCRIPTIONS, DATA)
            or path.is_dir() != (path.name == DATA)
        ):
            return False
        if path.name == DATA and not all(one.name in ours and one.is_file() for one in path.iterdir()):
            return False
    return is_empty or (folder / DESCRIPTIONS[0]).is_file()


def _write(
    connection: duckdb.DuckDBPyConnection, office: Office, version: str, as_of: datetime, folder: Path
) -> int:
    (folder / DATA).mkdir()
    published = published_tables(connection)
    tables = [published[key] for name in OPEN if (key := f"marts.{name}") in published]
    resources = []
    for table in tables:
        path = f"{DATA}/{table.name}.csv"
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
    """The package as a dataset of a catalogue (DCAT-AP 3), in JSON-LD; `days` are the first and the last.

    Its addresses begin with that of office.yml; without one they are relative to where it is read from.
    """
    licence = {"@id": package["licenses"][0]["path"], "@type": "dct:LicenseDocument"}
    base = f"{office.open_data.address.rstrip('/')}/" if office.open_data.address else ""
    name = _text(office.name, office.language)
    found: dict[str, Any] = {
        "@context": ({"@base": base} if base else {}) | CONTEXT,
        "@id": f"{base}{DESCRIPTIONS[1]}#dataset",
        "@type": "dcat:Dataset",
        "dct:identifier": package["name"],
        "dct:title": _text(package["title"], office.language),
        "dct:description": _text(package["description"], office.language),
        "dct:publisher": {
            "@type": ["foaf:Agent", "foaf:Organization"],
            "foaf:name": name,
            "dct:identifier": office.siren,
        },
        "dct:license": licence,
        "dct:language": {"@id": f"{VOCABULARY}/language/{'FRA' if office.language == 'fr' else 'ENG'}"},
        "dct:accrualPeriodicity": {"@id": f"{VOCABULARY}/frequency/DAILY"},
        "dcat:theme": {"@id": f"{VOCABULARY}/data-theme/ECON"},
        "dcat:keyword": [_text(one, office.language) for one in package["keywords"]],
        "dcat:version": package["version"],
        "dct:modified": {"@type": "xsd:dateTime", "@value": package["created"]},
        "dct:spatial": [
            {"@type": "dct:Location", "dct:identifier": one.code, "skos:prefLabel": _text(one.name, "fr")}
            for one in office.municipalities
        ],
        "dcat:distribution": [
            {
                "@id": f"{base}{DESCRIPTIONS[1]}#{one['name']}",
                "@type": "dcat:Distribution",
                "dct:title": _text(one["name"], COMMENTS),
                "dct:description": _text(one["description"], COMMENTS),
                "dcat:accessURL": {"@id": f"{base}{one['path']}"},  # what is fetched is all that there is
                "dcat:downloadURL": {"@id": f"{base}{one['path']}"},
                "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{CSV}"},
                "dct:format": {"@id": f"{VOCABULARY}/file-type/CSV"},
                "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(one["bytes"])},
                "dct:license": licence,
                "spdx:checksum": {
                    "@type": "spdx:Checksum",
                    "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
                    "spdx:checksumValue": {
                        "@type": "xsd:hexBinary", "@value": one["hash"].removeprefix("sha256:")
                    },
                },
            }
            for one in package["resources"]
        ],
    }  # fmt: skip
    if office.open_data.contact is not None:
        address = {"@id": f"mailto:{office.open_data.contact}"}
        found["dcat:contactPoint"] = {
            "@type": ["vcard:Kind", "vcard:Organization"], "vcard:fn": name, "vcard:hasEmail": address,
        }  # fmt: skip
    if days is not None:
        first, last = ({"@type": "xsd:date", "@value": day} for day in days)
        found["dct:temporal"] = {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}
    return found


def _text(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}


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
