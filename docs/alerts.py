"""docs/alerts.md: every rule that opens incidents, from its file in expectations/incidents/rules."""

from __future__ import annotations

import re

from expectations.incidents.life import LONGEST_SNOOZE, NEWS, REASONS, REPAIR_SHOWS_AFTER
from expectations.incidents.rules import Fault, Rule, rules
from flows.alerts.outbox import BACKUP_AFTER, GIVEN_UP_AFTER
from warehouse.office.subjects.alerts import REMINDER_DAYS, SEVERITIES
from warehouse.words.messages import catalogue

LIFE = """\
# Alerts

{notice}
What Vigie tells people, and when. `vigie backtest --from DATE --to DATE` lists every message of past days.
Titles and texts are quoted in English; people get them in the office's language, French by default. What is
in `‹›` is filled in.

## The life of an incident

One incident a rule and subject is open at a time. It is told when it opens, when it grows graver, when it
opens again, and once when it closes; in between it is recalled until somebody or the data settle it.

| severity | days from one reminder to the next (the last one again and again) |
|---|---|
{cadences}

- `vigie incidents acknowledge` says who takes care of it; it is still recalled.
- `vigie incidents snooze` silences it for {snooze} days at most; growing graver breaks it.
- `vigie incidents resolve --reason` settles it: {reasons}. What is `repaired` and
  still at fault {repaired} days later opens again; the rest stays settled until something new is found.
- What was over before it was known is told once when it ended within {news} days.
- A channel that fails {attempts} times hands over to one declared as `backup`; what nobody takes waits, and
  is given up after {given_up} days, on record in `quality.message`.

| message | title |
|---|---|
{titles}

{chapters}"""


def alerts_page(notice: str) -> str:
    """The page: how incidents live, then a chapter a rule."""
    titles = {key: words["en"] for key, words in catalogue().items() if key.startswith("message.title.")}
    return LIFE.format(
        notice=notice,
        cadences="\n".join(f"| {one} | {_days(REMINDER_DAYS[one])} |" for one in SEVERITIES),
        snooze=LONGEST_SNOOZE.days,
        reasons=", ".join(f"`{one}`" for one in REASONS),
        repaired=REPAIR_SHOWS_AFTER.days,
        news=NEWS.days,
        attempts=BACKUP_AFTER,
        given_up=GIVEN_UP_AFTER.days,
        titles="\n".join(
            f"| {key.rpartition('.')[2]} | {_readable(title)} |" for key, title in titles.items()
        ),
        chapters="\n".join("\n".join(_chapter(name, rule)) for name, rule in rules().items()),
    )


def _chapter(name: str, rule: Rule) -> list[str]:
    rises = "; ".join(
        f"{rise.to} from "
        + " or ".join(
            f"{value:,.0f} {unit}"
            for value, unit in ((rise.visitors, "entries not counted"), (rise.eur, "€ not taken"))
            if value is not None
        )
        for rise in rule.rises
    )
    return [
        f"## {name}\n",
        f"{rule.watches.en}\n",
        f"- Title: {_readable(rule.title.en)}",
        f"- Severity: {rule.severity}" + (f"; {rises}" if rises else ""),
        *([f"- Reminders after {_days(rule.reminder_days)} days"] if rule.reminder_days else []),
        f"- Opens again when a fault begins within {rule.joins_within_days:g} days of the last one"
        if rule.joins_within_days
        else "- Every fault is an incident of its own",
        f"- What to do: {rule.todo.en}\n",
        "| fault | what it was judged on |",
        "|---|---|",
        *(
            f"| `{fault}`: {one.name.en}{_own(one)} | {_readable(one.evidence.en)} |"
            for fault, one in rule.faults.items()
        ),
        "",
    ]


def _own(fault: Fault) -> str:
    """What a fault says otherwise than its rule."""
    own = [f"severity {fault.severity}"] if fault.severity else []
    own += [f"title: {_readable(fault.title.en)}"] if fault.title else []
    own += [f"to do: {fault.todo.en}"] if fault.todo else []
    own += ["to do: the equipment's runbook, where it has one"] if fault.is_breakdown else []
    return f" ({'; '.join(own)})" if own else ""


def _days(days: tuple[int, ...]) -> str:
    return ", ".join(map(str, days))


def _readable(text: str) -> str:
    """A text of the catalogue with its placeholders as words."""
    text = re.sub(r"\{\w+:[^|}]*\|([^}]*)\}", r"\1", text)  # the word that goes with several
    return re.sub(r"\{(\w+)\}", lambda found: f"‹{found[1].replace('_', ' ')}›", text)
