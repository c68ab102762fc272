"""The running year as far as it is known: the same months and days of both years, and never a whole year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import duckdb
import pytest

from reports.document import Number, Text, texts
from reports.pages.index import ten_lines
from reports.pages.published import Names, Published
from reports.reading import reread
from warehouse.words.messages import say

TABLES = """
CREATE SCHEMA marts;
CREATE TABLE marts.indicator AS
    SELECT *, label_fr AS label_en, 'welcome' AS section, 'x' AS source_system,
           NULL AS of_indicator, NULL AS by_indicator
    FROM (VALUES ('counter_passages', 'Passages', 'persons', 0, 'sum', 'slots'),
                 ('contact_persons', 'Personnes', 'persons', 0, 'sum', 'periods'),
                 ('average_rating', 'Note', 'stars/5', 1, 'ratio', 'periods'),
                 ('bed_places_commercial', 'Lits', 'beds', 0, 'level', 'periods'))
         AS one (indicator, label_fr, unit, decimals, kind, comparison);
CREATE TABLE marts.site AS SELECT 'o' AS office, 'auch' AS site, 'Auch' AS site_name;
CREATE TABLE marts.figure_note AS SELECT 'outage' AS code, 'panne' AS label_fr, 'outage' AS label_en;
CREATE TABLE marts.method_break (indicator VARCHAR, site VARCHAR, break_date DATE, reason VARCHAR);
CREATE TABLE marts.indicator_value (
    office VARCHAR, indicator VARCHAR, site VARCHAR, dimension VARCHAR, period_kind VARCHAR,
    period_start DATE,
    period_end DATE, value DECIMAL(18, 4), unit VARCHAR, measured_value DECIMAL(18, 4),
    estimated_value DECIMAL(18, 4), low DECIMAL(18, 4), high DECIMAL(18, 4), coverage DOUBLE,
    previous_value DECIMAL(18, 4), change_percent DECIMAL(18, 2), change_low DECIMAL(18, 2),
    change_high DECIMAL(18, 2), comparable BOOLEAN, warnings VARCHAR[], refreshed_at TIMESTAMP);
CREATE TABLE marts.indicator_comparison (
    office VARCHAR, indicator VARCHAR, site VARCHAR, dimension VARCHAR, period_kind VARCHAR,
    period_start DATE,
    compared_value DECIMAL(18, 4), previous_compared_value DECIMAL(18, 4), compared_share DOUBLE,
    reasons VARCHAR[], weeks BIGINT);
"""
JULY = datetime(2025, 7, 14, 0, 30)  # noqa: DTZ001


class Made:
    """Published figures that a test writes, told as of an instant."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(TABLES)

    def put(self, indicator: str, kind: str, start: str, value: float, before: float | None = None,
            *, comparable: bool = True) -> None:  # fmt: skip
        """A figure of a period, and what it was a year before."""
        end = {"month": "1 MONTH", "year": "1 YEAR"}[kind]
        self.connection.execute(
            f"""INSERT INTO marts.indicator_value
                SELECT 'o', indicator, 'auch', '', ?, ?::DATE, ?::DATE + INTERVAL {end} - INTERVAL 1 DAY, ?,
                       unit, ?, 0, NULL, NULL, 1, ?, NULL, NULL, NULL, ?, [], NULL
                FROM marts.indicator WHERE indicator = ?""",
            [kind, start, start, value, value, before, comparable, indicator],
        )

    def lines(self, as_of: datetime = JULY) -> list[str]:
        """What the first page says of the year."""
        self.connection.execute("UPDATE marts.indicator_value SET refreshed_at = ?", [as_of])
        names = Names("Office", "fr", ZoneInfo("Europe/Paris"), {}, lambda *_: Text())
        published = Published(self.connection, names)
        standing = {"refreshed_at": as_of}
        published.__dict__["standing"] = standing
        self.told = [one for block in ten_lines(published) for one in texts(block)]
        return [str(one).replace("\u202f", " ") for one in self.told]


@pytest.fixture
def made() -> Iterator[Made]:
    one = Made()
    yield one
    one.connection.close()


def test_a_running_year_is_told_by_the_months_that_are_over_in_both_years(made: Made) -> None:
    made.put("contact_persons", "year", "2025-01-01", 700, 1200, comparable=False)
    for month in range(1, 7):
        made.put("contact_persons", "month", f"2025-{month:02d}-01", 110, 100)
        made.put("contact_persons", "month", f"2024-{month:02d}-01", 100)
    made.put("contact_persons", "month", "2025-07-01", 40, 300, comparable=False)
    made.put("contact_persons", "month", "2024-07-01", 300)
    assert made.lines() == [
        "Personnes (Auch) : 660 personnes de janvier à juin 2025 ; "
        "+10,0 % par rapport aux mêmes mois de 2024 (600 personnes)."
    ]


def test_every_number_of_a_running_year_is_found_again_where_it_was_read(made: Made) -> None:
    test_a_running_year_is_told_by_the_months_that_are_over_in_both_years(made)
    read = [piece for one in made.told for piece in one.pieces if isinstance(piece, Number)]
    held = reread(made.connection, [piece.of for piece in read])
    assert [held[piece.of] for piece in read] == [piece.value for piece in read]
    assert len(read) == 3


def test_a_month_that_only_one_year_has_is_left_out_and_said(made: Made) -> None:
    made.put("contact_persons", "year", "2025-01-01", 700)
    for month in (1, 2, 3, 4, 6):
        made.put("contact_persons", "month", f"2025-{month:02d}-01", 110, 100)
    for month in range(1, 7):
        made.put("contact_persons", "month", f"2024-{month:02d}-01", 100)
    (line,) = made.lines()
    assert line.endswith(
        "+10,0 % par rapport aux mêmes mois de 2024 (500 personnes), sur 5 mois comparables de 6."
    )


def test_no_change_is_told_where_too_few_months_compare(made: Made) -> None:
    made.put("contact_persons", "year", "2025-01-01", 700)
    for month in range(1, 7):
        made.put("contact_persons", "month", f"2025-{month:02d}-01", 110, 100, comparable=month == 1)
    assert made.lines() == ["Personnes (Auch) : 660 personnes de janvier à juin 2025 ; "
                            "pas comparable à l'année précédente."]  # fmt: skip


def test_nothing_is_told_of_a_register_before_a_month_is_over(made: Made) -> None:
    made.put("contact_persons", "year", "2025-01-01", 40)
    made.put("contact_persons", "month", "2025-07-01", 40, comparable=False)
    assert made.lines() == [say("page.no_figures", "fr")]


def compared(made: Made, share: float, reasons: list[str], weeks: int = 28) -> str:
    """The line of a counter of which a share of the year so far compares."""
    made.put("counter_passages", "year", "2025-01-01", 9000, comparable=False)
    made.connection.execute(
        "INSERT INTO marts.indicator_comparison VALUES "
        "('o', 'counter_passages', 'auch', '', 'year', '2025-01-01', 4500, 5000, ?, ?, ?)",
        [share, reasons, weeks],
    )
    return made.lines()[0]


def test_a_counter_is_compared_slot_by_slot_until_yesterday(made: Made) -> None:
    assert compared(made, 0.72, ["outage", "partial_period"]) == (
        "Passages (Auch) : depuis le 1er janvier 2025, 9 000 personnes ; −10,0 % à périmètre égal "
        "par rapport aux mêmes jours de 2024, sur 72 % du temps, observé les deux années."
    )


@pytest.mark.parametrize(("share", "weeks"), [(0.4, 28), (0.9, 3)])
def test_a_counter_that_was_hardly_seen_in_both_years_is_not_compared(
    made: Made, share: float, weeks: int
) -> None:
    assert compared(made, share, ["outage", "partial_period"], weeks).endswith(
        "pas comparable à l'année précédente : panne."
    )


def test_a_level_is_its_last_month_beside_the_same_one(made: Made) -> None:
    made.put("bed_places_commercial", "year", "2025-01-01", 2900)
    made.put("bed_places_commercial", "month", "2025-06-01", 2901, 2950)
    made.put("bed_places_commercial", "month", "2025-07-01", 2890, 2940, comparable=False)
    (line,) = made.lines()
    assert line.startswith("Lits (Auch) : 2 901 lits fin juin 2025")


def test_a_mean_is_told_without_a_comparison_that_only_a_whole_year_allows(made: Made) -> None:
    made.put("average_rating", "year", "2025-01-01", 4.2, 4.4, comparable=False)
    assert made.lines() == ["Note (Auch) : depuis le 1er janvier 2025, 4,2/5."]


def test_the_first_nights_of_a_year_tell_the_whole_year_before_it(made: Made) -> None:
    made.put("contact_persons", "year", "2024-01-01", 1200)
    made.put("contact_persons", "year", "2025-01-01", 3, comparable=False)
    line, note = made.lines(datetime(2025, 1, 5, 1, 30))  # noqa: DTZ001
    assert line.startswith("Personnes (Auch) : 1 200 personnes")
    assert note == "L'année 2025 commence : elle est dite ici à partir de mars."
