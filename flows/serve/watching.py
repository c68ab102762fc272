"""Watch the inbox: a file that lies complete becomes an event, which Prefect makes a run (`by-day`).

Polling, because a network folder tells nobody of what others write into it. A file is complete when it has
stayed the same over our own observations: the clock of a share, and with it times of change, may be wrong.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

import sources.catalogue
from flows.serve.events import Emit
from warehouse.errors import UpstreamError
from warehouse.office.model import Office
from warehouse.storage import archive
from warehouse.storage.layout import Home

log = logging.getLogger("vigie")
POLL_SECONDS = 1.0
SETTLE_SECONDS = 10.0
AGAIN_SECONDS = 300.0
SETTLED = "vigie.inbox.settled"


class Settling:
    """The files of one inbox, as they were seen again and again; every instant is in seconds of one clock.

    `settle` is how long a file stays the same until it is complete, `again` how long files that were told and
    still lie there hold back what is told next: a run takes all, so one event at a time is enough. After that
    they are told again, for an event may be lost.
    """

    def __init__(self, settle: float = SETTLE_SECONDS, again: float = AGAIN_SECONDS) -> None:
        self._settle = settle
        self._again = again
        self._since: dict[str, tuple[str, float]] = {}
        self._sent: Mapping[str, str] = {}
        self._sent_at = 0.0

    def due(self, at: float, seen: Mapping[str, str]) -> dict[str, str]:
        """What is to be told now, given the stamps of all files seen `at` this instant, by name."""
        self._since = {
            name: known if (known := self._since.get(name)) and known[0] == stamp else (stamp, at)
            for name, stamp in seen.items()
        }
        complete = {name: stamp for name, (stamp, since) in self._since.items() if at - since >= self._settle}
        is_held_back = at - self._sent_at < self._again and any(
            complete.get(name) == stamp for name, stamp in self._sent.items()
        )
        return {} if is_held_back else complete

    def sent(self, at: float, files: Mapping[str, str]) -> None:
        """Remember what was told."""
        self._sent, self._sent_at = files, at


def run(
    home: Home,
    _office: Office,
    stop: threading.Event,
    emit: Emit,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Watch every source's inbox until `stop` is set. A service of `vigie serve`."""
    inboxes = {source: Settling() for source in sources.catalogue.names()}
    while not stop.wait(POLL_SECONDS):
        for source, settling in inboxes.items():
            try:
                look(home, source, settling, clock(), emit)
            except FileNotFoundError:
                continue  # a run took a file while we looked
            except (OSError, UpstreamError) as error:
                log.error("inbox %s: %s", source, error)  # the next look is a second away


def look(home: Home, source: str, settling: Settling, at: float, emit: Emit) -> None:
    """Look into the source's inbox once, and send one event for what has settled.

    It tells files by their stamps: Prefect keeps events, and a name may be a person's.
    """
    due = settling.due(at, archive.stamps(home, source))
    if due:
        emit(SETTLED, f"vigie.inbox.{source}", {"source": source, "settled": sorted(due.values())})
        settling.sent(at, due)
