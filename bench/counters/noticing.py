"""`python -m bench.counters.noticing`: judges of counters against injected faults; prints tables.

A design is volumes x seeds (doors) x seasons x starts x faults. Every judge sees a fault through a window of
at most three years before it; the same window without the fault shows which alarms are coincidences.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.counters import rules
from bench.counters.doors import Conditions, Door, Split, doors
from bench.counters.faults import FAULTS, HISTORY_DAYS, Season, Start, starts
from bench.counters.house import House
from bench.counters.scoring import DEAD, Episode, Finding, Judge, false_alarms, find, limit_hours, years
from warehouse.counted.series import Floats

AFTER_DAYS = 60
WITHIN_DAYS = (1, 3, 10, 20)  # a drift of 1 % a day has eaten 20 % on day 22


JUDGES: dict[str, Judge] = {
    "no data 24 h": lambda door: rules.no_data_for_24_hours(door.total),
    "7 zero hours": lambda door: rules.seven_zero_hours(door.total),
    "3 zero days": lambda door: rules.three_zero_days(door.total),
    "z-score": lambda door: rules.z_score(door.total),
    "below 70 %": lambda door: rules.below_70_percent(door.total),
    "daily samples": lambda door: rules.daily_samples(door.total),
    "nb-cusum": lambda door: rules.nb_cusum(door.total, door.desk),
    "vigie": House(),
}


@dataclass(frozen=True)
class Design:
    """What is run: every combination of these, on one split of the years."""

    split: Split = "tune"
    volumes: tuple[int, ...] = (20, 60, 200)
    seeds: tuple[int, ...] = tuple(range(16))
    seasons: tuple[Season, ...] = get_args(Season)
    starts: tuple[Start, ...] = get_args(Start)
    faults: tuple[str, ...] = tuple(FAULTS)


QUICK = Design(seeds=(0, 1, 2, 3), starts=("open_hour",))


@dataclass(frozen=True)
class Outcome:
    """One fault at one door, as one judge found it; `limit_hours` is the theory's limit for a dead door."""

    judge: str
    fault: str
    volume: int
    season: Season
    start_kind: Start
    seed: int
    start: datetime
    limit_hours: float
    finding: Finding


@dataclass
class Calm:
    """Alarms over healthy doors."""

    years: float = 0.0
    alarms: int = 0
    dead: int = 0


def run(design: Design, judges: Mapping[str, Judge]) -> dict[str, Any]:
    """Run the design and return what is printed, JSON-able: false alarms, findings and names by judge.

    Raises
    ------
    FileNotFoundError
        When the real counts are not there.
    """
    seconds: dict[str, float] = defaultdict(float)
    timed = {name: _timed(name, judge, seconds) for name, judge in judges.items()}
    calm: dict[tuple[str, int], Calm] = defaultdict(Calm)
    outcomes: list[Outcome] = []
    begun = time.perf_counter()
    for volume in design.volumes:
        for door in doors(design.split, volume, design.seeds):
            _judge_calm(door, timed, calm)
            outcomes += _judge_faults(door, design, timed)
    # With every closure announced: what a perfect calendar is worth.
    announced: dict[tuple[str, int], Calm] = defaultdict(Calm)
    for volume in design.volumes:
        for door in doors(design.split, volume, design.seeds, Conditions(closures=0)):
            _judge_calm(door, timed, announced)
    whole = time.perf_counter() - begun
    return {
        "design": asdict(design),
        "seconds": {"all": whole, "judges": dict(seconds)},
        "false_alarms": [
            {
                "judge": judge,
                "volume": volume,
                "counter_years": was.years,
                "a_year": was.alarms / was.years,
                "dead_a_year": was.dead / was.years,
                "closures_announced_a_year": announced[judge, volume].alarms / announced[judge, volume].years,
            }
            for (judge, volume), was in calm.items()
        ],
        "findings": _summaries(outcomes, lambda one: (one.judge, one.fault, one.volume)),
        "findings_by_season": _summaries(
            outcomes, lambda one: (one.judge, one.fault, one.volume, one.season)
        ),
        "findings_by_start": _summaries(
            outcomes, lambda one: (one.judge, one.fault, one.volume, one.season, one.start_kind)
        ),
        "names": _confusion(outcomes),
    }


def _judge_calm(door: Door, judges: Mapping[str, Judge], calm: dict[tuple[str, int], Calm]) -> None:
    seen = door.window(max(door.days[0], door.judged[0] - HISTORY_DAYS), door.judged[1])
    for name, judge in judges.items():
        alarms, dead = false_alarms(seen, judge(seen))
        was = calm[name, door.volume]
        was.years += years(door)
        was.alarms += alarms
        was.dead += dead


def _judge_faults(door: Door, design: Design, judges: Mapping[str, Judge]) -> Iterator[Outcome]:
    # A generator for each begin: adding a fault to the design leaves the others as they were.
    for season_at, season in enumerate(get_args(Season)):
        for kind_at, kind in enumerate(get_args(Start)):
            if season not in design.seasons or kind not in design.starts:
                continue
            random = np.random.default_rng([door.seed, door.volume, season_at, kind_at])
            instants = starts(door, season, kind)
            if instants.size == 0:
                continue
            start: datetime = random.choice(instants).item()
            yield from _judge_start(door, start, season, kind, design.faults, judges)


def _judge_start(
    door: Door,
    start: datetime,
    season: Season,
    kind: Start,
    faults: Sequence[str],
    judges: Mapping[str, Judge],
) -> Iterator[Outcome]:
    day = int(np.datetime64(start, "D").astype(np.int64))
    longest = max(FAULTS[name].days for name in faults)
    seen = door.window(day - HISTORY_DAYS, day + max(AFTER_DAYS, longest))
    healthy = {name: judge(seen) for name, judge in judges.items()}
    for label in faults:
        random = np.random.default_rng([door.seed, door.volume, list(FAULTS).index(label)])
        faulty, fault = FAULTS[label].inject(seen, start, FAULTS[label].days, random)
        limit = limit_hours(seen, fault, AFTER_DAYS)
        for name, judge in judges.items():
            finding = find(fault, seen, judge(faulty), healthy[name])
            yield Outcome(name, label, door.volume, season, kind, door.seed, start, limit, finding)


def _timed(name: str, judge: Judge, seconds: dict[str, float]) -> Judge:
    def judged(door: Door) -> list[Episode]:
        begun = time.perf_counter()
        episodes = judge(door)
        seconds[name] += time.perf_counter() - begun
        return episodes

    return judged


def _summaries(
    outcomes: Sequence[Outcome], key: Callable[[Outcome], tuple[str | int, ...]]
) -> list[dict[str, Any]]:
    names = ("judge", "fault", "volume", "season", "start")
    groups: dict[tuple[str | int, ...], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        groups[key(one)].append(one)
    return [
        dict(zip(names, group, strict=False)) | _summary(str(group[1]), own) for group, own in groups.items()
    ]


def _summary(fault: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Figures of a group; a delay of None is infinite: so many were not found."""
    hours = np.array([one.finding.delay_hours for one in outcomes])
    days = np.array([one.finding.delay_days for one in outcomes])
    errors = [one.finding.onset_error_hours for one in outcomes if one.finding.onset_error_hours is not None]
    times_limit = hours / np.array([one.limit_hours for one in outcomes])
    return {
        "cases": hours.size,
        "delay_hours_median": _finite(_quantile(hours, 0.5)),
        "delay_hours_p90": _finite(_quantile(hours, 0.9)),
        **{f"found_in_{n}_days": float((days <= n).mean()) for n in WITHIN_DAYS},
        "found": float(np.isfinite(hours).mean()),
        "right_name": float(np.mean([one.finding.right for one in outcomes])),
        "right_later": float(np.mean([one.finding.right_later for one in outcomes])),
        "onset_error_hours_median": float(np.median(errors)) if errors else None,
        "times_limit_median": _finite(_quantile(times_limit, 0.5)) if fault in DEAD else None,
        "times_limit_p90": _finite(_quantile(times_limit, 0.9)) if fault in DEAD else None,
    }


def _confusion(outcomes: Sequence[Outcome]) -> dict[str, dict[str, dict[str, int]]]:
    """Counts by judge, fault and the name told two days after the first alarm."""
    told: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for one in outcomes:
        told[one.judge][one.fault][one.finding.later or "not found"] += 1
    return {judge: {fault: dict(names) for fault, names in own.items()} for judge, own in told.items()}


def _quantile(values: Floats, share: float) -> float:
    """The smallest value that at least so much of them do not exceed; never between a finite and infinity."""
    return float(np.quantile(values, share, method="inverted_cdf"))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def show(result: Mapping[str, Any], out: Console) -> None:
    """Print the result: false alarms, then findings by judge and fault with one column a volume."""
    design = result["design"]
    volumes = design["volumes"]
    out.print(
        f"split {design['split']}, seeds {', '.join(map(str, design['seeds']))}, starts {design['starts']}"
    )
    alarms = Table(title="False alarms a counter-year: all (dead); all with every closure announced")
    alarms.add_column("judge")
    for volume in volumes:
        alarms.add_column(f"{volume} a day", justify="right")
    of = {(row["judge"], row["volume"]): row for row in result["false_alarms"]}
    judges = list(dict.fromkeys(row["judge"] for row in result["false_alarms"]))
    for judge in judges:
        rows = [of[judge, volume] for volume in volumes]
        alarms.add_row(
            judge,
            *(
                f"{r['a_year']:.2f} ({r['dead_a_year']:.2f}); {r['closures_announced_a_year']:.2f}"
                for r in rows
            ),
        )
    out.print(alarms)
    found = Table(
        title="Open hours of delay, median/P90 (x limit); found in 1/3/10 open days; right name, later; onset"
    )
    found.add_column("fault")
    found.add_column("judge")
    for volume in volumes:
        found.add_column(f"{volume} a day", justify="right")
    cells = {(row["judge"], row["fault"], row["volume"]): row for row in result["findings"]}
    for fault in design["faults"]:
        for judge in judges:
            own = [cells.get((judge, fault, volume)) for volume in volumes]
            if any(row is not None and row["found"] > 0 for row in own):
                found.add_row(fault, judge, *(_cell(row) for row in own))
        found.add_section()
    out.print(found)
    spent = result["seconds"]
    out.print(f"{spent['all']:.0f} s, of which judges: " + _seconds(spent["judges"]))


def _cell(row: Mapping[str, Any] | None) -> str:
    if row is None or row["found"] == 0:
        return "-"
    limit = row["times_limit_median"]
    days = "/".join(f"{100 * row[f'found_in_{n}_days']:.0f}" for n in (1, 3, 10))
    return (
        f"{_hours(row['delay_hours_median'])}/{_hours(row['delay_hours_p90'])}"
        + (f" (x{limit:.1f})" if limit is not None else "")
        + f"; {days} %; {100 * row['right_name']:.0f}, {100 * row['right_later']:.0f} %"
        + f"; {_hours(row['onset_error_hours_median'])}"
    )


def _hours(value: float | None) -> str:
    return "∞" if value is None else f"{value:.0f}"


def _seconds(judges: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {spent:.1f}" for name, spent in judges.items())


def main() -> None:
    """Command line: see the module's text."""
    parser = argparse.ArgumentParser(description="Judges of counters against injected faults.")
    parser.add_argument("--quick", action="store_true", help="four doors a volume, faults in open hours only")
    parser.add_argument("--split", choices=get_args(Split), default="tune")
    parser.add_argument("--judges", default=",".join(JUDGES), help="names, separated by commas")
    parser.add_argument("--seeds", type=int, help="doors a volume")
    parser.add_argument("--json", type=Path, help="file for the result")
    asked = parser.parse_args()
    names = [name.strip() for name in asked.judges.split(",")]
    if unknown := set(names) - set(JUDGES):
        parser.error(f"no judge {', '.join(sorted(unknown))}; there are {', '.join(JUDGES)}")
    base = QUICK if asked.quick else Design()
    design = Design(
        split=asked.split,
        seeds=base.seeds if asked.seeds is None else tuple(range(asked.seeds)),
        starts=base.starts,
    )
    result = run(design, {name: JUDGES[name] for name in names})
    show(result, Console(width=200))
    if asked.json:
        asked.json.write_text(json.dumps(result, indent=1, default=str), encoding="utf-8")


if __name__ == "__main__":
    main()
