"""Published figures that contradict each other: docs/annual-report.md says so, in numbers of the report."""

from __future__ import annotations

import csv
from decimal import Decimal
from math import ceil, floor
from pathlib import Path

import pytest

from demo.making import FIRST, OFFICES
from transforms.dictionary.entries import indicators

PAGE = Path(__file__).parents[2] / "docs" / "annual-report.md"
SAID = PAGE.read_text(encoding="utf-8").partition("\n## What a printed report contradicts\n")[2]
LINES = {line[4:].split("**")[0]: line for line in SAID.splitlines() if line.startswith("- **")}

with (OFFICES / FIRST / "published.csv").open(encoding="utf-8", newline="") as lines:
    PRINTED = list(csv.DictReader(lines))


def printed(indicator: str, dimension: str, column: str = "value") -> Decimal:
    (value,) = [
        row[column] for row in PRINTED if (row["indicator"], row["dimension"]) == (indicator, dimension)
    ]
    return Decimal(value)


def said(indicator: str) -> str:
    """What the page says of an indicator, which it calls by its name."""
    label = indicators()[indicator].label.en
    return LINES.get(label) or LINES[label.replace(": ", ", ")]


def test_lost_groups_do_not_add_up_to_their_total() -> None:
    lost = printed("groups_not_completed", "", "previous_value")
    parts = [
        printed("groups_not_completed", reason, "previous_value")
        for reason in ("no_guide_available", "cancelled_by_client")
    ]
    assert sum(parts) != lost
    told = said("groups_not_completed")
    assert all(str(number) in told for number in (lost, *parts, sum(parts), lost - sum(parts)))


@pytest.mark.parametrize(
    ("share", "column"),
    [
        ("visitor_profile_share", "value"),
        ("visitor_profile_share", "previous_value"),
        ("origin_country_share", "value"),
    ],
)
def test_shares_do_not_add_up_to_a_hundred(share: str, column: str) -> None:
    whole = sum(Decimal(row[column]) for row in PRINTED if row["indicator"] == share and row[column])
    assert whole in (98, 99)
    assert f"{whole}%" in said(share)


def test_the_declared_tax_is_not_what_its_shares_come_to() -> None:
    department, rail = printed("tax_share", "department"), printed("tax_share", "gpso")
    declared = printed("tax_declared", "without_digital_operators")
    gaps = [
        declared - base - department - rail for base in (department / Decimal("0.10"), rail / Decimal("0.34"))
    ]
    assert (floor(min(gaps)), ceil(max(gaps))) == (58, 61)
    assert "58 to 61" in LINES["Tourist tax"]
    assert "marts.tax_reconciliation" in LINES["Tourist tax"]
