"""The benchmark of estimating: its baselines say what their names say, and its scores are right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest

from bench import imputing
from bench.counters.data import LEEDS, MUENSTER
from bench.counters.doors import LAST_TUNING_DAY
from bench.imputing import BASELINES, BLOCK_DAYS, OURS, SETTINGS, Block, Scored, masked_blocks, score
from transforms.counters.counter_model import Days
from warehouse.counted.series import Floats

FIRST_DAY = 17_897
ROWS = 900
GAP = slice(700, 700 + BLOCK_DAYS)


def block(count: Floats, partner: Floats | None = None) -> Block:
    """A masked block of a counter that is open every day."""
    day = FIRST_DAY + np.arange(ROWS)
    no = np.zeros(ROWS, dtype=bool)
    beside = count if partner is None else partner
    masked = count.copy()
    masked[GAP] = np.nan
    days = Days(day, masked, np.full(ROWS, 9.0), (day + 3) % 7 + 1, no, no, beside[np.newaxis].copy())
    return Block("leeds", days, GAP, count[GAP])


def weekly() -> Floats:
    """Counts that depend on the weekday alone."""
    return np.tile([100.0, 110, 120, 130, 140, 150, 60], ROWS // 7 + 1)[:ROWS]


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_repeats_a_counter_that_repeats_itself(name: str) -> None:
    means = BASELINES[name](block(weekly()))
    # The ridge of the regression costs it some per cent of a weekday.
    assert means == pytest.approx(weekly()[GAP], rel=0.15)


def test_the_day_of_last_year_is_364_days_ago() -> None:
    count = weekly() + np.arange(ROWS)
    assert imputing.last_year(block(count)) == pytest.approx(count[GAP] - 364)


def test_growth_is_that_of_the_eight_weeks_before() -> None:
    count = weekly() * np.where(np.arange(ROWS) < 500, 1, 2)
    assert imputing.last_year_grown(block(count)) == pytest.approx(count[GAP])


def test_the_partner_ratio_follows_the_partner() -> None:
    partner = weekly() * np.linspace(1, 2, ROWS)
    assert imputing.partner_ratio(block(3 * partner, partner)) == pytest.approx(3 * partner[GAP])


def test_a_block_is_scored_for_every_baseline_and_for_vigie() -> None:
    random = np.random.default_rng(1)
    scored = list(score(block(random.poisson(weekly()).astype(np.float64))))
    assert [one.method for one in scored] == [*BASELINES, OURS]
    assert scored[-1].refused_because is None
    assert scored[-1].total_error < 0.05


def test_unknown_days_of_the_truth_are_not_scored() -> None:
    one = block(weekly())
    one.truth[:40] = np.nan
    assert all(scored.total_error < 0.03 for scored in score(one))


def test_summaries_are_per_cent_of_the_answered_blocks() -> None:
    scored = [
        Scored("leeds", OURS, 0.1, 0.02, True, 0.2, 1.0, 0.9, 30, 1),
        Scored("leeds", OURS, 0.2, 0.04, False, 0.4, 0.5, 0.8, 20, 1),
        Scored("leeds", OURS, np.nan, np.nan, refused_because="too_few_blocks"),
    ]
    (line,) = imputing.summarised(scored)
    assert (line["n"], line["refused"]) == (3, 1)
    assert (line["wape"], line["error_median"], line["coverage"], line["width"]) == (15.0, 3.0, 50.0, 30.0)


@pytest.fixture
def real() -> Iterator[None]:
    if not (LEEDS.is_file() and MUENSTER.is_file()):
        pytest.skip("the real counts of ../shared/data are not there")
    yield


def test_tuning_knows_nothing_of_the_test_years(real: None) -> None:
    for one in masked_blocks("tune", SETTINGS[0], imputing.SUMMER, "final"):
        assert date(1970, 1, 1) + timedelta(days=int(one.days.day[-1])) <= LAST_TUNING_DAY[one.city]


def test_the_test_years_begin_after_the_tuning_years(real: None) -> None:
    for one in masked_blocks("test", SETTINGS[0], imputing.SUMMER, "final"):
        begins = date(1970, 1, 1) + timedelta(days=int(one.days.day[one.gap.start]))
        assert begins > LAST_TUNING_DAY[one.city]


def test_a_provisional_block_ends_with_its_gap_and_has_a_year_before(real: None) -> None:
    for one in masked_blocks("test", SETTINGS[0], imputing.SUMMER, "provisional"):
        assert len(one.days) == one.gap.stop
        assert one.gap.start >= 364
        assert not one.days.observed[one.gap].any()


def test_vigie_is_within_the_bar_on_real_summers_and_the_result_is_json(real: None) -> None:
    result = imputing.run("tune", SETTINGS[:1], {"summer": imputing.SUMMER}, every=10)
    ours = [line for line in result["lines"] if line["method"] == OURS and line["mode"] == "final"]
    assert all(line["error_median"] <= 5 for line in ours)
    assert json.loads(json.dumps(result)) == result
