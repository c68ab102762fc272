"""The page of coverage: what each system gave month by month, and what is missing."""

from __future__ import annotations

from datetime import date

from reports.document import Document, Paragraph, Section, Sign, Table, Text, text, told
from reports.pages.published import Published
from reports.reading import read
from reports.wording import year_of
from warehouse.words.messages import say
from warehouse.words.person import fold

YEARS = 3
SIGNS = {"complete": "●", "partial": "◐", "missing": "○", "not_required": "·", "to_come": "…"}


def coverage(published: Published) -> Document:
    """The page of coverage, the newest year first."""
    language = published.language
    found = {
        (row["source"], row["period_start"]): row["state"] for row in read(published.connection, "coverage")
    }
    told_of = {published.indicators[code]["source_system"] for code, _ in published.figures}
    sources = sorted({source for source, _ in found} | told_of, key=lambda code: fold(published.source(code)))
    this_month = published.as_of.date().replace(day=1)
    sections = []
    newest = published.as_of.year if this_month.month > 1 else published.as_of.year - 1
    for year in range(newest, newest - YEARS, -1):
        months = [date(year, month, 1) for month in range(1, 13)]
        lines = tuple(
            (
                text(published.source(source)),
                *(
                    _cell(
                        "to_come" if month >= this_month else found.get((source, month), "not_required"),
                        language,
                    )
                    for month in months
                ),
            )
            for source in sources
        )
        headings = (
            text(say("page.source_name", language)),
            *(text(published.wording.month_name(month.month)) for month in months),
        )
        table = Table(told("page.coverage_caption", language, year=year_of(year)), headings, lines)
        sections.append(Section(text(year_of(year)), (table,), f"y{year}"))
    key = text(
        *[
            piece
            for state, sign in SIGNS.items()
            for piece in (f"{sign} {say(f'page.state.{state}', language)}", "  ")
        ]
    )
    return Document(
        text(say("page.coverage", language)),
        language,
        tuple(sections),
        (Paragraph(text(say("page.coverage_lead", language)), "lead"), Paragraph(key, "note")),
    )


def _cell(state: str, language: str) -> Text:
    return text(Sign(SIGNS[state], say(f"page.state.{state}", language)))
