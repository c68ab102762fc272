"""What is said of one figure: its unit, its period, and nothing twice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reports.reading import Row
from reports.wording import Wording

FIGURE: dict[str, Any] = {
    "indicator": "beds", "site": "all", "site_name": None, "dimension": "", "period_kind": "year",
    "period_start": date(2025, 1, 1), "kind": "level", "unit": "beds", "decimals": 0, "comparison": "periods",
    "value": Decimal(2901), "measured_value": Decimal(2901), "estimated_value": None, "low": None,
    "high": None, "previous_value": Decimal(2713), "change_percent": Decimal("6.93"),
    "coverage": None, "comparable": True, "warnings": [], "reasons": [], "of_indicator": None,
    "by_indicator": None,
}  # fmt: skip


def row(**other: Any) -> Row:
    return Row("figure", FIGURE | other)


def plain(said: object) -> str:
    return str(said).replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "other", "said"),
    [
        ("fr", {}, "Lits : 2 901 lits fin 2025, +6,9 % sur un an"),
        ("en", {}, "Lits: 2,901 beds at the end of 2025, +6.9 % on the year before"),
        ("fr", {"period_kind": "month", "period_start": date(2025, 3, 1)},
         "Lits : 2 901 lits fin mars 2025, +6,9 % sur un an"),
        ("fr", {"change_percent": None}, "Lits : 2 901 lits (fin 2025)"),
        # It is not over: that is no state of its end.
        ("fr", {"warnings": ["partial_period"]}, "Lits : 2 901 lits en 2025, +6,9 % sur un an"),
        ("fr", {"kind": "sum"}, "Lits : 2 901 lits en 2025, +6,9 % sur un an"),
    ],
)  # fmt: skip
def test_a_level_is_of_the_end_of_its_period(language: str, other: dict[str, Any], said: str) -> None:
    assert plain(Wording(language, {}).finding(row(**other), "Lits")) == said


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, "Contre 2 713 lits fin 2024."),
        ({"change_percent": None, "previous_value": None}, "Pas d'année précédente à comparer."),
        ({"coverage": 0.5}, "2 901 lits sur 50 % du temps à observer ; contre 2 713 lits fin 2024."),
        ({"kind": "peak", "change_percent": None, "unit": "hour", "value": Decimal(16)}, ""),
    ],
)
def test_a_sentence_does_not_say_its_title_again(other: dict[str, Any], said: str) -> None:
    assert plain(Wording("fr", {}).below_finding(row(**other))) == said


@pytest.mark.parametrize(
    ("language", "value", "change", "said"),
    [
        ("fr", "1", "1.04", "1 lit, +1,0 %"),
        ("fr", "0", "1.04", "0 lit, +1,0 %"),
        ("en", "0", "1.04", "0 beds, +1.0 %"),
        ("fr", "2", "1.04", "2 lits, +1,0 %"),
    ],
)
def test_a_unit_goes_with_its_number(language: str, value: str, change: str, said: str) -> None:
    own, wording = row(value=Decimal(value), change_percent=Decimal(change)), Wording(language, {})
    assert plain(f"{wording.value(own)}, {wording.change(own)}") == said


@pytest.mark.parametrize(
    ("change", "said"), [("1.04", "+1,0 pt"), ("-2.5", "−2,5 pts"), ("1.96", "+2,0 pts")]
)
def test_points_go_with_their_number(change: str, said: str) -> None:
    own = row(unit="percent", change_percent=Decimal(change))
    assert str(Wording("fr", {}).change(own)) == said


def test_a_detail_of_a_detail_is_told_without_a_second_colon() -> None:
    assert Wording("fr", {}).dimension("external:premises") == "externe, locaux"
