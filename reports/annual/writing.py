"""Writes the documents of a year into a folder; what people saved there stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from reports.annual.annexes import Release
from reports.annual.composing import Texts, action_plan, activity_report, financial_report, quality_table
from reports.annual.paper import on_paper
from reports.charts.drawing import Drawer
from reports.document import Block, Document, Table, text
from reports.docx import docx
from reports.html import Frame, page
from reports.pages.published import Published
from reports.pdf import pdf
from reports.xlsx import xlsx
from warehouse.words.messages import say

# The forms of each document, by the name of its file in the catalogue.
FORMS = {
    "report": ("html", "pdf", "docx"),
    "financial": ("html", "pdf", "docx"),
    "quality": ("xlsx", "pdf", "docx"),
    "plan": ("xlsx", "pdf", "docx"),
}


def documents(published: Published, texts: Texts, release: Release) -> Iterator[tuple[str, Document]]:
    """The documents of a year, each with its name in FORMS."""
    yield "report", activity_report(published, texts, release)
    yield "financial", financial_report(published, texts, release)
    yield "quality", quality_table(published, release)
    yield "plan", action_plan(published, release)


def write_documents(
    published: Published, texts: Texts, release: Release, drawer: Drawer, template: Path | None, folder: Path
) -> tuple[list[Path], list[Path]]:
    """Write every document in each of its forms; those that were there stay until all are made.

    Gives what was written, and under which names documents are kept that somebody changed since they were
    written. Files of other names are not touched.
    """
    building = folder.with_name(f".{folder.name}-building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    files = []
    for name, document in documents(published, texts, release):
        if name in ("quality", "plan") and not any(isinstance(one, Table) for one in _blocks(document)):
            continue  # the office declares none
        for form in FORMS[name]:
            file = _file(name, form, str(published.year), published.language)
            (building / file).write_bytes(_content(document, form, published, drawer, template))
            files.append(file)
    ours = [folder / name for name in names_of_documents(str(published.year), published.language)]
    folder.mkdir(exist_ok=True)
    kept = set_aside(ours)
    for stale in ours:
        stale.unlink(missing_ok=True)
    at = datetime.now(UTC).timestamp()
    for file in files:
        os.utime(building / file, (at, at))
        (building / file).rename(folder / file)
    building.rmdir()
    return [folder / file for file in files], kept


def names_of_documents(year: str, language: str) -> list[str]:
    """The names of all files that a writing of a year's documents may make."""
    return [_file(name, form, year, language) for name, forms in FORMS.items() for form in forms]


def _file(name: str, form: str, year: str, language: str) -> str:
    """The name of a document's file."""
    return f"{say(f'annual.file.{name}', language)}-{year}.{form}"


def saved_since(ours: Sequence[Path]) -> list[Path]:
    """The documents that somebody saved since they were written.

    All of one writing have the same time of their last change: who saves one later gives it another.
    """
    times = {path: path.stat().st_mtime for path in ours if path.is_file()}
    return [path for path, time in times.items() if time != min(times.values())]


def set_aside(ours: Sequence[Path]) -> list[Path]:
    """Rename the documents that were changed since they were written, and give their new names."""
    kept = []
    for path in saved_since(ours):
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        kept.append(path.rename(path.with_name(f"{path.stem}-{at:%Y%m%dT%H%M%SZ}{path.suffix}")))
    return kept


def _blocks(document: Document) -> Iterator[Block]:
    for section in document.sections:
        yield from section.blocks


def _content(
    document: Document, form: str, published: Published, drawer: Drawer, template: Path | None
) -> bytes:
    """A document in one of its forms."""
    office, as_of = published.names.office, published.as_of.astimezone(UTC)
    match form:
        case "html":
            return page_of(document, published, drawer).encode("utf-8")
        case "pdf":
            return pdf(on_paper(document), office, as_of, drawer)
        case "docx":
            return docx(on_paper(document), office, as_of.replace(tzinfo=None), drawer, template)
    return xlsx(document, office)


def page_of(document: Document, published: Published, drawer: Drawer) -> str:
    """The document as one page, its sections in the place of other pages."""
    parts = [(f"#{section.anchor}", section.title) for section in document.sections if section.anchor]
    below = text(published.moment(published.standing["refreshed_at"]))
    return page(
        document, "", Frame(published.names.office, [("#main", document.title), *parts], below), drawer
    )
