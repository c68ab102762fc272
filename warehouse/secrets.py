"""Secrets: from the environment, else from the home's `secrets.env`; never from office.yml."""

from __future__ import annotations

import os

from dotenv import dotenv_values

from warehouse.errors import UsageError
from warehouse.layout import Home


def secret(home: Home, name: str) -> str:
    """The secret `name`; raises UsageError with the remedy when it is nowhere."""
    value = os.environ.get(name) or dotenv_values(home.secrets_file).get(name)
    if not value:
        raise UsageError(
            f"Secret {name} is missing: set it in the environment, or write {name}=… in {home.secrets_file}."
        )
    return value
