"""The baseline rules on an invented door: what each finds, and what each is blind to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from bench.counters import rules
from bench.counters.doors import Conditions, Door, doors
from bench.counters.faults import FAULTS
from bench.counters.noticing import JUDGES
from bench.counters.scoring import Episode
from tests.bench.invented import CALM, door
from tests.bench.test_doors import NEEDS_LEEDS, NEEDS_MUENSTER

START = datetime.fromisoformat("2019-06-04T09:00")
HEALTHY = door()
BASELINES = sorted(set(JUDGES) - {"vigie"})


def with_fault(label: str, of: Door = HEALTHY) -> Door:
    return FAULTS[label].inject(of, START, FAULTS[label].days, np.random.default_rng(2))[0]


def hour(text: str) -> datetime:
    return datetime.fromisoformat(text)


def since(begin: datetime, episodes: list[Episode]) -> list[Episode]:
    return [one for one in episodes if one.detected > begin]


def test_no_row_for_24_hours_is_noticed_after_24_hours() -> None:
    (found,) = rules.no_data_for_24_hours(with_fault("no_data").total)
    assert (found.fault, found.onset, found.detected) == ("no_data", START, hour("2019-06-05T09:00"))


def test_the_no_data_rule_is_blind_to_zeros() -> None:
    assert rules.no_data_for_24_hours(with_fault("zeros").total) == []


def test_the_no_data_rule_alarms_every_week_over_rows_in_open_hours_only() -> None:
    quiet = door(conditions=replace(CALM, rows_when_closed=False))
    assert 20 < len(rules.no_data_for_24_hours(quiet.total)) / 2 < 60


def test_seven_open_hours_at_zero_are_noticed_with_the_seventh() -> None:
    (found,) = rules.seven_zero_hours(with_fault("zeros").total)
    assert (found.onset, found.detected) == (START, hour("2019-06-04T16:00"))
    assert found.ended == hour("2019-08-03T10:00")


def test_three_days_at_zero_are_noticed_at_the_end_of_the_third() -> None:
    (found,) = rules.three_zero_days(with_fault("zeros").total)
    assert found.detected == hour("2019-06-07T00:00")


def test_a_z_score_notices_a_day_at_zero() -> None:
    found = since(START, rules.z_score(with_fault("zeros").total))
    assert (found[0].fault, found[0].detected) == ("half", hour("2019-06-05T00:00"))


def test_half_is_below_70_percent_of_60_days() -> None:
    found = since(START, rules.below_70_percent(with_fault("half", door(volume=200)).total))
    assert found[0].detected < hour("2019-06-08T00:00")


@pytest.mark.parametrize("label", ["no_data", "zeros", "stuck"])
def test_the_samples_of_a_day_tell_a_dead_counter_by_name(label: str) -> None:
    found = since(START, rules.daily_samples(with_fault(label).total))
    assert (found[0].fault, found[0].detected) == (label, hour("2019-06-05T00:00"))


@pytest.mark.parametrize("label", ["no_data", "zeros"])
def test_a_cusum_notices_a_dead_counter_within_a_day_and_where_it_began(label: str) -> None:
    faulty = with_fault(label)
    (found,) = [one for one in rules.nb_cusum(faulty.total, faulty.desk) if one.fault == label]
    assert START < found.detected < hour("2019-06-04T18:00")
    assert abs(found.onset - START).total_seconds() <= 3600


@pytest.mark.parametrize("label", ["half", "doubled"])
def test_a_cusum_notices_a_changed_level_within_ten_days(label: str) -> None:
    faulty = with_fault(label)
    found = [one for one in since(START, rules.nb_cusum(faulty.total, faulty.desk)) if one.fault == label]
    assert found[0].detected < hour("2019-06-15T00:00")


def test_a_cusum_does_not_alarm_when_the_partner_is_at_zero_too() -> None:
    closed = door(conditions=replace(CALM, closures=6))
    assert rules.nb_cusum(closed.total, closed.desk) == []


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_silent_about_missing_history(name: str) -> None:
    young = HEALTHY.window(HEALTHY.days[0], HEALTHY.days[0] + 5)
    assert JUDGES[name](young) == []


@pytest.mark.parametrize("name", BASELINES)
def test_what_comes_later_never_changes_when_a_baseline_alarmed(name: str) -> None:
    faulty = with_fault("zeros", door(conditions=Conditions()))
    cut = hour("2019-06-20T00:00")
    seen = faulty.window(faulty.days[0], int(np.datetime64(cut, "D").astype(np.int64)))

    def alarms(of: Door) -> list[tuple[str, datetime, datetime]]:
        return [(one.fault, one.onset, one.detected) for one in JUDGES[name](of) if one.detected <= cut]

    assert alarms(seen) == alarms(faulty)


def test_a_series_that_is_not_hourly_is_refused() -> None:
    total = HEALTHY.total
    half_hourly = replace(total, hour=np.repeat(total.hour, 2)[: total.hour.size])
    with pytest.raises(ValueError, match="not hourly"):
        rules.three_zero_days(half_hourly)


@NEEDS_LEEDS
@NEEDS_MUENSTER
def test_on_real_counts_the_cusum_alarms_far_less_than_a_share_of_the_recent_mean() -> None:
    (real,) = doors("tune", 60, (0,))
    cusum = rules.nb_cusum(real.total, real.desk)
    assert 10 * len(cusum) < len(rules.below_70_percent(real.total))
