"""Sums of evidence: what speaks for one hypothesis and against another, slot by slot."""

from __future__ import annotations

import numpy as np

from warehouse.counted.series import Floats, Integers

IMPOSSIBLE = -1e6  # the log likelihood ratio of what cannot be: more than any stretch ever gathers


def running(values: Floats) -> Floats:
    """Running sums (slots + 1,) with a 0 before the first: the sum of `[a, b)` is `[b]` less `[a]`."""
    sums: Floats = np.concatenate([[0.0], np.cumsum(values)])
    return sums


def cusum(ratio: Floats) -> tuple[Floats, Integers]:
    """Sum of log likelihood ratios (slots,) since it was last at zero, and the first slot of that stretch."""
    sums = np.cumsum(ratio)
    low = np.minimum.accumulate(np.minimum(sums, 0.0))
    start: Integers = np.maximum.accumulate(np.where(sums <= low, np.arange(1, sums.size + 1), 0))
    return sums - low, start


def sum_within(values: Floats, group: Integers) -> Floats:
    """Running sum (slots,) that starts again with every group; `group` ascends."""
    sums = running(values)
    found: Floats = sums[1:] - sums[np.searchsorted(group, group)]
    return found
