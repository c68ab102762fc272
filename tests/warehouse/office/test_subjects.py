"""A subject of the office file is a module of its own, found by its name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from warehouse.office.model import Office
from warehouse.office.settings import tables
from warehouse.office.subjects import given, subjects
from warehouse.office.systems import Systems

ROOT = Path(__file__).parents[3]
LOCKERS = '''"""Tickets sold at the desk."""

from pydantic import Field

from warehouse.office.misfits import said_twice
from warehouse.office.part import Part
from warehouse.office.subjects.sites import unknown_site
from warehouse.office.tables import TEXT, Table


class Till(Part):
    """A till."""

    site: str = Field(description="Site code.")


class System(Part):
    """Ticketing."""

    lockers: tuple[Till, ...] = Field(default=(), description="Tills.")


def misfits(office):
    yield from said_twice("site", [till.site for till in office.systems.lockers], "systems", "lockers")
    for rank, till in enumerate(office.systems.lockers):
        yield from unknown_site(office, till.site, "systems", "lockers", rank)


def _tills(office, _):
    for till in office.systems.lockers:
        yield {"site": till.site}


TABLES = (Table("till", {"site": TEXT}, _tills),)
'''
OFFICE = """code: auch
name: Auch
siren: "200066926"
sites: [{code: desk, name: Bureau, always_open: true}]
systems:
  lockers: [{site: desk}]
"""
# The module lies in a folder that the package looks into, as a file in warehouse/office/subjects/ would.
TRIED = """
import json, sys
from datetime import UTC, date, datetime
from pathlib import Path
import duckdb
from warehouse.office import subjects
subjects.__path__.append(sys.argv[1])
from warehouse.office.model import Office, load_office
from warehouse.office.settings import write_settings
from warehouse.office.office_file import OfficeFileError
path = Path(sys.argv[1]) / "office.yml"
connection = duckdb.connect()
connection.execute("CREATE SCHEMA settings")
write_settings(connection, load_office(path), datetime(2026, 1, 5, 1, 30, tzinfo=UTC), date(2026, 1, 1))
rows = connection.execute("SELECT * FROM settings.till").fetchall()
path.write_text(path.read_text().replace("site: desk", "site: disk"))
try:
    load_office(path)
except OfficeFileError as error:
    told = error.problems
schema = Office.model_json_schema()["$defs"]
print(json.dumps([schema["Systems"]["properties"]["lockers"]["description"], rows, told]))
"""


def test_a_new_system_is_one_module_with_its_keys_its_tables_and_what_contradicts_it(tmp_path: Path) -> None:
    (tmp_path / "lockers.py").write_text(LOCKERS, encoding="utf-8")
    (tmp_path / "office.yml").write_text(OFFICE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", TRIED, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    description, rows, told = json.loads(done.stdout)
    assert (description, rows) == ("Tills.", [["auch", "desk"]])
    (problem,) = told
    assert ":6: systems.lockers.0.site: « disk » n'est pas parmi les `sites`" in problem


def test_what_every_subject_gives_is_in_the_office() -> None:
    assert all(issubclass(Office, keys) for keys in given("Keys"))
    assert all(issubclass(Systems, keys) for keys in given("System"))


def test_two_subjects_never_give_one_key_or_one_table() -> None:
    names = [table.name for table in tables()]
    assert sorted(names) == sorted(set(names))
    for kind in ("Keys", "System"):
        keys = [key for given_keys in given(kind) for key in given_keys.model_fields]
        assert sorted(keys) == sorted(set(keys))


def test_a_subject_says_what_it_is_about() -> None:
    assert [one.__name__ for one in subjects() if not one.__doc__] == []
