"""What attacks share: where an audit notes its numbers, and a home whose files hold canaries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

import pytest

from tests.conftest import REPOSITORY
from tests.flows.conftest import mail_server
from tests.security.canaries import drop_everywhere
from warehouse.storage.layout import Home

AUDIT = REPOSITORY / "build" / "audit.jsonl"


@pytest.fixture
def measured() -> Callable[..., None]:
    """Note the numbers of an attack: a line of build/audit.jsonl, which `make audit` prints."""

    def note(what: str, **numbers: object) -> None:
        AUDIT.parent.mkdir(exist_ok=True)
        with AUDIT.open("a", encoding="utf-8") as notes:
            notes.write(json.dumps({"what": what, **numbers}) + "\n")

    return note


@dataclass(frozen=True)
class Night:
    """A home after its night by the real command, the mails that it sent, and what it printed."""

    home: Home
    mails: tuple[EmailMessage, ...]
    said: str


@pytest.fixture(scope="session")
def canary_night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """The night of a home whose files hold canaries wherever text or a number may stand."""
    home = Home(tmp_path_factory.mktemp("canaries") / "home")
    drop_everywhere(home)
    with mail_server() as box:
        # Tests and commands that ran in this process may have left a server or a home of Prefect.
        ours = ("PREFECT_API_URL", "PREFECT_HOME")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        done = subprocess.run(
            [sys.executable, "-m", "flows.command.cli", "refresh", "--home", home.root,
             "--as-of", "2025-12-01"],
            cwd=REPOSITORY, env={**environment, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    return Night(home, tuple(box.messages), done.stdout + done.stderr)
