"""`vigie serve`: all that one machine needs by day, started, watched over, and stopped together."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path

import requests
from filelock import FileLock, Timeout

from flows.night.failing import tell_failure
from flows.serve import answered, browsed, guarding, notified, subscribed, watching
from flows.serve.events import Emit, emit
from flows.serve.overseer import Overseer
from flows.serve.prefect_access import HOST, closed
from warehouse.errors import UsageError, VigieError
from warehouse.office.model import Office
from warehouse.office.office_file import language_of
from warehouse.storage.holdings import holdings
from warehouse.storage.layout import Home
from warehouse.words.faults import SIGNS, fault
from warehouse.words.messages import say

log = logging.getLogger("vigie")
Service = Callable[[Home, Office, threading.Event, Emit], None]
# What runs by day beside Prefect, each in a thread of its own until its event is set; one line each.
SERVICES: tuple[Service, ...] = (
    watching.run, notified.run, answered.run, browsed.run, subscribed.run, guarding.run,
)  # fmt: skip

POOL = "office"
PORT = 4200
START_SECONDS = 180.0
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.5
RESTARTS, RESTARTS_SECONDS = 5, 600.0  # more in that time: something is wrong that a restart does not mend
PAUSE_SECONDS = 5.0


def serve(home: Home, office: Office, port: int | None, say_line: Callable[[str], None]) -> None:
    """Serve the home until SIGINT or SIGTERM, saying each step with `say_line`.

    Starts a Prefect server on loopback (on `port`, else on PORT or, where that is taken, on any free one),
    the deployments of prefect.yaml, a worker and the SERVICES. With PREFECT_API_URL set there is a server
    already, which has deployments and workers of its own: only the SERVICES run then. Raises UsageError when
    another serve runs on the home or the port is taken, VigieError when something does not start or keeps
    dying.
    """
    stop = threading.Event()
    with only_one(home), on_signals(stop), ExitStack() as started:
        language = office.language
        if "PREFECT_API_URL" not in os.environ:
            listening = started.enter_context(listen(port, office.language))
            chosen = listening.getsockname()[1]
            os.environ.update(prefect_environment(home, chosen))
            server = Child(home, "server", (), listening)
            started.callback(server.stop)
            server.start()
            wait_for_server(server, stop)
            if not stop.is_set():
                say_line(say("serve.server", language, url=f"http://{HOST}:{chosen}"))
                make_pool()
            worker = Child(home, "worker", ("worker", "start", "--pool", POOL))
            if not stop.is_set():
                started.callback(worker.stop)
                worker.start()
                deployments = str(deployments_file())
                prefect(home, stop, "--no-prompt", "deploy", "--all", "--prefect-file", deployments)
            children = [server, worker]
        else:
            children = []
        overseer = Overseer({child.name: child.log for child in children})
        threads = [
            threading.Thread(target=keep, args=(service, home, office, stop), name=service.__module__)
            for service in (*SERVICES, overseer.run)
        ]
        if not stop.is_set():
            for thread in threads:
                thread.start()
                started.callback(thread.join)
            started.callback(stop.set)  # also when a child that keeps dying ends us
            say_line(say("serve.ready", language, inbox=home.inbox))
        while not stop.wait(LOOK_SECONDS):
            for child in children:
                if (ended := child.ended()) is not None:
                    say_line(say("serve.restart", language, name=child.name, status=ended, log=child.log))
                    child.restart()
                    overseer.restarts[child.name] += 1
        say_line(say("serve.stopping", language))
    say_line(say("serve.stopped", language))


@dataclass
class Child:
    """One of Prefect's long-running commands, in a process of its own that ends with ours.

    The server is the one that is given a socket to listen on: it stays ours while the server starts again, so
    that nobody else can answer in its place.
    """

    home: Home
    name: str
    arguments: tuple[str, ...]
    listening: socket.socket | None = None
    _process: subprocess.Popen[bytes] | None = None
    _restarts: list[float] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """What it says."""
        return self.home.prefect / f"{self.name}.log"

    def start(self) -> None:
        """Start it."""
        inherited = () if self.listening is None else (self.listening.fileno(),)
        module = "flows.serve.prefect_command" if self.listening is None else "flows.serve.prefect_server"
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(
                command(*map(str, inherited), *self.arguments, module=module), cwd=self.home.root,
                stdout=said, stderr=said, stdin=subprocess.DEVNULL, pass_fds=inherited,
                start_new_session=True,  # Ctrl-C is ours: we stop it in order
            )  # fmt: skip

    def ended(self) -> int | None:
        """Its exit status when it has ended by itself; None while it runs."""
        return self._process.poll() if self._process else None

    def restart(self) -> None:
        """Start it again; raises VigieError when it has died too often."""
        at = time.monotonic()
        self._restarts = [then for then in self._restarts if at - then < RESTARTS_SECONDS] + [at]
        if len(self._restarts) > RESTARTS:
            raise VigieError(
                say(
                    "serve.died", language_of(self.home.office_file), name=self.name,
                    count=len(self._restarts), minutes=f"{RESTARTS_SECONDS / 60:.0f}", path=self.log,
                )
            )  # fmt: skip
        self.start()

    def stop(self) -> None:
        """End it, and all that it started."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def keep(service: Service, home: Home, office: Office, stop: threading.Event) -> None:
    """Run a part until `stop`; whatever breaks in it, it is logged with its trace and started again."""
    while not stop.is_set():
        try:
            service(home, office, stop, emit)
        except Exception as error:
            log.exception("%s failed, started again in %.0f s", service.__module__, PAUSE_SECONDS)
            if fault(error, home, office.language).kind in SIGNS:
                # What no restart mends; nights may fail of it before they begin.
                tell_failure(home, error)
            stop.wait(PAUSE_SECONDS)


def command(*arguments: str, module: str = "flows.serve.prefect_command") -> list[str]:
    """Prefect's command line, or its server, as a child of this process."""
    return [sys.executable, "-m", module, str(os.getpid()), *arguments]


def make_pool() -> None:
    """Make the work pool of the deployments, or bring it up to date.

    Prefect's own `work-pool create` asks the Internet which kinds of pools there are.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.workers.process import ProcessWorker

    pool = WorkPoolCreate(
        name=POOL, type=ProcessWorker.type, base_job_template=ProcessWorker.get_default_base_job_template()
    )
    with get_client(sync_client=True) as client:
        client.create_work_pool(pool, overwrite=True)


def prefect(home: Home, stop: threading.Event, *arguments: str) -> None:
    """Run one of Prefect's short commands; raises VigieError with what it said when it fails."""
    if stop.is_set():
        return
    done = subprocess.run(
        command(*arguments), cwd=home.root, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    if done.returncode:
        raise VigieError(
            say(
                "serve.prefect_failed", language_of(home.office_file), command=" ".join(arguments),
                status=done.returncode, detail=" ".join((done.stderr or done.stdout).split())[-500:],
            )
        )  # fmt: skip


def deployments_file() -> Path:
    """prefect.yaml: of the checkout that runs, else what was installed with the package."""
    checkout = Path(__file__).parents[2] / "prefect.yaml"
    if checkout.exists():
        return checkout
    installed = distribution("vigie").files or ()
    return Path(str(next(file for file in installed if file.name == checkout.name).locate()))


def prefect_environment(home: Home, port: int) -> dict[str, str]:
    """What Prefect's server, its worker, the runs and our events share."""
    home.prefect.mkdir(parents=True, exist_ok=True)
    return {
        "VIGIE_HOME": str(home.root),
        "VIGIE_SERVE": str(os.getpid()),
        "PREFECT_HOME": str(home.prefect),
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        **closed(),
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(holdings()["prefect"].days * 86400),
        # Waits between a file and its alert: Prefect's own are 10 s and 30 s.
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "5",
    }


def wait_for_server(server: Child, stop: threading.Event) -> None:
    """Wait until the server answers, or `stop`; raises VigieError when it ends or takes too long."""
    url = os.environ["PREFECT_API_URL"] + "/health"
    until = time.monotonic() + START_SECONDS
    while not stop.wait(LOOK_SECONDS):
        if server.ended() is not None or time.monotonic() > until:
            raise VigieError(
                say(
                    "serve.not_started", language_of(server.home.office_file),
                    seconds=f"{START_SECONDS:.0f}", path=server.log, folder=server.home.prefect,
                )
            )  # fmt: skip
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            continue


def listen(wanted: int | None, language: str = "fr") -> socket.socket:
    """A socket that listens on the port wanted, else on PORT or, where that is taken, on any free one.

    Raises UsageError.
    """
    for port in (PORT, 0) if wanted is None else (wanted,):
        try:
            return socket.create_server((HOST, port))
        except OSError:
            continue
    raise UsageError(say("serve.port_taken", language, port=wanted, host=HOST))


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    """Be the one serve of the home; raises UsageError when there is another."""
    home.work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.serve_lock_file)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        language = language_of(home.office_file)
        raise UsageError(say("serve.another", language, home=home.root, path=home.serve_lock_file)) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on SIGINT and SIGTERM."""
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
