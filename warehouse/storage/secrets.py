"""Secrets: from the environment, else from the home's `secrets.env`; never from office.yml."""

from __future__ import annotations

import os
from io import StringIO

from dotenv import dotenv_values

from warehouse.errors import UsageError
from warehouse.office.office_file import language_of
from warehouse.storage.layout import Home
from warehouse.storage.private import WRITABLE_BY_OTHERS
from warehouse.words.messages import say

FEWEST_CHARACTERS, FEWEST_DIFFERENT = 16, 8


class WritableSecretsError(UsageError):
    """Others can write the file of secrets: what is in it may be theirs."""


def secret(home: Home, name: str) -> str:
    """The secret `name`; raises UsageError with the remedy when it is nowhere, or when others may have
    written it."""
    value = os.environ.get(name) or _from_file(home).get(name)
    if not value:
        language = language_of(home.office_file)
        raise UsageError(say("usage.no_secret", language, secret=name, path=home.secrets_file))
    return value


def is_weak(key: str) -> bool:
    """True for a key that can be guessed: short, of few characters, or one word over and over."""
    is_repeated = key in (key + key)[1:-1]
    return len(key) < FEWEST_CHARACTERS or len(set(key)) < FEWEST_DIFFERENT or is_repeated


def _from_file(home: Home) -> dict[str, str | None]:
    """What the file of secrets says; nothing when there is none."""
    try:
        file = home.secrets_file.open(encoding="utf-8")
    except FileNotFoundError:
        return {}
    with file:
        if os.fstat(file.fileno()).st_mode & WRITABLE_BY_OTHERS:
            language = language_of(home.office_file)
            raise WritableSecretsError(say("exposed.secrets_written", language, path=home.secrets_file))
        return dotenv_values(stream=StringIO(file.read()))
