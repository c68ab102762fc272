"""The judge of series that contradict each other, on towns of invented visitors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from expectations.counters.contradictions import DAYS, Contradiction, Recorded, contradictions
from warehouse.counted.series import Floats

SIZE, START = 900, 700
VOLUMES = (60.0, 40.0, 25.0, 80.0)


def town(volumes: Sequence[float] = VOLUMES, seed: int = 1, share: Floats | None = None) -> Recorded:
    """Series of one public that comes and goes by weeks; `share` (series, days) of it is recorded."""
    random = np.random.default_rng(seed)
    public = np.exp(np.repeat(random.normal(0, 0.15, SIZE // 7 + 1), 7)[:SIZE])
    expected = np.array(volumes)[:, np.newaxis] * np.ones(SIZE)
    counted = random.poisson(expected * public * (1.0 if share is None else share)).astype(np.float64)
    return Recorded(counted, expected)


def changed(series: int, by: float, first: int = START, end: int = SIZE, number: int = 4) -> Floats:
    share = np.ones((number, SIZE))
    share[series, first:end] = by
    return share


def said(recorded: Recorded) -> list[Contradiction]:
    return contradictions(recorded, DAYS)


def test_series_that_move_together_contradict_nobody() -> None:
    assert said(town()) == []


def test_the_series_that_departs_is_named_with_those_that_agree() -> None:
    (one,) = said(town(share=changed(1, 0.7)))
    assert (one.series, set(one.others)) == (1, {0, 2, 3})
    assert START - 7 <= one.onset <= START + 7
    assert START + 3 <= one.detected <= START + 30
    assert one.log_ratio == pytest.approx(np.log(0.7), abs=0.1)


def test_a_rise_is_told_like_a_fall() -> None:
    (one,) = said(town(share=changed(0, 1.4)))
    assert one.series == 0
    assert one.log_ratio > 0


def test_a_drift_is_told_before_it_ends() -> None:
    share = changed(0, 0.7)
    share[0, START : START + 60] = np.linspace(1, 0.7, 60)
    (one,) = said(town(share=share))
    assert one.series == 0
    assert one.detected < START + 60


def test_of_two_series_the_other_one_is_all_that_is_known() -> None:
    (one,) = said(town((60.0, 50.0), share=changed(0, 0.6, number=2)))
    assert one.others == (1 - one.series,)


def test_the_whole_town_may_change() -> None:
    share = np.ones((4, SIZE))
    share[:, START:] = 0.6
    assert said(town(share=share)) == []


def test_a_fair_and_a_storm_are_no_contradiction() -> None:
    share = np.ones((4, SIZE))
    share[:, START], share[:, START + 20] = 3.0, 0.3
    share[0, START + 10] = 1.8
    assert said(town(share=share)) == []


@pytest.mark.parametrize("days", [7, SIZE - START])
def test_a_series_that_records_nothing_for_a_time_is_no_contradiction(days: int) -> None:
    recorded = town()
    for values in (recorded.counted, recorded.expected):
        values[2, START : START + days] = 0
    assert said(recorded) == []


def test_it_ends_when_the_series_agree_again() -> None:
    (one,) = said(town(share=changed(0, 0.6, end=START + 60)))
    assert one.ended is not None and one.end_known is not None
    assert START + 50 <= one.ended <= one.end_known <= START + 110


def test_what_lasts_is_told_once() -> None:
    (one,) = said(town(share=changed(0, 0.6)))
    assert one.ended is None


def test_nothing_is_told_before_there_is_a_history() -> None:
    recorded = town(share=changed(0, 0.5, first=150))
    early = Recorded(recorded.counted[:, :200], recorded.expected[:, :200])
    assert said(early) == []


def test_what_comes_later_changes_nothing_that_was_told() -> None:
    whole = town(share=changed(0, 0.7))
    (one,) = said(whole)
    until = one.detected + 1
    (then,) = said(Recorded(whole.counted[:, :until], whole.expected[:, :until]))
    assert then == one


def test_a_series_alone_is_never_contradicted() -> None:
    assert said(town((60.0,), share=changed(0, 0.5, number=1))) == []
