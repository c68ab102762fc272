"""The figures of a period as a person signed them, and what has changed in them since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import duckdb

Key = tuple[str, str, str, str, str]  # indicator, site, dimension, kind and first day of the period


@dataclass(frozen=True)
class Change:
    """A figure that is no longer what was signed; None where it was, or is, not given."""

    indicator: str
    site: str
    dimension: str
    period_kind: str
    period_start: str
    signed: str | None
    now: str | None


@dataclass(frozen=True)
class Revision:
    """A figure of a published report that is no longer what was published.

    `digest` is that of the published figures; `since` the day of the first version in which it was another.
    """

    change: Change
    digest: str
    published_on: date
    since: date

    @property
    def before(self) -> Decimal | None:
        """The value that was published."""
        return None if self.change.signed is None else Decimal(self.change.signed)

    @property
    def now(self) -> Decimal | None:
        """The value that it is now."""
        return None if self.change.now is None else Decimal(self.change.now)

    def of(self, which: str) -> str:
        """Where its value was read: `published` in the journal, `now` in the published copy."""
        one = self.change
        key = (one.indicator, one.site, one.dimension, one.period_kind, one.period_start)
        view = ("revision", self.digest) if which == "published" else ("figure",)
        return "/".join(quote(part, safe="") for part in (*view, *key, "value"))


def freeze(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> str:
    """The figures of the periods that lie within some days, as JSON that is the same for the same figures.

    Days and weeks are left out: months, quarters, years and seasons are what reports print.
    """
    found = connection.execute(
        f"""SELECT indicator, site, dimension, period_kind, period_start::VARCHAR, value::VARCHAR
            FROM marts.indicator_value
            WHERE period_start >= DATE '{first}' AND period_end <= DATE '{last}'
              AND period_kind NOT IN ('day', 'week')
            ORDER BY ALL"""
    ).fetchall()
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


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
    return {(row[0], row[1], row[2], row[3], row[4]): row[5] for row in json.loads(figures)}
