"""A second program, which shares no code with Vigie, finds every published figure in the raw files."""

from __future__ import annotations

import ast
import csv
from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from time import process_time

import duckdb
import pytest

from demo.making import FIRST, OFFICES
from flows.command.why import asked, days_of, why
from tests.demo.conftest import AS_OF, Demonstration
from tests.second_program.adding import SEASON, Figure, Figures, periods
from tests.second_program.figures import figures
from transforms.compiled import compiled
from warehouse.storage.layout import Home

PROGRAM = Path(__file__).parents[1] / "second_program"
OURS = {"flows", "sources", "transforms", "expectations", "reports", "warehouse", "demo", "bench", "docs"}
# Of four decimals the last is a matter of rounding.
NEAR = Fraction(11, 100_000)
# The report prints +128% for 80 persons that became 183: it cut off.
CUT_OFF = ("contact_persons", "thermes")
# What is computed and not published: the smaller products, and what could tell one host's tax.
SOME_WITHHELD = {"product_quantity", "tax_declared", "tax_share", "tourist_tax_nights", "bed_fill_rate"}
# Which hours a machine was out Vigie alone judges.
JUDGED = {"observatory_coverage"}


@pytest.fixture(scope="module")
def computed(made: Home) -> Figures:
    """What the second program finds in the raw files."""
    return figures(made.inbox, made.office_file, AS_OF.date())


def test_the_second_program_shares_no_code_with_vigie() -> None:
    imported = {
        name.split(".")[0]
        for path in PROGRAM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert "csv" in imported
    assert imported & OURS == set()


def period(named: str, years_before: int = 0) -> tuple[str, date]:
    """Kind and first day of a period of the report: a year, a month, or July and August."""
    year = int(named[:4]) - years_before
    if "/" in named:
        return SEASON, date(year, 7, 1)
    return ("month", date(year, int(named[5:]), 1)) if "-" in named else ("year", date(year, 1, 1))


def printed(value: Fraction, like: str) -> Decimal:
    """A value with as many decimals as one that is printed."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(like), ROUND_HALF_UP)


def test_the_second_program_finds_every_figure_of_the_report(computed: Figures) -> None:
    """Values, those of the year before, and changes, which the report prints of whole years."""
    with (OFFICES / FIRST / "published.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    # The one row that prints a change alone.
    rows.append({"indicator": "website_visits", "site": "all", "period": "2025", "change_percent": "30"})
    wrong = []
    for row in rows:
        series = (row["indicator"], row["site"], row.get("dimension", ""))
        value, before = (computed.get((*series, *period(row["period"], back))) for back in (0, 1))
        for column, found in (("value", value), ("previous_value", before)):
            if row.get(column) and (found is None or printed(found, row[column]) != Decimal(row[column])):
                wrong.append((row, found))
        if row["change_percent"] and series[:2] != CUT_OFF:
            assert value is not None
            assert before
            if printed(100 * (value - before) / before, row["change_percent"]) != Decimal(
                row["change_percent"]
            ):
                wrong.append((row, before))
    assert len(rows) == 134
    assert wrong == []


def published_figures(night: Demonstration) -> Figures:
    """Every slice that is published; where something is estimated, what was measured."""
    with duckdb.connect(str(night.home.published_database), read_only=True) as connection:
        return {
            tuple(figure): Fraction(value)
            for *figure, value in connection.execute(
                """SELECT indicator, site, dimension, period_kind, period_start,
                          CASE WHEN estimated_value <> 0 THEN coalesce(measured_value, 0) ELSE value END
                   FROM marts.indicator_value"""
            ).fetchall()
        }


def moved(before: Figures, after: Figures) -> dict[Figure, float]:
    """By how much each figure changed that did, to three decimals."""
    none = Fraction(0)
    changes = {figure: after.get(figure, none) - before.get(figure, none) for figure in before | after}
    return {figure: round(float(by), 3) for figure, by in changes.items() if abs(by) > NEAR}


def test_a_changed_byte_moves_exactly_the_figures_that_stand_on_it(
    demonstration: Demonstration, changed: Demonstration, computed: Figures, dropped_again: Path, made: Home
) -> None:
    """One byte in each of six files, and more in others: the second program says which figures are right."""
    found = moved(published_figures(demonstration), published_figures(changed))
    again = figures(dropped_again, made.office_file, AS_OF.date())
    right = moved(computed, again)
    found = {figure: by for figure, by in found.items() if figure[0] not in JUDGED}
    named = published_figures(changed).keys() | published_figures(demonstration).keys()
    assert found == {figure: by for figure, by in right.items() if figure in named}
    # A party of two that became three.
    assert {figure: by for figure, by in found.items() if figure[0] == "contact_persons"} == {
        ("contact_persons", "auch", "", kind, first): 1.0 for kind, first in periods(date(2025, 4, 15))
    }
    assert {"requests", "average_basket", "website_visits", "budget_balance", "survey_satisfaction"} <= {
        figure[0] for figure in found
    }


def test_the_second_program_finds_every_slice_that_is_published(
    computed: Figures, demonstration: Demonstration
) -> None:
    """All slices, by indicator, site, dimension and period; nothing counted is 0. Where a dead machine hid
    something, what was measured is compared, since an estimate is Vigie's alone."""
    slices = published_figures(demonstration)
    wrong = [
        (*figure, float(value), float(found))
        for figure, value in slices.items()
        if figure[0] not in JUDGED and abs(value - (found := computed.get(figure, Fraction(0)))) > NEAR
    ]
    assert len(slices) > 1000
    assert (Counter(one[0] for one in wrong), wrong[:10]) == (Counter(), [])
    # And nothing was lost: what the second program counted stands there.
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        named = {name for (name,) in connection.execute("SELECT indicator FROM marts.indicator").fetchall()}
    lost = [
        figure
        for figure, value in computed.items()
        if value and figure[0] in named - SOME_WITHHELD and figure not in slices
    ]
    assert lost == []


def test_the_way_back_from_a_figure_takes_less_than_five_seconds_and_names_no_file_of_another_period(
    demonstration: Demonstration,
) -> None:
    """Twelve figures of the report, and one whose rows are instants: UTC's last evening is the next day."""
    with (OFFICES / FIRST / "published.csv").open(encoding="utf-8", newline="") as lines:
        rows = Random(2025).sample(list(csv.DictReader(lines)), 12)
    rows.append({"indicator": "counter_passages", "site": "auch", "dimension": "", "period": "2025"})
    models, home = compiled(demonstration.home), demonstration.home
    with (
        duckdb.connect(str(home.published_database), read_only=True) as published,
        duckdb.connect(str(home.database), read_only=True) as working,
    ):
        for row in rows:
            begun = process_time()
            figure = asked(
                published, row["indicator"], row["site"], row["dimension"], *days_of(row["period"]), "fr"
            )
            told = dict(why(published, working, models, figure, "fr"))
            assert process_time() - begun < 5
            assert told["files"]
            files = [file for file, _ in told["files"]]
    assert len(files) == 12
    assert all("-2025-" in file for file in files)
