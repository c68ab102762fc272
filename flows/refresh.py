"""The Prefect flow of the night: the steps of `flows.night`, each as a task. Deployed by prefect.yaml."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from prefect import Task, flow
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from flows.night import Answer, NightReport, Run, night
from warehouse.clock import now
from warehouse.errors import UpstreamError
from warehouse.layout import Home
from warehouse.office import load_office

log = logging.getLogger("vigie")
RETRY_DELAYS_SECONDS = [10.0, 60.0, 300.0]


@cache
def as_task(step: Callable[..., Any], network: bool) -> Any:
    """The step as a task; only steps that touch the network are tried again."""
    return Task(
        step,
        name=step.__name__,
        cache_policy=NO_CACHE,
        retries=len(RETRY_DELAYS_SECONDS) if network else 0,
        retry_delay_seconds=RETRY_DELAYS_SECONDS if network else 0,
        retry_condition_fn=is_worth_another_try if network else None,
    )


def is_worth_another_try(_task: Any, _run: Any, state: State[Any]) -> bool:
    """True when an upstream system failed; a wrong office file or a bug fails the same way again."""
    return isinstance(state.result(raise_on_failure=False), UpstreamError)


class RunAsTasks(Run):
    """Every step of the night as a Prefect task."""

    def __call__(self, step: Callable[..., Answer], *arguments: Any, network: bool = False) -> Answer:
        """Run the step as a task of the flow that is running."""
        answer: Answer = as_task(step, network)(*arguments)
        return answer


@flow(name="refresh", validate_parameters=False, timeout_seconds=4 * 3600)
def refresh(
    home: Path | None = None,
    as_of: datetime | None = None,
    only: tuple[str, ...] = (),
    progress: Callable[[str], None] | None = None,
) -> NightReport:
    """Refresh an office: `home` is its folder (VIGIE_HOME when absent), `as_of` the instant, now by default.

    `only` names the sources to receive and read, all of them by default; `progress` is told each step, the
    log when it is absent.
    """
    where = Home.find(home)
    office = load_office(where.office_file)
    return night(where, office, as_of or now(), only=only, run=RunAsTasks(), progress=progress or log.info)
