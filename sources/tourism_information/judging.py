"""Judge the objects of a delivery: each one is loaded, a duplicate, or quarantined whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sources.tourism_information.objects import Row, Rows, object_id, read_object, refuse_beyond
from sources.tourism_information.values import FaultError
from warehouse.spec import SourceSpec


@dataclass
class Judged:
    """What became of the objects of one delivery, and the rows that they gave."""

    rows: Rows = field(default_factory=Rows)
    seen: dict[int, Any] = field(default_factory=dict)
    in_selections: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)
    quarantine: list[Row] = field(default_factory=list)
    read: int = 0
    loaded: int = 0
    duplicate: int = 0
    unidentified: int = 0
    found: int | None = None  # what a pull's pages announce
    has_communes: bool = False


@dataclass(frozen=True)
class NotJson:
    """Stands for an object whose file cannot be parsed."""

    file_name: str


def judge(
    value: Any,
    judged: Judged,
    latest: datetime,
    produced_at: datetime,
    known: dict[str, tuple[str, ...]],
    spec: SourceSpec,
) -> None:
    """Load one object, or quarantine it whole: line is its rank, column the JSON path of its first fault."""
    judged.read += 1
    number = object_id(value, spec) if isinstance(value, dict) else None
    try:
        if isinstance(value, NotJson):
            raise FaultError("not_json", "$", value.file_name)
        if not isinstance(value, dict):
            raise FaultError("not_an_object", "$", value)
        if number is not None and number in judged.seen:
            if judged.seen[number] == value:
                judged.duplicate += 1
                return
            raise FaultError("conflicting_key", "id", number)
        rows = read_object(value, latest, produced_at, known)
        refuse_beyond(rows, spec)
    except FaultError as fault:
        judged.quarantine.append(
            {"line": judged.read, "column": fault.path, "rule": fault.rule, "words": fault.words}
        )
        if number is None:
            judged.unidentified += 1
    else:
        judged.loaded += 1
        for table, found in rows.tables.items():
            judged.rows.tables.setdefault(table, []).extend(found)
        for place, values in rows.unknown.items():
            judged.rows.unknown.setdefault(place, set()).update(values)
        for place, values in rows.left_out.items():
            judged.rows.left_out.setdefault(place, set()).update(values)
    if number is not None:
        judged.seen.setdefault(number, value)
