"""The demonstration's reviews, audience, documentation, budget and partners, and what went wrong in them."""

from __future__ import annotations

from decimal import Decimal

from tests.demo.conftest import Demonstration


def test_visits_of_the_website_are_thirty_percent_more_than_the_year_before(
    demonstration: Demonstration,
) -> None:
    ((change, is_comparable),) = demonstration.ask(
        """SELECT change_percent, comparable FROM marts.indicator_value
           WHERE indicator = 'website_visits' AND period_kind = 'year' AND period_start = DATE '2025-01-01'"""
    )
    assert (round(change), is_comparable) == (Decimal(30), True)


def test_what_the_workbook_notes_of_google_and_of_an_early_budget_does_not_count_twice(
    demonstration: Demonstration,
) -> None:
    kinds = demonstration.ask("SELECT DISTINCT recorded_in FROM raw.budget_lines WHERE fiscal_year = 2025")
    assert len(kinds) == 2
    ((noted,),) = demonstration.ask(
        "SELECT count(*) FROM raw.review_register WHERE platform = 'google' AND year(created_on) = 2025"
    )
    assert noted > 0


def test_an_edition_fell_under_its_threshold_labels_are_due_and_a_review_was_harsh(
    demonstration: Demonstration,
) -> None:
    rules = demonstration.ask("SELECT DISTINCT rule FROM quality.incident ORDER BY rule")
    assert {"stock_low", "label_due", "low_review"} <= {rule for (rule,) in rules}


def test_what_is_published_of_the_museum_and_of_the_account_stands_beside_the_office_s_own(
    demonstration: Demonstration,
) -> None:
    assert demonstration.ask(
        """SELECT site, year, stated_count, counted_count, difference FROM marts.museum_year ORDER BY year"""
    ) == [("musee-resistance", 2023, 1462, 1462, 0), ("musee-resistance", 2024, 1487, 1487, 0)]
    assert demonstration.ask(
        """SELECT direction, recorded_in, stated_eur > 0, difference_eur FROM marts.published_account
           ORDER BY direction"""
    ) == [("expense", "xml", True, Decimal(0)), ("receipt", "xml", True, Decimal(0))]
    asked = demonstration.ask("SELECT DISTINCT rule FROM quality.incident WHERE rule LIKE '%question'")
    assert not {"museum_question", "account_question"} & {rule for (rule,) in asked}
