"""`vigie serve`, for real: a file that is written slowly becomes figures and an e-mail; then all ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
import yaml

from flows.events import Emit
from flows.serving import POOL, Child, free_port, keep, serve
from tests.flows.conftest import Mailbox, drop_days
from warehouse.errors import UsageError, VigieError
from warehouse.layout import Home
from warehouse.office import Office

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


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_a_file_dropped_slowly_is_published_and_told_and_the_end_leaves_nothing(
    door_home: Home, mailbox: Mailbox, tmp_path: Path
) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    path = drop_days(door_home, yesterday - timedelta(days=90), yesterday - timedelta(days=4))
    text = path.read_text(encoding="utf-8")
    dead = drop_days(door_home, yesterday - timedelta(days=3), yesterday, count=0)
    text += dead.read_text(encoding="utf-8").partition("\n")[2]
    path.unlink()
    dead.unlink()

    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--home", door_home.root],
            cwd=REPOSITORY, stderr=said,
        )  # fmt: skip
    try:
        wait_for(lambda: b"inbox" in (tmp_path / "said").read_bytes(), process)
        with path.open("w", encoding="utf-8") as slow:
            for piece in range(4):
                slow.write(text[piece * len(text) // 4 : (piece + 1) * len(text) // 4])
                slow.flush()
                time.sleep(1)  # a slow copy, not a wait for something
        wait_for(lambda: mailbox.messages, process)
        wait_for(door_home.published_database.exists, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0
    finally:
        process.kill()
        process.wait()
    assert "Porte de l'accueil" in str(mailbox.messages[0]["subject"])
    with duckdb.connect(str(door_home.published_database), read_only=True) as connection:
        loaded = connection.execute("SELECT rows_loaded FROM quality.load").fetchall()
    assert loaded == [(text.count("\n") - 1,)]
    assert of_the_home(door_home) == []


def test_a_port_that_is_taken_is_wrong_use_and_none_finds_a_free_one() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="--port"):
            free_port(taken.getsockname()[1])
    assert free_port(None) > 0


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
    monkeypatch.setattr("flows.serving.PAUSE_SECONDS", 0)
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
    monkeypatch.setattr("flows.serving.PARTS", (part,))
    said: list[str] = []
    serve(home, office, None, said.append)
    assert not home.prefect.exists()
    assert str(home.inbox) in said[0]


def test_the_work_pool_of_serve_is_that_of_the_deployments() -> None:
    deployments = yaml.safe_load((REPOSITORY / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {one["work_pool"]["name"] for one in deployments} == {POOL}
