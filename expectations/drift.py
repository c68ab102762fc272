"""The drift chart: does a series count less and less, a little every day?

A lens that grows dim takes 1 % a day: by the time a mean over days stands out much has been lost. So a
straight fall over the last 21 or 42 open days, after 90 on one level, is fitted by least squares to the
logarithm of counted to expected. The falls of all partners over the same days are taken off together, each
as far as it used to go along with the series: season and weather cancel. How far a fall strays when nothing
is wrong is read from the series' own earlier falls. A drift is declared when it is that many deviations away
(`THRESHOLD`) and of a size that matters. Fairs and storms are single days: what one day adds is bounded.

A matched filter for a ramp whose onset is searched over windows, with empirical in place of assumed variance
(Basseville and Nikiforov 1993, chapter 2). What any test can reach is measured beside it: `docs/counters.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from warehouse.series import Floats, Integers

WINDOWS = (21, 42)  # open days of the fall
LEVEL_DAYS = 90  # open days on one level before it
THRESHOLD = 3.9
LEAST_KNOWN = 0.6  # share of the days, of the fall and of all
LEAST_FALL = 0.18
DAY_BOUND = 0.5
HISTORY_DAYS = 400
LEAST_HISTORY_DAYS = 60  # with falls, to know how they stray and how partners go along
PRIOR_DAYS = 120.0
PRIOR_DEVIATION = 0.15  # of a day, besides chance

Falls = Mapping[int, Floats]


def falls(log_ratio: Floats, level: Floats) -> Falls:
    """By window, the fall (days,) of a log ratio up to the end of each day; NaN where too little is known.

    `log_ratio` of counted to expected and its usual `level`, by open day; a fall is positive.
    """
    departed = np.clip(log_ratio, level - DAY_BOUND, level + DAY_BOUND)
    return {window: _fall(departed, window) for window in WINDOWS}


def drifts(
    own: Falls, partners: Sequence[Falls], chance: Floats, strictness: float = 1.0
) -> tuple[Floats, Integers, Floats]:
    """The score of each day on which a drift is declared, else 0, its window and its log ratio so far.

    `chance` is the variance that a day's log ratio has by counting alone; `strictness` multiplies the
    threshold.
    """
    days = chance.size
    best, best_window, best_change = np.zeros(days), np.zeros(days, dtype=np.int64), np.zeros(days)
    for window in WINDOWS:
        prior = (chance + PRIOR_DEVIATION**2) * _variance(window)
        mine = own[window]
        beside = [falls_of[window] for falls_of in partners if not np.isnan(falls_of[window]).all()]
        score, fall = _deviations(mine, np.empty((0, mine.size)), prior, window)
        if beside:
            surer, less = _deviations(mine, np.array(beside), prior, window)
            score, fall = (np.where(np.isnan(surer), *pair) for pair in ((score, surer), (fall, less)))
        # A partner's own fault is not the series' one: that must have fallen itself.
        is_drift = (score >= strictness * THRESHOLD) & (fall >= LEAST_FALL) & (mine >= LEAST_FALL / 2)
        better = is_drift & (score > best)
        best[better], best_window[better], best_change[better] = score[better], window, -fall[better]
    return best, best_window, best_change


def _fall(departed: Floats, window: int) -> Floats:
    """How far the values fell in a straight line over the last `window` days, after level ones."""
    found = np.full(departed.size, np.nan)
    days = LEVEL_DAYS + window
    if departed.size < days:
        return found
    ramp = _ramp(window)
    known = np.lib.stride_tricks.sliding_window_view((~np.isnan(departed)).astype(np.float64), days)
    value = np.lib.stride_tricks.sliding_window_view(np.nan_to_num(departed), days)
    number, ramps, squares = known.sum(axis=1), known @ ramp, known @ ramp**2
    enough = (number >= LEAST_KNOWN * days) & (known[:, LEVEL_DAYS:].sum(axis=1) >= LEAST_KNOWN * window)
    above = ramps * value.sum(axis=1) - number * (value @ ramp)
    below = number * squares - ramps**2
    found[days - 1 :] = np.where(enough, above / np.where(enough, below, 1.0), np.nan)
    return found


def _ramp(window: int) -> Floats:
    """0 on the level days, then evenly up to 1 on the last day."""
    return np.concatenate([np.zeros(LEVEL_DAYS), np.arange(1, window + 1) / window])


def _variance(window: int) -> float:
    """Variance of a fitted fall when each day has a variance of 1."""
    ramp = _ramp(window)
    return float(1 / ((ramp - ramp.mean()) ** 2).sum())


def _deviations(mine: Floats, beside: Floats, prior: Floats, window: int) -> tuple[Floats, Floats]:
    """How many of its usual deviations each fall is away, and the fall less the partners' shares.

    `beside` (partners, days). Both NaN where anything is not known, or too little was before.
    """
    known = ~np.isnan(mine) & ~np.isnan(beside).any(axis=0)
    mine, beside = np.where(known, mine, 0.0), np.where(known, beside, 0.0)
    weight = PRIOR_DAYS * prior
    number = _earlier(known.astype(np.float64), window)
    squares = _earlier(mine**2, window)
    products = _earlier(beside * mine, window).T
    others = np.moveaxis(_earlier(beside[:, np.newaxis] * beside, window), -1, 0)
    ridge = weight[:, np.newaxis, np.newaxis] * np.eye(beside.shape[0])
    share = np.clip(np.linalg.solve(others + ridge, products[..., np.newaxis])[..., 0], 0.0, 1.0)
    explained = 2 * (share * products).sum(axis=1) - np.einsum("di,dij,dj->d", share, others, share)
    known &= number >= LEAST_HISTORY_DAYS
    fall = np.where(known, mine - (share.T * beside).sum(axis=0), np.nan)
    return fall / np.sqrt((weight + squares - explained) / (PRIOR_DAYS + number)), fall


def _earlier(values: Floats, window: int) -> Floats:
    """Sum (…, days) over the last 400 days that ended before the window of each day began."""
    sums = np.concatenate([np.zeros((*values.shape[:-1], 1)), np.cumsum(values, axis=-1)], axis=-1)
    until = np.maximum(0, np.arange(values.shape[-1]) + 1 - window)
    since = np.maximum(0, until - HISTORY_DAYS)
    earlier: Floats = sums[..., until] - sums[..., since]
    return earlier
