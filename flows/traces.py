"""Errors on one line for people, their traces in the home's log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from flows.failing import office_at_hand
from warehouse.errors import VigieError
from warehouse.faults import fault
from warehouse.layout import Home
from warehouse.messages import say
from warehouse.printable import printable
from warehouse.private import temporary_folder

LARGEST_BYTES, KEPT = 1_000_000, 3


class OneLine(logging.Formatter):
    """A record without its trace, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, and what was raised in a few words."""
        said = " ".join(record.getMessage().split())
        raised = record.exc_info[1] if record.exc_info else None
        if raised is not None:
            said = f"{said} ({type(raised).__name__}: {' '.join(str(raised).split())})"
        return printable(said)


def indented(text: str) -> str:
    """A text of several lines of which only the first begins at the margin: none looks like an entry."""
    return "\n    ".join(printable(line) for line in text.split("\n"))


class Entry(logging.Formatter):
    """A record as an entry of the log: no text in it acts on a terminal or looks like another entry."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The message."""
        record.message = indented(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The trace."""
        return "    " + indented(super().formatException(ei))


class Sound(logging.Filter):
    """Makes a record one that any handler may write, such as Prefect's, as `Entry` does."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through."""
        record.msg, record.args = indented(record.getMessage()), None
        if record.exc_info:
            record.exc_text = Entry().formatException(record.exc_info)
        return True


class Trace(RotatingFileHandler):
    """The log of a home; raises OSError where it cannot be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LARGEST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
        self.setFormatter(Entry())

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
    """Write a record in the home's log, else in the system's folder for temporary files; where it is then."""
    for path in _places(home):
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


def _places(home: Home | None) -> Iterator[Path]:
    """Where a record may be written, in order."""
    with suppress(OSError):  # the home is closed to an analyst's account
        if home is not None and home.work.is_dir():
            yield home.log_file
    with suppress(OSError):
        yield temporary_folder() / "vigie.log"


def one_line(error: Exception, home: Home | None) -> str:
    """What to tell of an error: its words in the office's language and, unless it is a known one of ours,
    where its trace is."""
    language = language_of(home)
    words = fault(error, home, language).words if home is not None else str(error)
    if isinstance(error, VigieError) and words == str(error):
        return words
    record = logging.LogRecord(
        "vigie", logging.ERROR, __file__, 0, words, None, (type(error), error, error.__traceback__)
    )
    path = write(home, record)
    where = say("fault.no_trace", language) if path is None else say("fault.trace", language, path=path)
    return f"{words} {where}"


def language_of(home: Home | None) -> str:
    """The office's language, as far as it can be known; French else."""
    if home is None:
        return "fr"
    try:
        return office_at_hand(home)[0].language
    except (VigieError, OSError):
        return "fr"
