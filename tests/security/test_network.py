"""A day of `vigie serve` and a night of `vigie refresh`: who may speak to Prefect, and whom they ask."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.flows.conftest import drop_days, mail_server, make_home
from tests.flows.prefect_api import asked_of
from warehouse.storage.layout import Home

REPOSITORY = Path(__file__).parents[2]
LIMIT_SECONDS = 240.0
NOBODY = 65534
NETWORK = "trace=connect,sendto,sendmsg,sendmmsg"
ADDRESS = re.compile(r'(?:inet_addr\("|inet_pton\(AF_INET6, "|sin6_addr=")([^"]+)"')
STRACE = shutil.which("strace")
MASTER = "PREFECT_API_AUTH_STRING"

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks into /proc")


@dataclass
class Served:
    """A `vigie serve` that has taken a file, by an event, and told of it."""

    home: Home
    process: subprocess.Popen[bytes]
    url: str
    asked: Path  # strace's file

    @property
    def pid(self) -> int:
        """The process of serve itself, below strace."""
        return next(
            pid for pid in processes() if "flows.command.cli\0serve" in cmdline(pid) and has(pid, self.home)
        )

    @property
    def credential(self) -> str:
        """What its worker was given in its environment; only our own account can read that."""
        worker = next(pid for pid in processes() if "worker\0start" in cmdline(pid) and has(pid, self.home))
        return environment(worker)[MASTER]

    def ask(self, path: str, question: object, **more: Any) -> requests.Response:
        """What Prefect's API answers."""
        return requests.post(f"{self.url}/api/{path}", json=question, timeout=30, **more)

    def trusted(self, path: str, question: object) -> Any:
        """What Prefect's API answers to those who know the credential."""
        user, _, password = self.credential.partition(":")
        return asked_of(self.url, path, question, (user, password))


def processes() -> list[int]:
    """Processes whose environment we may read."""
    return [
        int(folder.name) for folder in Path("/proc").glob("[0-9]*") if os.access(folder / "environ", os.R_OK)
    ]


def cmdline(pid: int) -> str:
    """The arguments of a process, as any account can read them."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it ended while we looked
        return ""


def environment(pid: int) -> dict[str, str]:
    """The environment that a process was started with."""
    try:
        told = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(one.split("=", 1) for one in told.split("\0") if "=" in one)


def has(pid: int, home: Home) -> bool:
    """Whether a process belongs to the home."""
    return str(home.root) in cmdline(pid) or any(str(home.root) in one for one in environment(pid).values())


def vigie(home: Home, command: str, asked: Path, said: Path) -> subprocess.Popen[bytes]:
    """The command as a process, below strace where there is one."""
    traced = [
        STRACE or "",
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        NETWORK,
        "-e",
        "signal=none",
        "-o",
        str(asked),
    ]
    arguments = [sys.executable, "-m", "flows.command.cli", command, "--home", str(home.root)]
    # Tests and commands that ran in this process may have left a server or a home of Prefect.
    ours = ("PREFECT_API_URL", "PREFECT_HOME")
    given = {name: value for name, value in os.environ.items() if name not in ours}
    with said.open("wb") as stderr:
        return subprocess.Popen(
            [*(traced if STRACE else ()), *arguments],
            cwd=REPOSITORY, stderr=stderr, stdout=stderr, env={**given, "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    """Wait until the condition is true, while the process runs."""
    until = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert process.poll() is None, f"it ended with {process.returncode}"
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.2)


def drop_dead_door(home: Home) -> None:
    """Drop files of a door that stopped counting four days ago, of which people are told."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    drop_days(home, yesterday - timedelta(days=90), yesterday - timedelta(days=4))
    drop_days(home, yesterday - timedelta(days=3), yesterday, count=0)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real serve, from its start to the mail that a file made it send."""
    folder = tmp_path_factory.mktemp("served")
    home = make_home(Home(folder / "home"))
    said = folder / "said"
    with mail_server() as mailbox:
        process = vigie(home, "serve", folder / "asked", said)
        try:
            wait_for(
                lambda: str(home.inbox) in said.read_text(encoding="utf-8").partition("http://")[2], process
            )
            (url,) = re.findall(r"http://[0-9.:]+", said.read_text(encoding="utf-8"))
            drop_dead_door(home)
            wait_for(lambda: mailbox.messages, process)
            wait_for(home.published_database.exists, process)
            yield Served(home, process, url, folder / "asked")
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a command that may run below strace, which hands no signal on."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if process.poll() is None:
        below = [int(pid) for pid in children.read_text().split()] if STRACE else []
        for pid in below or [process.pid]:
            os.kill(pid, signal.SIGTERM)
    process.wait(90)


def as_nobody(ask: Callable[[], object]) -> str:
    """What a call returns, as text, in a process of another account; skips where we cannot become one."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another account of the machine")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            told = str(ask())
        except BaseException as error:  # noqa: BLE001
            told = type(error).__name__
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read().decode()
    os.waitpid(child, 0)
    return told


def deployment(served: Served, name: str) -> str:
    """The id of a deployment."""
    (found,) = served.trusted("deployments/filter", {"deployments": {"name": {"any_": [name]}}})
    return str(found["id"])


def handshake(url: str, path: str, token: str | None) -> str:
    """How a websocket of the server answers to somebody who gives this token."""
    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    address = f"{url.replace('http', 'ws')}/api/{path}"
    try:
        with connect(address, subprotocols=[Subprotocol("prefect")], proxy=None) as channel:
            channel.send('{"type": "auth", "token": %s}' % (f'"{token}"' if token else "null"))
            return str(channel.recv(10))
    except (ConnectionClosed, InvalidStatus) as error:
        return type(error).__name__


def test_a_file_was_taken_by_a_run_that_an_event_triggered(served: Served) -> None:
    by_day = {"deployments": {"name": {"any_": ["by-day"]}}}

    def states() -> list[str]:
        return [one["state"]["name"] for one in served.trusted("flow_runs/filter", by_day)]

    wait_for(lambda: "Completed" in states(), served.process)


def test_another_account_of_the_machine_starts_no_run(served: Served) -> None:
    path = f"deployments/{deployment(served, 'nightly')}/create_flow_run"
    command = {"job_variables": {"command": "touch /tmp/taken"}}
    assert as_nobody(lambda: served.ask(path, command).status_code) == "401"


def test_another_account_cannot_read_the_credential(served: Served) -> None:
    pid = served.pid
    assert as_nobody(lambda: Path(f"/proc/{pid}/environ").read_bytes()) == "PermissionError"
    assert [pid for pid in processes() if served.credential.partition(":")[2] in cmdline(pid)] == []


@pytest.mark.parametrize("given", [None, ("vigie", "guessed"), ("vigie", "")])
def test_without_the_credential_nothing_is_answered(served: Served, given: tuple[str, str] | None) -> None:
    for path in ("deployments/filter", "flow_runs/filter", "flow_runs/", "work_pools/filter", "events"):
        assert served.ask(path, {}, auth=given).status_code == 401, path


@pytest.mark.parametrize(
    "path",
    ["events/in", "events/out", "logs/out", "task_runs/subscriptions/scheduled",
     "work_pools/office/workers/connect"],
)  # fmt: skip
def test_without_the_credential_no_websocket_opens(served: Served, path: str) -> None:
    for token in (None, "vigie:guessed"):
        assert handshake(served.url, path, token) == "ConnectionClosedError", token
    assert "auth_success" in handshake(served.url, path, served.credential)


def test_a_page_of_another_origin_is_refused_its_preflight_and_given_no_answer(served: Served) -> None:
    foreign = {"Origin": "https://elsewhere.example"}
    asking = foreign | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = requests.options(f"{served.url}/api/flow_runs/", headers=asking, timeout=30)
    user, _, password = served.credential.partition(":")
    answer = served.ask("flow_runs/filter", {}, headers=foreign, auth=(user, password))
    assert (preflight.status_code, answer.status_code) == (400, 200)
    for one in (preflight, answer):
        assert "access-control-allow-origin" not in one.headers


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost.elsewhere.example:4200", ""])
def test_a_name_that_was_made_to_lead_to_this_machine_is_refused(served: Served, host: str) -> None:
    user, _, password = served.credential.partition(":")
    answer = served.ask("flow_runs/filter", {}, headers={"Host": host}, auth=(user, password))
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["", "docs", "openapi.json", "redoc", "ui-settings", "dashboard"])
def test_the_server_has_no_pages(served: Served, path: str) -> None:
    assert requests.get(f"{served.url}/{path}", timeout=30).status_code == 404


@pytest.fixture(scope="module")
def credential(served: Served) -> str:
    """The credential of the serve, and the serve stopped."""
    known = served.credential
    stop(served.process)
    return known


def test_the_credential_stands_in_no_file_of_the_home(served: Served, credential: str) -> None:
    words = [credential.encode(), credential.partition(":")[2].encode()]
    files = [path for path in served.home.root.rglob("*") if path.is_file()]
    assert any(path.name.startswith("prefect.db") for path in files)
    assert [path for path in files if any(word in path.read_bytes() for word in words)] == []


def outside(asked: Path) -> list[str]:
    """What was asked of any machine but this one; every question for a name, whoever is asked."""
    found = []
    for line in asked.read_text(encoding="utf-8", errors="replace").splitlines():
        for address in ADDRESS.findall(line):
            is_loopback = address.startswith("127.") or address in ("::1", "::ffff:127.0.0.1")
            if not is_loopback or "htons(53)" in line:
                found.append(line)
    return found


@pytest.mark.skipif(STRACE is None, reason="strace is not installed: it shows what a process asks for")
def test_serve_asks_nobody_but_this_machine(served: Served, credential: str) -> None:
    assert "127.0.0.1" in served.asked.read_text(encoding="utf-8", errors="replace")
    assert outside(served.asked) == []


def test_the_server_of_a_refresh_answers_nobody_else_and_the_night_asks_nobody(
    tmp_path: Path,
) -> None:
    home = make_home(Home(tmp_path / "home"))
    drop_dead_door(home)
    said = tmp_path / "said"
    port = re.compile("create_app.*--port\0([0-9]+)", re.DOTALL)

    def url() -> str | None:
        ports = [port.search(cmdline(pid)) for pid in processes() if has(pid, home)]
        found = next((f"http://127.0.0.1:{one[1]}/api" for one in ports if one), None)
        try:
            return found if found and requests.get(f"{found}/health", timeout=5).ok else None
        except requests.RequestException:
            return None

    with mail_server() as mailbox:
        process = vigie(home, "refresh", tmp_path / "asked", said)
        try:
            wait_for(url, process)
            foreign = {"Origin": "https://elsewhere.example"}
            answer = requests.post(f"{url()}/flow_runs/filter", json={}, headers=foreign, timeout=30)
            assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (401, False)
            assert process.wait(LIMIT_SECONDS) == 0, said.read_text(encoding="utf-8")
        finally:
            stop(process)
        assert mailbox.messages
    if STRACE is None:
        pytest.skip("strace is not installed: whom the night asked was not looked at")
    assert outside(tmp_path / "asked") == []
