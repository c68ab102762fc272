"""What attacks share: where an audit notes its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / "build" / "audit.jsonl"


@pytest.fixture
def measured() -> Callable[..., None]:
    """Note the numbers of an attack: a line of build/audit.jsonl, which `make audit` prints."""

    def note(what: str, **numbers: object) -> None:
        AUDIT.parent.mkdir(exist_ok=True)
        with AUDIT.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps({"what": what, **numbers}) + "\n")

    return note
