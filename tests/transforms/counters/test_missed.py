"""quality.estimate: what the night writes of each gap, and when it writes it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pytest

from transforms.counters import missed
from transforms.counters.estimating import Estimate, estimate
from transforms.counters.gaps import Calendar, Daily, Gap, gaps
from transforms.counters.missed import Seasons, estimated, fingerprint, period_starts, write_estimates
from warehouse.storage.database import make_tables, rows

FIRST = date(2023, 1, 1)
FIRST_DAY = (FIRST - date(1970, 1, 1)).days
DEAD = (date(2024, 5, 15), date(2024, 6, 10))


def day_of(day: date) -> int:
    return (day - FIRST).days


def series(length: int, seed: int = 1) -> Daily:
    """About eighty a day in two hours, with a season, every day but Sundays."""
    random = np.random.default_rng(seed)
    day = FIRST_DAY + np.arange(length)
    season = np.exp(0.4 * np.cos(2 * np.pi * (day - 221) / 365.25))
    opened = (day + 3) % 7 != 6
    counts, minutes = np.zeros((length, 24)), np.zeros((length, 24))
    for hour, level in ((9, 20), (15, 60)):
        counts[:, hour] = random.poisson(level * season) * opened
        minutes[:, hour] = 60.0 * opened
    zeros = np.zeros((length, 24))
    return Daily("passages", "desk", "counter:door", counts, minutes, zeros, np.zeros(length))


def without(whole: Daily, first: date, last: date) -> Daily:
    dead = slice(day_of(first), day_of(last) + 1)
    lost, counts, minutes = whole.missing.copy(), whole.counts.copy(), whole.minutes.copy()
    lost[dead], counts[dead], minutes[dead] = minutes[dead], 0, 0
    return replace(whole, counts=counts, minutes=minutes, missing=lost)


def gap_of(own: Daily) -> Gap:
    day = FIRST_DAY + np.arange(len(own.counts))
    no = np.zeros(len(day), dtype=bool)
    (gap,) = gaps(Calendar(day, (day + 3) % 7 + 1, no, no), own, [])
    return gap


def by_kind(found: list[dict[str, Any]], kind: str) -> dict[date, dict[str, Any]]:
    return {row["period_start"]: row for row in found if row["period_kind"] == kind}


@pytest.fixture(scope="module")
def dead() -> list[dict[str, Any]]:
    """The rows of a gap of four weeks that ended long ago."""
    return list(estimated(gap_of(without(series(900), *DEAD))))


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        ("week", date(2024, 5, 13)),
        ("month", date(2024, 5, 1)),
        ("quarter", date(2024, 4, 1)),
        ("year", date(2024, 1, 1)),
    ],
)
def test_a_period_starts_where_the_calendar_says(kind: str, start: date) -> None:
    day = np.array([(date(2024, 5, 19) - date(1970, 1, 1)).days])
    assert date(1970, 1, 1) + timedelta(days=int(period_starts(day, kind)[0])) == start


def test_every_level_tells_the_same_count_and_has_its_own_interval(dead: list[dict[str, Any]]) -> None:
    (outage,) = by_kind(dead, "outage").values()
    assert outage["onset_date"] == outage["period_start"] == DEAD[0]
    for kind in ("day", "week", "month", "quarter", "year"):
        periods = by_kind(dead, kind).values()
        assert sum(row["estimated_count"] for row in periods) == pytest.approx(outage["estimated_count"])
        assert all(row["low"] < row["estimated_count"] < row["high"] for row in periods)
    months = by_kind(dead, "month")
    assert list(months) == [date(2024, 5, 1), date(2024, 6, 1)]
    assert outage["high"] - outage["low"] < sum(row["high"] - row["low"] for row in months.values())


def test_a_closed_day_of_the_gap_has_no_estimate(dead: list[dict[str, Any]]) -> None:
    days = by_kind(dead, "day")
    assert len(days) == 23
    assert date(2024, 5, 19) not in days  # a Sunday


def test_an_estimate_becomes_final_when_no_day_that_it_reads_is_to_come() -> None:
    own = without(series(900), *DEAD)

    def known_on(day: date) -> list[dict[str, Any]]:
        length = day_of(day)
        cut = replace(
            own,
            counts=own.counts[:length],
            minutes=own.minutes[:length],
            missing=own.missing[:length],
            included=own.included[:length],
        )
        return list(estimated(gap_of(cut)))

    after = DEAD[1] + timedelta(days=1)
    early, late = known_on(after + timedelta(days=89)), known_on(after + timedelta(days=90))
    assert not any(row["is_final"] for row in early)
    assert all(row["is_final"] for row in late)
    assert known_on(after + timedelta(days=200)) == late


def test_what_is_known_of_missed_days_is_taken_off_and_never_makes_them_negative() -> None:
    own = without(series(900), DEAD[0], DEAD[0] + timedelta(days=1))
    included = own.included.copy()
    included[day_of(DEAD[0])], included[day_of(DEAD[0]) + 1] = 10, 10_000
    plain, hidden = list(estimated(gap_of(own))), list(estimated(gap_of(replace(own, included=included))))
    first, second = by_kind(hidden, "day").values()
    was = by_kind(plain, "day")[DEAD[0]]
    assert first["estimated_count"] == pytest.approx(was["estimated_count"] - 10)
    assert second["estimated_count"] == second["high"] == 0
    (year,) = by_kind(hidden, "year").values()
    assert year["estimated_count"] == pytest.approx(first["estimated_count"])
    (whole,) = by_kind(plain, "year").values()
    assert year["high"] - year["estimated_count"] == pytest.approx(whole["high"] - whole["estimated_count"])


def test_a_refusal_has_its_reason_at_every_level_and_no_number() -> None:
    found = list(
        estimated(gap_of(without(series(60), FIRST + timedelta(days=10), FIRST + timedelta(days=50))))
    )
    assert {row["refused_because"] for row in found} == {"too_little_history"}
    assert {row["period_kind"] for row in found} == {"day", "week", "month", "quarter", "year", "outage"}
    assert {(row["estimated_count"], row["low"], row["high"], row["tier"]) for row in found} == {(None,) * 4}


def test_a_level_without_an_interval_keeps_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_weeks(*given: Any) -> Estimate:
        answer = estimate(*given)
        weeks = tuple(replace(part, low=np.nan, high=np.nan) for part in answer.parts[0])
        return replace(answer, parts=(weeks, *answer.parts[1:]))

    monkeypatch.setattr(missed, "estimate", without_weeks)
    found = list(estimated(gap_of(without(series(900), *DEAD))))
    weeks, months = by_kind(found, "week").values(), by_kind(found, "month").values()
    assert all(row["estimated_count"] > 0 and row["low"] is None and row["high"] is None for row in weeks)
    assert all(row["low"] < row["high"] for row in months)


def test_a_fingerprint_changes_with_what_the_estimate_reads() -> None:
    own = without(series(900), *DEAD)
    counts = own.counts.copy()
    counts[5, 9] += 1
    gap = gap_of(own)
    assert fingerprint(gap) == fingerprint(gap_of(own))
    assert fingerprint(gap) != fingerprint(gap_of(replace(own, counts=counts)))
    assert fingerprint(gap) != fingerprint(replace(gap, is_settled=False))


# --- the step on a warehouse --------------------------------------------------------------------------------


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """A door at a desk, dead for four weeks; a side door beside it; an area, its barrier out two days."""
    with duckdb.connect() as connection:
        make_tables(connection)
        connection.execute(
            """CREATE TABLE settings.office AS SELECT 'o' AS office, DATE '2025-06-01' AS as_of_date;
               CREATE TABLE settings.calendar AS
               SELECT 'o' AS office, day::DATE AS local_date, isodow(day) AS weekday,
                      NULL::VARCHAR AS public_holiday_name, NULL::VARCHAR AS school_holiday_name
               FROM range(TIMESTAMP '2023-01-01', TIMESTAMP '2025-06-02', INTERVAL 1 DAY) AS days(day);
               CREATE TABLE settings.counter (office VARCHAR, counter VARCHAR, site VARCHAR);
               INSERT INTO settings.counter VALUES ('o', 'door', 'desk'), ('o', 'side', 'desk'),
                                                   ('o', 'gate', 'track');
               CREATE TABLE settings.season (
                   office VARCHAR, season VARCHAR, season_start DATE, season_end DATE);
               CREATE TABLE settings.counter_partner (office VARCHAR, counter VARCHAR, partner VARCHAR);
               CREATE TABLE staging.hour_validity (
                   office VARCHAR, counter VARCHAR, site VARCHAR, utc_hour TIMESTAMP, local_date DATE,
                   local_hour BIGINT, open_minutes BIGINT, entry_count DOUBLE, is_valid BOOLEAN,
                   correction_factor DOUBLE);
               CREATE TABLE staging.motorhome_night AS
               SELECT 'o' AS office, 'area' AS site, local_date,
                      (20 + hash(local_date) % 5)::BIGINT
                          - if(local_date BETWEEN '2024-07-03' AND '2024-07-04', 15, 0) AS night_count,
                      local_date BETWEEN '2024-07-03' AND '2024-07-04' AS is_out
               FROM settings.calendar WHERE local_date < DATE '2025-06-01'"""
        )
        own = series(882)
        beside = series(882, seed=2)
        for counter, site, counted in (
            ("door", "desk", own),
            ("side", "desk", beside),
            ("gate", "track", own),
        ):
            for hour in (9, 15):
                given = counted.counts[:, hour].tolist(), counted.minutes[:, hour].tolist()
                connection.execute(
                    """INSERT INTO staging.hour_validity
                       SELECT 'o', ?, ?, date_add(local_date, to_hours(?)), local_date, ?, minutes, count,
                              NOT (counter.name = 'door' AND local_date BETWEEN ? AND ?), 1
                       FROM (SELECT unnest(range(DATE '2023-01-01', DATE '2025-06-01', INTERVAL 1 DAY))::DATE
                                        AS local_date, unnest(?::DOUBLE[]) AS count,
                                    unnest(?::DOUBLE[]) AS minutes),
                            (SELECT ? AS name) AS counter
                       WHERE minutes > 0""",
                    [counter, site, hour, hour, *DEAD, *given, counter],
                )
        yield connection


def table(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    return rows(connection, "SELECT * FROM quality.estimate ORDER BY ALL")


def test_the_night_estimates_counters_beside_those_of_their_site_and_hidden_nights(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    write_estimates(warehouse, "o")
    outages = by_kind([row for row in table(warehouse) if row["subject"] == "counter:door"], "outage")
    assert [row["method"] for row in outages.values()] == ["partner_both_sides"]
    (hidden,) = by_kind(
        [row for row in table(warehouse) if row["subject"] == "barrier:area"], "outage"
    ).values()
    assert hidden["indicator"] == "overnight_stays"
    assert hidden["estimated_count"] == pytest.approx(30, abs=8)


def test_a_season_has_an_estimate_of_its_own_for_its_part_of_a_gap(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute(
        """INSERT INTO settings.season VALUES
               ('o', 'may', '2024-05-01', '2024-05-31'), ('o', 'all', '2023-12-01', '2024-11-30'),
               ('o', 'autumn', '2024-10-01', '2024-11-30')"""
    )
    write_estimates(warehouse, "o")
    found = [row for row in table(warehouse) if row["subject"] == "counter:door"]
    (outage,) = by_kind(found, "outage").values()
    month, season = (by_kind(found, kind)[date(2024, 5, 1)] for kind in ("month", "may"))
    numbers = ("estimated_count", "low", "high")
    assert [season[name] for name in numbers] == [month[name] for name in numbers]
    (whole,) = by_kind(found, "all").values()
    assert [whole[name] for name in numbers] == [outage[name] for name in numbers]
    assert by_kind(found, "autumn") == {}


def test_a_named_partner_of_another_site_stands_in_too(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("DELETE FROM settings.counter WHERE counter = 'side'")
    write_estimates(warehouse, "o")
    alone = by_kind(table(warehouse), "outage")[DEAD[0]]
    warehouse.execute("INSERT INTO settings.counter_partner VALUES ('o', 'door', 'gate')")
    write_estimates(warehouse, "o")
    beside = by_kind(table(warehouse), "outage")[DEAD[0]]
    assert (alone["method"], beside["method"]) == ("season_both_sides", "partner_both_sides")


def test_a_night_estimates_again_only_what_changed(
    warehouse: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_estimates(warehouse, "o")
    before = table(warehouse)
    anew: list[str] = []

    def watched(gap: Gap, seasons: Seasons) -> Iterator[dict[str, Any]]:
        anew.append(gap.subject)
        return estimated(gap, seasons)

    monkeypatch.setattr(missed, "estimated", watched)
    write_estimates(warehouse, "o")
    assert (anew, table(warehouse)) == ([], before)
    warehouse.execute(
        """UPDATE staging.hour_validity SET entry_count = entry_count + 50
           WHERE counter = 'door' AND local_date = '2024-05-14'"""
    )
    write_estimates(warehouse, "o")
    assert anew == ["counter:door"]
    assert table(warehouse) != before


def test_the_estimates_do_not_depend_on_the_nights_before(warehouse: duckdb.DuckDBPyConnection) -> None:
    write_estimates(warehouse, "o")
    kept = table(warehouse)
    warehouse.execute("DELETE FROM quality.estimate")
    write_estimates(warehouse, "o")
    assert table(warehouse) == kept


def test_a_gap_that_was_filled_leaves_no_estimate(warehouse: duckdb.DuckDBPyConnection) -> None:
    write_estimates(warehouse, "o")
    warehouse.execute("UPDATE staging.hour_validity SET is_valid = true")
    write_estimates(warehouse, "o")
    assert {row["subject"] for row in table(warehouse)} == {"barrier:area"}


def test_a_corrected_count_is_learnt_as_it_is_corrected(warehouse: duckdb.DuckDBPyConnection) -> None:
    write_estimates(warehouse, "o")
    (before,) = (
        row for row in table(warehouse) if row["period_kind"] == "outage" and row["onset_date"] == DEAD[0]
    )
    warehouse.execute(
        """UPDATE staging.hour_validity SET entry_count = 2 * entry_count, correction_factor = 0.5
           WHERE counter = 'door' AND local_date > '2024-06-10'"""
    )
    write_estimates(warehouse, "o")
    (after,) = (
        row for row in table(warehouse) if row["period_kind"] == "outage" and row["onset_date"] == DEAD[0]
    )
    assert after["estimated_count"] == pytest.approx(before["estimated_count"])
