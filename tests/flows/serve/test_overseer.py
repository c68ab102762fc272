"""What `vigie serve` sees of Prefect, and how `vigie status` tells it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from filelock import FileLock

from flows.command.console import out, show_serve
from flows.serve import overseer
from flows.serve.events import emit
from flows.serve.overseer import Overseer, Seen, Trouble
from warehouse.office.model import Office
from warehouse.storage.layout import Home

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SOUND = Seen(pid=7, started_at=AT - timedelta(hours=8), seen_at=AT, next_night=AT + timedelta(hours=16))


@contextmanager
def served(home: Home, seen: Seen, is_alive: bool = True) -> Iterator[None]:
    """The home as a `vigie serve` that saw this keeps it."""
    home.work.mkdir(parents=True)
    home.serve_file.write_text(seen.model_dump_json(), encoding="utf-8")
    lock = FileLock(home.serve_lock_file)
    if is_alive:
        lock.acquire()
    yield
    lock.release()


def told(home: Home, office: Office, seen: Seen, is_alive: bool = True) -> tuple[bool, str]:
    """Whether all is well, and what `vigie status` says of `vigie serve`."""
    with served(home, seen, is_alive), out.capture() as said:
        is_well = show_serve(home, office, AT)
    return is_well, " ".join(said.get().split())


def test_the_next_night_is_told_in_local_time(home: Home, office: Office) -> None:
    is_well, said = told(home, office, SOUND)
    assert is_well
    assert (
        "Prochaine nuit : 6 janvier 2026 à 02:00" in said or "Prochaine nuit : 6 janvier 2026 à 02:00" in said
    )


def test_without_a_serve_nothing_is_wrong(home: Home, office: Office) -> None:
    with out.capture() as said:
        assert show_serve(home, office, AT)
    assert "Aucun `vigie serve`" in said.get()


def test_a_serve_that_was_killed_asks_for_attention(home: Home, office: Office) -> None:
    is_well, said = told(home, office, SOUND, is_alive=False)
    assert not is_well
    assert "ne tourne plus" in said
    assert "processus 7" in said


CRASHED = Trouble(deployment="nightly", state="Crashed", scheduled_at=AT, message="No module named flows")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"next_night": None}, "Prefect ne prévoit aucune nuit"),
        ({"unreachable": "refused"}, "Le serveur Prefect ne répond pas (refused)"),
        ({"seen_at": AT - timedelta(hours=1)}, "ne dit plus rien"),
        ({"restarts": {"worker": 2}}, "Prefect (worker) est mort 2 fois"),
        ({"error_count": 60, "last_error": "no plan"}, "60 erreurs en une heure ; la dernière : no plan"),
        ({"troubles": [CRASHED]}, "s'est arrêté net dans Prefect : No module named flows"),
    ],
)
def test_what_is_wrong_with_prefect_is_told(
    home: Home, office: Office, change: dict[str, Any], words: str
) -> None:
    is_well, said = told(home, office, SOUND.model_copy(update=change))
    assert not is_well
    assert words in said


def test_errors_that_come_again_are_counted_and_older_ones_of_the_log_are_not(home: Home) -> None:
    home.prefect.mkdir(parents=True)
    log = home.prefect / "server.log"
    log.write_text("01:00:00.000 | ERROR   | prefect - of an earlier server\n", encoding="utf-8")
    watch = Overseer({"server": log})
    with log.open("a", encoding="utf-8") as more:
        more.write("02:00:00.000 | INFO    | prefect - fine\n02:00:01.000 | ERROR   | prefect - no plan\n")
    assert [line.partition(" - ")[2] for line in watch._new_errors()] == ["no plan"]
    assert list(watch._new_errors()) == []


def test_runs_that_crashed_before_they_began_and_late_ones_are_found_until_one_is_done(
    prefect_harness: None, home: Home
) -> None:
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL
    from prefect.states import Completed, Crashed, Late, Scheduled

    @flow
    def night() -> None:
        """Never run."""

    begin = datetime.now(UTC) - timedelta(hours=3)
    prefect = overseer.Prefect(str(PREFECT_API_URL.value()))
    with get_client(sync_client=True) as client:
        flow_id = client.create_flow(night)

        def deploy(name: str, root: str) -> Any:
            return client.create_deployment(
                flow_id, f"{name}-{os.getpid()}", job_variables={"env": {"VIGIE_HOME": root}}
            )

        def run(deployment: Any, state: Any) -> None:
            client.create_flow_run_from_deployment(deployment, state=state)

        crashed, late, mended = (deploy(name, str(home.root)) for name in ("crashed", "late", "mended"))
        other = deploy("other", "/elsewhere")
        for one in (crashed, mended, other):
            run(one, Crashed(message="No module named flows"))
        run(mended, Completed())
        run(late, Late(scheduled_time=begin))
        run(crashed, Scheduled(scheduled_time=begin + timedelta(days=1)))
    found = prefect.deployments(home)
    assert len(found) == 3
    seen = {one.deployment.partition("-")[0]: one for one in prefect.troubles(found, datetime.now(UTC))}
    assert set(seen) == {"crashed", "late"}
    assert (seen["crashed"].state, seen["crashed"].message) == ("Crashed", "No module named flows")
    assert prefect.next_run(found, f"crashed-{os.getpid()}") == begin + timedelta(days=1)


def test_the_file_goes_when_serve_is_stopped_in_order(
    home: Home, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    home.work.mkdir(parents=True)
    stop = threading.Event()
    watch = Overseer({})
    watch.look(home)
    seen = overseer.read(home)
    assert seen is not None
    assert "127.0.0.1" in seen.unreachable
    stop.set()
    watch.run(home, office, stop, emit)
    assert overseer.read(home) is None
