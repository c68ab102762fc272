"""Series of one town that contradict each other: one departs from the course that the others share.

Season, weather, a good or a bad year move all systems of an office alike. `expectations.counters.departing`
follows that common course and says, after each period, how likely it is that one series alone has changed and
since when. A contradiction is declared when that is `Scale.deviations` away from chance, of a size that
matters, and farther than for any other series: of two series nobody can tell which is wrong, of three or
more it is the one that departs. From then on the change is taken for the level of its series, so that what
follows is judged against it: more of the same belongs to it, and the way back ends it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from expectations.counters.departing import RAMP, Changes, Departing, Straying
from warehouse.counted.series import Floats

LEAST_CHANGE = 0.08
LEAST_BESIDE = 0.5  # of the periods that a series was known in since it changed, those of another one
BACK_SHARE, BACK_DEVIATIONS = 2 / 3, 2.5  # of a change, the other way round, that show that it is over
RECENT = 14  # periods of a slow change that show what it has reached


@dataclass(frozen=True)
class Scale:
    """Lengths in periods of one step, and the `deviations` at which a contradiction is declared.

    A series is judged `least_history` periods after its first one. A contradiction that lasts longer than
    `stays` after it was found is the usual level; `settled` periods show that it is over. `reference` periods
    before a change are what it is compared with in words.
    """

    deviations: float
    straying: Straying
    changes: Changes
    least_history: int
    settled: int
    stays: int
    reference: int


DAYS = Scale(
    deviations=4.1,
    straying=Straying(days=1, town=0.2, noise=0.15, walk=0.014, block=28),
    changes=Changes(longest=63, ramp=30, least_step=7, least_ramp=10),
    least_history=180, settled=28, stays=120, reference=40,
)  # fmt: skip
WEEKS = Scale(
    deviations=4.1,
    straying=Straying(days=7, town=0.15, noise=0.08, walk=0.037, block=4),
    changes=Changes(longest=9, ramp=5, least_step=2, least_ramp=3),
    least_history=40, settled=4, stays=17, reference=8,
)  # fmt: skip
MONTHS = Scale(
    deviations=4.1,
    straying=Straying(days=30, town=0.12, noise=0.06, walk=0.075, block=3),
    changes=Changes(longest=3, ramp=2, least_step=1, least_ramp=2),
    least_history=12, settled=2, stays=4, reference=6,
)  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """Series side by side, (series, periods): what each recorded and was expected to; 0 where not known."""

    counted: Floats
    expected: Floats


@dataclass(frozen=True)
class Contradiction:
    """A departure of one series from the others: positions of the series and of periods.

    `onset` first period of the change, `detected` the period at whose end it was declared, `ended` the first
    one that agreed again, as was known at the end of `end_known`; None while it lasts, and when it became
    usual. `log_ratio` of what it recorded to what the `others` made expected; `common` is their course since
    then, and `own` the two together. `others` are the series that were known then, by the weight of what they
    say.
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


def contradictions(recorded: Recorded, scale: Scale = DAYS, strictness: float = 1.0) -> list[Contradiction]:
    """The contradictions in order of detection; what comes later changes no detection."""
    watch = Watch(recorded.counted.shape[0], replace(scale, deviations=strictness * scale.deviations))
    for counted, expected in zip(recorded.counted.T, recorded.expected.T, strict=True):
        watch.take(counted, expected)
    return watch.found


class Watch:
    """A judge of `number` series that is given period after period; `found` is what it declared so far."""

    def __init__(self, number: int, scale: Scale) -> None:
        self._scale = scale
        self._departing = Departing(number, scale.straying, scale.changes)
        self._counted: list[Floats] = []
        self._expected: list[Floats] = []
        self.found: list[Contradiction] = []
        self._lasting: dict[int, int] = {}  # position in `found` of what lasts, by series

    def take(self, counted: Floats, expected: Floats) -> None:
        """The next period: (series,) recorded and expected, 0 where not known."""
        self._counted.append(counted)
        self._expected.append(expected)
        departing = self._departing
        departing.take(counted, expected)
        score = np.abs(departing.score)
        is_clear = (
            (score >= self._scale.deviations)
            & (score >= score.max())
            & (np.abs(departing.change) >= LEAST_CHANGE)
            & (departing.seen_before >= self._scale.least_history)
            & (expected > 0)
        )
        if is_clear.any():
            self._declare(int(np.argmax(is_clear)))
        elif self._lasting:
            self._end()

    def _declare(self, series: int) -> None:
        departing, now = self._departing, len(self._counted) - 1
        age, change = int(departing.age[series]), float(departing.change[series])
        others = self._others(series, age)
        if not others:
            return
        shape = int(departing.shape[series])
        common = self._common(others, age, RECENT if shape == RAMP else age)
        declared = Contradiction(
            series=series,
            others=others,
            onset=now + 1 - age,
            detected=now,
            ended=None,
            end_known=None,
            log_ratio=change,
            own=common + change,
            common=common,
            score=abs(float(departing.score[series])),
        )
        self._settle(declared)
        departing.accept(series, shape, age, change)

    def _settle(self, declared: Contradiction) -> None:
        """Enter what is declared: it is new, more of what lasts, or its end."""
        at = self._lasting.get(declared.series)
        if at is not None and declared.detected > self.found[at].detected + self._scale.stays:
            at = None  # that has become usual
        if at is None:
            self._lasting[declared.series] = len(self.found)
            self.found.append(declared)
        elif declared.log_ratio * self.found[at].log_ratio < 0:
            self.found[at] = replace(self.found[at], ended=declared.onset, end_known=declared.detected)
            del self._lasting[declared.series]

    def _end(self) -> None:
        """What lasts is over when most of it has gone back for some time: that takes less evidence."""
        now, settled = len(self._counted) - 1, self._scale.settled
        for series, at in list(self._lasting.items()):
            one = self.found[at]
            if now > one.detected + self._scale.stays:
                del self._lasting[series]
                continue
            change, score = self._departing.at_once(series, settled)
            way = -np.sign(one.log_ratio)
            if change * way >= BACK_SHARE * abs(one.log_ratio) and score * way >= BACK_DEVIATIONS:
                self.found[at] = replace(one, ended=now + 1 - settled, end_known=now)
                del self._lasting[series]
                self._departing.accept(series, 0, settled, change)

    def _others(self, series: int, age: int) -> tuple[int, ...]:
        """The series that were known beside one since it changed, and for long enough before."""
        known = np.array(self._expected[-age:]) > 0
        beside = (known & known[:, [series]]).sum(axis=0) >= LEAST_BESIDE * known[:, series].sum()
        beside &= self._departing.seen - known.sum(axis=0) >= self._scale.least_history
        weight = self._departing.weight()
        return tuple(int(one) for one in np.argsort(-weight, kind="stable") if one != series and beside[one])

    def _common(self, others: tuple[int, ...], age: int, recent: int) -> float:
        """What the others make of the last periods of a change, beside those before it, as a log ratio."""
        reference = self._scale.reference
        counted, expected = (
            np.array(of[-age - reference :])[:, others] for of in (self._counted, self._expected)
        )
        last, before = slice(-min(age, recent), None), slice(0, -age)
        courses = _log_ratio(counted[last], expected[last]) - _log_ratio(counted[before], expected[before])
        return float(np.average(courses, weights=self._departing.weight()[list(others)]))


def _log_ratio(counted: Floats, expected: Floats) -> Floats:
    """Of each series (periods, series) the whole that it recorded beside the whole that was expected."""
    ratio: Floats = np.log((counted.sum(axis=0) + 0.5) / (expected.sum(axis=0) + 0.5))
    return ratio
