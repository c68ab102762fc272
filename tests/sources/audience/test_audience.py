"""Matomo, Mailjet and the workbooks of networks, press and creators."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.refusals import refused
from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", ["matomo-tourisme-2025-07.csv", "matomo-tourisme-2025-fr.csv"])
def test_matomo_is_read_in_utf_16_with_raw_or_french_headings(read_source: ReadSource, name: str) -> None:
    read = read_source("audience", FIXTURES / name)
    columns = ("website", "local_date", "visits_count", "unique_visitors_count", "visit_seconds")
    assert read.rows(*columns)[0] == ("tourisme", date(2025, 7, 1), 455, 410, 61880)
    assert read.reading.account.message == ""


def test_a_week_of_matomo_is_no_day(read_source: ReadSource) -> None:
    text = (FIXTURES / "matomo-tourisme-2025-07.csv").read_text(encoding="utf-16")
    week = text.replace("2025-07-02,", '"2025-07-02,2025-07-08",').encode("utf-16")
    read = read_source("audience", week, "matomo-tourisme-2025.csv")
    assert read.rows("local_date") == [(date(2025, 7, 1),)]
    assert read.faults() == [(3, "date", "not_a_date")]


def test_a_file_of_matomo_whose_name_tells_no_website_is_refused(read_source: ReadSource) -> None:
    with refused("website"):
        read_source("audience", (FIXTURES / "matomo-tourisme-2025-07.csv").read_bytes(), "export.csv")


def test_of_a_newsletter_nothing_of_the_recipient_is_kept(read_source: ReadSource) -> None:
    read = read_source("audience", FIXTURES / "mailjet-7001.csv")
    assert read.rows("campaign_id", "row_rank", "sent_on", "is_opened", "is_clicked") == [
        ("7001", 1, date(2025, 7, 2), True, True),
        ("7001", 2, date(2025, 7, 2), False, False),
    ]
    assert read.reading.account.rows_filtered == 1
    (path,) = read.reading.tables.values()
    assert "exemple" not in str(duckdb.execute("FROM read_parquet(?)", [str(path)]).fetchall())


def test_readings_of_networks_have_their_code(read_source: ReadSource) -> None:
    read = read_source("audience", FIXTURES / "audience.csv")
    assert read.rows("network", "followers_count", "views_count") == [
        ("instagram", 5210, 48300),
        ("facebook", 9870, None),
    ]


def test_press_keeps_neither_title_nor_who_was_met(read_source: ReadSource) -> None:
    read = read_source("audience", FIXTURES / "presse.csv")
    assert read.rows("published_on", "row_rank", "media", "media_kind", "equivalent_eur") == [
        (date(2025, 6, 14), 1, "Quotidien Exemple", "print", Decimal(850)),
        (date(2025, 6, 14), 2, "Radio Exemple", "radio", None),
    ]
    assert read.reading.account.message == ""


def test_more_than_a_number_stays_a_least_number(read_source: ReadSource) -> None:
    read = read_source("audience", FIXTURES / "createurs.csv")
    assert read.rows("month_start", "creator", "views_count", "is_views_minimum") == [
        (date(2025, 6, 1), "Créateur A", 70000, True),
        (date(2025, 7, 1), "Créateur B", 61234, False),
    ]
    counts = ("likes_count", "is_likes_minimum", "saves_count", "is_saves_minimum")
    assert read.rows(*counts) == [(4000, True, 90, False), (2000, True, 100, True)]
    assert read.rows("shares_count", "is_shares_minimum") == [(None, None), (80, True)]


@pytest.mark.parametrize("said", ["environ 70 000", "70 000 ou plus", "- de 70 000"])
def test_a_number_that_says_anything_else_is_quarantined(read_source: ReadSource, said: str) -> None:
    text = (FIXTURES / "createurs.csv").read_text(encoding="utf-8").replace("+ de 70 000", said)
    assert read_source("audience", text, "createurs.csv").faults() == [(2, "Vues", "not_a_number")]


def test_a_report_of_google_analytics_by_day_is_found_below_its_lines_of_comment(
    read_source: ReadSource,
) -> None:
    read = read_source("audience", FIXTURES / "ga4-tourisme-2026-08.csv")
    assert read.rows("website", "tool", "local_date", "visits_count", "unique_visitors_count") == [
        ("tourisme", "google_analytics", date(2025, 8, 1), 455, 410),
        ("tourisme", "google_analytics", date(2025, 8, 2), 440, 398),
    ]


def test_posts_of_facebook_are_a_snapshot_of_the_day_of_the_export(read_source: ReadSource) -> None:
    read = read_source("audience", FIXTURES / "meta-facebook.csv")
    columns = (
        "network",
        "post_id",
        "published_on",
        "read_on",
        "views_count",
        "reach_count",
        "reactions_count",
    )
    assert read.rows(*columns) == [
        ("facebook", "122158000000000001", date(2025, 7, 2), date(2026, 1, 5), 15000, 12310, 410),
        ("facebook", "122158000000000002", date(2025, 7, 14), date(2026, 1, 5), 980, 870, 41),
    ]
    assert [(line, column) for line, column, _ in read.faults()] == [(4, "Post ID")]


def test_posts_of_instagram_have_likes_and_saves(read_source: ReadSource) -> None:
    read = read_source("audience", FIXTURES / "meta-instagram.csv", "instagram 2026-01-05.csv")
    assert read.rows("network", "account", "views_count", "reactions_count", "saves_count") == [
        ("instagram", "tourisme.exemple", 1250, 80, 12)
    ]
    assert read.reading.account.message == ""
