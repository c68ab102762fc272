"""What the rule of counters that have never counted asks of a door: its own query, on the door's rows."""

from __future__ import annotations

import duckdb
import numpy as np

from bench.counters.doors import Door
from bench.counters.scoring import Episode
from expectations.incidents.rules import rules

RULE = "never_counted"


def asked(door: Door) -> list[Episode]:
    """The questions of the rule, as known when the last slot of the door was over."""
    total = door.total
    row = {
        "office": np.full(total.start.size, total.office),
        "subject": np.full(total.start.size, total.subject),
        "subject_kind": np.full(total.start.size, "counter"),
        "site": np.full(total.start.size, "site"),
        "local_date": total.start,
        "local_hour": total.hour,
        "utc_hour": total.start,
        "slot_minutes": total.minutes,
        "open_minutes": total.open_minutes,
        "observed_count": total.count,
        "entry_count": door.entries.count,
        "exit_count": door.exits.count,
    }
    counts = ", ".join(f"nullif({name}, 'nan') AS {name}" for name in row if name.endswith("_count"))
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.register("slots", row)
        connection.execute("CREATE SCHEMA marts")
        connection.execute(
            f"""CREATE TABLE marts.counted_series AS
                SELECT * REPLACE (local_date::DATE AS local_date, utc_hour::TIMESTAMP AS utc_hour, {counts})
                FROM slots"""
        )
        as_of = (total.start[-1] + total.minutes[-1].astype("timedelta64[m]")).item()
        found = connection.execute(rules()[RULE].query, {"office": total.office, "as_of": as_of})
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, values, strict=True)) for values in found.fetchall()]
    return [Episode(one["fault"], one["onset_at"], one["detected_at"], one["ended_at"]) for one in rows]
