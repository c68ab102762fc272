"""Public holidays of the cities of the benchmark, and long weekends around them."""

from __future__ import annotations

from datetime import date

import numpy as np

from bench.counters.calendars import is_long_weekend, is_public_holiday, public_holidays
from bench.counters.doors import Conditions, build, opening
from tests.bench.invented import CALM, site
from warehouse.counted.series import Integers


def days(first: date, number: int) -> Integers:
    return (first - date(1970, 1, 1)).days + np.arange(number)


def test_a_city_has_the_holidays_of_its_country() -> None:
    epiphany_to_may = days(date(2019, 5, 1), 6)
    assert is_public_holiday("muenster", epiphany_to_may).tolist() == [True] + [False] * 5
    assert is_public_holiday("leeds", epiphany_to_may).tolist() == [False] * 5 + [True]
    assert public_holidays("elsewhere") == frozenset()


def test_easter_and_the_friday_after_ascension_are_long_weekends_and_others_are_not() -> None:
    easter = is_long_weekend("muenster", days(date(2019, 4, 11), 14))
    assert np.flatnonzero(easter).tolist() == [8, 9, 10, 11]  # Friday 19 to Monday 22 April
    ascension = is_long_weekend("muenster", days(date(2019, 5, 27), 7))
    assert np.flatnonzero(ascension).tolist() == [3, 4, 5, 6]  # Thursday 30 May to Sunday 2 June


def test_odd_holidays_change_the_days_of_long_weekends_and_nothing_else() -> None:
    from dataclasses import replace

    place = site()
    there = replace(place, truth=replace(place.truth, source="leeds"))
    calm, odd = (
        build(there, 200, 50, 1, Conditions(**{**vars(CALM), "odd_holidays": on})) for on in (False, True)
    )
    every = np.arange(*calm.days)
    changed = (calm.total.count != odd.total.count).reshape(-1, 24).any(axis=1)
    off = is_long_weekend("leeds", every) & opening(every).any(axis=1)
    assert changed[off].mean() > 0.9
    assert not changed[~off].any()
