"""What a counter missed: an estimate of a gap, its honest interval, its quality, or a refusal with a reason.

The estimate is the model of `transforms.counters.counter_model`, learnt on both sides of the gap once the
counter is back (Zhong & Sharma: data from before and after improve it significantly), before that on the
one side.

The interval is block conformal: many blocks of the gap's length are masked where the counter did count, each
is estimated as the gap is, and the quantile of the errors at the printed level (day, month, whole gap) is the
interval at that level. Daily intervals are never summed: the days of a gap err together. Exchangeability of
blocks is an assumption in a series (Lin et al., 2205.12940), so their number is stated.

Of a day that was observed in part, its mean times the share that was missed is estimated. A part of a count
varies relatively more than the whole, at most by the root of their ratio (binomial thinning). So no interval
goes beyond what the counter ever saw: three times its busiest day (`counter_model.MOST_RATE`), of a part of a
day that times the root of its share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil
from typing import Literal

import numpy as np

from transforms.counters.counter_model import (
    KNOT_DAYS,
    MOST_RATE,
    SEASON_MIN_SPAN,
    YEAR_DAYS,
    Days,
    Design,
    TooLittleHistoryError,
    design,
)
from warehouse.counted.series import Bools, Floats, Integers

Refusal = Literal["too_little_history", "gap_too_long", "too_few_blocks", "too_uncertain"]
Sides = Literal["both_sides", "before", "after"]

COVERAGE = 0.9
# Below nine blocks a 90 % quantile would lie beyond the largest error seen.
MIN_BLOCKS = 9
MAX_BLOCKS = 30
# Blocks of at most so many days share fits: hundreds of short gaps would else cost minutes, and every counter
# whose files come late half a second a night.
SHORT_DAYS = 7
MIN_HISTORY_DAYS = 21
MIN_SIDE_DAYS = 28
# Days farther away weigh half as much every year, and none beyond four.
HALF_LIFE_DAYS = 365.0
REACH_DAYS = 4 * 366
# A partner stands in when it knows this share of the open days of the gap, and four weeks outside.
PARTNER_KNOWN = 0.8
# At its own size a partner brings more chance than the counter has; half of that is still a full one.
FULL_PARTNER = 0.5
BLOCK_KNOWN = 0.95
SEASON_SEEN = 0.5
# Without a partner or the same season of another year nothing carries an estimate far (gap filling of flux
# towers refuses beyond 60 days; REddyProc, tidyflux); with them a gap may be as long as half the history.
LONGEST_ON_LEVEL = 28
LONGEST_SHARE = 0.5
# Half width of the interval of the whole gap, as a logarithm. The few days of a short gap vary more by chance
# alone, by the root of their number, which is no lack of evidence.
WIDEST = 0.5


@dataclass(frozen=True)
class MissedPart:
    """What was missed of a gap in one period: the period's label, the total and its 90 % interval.

    The ends are NaN when fewer than nine blocks were open in the period: on one day of it, perhaps.
    """

    period: int
    total: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """What was missed in a gap; estimated days (N,) are those of the gap that were open and not observed.

    `day` days since 1970; `mean`, `low`, `high` (N,) by day, `parts` by period of each partition asked for
    and `total`, `total_low`, `total_high` for the whole gap, each with the 90 % interval of its own level.
    `blocks` is how many masked blocks the intervals come from. `method` says the evidence, as
    `partner_both_sides` or `season_before`. `tier` is the quality: 1 a partner of full volume and both sides;
    2 one of the two, or a small partner and both sides; 3 other years, or a small partner, and one side; 4
    the season was seen in no other year. `is_final` when four weeks were observed after it. If
    `refused_because` is set there is no estimate: every number is NaN and `tier` is None.
    """

    day: Integers
    mean: Floats
    low: Floats
    high: Floats
    parts: tuple[tuple[MissedPart, ...], ...]
    total: float
    total_low: float
    total_high: float
    blocks: int
    method: str
    tier: int | None
    is_final: bool
    refused_because: Refusal | None


@dataclass(frozen=True)
class _Evidence:
    """What there is to estimate a gap with."""

    design: Design
    sides: Sides
    span: int
    has_season: bool
    partners: int
    has_full_partner: bool

    @property
    def method(self) -> str:
        source = "partner" if self.partners else "season" if self.has_season else "level"
        return f"{source}_{self.sides}"

    @property
    def tier(self) -> int:
        if not self.has_season:
            return 4
        if self.sides == "both_sides":
            return 1 if self.has_full_partner else 2
        return 2 if self.has_full_partner else 3


def estimate(
    days: Days, gap: slice | Bools, periods: Sequence[Integers] = (), share: Floats | None = None
) -> Estimate:
    """What was missed in `gap`: rows of `days`, as a slice or a mask (D,), of one stretch of time.

    Measured days are not altered: an observed day within the gap is neither estimated nor learnt from, and
    every other observed day is learnt from as it is. Days that were not wholly observed must be NaN in
    `days.count`; `share` (D,) is what part of its usual count each of them missed (all of it by default).
    Each of `periods` (D,) labels the days by the period they lie in, as by month, and gives one of `parts`.
    Costs one fit for each block; a short gap two, or as many as its blocks lie in months while it is open.

    Raises
    ------
    ValueError
        When the gap holds no open day that was not observed.
    """
    mask = np.zeros(len(days), dtype=bool)
    mask[gap] = True
    if not np.any(mask & (days.exposure > 0) & np.isnan(days.count)):
        raise ValueError("the gap holds no open day that was not observed: there is nothing to estimate")
    inside = np.flatnonzero(mask)
    shares = np.ones(len(days)) if share is None else share
    # The rows that weigh.
    near = slice(max(0, int(inside[0]) - REACH_DAYS), int(inside[-1]) + REACH_DAYS)
    days, mask = days.window(near.start, near.stop), mask[near]
    first, end = int(inside[0]) - near.start, int(inside[-1]) + 1 - near.start
    missed = mask & (days.exposure > 0) & np.isnan(days.count)
    named = [np.unique(labels[near][missed]) for labels in periods]
    evidence = _evidence(days, first, end)
    refusal = _refusal(evidence, first, end)
    if evidence is None or refusal is not None:
        return _refused(days.day[missed], named, evidence, refusal or "too_little_history", 0)
    learnt = _learnt(evidence, _outside(len(days), first, end), (first + end) / 2)
    if learnt is None:
        return _refused(days.day[missed], named, evidence, "too_little_history", 0)

    means, wanted = learnt[first:end], missed[first:end]
    flat = [(n, *one) for n, labels in enumerate(periods) for one in _by_label(labels[near][first:end])]
    counted = mask[first:end] & days.observed[first:end]
    errors = _block_errors(evidence, first, end, ~counted, [at for _, _, at in flat])
    blocks = len(errors.total)
    if blocks < MIN_BLOCKS:
        return _refused(days.day[missed], named, evidence, "too_few_blocks", blocks)
    if _quantile(errors.total) > WIDEST * np.sqrt(max(1.0, SHORT_DAYS / (end - first))):
        return _refused(days.day[missed], named, evidence, "too_uncertain", blocks)

    missing = shares[near][first:end]
    whole = np.where(wanted, means, 0.0)
    mean = whole * missing
    most = np.where(wanted, _most(evidence)[first:end] * np.sqrt(missing), 0.0)

    def part(label: int, at: Integers, own: Floats) -> MissedPart:
        total = float(mean[at].sum())
        thinned = np.sqrt(whole[at].sum() / total) if total > 0 else 1.0
        return MissedPart(label, total, *_around(total, _quantile(own) * thinned, float(most[at].sum())))

    every = part(0, np.arange(end - first), errors.total)
    root, swing = np.sqrt(mean[wanted]), _quantile(errors.day, blocks)
    return Estimate(
        day=days.day[missed],
        mean=mean[wanted],
        low=np.clip(root - swing, 0, None) ** 2,
        high=np.minimum((root + swing) ** 2, most[wanted]),
        parts=tuple(
            tuple(
                part(label, at, own)
                for (n, label, at), own in zip(flat, errors.parts, strict=True)
                if n == partition and mean[at].any()
            )
            for partition in range(len(periods))
        ),
        total=every.total,
        total_low=every.low,
        total_high=every.high,
        blocks=blocks,
        method=evidence.method,
        tier=evidence.tier,
        is_final=evidence.sides != "before",
        refused_because=None,
    )


def _evidence(days: Days, first: int, end: int) -> _Evidence | None:
    """Both sides as far as they were observed, with the partners that can stand in; None without history."""
    outside = _outside(len(days), first, end)
    observed = days.observed & outside
    if observed.sum() < MIN_HISTORY_DAYS:
        return None
    before, after = observed[:first].sum(), observed[end:].sum()
    sides: Sides = "before"
    if after >= MIN_SIDE_DAYS:
        sides = "both_sides" if before >= MIN_SIDE_DAYS else "after"
    open_inside = ~outside & (days.exposure > 0)
    known = np.isfinite(days.partners)
    stands_in = known[:, open_inside].mean(axis=1) >= PARTNER_KNOWN
    stands_in &= known[:, observed].sum(axis=1) >= MIN_SIDE_DAYS
    stands_in &= np.nansum(days.partners[:, observed], axis=1) > 0
    chosen = replace(days, count=np.where(outside, days.count, np.nan), partners=days.partners[stands_in])
    usual = [np.nanmean(own[observed]) for own in chosen.partners]
    full = bool(usual) and max(usual) >= FULL_PARTNER * float(np.mean(days.count[observed]))
    span = int(np.ptp(np.flatnonzero(observed))) + 1
    has_season = span >= SEASON_MIN_SPAN and _was_seen_in_another_year(observed, first, end)
    return _Evidence(design(chosen), sides, span, has_season, len(usual), full)


def _most(evidence: _Evidence) -> Floats:
    """The most that each day (D,) may have counted."""
    days = evidence.design.days
    observed = days.observed
    most: Floats = MOST_RATE * float((days.count[observed] / days.exposure[observed]).max()) * days.exposure
    return most


def _was_seen_in_another_year(observed: Bools, first: int, end: int) -> bool:
    """Whether half of the days of the same dates were observed in any one other year."""
    years = np.arange(1, REACH_DAYS // int(YEAR_DAYS) + 1)
    for shift in np.round(np.concatenate([-years, years]) * YEAR_DAYS).astype(int):
        same = observed[max(0, first + shift) : max(0, end + shift)]
        if same.sum() >= SEASON_SEEN * (end - first):
            return True
    return False


def _refusal(evidence: _Evidence | None, first: int, end: int) -> Refusal | None:
    if evidence is None:
        return "too_little_history"
    length = end - first
    longest = LONGEST_SHARE * evidence.span
    if not evidence.partners and not evidence.has_season:
        longest = min(longest, LONGEST_ON_LEVEL)
    return "gap_too_long" if length > longest else None


def _refused(
    day: Integers, periods: Sequence[Integers], evidence: _Evidence | None, why: Refusal, blocks: int
) -> Estimate:
    nan = float("nan")
    nothing = np.full(day.size, nan)
    parts = tuple(tuple(MissedPart(label, nan, nan, nan) for label in labels.tolist()) for labels in periods)
    method = "none" if evidence is None else evidence.method
    return Estimate(day, nothing, nothing, nothing, parts, nan, nan, nan, blocks, method, None, False, why)


def _outside(size: int, first: int, end: int) -> Bools:
    rows = np.arange(size)
    outside: Bools = (rows < first) | (rows >= end)
    return outside


def _learnt(evidence: _Evidence, on: Bools, centre: float) -> Floats | None:
    """Expected counts (D,) from the rows `on`, those near the row `centre` most; None when too few."""
    plan = evidence.design
    weights = 0.5 ** (np.abs(np.arange(len(plan.days)) + 0.5 - centre) / HALF_LIFE_DAYS)
    try:
        return plan.fit(on, weights).mean_of(plan)
    except TooLittleHistoryError:
        return None


@dataclass(frozen=True)
class _Errors:
    """Absolute errors of B masked blocks: of logarithms for the total (B,) and each part, of roots by day.

    A part that a block has not observed has no error.
    """

    total: Floats
    parts: tuple[Floats, ...]
    day: Floats


def _block_errors(
    evidence: _Evidence, first: int, end: int, asked: Bools, parts: Sequence[Integers]
) -> _Errors:
    """Mask blocks of the gap's length, estimate each as the gap is, and measure how far off it was.

    `asked` are the offsets (N,) of a block that count, as in the gap, and `parts` the offsets of its periods.
    Errors by day go by the root, which steadies the variance of counts.
    """
    days = evidence.design.days
    totals, by_part, by_day = [], [], []
    for start, means in _masked(evidence, first, end):
        stop = start + end - first
        seen = days.observed[start:stop] & asked
        if not seen.any():
            continue
        truth = np.where(seen, days.count[start:stop], 0.0)
        means = np.where(seen, means, 0.0)
        totals.append(_log_error(truth.sum(), means.sum()))
        by_part.append(
            [_log_error(truth[at].sum(), means[at].sum()) if seen[at].any() else np.nan for at in parts]
        )
        by_day.append(np.abs(np.sqrt(truth[seen]) - np.sqrt(means[seen])))
        if len(totals) == MAX_BLOCKS:
            break
    shares = tuple(own[np.isfinite(own)] for own in np.array(by_part).T)
    return _Errors(np.array(totals), shares, np.concatenate(by_day) if by_day else np.empty(0))


def _masked(evidence: _Evidence, first: int, end: int) -> Iterator[tuple[int, Floats]]:
    """Blocks by their first row, each with its expected counts (N,) as if it had not been observed."""
    length = end - first
    starts = _block_starts(evidence.design.days, first, end)
    shared: list[tuple[int, Floats]] = []
    if length <= SHORT_DAYS and evidence.sides == "both_sides":
        shared = _at_once(evidence, starts, length, (first + end) / 2)
    elif length <= SHORT_DAYS:
        shared = list(islice(_month_by_month(evidence, starts, length), MAX_BLOCKS))
    return iter(shared) if len(shared) >= MIN_BLOCKS else _one_by_one(evidence, starts, length)


def _one_by_one(evidence: _Evidence, starts: list[int], length: int) -> Iterator[tuple[int, Floats]]:
    """A fit for each block."""
    for start in starts:
        stop = start + length
        means = _learnt(evidence, _shown(evidence, start, stop), (start + stop) / 2)
        if means is not None:
            yield start, means[start:stop]


def _month_by_month(evidence: _Evidence, starts: list[int], length: int) -> Iterator[tuple[int, Floats]]:
    """A fit for the blocks that start within the same four weeks, which knows nothing of any of them."""
    fits: dict[int, Floats | None] = {}
    for start in starts:
        month = start // KNOT_DAYS
        if month not in fits:
            since, until = month * KNOT_DAYS, (month + 1) * KNOT_DAYS + length - 1
            fits[month] = _learnt(evidence, _shown(evidence, since, until), (since + until) / 2)
        means = fits[month]
        if means is not None:
            yield start, means[start : start + length]


def _at_once(evidence: _Evidence, starts: list[int], length: int, centre: float) -> list[tuple[int, Floats]]:
    """One fit that knows none of the blocks; these lie a block's length to spare on either side apart."""
    apart: list[int] = []
    for start in starts:
        if len(apart) < MAX_BLOCKS and all(abs(start - other) >= 3 * length for other in apart):
            apart.append(start)
    on = np.ones(len(evidence.design.days), dtype=bool)
    for start in apart:
        on[start : start + length] = False
    means = _learnt(evidence, on, centre)
    return [] if means is None else [(start, means[start : start + length]) for start in apart]


def _block_starts(days: Days, first: int, end: int) -> list[int]:
    """First rows of the blocks, the same season of other years first; none overlaps the gap.

    Blocks start a third of their length apart: closer ones err so alike that they fill the list and say
    little (an eighth apart, 85 % were covered on the tuning years instead of 89). Each was observed on 95 %
    of its open days (an outage never passes for a truth), its partners on average as they must be in the gap.
    """
    length = end - first
    step = max(1, length // 3)
    starts = np.arange(first % step, len(days) - length + 1, step)
    starts = starts[(starts + length <= first) | (starts >= end)]
    opened = days.exposure > 0

    def share(known: Bools) -> Floats:
        running = np.concatenate([[0], np.cumsum(known & opened)])
        among = np.concatenate([[0], np.cumsum(opened)])
        inside = (among[starts + length] - among[starts]).astype(np.float64)
        found = (running[starts + length] - running[starts]).astype(np.float64)
        shares: Floats = np.divide(found, inside, out=np.zeros(starts.size), where=inside > 0)
        return shares

    usable = share(np.isfinite(days.count)) >= BLOCK_KNOWN
    if len(days.partners):
        there = np.mean([share(np.isfinite(counts)) for counts in days.partners], axis=0)
        usable &= there >= PARTNER_KNOWN
    starts = starts[usable]
    apart = np.abs(starts - first)
    out_of_season = np.abs(apart - np.round(apart / YEAR_DAYS) * YEAR_DAYS)
    order = np.lexsort((apart, np.round(out_of_season / max(1, length))))
    return [int(start) for start in starts[order]]


def _shown(evidence: _Evidence, start: int, stop: int) -> Bools:
    """What a block may be learnt from, to know as little as the gap: all around it, or its longer side.

    A forecast is judged by forecasts; where the past of a block is short, it is read backwards in time.
    """
    outside = _outside(len(evidence.design.days), start, stop)
    if evidence.sides == "both_sides":
        return outside
    row = np.arange(outside.size)
    observed = evidence.design.days.observed
    forward = observed[:start].sum() >= observed[stop:].sum()
    shown: Bools = outside & ((row < start) == forward)
    return shown


def _by_label(labels: Integers) -> list[tuple[int, Integers]]:
    """Each label with the offsets that have it."""
    return [(int(label), np.flatnonzero(labels == label)) for label in np.unique(labels)]


def _log_error(truth: float, estimated: float) -> float:
    """|log(true / estimated)|; half a count on both sides gives an empty total a logarithm."""
    return float(abs(np.log((truth + 0.5) / (estimated + 0.5))))


def _around(total: float, reach: float, most: float) -> tuple[float, float]:
    """The interval, up to `most`, of a total whose logarithm may be `reach` off (`_log_error`)."""
    if not np.isfinite(reach):
        return np.nan, np.nan
    low = (total + 0.5) * np.exp(-reach) - 0.5
    up = min(reach, np.log((max(total, most) + 0.5) / (total + 0.5)))
    return float(max(0.0, low)), float((total + 0.5) * np.exp(up) - 0.5)


def _quantile(errors: Floats, blocks: int | None = None) -> float:
    """The finite-sample conformal quantile, infinite where n blocks do not reach it: (1 + 1 / n) * 0.9.

    Errors of several days of a block are not independent: n is then the number of blocks.
    """
    size = errors.size if blocks is None else blocks
    level = ceil((size + 1) * COVERAGE) / size if size else np.inf
    return float(np.quantile(errors, level, method="inverted_cdf")) if level <= 1 else np.inf
