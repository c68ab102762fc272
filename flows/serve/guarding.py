"""By day, between the runs: whether the home can still be written, and what no channel has taken yet.

A full disk stops Prefect too, and no night would say so. Runs do not wait for channels that do not answer.
"""

from __future__ import annotations

import logging
import threading

from flows.night.failing import office_at_hand, tell_failure
from flows.serve.events import Emit
from warehouse.clock import now
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.storage.layout import Home

log = logging.getLogger("vigie")
LOOK_SECONDS = 300.0
PROBE_BYTES = 1_000_000  # a run begins with more than that


def run(home: Home, _office: Office, stop: threading.Event, _emit: Emit) -> None:
    """Look every few minutes until `stop` is set. A service of `vigie serve`."""
    while not stop.wait(LOOK_SECONDS):
        look(home)
        tell_again(home)


def tell_again(home: Home) -> None:
    """Send what is due in the outbox, by the office file of now; channels that still fail are logged."""
    # `vigie` imports this module for every command, and the sending costs a second of imports.
    from flows.alerts.telling import tell

    office, _ = office_at_hand(home)
    try:
        tell(home, office, now())
    except UpstreamError as error:
        log.warning("%s", error)


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
