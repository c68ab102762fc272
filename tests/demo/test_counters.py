"""The generated door of Auch: raw files that give the published figures by honest computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.counters import generate
from flows.ingesting import read_and_load, receive
from flows.preparing import prepare
from transforms.building import build
from warehouse.database import working
from warehouse.layout import Home
from warehouse.office import Office
from warehouse.settings import open_minutes, public_holidays

SEED = 2025
AS_OF = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


def entries(folder: Path) -> dict[tuple[date, int], int]:
    """Entries by local day and hour of the files that stand in the end."""
    found: Counter[tuple[date, int]] = Counter()
    for path in sorted(folder.glob("*.csv")):
        if path.name in ("porte-auch-2025-03.csv", "porte-auch-2025-03-corrige (1).csv"):
            continue
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            day, hour, entered, _ = line.split(";")
            found[date(*map(int, reversed(day.split("/")))), int(hour)] += int(entered)
    return found


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inbox")
    generate(folder, SEED)
    return folder


@pytest.fixture(scope="module")
def warehouse(
    tmp_path_factory: pytest.TempPathFactory, office: Office
) -> Iterator[duckdb.DuckDBPyConnection]:
    home = Home(tmp_path_factory.mktemp("door") / "home")
    generate(home.inbox, SEED)
    receive(home, office, "counters", AS_OF)
    read_and_load(home, office, "counters", AS_OF)
    prepare(home, office, AS_OF)
    with working(home) as connection:
        connection.execute(
            """INSERT INTO quality.outage VALUES
               ('auch', 'counter:auch-door', 'zeros', '2025-05-14 16:30:00', '2025-05-15 18:00:00',
                '2025-08-06 07:30:00', 14000)"""
        )
    build(home, ["run", "--select", "+observed_counters", "series_counters"])
    with duckdb.connect(str(home.database)) as connection:
        yield connection


def one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def test_the_files_hold_the_entries_of_both_published_years(inbox: Path) -> None:
    years: Counter[int] = Counter()
    for (day, _), entered in entries(inbox / "counters").items():
        years[day.year] += entered
    assert (years[2024], years[2025]) == (42_743, 25_646)


@pytest.mark.parametrize("seed", [1, 2, SEED])
def test_of_2025_only_february_and_march_rise(tmp_path: Path, seed: int) -> None:
    generate(tmp_path, seed)
    months: Counter[tuple[int, int]] = Counter()
    for (day, _), entered in entries(tmp_path / "counters").items():
        months[day.year, day.month] += entered
    rising = {month for month in range(1, 13) if months[2025, month] > months[2024, month]}
    assert rising == {2, 3}


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(inbox: Path, tmp_path: Path) -> None:
    name = "counters/porte-auch-2024-07.csv"
    generate(tmp_path / "again", SEED)
    generate(tmp_path / "other", SEED + 1)
    assert (tmp_path / "again" / name).read_bytes() == (inbox / name).read_bytes()
    assert (tmp_path / "other" / name).read_bytes() != (inbox / name).read_bytes()


def test_the_dead_counter_writes_zeros_around_the_clock(inbox: Path) -> None:
    found = entries(inbox / "counters")
    dead = [date(2025, 5, 15) + timedelta(days=n) for n in range(83)]
    assert dead[-1] == date(2025, 8, 5)
    assert {found[day, hour] for day in dead for hour in range(24)} == {0}
    assert all((day, hour) in found for day in dead for hour in range(24))


def test_nobody_passes_while_the_office_is_closed_and_it_is_never_long_empty_while_open(
    inbox: Path, office: Office
) -> None:
    site = next(site for site in office.sites if site.code == "auch")
    found = entries(inbox / "counters")
    days = sorted({day for day, _ in found})
    holidays = public_holidays(office, days)
    empty = longest = 0
    for day in days:
        for hour, minutes in enumerate(open_minutes(site, day, day in holidays)):
            if not minutes:
                assert found[day, hour] == 0
            elif not date(2025, 5, 15) <= day <= date(2025, 8, 5):
                empty = 0 if found[day, hour] else empty + 1
                longest = max(longest, empty)
    assert longest < 3


def test_every_file_balances_and_the_corrected_one_is_read_once(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    files = warehouse.execute(
        """SELECT file, status, rows_read = rows_loaded + rows_quarantined + rows_duplicate + rows_filtered
           FROM quality.load"""
    ).fetchall()
    assert len(files) == 26
    assert {(status, balances) for _, status, balances in files} == {("loaded", True)}
    assert [name for name, _, _ in files if "corrige" in name] == ["porte-auch-2025-03-corrige.csv"]


def test_the_correction_of_march_replaces_and_the_ledger_says_so(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    message = one(
        warehouse, "SELECT message FROM quality.load WHERE file = 'porte-auch-2025-03-corrige.csv'"
    )[0]
    assert "remplace 72 lignes de porte-auch-2025-03.csv" in message


def test_the_spring_night_row_is_filtered_and_the_autumn_hour_counts_twice(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    filtered = warehouse.execute(
        "SELECT file, rows_filtered FROM quality.load WHERE rows_filtered > 0 ORDER BY file"
    ).fetchall()
    assert filtered == [
        ("porte-auch-2024-03.csv", 1),
        ("porte-auch-2025-03-corrige.csv", 1),
        ("porte-auch-2025-03.csv", 1),
    ]
    hours = one(
        warehouse,
        "SELECT count(*) FROM marts.counter_slot WHERE local_date = '2025-10-26' AND direction = 'in'",
    )
    assert hours == (25,)


def test_the_measured_year_is_the_published_one_and_the_dead_days_are_estimated(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    years = warehouse.execute(
        """SELECT year(period_start), sum(measured_value), coalesce(sum(estimated_value), 0),
                  sum(observed_weight) / sum(expected_weight), count(warning)
           FROM staging.observed_counters GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    assert [(year, measured) for year, measured, *_ in years[:2]] == [(2024, 42_743), (2025, 25_646)]
    assert years[0][2:] == (0, 1.0, 0)
    _, _, estimated, coverage, warnings = years[1]
    assert 12_000 < estimated < 16_000  # what 2024 counted on these days, within noise
    assert 0.70 < coverage < 0.78
    assert warnings == 0


def test_a_dead_open_day_is_not_measured_and_a_closed_one_is_absent(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    days = warehouse.execute(
        """SELECT period_start, measured_value, observed_weight FROM staging.observed_counters
           WHERE period_start BETWEEN '2025-05-17' AND '2025-05-19' ORDER BY 1"""
    ).fetchall()
    assert days == [(date(2025, 5, 17), None, 0.0), (date(2025, 5, 19), None, 0.0)]


def test_the_watched_series_holds_every_open_hour_and_zeros_while_the_counter_is_dead(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    counts = one(
        warehouse,
        """SELECT count(*), sum(observed_count), count(observed_count)
           FROM staging.series_counters WHERE local_date BETWEEN '2025-05-15' AND '2025-08-05'""",
    )
    hours = one(
        warehouse,
        """SELECT count(*) FROM settings.opening_hour
           WHERE site = 'auch' AND local_date BETWEEN '2025-05-15' AND '2025-08-05'""",
    )
    assert counts == (hours[0], 0.0, hours[0])
