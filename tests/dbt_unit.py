"""Run dbt unit tests by hand: python -m tests.dbt_unit MODEL…; the test suite runs them all."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.night.preparing import prepare
from transforms.compiling import Dbt
from warehouse.office.model import load_office
from warehouse.storage.layout import Home


def run_unit_tests(home: Home, models: list[str]) -> dict[str, Any]:
    """Build the models and what is above them empty, then run their unit tests; raises VigieError.

    Returns what dbt knows of the project.
    """
    office = load_office(Path(__file__).parent.parent / "demo" / "auch" / "office.yml")
    prepare(home, office, datetime(2026, 1, 5, 1, 30, tzinfo=UTC))
    dbt = Dbt(home.database, home.work / "dbt")
    dbt("seed")
    dbt("run", "--empty", *(["--select", *[f"+{m}" for m in models]] if models else []))
    selected = [f"{model},test_type:unit" for model in models] or ["test_type:unit"]
    dbt("test", "--select", *selected)
    assert dbt.manifest is not None
    return dbt.manifest.writable_manifest().to_dict()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        run_unit_tests(Home(Path(folder)), sys.argv[1:])
