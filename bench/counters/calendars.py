"""Public holidays where the real counts of the benchmark come from, and the long weekends around them."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays
import numpy as np

from warehouse.counted.series import Bools, Integers

PLACES = {"leeds": ("GB", "ENG"), "muenster": ("DE", "NW")}
YEARS = range(2008, 2024)
EPOCH = date(1970, 1, 1)
FRIDAY = 4


@cache
def public_holidays(city: str) -> frozenset[int]:
    """The public holidays of a city, as days since 1970; none for one that is not of the benchmark."""
    if city not in PLACES:
        return frozenset()
    country, region = PLACES[city]
    found = holidays.country_holidays(country, subdiv=region, years=YEARS)
    return frozenset((one - EPOCH).days for one in found)


def is_public_holiday(city: str, day: Integers) -> Bools:
    """Which of these days since 1970 are public holidays of a city."""
    found: Bools = np.isin(day, list(public_holidays(city)))
    return found


def is_long_weekend(city: str, day: Integers) -> Bools:
    """Which of these days in a row are holidays, the days off that join one, or the single day between."""
    is_holiday = is_public_holiday(city, day)
    is_off = is_holiday | ((day + 3) % 7 > FRIDAY)
    is_off[1:-1] |= is_off[:-2] & is_off[2:]
    stretch = np.cumsum(np.diff(is_off, prepend=False))
    found: Bools = is_off & np.isin(stretch, stretch[is_holiday])
    return found
