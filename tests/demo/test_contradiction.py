"""Two systems of the demonstration that contradict each other: what the night asks, and in which words."""

from __future__ import annotations

import shutil
from pathlib import Path

from flows.alerts.telling import follow
from flows.night.steps import contradict
from tests.demo.conftest import AS_OF, Demonstration
from warehouse.office.model import Office
from warehouse.storage.database import rows, working
from warehouse.storage.layout import Home


def test_the_systems_of_the_demonstration_agree(demonstration: Demonstration) -> None:
    assert demonstration.ask("SELECT count(*) FROM ops.activity WHERE value IS NOT NULL")[0][0] > 2000
    assert demonstration.ask("SELECT * FROM quality.contradiction") == []


def test_a_kiosk_that_takes_less_than_the_others_make_expected_is_asked_about(
    demonstration: Demonstration, office: Office, tmp_path: Path
) -> None:
    shutil.copytree(demonstration.home.root, tmp_path / "home", symlinks=True)
    home = Home(tmp_path / "home")
    with working(home) as connection:
        connection.execute(
            """UPDATE marts.counted_series SET observed_count = round(0.6 * observed_count)
               WHERE subject_kind = 'kiosk' AND local_date >= '2025-09-01'"""
        )
    contradict(home, office)
    follow(home, office, AS_OF)
    with working(home) as connection:
        (asked,) = rows(
            connection,
            """SELECT subject, severity, status, evidence FROM quality.incident
               WHERE rule = 'contradiction_question'""",
        )
    assert asked["subject"] == "kiosk:ile-saint-martin"
    assert (asked["severity"], asked["status"]) == ("question", "open")
    assert asked["evidence"].startswith("Depuis le 1er septembre 2025")
    assert "% de moins que ce que laissent attendre Barrière, Aire de camping-cars" in asked["evidence"]
