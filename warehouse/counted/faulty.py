"""Days on which a counted series was at fault, as they were known at any day: nothing is learnt from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np

from warehouse.clock import naive_utc
from warehouse.counted.series import Floats, Integers

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # naive UTC, as the tables hold
DAY = timedelta(days=1)
# A closure counted nothing that was wrong, and the sum of two directions is right when they are exchanged.
HARMLESS = ("unannounced_closure", "closed_or_dead", "directions_exchanged")


@dataclass(frozen=True)
class Stretch:
    """A fault, as in quality.outage: instants are naive UTC, those of its end None while it lasts."""

    onset_at: datetime
    detected_at: datetime
    ended_at: datetime | None
    end_known_at: datetime | None
    usual_at: datetime | None


@dataclass(frozen=True)
class Faulty:
    """The days of the faults of one series, by UTC, one element a day of each: days since 1970.

    A day counts as faulty from `detected` on, until `cleared`: both in days since 1970. `levels` are
    the changes of level that became usual: from when on each was, until when, and the day of its onset.
    """

    day: Integers
    detected: Floats
    cleared: Floats
    levels: tuple[tuple[float, float, int], ...] = ()

    @classmethod
    def of(cls, stretches: Iterable[Stretch], as_of: datetime) -> Faulty:
        """From the faults that were known at an instant (naive UTC)."""
        day: list[int] = []
        detected: list[float] = []
        cleared: list[float] = []
        levels: list[tuple[float, float, int]] = []
        for one in stretches:
            known = as_of if one.ended_at is None else one.end_known_at or one.ended_at
            usual = np.inf if one.usual_at is None else _days(one.usual_at)
            if one.ended_at is not None and _days(known) < usual:
                usual = np.inf
            first, last = int(_days(one.onset_at)), int(np.ceil(_days(known)))
            over = np.inf if one.ended_at is None else _days(known)
            if usual < np.inf:
                levels.append((usual, over, first))
            # Until its end was known the days after it were faulty, too.
            end = last if one.ended_at is None else int(np.ceil(_days(one.ended_at)))
            day += range(first, last)
            detected += [_days(one.detected_at)] * (last - first)
            cleared += [usual if at < end else min(usual, _days(known)) for at in range(first, last)]
            if usual < over < np.inf:
                # Since its way back is known, it was a fault from its first day to its last.
                day += range(first, end)
                detected += [over] * (end - first)
                cleared += [np.inf] * (end - first)
        return cls(np.array(day, dtype=np.int64), np.array(detected), np.array(cleared), tuple(levels))

    def known(self, day: int) -> Integers:
        """The days that were known to be faulty when a day (since 1970) began, in order."""
        found: Integers = np.unique(
            self.day[(self.detected <= day) & (day < self.cleared) & (self.day < day)]
        )
        return found

    def steps(self, day: int) -> tuple[int, ...]:
        """The days from which a level holds that was the usual one when a day (since 1970) began."""
        return tuple(onset for usual, over, onset in self.levels if usual <= day < over)


NOTHING = Faulty.of((), EPOCH)


def read_faulty(
    connection: duckdb.DuckDBPyConnection, office: str, as_of: datetime, subjects: Sequence[str] | None = None
) -> dict[str, Faulty]:
    """The faulty days up to an aware instant of the series that had any, or of some of them, by subject."""
    stretches = read_stretches(connection, office, subjects)
    return {subject: Faulty.of(own, naive_utc(as_of)) for subject, own in stretches.items()}


def read_stretches(
    connection: duckdb.DuckDBPyConnection, office: str, subjects: Sequence[str] | None = None
) -> dict[str, list[Stretch]]:
    """The faults from whose days nothing is learnt, of all series or of some of them, by subject."""
    found: dict[str, list[Stretch]] = {}
    for subject, *stretch in connection.execute(
        """SELECT subject, onset_at, detected_at, ended_at, end_known_at, usual_at FROM quality.outage
           WHERE office = $office AND NOT list_contains($harmless::VARCHAR[], fault)
             AND ($subjects IS NULL OR list_contains($subjects::VARCHAR[], subject))
           ORDER BY subject, onset_at""",
        {"office": office, "harmless": list(HARMLESS), "subjects": None if subjects is None else [*subjects]},
    ).fetchall():
        found.setdefault(subject, []).append(Stretch(*stretch))
    return found


def day_begins(day: int) -> datetime:
    """The instant (aware) at which a day since 1970 begins, by UTC."""
    return (EPOCH + day * DAY).replace(tzinfo=UTC)


def _days(instant: datetime) -> float:
    return (instant - EPOCH) / DAY
