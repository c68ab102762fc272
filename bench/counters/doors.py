"""Doors of known truth: real counts, thinned to the size of a tourist office under its opening calendar.

Binomial thinning keeps what real counts have and simulations lack: weather, fairs, trends, bad days. What an
office adds is put on top from one seed: a tourist season, closed days, closures that nobody announced, and
what is unusual and no fault (fair, storm, school group, desk without data). Protocol: counters.md, 5c.
In the benchmark there is no summer time: local time is UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Literal, get_args

import numpy as np

from bench.counters.calendars import is_long_weekend
from bench.counters.data import RealSeries, leeds, muenster
from warehouse.counted.series import Bools, Floats, Integers, Series

Generator = np.random.Generator
Split = Literal["tune", "test"]

OPENS, CLOSES = 9, 18
CLOSED_DATES = ((1, 1), (5, 1), (11, 1), (11, 11), (12, 25))
HISTORY_DAYS = 365
LAST_TUNING_DAY = {"leeds": date(2013, 12, 31), "muenster": date(2020, 12, 31)}
DESK_OF = {20: 10, 60: 25, 200: 50}
NEIGHBOUR_VOLUME = 200
NEIGHBOUR_GAPS = 0.1
# CalIt2: 4 % more entries than exits; a day's difference varies by 0.6 of what independent passages would
# give. Passages that alternate in and out, each misread with a chance of 0.18, vary by 4 * 0.18 * 0.82.
IMBALANCE, MISREAD = 0.04, 0.18
DRIFT_PER_YEAR = 0.25
DRIFT_SMOOTHING_DAYS = 30
FAIR, STORM, GROUP_SHARE = 3.0, 0.4, 40 / 60
CLEANER = 0.1
ODD_HOURS, FEW, MANY = 2, 0.5, 1.8


@dataclass(frozen=True)
class Conditions:
    """What happens at a door and is no fault, in events a year; and whether closed hours have rows.

    `odd_holidays` gives every public holiday and long weekend hours of its own, and more or fewer visitors.
    """

    closures: int = 6
    fairs: int = 3
    storms: int = 3
    groups: int = 6
    desk_gaps: int = 2
    rows_when_closed: bool = True
    odd_holidays: bool = False


@dataclass(frozen=True)
class Site:
    """Real counts behind a door and its neighbour, with the days to judge, [first, end) since 1970."""

    truth: RealSeries
    neighbour: RealSeries
    judged: tuple[int, int]


@dataclass(frozen=True)
class Door:
    """A door with its partners, hourly series of whole days on one grid, and what is known about them.

    `closures` are the local days of unannounced closures; `judged` the days to judge, [first, end).
    Where entries and exits have rows, total = entries + exits.
    """

    source: str
    name: str
    volume: int
    desk_volume: int
    seed: int
    judged: tuple[int, int]
    closures: tuple[int, ...]
    total: Series
    entries: Series
    exits: Series
    desk: Series
    neighbour: Series

    @property
    def label(self) -> str:
        """The door in few words: where its truth is from, its size and its seed."""
        return f"{self.source}/{self.name} {self.volume} a day, desk {self.desk_volume}, seed {self.seed}"

    @property
    def days(self) -> tuple[int, int]:
        """Days that the series hold, [first, end)."""
        return int(self.total.day[0]), int(self.total.day[-1]) + 1

    def counted(self, entries: Floats, exits: Floats) -> Door:
        """The door with other counts (slots,) of its two directions; their sum is the total."""
        return replace(
            self,
            entries=replace(self.entries, count=entries),
            exits=replace(self.exits, count=exits),
            total=replace(self.total, count=entries + exits),
        )

    def window(self, first: int, end: int) -> Door:
        """The door between two local days, [first, end), as far as it has them."""
        begin, stop = np.searchsorted(self.total.day, [first, end])
        kept = slice(int(begin), int(stop))
        return replace(
            self,
            closures=tuple(day for day in self.closures if first <= day < end),
            total=_cut(self.total, kept),
            entries=_cut(self.entries, kept),
            exits=_cut(self.exits, kept),
            desk=_cut(self.desk, kept),
            neighbour=_cut(self.neighbour, kept),
        )

    def known_since(self, first: int) -> Door:
        """The door whose counter is known from a local day on; its desk and its neighbour are older."""
        kept = slice(int(np.searchsorted(self.total.day, first)), None)
        return replace(
            self,
            total=_cut(self.total, kept),
            entries=_cut(self.entries, kept),
            exits=_cut(self.exits, kept),
        )


@cache
def sites(split: Split) -> tuple[Site, ...]:
    """Sites of the tuning or of the test years, cities in turn; each has a year of history before.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    cities = [list(_sites_of(city, split)) for city in (leeds(), muenster())]
    longest = max(len(city) for city in cities)
    return tuple(city[at] for at in range(longest) for city in cities if at < len(city))


def doors(
    split: Split, volume: int, seeds: tuple[int, ...], conditions: Conditions | None = None
) -> Iterator[Door]:
    """One door a seed, at the sites of a split in turn; its desk has the size that goes with `volume`.

    Raises
    ------
    ValueError
        When the split or the volume is not one of the protocol.
    """
    if split not in get_args(Split) or volume not in DESK_OF:
        raise ValueError(f"no doors of {volume} a day in split {split!r}")
    places = sites(split)
    for seed in seeds:
        yield build(places[seed % len(places)], volume, DESK_OF[volume], seed, conditions or Conditions())


def build(site: Site, volume: int, desk_volume: int, seed: int, conditions: Conditions) -> Door:
    """A door of `volume` counts a day over its open days, all of it drawn from `seed`.

    Hours that the real series misses are declared closed, so that they are no fault.

    Raises
    ------
    ValueError
        When a real series counts too little to be thinned to that volume.
    """
    random = np.random.default_rng(seed)
    days = site.truth.first_day + np.arange(site.truth.counts.shape[0])
    calendar = opening(days)
    is_open = calendar & ~np.isnan(site.truth.counts)
    neighbour_open = calendar & ~np.isnan(site.neighbour.counts)
    open_days = np.flatnonzero(is_open.any(axis=1))

    season = seasonal_factor(days)
    storms = _some_days(open_days, days, conditions.storms, random)
    fairs = _some_days(open_days, days, conditions.fairs, random)
    groups = _some_days(open_days, days, conditions.groups, random)
    closures = _some_days(open_days, days, conditions.closures, random)
    weather = season.copy()
    weather[storms] *= STORM
    drift = conversion(days.size, random)

    def visits(truth: Floats, opened: Bools, wanted: float, usual: Floats, actual: Floats) -> Floats:
        known = np.where(opened, np.nan_to_num(truth), 0.0)
        share = wanted * opened.any(axis=1).sum() / (known * usual[:, np.newaxis]).sum()
        if share * actual.max() > 1:
            raise ValueError(f"{site.truth.name} counts too little for {wanted} a day")
        return random.binomial(known.astype(np.int64), share * actual[:, np.newaxis]).astype(np.float64)

    passages = visits(site.truth.counts, is_open, volume, season, weather)
    contacts = visits(site.truth.counts, is_open, desk_volume, season, weather * drift)
    passing = visits(site.neighbour.counts, neighbour_open, NEIGHBOUR_VOLUME, season, weather)
    if conditions.odd_holidays:
        off = np.flatnonzero(is_long_weekend(site.truth.source, days) & is_open.any(axis=1))
        _make_odd((passages, contacts), off, is_open, np.random.default_rng([seed, 1]))
    for counts in (passages, contacts):
        counts[fairs] += random.poisson((FAIR - 1) * counts[fairs])
        counts[closures] = 0
    _add_groups(passages, groups, closures, is_open, round(GROUP_SHARE * volume), random)
    _add_cleaner(passages, is_open, random)
    entries = _entries(passages, random)
    exits = passages - entries
    # The protocol's case is a desk without data while the door works.
    worked = np.setdiff1d(open_days, np.concatenate([closures, closures - 1]))
    for row in _some_days(worked, days, conditions.desk_gaps, random):
        contacts[row : row + 2] = np.nan
    if not conditions.rows_when_closed:
        for counts in (entries, exits, contacts):
            counts[~is_open & ~(passages > 0)] = np.nan
        passing[~neighbour_open] = np.nan

    def series(subject: str, counts: Floats, opened: Bools) -> Series:
        return _series(site.truth.source, subject, days, opened, counts)

    return Door(
        source=site.truth.source,
        name=site.truth.name,
        volume=volume,
        desk_volume=desk_volume,
        seed=seed,
        judged=site.judged,
        closures=tuple(int(day) for day in days[closures]),
        total=series("counter:door", entries + exits, is_open),
        entries=series("counter:door/in", entries, is_open),
        exits=series("counter:door/out", exits, is_open),
        desk=series("desk:contacts", contacts, is_open),
        neighbour=series("counter:neighbour", passing, neighbour_open),
    )


def opening(days: Integers) -> Bools:
    """The declared calendar, (days, 24): 9 to 18 h, but for Sundays from November to March and five dates."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    of_month = (dates - months).astype(np.int64) + 1
    sunday = (days + 3) % 7 == 6
    closed = sunday & ((month >= 11) | (month <= 3))
    for closed_month, closed_day in CLOSED_DATES:
        closed |= (month == closed_month) & (of_month == closed_day)
    hours = np.arange(24)
    grid: Bools = ~closed[:, np.newaxis] & (hours >= OPENS) & (hours < CLOSES)
    return grid


def seasonal_factor(days: Integers) -> Floats:
    """A tourist season, (days,): 0.55 in February, 1.6 in the second week of August, smooth between."""
    dates = days.astype("datetime64[D]")
    of_year = (dates - dates.astype("datetime64[Y]")).astype(np.float64)
    swing = (1 + np.cos(2 * np.pi * (of_year - 221) / 365.25)) / 2
    factor: Floats = 0.55 + 1.05 * swing**2
    return factor


def conversion(days: int, random: Generator) -> Floats:
    """Share of the visitors who come to the desk, (days,), relative to its usual: a smooth random walk.

    Its logarithm moves by a standard deviation of 0.25 in a year.
    """
    steps = random.normal(0.0, DRIFT_PER_YEAR / np.sqrt(365.25), days)
    bell = np.hanning(2 * DRIFT_SMOOTHING_DAYS + 1)
    walk = np.pad(np.cumsum(steps), DRIFT_SMOOTHING_DAYS, mode="edge")
    walk = np.convolve(walk, bell / bell.sum(), mode="valid")
    relative: Floats = np.exp(walk - walk.mean())
    return relative


def _sites_of(city: tuple[RealSeries, ...], split: Split) -> Iterator[Site]:
    """Every series of a city that can be judged, with the next one that lives then as its neighbour."""
    for at, truth in enumerate(city):
        known = np.flatnonzero(~np.isnan(truth.counts).all(axis=1)) + truth.first_day
        border = (LAST_TUNING_DAY[truth.source] - date(1970, 1, 1)).days + 1
        first, end = int(known[0]) + HISTORY_DAYS, int(known[-1]) + 1
        judged = (first, min(end, border)) if split == "tune" else (max(first, border), end)
        if judged[1] - judged[0] >= HISTORY_DAYS:
            others = [*city[at + 1 :], *city[:at]]
            lived = slice(judged[0] - HISTORY_DAYS - truth.first_day, judged[1] - truth.first_day)
            living = (one for one in others if np.isnan(one.counts[lived]).mean() < NEIGHBOUR_GAPS)
            yield Site(truth, next(living), judged)


def _some_days(open_days: Integers, days: Integers, a_year: int, random: Generator) -> Integers:
    """Rows of `a_year` open days drawn from every calendar year, fewer in proportion from a part of one."""
    year = days[open_days].astype("datetime64[D]").astype("datetime64[Y]")
    drawn = [np.zeros(0, np.int64)]
    for one in np.unique(year):
        rows = open_days[year == one]
        span = int(rows[-1] - rows[0]) + 1
        drawn.append(random.choice(rows, size=min(rows.size, round(a_year * span / 365.25)), replace=False))
    return np.concatenate(drawn)


def _make_odd(counts: Sequence[Floats], rows: Integers, is_open: Bools, random: Generator) -> None:
    """Long weekends on which visitors come hours earlier or later, and half as many or nearly twice as many.

    `rows` are their days; a weekend is odd in the same way for all of the office, and nobody comes while it
    is closed.
    """
    weekend = np.cumsum(np.diff(rows, prepend=rows[:1]) > 2)
    shift, factor = random.choice([-ODD_HOURS, ODD_HOURS], rows.size), random.choice([FEW, MANY], rows.size)
    for row, one in zip(rows, weekend, strict=True):
        for own in counts:
            moved = np.roll(own[row], shift[one]) * is_open[row]
            own[row] = random.poisson(factor[one] * moved)


def _add_groups(
    passages: Floats, rows: Integers, closures: Integers, is_open: Bools, size: int, random: Generator
) -> None:
    """School groups: `size` passages more in one open hour."""
    for row in np.setdiff1d(rows, closures):
        passages[row, random.choice(np.flatnonzero(is_open[row]))] += size


def _add_cleaner(passages: Floats, is_open: Bools, random: Generator) -> None:
    """About one day in ten has one or two passages in the hour before the office opens."""
    rows = np.flatnonzero(random.random(passages.shape[0]) < CLEANER)
    rows = rows[~is_open[rows, OPENS - 1]]
    passages[rows, OPENS - 1] += random.integers(1, 3, rows.size)


def _entries(passages: Floats, random: Generator) -> Floats:
    """Entries among the passages, (days, 24): those of a day alternate in and out, and some are misread."""
    until = np.ceil(np.cumsum(passages, axis=1) / 2)
    entries: Floats = np.diff(until, axis=1, prepend=0.0)
    more_in = IMBALANCE / 2 * random.choice([-1, 1])
    taken = random.binomial(entries.astype(np.int64), MISREAD - more_in)
    given = random.binomial((passages - entries).astype(np.int64), MISREAD + more_in)
    return entries - taken + given


def _series(city: str, subject: str, days: Integers, opened: Bools, counts: Floats) -> Series:
    hour = np.tile(np.arange(24), days.size)
    day = np.repeat(days, 24)
    return Series(
        office=city,
        subject=subject,
        start=(day * 24 + hour).astype("datetime64[h]").astype("datetime64[us]"),
        minutes=np.full(day.size, 60),
        day=day,
        hour=hour,
        open_minutes=np.where(opened.ravel(), 60.0, 0.0),
        count=counts.ravel(),
    )


def _cut(series: Series, kept: slice) -> Series:
    return replace(
        series,
        start=series.start[kept],
        minutes=series.minutes[kept],
        day=series.day[kept],
        hour=series.hour[kept],
        open_minutes=series.open_minutes[kept],
        count=series.count[kept],
    )
