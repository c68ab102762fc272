"""A thousand counters with years of hourly history: what a night's scoring of them costs.

The night before is prepared, not run: every month and quarter but the last ones is marked as done, with the
true rates of the generator as what was expected. The night that is measured then does what a night does: it
learns and writes the month that is not over, and judges the quarter that is not over, for every counter.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from expectations.counters import judging
from expectations.counters.outages import write_outages
from transforms.counters import expected_counts
from warehouse.counted.months import mark
from warehouse.storage.database import limit, make_tables

OFFICE, ZONE = "bench", ZoneInfo("UTC")
LAST = date(2026, 1, 20)


def prepare(path: Path, counters: int, years: int) -> int:
    """Write the working database of `counters` counters with `years` years of hours; returns their number.

    Each counts around the clock, in two directions, with a season, a weekend and a day of its own; counts are
    those of a hash, so that every run has the same.
    """
    with duckdb.connect(str(path)) as connection:
        make_tables(connection)
        first = date(LAST.year - years, 1, 1)
        connection.execute(
            """CREATE TABLE settings.calendar AS
               SELECT 'bench' AS office, day::DATE AS local_date,
                      date_trunc('month', day)::DATE AS month_start,
                      NULL::VARCHAR AS public_holiday_name, NULL::VARCHAR AS school_holiday_name
               FROM generate_series(?::TIMESTAMP, ?::TIMESTAMP, INTERVAL 1 DAY) AS days(day)""",
            [first, LAST],
        )
        connection.execute(
            """CREATE TABLE marts.counted_series AS
               WITH hours AS (
                   SELECT utc_hour, hour(utc_hour) AS hour,
                          (1 + 0.5 * cos(2 * pi() * (dayofyear(utc_hour) - 210) / 365))
                          * if(isodow(utc_hour) > 5, 1.3, 0.9)
                          * if(hour(utc_hour) BETWEEN 8 AND 19, 1.6, 0.4) AS rate
                   FROM generate_series(?::TIMESTAMP, ?::TIMESTAMP, INTERVAL 1 HOUR) AS hours(utc_hour)),
               drawn AS (
                   SELECT counter, hours.*, 4 * (1 + counter % 5) * rate AS mean,
                          sqrt(-2 * ln((1 + hash(counter, utc_hour) % 999983) / 999984))
                          * cos(2 * pi() * (hash(utc_hour, counter, 1) % 999983) / 999983) AS normal
                   FROM range(?) AS counters(counter) CROSS JOIN hours)
               SELECT 'bench' AS office, 'counter:' || counter AS subject, 'counter' AS subject_kind,
                      'site-' || counter AS site, utc_hour, utc_hour::DATE AS local_date,
                      hour AS local_hour, 60::BIGINT AS slot_minutes, 60::BIGINT AS open_minutes, mean,
                      greatest(0, round(mean + sqrt(mean) * normal)) AS observed_count,
                      floor((observed_count + counter % 2) / 2) AS entry_count,
                      observed_count - entry_count AS exit_count
               FROM drawn ORDER BY utc_hour, counter""",
            [first, datetime.combine(LAST, time(23)), counters],
        )
        connection.execute(
            """CREATE TABLE settings.counter (
                   office VARCHAR, counter VARCHAR, is_index BOOLEAN, delivered VARCHAR, files VARCHAR)"""
        )
        connection.execute(
            """CREATE TABLE settings.method_break (
                   office VARCHAR, indicator VARCHAR, site VARCHAR, break_date DATE)"""
        )
        connection.execute("CREATE TABLE settings.public_holiday (office VARCHAR, local_date DATE)")
        connection.execute(
            """CREATE VIEW staging.series_partner AS
               SELECT office, subject, subject AS partner, '' AS relation FROM marts.counted_series LIMIT 0"""
        )
        connection.execute(
            """INSERT INTO quality.expected_count
               SELECT office, subject, utc_hour, local_date, open_minutes, mean, mean, 1.1, 1.1,
                      24 * mean, mean, NULL, NULL
               FROM marts.counted_series WHERE local_date < ?""",
            [LAST.replace(day=1)],
        )
        connection.execute("ALTER TABLE marts.counted_series DROP COLUMN mean")
        months = expected_counts.fingerprints(connection, OFFICE, as_of())
        done = {key: value for key, value in months.items() if key[1] < LAST.replace(day=1)}
        mark(connection, expected_counts.DONE, OFFICE, done)
        partners = judging.Partners.read(connection, OFFICE, as_of())
        mark(connection, judging.DONE, OFFICE, judging.fingerprints(connection, OFFICE, partners))
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT count(*) FROM marts.counted_series").fetchone()
    assert row is not None
    return int(row[0])


def score(path: Path) -> str:
    """The night's scoring: expected counts, then judgement; returns what was done."""
    with duckdb.connect(str(path)) as connection:
        limit(connection)
        months = expected_counts.refresh_expected_counts(connection, OFFICE, as_of())
        outages = judging.judge_all(connection, OFFICE, ZONE, as_of())
        # As the night does, until what was declared changes nothing of what was learnt.
        while write_outages(connection, OFFICE, outages):
            again = expected_counts.refresh_expected_counts(connection, OFFICE, as_of())
            if not again:
                break
            months += again
            outages = judging.judge_all(connection, OFFICE, ZONE, as_of())
        connection.execute("CHECKPOINT")
    return f"{months} months of series, {len(outages)} outages"


def as_of() -> datetime:
    """The instant of the measured night: the day after the last one."""
    return datetime(LAST.year, LAST.month, LAST.day + 1, 1, 30, tzinfo=UTC)
