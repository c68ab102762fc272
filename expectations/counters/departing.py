"""How far each series of a town departs from the course that all of them share, period by period.

The logarithm of what a series recorded over what was expected of it is taken for the sum of four courses: a
slow one of the town (season, weather, a good or a bad year), the town's own of the period (a fair, a storm),
a slow one of the series (its share of the public), and what the series has in this period alone, of which
chance is a known part. A Kalman filter follows them. Beside it stands, for each series, each of the last
periods and two courses of a change (at once, or over `Scale.ramp` periods), how much likelier it is that this
series alone changed then; the likeliest is its `score`, in deviations.

How much each series strays by itself is read from the differences of pairs, as one reads the errors of clocks
from comparing them: a pair's variance is the sum of two, so three pairs give three series. What the filter
does not know (a season that was learnt wrong) shows in earlier scores, and the score is divided by it.

Generalised likelihood ratio: Willsky & Jones 1976 (10.1109/TAC.1976.1101146). Comparing clocks: Gray & Allan
1974, the "three-cornered hat". Each period is judged from what lies before it; what comes later changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from warehouse.counted.series import Bools, Floats, Integers

TOWN, TOWN_PERIODS_OF = 0.2, 40  # deviation of the town's slow course, and days that it keeps
UNKNOWN = 0.5  # of a series' level before anything is known
MOST = 2.5  # deviations of one period, beyond which it teaches no more
FAIR = 2.0  # deviations of the town's own period, from which on it is taken for a fair or a storm
ROOM = 16.0  # times more, or less, a series may stray than is usual
WALK_PRIOR, NOISE_PRIOR = 12.0, 90.0  # blocks, and periods, that what is usual is worth
SCORE_PRIOR, USUAL_SCORE = 180.0, 3.5  # of a sound series: mean square of the likeliest of all changes
LARGEST_SCORE = 8.0
STEP, RAMP = 0, 1


@dataclass(frozen=True)
class Straying:
    """What is usual, a period: `days` long, `town` and `noise` deviations of the town's and a series' own.

    `walk` is the deviation by which a series' share of the public moves in one. Blocks of `block` periods
    show how each series does.
    """

    days: float
    town: float
    noise: float
    walk: float
    block: int


@dataclass(frozen=True)
class Changes:
    """Which changes are looked for: of at most `longest` periods ago, `ramp` of them until it is reached.

    One at once is declared from `least_step` periods on, a slow one from `least_ramp` on.
    """

    longest: int
    ramp: int
    least_step: int
    least_ramp: int


class Departing:
    """The filter, for `number` series; `score`, `change` (log ratio reached) and `age` after each period."""

    def __init__(self, number: int, straying: Straying, changes: Changes) -> None:
        self._usual, self._changes = straying, changes
        self.number, self.period = number, -1
        self._state = np.zeros(1 + number)
        self._covariance = np.diag([TOWN**2, *[UNKNOWN**2] * number])
        self._keeps = np.ones(1 + number)
        self._keeps[0] = np.exp(-straying.days / TOWN_PERIODS_OF)
        self.walk = np.full(number, straying.walk**2)
        self.noise = np.full(number, straying.noise**2)
        shape = (number, 2, changes.longest)
        # Of every change: by how much it has moved the state, and its likelihood as a sum and an information.
        self._moved = np.zeros((1 + number, *shape))
        self._sum, self._information = np.zeros(shape), np.zeros(shape)
        self._born = np.zeros(changes.longest, dtype=np.int64)
        self._reached = np.ones((2, changes.longest))
        self.seen = np.zeros(number)
        self._seen_before = np.zeros((number, changes.longest))
        self._squares = np.zeros(number)
        self._single, self._blocks = _Pairs(number), _Pairs(number)
        self._block = _Block(number)
        self.level = np.zeros(number)  # of changes that were accepted
        self.score, self.change = np.zeros(number), np.zeros(number)
        self.shape, self.age = np.zeros(number, np.int64), np.zeros(number, np.int64)
        self.seen_before = np.zeros(number)  # periods that were known before the likeliest change began

    def take(self, counted: Floats, expected: Floats) -> None:
        """The next period: (series,) recorded and expected, 0 where not known."""
        self.period += 1
        self._state *= self._keeps
        self._covariance *= np.multiply.outer(self._keeps, self._keeps)
        self._covariance[0, 0] += TOWN**2 * (1 - self._keeps[0] ** 2)
        own = np.arange(1, self.number + 1)
        self._covariance[own, own] += self.walk
        self._moved *= self._keeps[:, np.newaxis, np.newaxis, np.newaxis]
        slot = self.period % self._changes.longest
        self._moved[..., slot] = self._sum[..., slot] = self._information[..., slot] = 0
        self._born[slot], self._seen_before[:, slot] = self.period, self.seen
        self._reached = self._course()
        known = np.flatnonzero(expected > 0)
        if known.size:
            self._learn(known, counted[known], expected[known] * np.exp(self.level[known]))
        self._judge(known)
        if (self.period + 1) % self._usual.block == 0:
            self._learn_straying()

    def _learn(self, known: Integers, counted: Floats, expected: Floats) -> None:
        usual = self._state[0] + self._state[1 + known]
        strayed = np.log((counted + 0.5) / (expected + 0.5)) - usual
        chance = 1 / (expected * np.exp(usual) + 0.5)
        own = chance + self.noise[known]
        seen = self._covariance[0] + self._covariance[1 + known]  # (known, state)
        between = seen[:, :1] + seen[:, 1 + known]
        deviation = np.sqrt(own + between.diagonal())
        weight = deviation**-2
        together = (weight @ strayed) / (weight.sum() + self._usual.town**-2)
        bound = MOST * deviation
        strayed = together + np.clip(strayed - together, -bound, bound)
        town = self._usual.town**2
        if abs(together) > FAIR * self._usual.town:
            town = 2 * together**2
        precision = np.linalg.inv(between + town + np.diag(own))
        gain = seen.T @ precision

        shape = self._sum.shape
        showing = -(self._moved[0] + self._moved[1 + known]).reshape(known.size, *shape)
        showing[np.arange(known.size), known] += self._reached
        flat = showing.reshape(known.size, -1)
        weighed = precision @ flat
        self._sum += (strayed @ weighed).reshape(shape)
        self._information += (flat * weighed).sum(axis=0).reshape(shape)
        self._moved += (gain @ flat).reshape(self._moved.shape)
        self._state += gain @ strayed
        covariance = self._covariance - gain @ seen
        self._covariance = (covariance + covariance.T) / 2
        self.seen[known] += 1

        now = np.full((3, self.number), np.nan)
        now[:, known] = usual + strayed, chance, own
        self._single.compare(np.subtract.outer(now[0], now[0]), np.add.outer(now[1], now[1]), 2.0)
        self._block.add(now[0], now[2])

    def _judge(self, known: Integers) -> None:
        """The likeliest change of each series, in deviations of its earlier ones."""
        deviation = np.sqrt(np.maximum(self._information, 1e-9))
        score = self._sum / deviation
        age = self.period + 1 - self._born
        score[:, STEP, age < self._changes.least_step] = 0
        score[:, RAMP, age < self._changes.least_ramp] = 0
        flat = score.reshape(self.number, -1)
        best = np.abs(flat).argmax(axis=1)
        self.shape, slot = np.divmod(best, self._changes.longest)
        row = np.arange(self.number)
        size = self._sum / np.maximum(self._information, 1e-9) * self._reached
        self.change = size[row, self.shape, slot]
        self.age = age[slot]
        self.seen_before = self._seen_before[row, slot]
        raw = flat[row, best]
        self.score = raw / self._beyond()
        self._squares[known] += np.minimum(np.abs(raw), LARGEST_SCORE)[known] ** 2

    def _beyond(self) -> Floats:
        """How many times farther than a sound one each series has strayed so far, at least 1."""
        mean = (self._squares + SCORE_PRIOR * USUAL_SCORE) / (self.seen + SCORE_PRIOR)
        return np.sqrt(np.maximum(mean / USUAL_SCORE, 1.0))

    def at_once(self, series: int, age: int) -> tuple[float, float]:
        """Change and score of the step that a series may have made so many periods ago."""
        slot = (self.period + 1 - age) % self._changes.longest
        if self._born[slot] != self.period + 1 - age:
            return 0.0, 0.0
        information = max(float(self._information[series, STEP, slot]), 1e-9)
        total = float(self._sum[series, STEP, slot])
        return total / information, total / information**0.5 / float(self._beyond()[series])

    def accept(self, series: int, shape: int, age: int, change: float) -> None:
        """Take a change for the level of its series: what follows is judged against it."""
        slot = (self.period + 1 - age) % self._changes.longest
        whole = change / self._reached[shape, slot]
        self._state -= whole * self._moved[:, series, shape, slot]
        information = max(float(self._information[series, shape, slot]), 1e-9)
        self._covariance[1 + series, 1 + series] += 1 / information
        self.level[series] += change
        for values in (self._moved, self._sum, self._information):
            values[:] = 0
        self._born[:] = self.period + 1
        self._seen_before[:] = self.seen[:, np.newaxis]
        self._single.forget(series)
        self._block.forget(series)

    def weight(self) -> Floats:
        """How much each series tells of the town."""
        weight: Floats = 1 / (self.noise + self._usual.block / 2 * self.walk)
        return weight

    def _course(self) -> Floats:
        """How much of its size each change (shape, slot) has reached in this period."""
        since = np.maximum(self.period - self._born, 0)
        return np.stack([np.ones(since.size), np.minimum((since + 0.5) / self._changes.ramp, 1.0)])

    def _learn_straying(self) -> None:
        usual = self._usual
        mean, variance, enough = self._block.close(usual.block / 3)
        self._blocks.compare(np.where(enough, mean, np.nan), variance, usual.block * 2 / 3)
        self.noise = self._single.apart(usual.noise**2, NOISE_PRIOR)
        self.walk = self._blocks.apart(usual.walk**2, WALK_PRIOR)


class _Pairs:
    """How much the differences of pairs of series change from one time to the next, beyond chance."""

    def __init__(self, number: int) -> None:
        self._before = np.full((number, number), np.nan)
        self._chance_before = np.zeros((number, number))
        self._squares, self._times = np.zeros((number, number)), np.zeros((number, number))

    def compare(self, value: Floats, chance: Floats, parts: float) -> None:
        """Differences (series, series) and the variance of chance in them; NaN where not known.

        A change has `parts` times the variance that is asked for.
        """
        known = ~np.isnan(value)
        both = known & ~np.isnan(self._before)
        strayed = (value - self._before) ** 2 - chance - self._chance_before
        self._squares[both] += strayed[both] / parts
        self._times += both
        self._before = np.where(known, value, self._before)
        self._chance_before = np.where(known, chance, self._chance_before)

    def forget(self, series: int) -> None:
        """What a series was like before tells nothing of it now."""
        self._before[series] = self._before[:, series] = np.nan

    def apart(self, usual: float, prior: float) -> Floats:
        """The variance (series,) of each by itself; `usual` where there is nothing to learn from."""
        times, squares = self._times.copy(), self._squares.copy()
        np.fill_diagonal(times, 0.0)
        np.fill_diagonal(squares, 0.0)
        sums = times + np.diag(times.sum(axis=1) + prior)
        found = np.linalg.solve(sums, squares.sum(axis=1) + prior * usual)
        bounded: Floats = np.clip(found, usual / ROOM, usual * ROOM)
        return bounded


class _Block:
    """Means of the differences of pairs over some periods."""

    def __init__(self, number: int) -> None:
        self._sum, self._variance, self._times = np.zeros((3, number, number))

    def add(self, value: Floats, variance: Floats) -> None:
        """A period: values (series,) and the variance of each, NaN where not known."""
        apart = np.subtract.outer(value, value)
        known: Bools = ~np.isnan(apart)
        self._sum[known] += apart[known]
        self._variance[known] += np.add.outer(variance, variance)[known]
        self._times += known

    def forget(self, series: int) -> None:
        """Begin again for one series."""
        for values in (self._sum, self._variance, self._times):
            values[series] = values[:, series] = 0

    def close(self, least: float) -> tuple[Floats, Floats, Bools]:
        """Means, their variances and whether they are of enough periods; the next block begins."""
        times = np.maximum(self._times, 1)
        found = self._sum / times, self._variance / times**2, self._times > least
        self._sum, self._variance, self._times = np.zeros((3, *self._sum.shape))
        return found
