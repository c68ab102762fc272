"""What all tests share: homes in temporary folders, the demonstration office, the real data's folder."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

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

from warehouse.layout import Home
from warehouse.office import Office, load_office

REPOSITORY = Path(__file__).parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share dear fixtures run in one process: those of a file, those of all the demonstration."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            folder = item.path.parent
            name = folder if folder.name == "demo" else item.path
            item.add_marker(pytest.mark.xdist_group(str(name.relative_to(REPOSITORY))))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home folder."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def office() -> Office:
    """The demonstration office."""
    return load_office(REPOSITORY / "demo" / "office.yml")


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
