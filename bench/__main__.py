"""`make bench`: measure in one run, print ratios, write bench/results.json.

Each measured program is a process of its own: its wall time includes the start of Python and all imports,
its memory is the highest sum over its process tree.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from bench.office import write_measures, write_office
from bench.thousand import prepare

ROWS = 10_000_000
NIGHTS = 3
out = Console(highlight=False, markup=False)


@dataclass(frozen=True)
class Measured:
    """Wall time in seconds and peak memory in MB of a program and its children."""

    seconds: float
    peak_mb: float
    said: str


def measure(*arguments: str) -> Measured:
    """Run `python -m bench.programs …` and measure it."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.programs", *arguments], stdout=subprocess.PIPE, text=True
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watcher.start()
    said, _ = process.communicate()
    seconds = time.perf_counter() - started
    watcher.join()
    if process.returncode:
        raise SystemExit(f"bench.programs {' '.join(arguments)} ended with {process.returncode}")
    return Measured(round(seconds, 2), round(peak[0]), said.strip())


def _watch(process: subprocess.Popen[str], peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(_resident_mb(pid) for pid in _tree(process.pid)))
        time.sleep(0.05)


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:  # the process ended while we looked
        return found
    for task in tasks:
        try:
            children = (task / "children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):  # the thread ended while we looked
            children = []
        for child in children:
            found += _tree(int(child))
    return found


def _resident_mb(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # the process ended while we looked
        return 0
    return int(fields[1]) * 4096 / 1e6


def main() -> None:
    """Run every comparison."""
    work = Path(tempfile.mkdtemp(prefix="vigie-bench-"))
    try:
        results = {
            "ten million rows": ten_million(work),
            "history": history(work),
            "thousand counters": thousand_counters(work),
        }
    finally:
        shutil.rmtree(work)
    target = Path(__file__).with_name("results.json")
    target.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    out.print(json.dumps(results, indent=1))


def at(year: int, month: int, day: int) -> datetime:
    """Midnight UTC of a day."""
    return datetime(year, month, day, tzinfo=UTC)


def ten_million(work: Path) -> dict[str, object]:
    """10 million counter rows from CSV to published marts, and DuckDB alone on the same rows and SQL."""
    home = work / "large"
    write_office(home)
    last = at(2026, 1, 5)
    minutes = 10
    first = last - timedelta(minutes=ROWS / 20 * minutes)
    csv = home / "inbox" / "counters" / "measure-bench.csv"
    rows = write_measures(csv, first, last, minutes)
    copy = work / "measure.csv"
    shutil.copyfile(csv, copy)
    size = copy.stat().st_size / 1e6
    vigie = measure("night", str(home), "2026-01-05")
    alone = measure("alone", str(home), str(copy))
    return {
        "rows": rows,
        "csv_mb": round(size),
        "vigie": asdict(vigie),
        "duckdb_alone": asdict(alone),
        "time_ratio": round(vigie.seconds / alone.seconds, 2),
        "time_ratio_allowed": 4,
        "peak_mb_allowed": 1500,
    }


def history(work: Path) -> dict[str, object]:
    """Nights with one new file on top of ten years, and on top of one, in turn; a night with nothing new.

    The fastest of each three counts: a busy machine only ever adds time.
    """
    last = at(2026, 1, 4)
    homes = {years: work / f"history-{years}" for years in (1, 10)}
    nights: dict[int, list[Measured]] = {years: [] for years in homes}
    for years, home in homes.items():
        write_office(home)
        past = home / "inbox" / "counters" / "measure-past.csv"
        write_measures(past, at(2026 - years, 1, 1), last, 60)
        measure("night", str(home), f"{last:%Y-%m-%d}")
    for _ in range(NIGHTS):
        day, last = last, last + timedelta(days=1)
        for years, home in homes.items():
            write_measures(home / "inbox" / "counters" / f"measure-{day:%Y-%m-%d}.csv", day, last, 60)
            nights[years].append(measure("night", str(home), f"{last:%Y-%m-%d}"))
    one, ten = (min(nights[years], key=lambda night: night.seconds) for years in (1, 10))
    return {
        "one_year": asdict(one),
        "ten_years": asdict(ten),
        "all_seconds": {years: [night.seconds for night in found] for years, found in nights.items()},
        "time_ratio": round(ten.seconds / one.seconds, 2),
        "time_ratio_allowed": 1.2,
        "nothing_new": asdict(measure("night", str(homes[10]), f"{last:%Y-%m-%d}")),
    }


def thousand_counters(work: Path) -> dict[str, object]:
    """A night's scoring of a thousand counters with five years of hours; of 200 with five, and with ten."""
    found = {}
    for counters, years in ((1000, 5), (200, 5), (200, 10)):
        database = work / f"counters-{counters}-{years}.duckdb"
        slots = prepare(database, counters, years)
        found[counters, years] = slots, measure("score", str(database))
        database.unlink()
    slots, whole = found[1000, 5]
    return {
        "slots": slots,
        "scoring": asdict(whole),
        "seconds_allowed": 60,
        "peak_mb_allowed": 2000,
        "ten_years_against_five": round(found[200, 10][1].seconds / found[200, 5][1].seconds, 2),
    }


if __name__ == "__main__":
    main()
