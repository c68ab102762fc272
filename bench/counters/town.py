"""Towns of known truth: a door and the registers of other systems beside it, day by day.

Like the doors of `bench.counters.doors` they are thinned from real counts, with the same season, storms,
fairs, groups and closures. Of the visitors whom the door counts, each register sees a share of its own that
drifts (`conversion`); the neighbour is another real counter of the same city. What only hours can tell is
left out: a contradiction is a matter of days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from bench.counters.doors import (
    FAIR,
    GROUP_SHARE,
    STORM,
    Conditions,
    Site,
    Split,
    conversion,
    opening,
    seasonal_factor,
    sites,
)
from transforms.counters.counter_model import Days
from transforms.counters.expecting import expected_days
from warehouse.counted.series import Bools, Floats, Integers

DOOR, NEIGHBOUR = "door", "neighbour"
# What an office may have beside its door, in the order in which it joins, with its records a day.
PARTNERS = {"desk": 25, NEIGHBOUR: 200, "tickets": 40, "receipts": 15, "visits": 100}
GAP_DAYS = 2


@dataclass(frozen=True)
class Register:
    """One series of a town by day: what it recorded and was expected to; NaN and 0 where it is closed."""

    count: Floats
    expected: Floats
    open_hours: Floats


@dataclass(frozen=True)
class Town:
    """The series of a town on the same days (since 1970), the door first; `judged` days are [first, end)."""

    name: str
    days: Integers
    judged: tuple[int, int]
    registers: Mapping[str, Register]

    def among(self, names: tuple[str, ...]) -> Town:
        """The town with some of its series."""
        return replace(self, registers={name: self.registers[name] for name in names})

    def recorded(self, name: str, count: Floats) -> Town:
        """The town with other counts (days,) of one series, whose expectations learn from them."""
        before = self.registers[name]
        same = (before.count == count) | (np.isnan(before.count) & np.isnan(count))
        if same.all():
            return self
        months = self.days.astype("datetime64[D]").astype("datetime64[M]")
        known = before.expected[months <= months[np.flatnonzero(~same)[0]]]
        changed = replace(before, count=count, expected=_expected(self.days, count, before.open_hours, known))
        return replace(self, registers={**self.registers, name: changed})

    def between(self, first: int, end: int) -> Town:
        """The town on some of its days, [first, end)."""
        rows = slice(*np.searchsorted(self.days, [first, end]))
        cut = {
            name: Register(one.count[rows], one.expected[rows], one.open_hours[rows])
            for name, one in self.registers.items()
        }
        return replace(self, days=self.days[rows], registers=cut)


def towns(split: Split, volume: int, seeds: tuple[int, ...], scale: float = 1.0) -> Iterator[Town]:
    """One town a seed, at the sites of a split in turn; partners have `scale` times their usual volumes."""
    places = sites(split)
    for seed in seeds:
        yield _town(split, seed % len(places), volume, seed, scale)


@cache
def _town(split: Split, place: int, volume: int, seed: int, scale: float) -> Town:
    return build(sites(split)[place], volume, seed, scale, Conditions())


def build(site: Site, volume: int, seed: int, scale: float, conditions: Conditions) -> Town:
    """A town whose door counts `volume` passages an open day, all of it drawn from `seed`."""
    random = np.random.default_rng([seed, 14])
    days = site.truth.first_day + np.arange(site.truth.counts.shape[0])
    calendar = opening(days)
    truth, hours = _daily(site.truth.counts, calendar)
    beside, hours_beside = _daily(site.neighbour.counts, calendar)
    open_days = np.flatnonzero(hours > 0)

    def some(a_year: int) -> Integers:
        return random.choice(open_days, size=round(a_year * days.size / 365.25), replace=False)

    storms, fairs, groups, closures = (
        some(one) for one in (conditions.storms, conditions.fairs, conditions.groups, conditions.closures)
    )
    weather = seasonal_factor(days)
    weather[storms] *= STORM

    def recorded(passing: Floats, opened: Floats, wanted: float, share: Floats) -> Floats:
        wanted_share = wanted * (opened > 0).sum() / (passing * weather).sum() * weather * share
        found = random.binomial(passing.astype(np.int64), np.minimum(wanted_share, 1.0)).astype(np.float64)
        found[fairs] += random.poisson((FAIR - 1) * found[fairs])
        return np.where(opened > 0, found, np.nan)

    counts = {DOOR: recorded(truth, hours, volume, np.ones(days.size))}
    counts[DOOR][np.setdiff1d(groups, closures)] += round(GROUP_SHARE * volume)
    for name, wanted in PARTNERS.items():
        if name == NEIGHBOUR:
            counts[name] = recorded(beside, hours_beside, scale * wanted, np.ones(days.size))
        else:
            counts[name] = recorded(truth, hours, scale * wanted, conversion(days.size, random))
    for name, own in counts.items():
        if name != NEIGHBOUR:
            own[closures[hours[closures] > 0]] = 0
    for row in some(conditions.desk_gaps):
        counts["desk"][row : row + GAP_DAYS] = np.nan
    opened = {name: hours_beside if name == NEIGHBOUR else hours for name in counts}
    return Town(
        name=f"{site.truth.source}/{site.truth.name} {volume} a day, seed {seed}",
        days=days,
        judged=site.judged,
        registers={
            name: Register(own, _expected(days, own, opened[name], np.empty(0)), opened[name])
            for name, own in counts.items()
        },
    )


def _daily(hourly: Floats, calendar: Bools) -> tuple[Floats, Floats]:
    """What passed in the open hours of each day that are known, and how many these are."""
    known = calendar & ~np.isnan(hourly)
    return np.where(known, hourly, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64)


def _expected(days: Integers, count: Floats, open_hours: Floats, known: Floats) -> Floats:
    none = np.zeros(days.size, dtype=bool)
    # An open day without any count is a closure or a fault: it teaches nothing.
    learnt = np.where(count > 0, count, np.nan)
    every = Days(days, learnt, open_hours, (days + 3) % 7 + 1, none, none, np.empty((0, days.size)))
    return expected_days(every, known, at_a_level=False)
