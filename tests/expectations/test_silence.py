"""The judgement of counted series: delays, false alarms, and that the future never changes the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import silence
from expectations.outages import Outage
from tests.expectations.synthetic import PARIS, door, expected, no_day, silenced, truncated
from transforms.expecting import expect, seasonal
from warehouse.series import Floats, Series


def judge(series: Series, inside: Sequence[Series] = ()) -> list[Outage]:
    """The silences of a series, beside witnesses, on what the model expects of them."""
    return silence.judge(expected(series), [expected(witness) for witness in inside])


def local(*parts: int) -> datetime:
    """A local instant as naive UTC."""
    return datetime(*parts, tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


DEAD, REPAIRED = local(2025, 5, 15), local(2025, 8, 6)


@pytest.fixture(scope="module")
def auch() -> Series:
    """A door like that of Auch: some 140 a day over 2024 and 2025."""
    return door(seed=32, per_day=140)


@pytest.mark.parametrize("seed", range(5))
def test_a_door_at_zero_from_15_may_is_declared_that_evening_at_the_latest(seed: int) -> None:
    (outage,) = judge(silenced(door(seed, per_day=140), DEAD, REPAIRED))
    assert outage.fault == "zeros"
    assert outage.onset_at == local(2025, 5, 15, 9)
    assert outage.detected_at <= local(2025, 5, 15, 18)
    assert outage.ended_at == local(2025, 8, 6, 9)


def test_an_outage_tells_what_was_expected_and_how_rare_it_is(auch: Series) -> None:
    (outage,) = judge(silenced(auch, DEAD, REPAIRED))
    inside = (auch.start >= np.datetime64(DEAD)) & (auch.start < np.datetime64(REPAIRED))
    assert outage.open_hours == auch.open_minutes[inside].sum() / 60
    assert outage.expected_count == pytest.approx(auch.count[inside].sum(), rel=0.35)
    assert outage.chance < 1e-9


def test_a_door_without_rows_is_an_outage_without_data(auch: Series) -> None:
    (outage,) = judge(silenced(auch, DEAD, REPAIRED, value=np.nan))
    assert outage.fault == "no_data"
    assert outage.detected_at <= local(2025, 5, 15, 18)


def test_an_outage_that_lasts_has_no_end(auch: Series) -> None:
    (outage,) = judge(silenced(auch, local(2025, 12, 10)))
    assert outage.ended_at is None


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("per_day", [20, 60, 140])
def test_a_healthy_door_never_alarms_in_two_years(seed: int, per_day: float) -> None:
    assert judge(door(seed, per_day)) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("per_day", [6, 30])
def test_a_healthy_barrier_never_alarms_in_two_years(seed: int, per_day: float) -> None:
    assert judge(door(seed, per_day, always_open=True)) == []


@pytest.mark.parametrize(("per_day", "days"), [(6, 3.3), (12, 2.6), (30, 1.3)])
@pytest.mark.parametrize("seed", range(3))
def test_a_dead_barrier_or_kiosk_is_declared_within_one_to_three_days(
    seed: int, per_day: float, days: float
) -> None:
    kiosk = door(seed, per_day, always_open=True, season=0)
    (outage,) = judge(silenced(kiosk, local(2025, 12, 3), local(2025, 12, 13)))
    assert outage.detected_at - local(2025, 12, 3) <= timedelta(days=days)


def test_three_silent_hours_are_never_an_outage_however_busy_the_door() -> None:
    busy = door(1, per_day=100_000)
    assert judge(silenced(busy, local(2025, 7, 1, 11), local(2025, 7, 1, 14))) == []
    (outage,) = judge(silenced(busy, local(2025, 7, 1, 11), local(2025, 7, 1, 15)))
    assert outage.detected_at == local(2025, 7, 1, 15)


def test_hours_that_are_often_at_zero_prove_little(auch: Series) -> None:
    uneven = np.random.default_rng(5).integers(0, 20, auch.start.size) * (auch.open_minutes > 0)
    assert judge(replace(auch, count=uneven.astype(np.float64))) == []


def test_a_series_of_three_weeks_floods_nobody() -> None:
    assert judge(door(2, per_day=20, days=21)) == []


def test_nothing_is_judged_before_fourteen_good_days() -> None:
    young = door(3, per_day=140, days=60)
    assert judge(silenced(young, local(2024, 1, 15))) == []
    assert len(judge(silenced(young, local(2024, 1, 25)))) == 1


def test_a_series_that_never_counted_is_not_judged() -> None:
    assert judge(silenced(door(3, per_day=140, days=60), local(2023, 1, 1))) == []


def test_a_declared_closing_is_no_silence(auch: Series) -> None:
    closing = (auch.start >= np.datetime64(local(2025, 2, 3))) & (
        auch.start < np.datetime64(local(2025, 2, 10))
    )
    closed = replace(
        auch,
        open_minutes=np.where(closing, 0.0, auch.open_minutes),
        count=np.where(closing, 0.0, auch.count),
    )
    assert judge(closed) == []
    assert len(judge(replace(closed, open_minutes=auch.open_minutes))) == 1


def test_a_silence_goes_on_over_a_closed_sunday(auch: Series) -> None:
    (outage,) = judge(silenced(auch, local(2025, 5, 17, 16), local(2025, 5, 20)))
    assert outage.onset_at == local(2025, 5, 17, 16)
    assert outage.detected_at <= local(2025, 5, 19, 14)
    assert outage.ended_at == local(2025, 5, 20, 9)


def test_a_count_in_a_closed_hour_ends_a_silence(auch: Series) -> None:
    dead = silenced(auch, DEAD, REPAIRED)
    cleaner = dead.start == np.datetime64(local(2025, 6, 1, 21))
    outages = judge(replace(dead, count=np.where(cleaner, 1.0, dead.count)))
    assert [outage.ended_at for outage in outages] == [local(2025, 6, 1, 21), local(2025, 8, 6, 9)]


def test_a_late_back_fill_removes_the_outage(auch: Series) -> None:
    until = local(2025, 6, 1)
    missing = silenced(auch, DEAD, until, value=np.nan)
    assert len(judge(truncated(missing, until))) == 1
    assert judge(truncated(auch, until)) == []


def test_a_partial_back_fill_ends_the_outage_where_counts_are_back(auch: Series) -> None:
    (outage,) = judge(silenced(auch, DEAD, local(2025, 5, 17), value=np.nan))
    assert outage.ended_at == local(2025, 5, 17, 9)


def test_days_of_23_and_25_hours_expect_the_same_of_every_hour() -> None:
    steady = door(1, per_day=240, first=date(2025, 3, 1), days=300, always_open=True)
    steady = replace(steady, count=np.full(steady.start.size, 10.0))
    count = expected(steady).expected.count
    judged = steady.day >= steady.day.min() + 14
    assert np.allclose(count[judged], 10.0)
    assert not count[~judged].any()
    assert judge(steady) == []


def test_half_an_open_hour_expects_half_of_the_hour(auch: Series) -> None:
    today = auch.day == auch.day[-1] - 9  # a Monday
    halved = replace(auch, open_minutes=np.where(today, 0.5, 1.0) * auch.open_minutes)
    whole, half = (expected(series).expected.count[today] for series in (auch, halved))
    assert whole.sum() > 0
    assert np.allclose(half, whole / 2)


def names(outages: list[Outage], until: datetime) -> list[tuple[str, datetime, datetime]]:
    return [(o.fault, o.onset_at, o.detected_at) for o in outages if o.detected_at <= until]


@pytest.fixture(scope="module", params=[0.0, np.nan])
def three_silences(auch: Series, request: pytest.FixtureRequest) -> tuple[Series, Floats]:
    """Three silences, and the days that were expected; that these are causal, test_expecting says."""
    series = auch
    for start, hours in ((2000, 30), (5000, 300), (12000, 2000)):
        since = local(2024, 1, 1) + timedelta(hours=start)
        series = silenced(series, since, since + timedelta(hours=hours), request.param)
    return series, seasonal(series, no_day, no_day)


@settings(max_examples=25, deadline=None)
@given(at=st.integers(1, 731 * 24))
def test_what_came_later_never_changes_what_was_declared(
    three_silences: tuple[Series, Floats], at: int
) -> None:
    series, by_day = three_silences
    until = local(2024, 1, 1) + timedelta(hours=at)
    everything = silence.judge(expect(series, by_day))
    known = truncated(series, until)
    so_far = silence.judge(expect(known, by_day[: int(known.row[-1]) + 1]))
    assert len(everything) == 3
    assert names(so_far, until) == names(everything, until)


def desk(series: Series, per_hour: float = 3.0) -> Series:
    """A desk in the office of the door: contacts in its open hours."""
    random = np.random.default_rng(77)
    contacts = random.poisson(per_hour * series.open_minutes / 60).astype(np.float64)
    return replace(series, subject="desk:contacts", count=contacts)


def test_a_dead_door_is_told_while_the_desk_counts(auch: Series) -> None:
    (outage,) = judge(silenced(auch, DEAD, REPAIRED), [desk(auch)])
    assert (outage.fault, outage.onset_at.date()) == ("zeros", date(2025, 5, 15))
    assert outage.detected_at.date() == date(2025, 5, 15)


def test_a_closure_that_nobody_announced_is_a_question_and_no_dead_counter(auch: Series) -> None:
    first, end = local(2025, 5, 15), local(2025, 5, 16)
    (question,) = judge(silenced(auch, first, end), [silenced(desk(auch), first, end)])
    assert question.fault == "unannounced_closure"
    assert question.ended_at is not None


def test_a_desk_without_rows_is_no_witness(auch: Series) -> None:
    first, end = local(2025, 5, 15), local(2025, 5, 17)
    silent = silenced(auch, first, end)
    (outage,) = judge(silent, [silenced(desk(auch), first, end, value=np.nan)])
    assert outage == judge(silent)[0]


def test_a_closure_lends_no_evidence_to_the_quiet_hour_after_it(auch: Series) -> None:
    first, end = local(2025, 5, 15), local(2025, 5, 16, 10)  # the desk counts again at nine, the door at ten
    witness = silenced(desk(auch), first, local(2025, 5, 16))
    assert [o.fault for o in judge(silenced(auch, first, end), [witness])] == ["unannounced_closure"]
