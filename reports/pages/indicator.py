"""The page of an indicator: what it means, its series, what is to be known, and the files to take away."""

from __future__ import annotations

from collections.abc import Sequence

from reports.document import Block, Code, Document, Link, Paragraph, Section, Table, Text, joined, text, told
from reports.pages import figures
from reports.pages.published import Published, theme_file
from reports.reading import Row
from reports.wording import why, year_of
from warehouse.words.messages import say, unit

MOST_MONTHS = 36


def indicator(published: Published, code: str) -> Document:
    """The page of an indicator."""
    language, row = published.language, published.indicators[code]
    years = sorted(
        {one["period_start"].year for one in published.figures.get((code, "year"), [])}, reverse=True
    )
    told_year = published.year if published.year in years or not years else years[0]
    drawn = tuple(figures.of_indicator(published, code, told_year))
    sections = [Section(text(say("page.seen", language)), drawn, "seen")] if drawn else []
    tables: list[Block] = [
        figures.yearly(
            published, published.of_year(code, year), published.gaps_of_year(code, year),
            told("page.year_caption", language, year=year_of(year)), linked=False,
        )
        for year in years
    ]  # fmt: skip
    if not tables:
        gaps = published.gaps.get((code, "year"), [])
        said = text(say("page.no_figures", language))
        if gaps:
            said = told("page.no_figures_because", language, reason=gaps[0].quoted("reason"))
        tables = [Paragraph(said)]
    sections.append(Section(text(say("page.by_year", language)), tuple(tables), "years"))
    months = [one for one in published.figures.get((code, "month"), []) if not one["dimension"]]
    if months:
        sections.append(
            Section(text(say("page.by_month", language)), (_months(published, code, months),), "months")
        )
    if published.has_figures(code):
        files = tuple(_files(published, code, told_year))
        sections.append(Section(text(say("page.take_away", language)), files, "files"))
    lead: list[Block] = [
        Paragraph(text(row.quoted(f"definition_{language}")), "lead"),
        *figures.warnings(published, code),
        Paragraph(_kind(published, row), "note"),
    ]
    return Document(text(row.quoted(f"label_{language}")), language, tuple(sections), tuple(lead))


def _kind(published: Published, row: Row) -> Text:
    language = published.language
    section = Link(text(say(f"section.{row['section']}", language)), theme_file(row["section"]))
    return told(
        "page.about", language, section=section, source=published.source(row["source_system"]),
        unit=unit(row["unit"], language), kind=say(f"page.kind.{row['kind']}", language),
        code=Code(row["indicator"]),
    )  # fmt: skip


def _months(published: Published, code: str, months: Sequence[Row]) -> Table:
    """The last months with their figures, or why there is none, a line each; a column a place."""
    wording, language = published.wording, published.language
    sites = list(dict.fromkeys(row["site"] for row in months))
    by_key = {(row["site"], row["period_start"]): row for row in months}
    missing = {
        (gap["site"], gap["period_start"]): gap
        for gap in published.gaps.get((code, "month"), [])
        if not gap["dimension"] and gap["site"] in sites
    }
    starts = sorted({start for _, start in (*by_key, *missing)}, reverse=True)[:MOST_MONTHS]
    names = [wording.site(by_key[next(key for key in by_key if key[0] == site)]) for site in sites]
    lines = []
    for start in starts:
        cells = [by_key.get((site, start)) for site in sites]
        values = (wording.value(row) if row else text("—") for row in cells)
        notes: list[Text] = []
        if len(sites) == 1:
            gap = missing.get((sites[0], start))
            why_none = text(gap.quoted("reason")) if gap else Text()
            notes = [figures.note(published, cells[0]) if cells[0] else why_none]
        lines.append((text(wording.month(start)), *values, *notes))
    last = (text(say("page.note", language)),) if len(sites) == 1 else ()
    return Table(
        text(say("page.last_months", language)),
        (
            text(say("page.month", language)),
            *(text(name or figures.all_of(language)) for name in names),
            *last,
        ),
        tuple(lines),
        frozenset(range(1, len(sites) + 1)),
    )


def _files(published: Published, code: str, year: int) -> list[Block]:
    language = published.language
    links = joined([Link(text(name.upper()), f"files/{code}.{name}") for name in ("csv", "xlsx")], ", ")
    blocks: list[Block] = [Paragraph(told("page.files_of", language, files=links))]
    rows = published.of_year(code, year)
    if rows:
        blocks.append(Paragraph(told("page.why", language, why=why(rows[0]))))
    return blocks
