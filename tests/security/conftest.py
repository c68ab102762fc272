"""What attacks share: where an audit notes its numbers, and a home whose files hold canaries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from flows.night import NightReport, night
from tests.security.canaries import drop_everywhere
from warehouse.clock import nightly_instant
from warehouse.layout import Home
from warehouse.office import load_office

AUDIT = Path(__file__).parents[2] / "build" / "audit.jsonl"


@pytest.fixture
def measured() -> Callable[..., None]:
    """Note the numbers of an attack: a line of build/audit.jsonl, which `make audit` prints."""

    def note(what: str, **numbers: object) -> None:
        AUDIT.parent.mkdir(exist_ok=True)
        with AUDIT.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps({"what": what, **numbers}) + "\n")

    return note


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
