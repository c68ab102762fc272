"""The Prefect flows of night and day: the steps of `flows.night.steps` as tasks, deployed by prefect.yaml."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from datetime import datetime
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec

from prefect import Task, flow
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

import sources.catalogue
from flows.night import day
from flows.night.failing import failures_told, run_done
from flows.night.steps import Answer, NightReport, Run, night
from flows.night.traces import LANGUAGE, Sound
from flows.serve.catching_up import done_since
from sources import names
from warehouse.child import end_after
from warehouse.clock import now
from warehouse.errors import UpstreamError
from warehouse.office.model import load_office
from warehouse.storage import private
from warehouse.storage.layout import Home
from warehouse.words.faults import words_of
from warehouse.words.messages import say
from warehouse.words.shapes import shown

log = logging.getLogger("vigie")
Parameters = ParamSpec("Parameters")
log.addFilter(Sound())  # Prefect's handlers write what runs log
RETRY_DELAYS_SECONDS = [10.0, 60.0, 300.0]


class ShownByShapesError(Exception):
    """What Prefect keeps of an error, in its database and its logs: nothing that a file or a person gave."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {shown(words_of(error), LANGUAGE)}")
        self.error = error


def shown_by_shapes(step: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
    """The step, raising ShownByShapesError for whatever it raises; `called` raises that again."""

    @wraps(step)
    def wrapped(*arguments: Parameters.args, **named: Parameters.kwargs) -> Answer:
        try:
            return step(*arguments, **named)
        except Exception as error:  # noqa: BLE001 - raised again by `called`
            raise ShownByShapesError(error) from None

    return wrapped


def called(step: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a task or a flow; what it raised is raised as it was."""
    try:
        return step(*arguments, **named)
    except ShownByShapesError as wrapped:
        error = wrapped.error
    raise error


@cache
def as_task(step: Callable[..., Any], network: bool) -> Any:
    """The step as a task; only steps that touch the network are tried again."""
    return Task(
        shown_by_shapes(step),
        name=step.__name__,
        cache_policy=NO_CACHE,
        retries=len(RETRY_DELAYS_SECONDS) if network else 0,
        retry_delay_seconds=RETRY_DELAYS_SECONDS if network else 0,
        retry_condition_fn=is_worth_another_try if network else None,
    )


def is_worth_another_try(_task: Any, _run: Any, state: State[Any]) -> bool:
    """True when an upstream system failed; a wrong office file or a bug fails the same way again."""
    raised = state.result(raise_on_failure=False)
    return isinstance(raised, ShownByShapesError) and isinstance(raised.error, UpstreamError)


class RunAsTasks(Run):
    """Every step of the night as a Prefect task."""

    def __call__(self, step: Callable[..., Answer], *arguments: Any, network: bool = False) -> Answer:
        """Run the step as a task of the flow that is running."""
        answer: Answer = called(as_task(step, network), *arguments)
        return answer


@flow(name="refresh", validate_parameters=False, timeout_seconds=4 * 3600)
@shown_by_shapes
def refresh(
    home: Path | None = None,
    as_of: datetime | None = None,
    only: tuple[str, ...] = (),
    progress: Callable[[str], None] | None = None,
    wait_seconds: float = 0,
    force: bool = False,
    watched: bool = False,
) -> NightReport | State[Any]:
    """Refresh an office: `home` is its folder (VIGIE_HOME when absent), `as_of` the instant, now by default.

    `only` names the sources to receive and read, all of them by default; with `watched` they are those whose
    machines are watched by day; `progress` is told each step, the
    log when it is absent; `wait_seconds` is how long another run on the home is waited for; `force` lets it
    go back before the last run (`flows.night.steps.night`). A run that Prefect starts late is skipped when
    a later one did its work already.
    """
    private.begin()
    end_with_serve()
    where = Home.find(home)
    with failures_told(where):
        office = load_office(where.office_file, names())
        if watched:
            only = sources.catalogue.watched()
        done_at = None if as_of else done_since(where, scheduled(), only)
        if done_at is not None:
            return skipped(say("night.done_already", LANGUAGE, scheduled=scheduled(), run=done_at))
        report = night(
            where, office, as_of or now(), only=only, run=RunAsTasks(), progress=progress or log.info,
            wait_seconds=wait_seconds, force=force,
        )  # fmt: skip
        run_done(where)
    return report


@flow(name="by-day", validate_parameters=False, timeout_seconds=4 * 3600)
@shown_by_shapes
def by_day(
    source: str, settled: list[str] | None = None, home: Path | None = None
) -> NightReport | State[Any]:
    """Take files that settled in the inbox of a source, or what it announced, and tell what they show.

    The parameters come from the events `vigie.inbox.settled` (`flows.serve.watching`) and
    `vigie.export.announced` (`flows.serve.notified`).
    """
    private.begin()
    end_with_serve()
    where = Home.find(home)
    with failures_told(where):
        office = load_office(where.office_file, names())
        report = day.by_day(
            where, office, source, now, settled=settled or (), run=RunAsTasks(), progress=log.info
        )
        run_done(where)
    return report or skipped(say("night.nothing_waits", LANGUAGE, source=source))


def scheduled() -> datetime:
    """The instant that the flow run was meant for, however late it runs; now when nobody planned it."""
    planned: datetime = flow_run.scheduled_start_time
    return planned


def skipped(why: str) -> State[Any]:
    """The end of a flow run that has nothing left to do."""
    log.warning(why)
    return Completed(name="Skipped", message=why)


def end_with_serve() -> None:
    """A run that `vigie serve` had started ends with it: else it would go on unseen, its lock held."""
    if server := os.environ.get("VIGIE_SERVE"):
        end_after(int(server))
