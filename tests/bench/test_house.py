"""The judge of the house in the benchmark: who helps to judge, and what a healthy door spares its copies."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from bench.counters.deaths import DEATHS
from bench.counters.doors import Conditions
from bench.counters.house import House
from expectations.counters.silence import CLOSED
from tests.bench.invented import door

HEALTHY = door()
START = datetime.fromisoformat("2019-06-04T11:00")
FAULTY = DEATHS["trickle_5"].inject(HEALTHY, START, 60, np.random.default_rng(3))[0]


def test_a_faulty_copy_is_judged_as_if_its_healthy_door_had_not_been_judged_before() -> None:
    house = House()
    house(HEALTHY)
    assert house(FAULTY) == House()(FAULTY)


def test_a_closure_is_a_question_beside_a_desk_and_no_alarm() -> None:
    closing = door(volume=200, conditions=Conditions(closures=3, fairs=0, storms=0, groups=0, desk_gaps=0))
    asked = [one for one in House().judged(closing) if one.fault == CLOSED]
    assert len(asked) >= 3
    assert not House()(closing)


def test_who_helps_to_judge_is_who_is_asked() -> None:
    both = House().partners(HEALTHY)
    assert ([one.subject for one in both[0]], [one.subject for one in both[1]]) == (
        ["desk:contacts"],
        ["counter:neighbour"],
    )
    assert House(beside="neighbour").partners(HEALTHY)[0] == ()
    assert House(beside="alone").partners(HEALTHY) == ((), ())
