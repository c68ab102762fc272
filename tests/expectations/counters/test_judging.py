"""Judging by half-year: nights come to what a first one comes to, and nothing said is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import duckdb
import numpy as np
import pytest

from expectations.counters import judging
from expectations.counters.counter_health import Watched, judge
from expectations.counters.judging import Partners, joined, judge_all, unseen
from expectations.counters.outages import Outage, read_outages, write_outage_courses, write_outages
from tests.expectations.synthetic import PARIS, door, silenced
from tests.watched import add_series, watched_tables
from transforms.counters import expected_counts
from transforms.counters.expected_counts import refresh_expected_counts
from transforms.counters.expecting import expect
from warehouse.counted.apart import Failed
from warehouse.counted.months import read_fingerprints
from warehouse.counted.series import ExpectedSeries, Floats, Series

AS_OF = datetime(2025, 9, 1, tzinfo=UTC)
DEAD, REPAIRED = datetime(2025, 5, 14, 22, tzinfo=UTC), datetime(2025, 8, 5, 22, tzinfo=UTC)


def naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def healthy() -> Series:
    return door(32, per_day=140, days=610, spread=0.12)


@pytest.fixture(scope="module")
def dead(healthy: Series) -> Series:
    """Without rows from 15 May to 5 August, over the end of a half-year."""
    return silenced(healthy, naive(DEAD), naive(REPAIRED), np.nan)


def judged(connection: duckdb.DuckDBPyConnection, as_of: datetime = AS_OF) -> list[Outage]:
    refresh_expected_counts(connection, "auch", as_of)
    return judge_all(connection, "auch", PARIS, as_of)


def test_an_outage_over_the_end_of_a_half_year_is_one_outage(dead: Series) -> None:
    (outage,) = judged(watched_tables([dead]))
    assert (outage.fault, outage.onset_at) == (
        "no_data",
        naive(datetime(2025, 5, 15, 7, tzinfo=UTC)),
    )
    assert outage.detected_at <= naive(DEAD + timedelta(days=1))
    assert outage.ended_at == naive(datetime(2025, 8, 6, 7, tzinfo=UTC))


def test_night_after_night_comes_to_what_a_first_night_comes_to(dead: Series) -> None:
    nightly = watched_tables([dead])
    told = []
    for as_of in (DEAD, DEAD + timedelta(days=3), DEAD + timedelta(days=60), AS_OF):
        told.append(judged(nightly, as_of))
    assert [len(outages) for outages in told] == [0, 1, 1, 1]
    assert {outage.detected_at for outages in told for outage in outages} == {told[1][0].detected_at}
    assert told[1][0].ended_at is None
    assert told[-1] == judged(watched_tables([dead]))


def test_a_night_without_anything_new_judges_nothing_again(dead: Series) -> None:
    connection = watched_tables([dead])
    first = judged(connection)
    connection.execute("UPDATE ops.judged_outage SET chance = 0.5")
    assert [outage.chance for outage in judged(connection)] == [0.5]
    assert first[0].chance < 1e-6


def test_counts_that_come_late_take_the_outage_back(dead: Series, healthy: Series) -> None:
    connection = watched_tables([dead])
    assert len(judged(connection)) == 1
    add_series(connection, healthy, "counter:door")
    assert judged(connection) == []


def test_a_judgement_that_was_killed_is_done_again(dead: Series) -> None:
    connection = watched_tables([dead])
    whole = judged(connection)
    connection.execute("DELETE FROM ops.judged_half_year WHERE first_date >= '2025-04-01'")
    assert judged(connection) == whole


def test_a_holiday_that_touches_the_last_days_of_a_half_year_judges_it_again(healthy: Series) -> None:
    connection = watched_tables([healthy])
    judged(connection)
    connection.execute("INSERT INTO settings.public_holiday VALUES ('auch', '2025-07-01')")
    partners = Partners.read(connection, "auch", AS_OF)
    found = judging.fingerprints(connection, "auch", partners)
    known = read_fingerprints(connection, judging.DONE, "auch")
    assert [half for (_, half), told in found.items() if told != known["counter:door", half]] == [
        date(2025, 1, 1)
    ]


def test_a_desk_that_counts_beside_a_silent_door_is_its_witness(dead: Series) -> None:
    desk = replace(
        dead, subject="counter:desk", count=np.where(dead.open_minutes > 0, 1.0 + dead.hour % 2, 0.0)
    )
    alone = judged(watched_tables([dead, desk]))
    beside = judged(watched_tables([dead, desk], {"counter:door": "auch", "counter:desk": "auch"}))
    (by_itself,) = [outage for outage in alone if outage.subject == "counter:door"]
    (witnessed,) = [outage for outage in beside if outage.subject == "counter:door"]
    assert witnessed.detected_at <= by_itself.detected_at


def test_only_slots_that_were_over_are_judged(dead: Series) -> None:
    (outage,) = judged(watched_tables([dead]))
    detected_at = outage.detected_at.replace(tzinfo=UTC)
    assert judged(watched_tables([dead]), detected_at - timedelta(seconds=1)) == []
    assert [one.detected_at for one in judged(watched_tables([dead]), detected_at)] == [outage.detected_at]


# --- files that come seldom --------------------------------------------------------------------------------


def from_files(healthy: Series, delivered: str | None, received: list[date]) -> duckdb.DuckDBPyConnection:
    """A door that is known until 18 August, in files that came on these days."""
    unknown = np.where(healthy.start < np.datetime64("2025-08-18"), healthy.count, np.nan)
    connection = watched_tables([replace(healthy, count=unknown)])
    connection.execute(
        "INSERT INTO settings.counter VALUES ('auch', 'door', false, ?, 'Door-*.csv')", [delivered]
    )
    for rank, day in enumerate(received):
        connection.execute(
            """INSERT INTO quality.load
               SELECT 'auch', 'counters', $rank, 'declared', 'door-' || $rank || '.csv', $rank, 1, $day, $day,
                      0, 0, 0, 0, 0, 'loaded', '', '', NULL""",
            {"rank": rank, "day": day},
        )
    return connection


WEEKLY = [date(2025, 8, 18) - timedelta(weeks=n) for n in range(7)]


@pytest.mark.parametrize(
    ("delivered", "received", "faults"),
    [
        (None, [], ["no_data"]),
        (None, WEEKLY[:6], ["no_data"]),  # five weeks teach nothing
        (None, [date(2025, 8, 18) - timedelta(days=n) for n in range(30)], ["no_data"]),
        (None, WEEKLY, []),
        ("daily", WEEKLY, ["no_data"]),
        ("weekly", [], []),
        ("monthly", [], []),
        ("yearly", [], []),
    ],
)
def test_what_was_not_delivered_yet_is_no_silence_of_a_counter_whose_files_come_seldom(
    healthy: Series, delivered: str | None, received: list[date], faults: list[str]
) -> None:
    assert [one.fault for one in judged(from_files(healthy, delivered, received))] == faults


def test_a_hole_in_what_was_delivered_is_a_silence_however_seldom_files_come(healthy: Series) -> None:
    connection = from_files(silenced(healthy, naive(DEAD), naive(REPAIRED), np.nan), "monthly", [])
    (outage,) = judged(connection)
    assert (outage.fault, outage.ended_at) == ("no_data", naive(datetime(2025, 8, 6, 7, tzinfo=UTC)))


def test_a_rhythm_that_is_declared_later_takes_the_alarm_back(healthy: Series) -> None:
    connection = from_files(healthy, None, [])
    assert len(judged(connection)) == 1
    connection.execute("UPDATE settings.counter SET delivered = 'weekly'")
    assert judged(connection) == []


# --- outages in their table --------------------------------------------------------------------------------


def test_written_outages_replace_those_of_the_office_only(dead: Series) -> None:
    connection = watched_tables([dead])
    connection.execute(
        """INSERT INTO quality.outage
           VALUES ('other', 's', 'zeros', '2020-01-01', '2020-01-01', NULL, 1, 1, 0, 0, NULL, NULL, NULL)"""
    )
    outages = judged(connection)
    for _ in range(2):
        write_outages(connection, "auch", outages)
    assert [(one.office, one.subject) for one in read_outages(connection)] == [
        ("other", "s"),
        ("auch", "counter:door"),
    ]


# --- one half-year after another --------------------------------------------------------------------------

BEGIN, SEEN_FROM = datetime(2025, 7, 1), datetime(2024, 6, 1)  # noqa: DTZ001  # naive UTC, as the tables hold


def outage(fault: str, onset: datetime, detected: datetime, ended: datetime | None = None) -> Outage:
    return Outage("auch", "counter:door", fault, onset, detected, ended, 10, 9, 1e-6)


def day(n: int) -> datetime:
    """So many days after the half-year began."""
    return BEGIN + timedelta(days=n)


def after(before: list[Outage], now: list[Outage], heard: datetime | None = None) -> list[Outage]:
    return joined(before, now, BEGIN, SEEN_FROM, lambda _: heard)


def test_what_goes_on_keeps_what_was_said_and_takes_its_end_from_the_window() -> None:
    before = outage("half", day(-20), day(-12))
    now = outage("step", day(-18), day(-9), day(5))
    assert after([before], [now]) == [replace(before, ended_at=day(5))]


def test_what_had_ended_stays_as_it_was() -> None:
    before = outage("half", day(-20), day(-12), day(-2))
    assert after([before], [outage("half", day(-20), day(-12), day(3))]) == [before]


def test_what_nobody_declared_in_its_time_is_no_outage() -> None:
    assert after([], [outage("step", day(-20), day(-12))]) == []


def test_what_is_declared_in_the_half_year_is_added() -> None:
    new = outage("step", day(-3), day(2))
    assert after([], [new]) == [new]


def test_what_the_window_shows_no_more_has_ended() -> None:
    before = outage("half", day(-20), day(-12))
    assert after([before], []) == [replace(before, ended_at=BEGIN)]


def test_a_silence_that_outlasts_the_window_lasts_until_the_first_sound() -> None:
    before = outage("zeros", day(-500), day(-499))
    assert after([before], []) == [before]
    assert after([before], [], heard=day(7)) == [replace(before, ended_at=day(7))]


def test_a_lasting_change_of_level_that_is_older_than_the_window_lasts() -> None:
    before = outage("step", day(-500), day(-490))
    assert after([before], []) == [before]


def test_another_fault_of_the_same_time_is_another_outage() -> None:
    before = outage("zeros", day(-1), day(-1))
    now = [replace(before, ended_at=day(1)), outage("step", day(1), day(6))]
    assert after([before], now) == now


def test_a_series_that_cannot_be_judged_keeps_its_outages_and_the_others_are_judged(
    dead: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = watched_tables([dead, replace(dead, subject="counter:other")])
    known = judged(connection)
    assert {outage.subject for outage in known} == {"counter:door", "counter:other"}
    write_outages(connection, "auch", known)
    connection.execute("UPDATE ops.judged_half_year SET fingerprint = ''")

    def broken(watched: Watched) -> list[Outage]:
        if watched.total.subject == "counter:other":
            raise IndexError("a bug in this judge")
        return judge(watched)

    failed: Failed = {}
    with monkeypatch.context() as patch:
        patch.setattr(judging, "judge", broken)
        assert judge_all(connection, "auch", PARIS, AS_OF, failed=failed) == known
    assert failed == {"counter:other": "IndexError: a bug in this judge"}
    left = connection.execute("SELECT DISTINCT subject FROM ops.judged_half_year WHERE fingerprint = ''")
    assert left.fetchall() == [("counter:other",)]
    assert judged(connection) == known


def test_a_series_that_cannot_be_reckoned_is_done_again_and_the_others_are_reckoned(
    healthy: Series, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = watched_tables([healthy, replace(healthy, subject="counter:other")])

    def broken(series: Series, by_day: Floats) -> ExpectedSeries:
        if series.subject == "counter:other":
            raise ValueError("a bug in this model")
        return expect(series, by_day)

    failed: Failed = {}
    with monkeypatch.context() as patch:
        patch.setattr(expected_counts, "expect", broken)
        refresh_expected_counts(connection, "auch", AS_OF, failed=failed)
    assert failed == {"counter:other": "ValueError: a bug in this model"}
    query = "SELECT DISTINCT subject FROM quality.expected_count ORDER BY 1"
    assert connection.execute(query).fetchall() == [("counter:door",)]
    assert judge_all(connection, "auch", PARIS, AS_OF, kept=failed) == []
    refresh_expected_counts(connection, "auch", AS_OF)
    assert connection.execute(query).fetchall() == [("counter:door",), ("counter:other",)]


def test_what_an_outage_costs_is_told_with_its_open_days_so_far(dead: Series) -> None:
    connection = watched_tables([dead])
    connection.execute(
        """CREATE TABLE marts.motorhome_payment_day (
               office VARCHAR, site VARCHAR, local_date DATE, payment_kind VARCHAR, payment_count BIGINT,
               amount_eur DECIMAL(18, 4));
           INSERT INTO settings.opening_hour
           SELECT office, site, local_date, utc_hour, open_minutes FROM marts.counted_series"""
    )
    # At the alarm four hours of the first day are behind it, of nine.
    as_of = datetime(2025, 5, 15, 11, tzinfo=UTC)
    write_outages(connection, "auch", judged(connection, as_of))
    write_outage_courses(connection, "auch", as_of)
    told = "SELECT open_hours, round(open_days, 3) FROM quality.outage_course ORDER BY known_at"
    assert connection.execute(told).fetchall() == [(4.0, 0.444)]
    write_outages(connection, "auch", judged(connection))
    write_outage_courses(connection, "auch", AS_OF)
    course = connection.execute(told).fetchall()
    assert course[:3] == [(4.0, 0.444), (9.0, 1.0), (18.0, 2.0)]


def test_outages_of_series_that_facts_lack_for_a_night_stay_with_their_course(dead: Series) -> None:
    connection = watched_tables([dead])
    connection.execute(
        """CREATE TABLE marts.motorhome_payment_day (
               office VARCHAR, site VARCHAR, local_date DATE, payment_kind VARCHAR, payment_count BIGINT,
               amount_eur DECIMAL(18, 4))"""
    )
    known = judged(connection)
    write_outages(connection, "auch", known)
    write_outage_courses(connection, "auch", AS_OF)
    course = connection.execute("FROM quality.outage_course ORDER BY ALL").fetchall()
    assert course
    connection.execute("DELETE FROM marts.counted_series")
    refresh_expected_counts(connection, "auch", AS_OF, is_whole=False)
    kept = unseen(connection, "auch")
    assert judge_all(connection, "auch", PARIS, AS_OF, kept=kept) == known
    write_outage_courses(connection, "auch", AS_OF, kept)
    assert connection.execute("FROM quality.outage_course ORDER BY ALL").fetchall() == course
    assert connection.execute("SELECT count(*) > 0 FROM quality.expected_count").fetchone() == (True,)
