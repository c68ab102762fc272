"""The page of the benchmark is what its JSON says, and its charts and verdicts are right."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from bench.counters.__main__ import TARGET
from bench.counters.page import documents
from bench.counters.plot import chart
from bench.counters.verdict import YEAR, verdicts
from bench.imputing import BLOCK_DAYS, Block
from transforms.counters.counter_model import Days


def test_the_page_and_its_charts_are_current() -> None:
    for path, text in documents(json.loads(TARGET.read_text(encoding="utf-8"))).items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: run `python -m bench.counters --page`"


def test_a_chart_draws_every_point_and_keeps_those_beyond_at_the_edge() -> None:
    drawn = ElementTree.fromstring(chart("t", "x", "y", {"a": [(1.0, 50.0), (99.0, 100.0)]}, x_most=4))
    circles = [one for one in drawn if one.tag.endswith("circle")]
    assert [float(one.attrib["cx"]) for one in circles] == [126.5, 350.0]


@pytest.fixture
def year() -> Block:
    """Three years of a door that is open every day, the last 10 % up; 82 days of it are masked."""
    rows = 3 * YEAR
    day = 17_897 + np.arange(rows)
    random = np.random.default_rng(4)
    count = random.poisson(60 * np.where(np.arange(rows) >= 2 * YEAR, 1.1, 1.0)).astype(np.float64)
    gap = slice(rows - 90 - BLOCK_DAYS, rows - 90)
    masked = count.copy()
    masked[gap] = np.nan
    no = np.zeros(rows, dtype=bool)
    days = Days(day, masked, np.full(rows, 9.0), (day + 3) % 7 + 1, no, no, np.empty((0, rows)))
    return Block("leeds", days, gap, count[gap])


def test_what_was_counted_alone_tells_a_fall_that_never_was(year: Block) -> None:
    (verdict,) = verdicts(year)
    assert verdict.counted_alone == pytest.approx(-110 * BLOCK_DAYS / YEAR, abs=2)


def test_like_for_like_and_the_estimate_tell_the_true_change(year: Block) -> None:
    (verdict,) = verdicts(year)
    assert abs(verdict.like_for_like) < 1.5
    assert abs(verdict.with_the_estimate) < 2


def test_there_is_no_verdict_without_two_years(year: Block) -> None:
    short = replace(year, days=year.days.window(YEAR + 1, 3 * YEAR), gap=slice(
        year.gap.start - YEAR - 1, year.gap.stop - YEAR - 1
    ))  # fmt: skip
    assert list(verdicts(short)) == []
