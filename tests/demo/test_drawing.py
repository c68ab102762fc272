"""Pages that cannot be written hold nothing back: it is an incident, and the report names it."""

from __future__ import annotations

import shutil
from pathlib import Path

from expectations.checks.checking import Checker
from flows.night.steps import NightReport, Refresh, Run
from tests.demo.conftest import AS_OF, Demonstration
from transforms.building import Project
from warehouse.office.model import load_office
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home


def test_pages_that_cannot_be_written_are_an_incident(demonstration: Demonstration, tmp_path: Path) -> None:
    """The demonstration's home after its night, but for what it published: there is nothing to draw."""
    home = Home(tmp_path / "home")
    shutil.copytree(
        demonstration.home.root, home.root, ignore=shutil.ignore_patterns("published", "archive", "inbox")
    )
    office = load_office(home.office_file)
    report = NightReport(office.code, AS_OF)
    with Checker() as checker:
        Refresh(
            home, office, AS_OF, Run(), lambda _: None, "", Project(home), checker, lambda: None, report
        ).draw_pages()
    assert list(report.failures) == ["pages"]
    assert report.failed_checks == []
    with working(home) as connection:
        found = rows(connection, "SELECT * FROM quality.incident WHERE subject = 'check:quality.pages'")
    assert [(one["rule"], one["status"]) for one in found] == [("check_warned", "open")]
