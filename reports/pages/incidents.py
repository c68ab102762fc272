"""What is open: on the first page a line for like incidents, on a page of their own each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reports.document import Block, Code, Document, Link, Paragraph, Section, Table, Text, text, told
from reports.pages.published import Published
from reports.reading import Row, read
from warehouse.words.messages import say

MOST_LINES = 12  # of the first page
REFERENCE = 4  # characters of an incident's reference, which `vigie incidents` takes
FILE = "incidents.html"
HEADINGS = ("page.incident", "page.state", "page.evidence")
OPEN = "status <> 'resolved'"
ORDER = "gravity DESC, newest_at DESC, rule, fault, kind"


def in_short(published: Published) -> list[Block]:
    """The open incidents, those of one fault of one kind of thing in a line, the gravest and newest first.

    Nothing where none is open; a last sentence says how many are not in the table.
    """
    by_id = {row["incident_id"]: row for row in read(published.connection, "incident", OPEN)}
    found = read(published.connection, "alike", order=ORDER)
    if not found:
        return []
    lines = [_line(published, group, by_id) for group in found[:MOST_LINES]]
    blocks: list[Block] = [_table(published, _open(published), lines)]
    if found[MOST_LINES:]:
        page = Link(text(say("page.incidents", published.language)), FILE)
        left = found[MOST_LINES - 1].number("later", published.language)
        blocks.append(Paragraph(told("page.more_incidents", published.language, count=left, page=text(page))))
    return blocks


def incidents(published: Published) -> Document:
    """Every open incident: those that are the only ones of their kind, then like ones together."""
    language = published.language
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in read(published.connection, "incident", OPEN, "onset_at, incident_id"):
        found.setdefault((row["rule"], row["fault"], str(row["subject"]).partition(":")[0]), []).append(row)
    single: list[tuple[Text, ...]] = []
    several = []
    for group in read(published.connection, "alike", order=ORDER):
        lines = [_alone(published, row) for row in found[group["rule"], group["fault"], group["kind"]]]
        if len(lines) == 1:
            single += lines
            continue
        count = group.number("incidents", language)
        title = told("page.several", language, what=_several(published, group), count=count)
        several.append(Section(title, (_table(published, title, lines),), _anchor(group)))
    sections = tuple(several)
    if single:
        title = text(say("page.single", language))
        sections = (Section(title, (_table(published, title, single),), "single"), *sections)
    lead = _open(published) if sections else text(say("page.nothing_open", language))
    return Document(text(say("page.incidents", language)), language, sections, (Paragraph(lead, "lead"),))


def _open(published: Published) -> Text:
    count = published.standing.number("open_incidents", published.language)
    return told("page.open", published.language, count=count)


def _line(published: Published, group: Row, by_id: Mapping[str, Row]) -> tuple[Text, ...]:
    """A line of the first page: an incident, or how many like ones there are and the oldest of them."""
    language, oldest = published.language, by_id[group["oldest_id"]]
    if group["incidents"] == 1:
        return _alone(published, oldest)
    count = group.number("incidents", language)
    link = Link(told("page.alike", language, count=count), f"{FILE}#{_anchor(group)}")
    evidence = told("page.oldest", language, evidence=oldest.quoted("evidence"))
    state = text(say(f"severity.{group['severity']}", language), ", ", link)
    return _several(published, group), state, evidence


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


def _several(published: Published, group: Row) -> Text:
    """What like incidents have in common: the kind of thing that they are about, and its fault."""
    return published.names.headline(group["rule"], group["fault"], f"{group['kind']}:")


def _anchor(group: Row) -> str:
    return f"{group['rule']}-{group['fault']}-{group['kind']}".replace("_", "-")


def _table(published: Published, caption: Text, rows: Iterable[tuple[Text, ...]]) -> Table:
    return Table(caption, tuple(text(say(one, published.language)) for one in HEADINGS), tuple(rows))
