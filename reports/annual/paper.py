"""A document as it is printed, where nothing unfolds."""

from __future__ import annotations

from dataclasses import replace

from reports.document import Block, Document, Figure, Section, Table, Text, text
from warehouse.words.messages import say


def on_paper(document: Document) -> Document:
    """The document as it is printed: the numbers of its charts in an annex, where a page unfolds them.

    Of its tables the columns in which nothing stands are left out, and captions that say the heading again.
    """
    tables: list[Block] = []

    def without(block: Block, title: Text) -> Block:
        if isinstance(block, Table):
            table = _filled(block)
            return replace(table, caption=Text()) if str(table.caption) == str(title) else table
        if not isinstance(block, Figure) or block.table is None or block.chart is None:
            return block
        tables.append(_filled(replace(block.table, caption=block.title)))
        return replace(block, table=None)

    sections = [
        replace(section, blocks=tuple(without(block, section.title) for block in section.blocks))
        for section in document.sections
    ]
    if tables:
        title = text(say("annual.numbers", document.language))
        sections.append(Section(title, tuple(tables), "numbers"))
    return replace(document, sections=tuple(sections))


def _filled(table: Table) -> Table:
    """A table without the columns in which nothing stands."""
    kept = [rank for rank in range(len(table.headings)) if rank == 0 or any(row[rank] for row in table.rows)]
    return replace(
        table,
        headings=tuple(table.headings[rank] for rank in kept),
        rows=tuple(tuple(row[rank] for rank in kept) for row in table.rows),
        numeric=frozenset(place for place, rank in enumerate(kept) if rank in table.numeric),
    )
