"""Systems that contradict each other: what is found of drifts and steps, beside the limit.

python -m bench.counters.contradicting [--quick]   # writes bench/contradicting.json; thresholds: tuning years

Towns of `bench.counters.town`: a door of 60 passages a day beside one to five registers. A fault is put into the
door alone: a drift that takes 30 open days, or a step. Whatever a healthy town would have said at that time
counts for nothing. What is no fault must be silent: a week without the desk, a register that stops for good,
the whole town that changes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.counters import limit_beside
from bench.counters.doors import Split
from bench.counters.limit_beside import BESIDE, REACHED_AFTER
from bench.counters.scoring import DAYS_A_YEAR
from bench.counters.town import DOOR, Town, towns
from expectations.contradictions import Contradiction, Recorded, contradictions
from warehouse.series import Floats

TARGET = Path(__file__).parents[1] / "contradicting.json"
VOLUMES = (60,)
SEEDS = tuple(range(16))
STARTS_A_TOWN = 4
FAULTS = {"drift": (0.10, 0.15, 0.20), "step": (0.10, 0.15, 0.20, 0.30)}
TOWN_CHANGE = 0.7
WITHIN = (30, 60)
LEAD_DAYS, AFTER_DAYS = 1250, 120
FALSE_A_YEAR = 0.1
GOALS = {"drift": 0.6, "step": 0.8}


@dataclass(frozen=True)
class Said:
    """A contradiction by the names of its series and by days since 1970."""

    series: str
    others: tuple[str, ...]
    onset: int
    detected: int
    ended: int | None


def judge(town: Town) -> list[Said]:
    """What the judge of the house says of a town."""
    names = tuple(town.registers)
    return [_said(one, names, town) for one in contradictions(recorded(town))]


def recorded(town: Town) -> Recorded:
    """The town as the judge takes it: a day without records is left to the judges of silence."""
    known = [(one.count > 0) & (one.expected > 0) for one in town.registers.values()]
    counted = [np.nan_to_num(one.count) for one in town.registers.values()]
    expected = [one.expected for one in town.registers.values()]
    return Recorded(np.where(known, counted, 0.0), np.where(known, expected, 0.0))


def run(split: Split, volumes: Iterable[int], seeds: Sequence[int], starts: int) -> dict[str, Any]:
    """All results of one split, JSON-able."""
    begun = time.perf_counter()
    found: dict[str, Any] = {"design": {"seeds": list(seeds), "starts": starts, "split": split}}
    found["limit"] = limit_beside.run(split, volumes, tuple(seeds))
    found["found"], found["false"], found["no_fault"] = [], [], []
    for volume in volumes:
        several = list(towns(split, volume, tuple(seeds)))
        for count, partners in BESIDE.items():
            if count:
                some = [town.among((DOOR, *partners)) for town in several]
                healthy = [judge(town) for town in some]
                key = {"volume": volume, "partners": count}
                found["false"].append(key | _false(some, healthy))
                found["found"] += [key | row for row in _faults(some, healthy, starts)]
                found["no_fault"] += [key | row for row in _no_faults(some, healthy, starts)]
    return found | {"seconds": round(time.perf_counter() - begun)}


def _false(several: Sequence[Town], healthy: Sequence[Sequence[Said]]) -> dict[str, Any]:
    """Statements over healthy towns an indicator and year, and of which series."""
    said = [
        one for town, all_said in zip(several, healthy, strict=True) for one in all_said
        if town.judged[0] <= one.detected < town.judged[1]
    ]  # fmt: skip
    years = sum((town.judged[1] - town.judged[0]) / DAYS_A_YEAR for town in several)
    names = list(several[0].registers)
    return {
        "a_year": round(len(said) / years / len(names), 3),
        "indicator_years": round(years * len(names), 1),
        **{f"of_{name}": round(sum(one.series == name for one in said) / years, 3) for name in names},
    }


def _faults(
    several: Sequence[Town], healthy: Sequence[Sequence[Said]], starts: int
) -> Iterator[dict[str, Any]]:
    for fault, sizes in FAULTS.items():
        for size in sizes:
            open_days, is_named = [], []
            for town, before in zip(several, healthy, strict=True):
                for start in beginnings(town, starts):
                    said = _new(judge(faulty(_around(town, start), fault, size, start)), before, start)
                    ours = [one for one in said if one.series == DOOR or len(town.registers) == 2]
                    opened = town.days[(town.registers[DOOR].open_hours > 0) & (town.days >= start)]
                    first = min((one.detected for one in ours), default=None)
                    open_days.append(np.inf if first is None else np.searchsorted(opened, first) + 1)
                    is_named += [min(said, key=lambda one: one.detected).series == DOOR] if said else []
            yield {
                "fault": fault, "size": size, "faults": len(open_days),
                **{f"within_{days}": round(float(np.mean(np.array(open_days) <= days)), 3) for days in WITHIN},
                "named": round(float(np.mean(is_named)), 3) if is_named else None,
            }  # fmt: skip


def _no_faults(
    several: Sequence[Town], healthy: Sequence[Sequence[Said]], starts: int
) -> Iterator[dict[str, Any]]:
    changes: Mapping[str, Callable[[Town, int], Town]] = {
        "desk closed for a week": lambda town, start: _stopped(town, "desk", start, start + 7),
        "desk that stops": lambda town, start: _stopped(town, "desk", start, int(town.days[-1]) + 1),
        f"whole town x {TOWN_CHANGE}": _whole,
    }
    for name, change in changes.items():
        number, said = 0, 0
        for town, before in zip(several, healthy, strict=True):
            for start in beginnings(town, starts):
                number += 1
                said += bool(_new(judge(change(_around(town, start), start)), before, start))
        yield {"what": name, "cases": number, "share": round(said / number, 3)}


def beginnings(town: Town, number: int) -> list[int]:
    """Open days of the judged years on which a fault begins, drawn from the town's name."""
    random = np.random.default_rng(list(town.name.encode()))
    opened = town.days[(town.registers[DOOR].count > 0)]
    opened = opened[(opened >= town.judged[0]) & (opened < town.judged[1] - 90)]
    return sorted(int(day) for day in random.choice(opened, number, replace=False))


def faulty(town: Town, fault: str, size: float, start: int) -> Town:
    """The town with a fault of its door: each passage is lost with the chance that the fault has reached."""
    door = town.registers[DOOR]
    after = (town.days >= start) & (door.open_hours > 0)
    course = np.zeros(town.days.size)
    day = np.arange(after.sum())
    course[after] = np.minimum((day + 0.5) / REACHED_AFTER, 1.0) if fault == "drift" else 1.0
    return town.recorded(DOOR, _thinned(door.count, 1 - size * course, start))


def _whole(town: Town, start: int) -> Town:
    share = np.where(town.days >= start, TOWN_CHANGE, 1.0)
    for name, one in town.registers.items():
        town = town.recorded(name, _thinned(one.count, share, start))
    return town


def _thinned(count: Floats, share: Floats, seed: int) -> Floats:
    kept = np.random.default_rng(seed).binomial(np.nan_to_num(count).astype(np.int64), share)
    return np.where(np.isnan(count) | (share == 1), count, kept)


def _stopped(town: Town, name: str, first: int, end: int) -> Town:
    if name not in town.registers:
        return town
    gone = (town.days >= first) & (town.days < end)
    return town.recorded(name, np.where(gone, np.nan, town.registers[name].count))


def _around(town: Town, start: int) -> Town:
    return town.between(start - LEAD_DAYS, start + AFTER_DAYS)


def _new(said: Iterable[Said], before: Iterable[Said], start: int) -> list[Said]:
    """What was said from `start` on, but for what the healthy town said of the same series about then."""
    usual = [one for one in before if start - 60 <= one.detected < start + AFTER_DAYS]
    return [
        one for one in said
        if one.detected >= start and all(abs(one.detected - other.detected) > 30 or one.series != other.series for other in usual)
    ]  # fmt: skip


def _said(one: Contradiction, names: Sequence[str], town: Town) -> Said:
    first = int(town.days[0])
    return Said(
        names[one.series], tuple(names[other] for other in one.others), first + one.onset, first + one.detected,
        None if one.ended is None else first + one.ended,
    )  # fmt: skip
