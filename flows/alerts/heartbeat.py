"""The heartbeat: an address of the office's choice is asked for after each night that was done.

Whoever keeps that address (a monitor outside this machine) misses the ping when a night stays away, whatever
became of the machine, of Prefect and of our mail.
"""

from __future__ import annotations

import time

from warehouse.addresses import is_protected
from warehouse.errors import UpstreamError, UsageError
from warehouse.office.model import Office
from warehouse.office.office_file import language_of
from warehouse.storage.layout import Home
from warehouse.storage.secrets import secret
from warehouse.words.messages import say

TRIES = 3
TIMEOUT_SECONDS = 10.0
PAUSE_SECONDS = 2.0


def beat(home: Home, office: Office) -> None:
    """Ping the office's heartbeat, where it has one.

    Raises UpstreamError when it does not answer with success in TRIES tries. The address is a secret: it
    stands in no message, hence the cause is named by its kind alone.
    """
    name = office.alerts.heartbeat_secret
    if name is None:
        return
    import requests

    from sources.asking import bounded

    reason = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        try:
            with bounded(requests.Session(), TIMEOUT_SECONDS) as asking:
                # That it answers says all: what it says is not read.
                answer = asking.get(address(home, name), timeout=TIMEOUT_SECONDS, stream=True)
        except requests.RequestException as error:
            reason = type(error).__name__
            continue
        if answer.ok:
            return
        reason = f"HTTP {answer.status_code}"
    raise UpstreamError(say("heartbeat.not_taken", office.language, tries=TRIES, reason=reason, secret=name))


def address(home: Home, name: str) -> str:
    """The heartbeat's address; raises UsageError when the secret is missing or no encrypted web address."""
    value = secret(home, name)
    if not is_protected(value):
        raise UsageError(say("heartbeat.not_encrypted", language_of(home.office_file), secret=name))
    return value
