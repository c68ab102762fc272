"""Errors on one line for people, their traces in the home's log.

Logs are read by whoever maintains the machine, and are sent to others for advice: what a file or a person
gave is in them by its shape (`warehouse.shapes`).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from flows.failing import office_at_hand, own_temporary
from warehouse.errors import VigieError
from warehouse.faults import fault, words_of
from warehouse.layout import Home
from warehouse.messages import say
from warehouse.shapes import plain, shown

LARGEST_BYTES, KEPT = 1_000_000, 3
LANGUAGE = "en"  # of logs
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Shapes(logging.Formatter):
    """A record with its trace, and no text that a file or a person gave."""

    def format(self, record: logging.LogRecord) -> str:
        """The record; errors among its values are told as in traces."""
        one = logging.makeLogRecord(vars(record))
        if isinstance(one.args, tuple):
            one.args = tuple(words_of(arg) if isinstance(arg, BaseException) else arg for arg in one.args)
        one.exc_text = None  # another formatter may have kept one
        return shown(super().format(one), LANGUAGE)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802
        """The way to an error and to those that it came of, the first cause first."""
        error = ei[1]
        return "" if error is None else "\n".join(_trace(error))


def _trace(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _trace(cause)
        yield "which led to:"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__name__}: {words_of(error)}"


class OneLine(Shapes):
    """A record without its trace, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, and what was raised in a few words."""
        return " ".join(super().format(record).split())

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802
        """What was raised, in brackets."""
        error = ei[1]
        return "" if error is None else f"({type(error).__name__}: {words_of(error)})"


class Trace(RotatingFileHandler):
    """The log of a home; raises OSError where it cannot be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
        self.setFormatter(Shapes("%(asctime)s %(levelname)s %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Let the error of writing through."""
        raise  # logging calls this from its `except`


class ToLog(logging.Handler):
    """Keeps every record of the home's log, where that can be written."""

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home = home

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        write(self.home, record)


def write(home: Home | None, record: logging.LogRecord) -> Path | None:
    """Write a record in the home's log, else in our own folder for temporary files; where it is then."""
    places = [home.log_file] if home is not None and home.work.is_dir() else []
    if (own := own_temporary()) is not None:
        places.append(own / "vigie.log")
    for path in places:
        handler = Trace(path)
        try:
            handler.handle(record)
        except OSError:
            continue
        finally:
            try:
                handler.close()
            except OSError:
                continue
        return path
    return None


def one_line(error: Exception, home: Home | None) -> str:
    """What to tell of an error: its words in the office's language and, unless it is a known one of ours,
    where its trace is."""
    language = language_of(home)
    words = fault(error, home, language).words if home is not None else str(error)
    if isinstance(error, VigieError) and words == str(error):
        return plain(words)
    record = logging.LogRecord(
        "vigie", logging.ERROR, __file__, 0, words, None, (type(error), error, error.__traceback__)
    )
    path = write(home, record)
    where = say("fault.no_trace", language) if path is None else say("fault.trace", language, path=path)
    return plain(f"{words} {where}")


def language_of(home: Home | None) -> str:
    """The office's language, as far as it can be known; French else."""
    if home is None:
        return "fr"
    try:
        return office_at_hand(home)[0].language
    except (VigieError, OSError):
        return "fr"
