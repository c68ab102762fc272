"""Great Expectations suites, generated from source.yml, from the database itself and from marts.yml.

Every expectation carries in its `meta` what quality.check_result shows of it: `check` its name, `column`,
`level` (`fail` stops publishing what depends on the table, `warn` notifies), and `say`, the message when it
does not hold, with its `values` and those of each row that it names; one that checks several `columns`
at once gives each of them a result.
Importing this module imports Great Expectations (seconds, 400 MB): only the worker does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import duckdb
from great_expectations import ExpectationSuite
from great_expectations.expectations.core.expect_table_columns_to_match_set import (
    ExpectTableColumnsToMatchSet,
)
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation

from expectations.checks.declared import FAIL, WARN, DeliveryCheck, Level, MartRules, RowRule
from expectations.checks.wrong_rows import (
    ExpectNoNamedRows,
    ExpectNoWrongRows,
    beyond_bounds,
    not_among,
    sharing_a_key,
    without_value,
)
from warehouse.spec import TOKEN, Bounds, ColumnSpec, TableSpec

DELIVERIES_BEFORE = 10
HASH_LENGTH = 64  # hexadecimal digits of HMAC-SHA256


@dataclass(frozen=True)
class Column:
    """A column as the database describes it."""

    name: str
    type: str


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, list[Column]]:
    """The columns of every table of a schema, by table, in order."""
    tables: dict[str, list[Column]] = {}
    for table, name, type_ in connection.execute(
        """SELECT table_name, column_name, data_type FROM duckdb_columns()
           WHERE schema_name = ? ORDER BY table_name, column_index""",
        [schema],
    ).fetchall():
        tables.setdefault(table, []).append(Column(name, type_))
    return tables


def raw_suite(table: TableSpec, columns: Iterable[Column] = ()) -> ExpectationSuite:
    """What source.yml says of a raw table; dlt's own among its `columns` may be there too."""
    expected = {*table.all_columns, *(column.name for column in columns if column.name.startswith("_dlt_"))}
    found: list[Expectation] = [
        ExpectTableColumnsToMatchSet(
            column_set=sorted(expected), exact_match=True, meta=_meta("columns", say="check.columns")
        )
    ]
    found += _filled(column.name for column in table.all_columns.values() if column.required)
    found += _within({column.name: column.bounds for column in table.all_columns.values() if column.bounds})
    # A site is one of office.yml or of its column's categories: any other word was quarantined at reading.
    categorised = [c for c in table.all_columns.values() if c.categories and not c.several]
    found += _known_categories({c.name: c.categories for c in categorised if c.name != "site"})
    for column in table.all_columns.values():
        found += _raw_column(column)
    found += _unique(table.primary_key)
    return ExpectationSuite(name=f"raw.{table.name}", expectations=found)


def mart_suite(name: str, columns: Iterable[Column], rules: MartRules) -> ExpectationSuite:
    """What the names and types of a mart's columns say, and what marts.yml adds."""
    columns = list(columns)
    known = {column.name for column in columns}
    filled = {"office"} & known | {*rules.key, *rules.not_null} - set(rules.nullable)
    bounds = {column.name: (0.0, None) for column in columns if _is_count(column)} | rules.between
    found: list[Expectation] = [
        _no_rows(
            "described",
            f"""SELECT column_name FROM duckdb_columns() /* {{batch}} */
                WHERE schema_name = 'marts' AND table_name = '{name}' AND comment IS NULL""",
            WARN,
            say="check.described",
        ),
        *_filled(sorted(filled)),
        *_within({column: Bounds(*both) for column, both in bounds.items() if both != (None, None)}),
        *_unique(rules.key),
        *(_rule(rule) for rule in rules.rows),
    ]
    return ExpectationSuite(name=f"marts.{name}", expectations=found)


def delivery_suite(deliveries: Iterable[DeliveryCheck]) -> ExpectationSuite:
    """On quality.load: a delivery of fewer rows than is healthy, or than before, fails; one of more warns.

    Rows in quarantine are as good as missing. A delivery of which many rows could not be read warns, and one
    of which most could not fails, by that alone.
    """
    found: list[Expectation] = []
    for delivery in deliveries:
        name = f"{delivery.source}.{delivery.kind}"
        of_kind = f"source = '{delivery.source}' AND kind = '{delivery.kind}'"
        chosen = f"{of_kind} AND delivery_id IN ({', '.join(map(str, delivery.delivery_ids))})"
        for check, extents, level in (
            ("many_quarantined", "'partly'", WARN),
            ("most_quarantined", "'wholly', 'mostly'", FAIL),
        ):
            query = f"""SELECT file, rows_read, rows_quarantined, reason
                        FROM quality.unread_file /* {{batch}} */
                        WHERE {chosen} AND is_told AND extent IN ({extents})"""
            meta = _meta(f"{check}:{name}", "rows_quarantined", level, "check.quarantined", kind=name)
            found.append(ExpectNoNamedRows(unexpected_rows_query=query, meta=meta))
        among = f"""SELECT file, rows_read - rows_quarantined AS rows_kept, delivery_id FROM {{batch}}
                    WHERE {chosen} AND delivery_id NOT IN (
                        SELECT delivery_id FROM quality.unread_file
                        WHERE is_told AND extent IN ('wholly', 'mostly'))"""
        for bound, sign, rows, level in (
            ("fewest_rows", "<", delivery.fewest, FAIL),
            ("most_rows", ">", delivery.most, WARN),
        ):
            query = f"{among} AND rows_kept {sign} {rows}"
            say = f"check.{bound}"
            found.append(_no_rows(f"{bound}:{name}", query, level, "rows_read", say, kind=name, rows=rows))
        if delivery.least_share is not None:
            query = f"""SELECT this.file, this.rows_kept FROM ({among}) AS this
                        JOIN LATERAL (SELECT rows_read - rows_quarantined AS rows_kept FROM {{batch}}
                                      WHERE {of_kind} AND status = 'loaded' AND delivery_id < this.delivery_id
                                      ORDER BY delivery_id DESC LIMIT {DELIVERIES_BEFORE}) AS before ON true
                        GROUP BY ALL HAVING this.rows_kept < {delivery.least_share} * max(before.rows_kept)"""
            share = f"{delivery.least_share:.0%}"
            found.append(
                _no_rows(
                    f"share_of_before:{name}", query, FAIL, "rows_read", "check.share_of_before",
                    kind=name, share=share,
                )
            )  # fmt: skip
    return ExpectationSuite(name="quality.load", expectations=found)


def _raw_column(column: ColumnSpec) -> Iterator[Expectation]:
    if column.personal and "_hash" in column.name:
        query = f"""SELECT 1 AS clear FROM {{batch}} WHERE NOT starts_with("{column.name}", '{TOKEN}')
                    AND (length("{column.name}") <> {HASH_LENGTH}
                         OR NOT regexp_full_match("{column.name}", '[0-9a-f]*'))"""
        yield _no_rows("hashed", query, FAIL, column.name, "check.hashed")


def _rule(rule: RowRule) -> Expectation:
    if rule.say is None:
        return _no_rows(rule.check, rule.query, rule.level)
    meta = _meta(rule.check, level=rule.level, say=rule.say)
    return ExpectNoNamedRows(unexpected_rows_query=rule.query, meta=meta)


def _filled(columns: Iterable[str]) -> Iterator[Expectation]:
    columns = list(columns)
    if columns:
        meta = _meta("not_null", say="check.not_null") | {"columns": columns}
        yield ExpectNoWrongRows(unexpected_rows_query=without_value(columns), meta=meta)


def _within(bounds: Mapping[str, Bounds]) -> Iterator[Expectation]:
    if bounds:
        meta = _meta("between", say="check.between") | {"columns": list(bounds)}
        yield ExpectNoWrongRows(unexpected_rows_query=beyond_bounds(bounds), meta=meta)


def _known_categories(known: Mapping[str, Iterable[str]]) -> Iterator[Expectation]:
    """An unknown category is loaded on purpose: somebody must look at it, nothing stops."""
    if known:
        meta = _meta("known_categories", level=WARN, say="check.known_categories") | {"columns": list(known)}
        yield ExpectNoWrongRows(unexpected_rows_query=not_among(known), meta=meta)


def _unique(key: tuple[str, ...] | None) -> Iterator[Expectation]:
    if key:
        meta = _meta("unique", say="check.unique") | {"columns": [", ".join(key)]}
        yield ExpectNoWrongRows(unexpected_rows_query=sharing_a_key(key), meta=meta)


def _no_rows(
    check: str,
    query: str,
    level: Level = FAIL,
    column: str | None = None,
    say: str = "check.rows",
    **values: object,
) -> Expectation:
    """The query over `{batch}` returns no row."""
    meta = _meta(check, column, level, say, **values)
    return UnexpectedRowsExpectation(unexpected_rows_query=query, meta=meta)


def _meta(
    check: str, column: str | None = None, level: Level = FAIL, say: str = "check.rows", **values: object
) -> dict[str, object]:
    return {"check": check, "column": column, "level": level, "say": say, "values": values}


def _is_count(column: Column) -> bool:
    return column.name.endswith("_count") and not column.type.startswith("VARCHAR")
