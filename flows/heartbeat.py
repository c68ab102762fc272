"""The heartbeat: an address of the office's choice is asked for after each night that was done.

Whoever keeps that address (a monitor outside this machine) misses the ping when a night stays away, whatever
became of the machine, of Prefect and of our mail.
"""

from __future__ import annotations

import time

from warehouse.errors import UpstreamError, UsageError
from warehouse.layout import Home
from warehouse.office import Office
from warehouse.secrets import secret

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

    reason = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        try:
            answer = requests.get(address(home, name), timeout=TIMEOUT_SECONDS)
        except requests.RequestException as error:
            reason = type(error).__name__
            continue
        if answer.ok:
            return
        reason = f"status {answer.status_code}"
    raise UpstreamError(
        f"The heartbeat was not taken in {TRIES} tries ({reason}): the address in the secret {name} is wrong "
        "or its server is down. The night itself was done."
    )


def address(home: Home, name: str) -> str:
    """The heartbeat's address; raises UsageError when the secret is missing or no web address."""
    value = secret(home, name)
    if not value.startswith(("https://", "http://")):
        raise UsageError(f"Heartbeat: the secret {name} is no web address, such as https://…/ping/….")
    return value
