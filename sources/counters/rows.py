"""What both formats share: columns computed once below the checks, and the reading that is handed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sources.catalogue import SourceReading
from sources.reading.fields import Field, literal, quoted
from sources.reading.judging import Reading
from warehouse.office.subjects.counters import MOST_PER_HOUR, Counter
from warehouse.words.messages import listed


def finish(
    reading: Reading, table: str, parquet: Path, notices: Iterable[str], language: str
) -> SourceReading:
    """The reading of one table with its notices as the ledger's message."""
    return SourceReading(replace(reading.account, message=listed(notices, language)), {table: parquet})


def cases(column: str, values: Mapping[str, str], otherwise: str) -> str:
    """SQL of the value (a text) that belongs to what a text column holds; `otherwise` is SQL."""
    found = " ".join(f"WHEN {literal(key)} THEN {literal(value)}" for key, value in values.items())
    return f"CASE {quoted(column)} {found} ELSE {otherwise} END" if found else otherwise


def most_of_channels(column: str, counters: Sequence[Counter]) -> str:
    """SQL of the most passages an hour of the counter whose channel a column holds."""
    # Most offices say it of none: nothing is then asked of each row.
    said = {
        channel: counter.most_per_hour
        for counter in counters
        for channel in counter.channels
        if counter.most_per_hour != MOST_PER_HOUR
    }
    found = " ".join(f"WHEN {literal(channel)} THEN {most}" for channel, most in said.items())
    return f"CASE {quoted(column)} {found} ELSE {MOST_PER_HOUR} END" if found else str(MOST_PER_HOUR)


def more_than_possible(count: Field, most: str, minutes: str) -> Field:
    """The count with a check of what its place can see: `most` an hour, in a slot of `minutes` (both SQL)."""
    # Few counts are above what one minute may hold: nothing more is asked of the others.
    possible = f"{count.value} <= {most} * greatest({minutes}, 1) / 60e0"
    check = ("more_than_possible", f"CASE WHEN {count.value} > {most} / 60e0 THEN NOT {possible} END")
    return replace(count, checks=(*count.checks, check))
