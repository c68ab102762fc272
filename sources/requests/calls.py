"""Calls of which a file holds the legs: the CDR of a 3CX exchange, the consumption of an OVH line.

A leg is a line that rang. Legs of one caller that begin in the same minute on the same service are one call,
answered when one of them was; a record that OVH issued again is one of them. Nothing of the caller leaves it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sources.catalogue import Context, SourceReading
from sources.staged import Quarantined, write_quarantine, write_rows
from warehouse.errors import RefusedDeliveryError
from warehouse.spec import SourceSpec, TableSpec
from warehouse.storage.ledger import Account, Delivery
from warehouse.words.messages import say
from warehouse.words.shapes import typed

KIND = "call_legs"
CDR_LINE = re.compile(rb"\xef\xbb\xbf?Call \d+,|Call \d+,")
CDR_TIMES = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S")
NOBODY = re.compile(r"|hidden|anonymous|unknown|private", re.IGNORECASE)  # numbers that name no caller
WAYS = {"incoming": True, "transfer": False, "outgoing": False}
PERSONAL = ("from-no", "calling")


class _BadLegError(ValueError):
    """A leg that does not hold what it must: the field, the broken rule, its text."""

    def __init__(self, name: str, rule: str, value: object = "") -> None:
        super().__init__(f"{name}: {rule}")
        self.name, self.rule, self.value = name, rule, str(value)


@dataclass(frozen=True)
class Leg:
    """A line that rang: when (UTC), whether somebody answered, and what makes it one call with others."""

    began_at: datetime
    is_answered: bool
    caller: str
    service: str

    @property
    def call(self) -> tuple[str, datetime, str]:
        """What all legs of a call have in common."""
        return self.caller, self.began_at.replace(second=0, microsecond=0), self.service


@dataclass
class _Found:
    """The calls, each with the legs that made it, and what became of the other lines."""

    legs: dict[tuple[str, datetime, str], list[Leg]] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)
    read: int = 0
    filtered: int = 0


def is_cdr(path: Path) -> bool:
    """True for a file that begins as a CDR of 3CX does, which has no headings: `Call 265500,…`."""
    with path.open("rb") as file:
        return CDR_LINE.match(file.read(64)) is not None


def is_consumption(path: Path) -> bool:
    """True for a file that begins as a list of JSON does."""
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")


def read_cdr(spec: SourceSpec, delivery: Delivery, context: Context, fields: Sequence[str]) -> SourceReading:
    """Read a CDR whose lines hold `fields`; raises RefusedDeliveryError for one that is no text."""
    try:
        lines = list(csv.reader(delivery.path.read_text(encoding="utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused("refused.damaged", delivery, context, detail=type(error).__name__) from error

    def leg(cells: list[str]) -> Leg | None:
        if len(cells) != len(fields):
            raise _BadLegError("*", "wrong_number_of_cells", len(fields))
        return _of_cdr(dict(zip(fields, cells, strict=True)))

    return _read(spec, delivery, context, [(rank, one) for rank, one in enumerate(lines, 1) if one], leg)


def read_consumption(spec: SourceSpec, delivery: Delivery, context: Context) -> SourceReading:
    """Read the records of an OVH line, a JSON list of them; raises RefusedDeliveryError for another file."""
    try:
        records = json.loads(delivery.path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _refused("refused.damaged", delivery, context, detail="JSON") from error
    if not all(isinstance(one, dict) and "wayType" in one for one in records):
        raise _refused("refused.not_calls", delivery, context)
    zone = context.office.zone
    return _read(spec, delivery, context, list(enumerate(records, 1)), lambda one: _of_ovh(one, zone))


def _read(
    spec: SourceSpec,
    delivery: Delivery,
    context: Context,
    lines: Sequence[tuple[int, Any]],
    leg_of: Callable[[Any], Leg | None],
) -> SourceReading:
    found, table, language = _Found(), spec.table("calls"), context.office.language
    for rank, line in lines:
        found.read += 1
        try:
            leg = leg_of(line)
            if leg is not None:
                _refuse_beyond(leg, table, delivery, context.office.zone)
        except _BadLegError as bad:
            shown = "***" if bad.name in PERSONAL else typed(bad.value)
            words = {"cells": bad.value} if bad.rule == "wrong_number_of_cells" else {"value": shown}
            reason = say(f"quarantine.{bad.rule}", language, **words)
            found.quarantined.append(Quarantined(rank, bad.name, bad.rule, reason))
            continue
        if leg is None:
            found.filtered += 1
        else:
            found.legs.setdefault(leg.call, []).append(leg)
    rows = list(_calls(found, context.office.zone))
    path = write_rows(table, rows, delivery, context.work)
    quarantine = context.work / "quarantine.parquet"
    write_quarantine(quarantine, found.quarantined)
    account = Account(
        kind=KIND,
        rows_read=found.read,
        rows_loaded=len(rows),
        rows_quarantined=len(found.quarantined),
        rows_duplicate=found.read - found.filtered - len(found.quarantined) - len(rows),
        rows_filtered=found.filtered,
        message=say("notice.filtered", language, rules=f"not_incoming {found.filtered}")
        if found.filtered
        else "",
        quarantine=(quarantine,) if found.quarantined else (),
    )
    return SourceReading(account, {table.name: path})


def _calls(found: _Found, zone: ZoneInfo) -> Iterator[Mapping[str, Any]]:
    for legs in found.legs.values():
        began_at = min(leg.began_at for leg in legs)
        yield {
            "local_date": began_at.replace(tzinfo=UTC).astimezone(zone).date(),
            "called_at": began_at,
            "is_answered": any(leg.is_answered for leg in legs),
        }


def _refuse_beyond(leg: Leg, table: TableSpec, delivery: Delivery, zone: ZoneInfo) -> None:
    day = leg.began_at.replace(tzinfo=UTC).astimezone(zone).date()
    if leg.began_at > delivery.received_at:
        raise _BadLegError("start", "date_in_the_future", leg.began_at)
    if table.out_of_bounds({"local_date": day}) is not None:
        raise _BadLegError("start", "date_too_early", leg.began_at)


def _of_cdr(values: Mapping[str, str]) -> Leg | None:
    """A leg of an incoming call, or None for another one. Times are in UTC."""
    if values["from-type"] != "Line":
        return None
    began_at = _time(values, "time-start")
    if began_at is None:
        raise _BadLegError("time-start", "missing_value")
    # A queue or a menu takes calls that nobody hears: somebody is at an extension.
    is_answered = _time(values, "time-answered") is not None and values["to-type"] == "Extension"
    caller = values["from-no"]
    if NOBODY.fullmatch(caller):
        caller = values["historyid"]
    return Leg(began_at, is_answered, caller, values.get("from-dn", ""))


def _time(values: Mapping[str, str], name: str) -> datetime | None:
    text = values[name].strip()
    if not text:
        return None
    for form in CDR_TIMES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - UTC, without saying so
        except ValueError:
            continue
    raise _BadLegError(name, "not_a_date", text)


def _of_ovh(record: Mapping[str, Any], zone: ZoneInfo) -> Leg | None:
    """A leg of an incoming call, or None for another one."""
    way = record["wayType"]
    if way not in WAYS:
        raise _BadLegError("wayType", "unknown_status", way)
    if not WAYS[way]:
        return None
    duration = record.get("duration")
    if isinstance(duration, bool) or not isinstance(duration, int) or duration < 0:
        raise _BadLegError("duration", "missing_value" if duration is None else "not_a_number", duration)
    try:
        moment = datetime.fromisoformat(str(record.get("creationDatetime")))
    except ValueError as error:
        raise _BadLegError("creationDatetime", "not_a_date", record.get("creationDatetime")) from error
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    began_at = local.astimezone(UTC).replace(tzinfo=None)
    caller = str(record.get("calling") or "")
    if NOBODY.fullmatch(caller):
        caller = began_at.isoformat()
    return Leg(began_at, duration > 0, caller, str(record.get("called") or ""))


def _refused(key: str, delivery: Delivery, context: Context, **values: object) -> RefusedDeliveryError:
    return RefusedDeliveryError(say(key, context.office.language, file=delivery.file_name, **values))
