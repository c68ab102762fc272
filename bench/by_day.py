"""`python -m bench.by_day`: from the last byte of a counter's file to the e-mail that says it is dead.

A real `vigie serve` (Prefect server, worker, inbox watcher) on an office of TRIES doors, and a real SMTP
server on loopback. Each try delivers one door's last days again, at zero. Writes bench/by_day.json.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any

import requests
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from rich.console import Console

from warehouse.office.subjects.sites import WEEKDAYS

TRIES = 20
HISTORY_DAYS = 120
SILENT_DAYS = 4
LIMIT_SECONDS = 300.0
STAGES = ("settle", "event", "start", "read", "facts", "judge", "mail")
out = Console(highlight=False, markup=False)


class Mailbox:
    """Remembers when each message came."""

    def __init__(self) -> None:
        self.came: list[tuple[float, str]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message."""
        content = envelope.content
        self.came.append((time.time(), content.decode() if isinstance(content, bytes) else str(content)))
        return "250 OK"


def write_office(home: Path, today: date) -> None:
    """An office of TRIES doors, each at its own site, closed today: nothing is missed meanwhile."""
    weekdays = [day for number, day in enumerate(WEEKDAYS, 1) if number != today.isoweekday()]
    opening = [{"weekdays": weekdays,
                "hours": [{"start": "09:00", "end": "18:00"}]}]  # fmt: skip
    office = {
        "code": "bench",
        "name": "Banc d'essai",
        "siren": "123456789",
        "school_zone": "C",
        "sites": [{"code": f"site-{n:02}", "name": f"Lieu {n}", "opening": opening} for n in range(TRIES)],
        "counters": [
            {
                "code": f"door-{n:02}", "label": f"PORTE{n:02}", "site": f"site-{n:02}", "format": "csv",
                "csv": {
                    "files": f"porte-{n:02}-*.csv", "date_column": "Date", "time_column": "Heure",
                    "date_formats": ["%d/%m/%Y"], "count_columns": {"Entrées": "in"},
                },
            }
            for n in range(TRIES)
        ],
        "alerts": {"channels": [{"name": "staff", "address_secret": "VIGIE_ALERT_STAFF"}]},
    }  # fmt: skip
    home.mkdir(parents=True)
    (home / "office.yml").write_text(yaml.safe_dump(office, allow_unicode=True), encoding="utf-8")
    (home / "inbox" / "counters").mkdir(parents=True)


def write_days(path: Path, door: int, first: date, last: date, dead_from: date | None = None) -> None:
    """A door's counts from one day to another, both included, about 12 in an open hour; 0 once it is dead."""
    closed = (last + timedelta(days=1)).isoweekday()
    with path.open("w", encoding="utf-8") as file:
        file.write("Date;Heure;Entrées\n")
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            is_dead = dead_from is not None and day >= dead_from
            for hour in range(24):
                is_open = 9 <= hour < 18 and day.isoweekday() != closed
                counted = Random(f"{door} {day} {hour}").randint(9, 15) if is_open and not is_dead else 0
                file.write(f"{day:%d/%m/%Y};{hour};{counted}\n")


class Served(AbstractContextManager["Served"]):
    """A running `vigie serve`."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.api = f"http://127.0.0.1:{port}/api"
        self._home = home
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from flows.command.cli import main; main()",
             "serve", "--home", str(home), "--port", str(port)],
            env=environment, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if str(home / "inbox") in line:
                return
        raise SystemExit(f"vigie serve ended with {self._process.wait()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def _credential(self) -> tuple[str, str]:
        """What Prefect's server asks for: in the environment of the children of `vigie serve` alone."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                told = (process / "environ").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue  # it has ended, or is another account's
            given = dict(one.partition("=")[::2] for one in told)
            if given.get("VIGIE_HOME") == str(self._home) and "PREFECT_API_AUTH_STRING" in given:
                user, _, password = given["PREFECT_API_AUTH_STRING"].partition(":")
                return user, password
        raise SystemExit("no process of `vigie serve` tells its credential")

    def ask(self, path: str, **body: Any) -> Any:
        """What Prefect's API answers."""
        answer = requests.post(f"{self.api}/{path}", json=body, auth=self._credential(), timeout=30)
        answer.raise_for_status()
        return answer.json()

    def stages(self, last_byte: float, mailed: float) -> dict[str, float]:
        """Seconds of each stage of the last run, which must have ended."""
        (event,) = self.ask(
            "events/filter", filter={"event": {"name": ["vigie.inbox.settled"]}, "order": "DESC"}, limit=1
        )["events"]
        (run,) = self.ask(
            "flow_runs/filter", sort="START_TIME_DESC", limit=1,
            flows={"name": {"any_": ["by-day"]}},
        )  # fmt: skip
        tasks = self.ask("task_runs/filter", flow_runs={"id": {"any_": [run["id"]]}})
        ends: dict[str, list[float]] = {}
        for task in tasks:
            ends.setdefault(task["name"].rpartition("-")[0], []).append(instant(task["end_time"]))
        facts = sorted(ends["build"])[1]  # seeds, the first facts, then those that nobody waits for
        marks = [
            last_byte, instant(event["occurred"]), instant(run["created"]), instant(run["start_time"]),
            ends["read_and_load"][0], facts, ends["judge"][0], mailed,
        ]  # fmt: skip
        return {
            stage: round(after - before, 2)
            for stage, (before, after) in zip(STAGES, pairwise(marks), strict=True)
        }


def instant(text: str) -> float:
    """Seconds of an instant as the API writes it."""
    return datetime.fromisoformat(text).timestamp()


def wait_for(what: str, condition: Any) -> Any:
    """What the condition gives once it is true; ends the bench when it stays false for LIMIT_SECONDS."""
    until = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.05)
    raise SystemExit(f"waited {LIMIT_SECONDS:.0f} s in vain for {what}")


def main() -> None:
    """Measure TRIES files."""
    work = Path(tempfile.mkdtemp(prefix="vigie-by-day-"))
    home = work / "home"
    today = datetime.now(UTC).date()
    yesterday = today - timedelta(days=1)
    write_office(home, today)
    inbox = home / "inbox" / "counters"
    for door in range(TRIES):
        path = inbox / f"porte-{door:02}-history.csv"
        write_days(path, door, yesterday - timedelta(days=HISTORY_DAYS), yesterday)
        os.utime(path, (0, 0))
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=60)
    controller.start()
    address = f"mailto://127.0.0.1:{port}?from=vigie@example.org&to=staff@example.org"
    environment = {**os.environ, "VIGIE_ALERT_STAFF": address}
    first_night = ["bench.programs", "night", str(home), f"{today}"]
    subprocess.run(
        [sys.executable, "-m", *first_night], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    tries: list[dict[str, float]] = []
    loads: list[float] = []
    try:
        with Served(home, environment) as served:
            for door in range(TRIES):
                loads.append(os.getloadavg()[0])
                dead_from = yesterday - timedelta(days=SILENT_DAYS - 1)
                first = dead_from - timedelta(days=1)  # no two files alike: what the archive has is not read
                write_days(inbox / f"porte-{door:02}-silent.csv", door, first, yesterday, dead_from)
                last_byte = time.time()
                mailed = wait_for(
                    f"the e-mail of door {door}",
                    lambda label=f"PORTE{door:02}": [at for at, text in box.came if label in text],
                )[0]
                wait_for("the end of the run", lambda: not (home / "warehouse" / "run.json").exists())
                wait_for(
                    "Prefect to know",
                    lambda: all(
                        run["state_type"] == "COMPLETED"
                        for run in served.ask("flow_runs/filter", flows={"name": {"any_": ["by-day"]}})
                    ),
                )
                tries.append({"seconds": round(mailed - last_byte, 2), **served.stages(last_byte, mailed)})
                out.print(f"{door + 1:>2}/{TRIES} {tries[-1]}")
    finally:
        controller.stop()
        shutil.rmtree(work)
    seconds = [one["seconds"] for one in tries]
    results = {
        "tries": len(tries),
        "median_seconds": round(statistics.median(seconds), 1),
        "p95_seconds": round(statistics.quantiles(seconds, n=20, method="inclusive")[-1], 1),
        "most_seconds": max(seconds),
        "seconds_allowed": 60,
        "median_seconds_by_stage": {
            stage: round(statistics.median(one[stage] for one in tries), 1) for stage in STAGES
        },
        "load_average": [round(load, 1) for load in (min(loads), statistics.median(loads), max(loads))],
        "all": tries,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    out.print(json.dumps({name: value for name, value in results.items() if name != "all"}, indent=1))


if __name__ == "__main__":
    main()
