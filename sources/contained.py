"""Read files in a process of their own: what one file does to its reader, it does to no other file.

`sources.worker` is started when the first file is read, answers file by file, and is started anew when a file
has ended it. It keeps within `Limits`; its memory is not that of the run.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from pydantic import BaseModel

from sources.catalogue import SourceReading
from warehouse.child import held_bytes
from warehouse.errors import VigieError
from warehouse.office.model import Office
from warehouse.storage.layout import Home
from warehouse.storage.ledger import Delivery, Refusal
from warehouse.words.messages import number, say
from warehouse.words.shapes import of_library, typed

log = logging.getLogger("vigie")
GIBIBYTE = 1 << 30
INTERVAL_SECONDS = 0.05  # in which a process can take about 100 MB
COMMAND = (sys.executable, "-m", "sources.worker")
START_SECONDS = 120.0  # of its imports, which take one; a machine under load may be slow
EXHAUSTED, TOO_LONG = 71, 72  # exit statuses of the worker: out of memory, a file too large to write
LAST_WORDS_BYTES = 1000
MARKED = "marked"  # the name of a marked copy in the folder that it is written to


@dataclass(frozen=True)
class Limits:
    """What reading one file may take.

    Memory held: ten million rows of counters (570 MB of CSV) hold 0.75 GB, and Apidae's largest projects,
    which are parsed whole, more. Memory asked for at once or kept unused: those rows made it 1.9 GB; damaged
    workbooks ask for hundreds. Files: the largest file that the inbox takes, in another encoding, is below
    4 GiB. Time: those rows take 20 s on a quiet machine.
    """

    memory_bytes: int = 3 * GIBIBYTE
    asked_bytes: int = 16 * GIBIBYTE
    file_bytes: int = 4 * GIBIBYTE
    seconds: float = 900.0


class Setup(BaseModel):
    """What the worker reads first, on one line. It finds secrets itself, as the run does."""

    home: Path
    office: Office
    as_of: datetime
    limits: Limits


class Request(BaseModel):
    """A file to read, on one line; `work` is an empty folder.

    With `faults`, Parquet files of what is wrong in it, its marked copy is written there instead; with
    `proposes` a layout is drafted.
    """

    source: str
    delivery: Delivery
    work: Path
    faults: tuple[Path, ...] = ()
    proposes: bool = False


class Answer(BaseModel):
    """What became of it, on one line.

    `text` is in words for all but `read` and `failed`: of `proposed` it is the draft, while `marked` says
    that a copy was written. `failed` is an error that no reader foresaw: `text` names its kind and place,
    `trace` the way to it; what it says may hold personal data, and is dropped. With `is_last` the worker ends
    after its answer.
    """

    outcome: Literal["read", "marked", "proposed", "refused", "failed", "waits"]
    reading: SourceReading | None = None
    text: str = ""
    trace: str = ""
    misses: float = 1.0  # of `refused`
    is_last: bool = False


class ReaderDiedError(Exception):
    """Reading a file ended its process; the text says how, in words."""


class ReaderCannotStartError(Exception):
    """The process that reads does not start, whatever the file: all wait."""


class Reader:
    """The worker, as a context manager: started by `start` or the first `read`, ended on exit."""

    def __init__(self, home: Home, office: Office, as_of: datetime, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._setup = Setup(home=home.root.absolute(), office=office, as_of=as_of, limits=self._limits)
        self._language = office.language
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False  # the worker has answered to its set-up
        self._errors: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def read(self, source: str, delivery: Delivery, work: Path) -> SourceReading | Refusal:
        """Read one archived file into `work`, an empty folder.

        Raises ReaderDiedError when that ended the process, VigieError for what is not the file's fault, such
        as a missing secret or a full disk: it waits then; and ReaderCannotStartError.
        """
        answer = self._answer(Request(source=source, delivery=delivery, work=work.absolute()))
        if answer.outcome == "read" and answer.reading is not None:
            return answer.reading
        return self._refusal(source, delivery, answer)

    def mark(self, source: str, delivery: Delivery, faults: Sequence[Path], work: Path) -> Path | Refusal:
        """Write a file's marked copy into `work`; `faults` are Parquet files of what is wrong in it.

        Raises what `read` raises.
        """
        request = Request(source=source, delivery=delivery, work=work.absolute(), faults=tuple(faults))
        answer = self._answer(request)
        if answer.outcome == "marked":
            return work.absolute() / MARKED
        return self._refusal(source, delivery, answer)

    def propose(self, source: str, delivery: Delivery, work: Path) -> str | Refusal:
        """Draft a layout of the source for a file, as YAML; raises what `read` raises."""
        request = Request(source=source, delivery=delivery, work=work.absolute(), proposes=True)
        answer = self._answer(request)
        return answer.text if answer.outcome == "proposed" else self._refusal(source, delivery, answer)

    def _answer(self, request: Request) -> Answer:
        if self._process is None or self._process.poll() is not None:
            self.start()
        if not self._is_ready:
            self._set_up()
        answer = Answer.model_validate_json(self._ask(request, self._limits.seconds))
        if answer.is_last:
            self.stop()
        return answer

    def _refusal(self, source: str, delivery: Delivery, answer: Answer) -> Refusal:
        """Why a file was neither read nor marked; raises VigieError when that is not its fault."""
        if answer.outcome == "waits":
            raise VigieError(answer.text)
        if answer.outcome == "refused":
            return Refusal(answer.text, misses=answer.misses)
        log.error("reading %s of %s failed:\n%s", typed(delivery.file_name), source, answer.trace)
        words = say("refused.reader_failed", self._language, file=delivery.file_name, detail=answer.text)
        return Refusal(words, "reader_failed")

    def stop(self) -> None:
        """End the worker if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
            self._is_ready = False
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def start(self) -> None:
        """Start the worker anew and wait for nothing: its imports take a second, in which others can work."""
        self.stop()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [*COMMAND, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "RUST_BACKTRACE": "0"},  # its pages would hide the cause
        )

    def _set_up(self) -> None:
        try:
            self._ask(self._setup, START_SECONDS)
        except ReaderDiedError as death:
            words = say("reader.cannot_start", self._language, detail=str(death))
            raise ReaderCannotStartError(words) from death
        self._is_ready = True

    def _ask(self, told: BaseModel, seconds: float) -> bytes:
        """The line that the worker answers to a line; raises ReaderDiedError when there is none in time."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        answer = b""
        until = time.monotonic() + seconds
        try:
            process.stdin.write(told.model_dump_json().encode() + b"\n")
            process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                while not answer.endswith(b"\n"):
                    if not selector.select(INTERVAL_SECONDS):
                        self._hold_to_limits(process, until)
                        continue
                    chunk = os.read(process.stdout.fileno(), 1 << 16)
                    if not chunk:
                        raise self._death()
                    answer += chunk
        except BrokenPipeError as error:
            raise self._death() from error
        return answer

    def _hold_to_limits(self, process: subprocess.Popen[bytes], until: float) -> None:
        """End the worker when it holds too much, or after its time; raises ReaderDiedError then."""
        if held_bytes(process.pid) > self._limits.memory_bytes:
            process.kill()
            raise self._death(self._too_much_memory())
        if time.monotonic() > until:
            process.kill()
            seconds = number(self._limits.seconds, self._language)
            raise self._death(say("death.time", self._language, seconds=seconds))

    def _too_much_memory(self) -> str:
        most = number(self._limits.memory_bytes / 2**20, self._language)
        return say("death.memory", self._language, most=most)

    def _death(self, cause: str | None = None) -> ReaderDiedError:
        """How the worker died, its last words in the log; the next file starts another."""
        process, errors, language = self._process, self._errors, self._language
        assert process is not None and errors is not None
        status = process.wait()
        errors.seek(max(0, errors.seek(0, os.SEEK_END) - LAST_WORDS_BYTES))
        last_words = errors.read().decode("utf-8", "replace").strip()
        log.error("the process that reads files ended with status %s. %s", status, of_library(last_words))
        self.stop()
        if cause is None and status == EXHAUSTED:
            cause = self._too_much_memory()
        elif cause is None and status == TOO_LONG:
            most = number(self._limits.file_bytes / 2**20, language)
            cause = say("death.size", language, most=most)
        elif cause is None:
            name = signal.Signals(-status).name if status < 0 else str(status)
            cause = say("death.sudden", language, status=name)
        return ReaderDiedError(cause)
