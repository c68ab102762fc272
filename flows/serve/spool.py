"""Messages on their way into the inbox: on disk before they are acknowledged, a file a minute.

The file being written lies in the inbox under a hidden name, which the inbox skips; closing it is one rename.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sources.counters.messages import CounterMessage, line_of
from warehouse.errors import VigieError
from warehouse.storage.dropped import is_regular, opened
from warehouse.words.messages import say

PUBLISHED_AFTER_SECONDS = 60.0
HIDDEN = ".mqtt-"
# More than a broker has on its way to one client (Mosquitto: 20), which is all that it may deliver again.
REMEMBERED = 1000

Identity = tuple[int, str, bytes]
"""What a redelivered message has in common with its first delivery: packet, topic, payload."""


class Spool:
    """The file that messages go to. Not for several threads."""

    def __init__(self, folder: Path, language: str = "fr") -> None:
        """Messages left behind by a process that died go into the inbox first."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._language = folder, language
        self._file: IO[bytes] | None = None
        self._opened_at = 0.0
        self._known: deque[Identity] = deque(maxlen=REMEMBERED)
        for path in sorted(folder.glob(f"{HIDDEN}*.ndjson")):
            if not is_regular(path.lstat()):
                continue  # somebody else's
            self._known.extend(_identities(path))
            _publish(path)

    def add(self, message: CounterMessage, is_redelivered: bool) -> None:
        """Write a message to the disk; one that the broker delivers again is written once.

        Raises VigieError when the disk does not take it: then it must not be acknowledged.
        """
        identity = (message.packet_id, message.topic, message.payload)
        if is_redelivered and identity in self._known:
            return
        try:
            if self._file is None:
                name = f"{HIDDEN}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.ndjson"
                self._file = (self._folder / name).open("xb")
                self._opened_at = time.monotonic()
                _sync(self._folder)
            self._file.write(line_of(message))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise VigieError(
                say("serve.spool_full", self._language, path=self._folder, reason=error.strerror)
            ) from error
        self._known.append(identity)

    def publish_when_due(self) -> None:
        """Hand the file over to the inbox once it is PUBLISHED_AFTER_SECONDS old."""
        if self._file is not None and time.monotonic() - self._opened_at >= PUBLISHED_AFTER_SECONDS:
            self.publish()

    def publish(self) -> None:
        """Hand what there is over to the inbox."""
        if self._file is not None:
            path = Path(self._file.name)
            self._file.close()
            self._file = None
            _publish(path)


def _publish(path: Path) -> None:
    if path.stat().st_size == 0:
        path.unlink()  # killed between opening it and writing to it
        return
    path.rename(path.with_name(path.name.removeprefix(".")))
    _sync(path.parent)


def _identities(path: Path) -> Iterator[Identity]:
    """The messages of a file that was left behind; its last line may be torn, and was not acknowledged."""
    with opened(path) as file:
        lines = file.read().splitlines()
    for line in lines:
        try:
            line_read = json.loads(line)
            yield (
                line_read["packet_id"],
                line_read["topic"],
                line_read["payload"].encode("utf-8", "surrogateescape"),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            continue


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
