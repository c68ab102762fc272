"""Tell the orchestrator of an event, which never stops what it is about."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger("vigie")

Emit = Callable[[str, str, Mapping[str, Any]], None]
"""Emits an event: its name, what it is about, and what is known of it."""


def emit_safely(emit: Emit, event: str, resource: str, payload: Mapping[str, Any]) -> None:
    """Emit an event; an orchestrator that is away is logged, since what happened is on disk already."""
    try:
        emit(event, resource, payload)
    except Exception:
        log.exception("event %s of %s could not be told to the orchestrator", event, resource)
