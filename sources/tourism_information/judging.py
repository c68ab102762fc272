"""Judge the objects of a delivery: each one is loaded, a duplicate, or quarantined whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sources.tourism_information.objects import Row, Rows
from sources.tourism_information.values import FaultError


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

    def take(self, other: Judged) -> None:
        """Add what became of other objects of the same delivery."""
        for row in other.quarantine:
            self.quarantine.append({**row, "line": row["line"] + self.read})
        self.read += other.read
        self.loaded += other.loaded
        self.duplicate += other.duplicate
        self.unidentified += other.unidentified
        self.seen |= other.seen
        self.rows.take(other.rows)


@dataclass(frozen=True)
class NotJson:
    """Stands for an object whose file cannot be parsed."""

    file_name: str


@dataclass(frozen=True)
class ObjectReader:
    """How the objects of one system are read.

    `key` is the field of its identifier, `number` gives the number of an object, or None, and `rows` its
    rows, or raises FaultError.
    """

    key: str
    number: Callable[[Any], int | None]
    rows: Callable[[Any], Rows]


def judge(value: Any, judged: Judged, reader: ObjectReader) -> None:
    """Load one object, or quarantine it whole: line is its rank, column the JSON path of its first fault."""
    judged.read += 1
    number = reader.number(value) if isinstance(value, dict) else None
    try:
        if isinstance(value, NotJson):
            raise FaultError("not_json", "$", value.file_name)
        if not isinstance(value, dict):
            raise FaultError("not_an_object", "$", value)
        if number is not None and number in judged.seen:
            if judged.seen[number] == value:
                judged.duplicate += 1
                return
            raise FaultError("conflicting_key", reader.key, value.get(reader.key))
        rows = reader.rows(value)
    except FaultError as fault:
        judged.quarantine.append(
            {"line": judged.read, "column": fault.path, "rule": fault.rule, "words": fault.words}
        )
        if number is None:
            judged.unidentified += 1
    else:
        judged.loaded += 1
        judged.rows.take(rows)
    if number is not None:
        judged.seen.setdefault(number, value)
