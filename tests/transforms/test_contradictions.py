"""Published figures that contradict each other: the dictionary says so, in numbers of the report."""

from __future__ import annotations

import csv
from decimal import Decimal
from math import ceil, floor

import pytest

from demo.making import FIRST, OFFICES
from transforms.dictionary.entries import Indicator, entries

with (OFFICES / FIRST / "published.csv").open(encoding="utf-8", newline="") as lines:
    PRINTED = list(csv.DictReader(lines))


def printed(indicator: str, dimension: str, column: str = "value") -> Decimal:
    (value,) = [
        row[column] for row in PRINTED if (row["indicator"], row["dimension"]) == (indicator, dimension)
    ]
    return Decimal(value)


def said(indicator: str, language: str) -> str:
    """All that the dictionary says of an indicator in a language, with plain spaces."""
    entry = entries()[indicator]
    assert isinstance(entry, Indicator)
    words = [getattr(one, language) for one in (entry.definition, entry.not_comparable) if one]
    return " ".join(words).replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_lost_groups_do_not_add_up_to_their_total(language: str) -> None:
    lost = printed("groups_not_completed", "", "previous_value")
    parts = [
        printed("groups_not_completed", reason, "previous_value")
        for reason in ("no_guide_available", "cancelled_by_client")
    ]
    assert sum(parts) != lost
    told = said("groups_not_completed", language)
    assert all(str(number) in told for number in (lost, *parts, sum(parts), lost - sum(parts)))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("share", "column"),
    [
        ("visitor_profile_share", "value"),
        ("visitor_profile_share", "previous_value"),
        ("origin_country_share", "value"),
    ],
)
def test_shares_do_not_add_up_to_a_hundred(share: str, column: str, language: str) -> None:
    whole = sum(Decimal(row[column]) for row in PRINTED if row["indicator"] == share and row[column])
    assert whole in (98, 99)
    assert f"{whole} %" in said(share, "fr")
    assert f"{whole}%" in said(share, "en")
    assert str(whole) in said(share, language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_declared_tax_is_not_what_its_shares_come_to(language: str) -> None:
    department, rail = printed("tax_share", "department"), printed("tax_share", "gpso")
    declared = printed("tax_declared", "without_digital_operators")
    gaps = [
        declared - base - department - rail for base in (department / Decimal("0.10"), rail / Decimal("0.34"))
    ]
    assert (floor(min(gaps)), ceil(max(gaps))) == (58, 61)
    told = said("tax_share", language)
    assert "58" in told
    assert "61" in told
    assert "tax_reconciliation" in told
