"""The figures of a period as a person signed them, and what has changed in them since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

import duckdb

Key = tuple[
    str, str, str, str, str, str
]  # indicator, site, dimension, kind and first day of the period, column
VALUE, WRITTEN = (
    "value",
    "written",
)  # a figure's value; what a person wrote, its label in the indicator's place
YEARS_BEFORE = 2  # that a report prints beside its own


@dataclass(frozen=True)
class Change:
    """A figure that is no longer what was signed; None where it was, or is, not given."""

    indicator: str
    site: str
    dimension: str
    period_kind: str
    period_start: str
    column: str
    signed: str | None
    now: str | None

    @property
    def figure(self) -> tuple[str, ...]:
        """What names the figure: the change without its column and its values."""
        return (self.indicator, self.site, self.dimension, self.period_kind, self.period_start)


@dataclass(frozen=True)
class Revision:
    """A figure of a published report that is no longer what was published.

    `digest` is that of the published figures; `since` the day of the first version in which it was another.
    """

    change: Change
    digest: str
    published_on: date
    since: date

    def of(self, which: str) -> str:
        """Where its value was read: `published` in the journal, `now` in the published copy."""
        one = self.change
        parts = (
            ("revision", self.digest, *one.figure, one.column)
            if which == "published"
            else ("written", one.indicator, one.period_start[:4], VALUE)
            if one.column == WRITTEN
            else ("figure", *one.figure, one.column)
        )
        return "/".join(quote(part, safe="") for part in parts)


def freeze(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> str:
    """What is published of the periods within some days, as JSON that is the same for the same figures.

    That is the value of each figure, its interval and its change, and what people wrote of a year. Days and
    weeks are left out: months, quarters, years and seasons are what reports print.
    """
    found = connection.execute(
        f"""WITH figure AS (
                SELECT indicator, site, dimension, period_kind, period_start::VARCHAR AS start, value,
                       change_percent, if(low < high, low, NULL) AS low, if(low < high, high, NULL) AS high
                FROM marts.indicator_value
                WHERE period_start >= DATE '{first}' AND period_end <= DATE '{last}'
                  AND period_kind NOT IN ('day', 'week'))
            SELECT indicator, site, dimension, period_kind, start, name, number::VARCHAR
            FROM figure UNPIVOT (number FOR name IN (value, low, high, change_percent))
            UNION ALL
            SELECT indicator_label, 'all', '', 'year', make_date(year, 1, 1)::VARCHAR, '{WRITTEN}',
                   coalesce(value::VARCHAR, value_word)
            FROM marts.manual_indicator
            WHERE make_date(year, 1, 1) >= DATE '{first}' AND make_date(year, 12, 31) <= DATE '{last}'
            ORDER BY ALL"""
    ).fetchall()
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def freeze_report(connection: duckdb.DuckDBPyConnection, year: int) -> str:
    """What a report of a year prints, frozen: that year, and the years before that stand beside it."""
    return freeze(connection, date(year - YEARS_BEFORE, 1, 1), date(year, 12, 31))


def digest(figures: str) -> str:
    """The SHA-256 of frozen figures: whoever has both can tell that they belong together."""
    return hashlib.sha256(figures.encode()).hexdigest()


def changes(signed: str, now: str) -> Iterator[Change]:
    """What differs between figures as they were signed and as they are, in the order of their keys."""
    before, after = _by_key(signed), _by_key(now)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield Change(*key, before.get(key), after.get(key))


def _by_key(figures: str) -> dict[Key, str]:
    return {(row[0], row[1], row[2], row[3], row[4], row[5]): row[6] for row in json.loads(figures)}
