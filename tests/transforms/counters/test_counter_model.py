"""The model of a counter: what it learns, and what it leaves alone when the data do not say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor

from transforms.counters.counter_model import Days, TooLittleHistoryError, design, poisson_ridge
from warehouse.counted.series import Floats

FIRST_DAY = 17_897  # 1 January 2019


def invented(length: int, seed: int, level: float = 100, partner: float | None = None) -> tuple[Days, Floats]:
    """Days of a counter of `level` a day with season and weekdays, and its true mean (D,)."""
    random = np.random.default_rng(seed)
    day = FIRST_DAY + np.arange(length)
    weekday = (day + 3) % 7 + 1
    exposure = np.where(weekday == 7, 0.0, np.where(weekday == 6, 4.0, 9.0))
    course = np.exp(0.4 * np.cos(2 * np.pi * (day - 221) / 365.25) + 0.1 * (weekday == 3))
    truth = level / 9 * exposure * course
    count = random.poisson(truth).astype(np.float64)
    beside = np.empty((0, length))
    if partner is not None:
        beside = random.poisson(truth * partner / level).astype(np.float64)[np.newaxis]
    no = np.zeros(length, dtype=bool)
    return Days(day, count, exposure, weekday, no, no, beside), truth


def everywhere(days: Days) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.ones(len(days), dtype=bool)


def test_three_years_teach_season_weekday_and_opening_hours() -> None:
    days, truth = invented(3 * 365, seed=1)
    mean = design(days).fit(everywhere(days)).mean(days)
    opened = truth > 0
    assert np.mean(np.abs(mean[opened] / truth[opened] - 1)) < 0.05


def test_a_closed_day_is_expected_to_count_nothing() -> None:
    days, truth = invented(400, seed=2)
    mean = design(days).fit(everywhere(days)).mean(days)
    assert np.all(mean[truth == 0] == 0)
    assert np.all(mean[truth > 0] > 0)


def test_three_weeks_of_history_do_not_explode() -> None:
    days, truth = invented(120, seed=3, partner=10)
    on = np.arange(120) < 21
    mean = design(days).fit(on).mean(days)
    assert np.all(mean[:60] < 2 * truth[:60].max())
    assert mean[60:].max() < 4 * truth[:21].max()


def test_less_than_ten_months_teach_no_season() -> None:
    days, _ = invented(280, seed=4)
    columns = design(days)
    assert np.all(columns.fit(everywhere(days)).coefficients[columns.seasonal] == 0)


def test_the_level_holds_after_the_last_observed_day() -> None:
    random = np.random.default_rng(5)
    days, _ = invented(400, seed=5)
    flat = replace(days, count=random.poisson(10 * days.exposure).astype(np.float64))
    mean = design(flat).fit(np.arange(400) < 300).mean(flat)
    late = mean[340:] / np.where(flat.exposure[340:] > 0, flat.exposure[340:], np.nan)
    assert np.nanmean(late) == pytest.approx(10, rel=0.05)


def test_the_level_bridges_a_gap_between_two_levels() -> None:
    days, _ = invented(240, seed=6)
    level = np.where(np.arange(240) < 120, 50.0, 80.0)
    stepped = replace(days, count=np.round(level * days.exposure / 9 * 10), exposure=days.exposure)
    on = (np.arange(240) < 90) | (np.arange(240) >= 150)
    rate = design(stepped).fit(on).mean(stepped) / np.where(days.exposure > 0, days.exposure, np.nan) * 9 / 10
    assert np.nanmean(rate[90:100]) < np.nanmean(rate[140:150])
    assert 55 < np.nanmean(rate[115:125]) < 75


def test_a_step_gives_each_side_its_level_and_both_teach_the_season() -> None:
    days, truth = invented(800, seed=9)
    level = np.where(np.arange(800) < 700, 1.0, 0.5)
    halved = replace(days, count=np.round(truth * level), steps=(FIRST_DAY + 700,))
    on = np.arange(800) < 714  # two weeks of the new method
    later = np.arange(800) >= 740
    told, untold = (design(one).fit(on).mean(one)[later].sum() for one in (halved, replace(halved, steps=())))
    assert told == pytest.approx((truth * level)[later].sum(), rel=0.12)
    assert untold > 1.3 * told


def test_a_step_before_the_days_or_after_them_changes_nothing() -> None:
    days, _ = invented(100, seed=9)
    away = replace(days, steps=(FIRST_DAY - 5, FIRST_DAY + 100))
    assert np.array_equal(design(away).columns, design(days).columns)


def test_a_partner_tells_of_a_bad_week_that_the_calendar_does_not_know() -> None:
    days, truth = invented(500, seed=7)
    storm = slice(400, 414)
    random = np.random.default_rng(7)
    true = truth * random.gamma(16, 1 / 16, 500)  # the weather that both have
    true[storm] *= 0.4
    count, beside = random.poisson(true), random.poisson(2 * true)
    told = replace(days, count=count.astype(np.float64), partners=beside.astype(np.float64)[np.newaxis])
    on = everywhere(days)
    on[storm] = False
    silent = replace(told, partners=np.empty((0, 500)))
    alone = design(silent).fit(on).mean(silent)
    together = design(told).fit(on).mean(told)
    wanted = true[storm].sum()
    assert abs(together[storm].sum() - wanted) < 0.5 * abs(alone[storm].sum() - wanted)


def test_an_unknown_day_of_a_partner_is_a_usual_one() -> None:
    days, truth = invented(500, seed=8, partner=200)
    partners = days.partners.copy()
    partners[0, 300:310] = np.nan
    mean = (
        design(replace(days, partners=partners)).fit(everywhere(days)).mean(replace(days, partners=partners))
    )
    assert mean[300:310].sum() == pytest.approx(truth[300:310].sum(), rel=0.15)


def test_the_chance_of_a_small_partner_is_not_passed_on() -> None:
    days, truth = invented(730, seed=9, partner=10)
    mean = design(days).fit(everywhere(days)).mean(days)
    opened = truth > 0
    # The desk's own chance is sqrt(1 / 10), about 30 %.
    assert np.std(np.log(mean[opened] / truth[opened])) < 0.1


def test_dispersion_is_about_one_for_poisson_counts_and_more_for_crowds() -> None:
    days, truth = invented(730, seed=10)
    random = np.random.default_rng(10)
    crowds = random.negative_binomial(10, 10 / (10 + np.maximum(truth, 1e-9))).astype(np.float64)
    poisson = design(days).fit(everywhere(days)).dispersion
    crowded = design(replace(days, count=crowds)).fit(everywhere(days)).dispersion
    assert poisson == pytest.approx(1, abs=0.15)
    assert crowded > 5


def test_a_day_of_no_weight_teaches_nothing() -> None:
    days, _ = invented(400, seed=11)
    wild = replace(days, count=np.where(np.arange(400) == 200, 50_000.0, days.count))
    weights = np.where(np.arange(400) == 200, 0.0, 1.0)
    without = np.arange(400) != 200
    weighted = design(wild).fit(everywhere(days), weights).mean(days)
    assert weighted == pytest.approx(design(days).fit(without).mean(days), rel=0.02)


def test_days_beyond_those_of_the_fit_can_be_expected() -> None:
    days, truth = invented(800, seed=12, partner=100)
    model = design(days.window(0, 760)).fit(np.ones(760, dtype=bool))
    assert model.mean(days)[760:].sum() == pytest.approx(truth[760:].sum(), rel=0.1)


def test_fewer_than_two_weeks_are_refused() -> None:
    days, _ = invented(13, seed=13)
    with pytest.raises(TooLittleHistoryError, match="at least 14"):
        design(days).fit(everywhere(days))


def test_a_counter_that_counted_nothing_is_refused() -> None:
    days, _ = invented(100, seed=14)
    with pytest.raises(TooLittleHistoryError, match="nothing was counted"):
        design(replace(days, count=np.zeros(100))).fit(everywhere(days))


def test_days_with_a_hole_are_refused() -> None:
    days, _ = invented(100, seed=15)
    with pytest.raises(ValueError, match="consecutive"):
        replace(days, day=days.day + (np.arange(100) > 50))


@pytest.mark.parametrize(("rows", "columns", "spread"), [(20, 12, 1.0), (100, 30, 0.5), (1095, 80, 0.2)])
def test_a_fit_is_the_one_that_scikit_learn_finds(rows: int, columns: int, spread: float) -> None:
    random = np.random.default_rng(rows)
    basis = random.normal(0, spread, (rows, columns))
    usual = random.gamma(2, 30, rows)
    counts = random.poisson(usual * np.exp(basis @ random.normal(0, 0.3, columns)))
    weights = usual * counts.sum() / usual.sum()
    found, intercept = poisson_ridge(basis, counts / weights, weights, penalty=4.0)
    theirs = PoissonRegressor(
        alpha=4.0 / weights.sum(), solver="newton-cholesky", tol=1e-10, max_iter=50
    ).fit(basis, counts / weights, sample_weight=weights)
    assert found == pytest.approx(theirs.coef_, abs=1e-6)
    assert intercept == pytest.approx(theirs.intercept_, abs=1e-6)


def test_a_fit_that_starts_far_off_halves_its_steps_and_ends() -> None:
    basis = np.linspace(-1, 1, 50)[:, np.newaxis]
    rates = np.where(np.arange(50) == 49, 5000.0, 0.0)
    found, intercept = poisson_ridge(basis, rates, np.ones(50), penalty=0.01)
    theirs = PoissonRegressor(alpha=0.01 / 50, solver="newton-cholesky", tol=1e-10, max_iter=100).fit(
        basis, rates
    )
    assert [*found, intercept] == pytest.approx([*theirs.coef_, theirs.intercept_], rel=1e-4)
