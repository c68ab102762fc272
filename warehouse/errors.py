"""Errors that a person can act on: what happened, with numbers, the likely cause and the remedy."""

from __future__ import annotations


class VigieError(Exception):
    """Something that a person must know, on one line.

    `exit_status` is what the `vigie` command returns for it (contract: 1 failed, 2 wrong use, 3 upstream).
    """

    exit_status = 1


class UsageError(VigieError):
    """The command or the office file is wrong: nothing was run."""

    exit_status = 2


class BusyError(VigieError):
    """Another run holds the home: it does the work, nothing failed."""


class UpstreamError(VigieError):
    """A system could not be reached, refused us, or answered nonsense. Nothing was changed."""

    exit_status = 3


class RefusedDeliveryError(VigieError):
    """A file that cannot be read as what it claims to be: it is kept in the archive and loaded not at all.

    `misses` is the share of the mandatory headings that the file lacks of what is nearest to it: 0 for one
    that was recognised and is refused for something else, 1 where nothing tells.
    """

    def __init__(self, message: str, misses: float = 1.0) -> None:
        super().__init__(message)
        self.misses = misses
