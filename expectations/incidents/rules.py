"""Rules: what opens an incident. One file of `rules/` declares one rule whole, and nothing else names it.

What it watches, what its incidents are called, the evidence in words, how grave they are, how often they are
recalled, what to do, and the query that finds them in the tables.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from warehouse.office.subjects.alerts import SEVERITIES, Severity
from warehouse.words.messages import fill
from warehouse.yaml_file import read_yaml

FOLDER = Path(__file__).with_name("rules")
BACK_TO_NORMAL = "back_to_normal"


class RulePart(BaseModel):
    """A part of a rule: unknown keys are refused, because a typing error must not be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(RulePart):
    """A text of the catalogue in both languages, with placeholders (`warehouse.words.messages.fill`)."""

    fr: str
    en: str

    def say(self, language: str, **values: object) -> str:
        """The text in a language, its placeholders filled."""
        return fill(getattr(self, language), language, values)


class Fault(RulePart):
    """One way of being at fault: how it is called, and what it was judged on.

    `evidence` may name every column of the rule's query. Title, severity and what to do are those of the rule
    unless the fault has its own.
    """

    name: Words
    evidence: Words
    severity: Severity | None = None
    title: Words | None = None
    todo: Words | None = Field(default=None, description="Before the equipment's own runbook.")
    is_breakdown: bool = Field(
        default=False,
        description="The machine itself is broken: its own runbook says what to do, where it has one.",
    )


class Rise(RulePart):
    """A loss from which an incident is graver: so many visitors, or so many euros."""

    to: Severity
    visitors: float | None = None
    eur: float | None = None

    @model_validator(mode="after")
    def _has_a_loss(self) -> Rise:
        if self.visitors is None and self.eur is None:
            raise ValueError(f"a rise to {self.to} needs `visitors`, `eur` or both")
        return self


class Rule(RulePart):
    """What opens an incident.

    `query` is SQL on the tables of `marts` and `quality`, written with their schema (so that it replays on
    the published copy, and that it is known what the rule stands on). Its parameters are `$office`, `$as_of`
    (naive UTC) and `$missed_after` (the longest interval between two nights). Each row is what is known of a
    fault from `known_at` on; a fault has one row, or several as it goes on. Columns, instants naive UTC:

    - `subject`, such as `counter:auch-door`; `fault`, a key of `faults`;
    - `onset_at`; `detected_at`, when it could first be known; `ended_at`, null while it lasts;
    - `ended_because`, a resolution of the catalogue, null for `back_to_normal`;
    - `known_at`, not before `detected_at` but for the first row;
    - `lost_visitors`, `lost_eur`: lost so far, null where it makes no sense;
    - `end_known_at`, optional: when a fault that ended at `ended_at` was seen to be over, null when at once;
    - whatever else the evidence names: whole numbers and floats are told without decimals, DECIMAL with two,
      dates and instants in words and local time.

    What a query says of an instant must not depend on what came later, else a replay is no replay.
    """

    watches: Words = Field(description="What it watches, for docs/alerts.md.")
    is_of_equipment: bool = Field(
        default=False,
        description="Its subjects are counted series, with a picture.",
    )
    is_by_day: bool = Field(
        default=False,
        description="Nobody knows the hour of what it finds: the days of `onset_at` and `ended_at` are told.",
    )
    severity: Severity = Field(description="How grave an incident is when it opens.")
    rises: tuple[Rise, ...] = Field(default=(), description="Losses from which it is graver.")
    reminder_days: tuple[int, ...] | None = Field(
        default=None,
        description="Days between reminders, the last one again and again; by severity if absent.",
    )
    joins_within_days: float = Field(
        default=7, description="A fault that begins so soon after another one reopens its incident."
    )
    title: Words = Field(description="Title of a message; {subject} and {fault} become their names.")
    faults: dict[str, Fault]
    todo: Words = Field(description="What to do, in words of whoever is asked to do it.")
    query: str

    def severity_of(
        self, lost_visitors: float | None, lost_eur: float | None, fault: str | None = None
    ) -> Severity:
        """How grave an incident with these losses and this fault is."""
        least = (self.faults[fault].severity if fault else None) or self.severity
        reached = [
            rise.to
            for rise in self.rises
            if (rise.visitors is not None and (lost_visitors or 0) >= rise.visitors)
            or (rise.eur is not None and (lost_eur or 0) >= rise.eur)
        ]
        return max([least, *reached], key=SEVERITIES.index)


@cache
def rules() -> dict[str, Rule]:
    """All rules by name."""
    return {path.stem: Rule.model_validate(read_yaml(path)) for path in sorted(FOLDER.glob("*.yml"))}
