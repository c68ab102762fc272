"""The process that runs Great Expectations: one request line on stdin, one answer line on stdout, end.

Started as `python -m expectations.checks.worker PARENT` by `expectations.checks.checking.Checker`. It
writes no file.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from warehouse.child import end_with

if __name__ == "__main__":
    end_with(int(sys.argv[1]))  # before the seconds that the imports below take
os.environ["GX_ANALYTICS_ENABLED"] = "false"

import duckdb
import great_expectations as gx
from great_expectations import ExpectationSuite
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig

from expectations.checks import dialect, suites
from expectations.checks.checking import DELIVERIES, CheckResult, Request, asked, dump, unanswered
from expectations.checks.declared import MartRules, mart_rules
from warehouse.storage.database import MEMORY_LIMIT
from warehouse.words.messages import say


def run(request: Request) -> list[CheckResult]:
    """The results of every suite that the request asks for; a suite that cannot run gives a failed one."""
    # First what DuckDB says, then Great Expectations: their connections do not stand each other.
    planned = list(plan(request))
    dialect.register()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # It would write its whole configuration as YAML, to its own memory, twice for each table.
    context._save_project_config = lambda: None  # type: ignore[method-assign]
    warehouse = context.data_sources.add_sql(
        "warehouse",
        connection_string=dialect.URL.format(path=request.database),
        create_temp_table=False,
        # create_engine's own arguments; the stub of add_sql does not list them.
        kwargs={  # type: ignore[call-arg]
            "connect_args": {"read_only": True, "config": {"memory_limit": MEMORY_LIMIT}}
        },
    )
    results: list[CheckResult] = []
    for table, suite in planned:
        try:
            asset = warehouse.add_table_asset(table, table_name=table)
            batch = asset.add_batch_definition_whole_table("all").get_batch()
            answer = batch.validate(suite, result_format="BASIC")
            for one in answer.results:
                results += results_of(request, table, one)
        except Exception as error:  # noqa: BLE001  # whatever stops a suite, its table has failed
            results.append(unanswered(request, table, " ".join(str(error).split())))
    return results


def plan(request: Request) -> Iterator[tuple[str, ExpectationSuite]]:
    """Every table asked for, with its suite; a missing one too, whose suite then errors."""
    with duckdb.connect(
        str(request.database), read_only=True, config={"memory_limit": MEMORY_LIMIT}
    ) as connection:
        raw, marts = suites.columns_of(connection, "raw"), suites.columns_of(connection, "marts")
    specs = {f"raw.{table.name}": table for table in request.tables}
    for table in asked(request):
        name = table.split(".")[1]
        if table in specs:
            yield table, suites.raw_suite(specs[table], raw.get(name, ()))
        elif table == DELIVERIES:
            yield table, suites.delivery_suite(request.deliveries)
        else:
            rules = mart_rules().get(name, MartRules())
            yield table, suites.mart_suite(name, marts.get(name, ()), rules)


def results_of(request: Request, table: str, answer: ExpectationValidationResult) -> Iterator[CheckResult]:
    """One expectation's answer as rows of quality.check_result: one for each column that it checks."""
    assert answer.expectation_config is not None
    meta: dict[str, Any] = answer.expectation_config.meta
    error = error_of(answer.exception_info, request.language)
    observed = observed_in(answer.result)
    if "columns" not in meta:
        named = answer.result.get("details", {}).get("rows", ())
        yield _result(request, table, meta, meta["column"], bool(answer.success), observed, error, named)
        return
    counts: dict[str, int] = answer.result.get("observed_value") or {}
    for column in meta["columns"]:
        count = counts.get(column)
        missing = say("check.no_count", request.language) if count is None else None
        yield _result(request, table, meta, column, count == 0, str(count), error or missing)


def _result(
    request: Request,
    table: str,
    meta: dict[str, Any],
    column: str | None,
    success: bool,
    observed: str | None,
    error: str | None,
    named: Sequence[Mapping[str, object]] = (),
) -> CheckResult:
    words = {**meta["values"], "table": table, "check": meta["check"], "column": column}
    message = None
    if error is not None:
        message = say("check.error", request.language, **words, detail=error)
    elif not success:
        each = [{**words, **row} for row in named] if named else [words]
        message = " ".join(say(meta["say"], request.language, **one, observed=observed) for one in each)
    return CheckResult(
        office=request.office,
        as_of=request.as_of,
        table=table,
        check=meta["check"],
        column=column,
        level=meta["level"],
        success=success and error is None,
        observed=None if error is not None else observed,
        message=message,
    )


def observed_in(result: dict[str, Any]) -> str | None:
    """What was seen, in a few characters: the number of unexpected rows, or the columns that differ."""
    mismatched = result.get("details", {}).get("mismatched")
    if mismatched:
        return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in sorted(mismatched.items()))
    found = result.get("unexpected_count", result.get("observed_value"))
    return None if found is None or isinstance(found, list) else str(found)


def error_of(info: dict[str, Any] | None, language: str) -> str | None:
    """Why an expectation could not be evaluated, or None; errors come plain or by metric."""
    if not info:
        return None
    if "raised_exception" not in info:
        return next((error for nested in info.values() if (error := error_of(nested, language))), None)
    if not info["raised_exception"]:
        return None
    return " ".join(str(info.get("exception_message")).split()) or say("check.unsaid", language)


def main() -> None:
    """Answer the one request of stdin; whatever libraries print goes to stderr."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    line = sys.stdin.readline()
    if line:
        answer.write(dump(run(Request.model_validate_json(line))) + "\n")
        answer.close()
        os._exit(0)  # taking down what was imported would take another half second, and somebody waits


if __name__ == "__main__":
    main()
