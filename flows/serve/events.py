"""Events: what happens by day, as Prefect events, whose triggers stand in prefect.yaml."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flows.night.traces import LANGUAGE
from warehouse.errors import UpstreamError
from warehouse.words.messages import say

log = logging.getLogger("vigie")
Emit = Callable[[str, str, Mapping[str, Any]], None]
"""Send an event: its name, the identifier of its resource, its payload. Raises UpstreamError."""


def emit(event: str, resource: str, payload: Mapping[str, Any]) -> None:
    """Send an event to the Prefect server; it has been taken when this returns.

    Raises UpstreamError when the server does not take it: the caller keeps what it wanted to tell.
    """
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.events.schemas.events import Event, Resource

    sent = Event(event=event, resource=Resource({"prefect.resource.id": resource}), payload=dict(payload))
    try:
        with get_client(sync_client=True) as client:
            # Prefect's own `emit_event` sends in the background, and what it could not send is lost.
            answer = client.request("POST", "/events", json=[sent.model_dump(mode="json")])
            answer.raise_for_status()
    except httpx.HTTPError as error:
        raise UpstreamError(
            say("serve.event", LANGUAGE, event=event, resource=resource, reason=type(error).__name__)
        ) from error


def emit_safely(emit: Emit, event: str, resource: str, payload: Mapping[str, Any]) -> None:
    """Send an event; a server that is away is logged, since what happened is on disk already."""
    try:
        emit(event, resource, payload)
    except UpstreamError as error:
        log.error("event %s of %s: %s", event, resource, error)
