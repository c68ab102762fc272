"""What the rules find in the tables: faults, each with its course, as they were known at any instant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import duckdb

from expectations.incidents.rules import BACK_TO_NORMAL, rules
from warehouse.clock import naive_utc
from warehouse.errors import VigieError
from warehouse.storage.running import MISSED_AFTER
from warehouse.words.messages import say

COLUMNS = (
    "subject", "fault", "onset_at", "detected_at", "ended_at", "ended_because", "known_at", "lost_visitors",
    "lost_eur",
)  # fmt: skip


MART = re.compile(r"\bmarts\.(\w+)")


@dataclass(frozen=True)
class State:
    """What was known of a fault from `known_at` (naive UTC) on; `values` are what its evidence names."""

    known_at: datetime
    lost_visitors: float | None
    lost_eur: float | None
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Finding:
    """A fault that a rule found; instants are naive UTC, `ended_at` is None while it lasts.

    `course` is what was known of it, in order of time, the first one when it was detected; `end_known_at` is
    when it was seen to be over, None when at once.
    """

    rule: str
    subject: str
    fault: str
    onset_at: datetime
    detected_at: datetime
    ended_at: datetime | None
    ended_because: str
    course: tuple[State, ...]
    end_known_at: datetime | None = None

    def state(self, at: datetime) -> State:
        """What was known of it at an instant (naive UTC)."""
        return max((one for one in self.course if one.known_at <= at), default=self.course[0], key=_known)

    def end(self, at: datetime) -> datetime | None:
        """Its end, if that was known at an instant (naive UTC)."""
        known_at = self.end_known_at or self.ended_at
        return self.ended_at if known_at is not None and known_at <= at else None


def rules_reading(marts: Collection[str]) -> frozenset[str]:
    """The rules whose query reads one of these marts."""
    return frozenset(
        name for name, rule in rules().items() if not set(MART.findall(rule.query)).isdisjoint(marts)
    )


def read_findings(
    connection: duckdb.DuckDBPyConnection,
    office: str,
    as_of: datetime,
    *,
    without: Collection[str] = (),
    language: str = "fr",
) -> list[Finding]:
    """All that the rules, but those to do `without`, find as of an aware instant, in order of detection.

    The connection is to the working database or to a published one. Raises VigieError naming the rule whose
    query does not run or names a fault that the rule does not declare.
    """
    found = [
        one
        for name in rules()
        if name not in without
        for one in _found(connection, name, office, naive_utc(as_of), language)
    ]
    return sorted(found, key=lambda one: (one.detected_at, one.rule, one.subject, one.onset_at, one.fault))


def _found(
    connection: duckdb.DuckDBPyConnection, rule: str, office: str, as_of: datetime, language: str
) -> Iterator[Finding]:
    declared = rules()[rule]
    given = {"office": office, "as_of": as_of, "missed_after": MISSED_AFTER}
    try:
        wanted = duckdb.extract_statements(declared.query)[0].named_parameters
        answer = connection.execute(declared.query, {name: given[name] for name in wanted})
    except (duckdb.Error, KeyError) as error:
        raise VigieError(say("rules.not_run", language, rule=rule, detail=error)) from error
    names = [column[0] for column in answer.description or ()]
    if missing := set(COLUMNS) - set(names):
        raise VigieError(say("rules.columns", language, rule=rule, columns=", ".join(sorted(missing))))
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    if unknown := {row["fault"] for row in rows} - set(declared.faults):
        raise VigieError(say("rules.undeclared", language, rule=rule, faults=", ".join(sorted(unknown))))
    rows = [row for row in rows if row["detected_at"] <= as_of]
    rows.sort(key=lambda row: (*_identity(row), row["known_at"]))
    for _, steps in groupby(rows, _identity):
        yield _finding(rule, list(steps))


def _identity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["subject"], row["onset_at"], row["detected_at"], row["fault"]


def _finding(rule: str, steps: Sequence[Mapping[str, Any]]) -> Finding:
    last = steps[-1]
    return Finding(
        rule=rule,
        subject=last["subject"],
        fault=last["fault"],
        onset_at=last["onset_at"],
        detected_at=last["detected_at"],
        ended_at=last["ended_at"],
        ended_because=last["ended_because"] or BACK_TO_NORMAL,
        course=tuple(
            State(
                step["known_at"],
                None if step["lost_visitors"] is None else float(step["lost_visitors"]),
                None if step["lost_eur"] is None else float(step["lost_eur"]),
                {name: value for name, value in step.items() if name not in (*COLUMNS, "end_known_at")},
            )
            for step in steps
        ),
        end_known_at=last.get("end_known_at"),
    )


def _known(state: State) -> datetime:
    return state.known_at
