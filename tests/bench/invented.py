"""A small door made from two invented counters: two years, a few hundred passages an open day."""

from __future__ import annotations

from datetime import date

import numpy as np

from bench.counters.data import RealSeries
from bench.counters.doors import Conditions, Door, Site, build

DAYS = 730
FIRST = (date(2018, 1, 1) - date(1970, 1, 1)).days
CALM = Conditions(closures=0, fairs=0, storms=0, groups=0, desk_gaps=0)


def site(missing: tuple[int, int] = (0, 0)) -> Site:
    """A counter and its neighbour, Poisson around 70 an hour by day; `missing` rows have no counts."""
    random = np.random.default_rng(7)
    profile = np.where((np.arange(24) >= 7) & (np.arange(24) < 20), 70.0, 2.0)
    truth, neighbour = random.poisson(profile, (2, DAYS, 24)).astype(np.float64)
    truth[slice(*missing)] = np.nan
    return Site(
        RealSeries("invented", "here", FIRST, truth),
        RealSeries("invented", "there", FIRST, neighbour),
        (FIRST + 365, FIRST + DAYS),
    )


def door(seed: int = 1, volume: int = 60, conditions: Conditions = CALM) -> Door:
    """The door, calm unless told otherwise."""
    return build(site(), volume, 25, seed, conditions)
