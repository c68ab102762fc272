"""The programs that are measured, each started in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path


def night(home: str, day: str) -> None:
    """One night without Prefect's orchestration; prints what was read."""
    from flows.night.steps import night as run
    from warehouse.clock import nightly_instant
    from warehouse.office.model import load_office
    from warehouse.storage.layout import Home

    where = Home(Path(home))
    office = load_office(where.office_file)
    progress = (lambda step: print(step, file=sys.stderr)) if "-v" in sys.argv else (lambda _: None)
    report = run(where, office, nightly_instant(date.fromisoformat(day), office.zone), progress=progress)
    print(f"{report.files_new} files read, exit {report.exit_status}, {len(report.checks)} checks")


def score(database: str) -> None:
    """A night's scoring of the counters of `bench.thousand`; prints what was done."""
    from bench import thousand

    print(thousand.score(Path(database)))


def alone(home: str, csv: str) -> None:
    """DuckDB alone: read_csv into a table, then the SQL of every model, as dbt compiled it, in order."""
    import duckdb

    from transforms.compiled import compiled
    from warehouse.storage.layout import Home

    work = Path(home) / "warehouse"
    models = compiled(Home(Path(home)))
    # What Python models made is taken as it is.
    given_whole = [model.name for model in models.models.values() if model.kind in ("seed", "python")]
    con = duckdb.connect(str(work / "alone.duckdb"))
    con.execute(f"ATTACH '{work / 'vigie.duckdb'}' AS vigie (READ_ONLY)")
    for schema in ("raw", "staging", "marts", "settings", "quality"):
        con.execute(f"CREATE SCHEMA {schema}")
    small = con.execute(
        """SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'vigie'
           AND (schema_name IN ('raw', 'settings', 'quality') OR list_contains(?, table_name))
           AND table_name <> 'counter_counts' AND table_name NOT LIKE '\\_dlt%' ESCAPE '\\'""",
        [given_whole],
    ).fetchall()
    for schema, table in small:
        con.execute(f'CREATE TABLE {schema}."{table}" AS FROM vigie.{schema}."{table}"')
    columns = con.execute(
        """SELECT column_name FROM duckdb_columns() WHERE database_name = 'vigie'
           AND table_name = 'counter_counts' AND schema_name = 'raw' ORDER BY column_index"""
    ).fetchall()
    given = {
        "office": "'bench'",
        "delivery_id": "1",
        "counter": "'door-' || substr(channel_id, 4, 2)",
        "channel_id": "channel_id",
        "direction": "lower(split_part(channel_id, '-', 3))",
        "start_at": "start_datetime::TIMESTAMPTZ::TIMESTAMP",
        "end_at": "end_datetime::TIMESTAMPTZ::TIMESTAMP",
        "passage_count": "count::DOUBLE",
    }
    con.execute("SET TimeZone = 'UTC'")
    selected = ", ".join(f"{given.get(name, 'NULL')} AS {name}" for (name,) in columns)
    con.execute(f"CREATE TABLE raw.counter_counts AS SELECT {selected} FROM read_csv('{csv}')")
    for model in models.models.values():
        if model.name not in given_whole:
            code = model.sql.replace('"vigie".', "")
            con.execute(f"CREATE {model.kind} {model.relation} AS {code}")
    rows = con.execute("SELECT count(*) FROM marts.indicator_value").fetchone()
    print(f"{rows[0] if rows else 0} indicator values")


if __name__ == "__main__":
    programs: dict[str, Callable[..., None]] = {"night": night, "alone": alone, "score": score}
    programs[sys.argv[1]](*[a for a in sys.argv[2:] if a != "-v"])
