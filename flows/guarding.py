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
    """Tell the channels when the home cannot be written."""
    try:
        probe(home)
    except OSError as error:
        tell_failure(home, error)


def probe(home: Home) -> None:
    """Write and delete a file in the home's own folder; raises OSError when that cannot be done."""
    file = home.work / "probe"
    try:
        file.write_bytes(b"\0" * PROBE_BYTES)
    finally:
        file.unlink(missing_ok=True)  # of a full disk, too: what fits of it must not stay
