"""What goes on around the runs: `vigie serve` looks at Prefect and leaves what it saw in a file of the home.

`vigie status` reads that file: it needs neither Prefect's library nor its server, and it tells what the home
alone does not know, such as a run that crashed before it began.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from flows.serve.events import Emit
from flows.serve.prefect_access import credential
from warehouse.clock import now
from warehouse.deadline import within
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.lock import is_held

LOOK_SECONDS = 10.0
ANSWER_SECONDS, WHOLE_SECONDS = 10.0, 30.0
LATE = timedelta(minutes=15)  # a worker takes a run within seconds, or after the run before it
SILENT = timedelta(minutes=2)
NIGHTLY = "nightly"  # the deployment of prefect.yaml that is the whole night
SHOWN = 200  # characters of a message
# Prefect's server logs an error now and then when its database was busy for a moment: a fault comes again.
ERRORS_WITHIN = timedelta(hours=1)
ERRORS_TOLERATED = 5


class Trouble(BaseModel):
    """A run that Prefect could not bring to its end, or has not begun though its time is long past."""

    deployment: str
    state: str  # Crashed, Failed or Late
    scheduled_at: datetime
    message: str


class Seen(BaseModel):
    """What `vigie serve` last saw, with aware instants."""

    pid: int
    started_at: datetime
    seen_at: datetime
    next_night: datetime | None = None
    troubles: list[Trouble] = []
    restarts: dict[str, int] = {}
    error_count: int = 0
    last_error: str = ""
    unreachable: str = ""


def read(home: Home) -> Seen | None:
    """What was last seen; None when no `vigie serve` runs here, or the last one was stopped in order."""
    try:
        return Seen.model_validate_json(home.serve_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def is_serving(home: Home) -> bool:
    """True when a `vigie serve` runs on the home at this moment."""
    return is_held(home.serve_lock_file)


@dataclass
class Overseer:
    """Looks at Prefect every ten seconds: one of the parts of `vigie serve`.

    `logs` are the files into which its children write; only what they write from now on counts.
    """

    logs: dict[str, Path]
    restarts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._started_at = now()
        self._read_to = {
            name: path.stat().st_size if path.exists() else 0 for name, path in self.logs.items()
        }
        self._errors: list[tuple[datetime, str]] = []

    def run(self, home: Home, _office: Office, stop: threading.Event, _emit: Emit) -> None:
        """Look until `stop`, then take the file away: what is left of it tells of a serve that was killed."""
        while True:
            self.look(home)
            if stop.wait(LOOK_SECONDS):
                break
        home.serve_file.unlink(missing_ok=True)

    def look(self, home: Home) -> None:
        """Look once, and leave what was seen in the home, in one step."""
        at = now()
        self._errors = [one for one in self._errors if at - one[0] < ERRORS_WITHIN]
        self._errors += [(at, line) for line in self._new_errors()]
        seen = Seen(
            pid=os.getpid(),
            started_at=self._started_at,
            seen_at=at,
            restarts=dict(self.restarts),
            error_count=len(self._errors),
            last_error=self._errors[-1][1] if self._errors else "",
        )
        import requests  # `vigie status` reads this module, and asks nobody

        try:
            asked = Prefect(os.environ["PREFECT_API_URL"])
            deployments = asked.deployments(home)
            seen.next_night = asked.next_run(deployments, NIGHTLY)
            seen.troubles = asked.troubles(deployments, seen.seen_at)
        except requests.RequestException as error:
            seen.unreachable = shortened(str(error))
        draft = home.serve_file.with_suffix(".draft")
        draft.write_text(seen.model_dump_json(), encoding="utf-8")
        draft.replace(home.serve_file)

    def _new_errors(self) -> Iterator[str]:
        """The errors that the children wrote since the last look."""
        for name, path in self.logs.items():
            if not path.exists():
                continue
            with path.open("rb") as log:
                log.seek(min(self._read_to[name], path.stat().st_size))  # its beginning may be gone
                written = log.read().decode("utf-8", "replace")
                self._read_to[name] = log.tell()
            for line in written.splitlines():
                if "| ERROR " in line or "| CRITICAL " in line:
                    yield shortened(line)


@dataclass(frozen=True)
class Prefect:
    """The Prefect server's API, asked by HTTP. Raises requests.RequestException."""

    url: str

    def deployments(self, home: Home) -> dict[str, str]:
        """Names of the home's deployments by their id; a server may have those of other homes too."""
        found = self._ask("deployments/filter", {})
        return {
            one["id"]: one["name"]
            for one in found
            if ((one.get("job_variables") or {}).get("env") or {}).get("VIGIE_HOME") == str(home.root)
        }

    def next_run(self, deployments: dict[str, str], name: str) -> datetime | None:
        """When the deployment of that name runs next."""
        ids = [one for one, its in deployments.items() if its == name]
        found = self._runs(ids, {"type": {"any_": ["SCHEDULED"]}}, "EXPECTED_START_TIME_ASC", 1)
        return datetime.fromisoformat(found[0]["expected_start_time"]) if found else None

    def troubles(self, deployments: dict[str, str], at: datetime) -> list[Trouble]:
        """By deployment, the latest run that failed or crashed since one was done, and one that is late."""
        found = []
        for one, name in deployments.items():
            ended = {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}
            due = {"name": {"any_": ["Late"]}}
            runs = self._runs([one], ended, "EXPECTED_START_TIME_DESC", 1)
            runs += self._runs([one], due, "EXPECTED_START_TIME_ASC", 1)
            for run in runs:
                scheduled_at = datetime.fromisoformat(run["expected_start_time"])
                state = run["state"]
                if state["type"] == "COMPLETED" or (state["name"] == "Late" and at - scheduled_at < LATE):
                    continue
                found.append(
                    Trouble(
                        deployment=name,
                        state=state["name"],
                        scheduled_at=scheduled_at,
                        message=shortened(state["message"] or ""),
                    )
                )
        return found

    def _runs(self, ids: list[str], state: dict[str, Any], order: str, most: int) -> list[dict[str, Any]]:
        if not ids:
            return []
        asked = {
            "deployments": {"id": {"any_": ids}}, "flow_runs": {"state": state}, "sort": order, "limit": most,
        }  # fmt: skip
        return self._ask("flow_runs/filter", asked)

    def _ask(self, path: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
        import requests

        def ask() -> requests.Response:
            return requests.post(f"{self.url}/{path}", json=asked, auth=credential(), timeout=ANSWER_SECONDS)

        try:
            answer = within(WHOLE_SECONDS, ask)
        except TimeoutError:
            raise requests.ReadTimeout(f"> {WHOLE_SECONDS:g} s") from None
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def shortened(text: str) -> str:
    """A message on one line, its end left out where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"
