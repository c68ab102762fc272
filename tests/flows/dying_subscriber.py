"""A subscriber that stands still at one moment, for a test to kill it: python -m … HOME MOMENT MARKER."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt

from flows.serve.spool import Spool
from flows.serve.subscribed import run
from warehouse.office.model import load_office
from warehouse.storage.layout import Home

MOMENTS = {"before_disk": (Spool, "add"), "before_acknowledgement": (mqtt.Client, "ack")}


def main(root: Path, moment: str, marker: Path) -> None:
    """Subscribe, and stand still for ever when the first message comes to that moment."""

    def stand_still(*_: object, **__: object) -> None:
        marker.touch()
        time.sleep(3600)

    setattr(*MOMENTS[moment], stand_still)
    home = Home(root)
    run(home, load_office(home.office_file), threading.Event(), lambda *_: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
