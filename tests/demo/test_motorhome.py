"""The demonstration motorhome area: the published figures come out of its raw files, and only of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.demo.conftest import Demonstration


def test_every_row_is_accounted_for_and_the_corrected_file_is_known_the_second_time(
    demonstration: Demonstration,
) -> None:
    files = demonstration.ask(
        """SELECT count(*), sum(rows_quarantined + rows_duplicate), count(*) FILTER (status = 'known'),
                  count(*) FILTER (message LIKE '%remplace%')
           FROM quality.load WHERE source = 'motorhome'"""
    )
    assert files == [(30, 0, 1, 1)]


def test_the_published_nights_and_takings_come_out(demonstration: Demonstration) -> None:
    assert demonstration.figure("overnight_stays") == 11_992
    assert abs(demonstration.figure("turnover_excluding_tax") - 71_585) < Decimal("0.5")
    takings = demonstration.figure("turnover_excluding_tax") / demonstration.figure(
        "turnover_excluding_tax", year=2024
    )
    assert round(100 * (takings - 1)) == 1
    # With or without the nights estimated for the outage, the change is the printed one.
    ((estimated,),) = demonstration.ask("SELECT sum(estimated_value) FROM staging.observed_motorhome")
    assert 0 < estimated < 2 * 58
    for nights in (11_992, 11_992 + estimated):
        assert round(100 * (nights / demonstration.figure("overnight_stays", year=2024) - 1)) == -1


def test_outages_are_whole_days_of_silence_and_there_are_no_others(demonstration: Demonstration) -> None:
    silent = demonstration.ask(
        """SELECT subject_kind, min(local_date), count(*) FROM (
               SELECT subject_kind, local_date FROM staging.series_motorhome
               WHERE local_date < DATE '2026-01-05' GROUP BY ALL HAVING sum(observed_count) = 0
           ) GROUP BY ALL ORDER BY ALL"""
    )
    assert silent == [("barrier", date(2025, 7, 3), 2), ("kiosk", date(2025, 12, 9), 10)]
    told = demonstration.ask(
        """SELECT indicator, date_trunc('month', period_start)::DATE, sum(measured_value)::INTEGER
           FROM staging.observed_motorhome
           WHERE indicator LIKE '%outage_days' AND measured_value <> 0 GROUP BY ALL ORDER BY ALL"""
    )
    assert told == [
        ("barrier_outage_days", date(2025, 7, 1), 2),
        ("kiosk_outage_days", date(2025, 12, 1), 10),
    ]


def test_the_faults_of_2025_are_in_the_logs(demonstration: Demonstration) -> None:
    phantoms = demonstration.ask("SELECT ticket FROM staging.motorhome_payment WHERE NOT has_passage")
    assert phantoms == [("T0900317",)]
    ((forced, unread, no_exit, no_entry, paid),) = demonstration.ask(
        """SELECT (SELECT count(*) FROM staging.motorhome_passage WHERE opening = 'forced'),
                  (SELECT count(*) FROM staging.motorhome_passage WHERE NOT is_plate_read),
                  count(*) FILTER (pairing = 'unpaired_entry'), count(*) FILTER (pairing = 'unpaired_exit'),
                  count(*) FILTER (pairing = 'unpaired_entry' AND nights_basis = 'payment')
           FROM staging.motorhome_stay"""
    )
    assert forced == 1
    assert unread > 50
    assert no_exit > paid > 9
    assert no_entry > 9


def test_the_area_is_never_more_than_full(demonstration: Demonstration) -> None:
    ((fullest,),) = demonstration.ask(
        "SELECT max(measured_value) FROM staging.observed_motorhome WHERE indicator = 'overnight_stays'"
    )
    assert 50 < fullest <= 58


def test_a_stay_less_in_the_log_and_a_payment_more_move_the_figures(
    demonstration: Demonstration, changed: Demonstration
) -> None:
    assert changed.figure("overnight_stays") == demonstration.figure("overnight_stays") - 2
    assert changed.figure("turnover_excluding_tax") == demonstration.figure("turnover_excluding_tax") + 10
