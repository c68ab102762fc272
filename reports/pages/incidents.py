"""What is open: on the first page a line for like incidents, on a page of their own each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reports.document import Code, Document, Link, Paragraph, Section, Table, Text, text, told
from reports.pages.published import Published
from reports.reading import Row, read
from warehouse.words.messages import say

MOST_LINES = 12  # of the first page
REFERENCE = 4  # characters of an incident's reference, which `vigie incidents` takes
FILE = "incidents.html"
HEADINGS = ("page.incident", "page.state", "page.evidence")
OPEN = "status <> 'resolved'"
ORDER = "gravity DESC, newest_at DESC, rule, fault, kind"


def in_short(published: Published) -> Table | None:
    """The open incidents, those of one fault of one kind of thing in a line, the gravest and newest first."""
    by_id = {row["incident_id"]: row for row in read(published.connection, "incident", OPEN)}
    found = read(published.connection, "alike", order=ORDER)
    if not found:
        return None
    lines = [_line(published, group, by_id) for group in found[:MOST_LINES]]
    return _table(published, _open(published), lines)


def incidents(published: Published) -> Document:
    """Every open incident, like ones together."""
    language = published.language
    sections = []
    for group in read(published.connection, "alike", order=ORDER):
        rows = _of(published, group)
        title = _named(published, group, rows[0])
        sections.append(
            Section(
                title, (_table(published, title, [_alone(published, row) for row in rows]),), _anchor(group)
            )
        )
    lead = _open(published) if sections else text(say("page.nothing_open", language))
    return Document(
        text(say("page.incidents", language)), language, tuple(sections), (Paragraph(lead, "lead"),)
    )


def _open(published: Published) -> Text:
    count = published.standing.number("open_incidents", published.language)
    return told("page.open", published.language, count=count)


def _of(published: Published, group: Row) -> list[Row]:
    """The open incidents of a group, the oldest first."""
    found = read(published.connection, "incident", OPEN, "onset_at, incident_id")
    return [
        row
        for row in found
        if (row["rule"], row["fault"], _kind(row)) == (group["rule"], group["fault"], group["kind"])
    ]


def _kind(row: Row) -> str:
    """What kind of thing an incident is about."""
    return str(row["subject"]).partition(":")[0]


def _line(published: Published, group: Row, by_id: Mapping[str, Row]) -> tuple[Text, ...]:
    """A line of the first page: an incident, or how many like ones there are and the oldest of them."""
    language, oldest = published.language, by_id[group["oldest_id"]]
    if group["incidents"] == 1:
        return _alone(published, oldest)
    count = group.number("incidents", language)
    link = Link(told("page.alike", language, count=count), f"{FILE}#{_anchor(group)}")
    evidence = told("page.oldest", language, evidence=oldest.quoted("evidence"))
    state = text(say(f"severity.{group['severity']}", language), ", ", link)
    return text(_named(published, group, oldest)), state, evidence


def _alone(published: Published, row: Row) -> tuple[Text, ...]:
    language = published.language
    state = text(
        say(f"severity.{row['severity']}", language),
        ", ",
        say(f"status.{row['status']}", language),
        " ",
        Code(row["incident_id"][:REFERENCE]),
    )
    title = published.names.headline(row["rule"], row["fault"], row["subject"])
    return title, state, text(row.quoted("evidence"))


def _named(published: Published, group: Row, one: Row) -> Text:
    """What like incidents have in common: of several, the kind of thing that they are about."""
    is_alone = group["incidents"] == 1
    subject = one["subject"] if is_alone else f"{group['kind']}:…"
    return published.names.headline(group["rule"], group["fault"], subject)


def _anchor(group: Row) -> str:
    return f"{group['rule']}-{group['fault']}-{group['kind']}".replace("_", "-")


def _table(published: Published, caption: Text, rows: Iterable[tuple[Text, ...]]) -> Table:
    return Table(caption, tuple(text(say(one, published.language)) for one in HEADINGS), tuple(rows))
