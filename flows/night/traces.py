"""Errors on one line for people, their traces in the home's log.

Logs are read by whoever maintains the machine, and are sent to others for advice: what a file or a person
gave is in them by its shape (`warehouse.words.shapes`).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from flows.night.failing import office_at_hand
from warehouse.errors import VigieError
from warehouse.storage.layout import Home
from warehouse.storage.private import temporary_folder
from warehouse.words.faults import fault, words_of
from warehouse.words.messages import say
from warehouse.words.printable import printable
from warehouse.words.shapes import shown

LARGEST_BYTES, KEPT = 1_000_000, 3
LANGUAGE = "en"  # of logs
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def text_of(record: logging.LogRecord) -> str:
    """The text of a record of a log; errors among its values are written as in traces."""
    given = record.args if isinstance(record.args, tuple) else ()
    values = tuple(words_of(value) if isinstance(value, BaseException) else value for value in given)
    return shown(str(record.msg) % values if values else record.getMessage(), LANGUAGE)


def trace(error: BaseException) -> Iterator[str]:
    """The traceback of an error, after those of its causes: the first cause comes first."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from trace(cause)
        yield "which led to:"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield in_few_words(error)


def in_few_words(error: BaseException) -> str:
    """An error in a few words."""
    return f"{type(error).__name__}: {shown(words_of(error), LANGUAGE)}"


def indented(text: str) -> str:
    """A text of several lines of which only the first begins at the margin: none looks like an entry."""
    return "\n    ".join(printable(line) for line in text.split("\n"))


class OneLine(logging.Formatter):
    """A record without its trace, on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, and what was raised in a few words."""
        said = " ".join(text_of(record).split())
        raised = record.exc_info[1] if record.exc_info else None
        return printable(said if raised is None else f"{said} ({in_few_words(raised)})")


class Entry(logging.Formatter):
    """A record as an entry of the log: no text in it acts on a terminal or looks like an entry of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The entry."""
        one = logging.makeLogRecord(vars(record))
        one.msg, one.args, one.exc_text = indented(text_of(record)), None, None
        return super().format(one)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802
        """The trace."""
        error = ei[1]
        return "" if error is None else "    " + indented("\n".join(trace(error)))


class Sound(logging.Filter):
    """Makes a record one that any handler may write, such as Prefect's, as `Entry` does."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through."""
        record.msg, record.args = indented(text_of(record)), None
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
