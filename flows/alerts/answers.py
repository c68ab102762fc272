"""Signed links of a mail: whoever holds one may answer this one incident, of this office, until it expires.

A link is made when its mail is sent and kept nowhere. It names the incident and its last second; the
signature covers these and the office, so that none of them can be changed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.secrets import FEWEST_CHARACTERS, is_weak, secret
from warehouse.words.messages import say

PATH = "/answer"
TOKEN = re.compile(r"([0-9a-f]{4,64})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")
PURPOSE = "vigie answer 1"  # of the key's signatures: it may not be taken for another one


def key_of(home: Home, office: Office) -> bytes | None:
    """The key that signs links; None where the office has no page for them.

    Raises UsageError when the secret is missing or can be guessed.
    """
    settings = office.alerts.answers
    if settings is None:
        return None
    value = secret(home, settings.key_secret)
    if is_weak(value):
        raise UsageError(
            say("problem.weak_key", office.language, name=settings.key_secret, characters=FEWEST_CHARACTERS)
        )
    return value.encode()


def link(key: bytes, office: Office, incident_id: str, at: datetime) -> str:
    """The address on which an incident is answered, from an aware instant on for the days of the office."""
    settings = office.alerts.answers
    assert settings is not None, "an office with a key has a page"
    until = int((at + timedelta(days=settings.days)).timestamp())
    return f"{settings.address}{PATH}/{incident_id}.{until}.{_signature(key, office, incident_id, until)}"


def incident_of(key: bytes, office: Office, token: str, at: datetime) -> str | None:
    """The incident that the end of a link may answer at an aware instant; None for one that is not right."""
    found = TOKEN.fullmatch(token)
    if found is None:
        return None
    incident_id, until = found[1], int(found[2])
    is_ours = hmac.compare_digest(found[3], _signature(key, office, incident_id, until))
    return incident_id if is_ours and at.timestamp() <= until else None


def _signature(key: bytes, office: Office, incident_id: str, until: int) -> str:
    signed = "\n".join((PURPOSE, office.code, office.siren, incident_id, str(until)))
    digest = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
