"""Doors of the benchmark: their size, their calendar, and that a seed says it all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bench.counters import data
from bench.counters.doors import Conditions, Door, build, conversion, doors, opening, seasonal_factor
from tests.bench.invented import CALM, DAYS, FIRST, door, site
from warehouse.counted.series import Series

NEEDS_LEEDS = pytest.mark.skipif(not data.LEEDS.is_file(), reason=f"{data.LEEDS} is not there")
NEEDS_MUENSTER = pytest.mark.skipif(not data.MUENSTER.is_file(), reason=f"{data.MUENSTER} is not there")


def a_day(of: Series) -> float:
    """Mean count of the days that are open."""
    is_open = of.open_minutes > 0
    return float(np.nansum(of.count[is_open]) / np.unique(of.day[is_open]).size)


def on(day: date, of: Door) -> slice:
    first = ((day - date(1970, 1, 1)).days - of.days[0]) * 24
    return slice(first, first + 24)


@pytest.mark.parametrize("volume", [20, 60, 200])
def test_a_door_counts_its_volume_on_a_yearly_average_of_open_days(volume: int) -> None:
    assert a_day(door(volume=volume).total) == pytest.approx(volume, rel=0.03)


def test_a_desk_and_a_neighbour_have_their_own_volumes() -> None:
    made = door()
    assert a_day(made.desk) == pytest.approx(25, rel=0.15)  # its conversion drifts
    assert a_day(made.neighbour) == pytest.approx(200, rel=0.03)


def test_the_same_seed_makes_the_same_door_and_another_seed_another() -> None:
    first, again, other = door(seed=3), door(seed=3), door(seed=4)
    assert np.array_equal(first.total.count, again.total.count)
    assert np.array_equal(first.desk.count, again.desk.count)
    assert not np.array_equal(first.total.count, other.total.count)


def test_entries_and_exits_make_the_total_and_are_close_to_balance() -> None:
    made = door(volume=200)
    assert np.array_equal(made.entries.count + made.exits.count, made.total.count)
    balance = (made.entries.count.sum() - made.exits.count.sum()) / made.total.count.sum()
    assert abs(balance) == pytest.approx(0.04, abs=0.01)


def test_the_office_is_closed_on_winter_sundays_and_five_dates_and_outside_its_hours() -> None:
    days = np.array([(date(2018, *at) - date(1970, 1, 1)).days for at in [(3, 25), (4, 1), (5, 1), (5, 2)]])
    calendar = opening(days)
    assert calendar.sum(axis=1).tolist() == [0, 9, 0, 9]
    assert np.flatnonzero(calendar[3]).tolist() == list(range(9, 18))


def test_the_season_goes_from_a_quiet_winter_to_august() -> None:
    year = seasonal_factor(np.arange(17532, 17532 + 365))
    assert (year.min(), year.max()) == (pytest.approx(0.55, abs=0.01), pytest.approx(1.6, abs=0.01))
    assert 210 < int(year.argmax()) < 235
    assert np.abs(np.diff(year)).max() < 0.02


def test_hours_that_the_real_series_misses_are_declared_closed() -> None:
    made = build(site(missing=(100, 110)), 60, 25, 1, CALM)
    hidden = slice(100 * 24, 110 * 24)
    assert made.total.open_minutes[hidden].sum() == 0
    assert made.desk.open_minutes[hidden].sum() == 0
    assert not np.isnan(made.total.count).any()


def test_a_closure_silences_door_and_desk_with_rows_and_not_the_neighbour() -> None:
    made = door(conditions=replace(CALM, closures=6))
    assert len(made.closures) == 12  # two years
    closed = np.isin(made.total.day, made.closures) & (made.total.open_minutes > 0)
    assert made.total.count[closed].sum() == 0
    assert made.desk.count[closed].sum() == 0
    assert made.neighbour.count[closed].sum() > 0


def test_a_desk_gap_has_no_rows_on_days_when_the_door_works() -> None:
    made = door(conditions=Conditions())
    gap = np.isnan(made.desk.count)
    assert 4 < np.unique(made.desk.day[gap]).size <= 8
    assert not set(made.desk.day[gap & (made.desk.open_minutes > 0)]) & set(made.closures)
    assert not np.isnan(made.total.count[gap]).any()


def test_a_cleaner_passes_in_closed_hours_about_one_day_in_ten() -> None:
    made = door()
    passed = made.total.count[made.total.open_minutes == 0]
    assert set(passed) == {0, 1, 2}
    assert (passed > 0).sum() == pytest.approx(DAYS / 10, rel=0.3)


def test_a_fair_triples_its_days() -> None:
    calm, fair = door(volume=200), door(volume=200, conditions=replace(CALM, fairs=5))
    ratio = fair.total.count.reshape(-1, 24).sum(axis=1) / a_day(calm.total)
    usual = seasonal_factor(FIRST + np.arange(DAYS))
    assert (ratio / usual > 2.2).sum() == 10


def test_a_door_with_rows_in_open_hours_only_has_none_at_night() -> None:
    made = door(conditions=replace(CALM, rows_when_closed=False))
    night = made.total.hour < 8
    assert np.isnan(made.total.count[night]).all()
    assert not np.isnan(made.total.count[made.total.open_minutes > 0]).any()


def test_the_conversion_drifts_smoothly_by_about_a_quarter_in_a_year() -> None:
    random = np.random.default_rng(5)
    walks = np.log([conversion(730, random) for _ in range(200)])
    assert (walks[:, 365:] - walks[:, :-365]).std() == pytest.approx(0.25, rel=0.2)
    assert np.abs(np.diff(walks, axis=1)).max() < 0.02


def test_a_window_keeps_whole_days_of_every_series() -> None:
    made = door(conditions=Conditions())
    cut = made.window(FIRST + 10, FIRST + 40)
    assert cut.days == (FIRST + 10, FIRST + 40)
    assert {one.count.size for one in (cut.total, cut.entries, cut.exits, cut.desk, cut.neighbour)} == {720}
    assert all(FIRST + 10 <= day < FIRST + 40 for day in cut.closures)


def test_a_real_series_too_small_for_a_volume_is_refused() -> None:
    with pytest.raises(ValueError, match="counts too little"):
        build(site(), 2000, 25, 1, CALM)


def test_a_volume_that_the_protocol_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no doors of 61"):
        next(doors("tune", 61, (0,)))


@NEEDS_LEEDS
def test_the_cameras_of_leeds_are_eight_with_one_count_an_hour() -> None:
    cameras = data.leeds()
    assert len(cameras) == 8
    # Eight copies of 576 rows are in the file; two counts for an hour would have been refused.
    assert {one.counts.shape for one in cameras} == {(2922, 24)}
    assert np.nansum(cameras[2].counts[2191:2556]) == 12_415_350  # Briggate in 2015


@NEEDS_MUENSTER
def test_a_counter_of_muenster_is_the_sum_of_its_channels() -> None:
    whole = {one.name: one.counts for one in data.muenster()}["100034982"]
    parts = [one.counts for one in data.muenster_channels() if one.name.startswith("100034982/")]
    known = ~np.isnan(whole) & ~np.isnan(parts).any(axis=0)
    assert known.mean() > 0.95
    assert np.array_equal(np.sum(parts, axis=0)[known], whole[known])


@NEEDS_LEEDS
@NEEDS_MUENSTER
def test_the_doors_to_tune_on_are_judged_before_the_test_years_begin() -> None:
    borders = {"leeds": date(2014, 1, 1), "muenster": date(2021, 1, 1)}
    for made in doors("tune", 60, (0, 1)):
        border = (borders[made.source] - date(1970, 1, 1)).days
        assert made.judged[1] <= border
        assert made.judged[0] - made.days[0] >= 365
    for made in doors("test", 60, (0, 1)):
        assert made.judged[0] >= (borders[made.source] - date(1970, 1, 1)).days
