"""Expectations of our own: how many rows are wrong, by column, in one query; and which ones.

Great Expectations' own cost a query and some milliseconds of Python for every column, twice over for a key:
two thirds of the time of the nightly checks went there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

from warehouse.publishing.datapackage import literal
from warehouse.spec import Bounds


class ExpectNoWrongRows(UnexpectedRowsExpectation):
    """The query counts the wrong rows of each column that it checks: `column_name`, `unexpected_count`.

    All are 0. A column without its row was not checked, so that a result that got lost never passes. The
    result's `observed_value` is a dict of the counts by column.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.table"]
        counts = {row["column_name"]: int(row["unexpected_count"]) for row in rows}
        checked = (self.meta or {})["columns"]
        is_right = set(counts) == set(checked) and not any(counts.values())
        return {"success": is_right, "result": {"observed_value": counts}}


class ExpectNoNamedRows(UnexpectedRowsExpectation):
    """The query returns no row; the result's `details` hold those that it returned, as dicts by column."""

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        rows = [dict(row) for row in metrics["unexpected_rows_query.table"]]
        return {"success": not rows, "result": {"observed_value": len(rows), "details": {"rows": rows}}}


def without_value(columns: list[str]) -> str:
    """The query, over `{batch}`, for columns that must be filled."""
    return _counts({column: f'"{column}" IS NULL' for column in columns})


def beyond_bounds(bounds: Mapping[str, Bounds]) -> str:
    """The query, over `{batch}`, for columns whose values have a least and a largest one."""
    return _counts({column: one.beyond(f'"{column}"') for column, one in bounds.items()})


def not_among(known: Mapping[str, Iterable[str]]) -> str:
    """The query, over `{batch}`, for columns of which every value that is there is one of those known."""
    return _counts(
        {column: f'"{column}" NOT IN ({", ".join(map(literal, of))})' for column, of in known.items()}
    )


def _counts(wrong: Mapping[str, str]) -> str:
    """The query of how many rows are wrong, from the condition of each column."""
    counts = ", ".join(f'count(*) FILTER ({condition}) AS "{column}"' for column, condition in wrong.items())
    return f"""
        UNPIVOT (SELECT {counts} FROM {{batch}})
        ON COLUMNS(*) INTO NAME column_name VALUE unexpected_count"""


def sharing_a_key(columns: tuple[str, ...]) -> str:
    """The query, over `{batch}`, for a key: rows that share theirs with another one.

    Hashes find the few candidates: the keys themselves of ten million rows would not fit in memory.
    """
    key = ", ".join(f'"{column}"' for column in columns)
    return f"""
        SELECT '{", ".join(columns)}' AS column_name,
               coalesce(sum(rows_of_key), 0)::BIGINT AS unexpected_count
        FROM (SELECT count(*) AS rows_of_key FROM {{batch}}
              WHERE hash({key}) IN (SELECT hash({key}) FROM {{batch}} GROUP BY ALL HAVING count(*) > 1)
              GROUP BY {key} HAVING count(*) > 1)"""
