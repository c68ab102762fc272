"""The small demonstration offices: a night of each, and every row that the office published."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import duckdb
import pytest

from demo.making import FIRST, OFFICES, make, night_of, offices
from flows.command.comparing import compare
from flows.command.reporting import report
from flows.night.steps import NightReport, night
from warehouse.office.model import load_office
from warehouse.storage.layout import Home

SMALL = [code for code in offices() if code != FIRST]
MANUAL = Path(__file__).parents[1] / "transforms" / "quality-manual-orthe-arrigans.csv"
Night = tuple[Home, NightReport]


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Night]:
    """The night of each small office. Tests only read it."""
    found = {}
    for code in SMALL:
        home = Home(tmp_path_factory.mktemp(code) / "home")
        make(home, code)
        at = datetime.combine(night_of(code), time(1, 30), UTC)
        found[code] = (home, night(home, load_office(home.office_file), at))
    return found


@pytest.fixture
def landes(nights: dict[str, Night]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(nights["landes"][0].published_database), read_only=True) as connection:
        yield connection


def test_there_are_three_offices_each_with_the_night_after_its_last_year() -> None:
    assert {code: f"{night_of(code)}" for code in offices()} == {
        "auch": "2026-01-05", "landes": "2021-01-05", "orthe": "2021-01-05",
    }  # fmt: skip


@pytest.mark.parametrize("code", SMALL)
def test_a_small_office_has_its_night_and_every_row_comes_out(code: str, nights: dict[str, Night]) -> None:
    home, report = nights[code]
    assert (report.failures, report.failed_checks) == ({}, [])
    assert [refused for source in report.sources for refused in source.refused] == []
    with duckdb.connect(str(home.published_database), read_only=True) as published:
        compared = compare(published, OFFICES / code, "fr")
        unbalanced = published.execute(
            """SELECT file FROM quality.load WHERE status <> 'loaded' OR rows_read <>
                   rows_loaded + rows_quarantined + rows_duplicate + rows_filtered"""
        ).fetchall()
    assert [one for one in compared if not one.agrees] == []
    assert len(compared) == {"orthe": 39, "landes": 19}[code]
    assert unbalanced == []


def test_the_manual_of_orthe_is_what_the_office_printed() -> None:
    """The demonstration's French copy has the numbers of the manual, row by row."""
    words = {"done in December": "fait", "not distributed": "non distribué", "no account": "pas de compte"}
    with MANUAL.open(encoding="utf-8", newline="") as lines:
        printed = [
            (row["family"], *(words.get(row[year], row[year]) for year in ("y2018", "y2019", "y2020")))
            for row in csv.DictReader(lines)
        ]
    with (OFFICES / "orthe" / "quality-manual.csv").open(encoding="utf-8", newline="") as lines:
        kept = [(row["family"], row["y2018"], row["y2019"], row["y2020"]) for row in csv.DictReader(lines)]
    assert kept == printed


def test_what_a_system_knows_comes_from_it_and_the_rest_from_a_person(nights: dict[str, Night]) -> None:
    with duckdb.connect(str(nights["orthe"][0].published_database), read_only=True) as published:
        given = dict(
            published.execute(
                "SELECT given_by, count(*) FROM marts.quality_objective WHERE year = 2020 GROUP BY 1"
            ).fetchall()
        )
    assert given == {"system": 16, "person": 23}


def test_the_total_of_a_year_without_one_intercommunality_is_absent_with_its_reason(
    landes: duckdb.DuckDBPyConnection,
) -> None:
    told = landes.execute(
        """SELECT year(period_start), dimension, value > 0 FROM marts.indicator_value
           WHERE indicator = 'tourist_tax_nights' AND period_kind = 'year' ORDER BY 1, 2"""
    ).fetchall()
    assert told == [
        (2019, "", True),
        (2019, "chalosse-tursan", True),
        (2019, "pays-des-luys", True),
        (2020, "chalosse-tursan", True),
    ]
    missing = landes.execute(
        """SELECT indicator, dimension, reason_code FROM marts.indicator_gap
           WHERE indicator IN ('tourist_tax_nights', 'tax_declared') AND period_start = DATE '2020-01-01'
             AND dimension IN ('', 'pays-des-luys', 'without_digital_operators') ORDER BY ALL"""
    ).fetchall()
    assert missing == [
        ("tax_declared", "without_digital_operators", "territory_missing"),
        ("tourist_tax_nights", "", "territory_missing"),
        ("tourist_tax_nights", "pays-des-luys", "territory_missing"),
    ]


def test_the_rate_of_a_category_is_given_and_not_compared_while_one_intercommunality_is_missing(
    landes: duckdb.DuckDBPyConnection,
) -> None:
    rates = landes.execute(
        """SELECT dimension, value BETWEEN 5 AND 60, comparable, list_contains(warnings, 'territory_missing')
           FROM marts.indicator_value
           WHERE indicator = 'bed_fill_rate' AND period_start = DATE '2020-01-01' ORDER BY 1"""
    ).fetchall()
    assert rates == [
        (category, True, False, True)
        for category in ("campsite_three_to_five_star", "three_star", "two_star")
    ]


@pytest.mark.parametrize("code", SMALL)
def test_a_small_office_drafts_its_report_and_only_what_it_declares(
    code: str, nights: dict[str, Night], tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    shutil.copyfile(nights[code][0].office_file, home.office_file)
    shutil.copytree(nights[code][0].published, home.published, symlinks=True)
    written = report(home, load_office(home.office_file), 2020, datetime(2021, 1, 6, tzinfo=UTC))
    names = {path.name.removesuffix(path.suffix) for path in written.files}
    assert names == {"rapport-activite-2020", "rapport-financier-2020", "tableau-qualite-2020"}
    assert all(path.stat().st_size > 2000 for path in written.files)
