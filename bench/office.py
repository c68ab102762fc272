"""A large synthetic office: ten doors of the national counting schema, as many slots as asked for."""

from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import yaml

COUNTERS = 10
DIRECTIONS = {"IN": "in", "OUT": "out"}


def channel(counter: int, direction: str) -> str:
    """The channel id of a counter's direction."""
    return f"CH-{counter:02d}-{direction}"


def write_office(home: Path) -> None:
    """Write office.yml with ten doors, open from 9 to 19 every day."""
    content = {
        "code": "bench",
        "name": "Bench",
        "siren": "000000000",
        "school_zone": "C",
        "sites": [
            {"code": "centre", "name": "Centre", "opening": [{"hours": [{"start": "09:00", "end": "19:00"}]}]}
        ],
        "counters": [
            {
                "code": f"door-{n:02d}",
                "label": f"Door {n}",
                "site": "centre",
                "format": "national",
                "channels": {channel(n, code): ours for code, ours in DIRECTIONS.items()},
            }
            for n in range(COUNTERS)
        ],
    }
    home.mkdir(parents=True, exist_ok=True)
    (home / "office.yml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def write_measures(path: Path, first: datetime, last: datetime, minutes: int) -> int:
    """Write a measure file of the national schema from `first` to `last` (UTC), a slot every `minutes`.

    Counts are 0 outside 8 to 18 h UTC and vary by day and hour without chance; returns the number of rows.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = ", ".join(f"'{channel(n, d)}'" for n in range(COUNTERS) for d in DIRECTIONS)
    with duckdb.connect() as connection:
        answer = connection.execute(
            f"""COPY (
                SELECT channel_id, 'C' || substr(channel_id, 4, 2) AS counter_id,
                       strftime(slot_at, '%Y-%m-%dT%H:%M:%SZ') AS start_datetime,
                       strftime(slot_at + INTERVAL {minutes} MINUTE, '%Y-%m-%dT%H:%M:%SZ') AS end_datetime,
                       CASE WHEN hour(slot_at) BETWEEN 8 AND 17
                            THEN hash(channel_id, slot_at) % 9 ELSE 0 END AS count
                FROM (SELECT unnest([{channels}]) AS channel_id)
                CROSS JOIN (SELECT unnest(generate_series(?::TIMESTAMP, ?::TIMESTAMP,
                                                          INTERVAL {minutes} MINUTE)) AS slot_at)
                ORDER BY channel_id, slot_at
            ) TO '{path}' (HEADER)""",
            [first.replace(tzinfo=None), (last - timedelta(minutes=minutes)).replace(tzinfo=None)],
        ).fetchone()
    settled = time.time() - 3600
    os.utime(path, (settled, settled))
    assert answer is not None
    return int(answer[0])
