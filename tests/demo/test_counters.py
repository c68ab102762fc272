"""The generated door of Auch: raw files that give the published figures by honest computation."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from demo.auch.counters import generate
from demo.making import SEED
from tests.demo.conftest import Demonstration
from warehouse.office.model import Office
from warehouse.office.subjects.calendar import public_holidays
from warehouse.office.subjects.sites import open_minutes
from warehouse.storage.layout import Home
from warehouse.words.shapes import plain


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
def found(made: Home) -> dict[tuple[date, int], int]:
    """The entries in the demonstration's files."""
    return entries(made.inbox / "counters")


def test_the_files_hold_the_entries_of_both_published_years(
    found: dict[tuple[date, int], int],
) -> None:
    years: Counter[int] = Counter()
    for (day, _), entered in found.items():
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


def test_the_dead_counter_writes_zeros_around_the_clock(found: dict[tuple[date, int], int]) -> None:
    dead = [date(2025, 5, 15) + timedelta(days=n) for n in range(83)]
    assert dead[-1] == date(2025, 8, 5)
    assert {found[day, hour] for day in dead for hour in range(24)} == {0}
    assert all((day, hour) in found for day in dead for hour in range(24))


def test_nobody_passes_while_the_office_is_closed_and_it_is_never_long_empty_while_open(
    found: dict[tuple[date, int], int], office: Office
) -> None:
    site = next(site for site in office.sites if site.code == "auch")
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


def test_the_corrected_file_is_read_once(demonstration: Demonstration) -> None:
    files = demonstration.ask("SELECT file, status FROM quality.load WHERE source = 'counters'")
    assert len(files) == 27
    assert [name for name, status in files if "corrige" in name and status == "loaded"] == [
        "porte-auch-2025-03-corrige.csv"
    ]
    ((name, _),) = [one for one in files if one[1] != "loaded"]
    assert (name.startswith("porte-auch-2025-03-corrige"), dict(files)[name]) == (True, "known")


def test_the_correction_of_march_replaces_and_the_ledger_says_so(demonstration: Demonstration) -> None:
    [(message,)] = demonstration.ask(
        "SELECT message FROM quality.load WHERE file = 'porte-auch-2025-03-corrige.csv'"
    )
    assert "remplace 72 lignes de porte-auch-2025-03.csv" in plain(message)


def test_the_spring_night_row_is_filtered_and_the_autumn_hour_counts_twice(
    demonstration: Demonstration,
) -> None:
    filtered = demonstration.ask(
        """SELECT file, rows_filtered FROM quality.load
           WHERE source = 'counters' AND rows_filtered > 0 ORDER BY file"""
    )
    assert filtered == [
        ("porte-auch-2024-03.csv", 1),
        ("porte-auch-2025-03-corrige.csv", 1),
        ("porte-auch-2025-03.csv", 1),
    ]
    hours = demonstration.ask(
        """SELECT count(*) FROM staging.counter_slot
           WHERE start_at >= '2025-10-25 22:00' AND start_at < '2025-10-26 23:00' AND direction = 'in'"""
    )
    assert hours == [(25,)]


def test_the_measured_year_is_the_published_one_and_the_dead_days_are_estimated(
    demonstration: Demonstration,
) -> None:
    years = demonstration.ask(
        """SELECT year(period_start), sum(measured_value), coalesce(sum(estimated_value), 0),
                  sum(observed_weight) / sum(expected_weight), count(warning)
           FROM staging.observed_counters WHERE indicator = 'counter_passages' GROUP BY 1 ORDER BY 1"""
    )
    assert [(year, measured) for year, measured, *_ in years[:2]] == [(2024, 42_743), (2025, 25_646)]
    assert years[0][2:] == (0, 1.0, 0)
    _, _, estimated, coverage, warnings = years[1]
    # The generator draws the dead days 8% below what 2024 counted on them (YEAR_CHANGE).
    ((before,),) = demonstration.ask(
        """SELECT sum(entry_count) FROM marts.counter_hour
           WHERE local_date BETWEEN DATE '2024-05-16' AND DATE '2024-08-06'"""  # the same weekdays
    )
    assert 0.85 < float(estimated) / (0.92 * before) < 1.15
    assert 0.70 < coverage < 0.78
    assert warnings == 0


def test_the_year_of_the_outage_has_an_interval_and_the_year_before_needs_none(
    demonstration: Demonstration,
) -> None:
    before, year = demonstration.ask(
        """SELECT value, low, high, measured_value, warnings FROM marts.indicator_value
           WHERE indicator = 'counter_passages' AND period_kind = 'year' AND period_start < DATE '2026-01-01'
           ORDER BY period_start"""
    )
    assert before[:3] == (42_743, 42_743, 42_743)
    value, low, high, measured, warnings = year
    assert measured < low < value < high
    assert 0.05 < (high - low) / value < 0.25
    assert {"estimated_values", "low_coverage"} <= set(warnings)
    assert not {"provisional_estimate", "weak_estimate"} & set(warnings)


def test_months_of_the_outage_are_less_sure_than_its_whole(demonstration: Demonstration) -> None:
    widths = dict(
        demonstration.ask(
            """SELECT period_kind, sum(high - low) FROM quality.estimate
               WHERE subject = 'counter:auch-door' GROUP BY ALL"""
        )
    )
    assert widths["outage"] == widths["year"] < widths["quarter"] < widths["month"] < widths["week"]


def test_the_estimate_of_the_outage_is_final_and_says_what_it_stands_on(
    demonstration: Demonstration,
) -> None:
    told = demonstration.ask(
        """SELECT DISTINCT onset_date, method, tier, is_final, blocks >= 9, refused_because
           FROM quality.estimate WHERE subject = 'counter:auch-door'"""
    )
    assert told == [(date(2025, 5, 15), "season_both_sides", 2, True, True, None)]


def test_the_change_of_the_year_stands_on_the_hours_counted_and_open_alike_in_both_years(
    demonstration: Demonstration, found: dict[tuple[date, int], int], office: Office
) -> None:
    site = next(site for site in office.sites if site.code == "auch")
    days = [date(2024, 1, 2) + timedelta(days=n) for n in range(729)]
    holidays = public_holidays(office, days)
    minutes = {day: open_minutes(site, day, day in holidays) for day in days}
    this = before = 0
    for day in (day for day in days if day.year == 2025 and not date(2025, 5, 15) <= day <= date(2025, 8, 5)):
        earlier = day - timedelta(days=364)
        for hour in range(24):
            if minutes[day][hour] and minutes[day][hour] == minutes[earlier][hour]:
                this += found[day, hour]
                before += found[earlier, hour]
    compared = demonstration.ask(
        """SELECT compared_value, previous_compared_value, change_percent FROM marts.indicator_comparison
           WHERE indicator = 'counter_passages' AND period_kind = 'year' AND period_start = '2025-01-01'"""
    )
    [(compared_value, previous_value, change)] = compared
    assert (compared_value, previous_value) == (this, before)
    assert float(change) == pytest.approx(100 * (this / before - 1), abs=0.01)


def test_a_dead_open_day_is_not_measured_and_a_closed_one_is_absent(demonstration: Demonstration) -> None:
    days = demonstration.ask(
        """SELECT period_start, measured_value, observed_weight FROM staging.observed_counters
           WHERE indicator = 'counter_passages' AND period_start BETWEEN '2025-05-17' AND '2025-05-19'
           ORDER BY 1"""
    )
    assert days == [(date(2025, 5, 17), None, 0.0), (date(2025, 5, 19), None, 0.0)]


def test_the_watched_series_holds_every_open_hour_and_zeros_while_the_counter_is_dead(
    demonstration: Demonstration,
) -> None:
    counts = demonstration.ask(
        """SELECT count(*), sum(observed_count), count(observed_count)
           FROM staging.series_counters WHERE local_date BETWEEN '2025-05-15' AND '2025-08-05'"""
    )
    [(hours,)] = demonstration.ask(
        """SELECT count(*) FROM settings.opening_hour
           WHERE site = 'auch' AND local_date BETWEEN '2025-05-15' AND '2025-08-05'"""
    )
    assert counts == [(hours, 0.0, hours)]


def test_a_hundred_entries_more_in_the_file_are_a_hundred_more_in_the_year(
    demonstration: Demonstration, changed: Demonstration
) -> None:
    assert changed.figure("counter_passages") == demonstration.figure("counter_passages") + 100
