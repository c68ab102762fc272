"""What all tests share: homes in temporary folders, the demonstration office, the real data's folder."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# No library may speak to anybody while the tests run.
os.environ.update(
    {
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "VIGIE_PLATE_KEY": "a key for tests only",
    }
)

from warehouse.office.model import Office, load_office
from warehouse.storage.layout import Home

MASK = 0o022
REPOSITORY = Path(__file__).parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


class ByFixtures(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Tests that share dear fixtures run in one process: a file's, the demonstration's, those of a life."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        is_shared = folder.endswith(("demo", "flows", "cases")) and not file.endswith(
            ("test_kill.py", "test_serve.py")
        )
        return folder if is_shared else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFixtures:
    """Ours, whatever `--dist` says."""
    return ByFixtures(config, log)


@pytest.fixture(scope="session", autouse=True)
def _models_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All homes of all workers of a run share the models that dbt compiled."""
    base = tmp_path_factory.getbasetemp()
    workers = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["VIGIE_MODELS"] = str(workers / "models")


@pytest.fixture(autouse=True)
def _mask() -> None:
    """Each test begins with the usual mask: a command that ran before in this process closed it."""
    os.umask(MASK)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home folder."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def office() -> Office:
    """The demonstration office."""
    return load_office(REPOSITORY / "demo" / "auch" / "office.yml")


@pytest.fixture
def as_of() -> datetime:
    """The instant of the demonstration night."""
    return datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files; the test skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"{SHARED_DATA} is absent: the real files are not part of the repository")
    return SHARED_DATA
