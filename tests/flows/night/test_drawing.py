"""The pages of a night: what they call what is only published by its shape, and those of a first night."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flows.command.figures import read_figures
from flows.night.drawing import shortened
from flows.night.steps import night
from warehouse.errors import UsageError
from warehouse.office.model import load_office
from warehouse.storage.database import only_read
from warehouse.storage.layout import Home

AS_OF = datetime(2025, 5, 17, 0, 30, tzinfo=UTC)


def test_a_subject_of_which_only_the_shape_is_published_is_told_by_its_kind() -> None:
    assert shortened("label:[texte de 4 caractères]-classification") == "label:…"
    assert shortened("counter:auch-door") == "counter:auch-door"


def test_a_first_night_without_a_file_ends_well_and_draws_the_pages(door_home: Home) -> None:
    office = load_office(door_home.office_file)
    report = night(door_home, office, AS_OF)
    assert (report.failures, report.exit_status) == ({}, 0)
    first = (door_home.current / "pages" / "index.html").read_text(encoding="utf-8")
    assert "Aucun chiffre." in first
    with (
        only_read(door_home.published_database) as published,
        pytest.raises(UsageError, match="années publiées : aucune"),
    ):
        read_figures(published, 2019, "fr")
