"""Who may speak to a Prefect server that Vigie starts: what knows the credential of this start, nobody else.

Loopback is open to every account of the machine and to every web page in a browser on it. The credential is
random, new at each start, and stands in the environment alone, which only our own account can read.
"""

from __future__ import annotations

import os
import secrets
from urllib.request import getproxies_environment

HOST = "127.0.0.1"


def closed(known: str | None = None) -> dict[str, str]:
    """Settings by which a server and its clients share a credential, and web pages are kept out.

    The credential is new, unless there is a `known` one: that of a server which may be running already.
    """
    shared = known or f"vigie:{secrets.token_urlsafe(32)}"
    # A proxy of the network would be given the credential, and does not lead to this machine.
    direct = ",".join(filter(None, (getproxies_environment().get("no"), HOST)))
    return {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "PREFECT_SERVER_API_AUTH_STRING": shared,
        "PREFECT_API_AUTH_STRING": shared,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": "",  # read as one origin without a name, which no page has
        # Pages that nobody could use: the credential is given to no person.
        "PREFECT_SERVER_UI_ENABLED": "false",
    }


def credential() -> tuple[str, str] | None:
    """The user and the password that Prefect's server asks for; None when it was given none."""
    user, colon, password = os.environ.get("PREFECT_API_AUTH_STRING", "").partition(":")
    return (user, password) if colon else None
