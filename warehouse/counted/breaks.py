"""Breaks of method that the office file lists, as they touch counted series."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

INDICATOR = "counter_passages"  # the breaks of which are those of counters


def read_breaks(
    connection: duckdb.DuckDBPyConnection, table: str, office: str, subjects: Sequence[str] | None = None
) -> dict[str, tuple[int, ...]]:
    """The first local days (since 1970) of new methods of the counters that have any, or of some of them.

    `table` holds the counted series.
    """
    listed = connection.execute(
        "SELECT DISTINCT site, break_date FROM settings.method_break WHERE office = ? AND indicator = ?",
        [office, INDICATOR],
    ).fetchall()
    if not listed:
        return {}
    found: dict[str, tuple[int, ...]] = {}
    for subject, day in connection.execute(
        f"""WITH counter AS (
               SELECT DISTINCT office, subject, site FROM {table}
               WHERE office = $office AND subject_kind = 'counter'
                 AND ($subjects IS NULL OR list_contains($subjects::VARCHAR[], subject)))
           SELECT DISTINCT subject, break_date - DATE '1970-01-01' AS day
           FROM counter JOIN settings.method_break AS listed USING (office)
           WHERE listed.indicator = $indicator AND listed.site IN ('all', counter.site)
           ORDER BY ALL""",
        {
            "office": office, "subjects": None if subjects is None else [*subjects], "indicator": INDICATOR,
        },
    ).fetchall():  # fmt: skip
        found[subject] = (*found.get(subject, ()), day)
    return found
