"""Cases of counter files whose hour, column or number was read wrong, and of lines that vanished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cases.conftest import Case
from warehouse.words.shapes import plain

CaseOf = Callable[[str, str], Case]


def local_counts(case: Case, counter: str) -> dict[tuple[str, int], Any]:
    """Entries of a counter by local date and hour."""
    return {
        (str(row["local_date"]), row["local_hour"]): row["entry_count"]
        for row in case.ask(
            f"""SELECT local_date, local_hour, entry_count FROM marts.counter_hour
                WHERE counter = '{counter}' AND entry_count IS NOT NULL"""
        )
    }


def account(case: Case) -> list[tuple[Any, ...]]:
    """Status, rows read, loaded and quarantined of each file."""
    return [
        tuple(row.values())
        for row in case.ask(
            """SELECT status, rows_read, rows_loaded, rows_quarantined FROM quality.load
               ORDER BY delivery_id"""
        )
    ]


def test_05_an_offset_in_the_cell_wins_over_the_clock(case: CaseOf) -> None:
    counts = local_counts(case("05", "2025-12-03"), "quai")
    assert {hour: count for hour, count in counts.items() if count} == {
        ("2025-07-14", 10): 77, ("2025-12-01", 10): 33,
    }  # fmt: skip


def test_06_hours_1_to_24_are_the_ends_of_their_slots(case: CaseOf) -> None:
    night = case("06", "2025-07-16")
    counts = local_counts(night, "porte")
    assert counts["2025-07-14", 9] == 10
    assert counts["2025-07-14", 23] == 24
    assert sum(counts.values()) == 300
    assert account(night) == [("loaded", 24, 24, 0)]
    assert "time_is: end" in night.value("SELECT message FROM quality.load")


def test_07_one_file_has_a_column_for_each_counter(case: CaseOf) -> None:
    night = case("07", "2025-07-16")
    for counter, passages in (("porte-a", (5, 6)), ("porte-b", (7, 8))):
        counts = local_counts(night, counter)
        assert (counts["2025-07-14", 10], counts["2025-07-14", 11]) == passages
    assert account(night) == [("loaded", 2, 2, 0)]


def test_08_headings_that_differ_by_an_arrow_are_two(case: CaseOf) -> None:
    night = case("08", "2025-07-16")
    assert local_counts(night, "chemin")["2025-07-14", 10] == 5
    assert "« Piétons ← »" in plain(night.value("SELECT message FROM quality.load"))


def test_09_counts_with_a_zero_behind_a_point_are_counts(case: CaseOf) -> None:
    night = case("09", "2025-07-14")
    (july,) = night.ask(
        """SELECT measured_value, coverage FROM marts.indicator_value WHERE indicator = 'counter_passages'
           AND site = 'bureau' AND period_kind = 'month' AND period_start = '2025-07-01'"""
    )
    assert july["measured_value"] > 0
    assert july["coverage"] == 1.0
    assert [quarantined for *_, quarantined in account(night)] == [0, 0]


def test_10_a_broken_quote_swallows_no_line(case: CaseOf) -> None:
    night = case("10", "2025-07-16")
    counts = local_counts(night, "porte")
    assert [counts["2025-07-14", hour] for hour in range(10, 16)] == [5, 6, 7, 8, 9, 4]
    assert account(night) == [("loaded", 6, 6, 0)]
    assert "ligne 3" in night.value("SELECT message FROM quality.load")
