"""What the best test can reach that sees a door beside other systems of its town: a bound, as in `limit`.

The test is given the day on which the fault would begin, its size and course, the covariance of the daily log
ratios of all series (read from the judged towns themselves), and everything that the others record before,
meanwhile and after. It may alarm falsely with the chance that 0.1 false statements an indicator and year
leave to the days within which it must speak. That is `share`.

No real judge knows the day. So a second test is told all of this but the day: each evening it adds up the
likelihoods of all beginnings (Shiryaev & Roberts; no rule of that rate of false statements is known to be
faster) and tells at the sum that it passes 0.1 times a year where nothing happens. What it finds, `untold`,
is drawn in the same Gaussian model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import linalg

from bench.counters.doors import Split
from bench.counters.limit import PAST_DAYS, bound, covariance_of, cut, signal
from bench.counters.scoring import DAYS_A_YEAR
from bench.counters.town import DOOR, PARTNERS, Town, towns
from warehouse.counted.series import Floats

A_YEAR = 0.1
WITHIN_DAYS = (30,)
REACHED_AFTER = 30  # open days that a drift takes
SIZES = (0.10, 0.15, 0.20, 0.30)
KNOWN = tuple(PARTNERS)
YEARS, FAULTS = 1500, 4000  # drawn without a fault, and with one
TOGETHER = 250  # draws at once: they fit into the cache
BESIDE = {count: KNOWN[:count] for count in (0, 1, 2, 3, 5)}


def run(split: Split, volume: int, seeds: tuple[int, ...], scale: float = 1.0) -> list[dict[str, Any]]:
    """By number of partners, fault and size: the most that is found within 30 open days."""
    return list(_rows(split, volume, seeds, scale))


def _rows(split: Split, volume: int, seeds: tuple[int, ...], scale: float) -> Iterator[dict[str, Any]]:
    several = list(towns(split, volume, seeds, scale))
    for count, partners in BESIDE.items():
        ratios = [daily(town.among((DOOR, *partners))) for town in several]
        days = sum(town.judged[1] - town.judged[0] for town in several)
        open_days = DAYS_A_YEAR * sum(one.shape[1] for one in ratios) / days
        for within in WITHIN_DAYS:
            for fault, course in courses(within).items():
                unit, seen = signal(ratios, course), whitened(ratios, course)
                for size in SIZES:
                    deviations = unit * -np.log1p(-size)
                    yield {
                        "volume": volume, "partners": count, "scale": scale, "fault": fault, "size": size,
                        "within": within, "signal": round(float(deviations), 2),
                        "share": round(bound(deviations, A_YEAR * within / open_days), 3),
                        "untold": round(untold(seen * -np.log1p(-size), round(open_days)), 3),
                    }  # fmt: skip


def courses(within: int) -> dict[str, Floats]:
    """How much of its size each fault has reached on each open day."""
    day = np.arange(within)
    return {"drift": np.minimum((day + 0.5) / REACHED_AFTER, 1.0), "step": np.ones(within)}


def whitened(ratios: Sequence[Floats], course: Floats) -> Floats:
    """What a fault of the first series shows (days, series) in independent deviations, given all before."""
    lags, number = PAST_DAYS + course.size, ratios[0].shape[0]
    covariance = covariance_of(ratios, lags).reshape(lags * number, lags * number)
    fault = np.zeros((lags, number))
    fault[PAST_DAYS:, 0] = course
    root = np.linalg.cholesky(covariance)
    found: Floats = linalg.solve_triangular(root, fault.ravel(), lower=True).reshape(lags, number)
    return found[PAST_DAYS:]


def untold(shown: Floats, open_days: int) -> float:
    """Share of faults that show so (days, series) found within those days by a test not told the day."""
    random, days = np.random.default_rng(0), shown.shape[0]
    # Of independent deviations nothing counts but their sum along what the fault shows.
    usual = random.normal(size=(YEARS, open_days + days, shown.shape[1]))
    most = np.quantile(_likelihood(usual, shown)[:, days:].max(axis=1), np.exp(-A_YEAR))
    faulty = random.normal(size=(FAULTS, 2 * days, shown.shape[1]))
    faulty[:, days:] += shown
    told = _likelihood(faulty, shown) >= most
    quiet = ~told[:, :days].any(axis=1)
    return float(told[quiet, days:].any(axis=1).mean())


def _likelihood(deviations: Floats, shown: Floats) -> Floats:
    """Logarithm of the summed likelihoods of a beginning on each day so far, (draws, days)."""
    found = np.empty(deviations.shape[:2])
    for some in range(0, deviations.shape[0], TOGETHER):
        draws = slice(some, some + TOGETHER)
        likelier = np.exp(deviations[draws] @ shown.T - (shown**2).sum(axis=1) / 2)
        since = np.zeros(likelier.shape[::2])
        for day in range(likelier.shape[1]):
            # What began a day earlier is a day farther in its course; one begins today.
            since[:, 1:] = since[:, :-1]
            since[:, 0] = 1
            since *= likelier[:, day]
            found[draws, day] = since.sum(axis=1)
    logarithm: Floats = np.log(found)
    return logarithm


def daily(town: Town) -> Floats:
    """Log ratios (series, open days of the door) in the judged days, around 0; 0 where not known."""
    door = town.registers[DOOR]
    kept = (
        (town.days >= town.judged[0]) & (town.days < town.judged[1]) & (door.count > 0) & (door.expected > 0)
    )
    ratios = np.array(
        [
            np.where(
                (one.count > 0) & (one.expected > 0),
                np.log((np.nan_to_num(one.count) + 0.5) / (one.expected + 0.5)),
                np.nan,
            )[kept]
            for one in town.registers.values()
        ]
    )
    return np.array(list(cut(ratios)))
