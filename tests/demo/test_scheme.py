"""The action plan of the destination: every action with what it is followed by."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest

from demo.making import FIRST, OFFICES
from flows.night.drawing import names_of
from reports.document import Table
from reports.pages.followed import action_plan
from reports.pages.published import Published
from tests.demo.conftest import Demonstration
from transforms.dictionary.entries import Component, entries
from warehouse.office.model import load_office
from warehouse.office.subjects.scheme import Action
from warehouse.storage.database import only_read

PLAN = Path(__file__).with_name("action-plan-2023-2028.csv")
# What the plan names in one breath and the office follows apart.
APART = {37: 2, 43: 2}


def plan() -> dict[int, list[str]]:
    """The control indicators of each action, as the plan prints them."""
    with PLAN.open(encoding="utf-8", newline="") as lines:
        return {
            int(row["action"]): [one for one in row["control_indicators"].split("; ") if one]
            for row in csv.DictReader(lines)
        }


@pytest.fixture(scope="module")
def actions() -> dict[int, Action]:
    scheme = load_office(OFFICES / FIRST / "office.yml").scheme
    assert scheme is not None
    assert scheme.skipped == (18, 33)
    return {one.action: one for one in scheme.actions}


def test_every_action_of_the_plan_is_declared_with_as_many_control_indicators(
    actions: dict[int, Action],
) -> None:
    assert len(plan()) == 53
    declared = {number: len(one.controls) for number, one in actions.items()}
    assert declared == {number: APART.get(number, len(names)) for number, names in plan().items()}


def test_every_control_that_names_an_indicator_names_one_of_the_dictionary(
    actions: dict[int, Action],
) -> None:
    known = {code for code, entry in entries().items() if not isinstance(entry, Component)}
    named = {one.indicator for action in actions.values() for one in action.controls if one.indicator}
    assert named <= known


def test_the_yearly_review_is_a_query_of_53_actions_and_two_numbers_that_are_skipped(
    demonstration: Demonstration,
) -> None:
    with duckdb.connect(str(demonstration.home.published_database), read_only=True) as connection:
        rows = connection.execute(
            """SELECT scheme_action, status, given_by, last_year, label FROM marts.scheme_action
               ORDER BY scheme_action, control_rank"""
        ).fetchall()
    numbers = {number for number, *_ in rows}
    assert numbers == set(range(1, 56))
    assert {number for number, status, *_ in rows if status == "skipped"} == {18, 33}
    without = {number for number, names in plan().items() if not names}
    assert {number for number, status, *_ in rows if status == "no_control"} == without
    # What a system gives has its last figure, but rentals, of which the demonstration has no register; what
    # nobody gives yet is told as such. Partners are those of the workbook that came in 2026.
    given = [row for row in rows if row[2] == "system"]
    assert {row[0] for row in given if row[1] != "known"} == {15}
    assert {row[3] for row in given if row[1] == "known"} == {2025, 2026}
    assert {row[0] for row in given if row[3] == 2026} == {21}
    assert {row[1] for row in rows if row[2] is None and row[4]} == {"no_data_yet"}


@pytest.mark.parametrize(
    ("asked", "action", "followed_by", "last"),
    [
        (None, "53", "marque renouvelée", "fait (2025)"),
        (None, "2", "panneaux posés", "0 (2025)"),
        (2024, "2", "panneaux posés", "6 (2024)"),
        (2024, "53", "marque renouvelée", "fait (2024)"),
    ],
)
def test_the_review_of_a_year_tells_what_was_known_of_that_year(
    asked: int | None, action: str, followed_by: str, last: str, demonstration: Demonstration
) -> None:
    names = names_of(load_office(demonstration.home.office_file))
    with only_read(demonstration.home.published_database) as connection:
        plan = action_plan(Published(connection, names, asked, is_linked=False))
    tables = [block for section in plan.sections for block in section.blocks if isinstance(block, Table)]
    told = {(str(row[0]).partition(".")[0], str(row[1])): str(row[2]) for one in tables for row in one.rows}
    assert told[action, followed_by] == last
