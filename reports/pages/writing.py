"""Writes the pages of a published version into its folder, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

from reports.charts.drawing import Drawer
from reports.document import Code, Document, Text, told
from reports.exports.selection import Held
from reports.exports.writing import write_csv, write_workbook
from reports.html import Frame, page
from reports.order import rank
from reports.pages import followed
from reports.pages.coverage import coverage
from reports.pages.incidents import FILE, incidents
from reports.pages.index import index
from reports.pages.indicator import indicator
from reports.pages.published import COVERAGE_FILE, Names, Published, indicator_file, theme_file
from reports.pages.theme import theme
from warehouse.publishing.datapackage import quoted
from warehouse.publishing.versions import PAGES
from warehouse.storage.database import only_read
from warehouse.storage.layout import DATABASE_NAME
from warehouse.storage.private import open_like
from warehouse.words.messages import say

BUILDING, REPLACED = ".pages-building", ".pages-replaced"
FIRST = "index.html"


def write_pages(version: Path, names: Names, kept: Path) -> int:
    """Write `pages/` into the folder of a published version; returns how many charts were drawn for it.

    `kept` is a folder in which drawings and workbooks are kept from one version to the next. The pages that
    were there stay until the new ones are whole.
    """
    building = version / BUILDING
    shutil.rmtree(building, ignore_errors=True)
    (building / "files").mkdir(parents=True)
    drawer = Drawer(names.language, kept)
    with only_read(version / DATABASE_NAME) as connection:
        published = Published(connection, names)
        frame = Frame(names.office, tabs(published), below(published, version.name))
        for file, document in documents(published):
            (building / file).write_text(page(document, file, frame, drawer), encoding="utf-8")
        write_files(published, drawer, building / "files")
    drawer.forget_others()
    open_like(building, version)
    replaced = version / REPLACED
    shutil.rmtree(replaced, ignore_errors=True)
    if (version / PAGES).exists():
        (version / PAGES).rename(replaced)
    building.rename(version / PAGES)
    shutil.rmtree(replaced, ignore_errors=True)
    return drawer.drawn


def documents(published: Published) -> Iterator[tuple[str, Document]]:
    """Every page: its file and what is on it."""
    yield FIRST, index(published)
    for section in published.sections:
        yield theme_file(section), theme(published, section)
    for file, compose in OTHERS.items():
        yield file, compose(published)
    for code in published.indicators:
        yield indicator_file(code), indicator(published, code)


def tabs(published: Published) -> Sequence[tuple[str, str]]:
    """The pages that every page leads to: file and name."""
    language = published.language
    sections = sorted(published.sections, key=rank)
    return (
        (FIRST, say("page.home", language)),
        *((theme_file(section), say(f"section.{section}", language)) for section in sections),
        *((file, say(f"page.{name}", language)) for file, name in zip(OTHERS, OTHER_NAMES, strict=True)),
    )


OTHERS: dict[str, Callable[[Published], Document]] = {
    FILE: incidents,
    "quality.html": followed.quality,
    "action-plan.html": followed.action_plan,
    COVERAGE_FILE: coverage,
}
OTHER_NAMES = ("incidents", "quality", "plan", "coverage")


def below(published: Published, version: str) -> Text:
    """What stands at the foot of every page."""
    at = published.moment(published.standing["refreshed_at"])
    return told("page.below", published.language, at=at, version=Code(version))


def write_files(published: Published, drawer: Drawer, folder: Path) -> None:
    """The figures of months and years of each indicator that has any, with all places and details, as files.

    They do not hold the instant of the night, which the page says: files of the same figures are the same,
    and their workbooks are not made again.
    """
    table = published.values_table
    columns = tuple(column for column in table.columns if column.name != "refreshed_at")
    names = ", ".join(quoted(column.name) for column in columns)
    query = f"""SELECT {names} FROM marts.indicator_value WHERE period_kind IN ('month', 'year')
                ORDER BY indicator, period_kind, site, dimension, period_start"""
    rank = [column.name for column in columns].index("indicator")
    found = published.connection.execute(query).fetchall()
    by_code = {code: list(rows) for code, rows in groupby(found, key=lambda row: row[rank])}
    for code in filter(published.has_figures, published.indicators):
        series = Held(replace(table, columns=columns), query, by_code[code])
        path = folder / f"{code}.csv"
        write_csv(published.connection, series, path)
        content = "\n".join((published.language, *(one.comment for one in columns), path.read_text("utf-8")))
        workbook = drawer.made(content, "xlsx", partial(_workbook, published, series, folder / f".{code}"))
        (folder / f"{code}.xlsx").write_bytes(workbook)


def _workbook(published: Published, series: Held, aside: Path) -> bytes:
    write_workbook(published.connection, [series], aside, published.language, is_small=True)
    written = aside.read_bytes()
    aside.unlink()
    return written
