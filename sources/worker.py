"""The process that reads files: a line of set-up, then one request and one answer a line, until stdin ends.

Started as `python -m sources.worker PARENT` by `sources.contained.Reader`. It writes nothing but the folder
that a request names.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from dataclasses import replace
from pathlib import Path

from warehouse.child import confine, end_with, held_bytes

if __name__ == "__main__":
    end_with(int(sys.argv[1]))  # before the imports below, which take longest

import duckdb

import sources.catalogue
import sources.layouts
from sources.catalogue import Context, SourceReading
from sources.contained import EXHAUSTED, MARKED, TOO_LONG, Answer, Request, Setup
from sources.proposing import propose
from sources.reading.faults import faults_of
from sources.reading.marking import mark
from sources.staged import prove
from warehouse.errors import RefusedDeliveryError, VigieError
from warehouse.storage.layout import Home
from warehouse.storage.secrets import secret
from warehouse.words.messages import say

ROOT = Path(__file__).parents[1]
# A worker that holds more after a file is replaced: what it keeps would add to what loading takes.
KEPT_BYTES = 320 << 20


def answer(setup: Setup, request: Request) -> Answer:
    """Read one file; whatever its reader raises is an answer, but for memory or a file beyond the limits."""
    try:
        if request.faults:
            return _marked(setup, request)
        if request.proposes:
            return _proposed(setup, request)
        reading = _read(setup, request)
    except RefusedDeliveryError as error:
        return Answer(outcome="refused", text=_writable(str(error)), misses=error.misses)
    except VigieError as error:
        return Answer(outcome="waits", text=_writable(str(error)))
    except (MemoryError, duckdb.OutOfMemoryException):
        os._exit(EXHAUSTED)
    except (OSError, duckdb.IOException) as error:
        if (isinstance(error, OSError) and error.errno == errno.EFBIG) or "File too large" in str(error):
            os._exit(TOO_LONG)
        # The disk, the rights on a folder: nothing that the file is at fault for.
        detail = (error.strerror if isinstance(error, OSError) else None) or _writable(str(error))
        file, detail = request.delivery.file_name, " ".join(detail.split())
        text = say("reader.waits", setup.office.language, file=file, detail=detail)
        return Answer(outcome="waits", text=text)
    except BaseException as error:  # noqa: BLE001 - libraries in Rust raise their panics as BaseException
        # Where it was raised, and not what it says: that may be a cell.
        trace = _writable("".join(traceback.format_tb(error.__traceback__)))
        return Answer(outcome="failed", text=_place(error), trace=trace)
    return Answer(outcome="read", reading=reading)


def _read(setup: Setup, request: Request) -> SourceReading:
    home = Home(setup.home)
    module = sources.catalogue.find(request.source)
    reading = module.read(
        request.delivery,
        Context(setup.office, lambda name: secret(home, name), request.work, setup.as_of, home),
    )
    if not reading.account.balances:
        raise AssertionError(f"the account does not balance: {reading.account}")
    for table, path in reading.tables.items():
        prove(module.SPEC.table(table), path)
    return replace(reading, account=replace(reading.account, message=_writable(reading.account.message)))


def _marked(setup: Setup, request: Request) -> Answer:
    delivery, target = request.delivery, request.work / MARKED
    found = faults_of(request.faults)
    if not mark(delivery.path, delivery.file_name, found, target, setup.office.language):
        return Answer(outcome="refused", text=say("told.nothing_to_mark", setup.office.language))
    return Answer(outcome="marked")


def _proposed(setup: Setup, request: Request) -> Answer:
    delivery, language = request.delivery, setup.office.language
    spec = sources.catalogue.find(request.source).SPEC
    layouts = sources.layouts.known(Home(setup.home), spec, language)
    if not layouts:
        return Answer(outcome="refused", text=say("propose.no_layout", language, source=spec.name))
    draft = propose(delivery.path, delivery.file_name, spec, layouts, request.work, language)
    return Answer(outcome="proposed", text=_writable(draft))


def _place(error: BaseException) -> str:
    """The kind of an error, and where in Vigie it was raised."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(ROOT)]
    last = frames[-1]
    return f"{type(error).__name__}, {Path(last.filename).relative_to(ROOT)}:{last.lineno}"


def _writable(text: str) -> str:
    """A text that UTF-8 can write, whatever bytes of a file it repeats."""
    return text.encode("utf-8", "backslashreplace").decode()


def main() -> None:
    """Answer the requests of stdin; whatever libraries print goes to stderr."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run, which Ctrl-C ends too, ends us
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    setup: Setup | None = None
    for line in sys.stdin.buffer:
        if setup is None:
            setup = Setup.model_validate_json(line)
            confine(setup.limits.asked_bytes, setup.limits.file_bytes)
            answers.write(b"ready\n")
        else:
            told = answer(setup, Request.model_validate_json(line))
            told.is_last = told.outcome == "failed" or held_bytes() > KEPT_BYTES
            answers.write(told.model_dump_json().encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
