"""Of which day a state is that a file holds and does not date."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sources.reading.exported import exported_on
from warehouse.errors import RefusedDeliveryError
from warehouse.storage.ledger import Delivery

PARIS = ZoneInfo("Europe/Paris")
SAVED, RECEIVED = datetime(2025, 12, 30, 23, 30), datetime(2026, 1, 4, 1, 30)  # noqa: DTZ001 naive UTC


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("partenaires-2025-12-28.xlsx", date(2025, 12, 28)),
        ("export_20251228.csv", date(2025, 12, 28)),
        ("labels 28.12.2025.csv", date(2025, 12, 28)),
        # The name tells no day, or two: that of the last saving, in the office's time.
        ("partenaires.xlsx", date(2025, 12, 31)),
        ("partenaires-2025.xlsx", date(2025, 12, 31)),
        ("du-2025-01-01-au-2025-12-28.csv", date(2025, 12, 31)),
        ("ref-120251228.csv", date(2025, 12, 31)),
        ("total-2025-13-40.csv", date(2025, 12, 31)),
    ],
)
def test_a_state_is_of_the_one_day_in_its_file_s_name_else_of_the_last_saving_and_that_is_told(
    name: str, day: date
) -> None:
    found, notice = exported_on(name, SAVED, RECEIVED, PARIS, "fr")
    assert (found, bool(notice)) == (day, day == date(2025, 12, 31))


@pytest.mark.parametrize("modified", [None, datetime(1980, 1, 1), datetime(2026, 3, 1)])  # noqa: DTZ001
def test_where_the_last_saving_is_not_known_a_state_is_of_the_day_of_its_reception(
    modified: datetime | None, tmp_path: Path
) -> None:
    file = tmp_path / "partenaires.xlsx"
    delivery = Delivery(1, "auch", "partners", file.name, "0" * 64, RECEIVED, file, modified)
    found, notice = exported_on(file.name, delivery.saved_at, RECEIVED, PARIS, "fr")
    assert found == date(2026, 1, 4)
    assert "jour de sa réception" in notice


def test_a_state_of_a_day_to_come_is_refused() -> None:
    with pytest.raises(RefusedDeliveryError, match="5 janvier 2026"):
        exported_on("partenaires-2026-01-05.xlsx", SAVED, RECEIVED, PARIS, "fr")
