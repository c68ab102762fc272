"""A meter's cumulative index that is declared as counts shows by never falling: the file is refused."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from sources.reading.fields import Field, quoted
from sources.reading.rows import TextRows
from sources.reading.slots import ORDER
from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say

# An index shows in this many rows from the head of a file.
LOOKED_AT = 10_000
FEWEST_ROWS = 24
FEWEST_RISES = 10
# So many rows show an index whatever its level; fewer do when it stands above all that it rises.
SURE_ROWS = 100
MOST_FALLS = 0.01  # of the rises: a meter may be reset or roll over


def refuse_index(
    connection: duckdb.DuckDBPyConnection, rows: TextRows, counts: Sequence[Field], series: Sequence[str]
) -> None:
    """Raise RefusedDeliveryError when counts never fall, but rise like a meter.

    `rows` have slots (`sources.reading.slots`); `series` are the text columns that tell one counter's rows
    from another's.
    """
    told_apart = [quoted(one) for one in series] or ["1"]
    labels = ", ".join(f"{label} AS label_{rank}" for rank, label in enumerate(told_apart))
    partition = ", ".join(f"label_{rank}" for rank in range(len(told_apart)))
    values = ", ".join(f"{field.sql} AS {quoted(field.name)}" for field in counts)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE head AS
            SELECT {labels}, {ORDER} AS "at", {values} FROM {rows.source} LIMIT {LOOKED_AT}"""
    )
    for field in counts:
        value = quoted(field.name)
        found = connection.execute(
            f"""SELECT low, high FROM (
                    SELECT count(*) AS known, count(*) FILTER (value > before) AS rises,
                           count(*) FILTER (value < before) AS falls, min(value) AS low, max(value) AS high
                    FROM (SELECT {partition}, {value} AS value,
                                 lag({value}) OVER (PARTITION BY {partition} ORDER BY "at") AS before
                          FROM head WHERE {value} IS NOT NULL AND "at" IS NOT NULL)
                    GROUP BY {partition})
                WHERE known >= {FEWEST_ROWS} AND rises >= {FEWEST_RISES} AND falls <= {MOST_FALLS} * rises
                  AND (known >= {SURE_ROWS} OR low >= high - low)
                ORDER BY high DESC LIMIT 1"""
        ).fetchone()
        if found is not None:
            low, high = (f"{one:.0f}" for one in found)
            column = rows.headings[field.column]
            key = rows.described.line("refused.index_as_counts", "refused.index_as_counts_of_layout")
            names = {"file": rows.name, "column": column, "low": low, "high": high}
            place = rows.described.place
            raise RefusedDeliveryError(say(key, rows.language, **names, place=place))
