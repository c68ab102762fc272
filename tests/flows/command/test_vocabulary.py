"""The words that may be shown of the names of files."""

from __future__ import annotations

import pytest

from flows.command.vocabulary import vocabulary
from warehouse.office.model import Office
from warehouse.words.shapes import shown_name


@pytest.mark.parametrize(
    "name",
    [
        "porte-auch-2026-01.csv",
        "porte-auch-20250714 (1).csv",
        "passages-ile-saint-martin-2025-05.csv",
        "paiements-ile-saint-martin-2025-05 - Copie.csv",
        "declarations-2025-T3.xlsx",
        "booking-2025-S1.csv",
        "autres-operateurs-2025-S2.csv",
        "deliberations-2024.xml",
        "mqtt-20250714.ndjson",
        "apidae-api.zip",
        "export juillet 2025.csv",
    ],
)
def test_an_analyst_knows_his_files_again(office: Office, name: str) -> None:
    assert shown_name(name, "fr", vocabulary(office)) == name


@pytest.mark.parametrize("name", ["passages Dupont.csv", "declarations-0612345678.csv", "AB-123-CD.csv"])
def test_what_points_at_somebody_is_not_shown(office: Office, name: str) -> None:
    shown = shown_name(name, "fr", vocabulary(office))
    assert not any(part in shown for part in ("Dupont", "0612345678", "AB", "123", "CD"))
