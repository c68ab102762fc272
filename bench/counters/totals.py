"""`python -m bench.counters.totals`: what is printed of the days of a trickle, against the truth; a table.

What a night prints of a stretch is what it believes of the counts and its estimate of the rest, with an
interval that is the sum of those of the gaps, as in the tables of indicators. Which counts are believed
follows from the episodes that were known then: on the last day of the fault, and 60 days after the repair.

python -m bench.counters.totals --seeds 2 --volumes 60 [--beside alone]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.counters.calendars import is_public_holiday
from bench.counters.deaths import DEATHS
from bench.counters.doors import DESK_OF, Door, Split, doors
from bench.counters.faults import HISTORY_DAYS, Fault, Season
from bench.counters.house import Beside, House
from bench.counters.life import AFTER_REPAIR, beginnings, between
from bench.counters.scoring import Episode
from expectations.counters.outages import LEVELS, USUAL_AFTER
from expectations.counters.silence import SILENCES
from transforms.counters.estimating import estimate
from transforms.counters.gaps import Calendar, Daily, gaps
from warehouse.clock import naive_utc
from warehouse.counted.faulty import HARMLESS, Faulty, Stretch, day_begins
from warehouse.counted.series import Bools, Integers, Series

When = Literal["on its last day", "after the repair"]
Row = dict[str, Any]
WHENS: tuple[When, ...] = get_args(When)
BESIDE: tuple[Beside, ...] = ("neighbour", "alone")
FAULTS = ("trickle_2", "trickle_5", "trickle_10")
# As transforms/models/facts/hour_validity.sql.
NOT_BELIEVED = SILENCES | {"stuck", "duplicate_delivery", "one_direction_dead", "one_direction_weak"}


@dataclass(frozen=True)
class Printed:
    """A total as it is printed, with its interval; NaN where there is none."""

    total: float
    low: float
    high: float


@dataclass(frozen=True)
class Design:
    """What is run: every combination of these, on one split of the years."""

    split: Split = "tune"
    volumes: tuple[int, ...] = tuple(DESK_OF)
    seeds: tuple[int, ...] = (0, 1)
    beside: tuple[Beside, ...] = BESIDE


def run(design: Design) -> list[Row]:
    """Rows by who helps to estimate and when it is printed, JSON-able; trickles and volumes together.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    first = House()
    houses = {beside: House(like=first, beside=beside) for beside in design.beside}
    found: dict[tuple[Beside, When], list[tuple[float, Printed]]] = defaultdict(list)
    for volume in design.volumes:
        for door in doors(design.split, volume, design.seeds):
            for fault, seen, faulty in _cases(door):
                truth = _counted(seen.total, fault)
                for beside, when in product(design.beside, WHENS):
                    now = printed(faulty, houses[beside](faulty), fault, beside, when)
                    found[beside, when].append((truth, now))
    return [{"beside": beside, "when": when, **summary(cases)} for (beside, when), cases in found.items()]


def _cases(door: Door) -> Iterator[tuple[Fault, Door, Door]]:
    """A trickle a season; doors and seasons take them in turn, as their totals differ by next to nothing."""
    for at, season in enumerate(get_args(Season)):
        label = FAULTS[(door.seed + at) % len(FAULTS)]
        days = DEATHS[label].days
        after = days + AFTER_REPAIR.days + 1
        random = np.random.default_rng([door.seed, door.volume, at, days])
        instants = beginnings(door, season, after)
        if instants.size == 0:
            continue
        start: datetime = random.choice(instants).item()
        day = int(np.datetime64(start, "D").astype(np.int64))
        seen = door.window(day - HISTORY_DAYS, day + after)
        faulty, fault = DEATHS[label].inject(seen, start, days, random)
        yield fault, seen, faulty


def printed(door: Door, judged: Sequence[Episode], fault: Fault, beside: Beside, when: When) -> Printed:
    """The total of the days of a fault as a night prints it.

    Raises ValueError when the fault outlasts the door.
    """
    if fault.end is None:
        raise ValueError(f"{fault.name} of {fault.start} is not repaired")
    first, end = _days(fault)
    if when == "on its last day":
        door = door.window(door.days[0], end)
        judged = [_as_known(one, fault.end) for one in judged if one.detected < fault.end]
    own = replace(_daily(door.total, believed(door.total, judged)), faulty=_faulty(judged, door.days[1]))
    everything = np.ones(door.neighbour.start.size, np.bool_)
    partners = [] if beside == "alone" else [_daily(door.neighbour, everything)]
    day = np.arange(*door.days)
    holiday = is_public_holiday(door.total.office, day)
    calendar = Calendar(day, (day + 3) % 7 + 1, holiday, np.zeros_like(holiday))
    wanted = (day >= first) & (day < end)
    total = low = high = float(own.counts[wanted].sum())
    for gap in gaps(calendar, own, partners):
        inside = (gap.days.day >= first) & (gap.days.day < end)
        if not inside[gap.rows].any():
            continue
        answer = estimate(gap.days, gap.rows, [inside.astype(np.int64)], gap.share)
        for part in answer.parts[0]:
            if part.period == 1:
                total, low, high = total + part.total, low + part.low, high + part.high
    return Printed(total, low, high)


def believed(series: Series, judged: Sequence[Episode]) -> Bools:
    """The slots whose counts are believed, given what is known to be wrong."""
    found = np.ones(series.start.size, np.bool_)
    for one in judged:
        if one.fault in NOT_BELIEVED:
            found &= ~between(series, one.onset, one.ended)
    return found


def summary(cases: Sequence[tuple[float, Printed]]) -> Row:
    """How often a total is printed, and how often the truth is within its interval; errors in per cent."""
    known = [(truth, one) for truth, one in cases if np.isfinite(one.low) and np.isfinite(one.high)]
    errors = np.array([100 * (one.total / truth - 1) for truth, one in known])
    widths = np.array([100 * (one.high - one.low) / truth for truth, one in known])
    return {
        "cases": len(cases),
        "printed": len(known),
        "covered": sum(one.low <= truth <= one.high for truth, one in known),
        "error_median": round(float(np.median(np.abs(errors))), 1) if known else None,
        "error_worst": round(float(errors[np.argmax(np.abs(errors))]), 1) if known else None,
        "width_median": round(float(np.median(widths)), 1) if known else None,
    }


def show(rows: Sequence[Row], out: Console) -> None:
    """Print the rows as one table."""
    table = Table(
        title="Totals printed of the days of a trickle (errors and widths in per cent of the truth)"
    )
    columns = ("beside", "when", "cases", "printed", "covered", "error_median", "error_worst", "width_median")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="left" if name in columns[:2] else "right")
    for row in rows:
        table.add_row(*(str(row[name]) for name in columns))
    out.print(table)


def _days(fault: Fault) -> tuple[int, int]:
    """The first local day of a fault and the day of its repair, since 1970."""
    first, end = (np.datetime64(at, "D").astype(np.int64) for at in (fault.start, fault.end))
    return int(first), int(end)


def _faulty(judged: Sequence[Episode], today: int) -> Integers:
    """The days that are known to be faulty when a local day begins: estimates learn nothing from them."""
    stretches = [
        Stretch(
            one.onset, one.detected, one.ended, one.end_known,
            one.detected + USUAL_AFTER if one.fault in LEVELS else None,
        )
        for one in judged
        if one.fault not in HARMLESS
    ]  # fmt: skip
    return Faulty.of(stretches, naive_utc(day_begins(today))).known(today)


def _as_known(one: Episode, at: datetime) -> Episode:
    """An episode as it was known at an instant."""
    known = one.end_known or one.ended
    return one if known is None or known <= at else replace(one, ended=None, end_known=None)


def _counted(series: Series, fault: Fault) -> float:
    """What was counted in the open hours of the days of a fault."""
    first, end = _days(fault)
    inside = (series.day >= first) & (series.day < end) & (series.open_minutes > 0)
    return float(np.nansum(series.count[inside]))


def _daily(series: Series, is_believed: Bools) -> Daily:
    """A series by local day and hour, as the night reads it."""
    is_open = series.open_minutes > 0
    known = is_open & is_believed & ~np.isnan(series.count)
    return Daily(
        indicator="counter_passages",
        site="door",
        subject=series.subject,
        counts=series.by_hour(np.where(known, np.nan_to_num(series.count), 0.0)),
        minutes=series.by_hour(np.where(known, series.open_minutes, 0.0)),
        missing=series.by_hour(np.where(is_open & ~known, series.open_minutes, 0.0)),
        included=np.zeros(series.days),
    )


def main() -> None:
    """Command line: see the module's text. On the tuning years alone: what is chosen is chosen there."""
    parser = argparse.ArgumentParser(description="Totals printed over trickles.")
    parser.add_argument("--seeds", type=int, default=2, help="doors a volume")
    parser.add_argument("--volumes", type=int, nargs="+", default=[60], choices=tuple(DESK_OF))
    parser.add_argument("--beside", nargs="+", default=BESIDE, choices=BESIDE)
    asked = parser.parse_args()
    design = Design(volumes=tuple(asked.volumes), seeds=tuple(range(asked.seeds)), beside=tuple(asked.beside))
    show(run(design), Console(width=200))


if __name__ == "__main__":
    main()
