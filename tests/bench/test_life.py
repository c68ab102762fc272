"""The life of a fault as it is scored: time under alarm, what was told, early closings, false names."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from bench.counters.faults import Fault, zeros
from bench.counters.life import Life, beginnings, live
from bench.counters.scoring import Episode
from tests.bench.invented import door

HEALTHY = door()
NO_CHANCE = np.random.default_rng(0)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Twenty open days of nine hours.
FAULT: Fault = zeros(HEALTHY, at("2019-06-04T09:00"), 20, NO_CHANCE)[1]
END = "2019-06-24T09:00"


def episode(
    detected: str,
    ended: str | None,
    known: str | None = None,
    fault: str = "trickle",
    onset: str | None = None,
) -> Episode:
    return Episode(fault, at(onset or detected), at(detected), ended and at(ended), known and at(known))  # type: ignore[arg-type]


def lived(*judged: Episode, healthy: tuple[Episode, ...] = (), fault: Fault = FAULT) -> Life:
    return live(fault, HEALTHY, judged, healthy)


def test_one_alarm_up_to_the_repair_is_one_incident_of_two_messages() -> None:
    life = lived(episode("2019-06-05T09:00", END, "2019-06-25T10:00"))
    assert (life.delay_hours, life.wrong_hours, life.alarm_hours) == (9, 19 * 9, 19 * 9)
    assert (life.incidents, life.messages, life.closings, life.early) == (1, 2, 1, 0)
    assert life.right is False
    assert life.names == ("trickle",)


def test_a_name_that_is_right_is_right() -> None:
    assert lived(episode("2019-06-05T09:00", END, fault="zeros")).right


def test_an_end_that_is_known_while_the_fault_lasts_is_a_closing_too_early() -> None:
    flaps = [episode("2019-06-05T09:00", "2019-06-10T09:00"), episode("2019-06-15T09:00", END)]
    life = lived(*flaps)
    assert life.alarm_hours == life.wrong_hours - 5 * 9
    # Opened, closed, opened again (within a week it is the same incident), closed.
    assert (life.incidents, life.messages, life.closings, life.early) == (1, 4, 2, 1)


def test_an_alarm_is_on_until_its_end_is_known() -> None:
    life = lived(episode("2019-06-05T09:00", "2019-06-10T09:00", END))
    assert (life.alarm_hours, life.early) == (life.wrong_hours, 0)


def test_another_rule_is_another_incident() -> None:
    both = [episode("2019-06-05T09:00", END, fault="zeros"), episode("2019-06-07T09:00", END, fault="half")]
    assert lived(*both).incidents == 2


def test_an_alarm_after_the_repair_is_a_false_name_for_sixty_days() -> None:
    after = [episode(day, None, fault="doubled") for day in ("2019-07-01T09:00", "2019-09-01T09:00")]
    life = lived(episode("2019-06-05T09:00", END), *after)
    assert life.false_names == ("doubled",)
    assert life.incidents == 1


def test_what_the_healthy_door_alarms_too_is_neither_found_nor_false() -> None:
    own = episode("2019-07-01T09:00", "2019-07-20T09:00", fault="step")
    before = episode("2019-06-03T09:00", None, fault="drift")
    life = lived(before, own, healthy=(own, before))
    assert (life.delay_hours, life.false_names, life.incidents) == (np.inf, (), 0)


def test_hours_in_which_a_dying_counter_lived_are_not_wrong() -> None:
    alive = (at("2019-06-10T09:00"), at("2019-06-11T09:00"))
    pieces = replace(FAULT, alive=(alive,))
    closed = episode("2019-06-05T09:00", "2019-06-10T09:00", "2019-06-10T18:00")
    life = lived(closed, fault=pieces)
    assert life.wrong_hours == 18 * 9
    assert life.early == 0


def test_a_level_that_became_usual_is_closed_but_not_too_early() -> None:
    long = replace(FAULT, end=FAULT.start + timedelta(days=180))
    life = lived(episode("2019-06-05T09:00", None, fault="half"), fault=long)
    assert (life.closings, life.early) == (1, 0)


def test_a_fault_that_is_not_repaired_has_no_life() -> None:
    with pytest.raises(ValueError, match="not repaired"):
        lived(fault=replace(FAULT, end=None))


def test_a_life_lies_wholly_in_the_judged_days() -> None:
    until = replace(HEALTHY, judged=(HEALTHY.judged[0], HEALTHY.judged[1] - 100))
    instants = beginnings(until, "season", 121)
    assert instants.size
    assert instants.max() + np.timedelta64(121, "D") < np.datetime64(until.judged[1], "D")
