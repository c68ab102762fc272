"""The page of a section: its figures of the year, then what can be seen of them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from reports.document import Block, Document, Paragraph, Section, Text, joined, text, told
from reports.pages import figures
from reports.pages.published import Published
from reports.reading import Row
from reports.wording import year_of
from warehouse.words.messages import say

MOST_FIGURES = 8
MOST_ROWS = 12  # of one indicator in the table of a section: its page has them all


def theme(published: Published, section: str) -> Document:
    """The page of a section."""
    language, year = published.language, published.year
    own = of_section(published, section)
    rows, gaps = told_rows(published, section)
    drawn: list[Block] = []
    observed = [code for code in own if not published.indicators[code]["is_about_observation"]]
    for code in sorted(observed, key=lambda code: code not in figures.OWN):
        drawn += figures.of_indicator(published, code, year, 1 if len(own) > 3 else figures.MOST_SERIES)
    caption = told("page.year_caption", language, year=year_of(year))
    table = figures.yearly(published, rows, gaps, caption, linked=True)
    told_year: Block = table if rows or gaps else Paragraph(text(say("page.no_figures", language)))
    beside = figures.TABLES[section](published, year) if section in figures.TABLES else []
    blocks = [told_year, *map(Paragraph, left_out(published, section, rows)), *beside]
    sections = [Section(told("page.figures_of", language, year=year_of(year)), tuple(blocks), "figures")]
    if drawn:
        sections.insert(0, Section(text(say("page.seen", language)), tuple(drawn[:MOST_FIGURES]), "seen"))
    return Document(text(say(f"section.{section}", language)), language, tuple(sections))


def of_section(published: Published, section: str) -> list[str]:
    """The indicators of a section, in order, those on the observing itself last."""
    own = [code for code, row in published.indicators.items() if row["section"] == section]
    return sorted(own, key=lambda code: bool(published.indicators[code]["is_about_observation"]))


def left_out(published: Published, section: str, rows: Sequence[Row]) -> list[Text]:
    """A sentence on the indicators of which the table of a section, `rows`, does not tell all."""
    all_rows, _ = told_rows(published, section, sys.maxsize)
    told_of, there_are = (Counter(row["indicator"] for row in found) for found in (rows, all_rows))
    links = [published.link(code) for code in there_are if told_of[code] < there_are[code]]
    if not links:
        return []
    return [told("page.only_largest", published.language, pages=joined(links, ", "))]


def told_rows(published: Published, section: str, most: int = MOST_ROWS) -> tuple[list[Row], list[Row]]:
    """The figures of a section that its table of the year tells, and those that are missing.

    At most `most` are of one indicator, the greatest.
    """
    rows: list[Row] = []
    gaps: list[Row] = []
    for code in of_section(published, section):
        rows += [row for row in published.of_year(code, published.year) if is_something(row)][:most]
        gaps += [gap for gap in published.gaps_of_year(code, published.year) if not gap["dimension"]]
    return rows, gaps


def is_something(row: Row) -> bool:
    """Whether a part of a figure is or was anything: of editions long gone, nothing is told."""
    return not row["dimension"] or bool(row["value"]) or bool(row["previous_value"])
