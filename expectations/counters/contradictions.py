"""Series of one town that contradict each other: one departs from the course that the others share.

Season, weather, a good or a bad year move all systems of an office alike. So each series is compared, over
the last days, with what was expected of it at the level of the days before (its contrast), and then with the
common course of the others: the mean of their contrasts, weighted by how closely each used to follow the
rest, drawn towards no change where they are few or noisy. What is left is its departure. How far departures
stray when nothing is wrong is read from the series' own earlier ones. A contradiction is declared when a
departure is that many deviations away (`Scale.windows`), of a size that matters, and larger, in deviations,
than those of all others: of two series nobody can tell which is wrong, of three or more it is the one that
departs.

A factor model by windows; the change is found as in `expectations.counters.level`, by a generalised
likelihood ratio with empirical variances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import signal

from warehouse.counted.series import Floats

TOWN_DEVIATION = 0.15  # of the common course over a window, before anything is known
OWN_DEVIATION = 0.06  # of a series that follows the others, beside its chance
PRIOR_PERIODS = 150.0
PASSES = 4  # of weights and departures, each from the other
PERIOD_BOUND = 0.6  # most that one period adds to a log ratio: a fair is one day
PERIOD_DEVIATION = 0.2  # of a single period of a series, beside its chance
TOWN_PERIOD_DEVIATION = 0.4
LEAST_CHANGE = 0.08
LEAST_KNOWN = (
    0.75  # of what is known of a series usually: a window of few periods strays more than a whole one
)
BACK_SHARE, BACK_DEVIATIONS = 2 / 3, 2.5  # of a change, the other way round, that show that it is over


@dataclass(frozen=True)
class Scale:
    """Lengths in periods of one step: `windows` each with the deviations at which it tells.

    A window is compared with the `reference` before it; variances are of the last `history`; a contradiction
    that lasts longer than `stays` after it was found is the usual level; `settled` periods show that it is
    over.
    """

    windows: Mapping[int, float]
    reference: int
    least_reference: int
    history: int
    least_history: int
    settled: int
    stays: int


DAYS = Scale(
    windows={7: 6.0, 14: 4.8, 21: 4.4, 28: 4.3, 42: 4.3},
    reference=40, least_reference=28, history=1100, least_history=180, settled=28, stays=120,
)  # fmt: skip
WEEKS = Scale(
    windows={2: 4.5, 4: 4.1, 6: 4.1, 9: 4.1},
    reference=6, least_reference=8, history=104, least_history=40, settled=4, stays=17,
)  # fmt: skip
MONTHS = Scale(
    windows={1: 5.0, 2: 4.5, 3: 4.1},
    reference=6, least_reference=6, history=60, least_history=12, settled=2, stays=4,
)  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """Series side by side, (series, periods): what each recorded and was expected to; 0 where not known."""

    counted: Floats
    expected: Floats

    def shifted(self, series: int, since: int, log_ratio: float) -> Recorded:
        """With what is expected of one series from a period on moved to another level."""
        expected = self.expected.copy()
        expected[series, since:] *= np.exp(log_ratio)
        return replace(self, expected=expected)


@dataclass(frozen=True)
class Contradiction:
    """A departure of one series from the others: positions of the series and of periods.

    `onset` first period of the window that told it, `detected` the period at whose end it was told, `ended`
    the first one that agreed again, as was known at the end of `end_known`; None while it lasts, and when it
    became usual. `log_ratio` of what it recorded to what the `others` made expected; `own` and `common` are
    the two courses that it is the difference of. `others` are the series that were known then, by the weight
    of what they say.
    """

    series: int
    others: tuple[int, ...]
    onset: int
    detected: int
    ended: int | None
    end_known: int | None
    log_ratio: float
    own: float
    common: float
    score: float


@dataclass(frozen=True)
class Departures:
    """Of every series and period, over the periods of one window that end with it; NaN where not known."""

    contrast: Floats
    common: Floats
    deviation: Floats
    weight: Floats

    @property
    def departure(self) -> Floats:
        """What the others do not explain of a series' contrast."""
        return self.contrast - self.common


def contradictions(recorded: Recorded, scale: Scale = DAYS, strictness: float = 1.0) -> list[Contradiction]:
    """The contradictions in order of detection; what comes later changes no detection.

    From its onset on a departure is taken for the level of its series, so that what follows is judged against
    it: more of the same belongs to it, and the way back ends it.
    """
    found: list[Contradiction] = []
    lasting: dict[int, int] = {}  # position in `found` of what lasts, by series
    resume = 0
    while True:
        told = _first(recorded, scale, strictness, resume, [found[at] for at in lasting.values()])
        if told is None:
            return found
        at = lasting.get(told.series)
        if at is not None and told.detected > found[at].detected + scale.stays:
            at = None  # that has become usual
        change = told.log_ratio
        if at is None:
            lasting[told.series] = len(found)
            found.append(told)
        elif change * found[at].log_ratio < 0:
            found[at] = replace(found[at], ended=told.onset, end_known=told.detected)
            del lasting[told.series]
            change = -found[at].log_ratio if abs(change + found[at].log_ratio) < LEAST_CHANGE else change
        recorded = recorded.shifted(told.series, told.onset, change)
        resume = told.detected + 1


def _departures(ready: _Ready, scale: Scale, window: int) -> Departures:
    """What each series shows over the last `window` periods, beside what the others make of it."""
    contrast, chance = ready.contrasts(window)
    known = ~np.isnan(contrast)
    mine = np.where(known, contrast, 0.0)
    own = chance + OWN_DEVIATION**2
    for _ in range(PASSES):
        weight = np.where(known, 1 / own, 0.0)
        others = weight.sum(axis=0) - weight
        precision = others + TOWN_DEVIATION**-2
        common = ((weight * mine).sum(axis=0) - weight * mine) / precision
        strayed = np.where(known & (others > 0), mine - common, 0.0)
        number = _earlier((known & (others > 0)).astype(np.float64), scale, window)
        prior = chance + OWN_DEVIATION**2 + 1 / precision
        spread = (PRIOR_PERIODS * prior + _earlier(strayed**2, scale, window)) / (PRIOR_PERIODS + number)
        own = np.maximum(spread - 1 / precision, chance + OWN_DEVIATION**2 / 4)
    told = known & (others > 0) & (number >= scale.least_history)
    return Departures(np.where(told, contrast, np.nan), common, np.sqrt(spread), np.where(told, weight, 0.0))


def _first(
    recorded: Recorded, scale: Scale, strictness: float, resume: int, lasting: Sequence[Contradiction]
) -> Contradiction | None:
    """The first departure that is told at period `resume` or later; of several at once, the rarest."""
    best: Contradiction | None = None
    ready = _Ready.of(recorded, scale)
    for window, threshold in scale.windows.items():
        seen = _departures(ready, scale, window)
        departure = seen.departure
        score = np.nan_to_num(np.abs(departure) / seen.deviation)
        # Whose departure is the largest: what one does, the others do the other way round, and less.
        is_largest = score >= score.max(axis=0)
        tells = (score >= strictness * threshold) & (np.abs(departure) >= LEAST_CHANGE) & is_largest
        if window == scale.settled:
            for one in lasting:
                is_back = departure[one.series] * -np.sign(one.log_ratio) >= BACK_SHARE * abs(one.log_ratio)
                is_back &= score[one.series] >= BACK_DEVIATIONS
                is_back[: one.detected + window] = False
                is_back[one.detected + scale.stays + 1 :] = False
                tells[one.series] |= is_back
        tells[:, :resume] = False
        at = np.flatnonzero(tells.any(axis=0))
        if not at.size or (best is not None and at[0] > best.detected):
            continue
        period = int(at[0])
        series = int(np.argmax(np.where(tells[:, period], score[:, period], -1)))
        if best is not None and best.detected == period and best.score >= score[series, period]:
            continue
        weights = seen.weight[:, period]
        best = Contradiction(
            series=series,
            others=tuple(int(one) for one in np.argsort(-weights) if one != series and weights[one] > 0),
            onset=period + 1 - window,
            detected=period,
            ended=None,
            end_known=None,
            log_ratio=float(departure[series, period]),
            own=float(seen.contrast[series, period]),
            common=float(seen.common[series, period]),
            score=float(score[series, period]),
        )
    return best


@dataclass(frozen=True)
class _Ready:
    """What windows are cut from: series with their single periods bounded, and their levels so far."""

    counted: Floats
    expected: Floats
    level: Floats
    known: Floats

    @classmethod
    def of(cls, recorded: Recorded, scale: Scale) -> _Ready:
        """The level is a mean that forgets; a period is bounded by the level before it."""
        counted, expected = recorded.counted, recorded.expected
        for _ in range(2):
            level = _log_ratio(_fading(counted, scale), _fading(expected, scale))
            usual = expected * np.exp(_later(level, 1, 0.0))
            usual = usual * np.exp(_day_by_day(recorded.counted, usual))
            counted = np.clip(recorded.counted, usual * np.exp(-PERIOD_BOUND), usual * np.exp(PERIOD_BOUND))
        level = _log_ratio(_fading(counted, scale), _fading(expected, scale))
        is_known = (expected > 0).astype(np.float64)
        enough = np.cumsum(is_known, axis=1) >= scale.least_reference
        share = _fading(is_known, scale) * (1 - np.exp(-1 / scale.reference))
        return cls(counted, expected, np.where(enough, level, np.nan), share)

    def contrasts(self, window: int) -> tuple[Floats, Floats]:
        """Log ratios of recorded to expected over each window at the level before it; variances of chance."""
        counted, expected, known = (
            _sums(values, window)
            for values in (self.counted, self.expected, (self.expected > 0).astype(np.float64))
        )
        level = _later(self.level, window, np.nan)
        enough = known / window >= LEAST_KNOWN * _later(self.known, window, 1.0)
        found = np.where(enough & (known > 0), _log_ratio(counted, expected) - level, np.nan)
        chance = 1 / (expected * np.exp(np.nan_to_num(level)) + 0.5)
        return found, chance


def _day_by_day(counted: Floats, usual: Floats) -> Floats:
    """What all series together make of each single period, as a log ratio: a fair, a storm."""
    weight = np.where(usual > 0, 1 / (1 / np.maximum(usual, 0.5) + PERIOD_DEVIATION**2), 0.0)
    sums = (weight * _log_ratio(counted, usual)).sum(axis=0)
    together: Floats = sums / (weight.sum(axis=0) + 1 / TOWN_PERIOD_DEVIATION**2)
    return together


def _log_ratio(counted: Floats, expected: Floats) -> Floats:
    ratio: Floats = np.log((counted + 0.5) / (expected + 0.5))
    return ratio


def _fading(values: Floats, scale: Scale) -> Floats:
    """Sums up to each period, of which every period leaves the `reference`-th part behind."""
    faded: Floats = signal.lfilter([1.0], [1.0, -np.exp(-1 / scale.reference)], values, axis=1)
    return faded


def _later(values: Floats, periods: int, before: float) -> Floats:
    """The values so many periods later, `before` at the start."""
    shifted = np.full(values.shape, before)
    shifted[:, periods:] = values[:, :-periods]
    return shifted


def _sums(values: Floats, window: int) -> Floats:
    """Sums over the last periods up to each one (fewer at the start)."""
    sums = np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(values, axis=1)], axis=1)
    last = np.arange(1, values.shape[1] + 1)
    found: Floats = sums[:, last] - sums[:, np.maximum(0, last - window)]
    return found


def _earlier(values: Floats, scale: Scale, window: int) -> Floats:
    """Sums (series, periods) over the history that ended before the window of each period began."""
    sums = np.concatenate([np.zeros((values.shape[0], 1)), np.cumsum(values, axis=1)], axis=1)
    until = np.maximum(0, np.arange(values.shape[1]) + 1 - window)
    since = np.maximum(0, until - scale.history)
    earlier: Floats = sums[:, until] - sums[:, since]
    return earlier
