"""Real files that this project did not write: the vendor's example of the national schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.counters.reading import read_file
from warehouse.office.model import Office

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("name", "sums"),
    [
        ("measure-eco-compteur.csv", (3650, 3650, 0, 0, 0)),
        ("measure.csv", (9, 9, 0, 0, 0)),
        ("channel-eco-compteur.csv", (10, 10, 0, 0, 0)),
        ("channel.csv", (1, 1, 0, 0, 0)),
        ("channel-invalide.csv", (4, 2, 2, 0, 0)),
        ("site-eco-compteur.csv", (3, 3, 0, 0, 0)),
        ("site.csv", (1, 1, 0, 0, 0)),
    ],
)
def test_the_vendors_example_balances(
    shared_data: Path, office: Office, tmp_path: Path, name: str, sums: tuple[int, ...]
) -> None:
    result = read_file(shared_data / "counters" / "comptage-mobilites" / name, office, tmp_path / "work")
    assert result.sums == sums


def test_the_direction_that_died_in_november_2022_is_read_as_the_vendor_wrote_it(
    shared_data: Path, office: Office, tmp_path: Path
) -> None:
    path = shared_data / "counters" / "comptage-mobilites" / "measure-eco-compteur.csv"
    result = read_file(path, office, tmp_path / "work")
    expected = sum(float(line.rsplit(",", 1)[1] or 0) for line in path.read_text().splitlines()[1:])
    assert sum(row["passage_count"] or 0 for row in result.rows) == expected
