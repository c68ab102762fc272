"""Run the checks of a database in a process of their own, and keep their results.

Great Expectations costs seconds and 400 MB to import, and its read-only connection cannot share a process
with another one: `expectations.checks.worker` is started early, in parallel with the transforms, and asked
once. A check that errors counts as failed, never as passed, and so does everything asked of a worker that
dies.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import duckdb
from pydantic import BaseModel, TypeAdapter, ValidationError

from expectations.checks.declared import FAIL, DeliveryCheck, Level, mart_rules
from warehouse.clock import naive_utc
from warehouse.spec import TableSpec
from warehouse.storage.database import transaction
from warehouse.words.messages import say

DELIVERIES = "quality.load"
TIMEOUT_SECONDS = 900


@dataclass(frozen=True)
class CheckResult:
    """A row of quality.check_result: `as_of` in UTC without its zone, `table` with its schema."""

    office: str
    as_of: datetime
    table: str
    check: str
    column: str | None
    level: Level
    success: bool
    observed: str | None
    message: str | None

    @property
    def stops_publishing(self) -> bool:
        """True when what depends on the table may not be published."""
        return not self.success and self.level == FAIL


class Request(BaseModel):
    """What the worker is asked, on one line."""

    database: Path
    office: str
    as_of: datetime
    language: str
    tables: tuple[TableSpec, ...]
    deliveries: tuple[DeliveryCheck, ...]
    marts: bool


Answer = TypeAdapter(list[CheckResult])


class Checker:
    """The worker, as a context manager: `start` it early, `check` once; it is killed on exit.

    `command` starts it; the process to end with is added as last argument.
    """

    def __init__(self, command: Sequence[str] = (sys.executable, "-m", "expectations.checks.worker")) -> None:
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the worker, which imports Great Expectations and waits; nothing when it runs already."""
        if self._process is not None:
            return
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [*self._command, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            env={**os.environ, "GX_ANALYTICS_ENABLED": "false"},
        )

    def stop(self) -> None:
        """Kill the worker if it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def check(
        self,
        database: Path,
        tables: Sequence[TableSpec],
        deliveries: Sequence[DeliveryCheck],
        as_of: datetime,
        office_code: str,
        language: str = "fr",
        marts: bool = True,
        timeout: float = TIMEOUT_SECONDS,
    ) -> list[CheckResult]:
        """Run every suite on a database that nobody writes: raw tables, deliveries and, unless told, marts.

        Never raises for what happens in the worker: each table without an answer gets a failed result.
        """
        self.start()
        request = Request(
            database=database.absolute(),
            office=office_code,
            as_of=naive_utc(as_of),
            language=language,
            tables=tuple(tables),
            deliveries=tuple(deliveries),
            marts=marts,
        )
        results, reason = self._ask(request, timeout)
        answered = {result.table for result in results}
        return results + [
            unanswered(request, table, reason) for table in asked(request) if table not in answered
        ]

    def _ask(self, request: Request, timeout: float) -> tuple[list[CheckResult], str]:
        """The worker's answer, and why there is none where it has none."""
        process, errors = self._process, self._errors
        assert process is not None and errors is not None
        try:
            answer, _ = process.communicate(request.model_dump_json() + "\n", timeout=timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            return [], say("check.no_answer", request.language, seconds=f"{timeout:.0f}")
        except OSError as error:
            self.stop()
            return [], str(error)
        errors.seek(0)
        last_words = next((line for line in reversed(errors.read().splitlines()) if line.strip()), "")
        status = process.returncode
        self.stop()
        try:
            return Answer.validate_json(answer), say("check.not_answered", request.language)
        except ValidationError:
            words = say("check.worker_ended", request.language, status=status, last_words=last_words)
            return [], " ".join(words.split())


def asked(request: Request) -> list[str]:
    """The tables that must have an answer: a mart that is declared must exist."""
    names = [f"raw.{table.name}" for table in request.tables]
    if request.deliveries:
        names.append(DELIVERIES)
    if request.marts:
        names += sorted({f"marts.{name}" for name in {*mart_rules(), *_existing_marts(request.database)}})
    return names


def unanswered(request: Request, table: str, reason: str) -> CheckResult:
    """The failed result of a table that no suite could check."""
    return CheckResult(
        office=request.office,
        as_of=request.as_of,
        table=table,
        check="suite",
        column=None,
        level=FAIL,
        success=False,
        observed=None,
        message=say("check.error", request.language, table=table, check="suite", detail=reason),
    )


def write_results(connection: duckdb.DuckDBPyConnection, results: Iterable[CheckResult]) -> None:
    """Keep results in quality.check_result, in one transaction; they replace those of their night."""
    import pyarrow as pa  # who only looks at results does not wait for it

    results = list(results)
    nights = {(result.office, result.as_of) for result in results}
    with transaction(connection):
        for night in nights:
            connection.execute("DELETE FROM quality.check_result WHERE office = ? AND as_of = ?", list(night))
        if results:
            connection.register("vigie_rows", pa.Table.from_pylist([asdict(result) for result in results]))
            connection.execute("INSERT INTO quality.check_result BY NAME FROM vigie_rows")
            connection.unregister("vigie_rows")


def _existing_marts(database: Path) -> Collection[str]:
    """Marts of a database; none when it cannot be opened, which its other tables' results say."""
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.Error:
        return []
    try:
        found = connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'")
        return [row[0] for row in found.fetchall()]
    finally:
        connection.close()


def dump(results: Sequence[CheckResult]) -> str:
    """Results as the one line that the worker answers."""
    return json.dumps(Answer.dump_python(list(results), mode="json"))
