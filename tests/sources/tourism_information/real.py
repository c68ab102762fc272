"""Real API objects of Apidae, served on a loopback port and pulled by the code that pulls Apidae."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sources.tourism_information.api import OBJECTS
from sources.tourism_information.source import pull_api
from tests.sources.tourism_information.apidae_simulator import ApidaeSimulator
from tests.sources.tourism_information.deliveries import context
from warehouse.office.model import Office
from warehouse.office.subjects.tourism_information import TourismInformation

PAGE_SIZE = 2


def api_objects(folder: Path) -> list[dict[str, Any]]:
    """The objects in the API's replies (`geotrek-apidae*`) and in lists of single records (`hotentic-*`)."""
    replies = [read_json(path) for path in sorted(folder.glob("geotrek-apidae*.json"))]
    records = [read_json(path) for path in sorted(folder.glob("hotentic-*.json"))]
    found: list[dict[str, Any]] = []
    for part in [reply.get(OBJECTS, []) for reply in replies] + records:
        found += part if isinstance(part, list) else [part]
    return found


def api_pull(folder: Path, office: Office, work: Path) -> Path:
    """The ZIP that a pull of these objects makes in `work`; several pages, a key that opens nothing else."""
    with ApidaeSimulator(api_objects(folder)) as apidae:
        api = {
            "url": apidae.url,
            "project_id": apidae.project_id,
            "selection_ids": (),
            "page_size": PAGE_SIZE,
        }
        system = TourismInformation.model_validate({"api": api})
        systems = office.systems.model_copy(update={"tourism_information": system})
        connected = office.model_copy(update={"systems": systems})
        (path,) = pull_api(context(connected, work, apidae.key))
    return path


def read_json(path: Path) -> Any:
    """A file's JSON."""
    return json.loads(path.read_text(encoding="utf-8"))
