"""How well the short gaps of a night are estimated: hours and days, whose masked blocks share one fit.

Gaps at random on the tuning years of real counters and of doors made of them, with 90 days after each or with
none (provisional). Of a gap of hours, the share of each day that was missed is drawn around the one that the
profile would tell.

Run `python -m bench.short_gaps`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.counters.doors import LAST_TUNING_DAY
from bench.imputing import CITIES, DAYS_AFTER, EPOCH, HISTORY_DAYS, SEED, SETTINGS, Setting, days_of
from transforms.counters.estimating import estimate

CHOSEN = (SETTINGS[0], SETTINGS[3], Setting("door 20, drifting desk 25", 20, "desk"))
LENGTHS = (1, 3, 7)
SHARES = (1.0, 0.6, 0.3, 0.1)
COUNTERS = 4  # of each city
GAPS = 12  # of each counter
PROFILE_SD = 0.1  # by how much, as a logarithm, a day differs from the usual profile


@dataclass(frozen=True)
class Scored:
    """One gap: whether its interval held, for what share of days theirs did, and its relative width."""

    covered: bool
    days_covered: float
    width: float


def score(setting: Setting, length: int, share: float, after: int) -> Iterator[Scored | None]:
    """Every gap of a setting; None for a refusal."""
    random = np.random.default_rng([SEED, length, int(100 * share)])
    for city, read in CITIES.items():
        border = (LAST_TUNING_DAY[city] - EPOCH).days + 1
        for at in range(min(COUNTERS, len(read()))):
            days = days_of(city, at, setting)
            days = days.window(0, border - int(days.day[0]))
            for first in random.integers(HISTORY_DAYS, len(days) - DAYS_AFTER, GAPS).tolist():
                known, gap = days.window(0, first + length + after), slice(first, first + length)
                opened = known.exposure[gap] > 0
                truth = known.count[gap][opened]
                if not opened.any() or np.isnan(truth).any():
                    continue
                lost = truth
                if share < 1:
                    drawn = share * np.exp(random.normal(0, PROFILE_SD, truth.size))
                    lost = random.binomial(truth.astype(int), np.minimum(drawn, 1)).astype(np.float64)
                count = known.count.copy()
                count[gap] = np.nan
                ours = estimate(replace(known, count=count), gap, (), np.full(len(known), share))
                if ours.refused_because is not None:
                    yield None
                    continue
                yield Scored(
                    covered=bool(ours.total_low <= lost.sum() <= ours.total_high),
                    days_covered=float(np.mean((ours.low <= lost) & (lost <= ours.high))),
                    width=(ours.total_high - ours.total_low) / max(1.0, float(lost.sum())),
                )


def main() -> None:
    """Run and print."""
    table = Table(title=f"Short gaps on the tuning years, in %; seed {SEED}")
    for heading in (
        "setting", "days", "share missed", "days after", "n", "coverage", "coverage days", "width", "refused",
        "ms a gap",
    ):  # fmt: skip
        table.add_column(heading, justify="left" if heading == "setting" else "right")
    for setting in CHOSEN:
        for share, after in [(1.0, 0), *((share, DAYS_AFTER) for share in SHARES)]:
            for length in LENGTHS:
                begun = time.perf_counter()
                found = list(score(setting, length, share, after))
                answered = [one for one in found if one is not None]
                table.add_row(
                    setting.name, str(length), f"{share:.0%}", str(after), str(len(found)),
                    f"{100 * np.mean([one.covered for one in answered]):.0f}",
                    f"{100 * np.mean([one.days_covered for one in answered]):.0f}",
                    f"{100 * np.median([one.width for one in answered]):.0f}",
                    str(len(found) - len(answered)),
                    f"{1000 * (time.perf_counter() - begun) / len(found):.0f}",
                )  # fmt: skip
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
