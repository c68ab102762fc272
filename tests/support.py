"""Helpers of tests: warehouses built in temporary homes."""

from __future__ import annotations

from datetime import datetime

from flows.night.preparing import prepare
from flows.night.steps import tables_by_source
from transforms.building import Project
from transforms.compiled import FACTS
from transforms.counters.missed import write_estimates
from warehouse.office.model import Office
from warehouse.storage.database import working
from warehouse.storage.layout import Home

Outage = tuple[str, str, datetime, datetime, datetime | None, float]
"""subject, fault, onset, detection, end (naive UTC), expected count."""


def build_indicators(
    home: Home, office: Office, as_of: datetime, outages: list[Outage] | None = None
) -> None:
    """Build every model on what the home's raw tables hold, with these outages instead of the judge's."""
    prepare(home, office, as_of)
    project = Project(home)
    project.seed()
    project.run(tables_by_source(), FACTS)
    with working(home) as connection:
        connection.execute("DELETE FROM quality.outage")
        for outage in outages or []:
            connection.execute(
                "INSERT INTO quality.outage VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, NULL, NULL, NULL)",
                [office.code, *outage],
            )
        write_estimates(connection, office.code)
    project.run(tables_by_source(), ["indicators"])
    assert project.failed == []
