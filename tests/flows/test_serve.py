"""`vigie serve`, for real, from a wheel: nights begin by themselves, a file becomes an e-mail, all ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
import venv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from flows.serve.events import Emit
from flows.serve.overseer import read
from flows.serve.serving import POOL, Child, keep, listen, serve
from tests.flows.conftest import Mailbox, drop_days
from tests.flows.prefect_api import asked_of
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office
from warehouse.storage.layout import Home

REPOSITORY = Path(__file__).parents[2]
LIMIT_SECONDS = 240.0


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Wait until the condition is true, while the process runs."""
    until = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert process.poll() is None, f"vigie serve ended with {process.returncode}"
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.2)


def of_the_home(home: Home) -> list[str]:
    """Command lines of the processes whose environment or arguments name the home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:  # it ended while we looked, or is not ours
            continue
        if str(home.root).encode() in told:
            found.append((folder / "cmdline").read_bytes().decode())
    return found


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `vigie` of a wheel, in an environment without a checkout; libraries are those of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        # The tree as it is now, deleted files left out; building in it would leave files behind.
        if (REPOSITORY / name).is_file():
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, folder / "source" / name)
    environment = folder / "environment"
    venv.create(environment)
    (libraries,) = environment.glob("lib/python*/site-packages")
    (libraries / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    commands: list[list[str | Path]] = [
        [*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, folder / "source"],
        [*pip, "--python", environment / "bin" / "python", "install", "--no-deps", "--no-index",
         folder / "vigie-0.1.0-py3-none-any.whl"],
    ]  # fmt: skip
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    shutil.rmtree(folder / "source")
    return environment / "bin" / "vigie"


def credential(home: Home) -> tuple[str, str]:
    """What `vigie serve` gave to its worker in the environment, to speak to its server."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "environ").read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:
            continue
        given = dict(one.split("=", 1) for one in told if "=" in one)
        if given.get("VIGIE_HOME") == str(home.root) and "PREFECT_API_AUTH_STRING" in given:
            user, _, password = given["PREFECT_API_AUTH_STRING"].partition(":")
            return user, password
    raise AssertionError(f"no process of {home.root} runs")


def asked(home: Home, url: str, path: str, question: object) -> Any:
    """What the Prefect server of the home answers."""
    return asked_of(url, path, question, credential(home))


def planned(home: Home, url: str) -> dict[str, datetime]:
    """When each deployment runs next, by name, where the scheduler has planned it."""
    names = {one["id"]: one["name"] for one in asked(home, url, "deployments/filter", {})}
    scheduled = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    runs = asked(home, url, "flow_runs/filter", scheduled)
    found: dict[str, datetime] = {}
    for run in runs:
        name, at = names[run["deployment_id"]], datetime.fromisoformat(run["expected_start_time"])
        found[name] = min(at, found.get(name, at))
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_nights_begin_by_themselves_and_a_file_dropped_slowly_is_told_and_the_end_leaves_nothing(
    door_home: Home, mailbox: Mailbox, tmp_path: Path, installed: Path
) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    path = drop_days(door_home, yesterday - timedelta(days=90), yesterday - timedelta(days=4))
    text = path.read_text(encoding="utf-8")
    dead = drop_days(door_home, yesterday - timedelta(days=3), yesterday, count=0)
    text += dead.read_text(encoding="utf-8").partition("\n")[2]
    path.unlink()
    dead.unlink()

    said = tmp_path / "said"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with said.open("wb") as stderr:
        process = subprocess.Popen(
            [installed, "serve", "--home", door_home.root], cwd=elsewhere, env=environment, stderr=stderr
        )
    try:
        wait_for(
            lambda: str(door_home.inbox) in said.read_text(encoding="utf-8").partition("http://")[2], process
        )
        (url,) = re.findall(r"http://[0-9.:]+", said.read_text(encoding="utf-8"))
        ready = time.monotonic()
        wait_for(lambda: {"nightly", "watch-counters"} <= set(planned(door_home, url)), process)
        assert time.monotonic() - ready < 60
        named = {"deployments": {"name": {"any_": ["nightly"]}}}
        (nightly,) = asked(door_home, url, "deployments/filter", named)
        soon = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=2)
        cron = {"cron": f"{soon.minute} {soon.hour} * * *", "timezone": "UTC"}
        schedules = f"deployments/{nightly['id']}/schedules"
        asked(door_home, url, schedules, [{"schedule": cron, "active": True}])
        with path.open("w", encoding="utf-8") as slow:
            for piece in range(4):
                slow.write(text[piece * len(text) // 4 : (piece + 1) * len(text) // 4])
                slow.flush()
                time.sleep(1)  # a slow copy, not a wait for something
        wait_for(lambda: mailbox.messages, process)
        wait_for(door_home.published_database.exists, process)

        of_nights = {"deployments": {"id": {"any_": [nightly["id"]]}}}
        done = {"flow_runs": {"state": {"name": {"any_": ["Completed", "Failed", "Crashed"]}}}}
        wait_for(lambda: asked(door_home, url, "flow_runs/filter", {**of_nights, **done}), process)
        (night,) = asked(door_home, url, "flow_runs/filter", {**of_nights, **done})
        assert (night["state"]["name"], night["auto_scheduled"]) == ("Completed", True), night["state"]

        wait_for(lambda: (seen := read(door_home)) and seen.next_night, process)
        status = subprocess.run(
            [installed, "status", "--home", door_home.root], cwd=elsewhere, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Prochaine nuit : " in status.stdout, status.stdout + status.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    finally:
        process.kill()
        process.wait()
    assert "Porte de l'accueil" in str(mailbox.messages[0]["subject"])
    with duckdb.connect(str(door_home.published_database), read_only=True) as connection:
        loaded = connection.execute("SELECT rows_loaded FROM quality.load").fetchall()
        runs = connection.execute("SELECT sources, status FROM quality.run ORDER BY started_at").fetchall()
    assert loaded == [(text.count("\n") - 1,)]
    assert runs[-1] == ("all", "done")
    assert read(door_home) is None
    assert of_the_home(door_home) == []


def test_a_port_that_is_taken_is_wrong_use_and_none_finds_a_free_one() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="--port"):
            listen(taken.getsockname()[1])
    with listen(None) as free:
        assert free.getsockname()[1] > 0


def test_a_child_that_keeps_dying_ends_serve_with_where_to_look(home: Home) -> None:
    home.prefect.mkdir(parents=True)
    child = Child(home, "worker", ("--version",))
    child.start = lambda: None  # type: ignore[method-assign]
    with pytest.raises(VigieError, match=r"worker\.log"):
        for _ in range(10):
            child.restart()


def test_a_part_that_breaks_is_started_again(
    home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.serve.serving.PAUSE_SECONDS", 0)
    begun: list[int] = []

    def part(_home: Home, _office: Office, stop: threading.Event, _emit: Emit) -> None:
        begun.append(1)
        if len(begun) == 1:
            raise RuntimeError("a bug in this part")
        stop.set()

    keep(part, home, office, threading.Event())
    assert len(begun) == 2


def test_with_a_prefect_server_of_the_machine_only_the_parts_run(
    home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def part(_home: Home, _office: Office, _stop: threading.Event, _emit: Emit) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setattr("flows.serve.serving.SERVICES", (part,))
    said: list[str] = []
    serve(home, office, None, said.append)
    assert not home.prefect.exists()
    assert str(home.inbox) in said[0]


def test_the_work_pool_of_serve_is_that_of_the_deployments() -> None:
    deployments = yaml.safe_load((REPOSITORY / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {one["work_pool"]["name"] for one in deployments} == {POOL}
