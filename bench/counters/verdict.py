"""What a year-on-year verdict is worth when 82 days of the year are missing.

The year is the 52 weeks that end 90 days after the block, compared with the 52 weeks before them: the same
weekdays. Error: the change that is told less the true one, in points.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.counters.doors import Split
from bench.imputing import SUMMER, Block, Setting, masked_blocks
from transforms.counters.estimating import estimate
from warehouse.counted.series import Floats

YEAR = 364
METHODS = ("counted alone", "like for like", "with the estimate")


@dataclass(frozen=True)
class Verdict:
    """Errors of the change that each of `METHODS` tells, in points; NaN where it tells none."""

    counted_alone: float
    like_for_like: float
    with_the_estimate: float


def run(split: Split, settings: Iterable[Setting]) -> list[dict[str, Any]]:
    """Median and P90 of the absolute error by setting and method, and the share that was told at all."""
    lines = []
    for setting in settings:
        told = [
            (one.counted_alone, one.like_for_like, one.with_the_estimate)
            for block in masked_blocks(split, setting, SUMMER, "final")
            for one in verdicts(block)
        ]
        for method, errors in zip(METHODS, np.abs(np.array(told)).T, strict=True):
            known = errors[np.isfinite(errors)]
            lines.append(
                {
                    "setting": setting.name,
                    "method": method,
                    "years": errors.size,
                    "told": known.size,
                    "error_median": round(float(np.median(known)), 1) if known.size else None,
                    "error_p90": round(float(np.quantile(known, 0.9)), 1) if known.size else None,
                }
            )
    return lines


def verdicts(block: Block) -> Iterator[Verdict]:
    """The verdict on the year of a block; none where two years are not there."""
    days, last = block.days, len(block.days)
    if last < 2 * YEAR:
        return
    truth = np.where(days.observed, days.count, np.nan)
    truth[block.gap] = np.where(days.exposure[block.gap] > 0, block.truth, np.nan)
    gap = np.zeros(last, dtype=bool)
    gap[block.gap] = True
    now, before = slice(last - YEAR, last), slice(last - 2 * YEAR, last - YEAR)
    true_now, true_before = truth[now], truth[before]
    # The truth is a change between days known in both years.
    both = np.isfinite(true_now) & np.isfinite(true_before)
    counted = both & ~gap[now]
    ours = estimate(days, block.gap)
    filled = truth.copy()
    filled[gap] = np.nan
    if ours.refused_because is None:
        filled[ours.day - days.day[0]] = ours.mean
    change = _change(true_now[both], true_before[both])
    yield Verdict(
        _change(true_now[counted], true_before[both]) - change,
        _change(true_now[counted], true_before[counted]) - change,
        _change(filled[now][both], true_before[both]) - change,
    )


def _change(now: Floats, before: Floats) -> float:
    """Change in per cent."""
    return float(100 * (now.sum() / before.sum() - 1))
