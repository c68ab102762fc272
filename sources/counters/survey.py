"""What a whole file tells of how its columns are written: decided once, never cell by cell, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from sources.counters.times import (
    HOUR_0,
    OFFSET_BEHIND_TIME,
    clock_reading,
    instant_of_offset,
    midnight_before,
    time_of_day,
)
from sources.reading.fields import SPACES, literal, number, quoted
from sources.reading.rows import TextRows, with_columns
from warehouse.errors import RefusedDeliveryError
from warehouse.office.model import CounterCsv
from warehouse.words.messages import say

OTHER_SIGN = {",": ".", ".": ","}

# A cumulative index shows in this many rows from the head of a file.
INDEX_ROWS = 10_000
FEWEST_ROWS = 24
FEWEST_RISES = 10
# So many rows show an index whatever its level; fewer do when it stands above all that it rises.
SURE_ROWS = 100
MOST_FALLS = 0.01  # of the rises: a meter may be reset or roll over


@dataclass(frozen=True)
class Survey:
    """How a file is written: whether its instants carry an offset, whether its times are the ends of slots,
    whether an hour that the clocks show twice is written twice, and the decimal sign of each count column.
    """

    has_offsets: bool
    tells_ends: bool
    repeats_hours: bool
    decimals: Mapping[str, str]
    notices: tuple[str, ...] = ()


def with_times(rows: TextRows, declared: CounterCsv) -> TextRows:
    """The rows with what their time cells say, NULL where they say nothing.

    `~told` is the instant (UTC) of a cell with an offset, `~clock` what the device's clock shows in one
    without; `~moment` is not NULL where the date or instant cell is readable. `~is_24` marks an hour 24.
    """
    cell, forms = quoted("moment"), declared.date_formats
    if declared.time_column is not None:
        rows = with_columns(rows, {"~moment": clock_reading(cell, forms), "~time": time_of_day("time")})
        return with_columns(
            rows,
            {
                "~told": "NULL::TIMESTAMP",
                "~clock": 'date_trunc(\'day\', "~moment") + "~time"',
                "~is_24": '"~moment" IS NOT NULL AND "~time" = INTERVAL 24 HOUR',
            },
        )
    rows = with_columns(
        rows, {"~told_as_is": instant_of_offset(cell, forms), "~clock_as_is": clock_reading(cell, forms)}
    )
    is_read = 'coalesce("~told_as_is", "~clock_as_is") IS NOT NULL'
    rows = with_columns(rows, {"~midnight": f"CASE WHEN NOT ({is_read}) THEN {midnight_before(cell)} END"})

    def either(name: str, read: str) -> str:
        """The cell as it is, else the midnight before its hour 24, a day later."""
        return f'CASE WHEN "~midnight" IS NULL THEN "{name}" ELSE {read} + INTERVAL 1 DAY END'

    rows = with_columns(
        rows,
        {
            "~told": either("~told_as_is", instant_of_offset(quoted("~midnight"), forms)),
            "~clock": either("~clock_as_is", clock_reading(quoted("~midnight"), forms)),
        },
    )
    rows = with_columns(rows, {"~moment": 'coalesce("~told", "~clock")'})
    return with_columns(rows, {"~is_24": '"~midnight" IS NOT NULL AND "~moment" IS NOT NULL'})


def survey(
    connection: duckdb.DuckDBPyConnection,
    rows: TextRows,
    declared: CounterCsv,
    counts: Sequence[str],
    repeats: str,
    language: str,
) -> Survey:
    """Look through the rows of `with_times` once.

    `counts` are our names of the count columns; `repeats` is the SQL aggregate that tells whether an hour of
    autumn is written twice. Raises RefusedDeliveryError for what cannot be decided: instants of which some
    carry an offset, an hour 24 that nothing explains, and a cumulative index that is declared as counts.
    """
    usual: str = declared.decimal or ("." if declared.separator == "," else ",")
    signs = dict.fromkeys(counts, usual)
    asked = {
        "repeats": repeats,
        "hour_24": f'min({quoted("time" if declared.time_column else "moment")}) FILTER ("~is_24")',
        **_offsets(declared),
    }
    if declared.decimal is None:
        asked |= {name: _writes_other_sign(name, sign) for name, sign in signs.items()}
    found = _one(connection, f"SELECT {', '.join(asked.values())} FROM {rows.source}")
    told = dict(zip(asked, found, strict=True))
    has_offsets = _decided_offsets(told, rows, declared)
    signs = {name: OTHER_SIGN[sign] if told.get(name) else sign for name, sign in signs.items()}
    notices = []
    tells_ends = declared.time_is == "end" and declared.values == "counts"
    if told["hour_24"] and declared.values == "counts" and not tells_ends:
        _refuse_hour_24(connection, rows, declared, told["hour_24"])
        tells_ends = True
        column = rows.headings["time" if declared.time_column else "moment"]
        notices.append(say("notice.read_as_ends", language, column=column))
    if declared.values == "counts":
        _refuse_index(connection, rows, declared, signs)
    return Survey(has_offsets, tells_ends, bool(told["repeats"]), signs, tuple(notices))


def _offsets(declared: CounterCsv) -> dict[str, str]:
    """SQL of an example of a cell that carries an offset, and of one that does not."""
    if declared.time_column is not None:
        return {}
    cell, unread = quoted("moment"), '"~moment" IS NULL'
    bare = [form.replace("%z", "") for form in declared.date_formats if "%z" in form]
    with_offset = f"regexp_matches({cell}, {literal(OFFSET_BEHIND_TIME)})"
    return {
        "offset": f'min({cell}) FILTER ("~told" IS NOT NULL OR ({unread} AND {with_offset}))',
        "bare": f'min({cell}) FILTER ("~clock" IS NOT NULL'
        f" OR ({unread} AND {clock_reading(cell, bare)} IS NOT NULL))",
        "read": 'count("~moment")',
    }


def _decided_offsets(told: Mapping[str, Any], rows: TextRows, declared: CounterCsv) -> bool:
    """Whether the instants of the file carry an offset; raises RefusedDeliveryError when only some do."""
    offset, bare = told.get("offset"), told.get("bare")
    names = {"file": rows.name, "column": rows.headings["moment"], "offset": offset}
    if offset and bare:
        raise RefusedDeliveryError(say("refused.mixed_offsets", **names, bare=bare, clock=declared.clock))
    if offset and not told["read"]:
        raise RefusedDeliveryError(say("refused.undeclared_offset", **names))
    return offset is not None


def _refuse_hour_24(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, declared: CounterCsv, hour_24: str
) -> None:
    """Raise RefusedDeliveryError unless the hours of the file are 1 to 24 without any doubt."""
    column = "time" if declared.time_column else "moment"
    at_0 = '"~time" = INTERVAL 0 HOUR'
    if declared.time_column is None:
        at_0 = f"regexp_matches({quoted('moment')}, {literal(HOUR_0)})"
    query = f'SELECT min({quoted(column)}) FROM {rows.source} WHERE "~moment" IS NOT NULL AND {at_0}'
    (hour_0,) = _one(connection, query)
    names = {"file": rows.name, "column": rows.headings[column], "hour_24": hour_24}
    if hour_0 is not None:
        raise RefusedDeliveryError(say("refused.hours_0_and_24", **names, hour_0=hour_0))
    if declared.time_is == "start":
        raise RefusedDeliveryError(say("refused.hour_24", **names))


def _writes_other_sign(column: str, sign: str) -> str:
    """SQL aggregate that tells a column whose decimal sign is the other one.

    It is when some number holds it, none holds `sign`, and no number has exactly three digits behind it,
    which could be thousands.
    """
    other, cell = OTHER_SIGN[sign], quoted(column)
    fine = rf"^[+-]?[0-9{SPACES}]*[{other}]([0-9]{{1,2}}|[0-9]{{4,}})$"
    doubtful = rf"[{other}][0-9]{{3}}($|[^0-9])|[0-9][{sign}]|[{sign}][0-9]"
    holds = f"contains({cell}, {literal(other)})"
    return (
        f"coalesce(bool_or({holds} AND regexp_matches({cell}, {literal(fine)})), false) AND NOT "
        f"coalesce(bool_or(({holds} OR contains({cell}, {literal(sign)}))"
        f" AND regexp_matches({cell}, {literal(doubtful)})), false)"
    )


def _refuse_index(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, declared: CounterCsv, signs: Mapping[str, str]
) -> None:
    """Raise RefusedDeliveryError when a count column never falls as counts do, but rises like a meter."""
    series = [
        quoted(name)
        for name, heading in (("channel", declared.channel_column), ("direction", declared.direction_column))
        if heading is not None
    ] or ["1"]
    labels = ", ".join(f"{label} AS label_{rank}" for rank, label in enumerate(series))
    partition = ", ".join(f"label_{rank}" for rank in range(len(series)))
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE head AS
            SELECT {labels}, coalesce("~told", "~clock") AS "at", {", ".join(map(quoted, signs))}
            FROM {rows.source} LIMIT {INDEX_ROWS}"""
    )
    for name, sign in signs.items():
        value = number("value", name, "DOUBLE", decimal=sign).sql
        found = connection.execute(
            f"""SELECT low, high FROM (
                    SELECT count(*) AS known, count(*) FILTER (value > before) AS rises,
                           count(*) FILTER (value < before) AS falls, min(value) AS low, max(value) AS high
                    FROM (SELECT {partition}, value,
                                 lag(value) OVER (PARTITION BY {partition} ORDER BY "at") AS before
                          FROM (SELECT *, {value} AS value FROM head)
                          WHERE value IS NOT NULL AND "at" IS NOT NULL)
                    GROUP BY {partition})
                WHERE known >= {FEWEST_ROWS} AND rises >= {FEWEST_RISES} AND falls <= {MOST_FALLS} * rises
                  AND (known >= {SURE_ROWS} OR low >= high - low)
                ORDER BY high DESC LIMIT 1"""
        ).fetchone()
        if found is not None:
            low, high = (f"{value:.0f}" for value in found)
            column = rows.headings[name]
            raise RefusedDeliveryError(
                say("refused.index_as_counts", file=rows.name, column=column, low=low, high=high)
            )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
