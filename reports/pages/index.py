"""The first page: what needs attention now, then the year so far in ten lines."""

from __future__ import annotations

from reports.document import (
    Block,
    Code,
    Document,
    Link,
    Listing,
    Paragraph,
    Section,
    Table,
    Text,
    joined,
    text,
    told,
)
from reports.order import LEADING, MOST_LEADING
from reports.pages import so_far
from reports.pages.incidents import in_short
from reports.pages.published import COVERAGE_FILE, Published, theme_file
from reports.reading import read
from reports.wording import year_of
from warehouse.words.messages import say
from warehouse.words.person import fold


def index(published: Published) -> Document:
    """The first page."""
    language = published.language
    return Document(
        text(published.names.office),
        language,
        (
            Section(text(say("page.attention", language)), tuple(attention(published)), "attention"),
            Section(
                told(
                    "page.year_so_far" if published.is_running else "page.year",
                    language,
                    year=year_of(published.year),
                ),
                tuple(ten_lines(published)),
                "year",
            ),
            Section(text(say("page.themes", language)), (themes(published),), "themes"),
            Section(text(say("page.sources", language)), (sources(published),), "sources"),
        ),
        (Paragraph(summary(published), "lead"),),
    )


def summary(published: Published) -> Text:
    """In a sentence or two: whether all is well, and as of when."""
    language, standing = published.language, published.standing
    counts = {
        "incidents": standing.number("open_incidents", language),
        "grave": standing.number("grave_incidents", language),
        "checks": standing.number("failed_checks", language),
        "all": standing.number("checks", language),
        "indicators": standing.number("indicators", language),
        "sources": standing.number("sources", language),
    }
    as_of = published.moment(standing["refreshed_at"])
    first = told(
        "page.summary", language, at=as_of, indicators=counts["indicators"], sources=counts["sources"]
    )
    key = "page.summary_open" if standing["open_incidents"] else "page.summary_calm"
    second = told(key, language, incidents=counts["incidents"], grave=counts["grave"])
    third = told("page.summary_checks", language, failed=counts["checks"], checks=counts["all"])
    return joined((first, second, third), " ")


def attention(published: Published) -> list[Block]:
    """Incidents that are open, checks that did not hold, files that wait, workbooks handed back."""
    language = published.language
    blocks = in_short(published) or [Paragraph(text(say("page.nothing_open", language)), "good")]
    lines: list[Text] = []
    if silent := silent_sources(published):
        names = joined([published.source(source) for source in silent], ", ")
        page = Link(text(say("page.coverage", language)), COVERAGE_FILE)
        lines.append(told("page.silent_sources", language, sources=names, coverage=text(page)))
    elif not published.standing["late_sources"]:
        lines.append(text(say("page.none_late", language)))
    checks = read(published.connection, "check")
    lines += [text(row.quoted("message")) for row in checks]
    if not checks:
        lines.append(told("page.checks_hold", language, count=published.standing.number("checks", language)))
    lines += [
        told(
            "page.returned", language, source=published.source(row["source"]), file=row.quoted("file"),
            count=row.number("rows_quarantined", language), rows=row.number("rows_read", language),
            folder=Code(f"returned/{row['source']}"),
        )
        for row in read(published.connection, "returned", order="received_at DESC")
    ]  # fmt: skip
    lines += [
        told("page.left", language, source=published.source(row["source"]), file=row.quoted("file"),
             reason=row.quoted("reason"))
        for row in read(published.connection, "left_file")
    ]  # fmt: skip
    blocks.append(Listing(tuple(lines)))
    return blocks


def silent_sources(published: Published) -> list[str]:
    """The sources that gave nothing in the latest month of which something must have come."""
    this_month = f"DATE '{published.as_of:%Y-%m}-01'"
    where = f"state <> 'to_come' AND period_start < {this_month}"
    # In order of months: the last one stays.
    latest = {row["source"]: row["state"] for row in read(published.connection, "coverage", where)}
    return sorted(
        (source for source, state in latest.items() if state == "missing"),
        key=lambda source: fold(published.source(source)),
    )


def ten_lines(published: Published) -> list[Block]:
    """What leads, one line each, like for like against the year before: of the running year as far as it is
    known, in its first months of the year before.
    """
    language = published.language
    say_line = so_far.line if published.is_running else of_whole_year
    known = [indicator for indicator in LEADING if indicator in published.indicators]
    lines = [line for indicator in known if (line := say_line(published, indicator))]
    blocks: list[Block] = [Listing(tuple(lines[:MOST_LEADING]))]
    if not lines:
        blocks = [Paragraph(text(say("page.no_figures", language)))]
    if not published.is_running:
        running = year_of(published.as_of.year)
        blocks.append(Paragraph(told("page.year_begins", language, year=running), "note"))
    return blocks


def of_whole_year(published: Published, indicator: str) -> Text:
    """What there is of the largest place of an indicator in the year that pages tell; empty where nothing."""
    wording = published.wording
    rows = published.of_year(indicator, published.year)
    if not rows:
        return Text()
    place = wording.place(rows[0])
    name = text(published.link(indicator), f" ({place})" if place else "")
    return told("page.line", published.language, name=name, sentence=wording.sentence(rows[0]))


def themes(published: Published) -> Listing:
    """The pages of the sections, with what each tells; what has no figure yet comes last."""
    items = []
    for section in published.sections:
        own = [code for code, row in published.indicators.items() if row["section"] == section]
        own.sort(key=lambda code: not published.has_figures(code))
        names = joined([published.link(code) for code in own], ", ")
        title = Link(text(say(f"section.{section}", published.language)), theme_file(section))
        items.append(told("page.line", published.language, name=text(title), sentence=names))
    return Listing(tuple(items))


def sources(published: Published) -> Table:
    """What each system sent last, and the last day that figures know of it: one that stopped is seen."""
    language = published.language
    headings = ("page.source_name", "page.last_received", "page.last_known", "page.files", "page.rows",
                "page.set_aside")  # fmt: skip
    return Table(
        text(say("page.sources_caption", language)),
        tuple(text(say(one, language)) for one in headings),
        tuple(
            (
                text(published.source(row["source"])),
                text(published.moment(row["received_at"])),
                text(published.wording.day(row["last_day"]) if row["last_day"] else "—"),
                text(row.number("file_count", language)),
                text(row.number("rows_loaded", language)),
                text(row.number("rows_quarantined", language)),
            )
            for row in read(published.connection, "source", order="received_at, source")
        ),
        frozenset((3, 4, 5)),
    )
