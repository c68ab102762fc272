"""Real files that this project did not write: the vendor's example of the national schema, and Leeds."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.sources.counters.reading import read_file, with_counters
from warehouse.office import Office

pytestmark = pytest.mark.real

CAMERAS = (
    "Briggate", "BriggateAtMcDs", "AlbionStNorth", "CommercialStLush", "Headrow", "DortmundSq",
    "AlbionStSouth", "CommercialStBarratts",
)  # fmt: skip


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


def test_leeds_has_exactly_576_duplicates(shared_data: Path, office: Office, tmp_path: Path) -> None:
    path = tmp_path / "leeds.csv"
    path.write_bytes(gzip.decompress((shared_data / "counters/leeds-footfall-2009-2016.csv.gz").read_bytes()))
    declared = {
        "files": "leeds*.csv",
        "separator": ",",
        "date_column": "Date",
        "time_column": "Hour",
        "date_formats": ["%d/%m/%Y", "%Y-%m-%d", "%d-%b-%y"],
        "channel_column": "LocationName",
        "count_columns": {"InCount": "both"},
    }
    leeds = with_counters(
        office,
        [{"code": c.lower(), "format": "csv", "channels": {c: "both"}, "csv": declared} for c in CAMERAS],
        "Europe/London",
    )
    result = read_file(path, leeds, tmp_path / "work")
    # The spring nights: 42 zeros in the hour that is not, and 21 counts in it.
    assert result.sums == (554_360, 553_721, 21, 576, 42)
    assert {rule for *_, rule in result.quarantined} == {"no_such_local_time"}
    assert {row["counter"] for row in result.rows} == {c.lower() for c in CAMERAS}
