"""Run dbt unit tests by hand: python -m tests.dbt_unit MODEL…; the test suite runs them all."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from flows.night.preparing import prepare
from transforms.building import Project
from warehouse.office.model import load_office
from warehouse.storage.layout import Home


def run_unit_tests(home: Home, models: list[str]) -> None:
    """Build the models and what is above them empty, then run their unit tests; raises VigieError."""
    office = load_office(Path(__file__).parent.parent / "demo" / "office.yml")
    prepare(home, office, datetime(2026, 1, 5, 1, 30, tzinfo=UTC))
    project = Project(home)
    project.build(["seed"])
    project.build(["run", "--empty", *(["--select", *[f"+{m}" for m in models]] if models else [])])
    selected = [f"{model},test_type:unit" for model in models] or ["test_type:unit"]
    project.build(["test", "--select", *selected])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        run_unit_tests(Home(Path(folder)), sys.argv[1:])
