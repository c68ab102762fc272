"""The Prefect flow and its deployments, on a real Prefect server on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.night.ingesting import fetch, read_and_load, receive
from flows.night.refresh import (
    RunAsTasks,
    ShownByShapesError,
    as_task,
    called,
    is_worth_another_try,
    shown_by_shapes,
)
from tests.flows.command.test_cli import vigie
from tests.flows.conftest import Life, Mailbox
from warehouse.errors import UpstreamError, UsageError
from warehouse.storage.layout import Home

REPOSITORY = Path(__file__).parents[3]


def test_the_command_runs_the_night_as_a_flow_of_tasks(life: Life) -> None:
    from prefect.client.orchestration import get_client

    assert life.by_hand.status == 0
    with get_client(sync_client=True) as client:
        completed = [run for run in client.read_flow_runs() if run.state_name == "Completed"]
        tasks = {run.name.rpartition("-")[0] for run in client.read_task_runs()}
    assert [run.parameters["home"] for run in completed if "home" in run.parameters].count(
        str(life.home.root)
    ) == 1
    steps = {
        "fetch",
        "receive",
        "read_and_load",
        "prepare",
        "seed",
        "run",
        "judge",
        "check_and_draft",
        "publish",
        "tell",
    }
    assert tasks >= steps


def test_a_step_that_asks_a_system_is_tried_again() -> None:
    assert as_task(fetch, True).retries > 0


@pytest.mark.parametrize("step", [receive, read_and_load])
def test_steps_on_local_files_are_not_tried_again(step: Callable[..., object]) -> None:
    assert as_task(step, False).retries == 0


@pytest.mark.parametrize(
    ("error", "again"), [(UpstreamError("down"), True), (UsageError("no secret"), False)]
)
def test_only_a_system_that_failed_is_worth_another_try(error: Exception, again: bool) -> None:
    from prefect.states import Failed

    assert is_worth_another_try(None, None, Failed(data=ShownByShapesError(error))) is again


def test_prefect_yaml_deploys_the_nightly_refresh_on_a_plain_server(
    prefect_harness: None, tmp_path: Path
) -> None:
    from prefect.settings import PREFECT_API_URL

    environment = {
        **os.environ,
        "PREFECT_API_URL": str(PREFECT_API_URL.value()),
        "PREFECT_HOME": str(tmp_path),
        "VIGIE_HOME": str(tmp_path / "home"),
    }

    def prefect(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *arguments],
            cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    prefect("work-pool", "create", "office", "--type", "process")
    prefect("deploy", "--all")
    nightly = json.loads(prefect("deployment", "inspect", "refresh/nightly", "--output", "json"))
    schedule = nightly["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("30 2 * * *", "Europe/Paris")
    assert nightly["job_variables"]["env"]["VIGIE_HOME"] == str(tmp_path / "home")
    watch = json.loads(prefect("deployment", "inspect", "refresh/watch-counters", "--output", "json"))
    assert watch["parameters"] == {"watched": True, "wait_seconds": 14400}
    prefect("deployment", "inspect", "by-day/by-day")
    for number, event in ((1, "vigie.inbox.settled"), (2, "vigie.export.announced")):
        name = f"by-day__automation_{number}"
        (automation,) = json.loads(prefect("automation", "inspect", name, "--output", "json"))
        assert automation["trigger"]["expect"] == [event]


def test_a_night_that_fails_shows_its_true_error_to_prefect_to_the_screen_and_to_the_channels(
    prefect_harness: None, door_home: Home, mailbox: Mailbox, capfd: pytest.CaptureFixture[str]
) -> None:
    from prefect.client.orchestration import get_client

    door_home.work.mkdir()
    door_home.database.write_bytes(b"not a database" * 500)
    assert vigie("refresh", "--home", door_home.root) == 1
    said = [line for line in capfd.readouterr().err.splitlines() if line.startswith("vigie:")]
    assert [f"mv {door_home.database} {door_home.database}.abimee" in line for line in said] == [True]
    assert len(mailbox.messages) == 1
    with get_client(sync_client=True) as client:
        (failed,) = [
            run for run in client.read_flow_runs() if run.parameters.get("home") == str(door_home.root)
        ]
    assert failed.state_name == "Failed"
    assert failed.state is not None
    assert "not a valid DuckDB database" in str(failed.state.message)


def test_what_prefect_keeps_of_an_error_names_nobody_and_the_error_goes_on_as_it_was(
    prefect_harness: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Its database, and what it logs into it, are read by whoever looks at its pages."""
    from prefect import flow
    from prefect.client.orchestration import get_client

    def buggy(_cell: str) -> None:
        raise ValueError("could not convert string to float: 'Ana Canary'")

    @flow(name="buggy")
    @shown_by_shapes
    def night() -> None:
        RunAsTasks()(buggy, "Ana Canary")

    with pytest.raises(ValueError, match="Ana Canary"):
        called(night)
    with get_client(sync_client=True) as client:
        runs = [run for run in client.read_flow_runs() if run.state_name == "Failed"]
        tasks = [run for run in client.read_task_runs() if run.name.startswith("buggy")]
        logs = client.request("POST", "/logs/filter", json={}).text
    told = [str(one.state.message) for ones in (runs, tasks) for one in ones if one.state is not None]
    assert any("ValueError: could not convert string to float: text of 12 characters" in one for one in told)
    assert "Canary" not in f"{told} {logs} {caplog.text}"
