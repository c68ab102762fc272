"""How well a gap is estimated: blocks of 82 days are masked and estimated, by Vigie and by five baselines.

Protocol: counters.md, 5a and 5c. Every method gets the same days: with nothing after the block
(provisional), or with 90 days after it (final). Whatever was chosen was chosen with `--split tune` (Leeds to
2013, Münster to 2020); `--split test` are the years after.

Run `python -m bench.imputing [--quick] [--split test]`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import PoissonRegressor

from bench.counters.calendars import is_public_holiday
from bench.counters.data import RealSeries, leeds, muenster
from bench.counters.doors import LAST_TUNING_DAY, Conditions, Site, Split, build
from transforms.counters.counter_model import Days
from transforms.counters.estimating import Estimate, estimate
from transforms.counters.missed import period_starts
from warehouse.counted.series import Floats, Integers, Series

Mode = Literal["provisional", "final"]
MODES: tuple[Mode, ...] = ("provisional", "final")

BLOCK_DAYS = 82
DAYS_AFTER = 90
SUMMER = ((5, 15),)
SHIFTED = ((2, 15), (4, 1), (7, 1), (8, 15), (10, 1))
TRUTH_KNOWN = 0.95
# A door is closed on some days, and where the real counter behind it is silent.
TRUTH_OPEN = 0.7
HISTORY_DAYS = 365
HISTORY_OPEN = 0.9
SAME_WEEKDAY = 364
RECENT_DAYS = 56
RATIO_DAYS = 365
DESK_VOLUME = 25
SEED = 1
# A closure that nobody announced is no visitor missed; all else that happens at a door stays.
CONDITIONS = Conditions(closures=0)
CITIES: dict[str, Callable[[], tuple[RealSeries, ...]]] = {"leeds": leeds, "muenster": muenster}
EPOCH = date(1970, 1, 1)
OURS = "vigie"


@dataclass(frozen=True)
class Setting:
    """What is counted and beside what: a whole real counter, or a door of `volume` a day."""

    name: str
    volume: int | None
    partner: Literal["best", "all", "neighbour", "desk"]


SETTINGS = (
    Setting("counter, best partner", None, "best"),
    Setting("counter, all partners", None, "all"),
    Setting("door 60, neighbour 200", 60, "neighbour"),
    Setting("door 60, drifting desk 25", 60, "desk"),
    Setting("door 200, neighbour 200", 200, "neighbour"),
    Setting("door 200, drifting desk 25", 200, "desk"),
)


@dataclass(frozen=True)
class Block:
    """A masked block: `days` holds it as NaN, `truth` (82,) what was counted, NaN where nobody knows."""

    city: str
    days: Days
    gap: slice
    truth: Floats


@dataclass(frozen=True)
class Scored:
    """One method on one block: shares of the truth; the last four for Vigie alone."""

    city: str
    method: str
    wape: float
    total_error: float
    covered: bool | None = None
    width: float | None = None
    months_covered: float | None = None
    days_covered: float | None = None
    blocks: int | None = None
    tier: int | None = None
    refused_because: str | None = None


def run(
    split: Split,
    settings: Iterable[Setting] = SETTINGS,
    starts: dict[str, tuple[tuple[int, int], ...]] | None = None,
    every: int = 1,
) -> dict[str, Any]:
    """Score every method by setting, position of the block, mode and city; all of it can be written as JSON.

    `starts` names sets of positions, as (month, day); `every` keeps one block of so many.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    begun = time.perf_counter()
    lines = []
    for setting in settings:
        for positions, chosen in (starts or {"summer": SUMMER, "shifted": SHIFTED}).items():
            for mode in MODES:
                blocks = list(masked_blocks(split, setting, chosen, mode))[::every]
                scored = [one for block in blocks for one in score(block)]
                for line in summarised(scored):
                    lines.append({"setting": setting.name, "positions": positions, "mode": mode, **line})
    return {"split": split, "seed": SEED, "seconds": round(time.perf_counter() - begun, 1), "lines": lines}


def masked_blocks(
    split: Split, setting: Setting, starts: Iterable[tuple[int, int]], mode: Mode
) -> Iterator[Block]:
    """Every block of the split whose truth is known, with a year of history before it.

    The tuning split knows nothing of the test years; the test split has the tuning years as history.
    """
    for city, read in CITIES.items():
        border = (LAST_TUNING_DAY[city] - EPOCH).days + 1
        for at in range(len(read())):
            days = days_of(city, at, setting)
            if split == "tune":
                days = days.window(0, border - int(days.day[0]))
            for first in _first_rows(days, starts):
                end = first + BLOCK_DAYS
                is_test = bool(days.day[first] >= border)
                if is_test != (split == "test") or not _is_known(days, first, end):
                    continue
                horizon = end + (DAYS_AFTER if mode == "final" else 0)
                known = days.window(0, horizon)
                masked = known.count.copy()
                masked[first:end] = np.nan
                yield Block(city, replace(known, count=masked), slice(first, end), days.count[first:end])


def score(block: Block) -> Iterator[Scored]:
    """Vigie and the baselines on one block; who has no answer to it, is scored as refusing."""
    truth = np.where(block.days.exposure[block.gap] > 0, block.truth, np.nan)
    known = np.isfinite(truth)
    for name, baseline in BASELINES.items():
        means = baseline(block)
        silent = None if np.isfinite(means[known]).all() else "no_data"
        yield Scored(block.city, name, *_errors(truth[known], means[known]), refused_because=silent)
    ours = estimate(block.days, block.gap, [period_starts(block.days.day, "month")])
    if ours.refused_because is not None:
        yield Scored(block.city, OURS, np.nan, np.nan, refused_because=ours.refused_because)
        return
    yield _scored_interval(block, ours, truth)


def summarised(scored: list[Scored]) -> Iterator[dict[str, Any]]:
    """Scores of many blocks by city and method, in per cent."""
    for city, method in dict.fromkeys((one.city, one.method) for one in scored):
        own = [one for one in scored if (one.city, one.method) == (city, method)]
        answered = [one for one in own if one.refused_because is None]
        line: dict[str, Any] = {"city": city, "method": method, "n": len(own)}
        if answered:
            errors = [one.total_error for one in answered]
            line |= {
                "wape": _percent(np.mean([one.wape for one in answered])),
                "error_median": _percent(np.median(errors)),
                "error_p90": _percent(np.quantile(errors, 0.9)),
            }
        if answered and method == OURS:
            line |= {
                "coverage": _percent(np.mean([bool(one.covered) for one in answered])),
                "width": _percent(np.median([one.width or 0.0 for one in answered])),
                "coverage_months": _percent(np.mean([one.months_covered or 0.0 for one in answered])),
                "coverage_days": _percent(np.mean([one.days_covered or 0.0 for one in answered])),
                "blocks": float(np.median([one.blocks or 0 for one in answered])),
            }
        yield line | {"refused": len(own) - len(answered)}


def printed(result: dict[str, Any], console: Console) -> None:
    """One table for each setting and set of positions."""
    said = ("mode", "city", "method")
    numbers = ("n", "wape", "error_median", "error_p90", "coverage", "width", "coverage_months",
               "coverage_days", "blocks", "refused")  # fmt: skip
    for title in dict.fromkeys((line["setting"], line["positions"]) for line in result["lines"]):
        table = Table(title=f"{result['split']}: {title[0]}, {title[1]} (errors in %)")
        for column in (*said, *numbers):
            table.add_column(column.replace("_", " "), justify="left" if column in said else "right")
        for line in result["lines"]:
            if (line["setting"], line["positions"]) == title:
                table.add_row(
                    *(str(line.get(column, "")) for column in (*said, *numbers)),
                    end_section=line["method"] == OURS,
                )
        console.print(table)
    console.print(f"{result['seconds']} s, seed {result['seed']}")


# --- baselines of 5a: each is Block -> (82,) means ----------------------------------------------------------


def last_year(block: Block) -> Floats:
    """The same weekday of last year (J-364); an unknown day is the mean of the known ones."""
    return _filled(_lagged(block.days)[block.gap])


def last_year_grown(block: Block) -> Floats:
    """J-364 times the growth of the eight weeks before the gap, if any of them has its day of last year."""
    before = slice(max(0, block.gap.start - RECENT_DAYS), block.gap.start)
    now, then = block.days.count[before], _lagged(block.days)[before]
    both = np.isfinite(now) & np.isfinite(then)
    growth = float(now[both].sum() / then[both].sum()) if both.any() else 1.0
    return last_year(block) * growth


def month_by_weekday(block: Block) -> Floats:
    """The mean of the same weekday in the same month, over all years known."""
    days = block.days
    cell = _month(days.day) * 7 + days.weekday
    observed = days.observed
    means = np.full(len(days), np.nan)
    for one in np.unique(cell[block.gap]):
        alike = observed & (cell == one)
        if alike.any():
            means[cell == one] = days.count[alike].mean()
    return _filled(means[block.gap])


def partner_ratio(block: Block) -> Floats:
    """The partner times what the counter counted per count of it, within a year of the gap."""
    days, partner = block.days, block.days.partners[0]
    row = np.arange(len(days))
    near = days.observed & np.isfinite(partner) & (row >= block.gap.start - RATIO_DAYS)
    near &= row < block.gap.stop + RATIO_DAYS
    ratio = float(days.count[near].sum() / partner[near].sum())
    return _filled(partner[block.gap]) * ratio


def plain_regression(block: Block) -> Floats:
    """A Poisson regression: partner, season, weekday and recent level, which stops at the gap.

    Its ridge is the best for it on the tuning years: without one, a single year of history leads it astray.
    """
    days = block.days
    angle = 2 * np.pi * days.day / 365.2425
    weekday = (days.weekday[:, np.newaxis] == np.arange(1, 8)).astype(np.float64)
    season = np.column_stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)])
    recent = _trailing_mean(days)
    recent[block.gap] = recent[block.gap.start]
    columns = np.column_stack(
        [weekday, season, np.log1p(_filled(days.partners[0])), np.log(np.maximum(_filled(recent), 1))]
    )
    rows = days.observed & np.isfinite(recent)
    scale = days.count[rows].mean()
    model: Any = PoissonRegressor(alpha=1e-2, solver="newton-cholesky")
    means: Floats = model.fit(columns[rows], days.count[rows] / scale).predict(columns[block.gap]) * scale
    return means


BASELINES: dict[str, Callable[[Block], Floats]] = {
    "J-364": last_year,
    "J-364 x growth": last_year_grown,
    "month x weekday": month_by_weekday,
    "partner ratio": partner_ratio,
    "plain Poisson GLM": plain_regression,
}


# --- days from real series and from doors -------------------------------------------------------------------


@cache
def days_of(city: str, at: int, setting: Setting) -> Days:
    """A real counter of a city, or the door that is made of it, by day beside its partners."""
    truth, others = CITIES[city]()[at], _by_correlation(city, at)
    if setting.volume is not None:
        return _door_days(truth, others[0], setting.volume, setting.partner == "desk")
    count = truth.counts.sum(axis=1)
    partners = others[: 1 if setting.partner == "best" else None]
    day = truth.first_day + np.arange(count.size)
    return _calendar_days(
        truth.source,
        day,
        count,
        np.full(count.size, 24.0),
        np.array([one.counts.sum(axis=1) for one in partners]),
    )


def _door_days(truth: RealSeries, neighbour: RealSeries, volume: int, has_desk: bool) -> Days:
    """A thinned door by day in its open hours, with the desk or the best neighbour as its partner."""
    judged = (truth.first_day, truth.first_day + len(truth.counts))
    site = Site(truth, neighbour, judged)
    door = build(site, volume, DESK_VOLUME, SEED, CONDITIONS)
    count, hours = _by_day(door.total)
    partner, partner_hours = _by_day(door.desk if has_desk else door.neighbour)
    count[hours == 0] = np.nan
    partner[partner_hours < hours] = np.nan
    partner[hours == 0] = np.nan
    return _calendar_days(truth.source, door.total.day[::24], count, hours, partner[np.newaxis])


def _by_day(series: Series) -> tuple[Floats, Floats]:
    """Counts in the open hours and open hours, of each day (D,)."""
    minutes = series.open_minutes.reshape(-1, 24)
    count = np.where(minutes > 0, series.count.reshape(-1, 24), 0.0)
    return count.sum(axis=1), minutes.sum(axis=1) / 60


def _calendar_days(city: str, day: Integers, count: Floats, exposure: Floats, partners: Floats) -> Days:
    return Days(
        day=day,
        count=count,
        exposure=exposure,
        weekday=(day + 3) % 7 + 1,
        is_public_holiday=is_public_holiday(city, day),
        is_school_holiday=np.zeros(day.size, dtype=bool),  # not known for these cities
        partners=partners,
    )


@cache
def _by_correlation(city: str, at: int) -> list[RealSeries]:
    """The other series of the city, best correlated first by their changes from week to week.

    In the tuning years only, for a choice is a choice.
    """
    series = CITIES[city]()
    truth = series[at]
    until = (LAST_TUNING_DAY[city] - EPOCH).days + 1 - truth.first_day

    def changes(one: RealSeries) -> Floats:
        logarithm: Floats = np.log(np.maximum(one.counts[:until].sum(axis=1), 1))
        return logarithm[7:] - logarithm[:-7]

    own = changes(truth)

    def likeness(other: RealSeries) -> float:
        theirs = changes(other)
        both = np.isfinite(own) & np.isfinite(theirs)
        return float(np.corrcoef(own[both], theirs[both])[0, 1])

    return sorted((one for one in series if one is not truth), key=likeness, reverse=True)


def _first_rows(days: Days, starts: Iterable[tuple[int, int]]) -> Iterator[int]:
    first, last = (EPOCH + timedelta(days=int(days.day[at])) for at in (0, -1))
    for year in range(first.year, last.year + 1):
        for month, day in starts:
            row = (date(year, month, day) - first).days
            if row > 0 and row + BLOCK_DAYS <= len(days):
                yield row


def _is_known(days: Days, first: int, end: int) -> bool:
    """Whether the truth of a block is known, on enough open days, with a year of history before it."""
    opened = (days.exposure[first:end] > 0).sum()
    known = days.observed[first:end].sum() >= TRUTH_KNOWN * opened
    past = days.observed[:first].sum() >= HISTORY_OPEN * HISTORY_DAYS
    return bool(opened >= TRUTH_OPEN * BLOCK_DAYS and known and past)


# --- small things -------------------------------------------------------------------------------------------


def _scored_interval(block: Block, ours: Estimate, truth: Floats) -> Scored:
    """Coverage where the truth is known; a total with unknown days is compared over the known ones."""
    rows = ours.day - block.days.day[0] - block.gap.start
    true = truth[rows]
    known = np.isfinite(true)
    # The interval is of all missed days: scaled to those known.
    share = ours.mean[known].sum() / ours.total
    total = true[known].sum() / share
    months = []
    for part in ours.parts[0]:
        inside = period_starts(ours.day, "month") == part.period
        if (inside & known).any():
            part_share = ours.mean[inside & known].sum() / part.total
            months.append(part.low <= true[inside & known].sum() / part_share <= part.high)
    wape, error = _errors(true[known], ours.mean[known])
    return Scored(
        block.city,
        OURS,
        wape,
        error,
        covered=bool(ours.total_low <= total <= ours.total_high),
        width=(ours.total_high - ours.total_low) / ours.total,
        months_covered=float(np.mean(months)),
        days_covered=float(np.mean((ours.low <= true)[known] & (true <= ours.high)[known])),
        blocks=ours.blocks,
        tier=ours.tier,
    )


def _errors(truth: Floats, means: Floats) -> tuple[float, float]:
    """Sum of absolute errors, and absolute error of the sum, over the sum of the truth."""
    total = truth.sum()
    return float(np.abs(means - truth).sum() / total), float(abs(means.sum() - total) / total)


def _lagged(days: Days) -> Floats:
    lagged = np.full(len(days), np.nan)
    lagged[SAME_WEEKDAY:] = np.where(days.observed, days.count, np.nan)[:-SAME_WEEKDAY]
    return lagged


def _trailing_mean(days: Days) -> Floats:
    """Mean of the observed days of the eight weeks before each day."""
    count = np.where(days.observed, days.count, 0.0)
    sums = np.concatenate([[0.0], np.cumsum(count)])
    known = np.concatenate([[0], np.cumsum(days.observed)])
    end = np.arange(len(days))
    begin = np.maximum(end - RECENT_DAYS, 0)
    n = (known[end] - known[begin]).astype(np.float64)
    unknown = np.full(len(days), np.nan)
    means: Floats = np.divide(sums[end] - sums[begin], n, out=unknown, where=n >= RECENT_DAYS / 2)
    return means


def _filled(values: Floats) -> Floats:
    """Unknown values as the mean of the known ones, if there are any."""
    known = np.isfinite(values)
    return np.where(known, values, values[known].mean()) if known.any() else values


def _month(day: Integers) -> Integers:
    months: Integers = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return months


def _percent(share: Any) -> float:
    return round(100 * float(share), 1)


def main() -> None:
    """Read the arguments, run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the summer block, one counter in four")
    parser.add_argument("--split", choices=("tune", "test"), default="tune")
    chosen = parser.parse_args()
    quick: dict[str, Any] = {"starts": {"summer": SUMMER}, "every": 4} if chosen.quick else {}
    printed(run(chosen.split, **quick), Console(width=180))


if __name__ == "__main__":
    main()
