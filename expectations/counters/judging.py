"""Judge every watched series, half-year by half-year: a night judges again only those that changed.

One is judged on a window from `LEAD_DAYS` before it to its end, so that a judgement costs the same
however long the history is. What it declared stands; those after it tell how it went on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

from expectations.counters import (
    counter_health,
    cusum,
    directions,
    exchanged,
    level,
    level_faults,
    patterns,
    silence,
)
from expectations.counters.counter_health import Watched, judge
from expectations.counters.directions import DIRECTIONS
from expectations.counters.exchanged import EXCHANGED
from expectations.counters.outages import LEVELS, Outage, read_outages
from expectations.counters.patterns import MARGIN_DAYS
from expectations.counters.silence import SILENCES
from warehouse.clock import naive_utc
from warehouse.counted.apart import Failed, apart
from warehouse.counted.breaks import read_breaks
from warehouse.counted.expected import read_expected
from warehouse.counted.months import Key, added, keys, mark, read_fingerprints, stale, version_of
from warehouse.counted.series import ExpectedSeries, read_partners, read_series

EXPECTED, DONE = "ops.expected_month", "ops.judged_half_year"
SERIES, PARTNERS = "marts.counted_series", "staging.series_partner"
MONTHS = 6  # that are judged together
LEAD_MONTHS = 13  # the level chart compares with what it saw in 400 days
TOGETHER = 100  # series read at once
LEAST_SOUND = 0.25  # of what was expected, that a counter shows which is back after more than a year
SELDOM_DAYS = 4  # between two files: a long weekend is no rhythm
VERSION = version_of(
    __file__,
    *(
        str(module.__file__)
        for module in (counter_health, cusum, directions, exchanged, level, level_faults, patterns, silence)
    ),
)


@dataclass(frozen=True)
class Partners:
    """The series that are read beside each one, by subject: series inside the same site, and series nearby.

    `of_an_index` are the series that come from cumulative indexes. Those whose files come `seldom`, less
    often than the judge looks, stand there with their last slot that has a count (naive UTC): what follows
    has not been delivered yet, and is no silence.
    """

    inside: Mapping[str, Sequence[str]]
    nearby: Mapping[str, Sequence[str]]
    of_an_index: frozenset[str]
    seldom: Mapping[str, datetime]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection, office: str, as_of: datetime) -> Partners:
        """The partners of every series of the office, as of an aware instant."""
        indexes = connection.execute(
            "SELECT 'counter:' || counter FROM settings.counter WHERE office = ? AND is_index", [office]
        ).fetchall()
        return cls(
            read_partners(connection, PARTNERS, office, "inside"),
            read_partners(connection, PARTNERS, office, "nearby"),
            frozenset(subject for (subject,) in indexes),
            delivered_seldom(connection, office, as_of),
        )

    def of(self, subject: str) -> list[str]:
        """All partners of a series."""
        return [*self.inside.get(subject, ()), *self.nearby.get(subject, ())]


def delivered_seldom(
    connection: duckdb.DuckDBPyConnection, office: str, as_of: datetime
) -> dict[str, datetime]:
    """The last count of each counter whose files come every few days at most, as `Partners.seldom`.

    Office.yml says it, or the ledger shows it: seven days on which files came, the last twenty at most. That
    one is late tells rule `source_late`.
    """
    found = connection.execute(
        """WITH delivery AS (
               SELECT counter.counter, load.received_at::DATE AS day,
                      row_number() OVER (PARTITION BY counter.counter ORDER BY day DESC) AS rank
               FROM quality.load AS load
               JOIN settings.counter AS counter
                   ON load.office = counter.office AND load.source = 'counters'
                  AND lower(load.file) GLOB lower(counter.files)
               WHERE load.received_at <= $as_of
               GROUP BY counter.counter, day),
           gap AS (
               SELECT counter, day - lag(day) OVER (PARTITION BY counter ORDER BY day) AS days
               FROM delivery WHERE rank <= $most),
           seldom AS (
               SELECT 'counter:' || counter.counter AS subject
               FROM settings.counter AS counter LEFT JOIN gap USING (counter)
               WHERE counter.office = $office
               GROUP BY counter.counter, counter.delivered
               HAVING CASE WHEN counter.delivered IS NOT NULL THEN counter.delivered <> 'daily'
                           ELSE count(days) >= $fewest AND median(days) >= $days END)
           SELECT subject, max(utc_hour) FROM marts.counted_series JOIN seldom USING (subject)
           WHERE office = $office AND observed_count IS NOT NULL
           GROUP BY subject""",
        {
            "office": office, "as_of": naive_utc(as_of), "most": 20, "fewest": 6, "days": SELDOM_DAYS,
        },
    ).fetchall()  # fmt: skip
    return dict(found)


def delivered(series: ExpectedSeries, last: datetime) -> ExpectedSeries:
    """The series up to a slot, given by its start."""
    return series.among(slice(0, int(np.searchsorted(series.series.start, np.datetime64(last), "right"))))


def judge_all(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    zone: ZoneInfo,
    as_of: datetime,
    *,
    kept: Collection[str] = (),
    failed: Failed | None = None,
) -> list[Outage]:
    """The outages of every series of marts.counted_series, judged on slots that were over at `as_of` (aware).

    Reads quality.expected_count, which must be up to date, and keeps what each half-year declared.
    Series that cannot be judged are entered in `failed`; without it, the first of them raises. They, and
    those that are `kept`, have the outages of the last time and are judged again by the next run.
    """
    partners = Partners.read(connection, office, as_of)
    wanted = fingerprints(connection, office, partners)
    old = stale(connection, DONE, office, wanted)
    todo = [key for key in old.todo if key[0] not in kept]
    _forget(connection, office, [*todo, *old.gone])
    for half, some in groupby(todo, key=lambda key: key[1]):
        subjects = [subject for subject, _ in some]
        for begin in range(0, len(subjects), TOGETHER):
            batch = subjects[begin : begin + TOGETHER]

            def judge_them(those: Sequence[str], half: date = half) -> None:
                _judge_half_year(connection, office, zone, those, half, partners, as_of, kept)

            apart(connection, batch, judge_them, failed)
    kept = {*kept, *(failed or ())}
    mark(connection, DONE, office, {key: wanted[key] for key in todo if key[0] not in kept})
    before = [one for one in read_outages(connection) if one.office == office and one.subject in kept]
    judged = [one for one in _read(connection, office, zone) if one.subject not in kept]
    return sorted(before + judged, key=lambda outage: (outage.detected_at, outage.subject, outage.fault))


def unseen(connection: duckdb.DuckDBPyConnection, office: str) -> set[str]:
    """The series that something is known of and marts.counted_series has no row of."""
    found = connection.execute(
        f"""SELECT subject FROM quality.outage WHERE office = $office
           UNION SELECT subject FROM {EXPECTED} WHERE office = $office
           EXCEPT SELECT subject FROM marts.counted_series WHERE office = $office""",
        {"office": office},
    )
    return {subject for (subject,) in found.fetchall()}


def joined(
    before: Sequence[Outage],
    now: Sequence[Outage],
    begin: datetime,
    seen_from: datetime,
    first_sound: Callable[[Outage], datetime | None],
) -> list[Outage]:
    """The outages up to the end of a half-year: those `before` it, and those that its own window shows.

    The window begins at `seen_from`, the half-year at `begin` (naive UTC). What was open when it began
    goes on as the window shows it; what the window shows and nobody declared in its time, is no outage.
    Where the window shows nothing: a silence lasts until the `first_sound` count after it, what began before
    the window lasts, and all else has ended.
    """
    found: list[Outage] = []
    left = list(now)
    for outage in before:
        twin = next(
            (one for one in left if (one.onset_at, one.fault) == (outage.onset_at, outage.fault)), None
        )
        if outage.ended_at is not None or (outage.usual_at is not None and outage.usual_at <= begin):
            # A level that has become usual lasts until its way back; all else is another change.
            left = [one for one in left if one is not twin]
            if twin is not None and outage.ended_at is None:
                outage = replace(outage, ended_at=twin.ended_at, end_known_at=twin.end_known_at)
            found.append(outage)
            continue
        same = next((one for one in left if one.onset_at < begin and _kind(one) == _kind(outage)), None)
        if same is not None:
            left.remove(same)
            declared = (outage.fault, outage.onset_at, outage.detected_at)
            found.append(replace(same, fault=declared[0], onset_at=declared[1], detected_at=declared[2]))
        elif outage.fault in (*SILENCES, *DIRECTIONS):
            found.append(replace(outage, ended_at=first_sound(outage)))
        elif outage.fault == EXCHANGED and outage.onset_at < seen_from:
            # To a window that begins exchanged, the way back looks like an exchange.
            back = next((one for one in left if one.fault == EXCHANGED), None)
            if back is not None:
                left.remove(back)
            found.append(replace(outage, ended_at=back.onset_at if back else None))
        else:
            found.append(outage if outage.onset_at < seen_from else replace(outage, ended_at=begin))
    return found + [one for one in left if one.detected_at >= begin]


def _kind(outage: Outage) -> tuple[str, str | None]:
    """What two outages share that may be one: the same kind of fault, of the same direction."""
    for name, faults in (("silence", SILENCES), ("level", LEVELS)):
        if outage.fault in faults:
            return name, outage.direction
    return outage.fault, outage.direction


def fingerprints(connection: duckdb.DuckDBPyConnection, office: str, partners: Partners) -> dict[Key, str]:
    """What every half-year of every series stands on: the months of its window, its partners, the code."""
    learnt = read_fingerprints(connection, EXPECTED, office)
    begun = first_months(learnt)
    breaks = read_breaks(connection, SERIES, office)
    holidays = sorted(read_holidays(connection, office))
    wanted = {}
    for subject, half in sorted({(subject, _half_year(month)) for subject, month in learnt}):
        window = [added(half, n) for n in range(-LEAD_MONTHS, MONTHS)]
        family = [subject, *partners.of(subject)]
        ground = [VERSION, repr(partners.inside.get(subject)), repr(partners.nearby.get(subject))]
        ground.append(f"{subject in partners.of_an_index} {begun[subject]} {breaks.get(subject, ())}")
        # `learnt` knows the holidays of these months; those to come touch the last days.
        ground.append(f"{[day for day in holidays if 0 <= day - _number(added(half, MONTHS)) < MARGIN_DAYS]}")
        if subject in partners.seldom:
            ground.append(f"until {min(partners.seldom[subject].date(), added(half, MONTHS))}")
        ground += [f"{one} {month} {learnt.get((one, month))}" for one in family for month in window]
        wanted[subject, half] = hashlib.sha256("\n".join(ground).encode()).hexdigest()[:32]
    return wanted


def read_holidays(connection: duckdb.DuckDBPyConnection, office: str) -> frozenset[int]:
    """All public holidays that are known, those to come too, as local days since 1970."""
    found = connection.execute(
        "SELECT local_date - DATE '1970-01-01' FROM settings.public_holiday WHERE office = ?", [office]
    ).fetchall()
    return frozenset(day for (day,) in found)


def first_months(months: Iterable[Key]) -> dict[str, date]:
    """The first month of every series."""
    first: dict[str, date] = {}
    for subject, month in months:
        first[subject] = min(month, first.get(subject, month))
    return first


def _judge_half_year(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    zone: ZoneInfo,
    subjects: Sequence[str],
    half: date,
    partners: Partners,
    as_of: datetime,
    kept: Collection[str],
) -> None:
    """Judge a half-year of some series and keep what it declared, or what went on in it.

    No series is judged beside those that are `kept` as they were.
    """
    first, last = added(half, -LEAD_MONTHS), added(half, MONTHS) - timedelta(1)
    everyone = sorted({one for subject in subjects for one in (subject, *partners.of(subject))} - set(kept))
    counted = read_series(connection, SERIES, office, everyone, first, last, as_of)
    expected = read_expected(connection, office, counted, first, last)
    begin = _begin(half, zone)
    holidays = read_holidays(connection, office)
    begun = first_months(read_fingerprints(connection, EXPECTED, office))
    breaks = read_breaks(connection, SERIES, office, subjects)
    known = {
        subject: delivered(expected[subject], partners.seldom[subject])
        if subject in partners.seldom
        else expected[subject]
        for subject in subjects
    }
    rows = [
        [*astuple(outage), half]
        for subject in subjects
        for outage in judge(
            Watched(
                known[subject],
                directions=[
                    one.among(slice(0, known[subject].series.start.size))
                    for one in counted[subject].directions
                ],
                inside=[expected[one] for one in partners.inside.get(subject, ()) if one in expected],
                nearby=[expected[one] for one in partners.nearby.get(subject, ()) if one in expected],
                is_index=subject in partners.of_an_index,
                first_day=_number(begun[subject]),
                breaks=breaks.get(subject, ()),
                holidays=holidays,
            )
        )
        if outage.ended_at is None or (outage.end_known_at or outage.ended_at) >= begin
    ]
    if rows:
        connection.executemany(
            f"INSERT INTO ops.judged_outage VALUES ({', '.join('?' * len(rows[0]))})", rows
        )


def _forget(connection: duckdb.DuckDBPyConnection, office: str, halves: Iterable[Key]) -> None:
    """Delete what was kept of some half-years of some series."""
    with keys(connection, halves) as gone:
        connection.execute(
            f"""DELETE FROM ops.judged_outage AS old USING {gone} AS gone
                WHERE old.office = ? AND old.subject = gone.subject AND old.first_date = gone.first_date""",
            [office],
        )


def _read(connection: duckdb.DuckDBPyConnection, office: str, zone: ZoneInfo) -> list[Outage]:
    """What all half-years declared, joined."""
    halves = list(read_fingerprints(connection, DONE, office))
    kept: dict[Key, list[Outage]] = {key: [] for key in halves}
    names = [field.name for field in fields(Outage)]
    for *values, half in connection.execute(
        f"""SELECT {", ".join(names)}, first_date FROM ops.judged_outage WHERE office = ?
            ORDER BY detected_at, fault, onset_at""",
        [office],
    ).fetchall():
        outage = Outage(*values)
        kept[outage.subject, half].append(outage)

    def first_sound(outage: Outage) -> datetime | None:
        """The first count of the first day with a fair part of what was expected before."""
        column = {"in": "entry_count", "out": "exit_count"}.get(outage.direction or "", "observed_count")
        row = connection.execute(
            f"""SELECT min(utc_hour) FILTER ({column} > 0) AS sound_at FROM marts.counted_series
                WHERE office = $office AND subject = $subject AND utc_hour > $known_at
                GROUP BY local_date
                HAVING sum({column}) >= greatest(1, $rate * sum(open_minutes) / 60)
                ORDER BY local_date LIMIT 1""",
            {
                "office": office, "subject": outage.subject, "known_at": outage.detected_at,
                "rate": LEAST_SOUND * outage.expected_count / max(outage.open_hours, 1.0),
            },
        ).fetchone()  # fmt: skip
        return row[0] if row else None

    found: dict[str, list[Outage]] = {}
    for subject, half in sorted(halves):
        begin, seen_from = _begin(half, zone), _begin(added(half, -LEAD_MONTHS), zone)
        now = kept[subject, half]
        found[subject] = joined(found.get(subject, []), now, begin, seen_from, first_sound)
    everything = [outage for own in found.values() for outage in own]
    return sorted(everything, key=lambda outage: (outage.detected_at, outage.subject, outage.fault))


def _half_year(month: date) -> date:
    return date(month.year, MONTHS * ((month.month - 1) // MONTHS) + 1, 1)


def _number(day: date) -> int:
    """A local day as days since 1970."""
    return (day - date(1970, 1, 1)).days


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, naive UTC."""
    return naive_utc(datetime.combine(day, time(), zone))
