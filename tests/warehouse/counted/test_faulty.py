"""The days that a series was at fault on, as known at any day."""

from __future__ import annotations

from datetime import datetime, timedelta

from expectations.counters.outages import USUAL_AFTER
from warehouse.counted.faulty import EPOCH, Faulty, Stretch

AS_OF = EPOCH + timedelta(days=400)


def at(day: float) -> datetime:
    """So many days since 1970, naive UTC."""
    return EPOCH + timedelta(days=day)


def known(stretch: Stretch, day: int) -> list[int]:
    return [int(one) for one in Faulty.of([stretch], AS_OF).known(day)]


REPAIRED = Stretch(at(100.4), at(103.7), at(110.4), at(111.7), None)


def test_a_fault_is_not_known_before_it_was_declared() -> None:
    assert known(REPAIRED, 103) == []
    assert known(REPAIRED, 104) == [100, 101, 102, 103]


def test_until_its_end_was_known_all_days_since_the_onset_are_faulty() -> None:
    assert known(REPAIRED, 111) == list(range(100, 111))


def test_once_its_end_was_known_the_days_after_it_are_sound_again() -> None:
    assert known(REPAIRED, 112) == known(REPAIRED, 300) == list(range(100, 111))


def test_a_fault_that_lasts_leaves_out_every_day_up_to_the_one_that_asks() -> None:
    lasting = Stretch(at(100.4), at(103.7), None, None, None)
    assert known(lasting, 200) == list(range(100, 200))


def test_a_level_that_lasts_is_learnt_once_it_has_become_usual() -> None:
    usual_at = at(103.7) + USUAL_AFTER
    level = Stretch(at(100.4), at(103.7), None, None, usual_at)
    assert known(level, 223) == list(range(100, 223))
    assert known(level, 224) == []


def test_a_level_that_was_put_right_is_never_learnt() -> None:
    level = Stretch(at(100.4), at(103.7), at(110.4), at(115.7), at(103.7) + USUAL_AFTER)
    assert known(level, 399) == list(range(100, 111))


def test_a_usual_level_that_was_put_right_is_a_fault_since_that_is_known() -> None:
    level = Stretch(at(100.4), at(103.7), at(300.4), at(310.7), at(103.7) + USUAL_AFTER)
    assert known(level, 223) == list(range(100, 223))
    assert known(level, 250) == []
    assert known(level, 311) == list(range(100, 301))


def test_a_level_is_a_step_while_it_is_the_usual_one() -> None:
    level = Stretch(at(100.4), at(103.7), at(300.4), at(310.7), at(103.7) + USUAL_AFTER)
    faulty = Faulty.of([level], AS_OF)
    assert [faulty.steps(day) for day in (223, 224, 310, 311)] == [(), (100,), (100,), ()]
