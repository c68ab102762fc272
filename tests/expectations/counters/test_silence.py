"""The judgement of counted series: delays, false alarms, and that the future never changes the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.counters import silence
from expectations.counters.outages import Outage
from tests.expectations.synthetic import PARIS, door, expected, no_day, silenced, truncated
from transforms.counters.expecting import expect, seasonal
from warehouse.counted.series import ExpectedSeries, Floats, Series


def judge(series: Series, inside: Sequence[Series] = (), nearby: Sequence[Series] = ()) -> list[Outage]:
    """All that is declared of a series, beside witnesses, on what the model expects of them."""
    witnesses, neighbours = ([expected(one) for one in some] for some in (inside, nearby))
    return silence.judge(expected(series), witnesses, nearby=neighbours)


def alarms(series: Series, inside: Sequence[Series] = ()) -> list[Outage]:
    """The silences of a series, without the questions whether it was closed."""
    return [one for one in judge(series, inside) if one.fault not in silence.QUESTIONS]


def thinned(series: Series, since: datetime, until: datetime, share: float, seed: int = 7) -> Series:
    """The series with only a share of its counts between two naive UTC instants."""
    chosen = (series.start >= np.datetime64(since)) & (series.start < np.datetime64(until))
    few = np.random.default_rng(seed).binomial(np.nan_to_num(series.count).astype(int), share)
    return replace(series, count=np.where(chosen, few, series.count))


def counting(series: Series, at: datetime, count: float) -> Series:
    """The series with another count in one slot."""
    return replace(series, count=np.where(series.start == np.datetime64(at), count, series.count))


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
    healthy = door(seed, per_day=140)
    (outage,) = judge(silenced(healthy, DEAD, REPAIRED), [desk(healthy)])
    assert outage.fault == "zeros"
    assert outage.onset_at == local(2025, 5, 15, 9)
    assert outage.detected_at <= local(2025, 5, 15, 18)
    assert outage.ended_at == local(2025, 8, 6, 9)


@pytest.mark.parametrize("seed", range(5))
def test_a_door_that_nothing_counts_beside_is_asked_about_that_day_and_declared_the_next(seed: int) -> None:
    question, outage = judge(silenced(door(seed, per_day=140), DEAD, REPAIRED))
    assert (question.fault, outage.fault) == ("closed_or_dead", "zeros")
    assert question.detected_at <= local(2025, 5, 15, 18)
    assert outage.detected_at <= local(2025, 5, 16, 18)
    assert question.ended_at == outage.detected_at  # the alarm answers it
    assert outage.onset_at == question.onset_at == local(2025, 5, 15, 9)


def test_an_outage_tells_what_was_expected_and_how_rare_it_is(auch: Series) -> None:
    (outage,) = alarms(silenced(auch, DEAD, REPAIRED))
    inside = (auch.start >= np.datetime64(DEAD)) & (auch.start < np.datetime64(REPAIRED))
    assert outage.open_hours == auch.open_minutes[inside].sum() / 60
    assert outage.expected_count == pytest.approx(auch.count[inside].sum(), rel=0.35)
    assert outage.chance < 1e-9


def test_rows_that_a_closed_office_would_have_sent_are_missed_that_evening_at_the_latest(
    auch: Series,
) -> None:
    outage = alarms(silenced(auch, DEAD, REPAIRED, value=np.nan))[0]
    assert outage.fault == "no_data"
    assert outage.detected_at <= local(2025, 5, 15, 18)


def test_an_outage_that_lasts_has_no_end(auch: Series) -> None:
    (outage,) = alarms(silenced(auch, local(2025, 12, 10)))
    assert outage.ended_at is None
    assert outage.end_known_at is None


# --- almost nothing, and the end -------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_a_counter_that_counts_a_few_per_cent_is_one_dead_counter_until_it_is_repaired(
    auch: Series, share: float
) -> None:
    # What was learnt before the fault was found: the night learns nothing from it (test_expected_counts).
    trickle = expect(thinned(auch, DEAD, REPAIRED, share), seasonal(auch, no_day, no_day))
    (outage,) = silence.judge(trickle, [expected(desk(auch))])
    assert outage.fault in ("trickle", "zeros")
    assert outage.detected_at <= local(2025, 5, 17, 18)
    assert outage.ended_at is not None
    assert abs(outage.ended_at - local(2025, 8, 6, 9)) <= timedelta(hours=4)
    assert outage.counted_count == pytest.approx(share * outage.expected_count, rel=0.4)


def test_stray_counts_and_a_test_by_a_technician_end_nothing(auch: Series) -> None:
    dead = silenced(auch, DEAD, REPAIRED)
    for n in range(1, 80, 3):
        dead = counting(dead, DEAD + timedelta(days=n, hours=12), 1.0)
    dead = counting(dead, local(2025, 6, 10, 11), 30.0)
    (outage,) = judge(dead, [desk(auch)])
    assert outage.ended_at == local(2025, 8, 6, 9)


def of_usual(series: ExpectedSeries, since: datetime, until: datetime, share: float) -> ExpectedSeries:
    """A series that counts a share of what is expected of it between two naive UTC instants."""
    start = series.series.start
    chosen = (start >= np.datetime64(since)) & (start < np.datetime64(until))
    count = np.where(chosen, np.round(share * series.expected.count), series.series.count)
    return replace(series, series=replace(series.series, count=count))


@pytest.mark.parametrize("seed", [0, 2])
def test_a_storm_on_the_day_after_a_closure_is_no_second_day_of_it(seed: int) -> None:
    """The day that is left out is the one that misses most: a Friday without any, not a busy Saturday."""
    closed, storm, over = (local(2025, 5, day) for day in (16, 17, 18))
    quiet = of_usual(expected(door(seed, per_day=70)), closed, storm, 0)
    found = silence.judge(of_usual(quiet, storm, over, 0.3))
    assert {one.fault for one in found} <= silence.QUESTIONS


@pytest.mark.parametrize("seed", range(4))
def test_a_fair_in_the_middle_of_a_trickle_is_no_recovery(seed: int) -> None:
    healthy = expected(door(seed, per_day=140))
    few = replace(healthy, series=thinned(healthy.series, DEAD, REPAIRED, 0.1))
    fair = of_usual(few, local(2025, 6, 20), local(2025, 6, 21), 0.45)
    (outage,) = [one for one in silence.judge(fair) if one.fault not in silence.QUESTIONS]
    assert outage.ended_at is not None and outage.ended_at >= REPAIRED


def test_a_recovery_is_told_once_a_day_of_sound_counts_has_shown_it(auch: Series) -> None:
    (outage,) = judge(silenced(auch, DEAD, REPAIRED), [desk(auch)])
    assert outage.ended_at is not None
    assert outage.end_known_at is not None
    assert timedelta(hours=8) <= outage.end_known_at - outage.ended_at <= timedelta(days=2)


def test_a_counter_that_comes_back_at_half_is_no_more_silent(auch: Series) -> None:
    back = thinned(silenced(auch, DEAD, REPAIRED), REPAIRED, local(2025, 12, 31), 0.5)
    (outage,) = judge(back, [desk(auch)])
    assert outage.ended_at is not None
    assert outage.ended_at <= local(2025, 8, 6, 12)


def test_a_storm_that_emptied_the_neighbours_too_is_no_dead_counter(auch: Series) -> None:
    first, end = local(2025, 5, 15), local(2025, 5, 18)
    calm = door(8, per_day=200, subject="counter:neighbour")
    quiet = thinned(auch, first, end, 0.1)
    assert [one.fault for one in judge(quiet, [desk(auch)], [calm])] == ["trickle"]
    assert judge(quiet, [desk(auch)], [thinned(calm, first, end, 0.2)]) == []


def by_day(series: Series) -> Series:
    """The series as a register that tells one count an open day."""
    first = np.flatnonzero(np.diff(series.day, prepend=series.day[0] - 1))
    opened = series.by_day(series.open_minutes)
    return replace(
        series,
        start=series.start[first],
        minutes=np.full(first.size, 1440),
        day=series.day[first],
        hour=series.hour[first],
        open_minutes=opened,
        count=np.where(opened > 0, series.by_day(series.count), np.nan),
    )


def test_a_register_by_day_is_a_witness(auch: Series) -> None:
    first, end = local(2025, 5, 15), local(2025, 5, 16)
    silent = silenced(auch, first, end)
    receipts = by_day(desk(auch))
    assert [one.fault for one in judge(silent, [receipts])] == ["zeros"]
    assert [one.fault for one in judge(silent, [silenced(receipts, first, end)])] == ["unannounced_closure"]


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
    assert judge(silenced(busy, local(2025, 7, 1, 11), local(2025, 7, 1, 14), np.nan)) == []
    (outage,) = alarms(silenced(busy, local(2025, 7, 1, 11), local(2025, 7, 1, 15), np.nan))
    assert outage.detected_at == local(2025, 7, 1, 15)


def test_hours_that_are_often_at_zero_prove_little(auch: Series) -> None:
    uneven = np.random.default_rng(5).integers(0, 20, auch.start.size) * (auch.open_minutes > 0)
    assert judge(replace(auch, count=uneven.astype(np.float64))) == []


def test_a_series_of_three_weeks_floods_nobody() -> None:
    assert judge(door(2, per_day=20, days=21)) == []


def test_nothing_is_judged_before_fourteen_good_days() -> None:
    young = door(3, per_day=140, days=60)
    assert judge(silenced(young, local(2024, 1, 15))) == []
    assert len(alarms(silenced(young, local(2024, 1, 25)))) == 1


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
    assert len(alarms(replace(closed, open_minutes=auch.open_minutes))) == 1


def test_a_silence_goes_on_over_a_closed_sunday(auch: Series) -> None:
    (outage,) = judge(silenced(auch, local(2025, 5, 17, 16), local(2025, 5, 20)), [desk(auch)])
    assert outage.onset_at == local(2025, 5, 17, 16)
    assert outage.detected_at <= local(2025, 5, 19, 14)
    assert outage.ended_at == local(2025, 5, 20, 9)


def test_a_late_back_fill_removes_the_outage(auch: Series) -> None:
    until = local(2025, 6, 1)
    missing = silenced(auch, DEAD, until, value=np.nan)
    assert len(alarms(truncated(missing, until))) == 1
    assert judge(truncated(auch, until)) == []


def test_a_partial_back_fill_ends_the_outage_where_counts_are_back(auch: Series) -> None:
    (outage,) = alarms(silenced(auch, DEAD, local(2025, 5, 17), value=np.nan))
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
    for start, hours in ((2000, 80), (5000, 300), (12000, 2000)):
        since = local(2024, 1, 1) + timedelta(hours=start)
        series = silenced(series, since, since + timedelta(hours=hours), request.param)
    return series, seasonal(series, no_day, no_day)


@settings(max_examples=25, deadline=None)
@given(days=st.integers(1, 731))
def test_what_came_on_later_days_never_changes_what_was_declared(
    three_silences: tuple[Series, Floats], days: int
) -> None:
    series, by_day = three_silences
    until = local(2024, 1, 1) + timedelta(days=days)
    everything = silence.judge(expect(series, by_day))
    known = truncated(series, until)
    so_far = silence.judge(expect(known, by_day[: int(known.row[-1]) + 1]))
    assert len([one for one in everything if one.fault not in silence.QUESTIONS]) == 3
    assert names(so_far, until) == names(everything, until)


@pytest.mark.parametrize("day", [date(2024, 3, 25), date(2024, 3, 26), date(2024, 7, 29), date(2025, 5, 16)])
def test_what_comes_later_on_the_same_day_only_makes_an_alarm_an_hour_later(
    three_silences: tuple[Series, Floats], day: date
) -> None:
    """Nobody tells the judge how long a day that is not over is open: its hours are expected as an even share
    of what a day counts, and those of a quiet morning count for a little more than they turn out to.
    """
    series, by_day = three_silences
    everything = silence.judge(expect(series, by_day))
    whole = series.by_day(series.open_minutes)
    for hour in range(1, 24):
        until = local(day.year, day.month, day.day) + timedelta(hours=hour)
        known = truncated(series, until)
        open_minutes = known.by_day(known.open_minutes)
        expected_days = by_day[: open_minutes.size].copy()
        expected_days[-1] *= open_minutes[-1] / whole[open_minutes.size - 1]
        told = {one[:2]: one[2] for one in names(silence.judge(expect(known, expected_days)), until)}
        for fault, onset_at, detected_at in names(everything, until):
            assert timedelta(0) <= detected_at - told[fault, onset_at] <= timedelta(hours=1)
        later = {one[:2] for one in names(everything, until + timedelta(hours=1))}
        assert told.keys() <= later


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
    assert judge(silent, [silenced(desk(auch), first, end, value=np.nan)]) == judge(silent)


def test_a_closure_lends_no_evidence_to_the_quiet_hour_after_it(auch: Series) -> None:
    first, end = local(2025, 5, 15), local(2025, 5, 16, 10)  # the desk counts again at nine, the door at ten
    witness = silenced(desk(auch), first, local(2025, 5, 16))
    assert [o.fault for o in judge(silenced(auch, first, end), [witness])] == ["unannounced_closure"]


@pytest.mark.parametrize("seed", [2, 6, 9])
def test_a_tenth_of_a_small_door_never_passes_for_a_recovery(seed: int) -> None:
    """Busier days of the trickle may pass for quiet ones of a counter at work, and must not teach that."""
    since, until = local(2025, 4, 1), local(2025, 5, 1)
    trickle = thinned(door(seed=seed, per_day=20), since, until, 0.1)
    (alarm,) = alarms(trickle)
    assert alarm.ended_at is not None
    assert alarm.ended_at >= until


def test_a_counter_that_dies_again_and_again_is_not_told_as_well_after_every_piece(auch: Series) -> None:
    """Dead for two days and alive for two, five times."""
    pieces = auch
    for week in range(5):
        pieces = silenced(pieces, DEAD + timedelta(4 * week), DEAD + timedelta(4 * week + 2))
    assert len(alarms(pieces)) <= 3
