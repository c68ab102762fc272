"""Systems that contradict each other: what is found of drifts and steps, beside the limit.

python -m bench.counters.contradicting [--quick] # writes bench/contradicting.json; thresholds: tuning years

Towns of `bench.counters.town`: a door of 60 passages a day beside one to five registers. A fault is put into
the door alone: a drift that takes 30 open days, or a step. Whatever a healthy town would have said at that
time counts for nothing. What is no fault must be silent: a week without the desk, a register that stops for
good, the whole town that changes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.counters import limit_beside
from bench.counters.doors import Split
from bench.counters.limit_beside import BESIDE, REACHED_AFTER
from bench.counters.scoring import DAYS_A_YEAR
from bench.counters.town import DOOR, Town, towns
from expectations.counters.contradictions import DAYS, Contradiction, Recorded, Watch
from warehouse.counted.series import Bools, Floats

TARGET = Path(__file__).parents[1] / "contradicting.json"
VOLUME = 60
SEEDS, QUICK_SEEDS = tuple(range(16)), (0, 1)
# Other sizes, for the limit alone: the volume of the door, and times the partners' usual ones.
SIZE = (VOLUME, 1.0)
SIZES = ((20, 1.0), (200, 1.0), (60, 4.0))
SIZE_TOWNS = 4
STARTS_A_TOWN = 3
FAULTS = {"drift": (0.10, 0.15, 0.20), "step": (0.10, 0.15, 0.20, 0.30)}
TOWN_CHANGE = 0.7
WITHIN = (30, 60)
LEAD_DAYS, AFTER_DAYS = 1250, 90
SAME_DAYS = 30
FALSE_A_YEAR = 0.1
# Deviations that are tried, and beside how many; each half of the towns is judged by those of the other.
LEVELS, LEVEL_BESIDE, HALVES = (3.9, 4.1, 4.3, 4.5), (3, 5), 2
GOALS = {"drift": 0.6, "step": 0.8}


@dataclass(frozen=True)
class Said:
    """A contradiction: its series, and the day since 1970 on which it is told."""

    series: str
    detected: int


@dataclass(frozen=True)
class Case:
    """A town around a day on which something begins: a fault of a size, or `size` None and what is none."""

    what: str
    size: float | None
    start: int
    town: Town


@dataclass(frozen=True)
class Judged:
    """What the judge of the house says of a healthy town, and the judge as it was before each fault began."""

    said: tuple[Said, ...]
    before: Mapping[int, Watch]


def judge(town: Town, deviations: float, starts: Sequence[int] = ()) -> Judged:
    """A town from its first day to its last judged one, told at so many deviations."""
    watch, before = Watch(len(town.registers), replace(DAYS, deviations=deviations)), {}
    seen = recorded(town)
    for row in range(int(np.searchsorted(town.days, town.judged[1]))):
        if town.days[row] in starts:
            before[int(town.days[row])] = deepcopy(watch)
        watch.take(seen.counted[:, row], seen.expected[:, row])
    return Judged(tuple(_said(one, town) for one in watch.found), before)


def go_on(judged: Judged, changed: Town, start: int) -> list[Said]:
    """What is said of a town that changed on that day, but for what the healthy one said about then.

    Of a change that lasts only the first word counts.
    """
    watch, seen = deepcopy(judged.before[start]), recorded(changed)
    known = len(watch.found)
    for row in range(int(np.searchsorted(changed.days, start)), changed.days.size):
        watch.take(seen.counted[:, row], seen.expected[:, row])
    said = [_said(one, changed) for one in watch.found[known:]]
    return [
        one
        for one in said
        if not any(
            one.series == usual.series and abs(one.detected - usual.detected) <= SAME_DAYS
            for usual in judged.said
        )
    ]


def recorded(town: Town) -> Recorded:
    """The town as the judge takes it: a day without records is left to the judges of silence."""
    known = [(one.count > 0) & (one.expected > 0) for one in town.registers.values()]
    counted = [np.nan_to_num(one.count) for one in town.registers.values()]
    expected = [one.expected for one in town.registers.values()]
    return Recorded(np.where(known, counted, 0.0), np.where(known, expected, 0.0))


def run(split: Split, seeds: Sequence[int], starts: int, with_sizes: bool = True) -> dict[str, Any]:
    """All results of one split, JSON-able."""
    begun = time.perf_counter()
    design = {"split": split, "towns": len(seeds), "starts": starts, "size_towns": len(seeds[:SIZE_TOWNS])}
    found: dict[str, Any] = {"design": design}
    found["limit"] = limit_beside.run(split, VOLUME, tuple(seeds))
    for volume, scale in SIZES if with_sizes else ():
        found["limit"] += limit_beside.run(split, volume, tuple(seeds)[:SIZE_TOWNS], scale)
    several = list(towns(split, VOLUME, tuple(seeds)))
    return found | judged(several, starts) | {"seconds": round(time.perf_counter() - begun)}


def judged(several: Sequence[Town], starts: int) -> dict[str, Any]:
    """What is found and what is said falsely; each half of the towns at what was chosen on the other half."""
    # Sites of the two cities stand in turn: both halves get some of both.
    sides = [
        [town for at, town in enumerate(several) if (at + at // HALVES) % HALVES == half]
        for half in range(HALVES)
    ]
    levels = [_level(side) for side in sides]
    cases = {town.name: list(_cases(town, starts)) for town in several}
    found: dict[str, Any] = {"levels": levels, "found": [], "false": [], "no_fault": []}
    for count, partners in BESIDE.items():
        if not count:
            continue
        key, names = {"partners": count}, (DOOR, *partners)
        healthy: list[tuple[Town, Judged]] = []
        told: dict[tuple[str, float | None], list[tuple[float, str | None]]] = {}
        for half, side in enumerate(sides):
            for whole in side:
                town = whole.among(names)
                own = cases[whole.name]
                one = judge(town, levels[half - 1], [case.start for case in own])
                healthy.append((town, one))
                for case in own:
                    said = go_on(one, case.town.among(names), case.start)
                    told.setdefault((case.what, case.size), []).append(_delay(case, said, count))
        found["false"].append(key | _false(healthy))
        for (what, size), all_told in told.items():
            open_days = np.array([days for days, _ in all_told])
            if size is None:
                any_said = float(np.mean([first is not None for _, first in all_told]))
                found["no_fault"].append(
                    key | {"what": what, "cases": len(all_told), "share": round(any_said, 3)}
                )
                continue
            firsts = [first == DOOR for _, first in all_told if first is not None]
            found["found"].append(
                key | {"fault": what, "size": size, "faults": len(all_told)}
                | {f"within_{days}": _share(open_days <= days) for days in WITHIN}
                | {"named": _share(np.array(firsts)) if firsts else None}
            )  # fmt: skip
    return found


def _level(side: Sequence[Town]) -> float:
    """The least deviations at which these towns keep to the false statements that are allowed."""
    for deviations in LEVELS:
        rates = []
        for count in LEVEL_BESIDE:
            some = [town.among((DOOR, *BESIDE[count])) for town in side]
            rates.append(_false([(town, judge(town, deviations)) for town in some])["a_year"])
        if np.mean(rates) <= FALSE_A_YEAR:
            return deviations
    return LEVELS[-1]


def _delay(case: Case, said: Sequence[Said], count: int) -> tuple[float, str | None]:
    """Open days until the fault is told (beside one, nobody knows whose), and what is named first."""
    ours = [one.detected for one in said if one.series == DOOR or count == 1]
    door = case.town.registers[DOOR]
    opened = case.town.days[(door.open_hours > 0) & (case.town.days >= case.start)]
    days = float(np.searchsorted(opened, min(ours)) + 1) if ours else np.inf
    return days, min(said, key=lambda one: one.detected).series if said else None


def _false(healthy: Sequence[tuple[Town, Judged]]) -> dict[str, Any]:
    """Statements over healthy towns an indicator and year, and of which series."""
    said = [
        one for town, judged in healthy for one in judged.said
        if town.judged[0] <= one.detected < town.judged[1]
    ]  # fmt: skip
    years = sum((town.judged[1] - town.judged[0]) / DAYS_A_YEAR for town, _ in healthy)
    names = list(healthy[0][0].registers)
    return {
        "a_year": round(len(said) / years / len(names), 3),
        "indicator_years": round(years * len(names), 1),
        **{f"of_{name}": round(sum(one.series == name for one in said) / years, 3) for name in names},
    }


def _cases(town: Town, starts: int) -> Iterator[Case]:
    """What begins in a town on some of its days, faults and what is none."""
    changes: Mapping[str, Callable[[Town, int], Town]] = {
        "desk closed for a week": lambda town, start: _stopped(town, "desk", start, start + 7),
        "desk that stops": lambda town, start: _stopped(town, "desk", start, int(town.days[-1]) + 1),
        f"whole town x {TOWN_CHANGE}": _whole,
    }
    for start in beginnings(town, starts):
        around = town.between(start - LEAD_DAYS, start + AFTER_DAYS)
        for fault, sizes in FAULTS.items():
            for size in sizes:
                yield Case(fault, size, start, faulty(around, fault, size, start))
        for name, change in changes.items():
            yield Case(name, None, start, change(around, start))


def _share(hits: Bools) -> float:
    return round(float(hits.mean()), 3)


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


def _said(one: Contradiction, town: Town) -> Said:
    return Said(list(town.registers)[one.series], int(town.days[0]) + one.detected)


def brief(found: Mapping[str, Any]) -> Iterator[str]:
    """What docs/counters.md says of it, from bench/contradicting.json."""
    counts = [row["partners"] for row in found["false"]]
    design, most = found["design"], max(counts)
    levels = " and ".join(f"{level:g}" for level in found["levels"])
    yield (
        f"A door of 60 passages a day beside one to {most} other systems of the office; a fault of the door"
        f" alone; tuning years, {design['towns']} towns with {design['starts']} faults of a kind each. The"
        " deviations at which a contradiction is told were chosen for each half of the towns on the other"
        f" half ({levels}; Vigie tells at {DAYS.deviations:g}). Found within {WITHIN[0]} open days, and the"
        " most that can be found by a test that is told everything but the day:\n"
    )

    def row(fault: str, size: float) -> list[str]:
        shares = [*(_found(found, count, fault, size) for count in counts)]
        shares.append(_limits(found, SIZE, most, fault, size)[1])
        return [f"{fault} of {100 * size:.0f}%", *(f"{share:.0%}" for share in shares)]

    yield from _rows(
        ("fault", *(f"{count} beside" for count in counts), f"limit, {most} beside"),
        [
            *(row(fault, size) for fault, sizes in FAULTS.items() for size in sizes),
            ["false statements an indicator and year", *(f"{row['a_year']:.2f}" for row in found["false"]),
             f"{FALSE_A_YEAR:g}"],
        ],
    )  # fmt: skip
    yield from _goals(found)


def _goals(found: Mapping[str, Any]) -> Iterator[str]:
    """Whether the goals are reached, and whether any test could reach them."""
    for fault, goal in GOALS.items():
        best = {count: np.mean([_found(found, count, fault, size) for size in FAULTS[fault]])
                for count in (row["partners"] for row in found["false"])}  # fmt: skip
        count = max(best, key=lambda one: best[one])
        told, untold = _of_all(found, max(best), fault)
        reached = "reached" if best[count] >= goal else "**not reached**"
        beyond = (
            f" It lies beyond what such a test finds ({untold:.0%}; told the day too, {told:.0%}), whatever"
            " the rule."
        )
        yield (
            f"- Goal for a {fault} of {_sizes(fault)}: {goal:.0%}, {reached}: {best[count]:.0%} at best,"
            f" beside {count}, {best[count] / untold:.2f} of that limit.{beyond if untold < goal else ''}"
        )
    yield ""


def _sizes(fault: str) -> str:
    return f"{100 * FAULTS[fault][0]:.0f} to {100 * FAULTS[fault][-1]:.0f}%"


def section(found: Mapping[str, Any]) -> Iterator[str]:
    """The section of bench/counters/COUNTERS.md, from bench/contradicting.json."""
    design = found["design"]
    levels = " and ".join(f"{level:g}" for level in found["levels"])
    faults = design["towns"] * design["starts"]
    yield "## Systems that contradict each other\n"
    yield (
        "`python -m bench.counters.contradicting`, on the tuning years alone. A door of 60 passages a day"
        " stands beside one partner (a desk of 25 contacts a day), two (and a neighbour of 200), three (and"
        " 40 tickets) or five (and 15 receipts and 100 visits). What desk, tickets, receipts and visits see"
        " of the same visitors drifts, each for itself, by a standard deviation of 25% a year; the neighbour"
        f" is another real counter. {design['towns']} towns with {design['starts']} faults each:"
        f" {faults} a line, so that a share of 50% is known to {98 / faults**0.5:.0f} points. The deviations"
        f" at which it tells are chosen on the other half of the towns: {levels}.\n"
    )
    yield (
        "In brackets two limits at 0.1 false statements an indicator and year, in a Gaussian model of the"
        " same towns: the most that any test finds that is told the day, the size and the"
        " course of the fault and how all series vary together; and what is found by a test that is told all"
        " but the day, and looks every night, as Vigie must, which is told neither size nor course.\n"
    )
    yield from _goals(found)
    counts = [row["partners"] for row in found["false"]]
    yield from _rows(
        ("fault of the door, within 30 open days", *(f"{count} beside" for count in counts)),
        [
            *(
                [f"{fault}, {100 * size:.0f}%", *(_cell(found, count, fault, size) for count in counts)]
                for fault, sizes in FAULTS.items()
                for size in sizes
            ),
            *(
                [f"all {fault}s: share of the second limit", *(_mean(found, one, fault) for one in counts)]
                for fault in FAULTS
            ),
            *(
                [what, *(f"{_no_fault(found, count, what):.0%} say something" for count in counts)]
                for what in dict.fromkeys(row["what"] for row in found["no_fault"])
            ),
            ["false statements an indicator and year", *(f"{row['a_year']:.2f}" for row in found["false"])],
            ["those of the door alone", *(f"{row['of_door']:.2f}" for row in found["false"])],
        ],
    )
    yield (
        "The two limits within 30 open days, by size of the door and of what stands beside it (all but the"
        f" first size: {design['size_towns']} towns):\n"
    )
    limits = [row for row in found["limit"] if row["within"] == WITHIN[0]]
    sizes = [one for one in (SIZE, *SIZES) if any((row["volume"], row["scale"]) == one for row in limits)]
    beside = sorted({row["partners"] for row in limits})
    yield from _rows(
        ("fault, beside", *(f"door {volume}, partners x {scale:g}" for volume, scale in sizes)),
        [
            [
                f"{fault} of {100 * size:.0f}%, {count} beside",
                *("{:.0%}; {:.0%}".format(*_limits(found, one, count, fault, size)) for one in sizes),
            ]
            for fault, size in (("drift", 0.2), ("step", 0.15), ("step", 0.3))
            for count in beside
        ],
    )


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _found(found: Mapping[str, Any], count: int, fault: str, size: float) -> float:
    (row,) = (
        one for one in found["found"] if (one["partners"], one["fault"], one["size"]) == (count, fault, size)
    )
    return float(row[f"within_{WITHIN[0]}"])


def _cell(found: Mapping[str, Any], count: int, fault: str, size: float) -> str:
    told, untold = _limits(found, SIZE, count, fault, size)
    return f"{_found(found, count, fault, size):.0%} [{told:.0%}; {untold:.0%}]"


def _mean(found: Mapping[str, Any], count: int, fault: str) -> str:
    ours = float(np.mean([_found(found, count, fault, size) for size in FAULTS[fault]]))
    told, untold = _of_all(found, count, fault)
    return f"{ours:.0%} [{told:.0%}; {untold:.0%}]: {ours / untold:.2f}"


def _of_all(found: Mapping[str, Any], count: int, fault: str) -> tuple[float, float]:
    """Both limits, over all sizes of a fault."""
    told, untold = np.mean([_limits(found, SIZE, count, fault, size) for size in FAULTS[fault]], axis=0)
    return float(told), float(untold)


def _no_fault(found: Mapping[str, Any], count: int, what: str) -> float:
    return float(next(r["share"] for r in found["no_fault"] if (r["partners"], r["what"]) == (count, what)))


def _limits(
    found: Mapping[str, Any], size_of: tuple[int, float], count: int, fault: str, size: float
) -> tuple[float, float]:
    """What a test finds that is told the day, and one that is not."""
    wanted = (*size_of, count, fault, size, WITHIN[0])
    keys = ("volume", "scale", "partners", "fault", "size", "within")
    row = next(row for row in found["limit"] if tuple(row[key] for key in keys) == wanted)
    return row["share"], row["untold"]


def main() -> None:
    """Command line: see the module's text."""
    parser = argparse.ArgumentParser(description="Contradictions between the systems of an office.")
    parser.add_argument("--quick", action="store_true", help="for trying: two towns, nothing is written")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many towns")
    parser.add_argument("--starts", type=int, default=STARTS_A_TOWN, help="how many faults of a kind a town")
    parser.add_argument("--one-size", action="store_true", help="the limit for the usual sizes alone")
    asked = parser.parse_args()
    seeds = QUICK_SEEDS if asked.quick else SEEDS[: asked.seeds]
    found = run("tune", seeds, asked.starts, not asked.one_size)
    if not asked.quick:
        rows = {key: value for key, value in found.items() if isinstance(value, list)}
        text = json.dumps({key: value for key, value in found.items() if key not in rows}, indent=1)
        for key, own in rows.items():
            text = text[:-2] + f',\n "{key}": [\n  ' + ",\n  ".join(map(json.dumps, own)) + "\n ]\n}"
        TARGET.write_text(text + "\n", encoding="utf-8")
    print("\n".join(section(found)))


if __name__ == "__main__":
    main()
