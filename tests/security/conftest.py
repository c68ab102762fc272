"""Homes of which everything is attacked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from flows.night import NightReport, night
from tests.security.canaries import drop_everywhere
from warehouse.clock import nightly_instant
from warehouse.layout import Home
from warehouse.office import load_office


@dataclass(frozen=True)
class Night:
    """A home after its night, and what the night reported."""

    home: Home
    report: NightReport


@pytest.fixture(scope="session")
def canary_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The night of a home whose files hold canaries wherever text or a number may stand."""
    home = Home(tmp_path_factory.mktemp("canaries") / "home")
    drop_everywhere(home)
    office = load_office(home.office_file)
    return Night(home, night(home, office, nightly_instant(date(2025, 12, 1), office.zone)))
