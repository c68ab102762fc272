"""By day, whether the home can still be written: a full disk stops Prefect too, and no night would say so."""

from __future__ import annotations

import threading

from flows.events import Emit
from flows.failing import tell_failure
from warehouse.layout import Home
from warehouse.office import Office

LOOK_SECONDS = 300.0
PROBE_BYTES = 1_000_000  # a run begins with more than that


def run(home: Home, _office: Office, stop: threading.Event, _emit: Emit) -> None:
    """Look every few minutes until `stop` is set. A part of `vigie serve`."""
    while not stop.wait(LOOK_SECONDS):
        look(home)


def look(home: Home) -> None:
    """Write and delete a file in the home's own folder; tell the channels when that fails."""
    probe = home.work / "probe"
    try:
        probe.write_bytes(b"\0" * PROBE_BYTES)
        probe.unlink()
    except OSError as error:
        tell_failure(home, error)
        if probe.exists():
            probe.unlink()  # of a full disk: what fits of it must not stay
