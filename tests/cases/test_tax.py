"""Cases 12 to 16: the calendar, workbooks, statements of the tax, Apidae's hours of 2025."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from tests.cases.conftest import Case

Cases = Callable[[str, str], Case]


def test_12_the_site_is_closed_on_the_public_holiday_of_its_department(case: Cases) -> None:
    night = case("12", "2025-12-29")
    (day,) = night.ask(
        "SELECT public_holiday_name, is_open FROM marts.calendar WHERE local_date = DATE '2025-12-26'"
    )
    assert day["public_holiday_name"]
    assert not day["is_open"]
    assert not night.ask(
        """SELECT value FROM marts.indicator_value
           WHERE indicator = 'counter_passages' AND period_kind = 'day' AND period_start = DATE '2025-12-26'
             AND value <> 0"""
    )
    assert not night.ask(
        """SELECT * FROM quality.estimate
           WHERE onset_date <= DATE '2025-12-26' AND period_start <= DATE '2025-12-26'
             AND estimated_count > 0 AND period_kind = 'day' AND period_start = DATE '2025-12-26'"""
    )
    assert not night.ask("SELECT title FROM quality.message")
    assert not night.ask("SELECT rule, subject FROM quality.incident WHERE rule LIKE 'counter%'")


def test_13_an_amount_typed_as_text_leaves_the_numbers_of_its_column_alone(case: Cases) -> None:
    night = case("13", "2026-01-05")
    assert night.ask("SELECT count(*) AS n, sum(declared_eur) AS eur FROM raw.tax_declarations") == [
        {"n": 11, "eur": Decimal("335.10")}
    ]


def test_14_the_register_is_the_first_visible_sheet_that_has_its_headings(case: Cases) -> None:
    night = case("14", "2026-01-05")
    assert night.ask("SELECT count(*) AS n, sum(declared_eur) AS eur FROM raw.tax_declarations") == [
        {"n": 1, "eur": Decimal("32.26")}
    ]


def test_15_equal_lines_of_a_statement_are_lines(case: Cases) -> None:
    night = case("15", "2026-01-05")
    assert night.ask("SELECT sum(declared_eur) AS eur, count(*) AS n FROM staging.tax_operator_line") == [
        {"eur": Decimal("32.27"), "n": 6}
    ]
    assert night.ask('SELECT "column", stated, loaded FROM quality.control_total') == [
        {"column": "Montant de la taxe", "stated": Decimal("32.27"), "loaded": Decimal("32.27")}
    ]


def test_16_the_open_days_and_hours_of_2025_are_those_of_horaires(case: Cases) -> None:
    night = case("16", "2025-09-01")

    def days(item: int) -> list[date]:
        found = night.ask(
            f"""SELECT local_date FROM marts.tourism_opening_date WHERE object_id = {item}
                ORDER BY local_date"""
        )
        return [row["local_date"] for row in found]

    def hours(item: int) -> list[str]:
        found = night.ask(f"SELECT DISTINCT hours FROM marts.tourism_opening_date WHERE object_id = {item}")
        return [row["hours"] for row in found]

    assert [day.day for day in days(9001)] == [3, 10, 17, 24, 31]
    assert hours(9001) == ["18:00-22:00"]
    assert {day.day for day in days(9002)} == set(range(1, 32)) - {7, 14, 21, 28}
    assert hours(9002) == ["10:00-12:00 14:00-18:00"]
