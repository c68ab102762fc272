"""Estimating a gap: near the truth, an interval that holds, and a refusal where nothing carries it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.counters.counter_model import MOST_RATE, Days
from transforms.counters.estimating import MIN_BLOCKS, Estimate, estimate
from transforms.counters.missed import period_starts
from warehouse.counted.series import Floats

FIRST_DAY = 17_897  # 1 January 2019


@cache
def counted(
    length: int, seed: int, level: float = 80, partner: float | None = None, drift: float = 0.0
) -> tuple[Days, Floats]:
    """Days of a counter with season, weekdays, weather and a wandering level, and what it counted (D,).

    `partner` is the mean of what is counted beside it, with the same weather and a conversion that changes
    by the logarithm `drift` in a year.
    """
    random = np.random.default_rng(seed)
    row = np.arange(length)
    day = FIRST_DAY + row
    weekday = (day + 3) % 7 + 1
    exposure = np.where(weekday == 7, 0.0, 9.0)
    wander = np.cumsum(random.normal(0, 0.15 / np.sqrt(365), length))
    season = 0.4 * np.cos(2 * np.pi * (day - 221) / 365.25)
    visitors = (
        np.exp(season + wander + 0.2 * (weekday == 6)) * random.gamma(20, 1 / 20, length) * (exposure > 0)
    )
    count = random.poisson(level * visitors).astype(np.float64)
    beside = np.empty((0, length))
    if partner is not None:
        conversion = np.exp(drift * (row - length / 2) / 365)
        beside = random.poisson(partner * visitors * conversion).astype(np.float64)[np.newaxis]
    no = np.zeros(length, dtype=bool)
    return Days(day, count, exposure, weekday, no, no, beside), count


def without(days: Days, gap: slice) -> Days:
    count = days.count.copy()
    count[gap] = np.nan
    return replace(days, count=count)


def estimated(days: Days, gap: slice) -> Estimate:
    return estimate(without(days, gap), gap, [period_starts(days.day, "month")])


SUMMER = slice(865, 947)


def test_a_summer_is_recovered_within_a_few_percent_from_both_sides_and_a_partner() -> None:
    days, truth = counted(1095, seed=1, partner=100)
    assert estimated(days, SUMMER).total == pytest.approx(truth[SUMMER].sum(), rel=0.04)


def test_a_summer_without_a_partner_is_recovered_from_the_other_years() -> None:
    days, truth = counted(1095, seed=2)
    answer = estimated(days, SUMMER)
    assert answer.method == "season_both_sides"
    assert answer.total == pytest.approx(truth[SUMMER].sum(), rel=0.08)


def test_the_interval_of_the_total_holds_the_truth_about_nine_times_in_ten() -> None:
    gap = slice(400, 428)
    held = []
    for seed in range(30):
        days, truth = counted(520, seed)
        answer = estimated(days, gap)
        held.append(answer.total_low <= truth[gap].sum() <= answer.total_high)
    assert 0.8 <= np.mean(held) <= 1.0


def test_the_intervals_by_day_hold_about_nine_days_in_ten() -> None:
    days, truth = counted(1095, seed=3, partner=100)
    answer = estimated(days, SUMMER)
    true = truth[answer.day - FIRST_DAY]
    assert 0.8 <= np.mean((answer.low <= true) & (true <= answer.high)) <= 1.0


def test_a_total_is_relatively_surer_than_a_day_and_surer_than_its_days_summed() -> None:
    days, _ = counted(1095, seed=4, partner=100)
    answer = estimated(days, SUMMER)
    width = answer.total_high - answer.total_low
    assert width < (answer.high - answer.low).sum()


def test_months_add_up_to_the_total_and_lie_within_their_intervals() -> None:
    days, _ = counted(1095, seed=5)
    answer = estimated(days, SUMMER)
    (months,) = answer.parts
    assert sum(part.total for part in months) == pytest.approx(answer.total)
    assert answer.total == pytest.approx(answer.mean.sum())
    assert all(part.low < part.total < part.high for part in months)
    assert [np.datetime64(part.period, "D").item().month for part in months] == [5, 6, 7, 8]


def test_a_drifting_partner_does_not_bias_the_estimate() -> None:
    def mean_error(drift: float) -> float:
        errors = []
        for seed in range(10, 14):
            days, truth = counted(1095, seed, partner=25, drift=drift)
            errors.append(estimated(days, SUMMER).total / truth[SUMMER].sum() - 1)
        return float(np.mean(errors))

    # The same counters, beside a desk that converts a quarter more and a quarter less every year.
    assert abs(mean_error(0.25) - mean_error(-0.25)) / 2 < 0.03


def test_an_estimate_with_nothing_after_it_is_provisional_and_becomes_final_later() -> None:
    days, _ = counted(1095, seed=6, partner=100)
    early = estimated(days.window(0, SUMMER.stop), SUMMER)
    late = estimated(days.window(0, SUMMER.stop + 60), SUMMER)
    assert (early.method, early.is_final) == ("partner_before", False)
    assert (late.method, late.is_final) == ("partner_both_sides", True)


def test_the_tier_falls_with_the_evidence() -> None:
    days, _ = counted(1095, seed=7, partner=100)
    desk, _ = counted(1095, seed=7, partner=20)
    forecast, desk_forecast = days.window(0, SUMMER.stop), desk.window(0, SUMMER.stop)
    tiers = [estimated(one, SUMMER).tier for one in (days, desk, forecast, desk_forecast)]
    assert tiers == [1, 2, 2, 3]


def test_little_history_is_tier_four() -> None:
    days, _ = counted(150, seed=8, partner=100)
    answer = estimated(days, slice(90, 100))
    assert (answer.tier, answer.refused_because) == (4, None)


def test_a_partner_that_is_down_in_the_gap_does_not_stand_in() -> None:
    days, _ = counted(1095, seed=9, partner=100)
    partners = days.partners.copy()
    partners[0, SUMMER] = np.nan
    assert estimated(replace(days, partners=partners), SUMMER).method == "season_both_sides"


def test_two_weeks_of_history_are_refused() -> None:
    days, _ = counted(25, seed=10)
    answer = estimated(days, slice(20, 23))
    assert answer.refused_because == "too_little_history"
    assert np.isnan(answer.total)
    assert answer.tier is None


def test_a_long_gap_on_the_level_alone_is_refused() -> None:
    days, _ = counted(240, seed=11)
    assert estimated(days, slice(100, 150)).refused_because == "gap_too_long"


def test_a_season_that_no_other_year_has_seen_carries_no_long_gap() -> None:
    days, _ = counted(420, seed=20)
    assert estimated(days, slice(330, 350)).tier == 4
    assert estimated(days, slice(290, 350)).refused_because == "gap_too_long"


def test_a_gap_longer_than_half_the_history_is_refused_even_with_a_partner() -> None:
    days, _ = counted(240, seed=12, partner=100)
    assert estimated(days, slice(60, 200)).refused_because == "gap_too_long"


def test_fewer_than_nine_blocks_are_refused() -> None:
    days, _ = counted(500, seed=13)
    sparse = days.count.copy()
    sparse[5:380:12] = np.nan
    sparse[9:380:12] = np.nan
    answer = estimated(replace(days, count=sparse), slice(440, 480))
    assert answer.refused_because == "too_few_blocks"
    assert answer.blocks < MIN_BLOCKS


def test_what_cannot_be_said_within_a_half_is_refused() -> None:
    days, _ = counted(730, seed=14, level=80)
    random = np.random.default_rng(14)
    wild = replace(days, count=np.round(days.count * np.exp(random.normal(0, 2, 730))))
    assert estimated(wild, slice(600, 605)).refused_because == "too_uncertain"


def test_a_day_of_a_small_counter_is_estimated_though_it_varies_by_more_than_a_half() -> None:
    days, _ = counted(730, seed=14, level=6)
    answer = estimated(days, slice(601, 602))
    assert answer.refused_because is None
    assert answer.total_high > 1.5 * answer.total


def test_three_weeks_of_history_do_not_explode() -> None:
    days, truth = counted(28, seed=15)
    answer = estimated(days, slice(24, 28))
    assert answer.refused_because is None
    assert 0.4 * truth[24:].sum() < answer.total < 2.5 * truth[24:].sum()


def test_measured_days_are_untouched() -> None:
    days, _ = counted(1095, seed=16)
    masked = without(days, slice(870, 900))
    before = masked.count.copy()
    answer = estimate(masked, SUMMER)
    assert np.array_equal(masked.count, before, equal_nan=True)
    assert set(answer.day - FIRST_DAY) == set(np.flatnonzero(days.exposure[870:900] > 0) + 870)


def test_a_closed_day_is_not_estimated() -> None:
    days, _ = counted(500, seed=17)
    answer = estimated(days, slice(400, 414))
    assert len(answer.day) == 12
    assert np.all((answer.day + 3) % 7 != 6)


def test_half_a_day_is_half_its_mean_and_relatively_less_sure() -> None:
    days, _ = counted(1095, seed=21)
    gap = slice(601, 602)
    whole = estimated(days, gap)
    half = estimate(without(days, gap), gap, share=np.full(1095, 0.5))
    assert half.total == pytest.approx(whole.total / 2)
    assert half.total_high / half.total > whole.total_high / whole.total
    assert half.total_high - half.total_low < whole.total_high - whole.total_low


def test_the_interval_of_a_short_gap_holds_the_truth_about_nine_times_in_ten() -> None:
    held = []
    for seed in range(3):
        days, truth = counted(1095, seed)
        for first in range(300, 900, 30):
            gap = slice(first, first + 3)
            answer = estimated(days, gap)
            held.append(answer.total_low <= truth[gap].sum() <= answer.total_high)
    assert 0.82 <= np.mean(held) <= 0.98


def test_a_day_that_was_counted_within_the_gap_adds_nothing_to_its_uncertainty() -> None:
    days, _ = counted(1095, seed=22)
    gap = slice(400, 428)
    ends = without(days, gap).count
    ends[402:426] = days.count[402:426]
    answer = estimate(replace(days, count=ends), gap)
    assert answer.total < estimated(days, gap).total / 4
    assert answer.total_high - answer.total_low < 0.7 * answer.total


def test_a_period_in_which_too_few_blocks_were_open_has_no_interval() -> None:
    days, _ = counted(70, seed=23)  # the last day is a Monday, a Sunday in one of the nine blocks
    gap = slice(55, 70)
    last = (np.arange(70) == 69).astype(np.int64)
    answer = estimate(without(days, gap), gap, [last])
    before, alone = answer.parts[0]
    assert answer.blocks == MIN_BLOCKS
    assert before.low < before.total < before.high
    assert alone.total > 0
    assert np.isnan(alone.low) and np.isnan(alone.high)


def test_a_mask_says_the_same_as_a_slice() -> None:
    days, _ = counted(500, seed=18)
    gap = slice(400, 414)
    mask = np.zeros(500, dtype=bool)
    mask[gap] = True
    masked = without(days, gap)
    assert estimate(masked, mask).total == estimate(masked, gap).total


def test_a_gap_where_nothing_is_missing_is_an_error() -> None:
    days, _ = counted(100, seed=19)
    with pytest.raises(ValueError, match="nothing to estimate"):
        estimate(days, slice(50, 60))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    exponent=st.floats(-15, 0),
    length=st.integers(2, 40),
    first=st.integers(150, 300),
    wildest=st.sampled_from([0, 1, 300]),
    seed=st.integers(0, 3),
)
def test_no_interval_goes_beyond_what_the_counter_ever_saw_however_small_the_part(
    exponent: float, length: int, first: int, wildest: int, seed: int
) -> None:
    days, _ = counted(340, seed, partner=60)
    random = np.random.default_rng(seed)
    wild = random.choice(340, wildest)
    count = days.count.copy()
    count[wild] *= random.lognormal(0, 2, wildest)
    gap = slice(first, min(first + length, 340))
    days = without(replace(days, count=np.floor(count)), gap)
    share = np.full(340, 10.0**exponent)
    answer = estimate(days, gap, [period_starts(days.day, kind) for kind in ("week", "month")], share)
    if answer.refused_because is not None:
        return
    most = MOST_RATE * float(np.nanmax(days.count[days.exposure > 0])) * np.sqrt(share[0])
    inside = {int(day) for day in answer.day}
    for kind, parts in zip(("week", "month"), answer.parts, strict=True):
        starts = period_starts(days.day, kind)
        for part in parts:
            size = sum(int(day) in inside for day in days.day[starts == part.period])
            if np.isfinite(part.high):
                assert 0 <= part.low <= part.total <= part.high <= size * most * (1 + 1e-9)
    assert np.all(answer.low <= answer.mean * (1 + 1e-9))
    assert np.all(answer.mean <= answer.high * (1 + 1e-9))
    assert np.all(answer.high <= most * (1 + 1e-9))
    assert answer.total_low <= answer.total <= answer.total_high <= answer.day.size * most * (1 + 1e-9)
