"""Files from the field that were read wrong, each with what is right: the cases of ../shared/cases.

Each becomes a home of its own and goes through all steps of the night but checks and publishing, which
cost most and which other tests prove; what it says is read in the working database.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import sources.catalogue
from expectations.checks.checking import Checker
from flows.night.steps import NightReport, Refresh, Run, begin, end, estimate, ingest
from tests.conftest import REPOSITORY
from transforms.building import Project
from warehouse.clock import nightly_instant
from warehouse.office.model import load_office
from warehouse.storage.database import held_open, only_read, rows
from warehouse.storage.layout import Home
from warehouse.storage.lock import refresh_lock

FIELD = REPOSITORY.parent / "shared" / "cases" / "field"
SETTLED = 1_750_000_000  # June 2025: long ago


@dataclass(frozen=True)
class Case:
    """What a night made of a case."""

    home: Home
    report: NightReport

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query on the working database."""
        with only_read(self.home.database) as connection:
            return rows(connection, query)

    def value(self, query: str) -> Any:
        """The one value of a query on the working database."""
        (row,) = self.ask(query)
        (value,) = row.values()
        return value


def make_case(folder: Path, root: Path) -> Home:
    """A home with the office file and the inbox of a case, whose files have settled."""
    home = Home(root)
    shutil.copytree(folder, root, copy_function=shutil.copyfile)
    for path in root.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (SETTLED, SETTLED))
    return home


def go_through(home: Home, day: date) -> Case:
    """All steps of the night of that date but checks and publishing."""
    office = load_office(home.office_file)
    as_of = nightly_instant(day, office.zone)
    report = NightReport(office.code, as_of)
    project = Project(home)
    with refresh_lock(home), held_open(home):
        run_id = begin(home, office, as_of)
        for source in sources.catalogue.names():
            ingest(home, office, source, as_of, report, Run(), lambda _: None)
        refresh = Refresh(
            home, office, as_of, Run(), lambda _: None, run_id, project, Checker(), lambda: None, report
        )
        refresh.prepare()
        refresh.build_facts()
        refresh.judge()
        estimate(home, office)
        refresh.build(["indicators"])
        end(home, run_id, report, office.language)
        refresh.follow()
    return Case(home, report)


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Case]:
    """The night of a case (its number, such as "05") at a date; skips where shared/cases is absent."""

    @cache
    def of(number: str, day: str) -> Case:
        found = list(FIELD.glob(f"{number}-*"))
        if not found:
            pytest.skip(f"{FIELD} is absent: the cases are not part of the repository")
        home = make_case(found[0], tmp_path_factory.mktemp(f"case-{number}") / "home")
        return go_through(home, date.fromisoformat(day))

    return of
