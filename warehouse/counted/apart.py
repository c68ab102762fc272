"""One series that a step fails for does not keep the step from the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import duckdb

from warehouse.storage.database import transaction
from warehouse.words.faults import words_of

log = logging.getLogger("vigie")
Failed = dict[str, str]
"""Why a step failed, by subject."""


def apart(
    connection: duckdb.DuckDBPyConnection,
    subjects: Sequence[str],
    work: Callable[[Sequence[str]], object],
    failed: Failed | None,
) -> None:
    """Do the work on some series in one transaction; where that fails, on each in one of its own.

    Those that fail alone are entered in `failed` and logged with their trace; without it, they raise.
    """
    try:
        with transaction(connection):
            work(subjects)
    except Exception as error:
        if failed is None:
            raise
        if len(subjects) == 1:
            note(failed, subjects[0], error)
            return
        for subject in subjects:
            apart(connection, [subject], work, failed)


def note(failed: Failed, subject: str, error: Exception) -> None:
    """Enter why a step failed for a series, and log it with its trace."""
    log.error("%s failed", subject, exc_info=error)
    failed[subject] = f"{type(error).__name__}: {words_of(error)}"
