"""Requests from afar: one by one, or tallied by month."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sources.catalogue import find
from tests.refusals import refused
from tests.sources.conftest import ReadSource

FIXTURES = Path(__file__).parent / "fixtures"


def test_requests_are_read_one_by_one(read_source: ReadSource) -> None:
    read = read_source("requests", FIXTURES / "demandes-2025.csv")
    columns = ("local_date", "channel", "country_code", "answered_date", "is_documentation_sent")
    assert read.rows(*columns) == [
        (date(2025, 7, 2), "telephone", "FR", date(2025, 7, 2), False),
        (date(2025, 7, 3), "email", "BE", date(2025, 7, 4), True),
    ]
    assert "Horaires" not in str(read.rows("*"))


def test_tallies_are_of_whole_months(read_source: ReadSource) -> None:
    read = read_source("requests", FIXTURES / "demandes-mensuelles-2025.csv")
    assert read.rows("month_start", "channel", "request_count") == [
        (date(2025, 7, 1), "telephone", 61),
        (date(2025, 7, 1), "email", 52),
    ]


def test_the_total_of_tallies_is_compared_and_not_counted(read_source: ReadSource) -> None:
    text = (FIXTURES / "demandes-mensuelles-2025.csv").read_text(encoding="utf-8") + "Total;;114\n"
    account = read_source("requests", text, "demandes-mensuelles-2025.csv").reading.account
    assert (account.rows_loaded, account.rows_filtered) == (2, 1)
    assert [(control.stated, control.loaded) for control in account.controls] == [
        (Decimal(114), Decimal(113))
    ]


@pytest.mark.parametrize("content", ["Date;Pays\n02/07/2025;France\n", ""])
def test_a_file_without_a_channel_is_refused(read_source: ReadSource, content: str) -> None:
    with refused(r"Canal|vide"):
        read_source("requests", content, "demandes-2025.csv")


def test_calls_of_a_3cx_exchange_are_read_without_who_called(read_source: ReadSource) -> None:
    read = read_source("requests", find("requests").SPEC.delivery("calls").sample, "call_reports.csv")
    assert read.rows("local_date", "called_at", "is_answered") == [
        (date(2025, 7, 2), datetime(2025, 7, 2, 8, 27, 28), True),  # noqa: DTZ001
        (date(2025, 7, 2), datetime(2025, 7, 2, 9, 2, 10), False),  # noqa: DTZ001
    ]
    assert "Jeanne" not in str(read.rows("*"))


def test_a_call_of_an_unknown_status_is_quarantined(read_source: ReadSource) -> None:
    text = find("requests").SPEC.delivery("calls").sample.replace("Unanswered", "Redirected")
    assert read_source("requests", text, "call_reports.csv").faults() == [(3, "Status", "not_a_boolean")]
