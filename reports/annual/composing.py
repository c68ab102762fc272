"""The documents of a year: activity report, its financial chapter alone, quality table, action plan."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reports.annual.annexes import MOST_ROWS, Release, annexes
from reports.annual.texts import INTRODUCTION
from reports.document import (
    Block,
    Code,
    Document,
    Figure,
    Heading,
    Listing,
    Paragraph,
    Section,
    Stressed,
    Table,
    Text,
    text,
    told,
)
from reports.order import CHAPTER_OF, CHAPTERS, DRAWN, LEADING, MOST_LEADING, sections_of
from reports.pages import figures, followed
from reports.pages.figures import OWN
from reports.pages.published import Published
from reports.pages.theme import of_section, told_rows
from reports.wording import year_of
from warehouse.words.messages import say

MOST_FIGURES = 4  # of a section; one of an indicator without charts of its own
MOST_LINES = 4
FINANCE = "finance"
LAW = Code("L133-3")  # of the code du tourisme: the yearly financial report

Texts = Mapping[str, tuple[Block, ...]]


def activity_report(published: Published, texts: Texts, release: Release) -> Document:
    """The activity report of the year, chapter by chapter."""
    language, year = published.language, year_of(published.year)
    first: list[Section] = []
    if texts.get(INTRODUCTION):
        first.append(_titled(INTRODUCTION, texts[INTRODUCTION], language))
    brief = tuple(_sentences(published, LEADING))[:MOST_LEADING]
    if brief:
        first.append(Section(told("annual.brief", language, year=year), (Listing(brief),), "brief"))
    chapters = [chapter(published, code, texts.get(code, ())) for code in CHAPTERS]
    return Document(
        told("annual.report", language, year=year),
        language,
        (*first, *(one for one in chapters if one.blocks), *annexes(published, list(CHAPTER_OF), release)),
        tuple(standing(published, release)),
    )


def financial_report(published: Published, texts: Texts, release: Release) -> Document:
    """The financial chapter alone, as the law asks for it."""
    language = published.language
    own = chapter(published, FINANCE, texts.get(FINANCE, ()))
    return Document(
        told("annual.financial", language, year=year_of(published.year)),
        language,
        (own, *annexes(published, sections_of(FINANCE), release)),
        (
            Paragraph(told("annual.financial_lead", language, article=LAW), "lead"),
            *standing(published, release),
        ),
    )


def quality_table(published: Published, release: Release) -> Document:
    """The table of the quality manual in the year."""
    return _alone(published, followed.quality(published), release)


def action_plan(published: Published, release: Release) -> Document:
    """The review of the action plan."""
    return _alone(published, followed.action_plan(published), release)


def _alone(published: Published, document: Document, release: Release) -> Document:
    """A page as a document of its own: the year in its title, what it is below it."""
    title = told("annual.of_year", published.language, title=document.title, year=year_of(published.year))
    return replace(document, title=title, lead=(*document.lead, *standing(published, release)))


def standing(published: Published, release: Release) -> Iterator[Block]:
    """As of when the figures are, and whether somebody answers for them."""
    language = published.language
    at = published.moment(published.standing["refreshed_at"])
    if release.digest is None:
        yield Paragraph(told("annual.draft", language, at=at), "note")
    else:
        yield Paragraph(told("annual.published", language, at=at, digest=Code(release.digest)), "note")


def chapter(published: Published, code: str, own: Sequence[Block]) -> Section:
    """A chapter: what people wrote, then each of its sections; the plan and the objectives at the end."""
    language = published.language
    sections = [one for one in sections_of(code) if one in published.sections]
    found: list[Block] = list(own)
    for section in sections:
        blocks = list(of_year(published, section))
        if len(sections) > 1 and blocks:
            found.append(Heading(text(say(f"section.{section}", language))))
        found += blocks
    if code == "listening":
        found += _part(followed.quality(published))
    if code == "perspectives":
        found += _part(followed.action_plan(published))
    return _titled(code, found, language)


def _titled(code: str, blocks: Sequence[Block], language: str) -> Section:
    return Section(text(say(f"annual.chapter.{code}", language)), tuple(blocks), code)


def _part(document: Document) -> list[Block]:
    """A document as a part of a chapter; nothing where it has no table."""
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    return [Heading(document.title), *document.lead, *tables] if tables else []


def of_year(published: Published, section: str) -> Iterator[Block]:
    """A section in the year: what leads in a sentence each, what is drawn, and all of its figures."""
    language, year = published.language, published.year
    own = of_section(published, section)
    shown: dict[str, list[Figure]] = {}
    for code in (*LEADING, *DRAWN):
        if code in own and sum(map(len, shown.values())) < MOST_FIGURES:
            shown[code] = figures.of_indicator(published, code, year, MOST_FIGURES if code in OWN else 1)
    drawn = [figure for several in shown.values() for figure in several][:MOST_FIGURES]
    untold = sorted((code for code in own if not shown.get(code)), key=_leading)
    lines = list(_sentences(published, untold))[:MOST_LINES]
    if lines:
        yield Listing(tuple(lines))
    yield from drawn
    rows, gaps = told_rows(published, section, MOST_ROWS)
    if rows or gaps:
        caption = told(
            "annual.table", language, section=say(f"section.{section}", language), year=year_of(year)
        )
        yield figures.yearly(published, rows, gaps, caption, linked=True)
        if len(rows) < len(told_rows(published, section, sys.maxsize)[0]):
            command = Code(f"vigie figures {year}")
            yield Paragraph(told("annual.largest", language, command=command), "note")
    if section in figures.TABLES:
        yield from figures.TABLES[section](published, year)


def _leading(code: str) -> int:
    return LEADING.index(code) if code in LEADING else len(LEADING)


def _sentences(published: Published, indicators: Sequence[str]) -> Iterator[Text]:
    """Each indicator in a sentence on its first figure: of all its details, or of its largest place."""
    wording = published.wording
    for code in indicators:
        rows = published.of_year(code, published.year) if code in published.indicators else []
        if rows:
            place = wording.place(rows[0])
            name = Stressed(text(published.link(code), f" ({place})" if place else ""), is_strong=True)
            yield told("page.line", published.language, name=name, sentence=wording.sentence(rows[0]))
