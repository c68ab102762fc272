"""Counts in the French national counting schema: `site.csv`, `channel.csv` and `measure.csv`.

Schema: comptage-mobilites 0.2.5, the one that sources/counters reads. A count is what was delivered and is
believed; where nothing was counted, or nothing that is believed, the cell is empty, as the schema asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from reports.exports.cells import CsvWriter
from warehouse.errors import UsageError
from warehouse.office.model import Office
from warehouse.publishing.datapackage import literal
from warehouse.storage.database import rows
from warehouse.words.messages import say

SITE = ("site_id", "parent_site_id", "site_name", "fr_insee_code", "xlong", "ylat", "external_ids",
        "infrastructure_type")  # fmt: skip
CHANNEL = (
    "channel_id", "channel_provider_id", "site_provider_id", "site_id", "mobility_type", "comment",
    "counter_transmission_type", "publication_transmission_type", "counter_type", "direction",
    "provider_direction_code", "provider_direction_name", "data_provider_name", "temporality", "started_at",
    "ended_at", "last_updated_at", "time_step", "provider_portal_url",
)  # fmt: skip
MEASURE = ("channel_id", "counter_id", "start_datetime", "end_datetime", "count")


@dataclass(frozen=True)
class Channel:
    """One way of a counter: its column of marts.counter_hour, and how the vendor codes the way."""

    counter: str
    column: str
    code: str

    @property
    def channel_id(self) -> str:
        """Its identifier: the counter's code, with the way where the counter tells them apart."""
        return f"{self.counter}-{self.code.lower()}" if self.code else self.counter


def write_counts(connection: duckdb.DuckDBPyConnection, office: Office, as_of: datetime, folder: Path) -> int:
    """Write the counters of a published version into a folder; how many slots there are.

    `as_of` (aware) is that of the version. Raises UsageError when nothing was counted, when a site has no
    coordinates in office.yml, which the schema requires, and when a file cannot be written.
    """
    counters = rows(
        connection,
        """SELECT counter.*, site.* EXCLUDE (office, site)
           FROM marts.counter AS counter JOIN marts.site AS site USING (office, site)
           WHERE first_count_at IS NOT NULL ORDER BY counter""",
    )
    if not counters:
        raise UsageError(say("export.no_counts", office.language))
    nowhere = sorted({one["site"] for one in counters if one.get("longitude") is None})
    if nowhere:
        raise UsageError(say("export.no_place", office.language, sites=", ".join(nowhere)))
    channels = {one["counter"]: _channels(connection, one["counter"]) for one in counters}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "site.csv", SITE, _sites(counters))
        own = [
            _channel(one, counter, office, as_of, _step(connection, one.counter))
            for counter in counters
            for one in channels[counter["counter"]]
        ]
        _write(folder / "channel.csv", CHANNEL, own)
        measures = (slot for several in channels.values() for slot in _measures(connection, several))
        return _write(folder / "measure.csv", MEASURE, measures)
    except OSError as error:
        raise UsageError(
            say("figures.unwritten", office.language, path=folder, reason=error.strerror)
        ) from error


def _channels(connection: duckdb.DuckDBPyConnection, counter: str) -> list[Channel]:
    """The ways of a counter: in and out; in alone; or both in one, where its halves are always equal."""
    row = connection.execute(
        f"""SELECT count(delivered_exit_count) > 0,
                   coalesce(bool_and(delivered_entry_count = delivered_exit_count), false)
            FROM marts.counter_hour WHERE counter = {literal(counter)}"""
    ).fetchone()
    assert row is not None
    has_exits, is_halved = row
    if not has_exits:
        return [Channel(counter, "entry_count", "IN")]
    if is_halved:
        return [Channel(counter, "passage_count", "")]
    return [Channel(counter, "entry_count", "IN"), Channel(counter, "exit_count", "OUT")]


def _step(connection: duckdb.DuckDBPyConnection, counter: str) -> int | None:
    """The seconds of a counter's slots; None where they are not all of one length."""
    row = connection.execute(
        f"""SELECT min(slot_minutes), max(slot_minutes) FROM marts.counter_hour
            WHERE counter = {literal(counter)}"""
    ).fetchone()
    return row[0] * 60 if row is not None and row[0] is not None and row[0] == row[1] else None


def _sites(counters: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen = set()
    for one in counters:
        if one["site"] not in seen:
            seen.add(one["site"])
            yield {
                "site_id": one["site"],
                "site_name": one["site_name"],
                "fr_insee_code": one["municipality_code"],
                "xlong": one["longitude"],
                "ylat": one["latitude"],
            }


def _channel(
    channel: Channel, counter: dict[str, Any], office: Office, as_of: datetime, step: int | None
) -> dict[str, Any]:
    return {
        "channel_id": channel.channel_id,
        "site_id": counter["site"],
        "provider_direction_code": channel.code,
        "provider_direction_name": counter["counter_label"],
        "data_provider_name": office.name,
        "started_at": _instant(counter["first_count_at"]),
        "ended_at": _instant(counter["until_at"]),
        "last_updated_at": _instant(as_of.astimezone(UTC)),
        "time_step": step,
    }


def _measures(connection: duckdb.DuckDBPyConnection, channels: Iterable[Channel]) -> Iterator[dict[str, Any]]:
    for channel in channels:
        for start, minutes, count in connection.execute(
            f"""SELECT utc_hour, slot_minutes, {channel.column} FROM marts.counter_hour
                WHERE counter = {literal(channel.counter)} ORDER BY utc_hour"""
        ).fetchall():
            yield {
                "channel_id": channel.channel_id,
                "counter_id": channel.counter,
                "start_datetime": _instant(start),
                "end_datetime": _instant(start + timedelta(minutes=minutes)),
                "count": None if count is None else f"{count:.15g}",
            }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _write(path: Path, columns: tuple[str, ...], lines: Iterable[dict[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.writerow(columns)
        for line in lines:
            writer.writerow([line.get(column) for column in columns])
            count += 1
    return count
