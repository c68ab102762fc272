"""The night's estimates of what series missed: quality.estimate.

Each gap has a fingerprint of all that its estimate follows from: a night that finds it in the table keeps its
rows, and estimates the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from transforms.counters.estimating import Estimate, estimate
from transforms.counters.gaps import Gap, gaps, read_areas, read_calendar, read_counters
from warehouse.counted.apart import Failed, note
from warehouse.counted.series import Integers
from warehouse.storage.database import transaction

KINDS = ("week", "month", "quarter", "year")
NO_SEASON = -1  # the start of the season of a day that lies in none
MONDAY = 4  # 1 January 1970 was a Thursday: the first Monday was day 4
CODE = ("counter_model.py", "estimating.py", "gaps.py", "missed.py")

Row = dict[str, Any]
Seasons = Sequence[tuple[str, int, int]]  # code, first and last day, in days since 1970


def write_estimates(connection: duckdb.DuckDBPyConnection, office: str, failed: Failed | None = None) -> None:
    """Estimate every gap of the office's series and replace its rows of quality.estimate.

    A gap that cannot be estimated has no row, and its series is entered in `failed`; without it, the first
    of them raises.
    """
    result = connection.execute("SELECT * FROM quality.estimate WHERE office = ?", [office])
    before = result.to_arrow_table()
    known: dict[str, list[Row]] = {}
    for row in before.to_pylist():
        known.setdefault(row["fingerprint"], []).append(row)
    rows: list[Row] = []
    seasons = _read_seasons(connection, office)
    for gap in _all_gaps(connection, office, failed):
        own = _in_gap(seasons, gap)
        mark = fingerprint(gap, own)
        try:
            rows += known.get(mark) or [
                {"office": office, **row, "fingerprint": mark} for row in estimated(gap, own)
            ]
        except Exception as error:
            if failed is None:
                raise
            note(failed, gap.subject, error)
    connection.register("estimate_rows", pa.Table.from_pylist(rows, schema=before.schema))
    with transaction(connection):
        connection.execute("DELETE FROM quality.estimate WHERE office = ?", [office])
        connection.execute("INSERT INTO quality.estimate SELECT * FROM estimate_rows")
    connection.unregister("estimate_rows")


def fingerprint(gap: Gap, seasons: Seasons = ()) -> str:
    """A hash of everything that the estimate of a gap follows from, the code included."""
    digest = hashlib.sha256(_code())
    digest.update(repr((gap.indicator, gap.site, gap.subject, gap.rows, gap.is_settled)).encode())
    digest.update(repr(seasons).encode())
    days = gap.days
    for array in (
        days.day, days.count, days.exposure, days.weekday, days.is_public_holiday, days.is_school_holiday,
        days.partners, gap.share[gap.rows], gap.included[gap.rows],
    ):  # fmt: skip
        digest.update(repr(array.shape).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def estimated(gap: Gap, seasons: Seasons = ()) -> Iterator[Row]:
    """The rows of quality.estimate of a gap: by day, by longer period and season, and the whole of it."""
    day = gap.days.day
    onset = int(day[gap.rows][0])
    periods = {kind: period_starts(day, kind) for kind in KINDS}
    periods |= {code: season_starts(day, code, seasons) for code in dict.fromkeys(one[0] for one in seasons)}
    periods["outage"] = np.full_like(day, onset)
    answer = estimate(gap.days, gap.rows, list(periods.values()), gap.share)
    common = {
        "indicator": gap.indicator,
        "site": gap.site,
        "subject": gap.subject,
        "onset_date": _date(onset),
        "method": answer.method,
        "tier": answer.tier,
        "is_final": answer.is_final and gap.is_settled,
        "blocks": answer.blocks,
        "refused_because": answer.refused_because,
    }
    for kind, start, *numbers in _numbers(gap, answer, periods):
        count, low, high = (None if np.isnan(number) else number for number in numbers)
        yield common | {
            "period_kind": kind,
            "period_start": _date(start),
            "estimated_count": count,
            "low": low,
            "high": high,
        }


def period_starts(day: Integers, kind: str) -> Integers:
    """First day of the week (Monday), month, quarter or year of each day (D,), in days since 1970."""
    if kind == "week":
        return day - (day - MONDAY) % 7
    months = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    length = {"month": 1, "quarter": 3, "year": 12}[kind]
    return (months - months % length).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def season_starts(day: Integers, code: str, seasons: Seasons) -> Integers:
    """First day of the season of a code in which each day (D,) lies (since 1970), or NO_SEASON."""
    starts = np.full_like(day, NO_SEASON)
    for season, first, last in seasons:
        if season == code:
            starts[(day >= first) & (day <= last)] = first
    return starts


def _in_gap(seasons: Seasons, gap: Gap) -> Seasons:
    """The seasons that a gap lies in, wholly or in part."""
    day = gap.days.day[gap.rows]
    return tuple(one for one in seasons if one[1] <= day[-1] and one[2] >= day[0])


def _read_seasons(connection: duckdb.DuckDBPyConnection, office: str) -> Seasons:
    return connection.execute(
        """SELECT season, season_start - DATE '1970-01-01', season_end - DATE '1970-01-01'
           FROM settings.season WHERE office = ? ORDER BY ALL""",
        [office],
    ).fetchall()


def _numbers(
    gap: Gap, answer: Estimate, periods: dict[str, Integers]
) -> Iterator[tuple[str, int, float, float, float]]:
    """Kind, start, count and interval of every period; NaN where there is none.

    Where a part was counted all the same it is taken off, day by day and never below 0; the interval keeps
    its width.
    """
    row = answer.day - gap.days.day[0]
    included = gap.included[row]
    counts = np.maximum(answer.mean - included, 0)
    lows, highs = np.maximum(answer.low - included, 0), np.maximum(answer.high - included, 0)
    for day, count, low, high in zip(answer.day.tolist(), counts, lows, highs, strict=True):
        yield "day", day, float(count), float(low), float(high)
    for (kind, starts), parts in zip(periods.items(), answer.parts, strict=True):
        for part in parts:
            if part.period == NO_SEASON and kind not in KINDS:
                continue
            count = counts[starts[row] == part.period].sum()
            low, high = count - (part.total - part.low), count + (part.high - part.total)
            yield kind, part.period, float(count), float(np.maximum(low, 0)), float(high)


def _all_gaps(connection: duckdb.DuckDBPyConnection, office: str, failed: Failed | None) -> Iterator[Gap]:
    calendar = read_calendar(connection, office)
    for series, partners in chain(
        read_counters(connection, office, calendar), read_areas(connection, office, calendar)
    ):
        try:
            found = list(gaps(calendar, series, partners))
        except Exception as error:
            if failed is None:
                raise
            note(failed, series.subject, error)
            continue
        yield from found


@cache
def _code() -> bytes:
    """The code that estimates."""
    folder = Path(__file__).parent
    return b"".join((folder / name).read_bytes() for name in CODE)


def _date(day: int) -> Any:
    return np.datetime64(day, "D").item()
