"""A night that fails is told at once, with its true cause, whatever can no longer be written.

It is sent straight through the channels, not by the outbox: the journal may be what failed. The same cause is
told once, and again each day while it lasts; what was told is noted in the home, else in our own folder among
the system's temporary files, else in this process alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flows.alerts.channels import channels
from sources import names
from warehouse.clock import now
from warehouse.errors import BusyError, UsageError
from warehouse.office.model import Office, load_office
from warehouse.office.subjects.alerts import AlertChannel, Severity
from warehouse.storage.database import is_interrupted
from warehouse.storage.layout import Home
from warehouse.storage.private import temporary_folder
from warehouse.storage.secrets import secret
from warehouse.words.faults import OFFICE, Fault, fault
from warehouse.words.messages import say

log = logging.getLogger("vigie")
SUBJECT = "run:night"  # as channels filter it
SEVERITY: Severity = "critical"  # it breaks quiet hours
TOLD_AGAIN_AFTER = timedelta(hours=23)  # a little less than from one night to the next
_told_here: dict[Path, Told] = {}


@dataclass(frozen=True)
class Told:
    """What was last told of a night that failed."""

    kind: str
    words: str
    at: datetime


@contextmanager
def failures_told(home: Home) -> Iterator[None]:
    """Tell the office's channels of what stops the block; the error goes on.

    That another run holds the home, that the command was used wrongly, or that somebody stopped it, is no
    failure of the night.
    """
    try:
        yield
    except BusyError:
        raise
    except Exception as error:
        if not is_interrupted(error):
            tell_failure(home, error)
        raise


def tell_failure(home: Home, error: Exception) -> None:
    """Tell the office's channels what stopped a night, unless they know it. Never raises."""
    try:
        office, _ = office_at_hand(home)
        found = fault(error, home, office.language)
        if isinstance(error, UsageError) and found.kind != OFFICE:
            return
        before = last_told(home)
        if before is not None and before.kind == found.kind and now() - before.at < TOLD_AGAIN_AFTER:
            return
        if _send(home, office, found):
            _note(home, Told(found.kind, found.words, now()))
    except Exception:
        # The night's own error is on its way; this one must not take its place.
        log.exception("the failure of the night could not be told")


def run_done(home: Home) -> None:
    """A run went through: remember the office file that it was run with, and forget what was told."""
    content = home.office_file.read_bytes()
    if not home.last_office_file.exists() or home.last_office_file.read_bytes() != content:
        draft = home.last_office_file.with_suffix(".draft")
        draft.write_bytes(content)
        draft.replace(home.last_office_file)
    for path in _notes(home):
        path.unlink(missing_ok=True)
    _told_here.pop(home.root, None)


def office_at_hand(home: Home) -> tuple[Office, UsageError | None]:
    """The office, as it was in the last night when office.yml is wrong, and what is wrong with it.

    Raises UsageError when it is wrong and no night was ever done.
    """
    try:
        return load_office(home.office_file, names()), None
    except UsageError as error:
        if not home.last_office_file.is_file():
            raise
        return load_office(home.last_office_file, names()), error


def last_told(home: Home) -> Told | None:
    """What was last told of a night that failed; None when none did since the last one that was done."""
    found = [_told_here[home.root]] if home.root in _told_here else []
    for path in _notes(home):
        try:
            note = json.loads(path.read_text(encoding="utf-8"))
            found.append(Told(note["kind"], note["words"], datetime.fromisoformat(note["at"])))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            log.error("%s cannot be read: %s", path, error)
    return max(found, key=lambda one: one.at, default=None)


def _send(home: Home, office: Office, found: Fault) -> bool:
    """Send it through every channel that is told of it, else through those of last resort."""
    # Apprise takes 0.2 s to import, and most nights do not fail.
    from flows.alerts.sending import send

    language = office.language
    what = say(f"night.failed.{found.kind}", language)
    title = say("night.failed.title", language, office=office.name, what=what)
    text = say("night.failed.text", language, words=found.words, machine=socket.gethostname(), home=home.root)
    headers = {"References": f"<night-failed-{office.code}@vigie>"}

    def sent(channel: AlertChannel) -> bool:
        try:
            address = secret(home, channel.address_secret)
        except UsageError as error:
            log.error("channel %s: %s", channel.name, error)
            return False
        try:
            return send(address, title, text, language, headers=headers)
        except TimeoutError:
            log.error("channel %s does not answer", channel.name)
            return False

    taken = [sent(one) for one in channels(office, SEVERITY, SUBJECT)]
    return any(taken) or any(sent(one) for one in channels(office, SEVERITY, SUBJECT, backup=True))


def _note(home: Home, told: Told) -> None:
    """Note what was told, at the first place that takes it."""
    _told_here[home.root] = told
    content = json.dumps({"kind": told.kind, "words": told.words, "at": told.at.isoformat()})
    for path in _notes(home):
        try:
            path.write_text(content, encoding="utf-8")
        except OSError as error:
            log.error("%s could not be written: %s", path, error)
            if path.exists() and not path.read_bytes():
                path.unlink()  # a full disk takes the name and not the content
            continue
        return


def _notes(home: Home) -> list[Path]:
    """Where what was told is noted, in order."""
    name = hashlib.sha256(str(home.root).encode()).hexdigest()[:16]
    try:
        return [home.told_file, temporary_folder() / f"{name}.json"]
    except OSError as error:
        log.error("%s", error)
        return [home.told_file]
