"""The workbooks that people keep by hand, empty: `vigie init --templates`.

They are made of what reads them: the layouts that have a `template`, and source.yml, whose sample row tells
the order of the columns. Each sheet has a hidden row of tags (`sources.reading.tags`), headings, a list of
the known words where a column has them, and formats of dates and numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

import sources.catalogue
from sources.by_layout import known_headings
from sources.layouts import Layout, LayoutColumn, shipped
from sources.places import countries
from sources.reading.heading import Heading, fitting, is_pattern
from sources.reading.tags import tag
from warehouse.office.model import Office
from warehouse.spec import NUMERIC, ColumnSpec, SourceSpec, TableSpec
from warehouse.words.messages import say

ROWS = 5000  # that have lists and formats
LONGEST_LIST = 255  # signs of a list that Excel takes in the cell itself
WIDEST = 42
LISTS = "Listes"


@dataclass(frozen=True)
class Column:
    """A column of a sheet. Without `spec` it is the office's own: known, and never read."""

    heading: str
    spec: ColumnSpec | None = None
    layout: LayoutColumn | None = None
    is_time: bool = False

    @property
    def is_required(self) -> bool:
        """Whether a row without it is set aside."""
        return self.spec is not None and self.spec.required and not self.is_time


@dataclass(frozen=True)
class Sheet:
    """A sheet that a layout reads; `samples` are rows that show how it is filled."""

    name: str
    layout: Layout
    table: TableSpec
    columns: Sequence[Column]
    samples: Sequence[Sequence[str]]


def write_templates(folder: Path, office: Office, today: date) -> list[Path]:
    """Write the workbooks that are not there yet into `folder/<source>`; the paths of those written."""
    written = []
    for source, name, sheets in workbooks(office, today.year):
        path = folder / source / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(sheets, office))
            written.append(path)
    return written


def workbooks(office: Office, year: int) -> Iterator[tuple[str, str, list[Sheet]]]:
    """Each workbook: its source, its name, and its sheets in the order of the layouts' names."""
    for source in sources.catalogue.names():
        spec = sources.catalogue.find(source).SPEC
        of_file: dict[str, list[Sheet]] = {}
        for layout in shipped(spec):
            if layout.template is not None:
                of_file.setdefault(layout.template.file, []).append(_sheet(spec, layout))
        for file, sheets in of_file.items():
            sites = [site.code for site in office.sites] if "{site}" in file else [""]
            for site in sites:
                yield source, file.format(year=year, site=site), sheets


def _sheet(spec: SourceSpec, layout: Layout) -> Sheet:
    """What a layout reads, in the order of the sample that source.yml gives of it, else in its own."""
    assert layout.template is not None
    table, heading = spec.table(layout.table), known_headings(layout)
    samples: Sequence[Sequence[str]] = []
    told: list[str] = []
    for delivery in spec.deliveries:
        if table.name in delivery.tables and delivery.sample:
            first, *others = csv.reader(io.StringIO(delivery.sample), delimiter=";")
            if heading.required <= set(fitting(first, heading)):
                told, samples = first, others
                break
    # The sample may leave out what is optional; what is dropped unread it names as the office keeps it.
    own = [next((one for one in names if not is_pattern(one)), None) for names in heading.columns.values()]
    found = fitting(told, heading)
    missing = [
        text
        for (name, _), text in zip(heading.columns.items(), own, strict=True)
        if text and name not in found and not (name.startswith("-") and told)
    ]
    columns = [_column(text, layout, table, heading) for text in dict.fromkeys((*told, *missing))]
    return Sheet(layout.template.sheet, layout, table, columns, samples)


def _column(text: str, layout: Layout, table: TableSpec, heading: Heading) -> Column:
    """What the layout reads below a heading: the first of our columns, which says what a cell may hold."""
    known = {column.name: column for column in table.columns}
    for name in fitting([text], heading):
        spellings = set(heading.columns[name])
        for ours, column in layout.columns.items():
            if spellings & set(column.heading):
                return Column(text, known[ours], column)
            if spellings & set(column.time):
                return Column(text, known[ours], column, is_time=True)
    return Column(text)


def content(sheets: Sequence[Sheet], office: Office) -> bytes:
    """The bytes of a workbook of these sheets, behind one that explains them; no cell of it is a formula."""
    target = io.BytesIO()
    with Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        # Always the same bytes.
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 the format has no zone
        _explain(book, sheets, office.language)
        pages = [book.add_worksheet(sheet.name) for sheet in sheets]
        lists = _Lists(book)
        for page, sheet in zip(pages, sheets, strict=True):
            _draw(book, page, sheet, lists, office)
        pages[0].activate()
        lists.hide()
    return target.getvalue()


def _explain(book: Workbook, sheets: Sequence[Sheet], language: str) -> None:
    """The first sheet: how the workbook is kept, and what each column is to hold."""
    page = book.add_worksheet(say("template.sheet", language))
    bold = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.write_string(0, 0, tag(""))
    page.set_row(0, None, None, {"hidden": True})
    page.write_string(1, 0, say("template.title", language), bold)
    row = 2
    for line in say("template.rules", language).split("\n"):
        page.merge_range(row, 0, row, 3, line, wrapped)
        page.set_row(row, 30)
        row += 1
    page.set_column(0, 0, 18)
    page.set_column(1, 1, WIDEST)
    page.set_column(2, 2, 16)
    page.set_column(3, 3, 90)
    for sheet in sheets:
        row += 1
        for at, key in enumerate(("sheet_head", "column_head", "required_head", "expected_head")):
            page.write_string(row, at, say(f"template.{key}", language), head)
        for column in sheet.columns:
            row += 1
            required = "template.required" if column.is_required else "template.not_required"
            cells = (sheet.name, column.heading, say(required, language), _expected(column, language))
            for at, text in enumerate(cells):
                page.write_string(row, at, text, wrapped)
        row += 1
        for sample in sheet.samples:
            row += 1
            page.write_string(row, 0, say("template.sample", language), wrapped)
            page.write_string(row, 1, " | ".join(sample))
    page.hide_gridlines(2)


def _expected(column: Column, language: str) -> str:
    """What a cell of the column is to hold, in words."""
    if column.spec is None:
        return say("template.dropped", language)
    if column.is_time:
        return say("template.time", language)
    if column.spec.name in ("site", "country_code", "department_code"):
        return say(f"template.{column.spec.name}", language)
    words = _words_of(column)
    if words:
        key = "template.words" if column.spec.type not in NUMERIC else "template.number_or_words"
        return say(key, language, words=", ".join(f"« {word} »" for word in words))
    kind = "number" if column.spec.type in NUMERIC else column.spec.type
    if column.spec.type == "integer":
        kind = "integer"
    told = say(f"template.{'date' if kind == 'timestamp' else kind}", language)
    bounds = column.spec.bounds
    if column.spec.type in NUMERIC and bounds is not None:
        told += say("template.bounds", language, **bounds.in_words)
    return told


def _words_of(column: Column) -> list[str]:
    """The words that the layout knows, the first way of writing of each."""
    if column.spec is None or column.layout is None:
        return []
    if column.spec.type == "boolean" and not column.layout.values:
        return ["oui", "non"]
    return [words[0] for words in column.layout.values.values() if words and not is_pattern(words[0])]


class _Lists:
    """The words of the lists, on a hidden sheet where they are too long for a cell."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._page: Worksheet | None = None
        self._of: dict[tuple[str, ...], str] = {}

    def source(self, words: Sequence[str]) -> list[str] | str:
        """What a validation names as its list."""
        if len(",".join(words)) <= LONGEST_LIST and not any("," in word for word in words):
            return list(words)
        key = tuple(words)
        if key not in self._of:
            self._page = self._page or self._book.add_worksheet(LISTS)
            at = len(self._of)
            self._page.write_column(0, at, words)
            letter = chr(ord("A") + at)
            self._of[key] = f"={LISTS}!${letter}$1:${letter}${len(words)}"
        return self._of[key]

    def hide(self) -> None:
        """Hide the sheet of the lists, if there is one."""
        if self._page is not None:
            self._page.hide()


def _draw(book: Workbook, page: Worksheet, sheet: Sheet, lists: _Lists, office: Office) -> None:
    """The hidden row of tags, the headings, and for each column its format and what may be typed in it."""
    formats = {
        name: book.add_format({"num_format": shown})
        for name, shown in (
            ("date", "dd/mm/yyyy"), ("month", "mm/yyyy"), ("time", "hh:mm"), ("integer", "0"),
            ("number", "#,##0.00"), ("text", "@"),
        )
    }  # fmt: skip
    styles = {
        is_required: book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": colour}
        )
        for is_required, colour in ((True, "#d9e8f5"), (False, "#f2f2f2"))
    }
    page.write_row(0, 0, [tag(column.heading) for column in sheet.columns])
    page.set_row(0, None, None, {"hidden": True})
    for at, column in enumerate(sheet.columns):
        page.write_string(1, at, column.heading, styles[column.is_required])
        kind = _kind(column)
        width = max(12, min(WIDEST, len(column.heading) + 2))
        page.set_column(at, at, width, formats.get(kind))
        rule = _rule(column, kind, lists, office)
        if rule is not None:
            page.data_validation(2, at, 1 + ROWS, at, {**rule, **_warning(column, office.language)})
    page.freeze_panes(2, 0)
    page.autofilter(1, 0, 1 + ROWS, len(sheet.columns) - 1)


def _kind(column: Column) -> str:
    """How cells of the column are shown."""
    if column.spec is None:
        return ""
    if column.is_time:
        return "time"
    if column.spec.name == "month_start":
        return "month"
    if column.spec.type in ("date", "timestamp"):
        return "date"
    if column.spec.type in NUMERIC:
        return "integer" if column.spec.type == "integer" else "number"
    return "text"


def _rule(column: Column, kind: str, lists: _Lists, office: Office) -> Mapping[str, object] | None:
    """What may be typed in a column: a word of its list, a day, a number within its bounds."""
    if column.spec is None or kind == "time":
        return None
    words = _words_of(column)
    if column.spec.type in NUMERIC and words:
        return None
    if column.spec.name == "site":
        words = [*words, *(site.name for site in office.sites)]
    elif column.spec.name == "country_code":
        words = list(countries(office.language))
    if words:
        return {"validate": "list", "source": lists.source(words)}
    bounds = column.spec.bounds
    least, most = (bounds.minimum, bounds.maximum) if bounds else (None, None)
    if kind in ("date", "month"):
        return {"validate": "date", "criteria": "between", "minimum": least, "maximum": most}
    if kind in ("integer", "number"):
        validate = "integer" if kind == "integer" else "decimal"
        if most is None:
            return {"validate": validate, "criteria": ">=", "value": least or 0}
        return {"validate": validate, "criteria": "between", "minimum": least or 0, "maximum": most}
    return None


def _warning(column: Column, language: str) -> dict[str, str]:
    """What a spreadsheet says of a value that is none of those: it asks, since the reader judges again."""
    return {
        "error_type": "warning",
        "error_title": column.heading[:32],
        "error_message": say("template.unexpected", language)[:255],
    }
