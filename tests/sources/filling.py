"""Registers filled with random truth: the cells that somebody may type, and what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from random import Random
from typing import Any

import duckdb
from openpyxl import Workbook, load_workbook

from demo.making import FIRST, OFFICES
from sources.templates import Column, Sheet, content, workbooks
from warehouse.office.model import load_office
from warehouse.spec import NUMERIC

SEED = 2026
ROWS = 6
OFFICE = load_office(OFFICES / FIRST / "office.yml")
# Of what there is one a site, the first site's.
BOOKS = [
    one
    for one in workbooks(OFFICE, 2025)
    if "boutique-" not in one[1] or "-auch-" in one[1] or "stock" in one[1]
]
NAMES = [name for _, name, _ in BOOKS]
Filled = dict[str, tuple[list[list[Any]], list[dict[str, Any]]]]
"""Of each sheet the rows of cells that were typed, and of each row what it means, by our columns."""


def truth(random: Random, column: Column, rank: int) -> tuple[Any, Any]:
    """A cell that somebody may type in a column, and what it means."""
    spec, layout = column.spec, column.layout
    if spec is None or layout is None:
        return "12", None
    if column.is_time:
        typed = time(random.randint(9, 17), random.randint(0, 59))
        return typed, typed
    if not column.is_required and random.random() < 0.2:
        return None, None
    if spec.name == "site":
        site = random.choice(OFFICE.sites)
        return site.name, site.code
    if spec.name == "country_code":
        return random.choice((("France", "FR"), ("Espagne", "ES"), ("Inconnu", "unknown")))
    if spec.name == "department_code":
        return random.choice((("31 - Haute-Garonne", "31"), ("Inconnu", "unknown")))
    if spec.type == "boolean":
        return random.choice((("oui", True), ("non", False)))
    if layout.values:
        means, words = random.choice(list(layout.values.items()))
        return words[0], means
    if spec.name == "month_start":
        day = date(2025, 1 + rank, 1)
        return day, day
    if spec.type in ("date", "timestamp"):
        day = date(2025, 2, 1) + timedelta(31 * rank + random.randint(0, 20))
        return day, day
    bounds = spec.bounds
    if spec.type in NUMERIC:
        least = int(str((bounds and bounds.minimum) or 0))
        most = int(str((bounds and bounds.maximum) or least + 400))
        number = random.randint(least, min(most, least + 400))
        if spec.type == "integer":
            return number, number
        cents = 0 if number == most else random.randint(0, 99)
        return float(Decimal(100 * number + cents) / 100), Decimal(100 * number + cents) / 100
    text = {"period": "2025", "article": f"70{rank}"}.get(spec.name, f"N{random.randint(100, 999)}-{rank}")
    return text, text


def filled(name: str, sheets: Sequence[Sheet]) -> Filled:
    """Random rows of each sheet."""
    random = Random(f"{SEED} {name}")
    found: Filled = {}
    for sheet in sheets:
        typed, meant = [], []
        for rank in range(ROWS):
            pairs = [truth(random, column, rank) for column in sheet.columns]
            means = {c.spec.name: told for c, (_, told) in zip(sheet.columns, pairs, strict=True) if c.spec}
            for place, spec in enumerate(column.spec for column in sheet.columns):
                wholes: list[Any] = [means.get(name) for name in spec.part_of] if spec else []
                if spec and means[spec.name] is not None and wholes and None not in wholes:
                    means[spec.name] = min(means[spec.name], sum(wholes))
                    pairs[place] = means[spec.name], means[spec.name]
            if "contacted_at" in means:
                at = datetime.combine(means["local_date"], means["contacted_at"], OFFICE.zone)
                means["contacted_at"] = at.astimezone(UTC).replace(tzinfo=None)
            typed.append([cell for cell, _ in pairs])
            meant.append(means)
        found[sheet.name] = typed, meant
    return found


def as_given(name: str, sheets: Sequence[Sheet], rows: Filled) -> bytes:
    """The template with these rows typed below its headings."""
    book = load_workbook(BytesIO(content(sheets, OFFICE)))
    for sheet, (typed, _) in rows.items():
        for line, cells in enumerate(typed, 3):
            for at, cell in enumerate(cells, 1):
                book[sheet].cell(line, at).value = cell
    return saved(book)


def as_changed(name: str, sheets: Sequence[Sheet], rows: Filled) -> bytes:
    """The same with its columns in another order, under other headings, and one more between them."""
    random = Random(f"{SEED} moved {name}")
    given, book = load_workbook(BytesIO(as_given(name, sheets, rows))), Workbook()
    book.remove(book.active)
    for page in given.worksheets:
        other = book.create_sheet(page.title)
        cells = [list(row) for row in page.iter_rows(values_only=True)]
        if page.title not in rows:
            for row in cells:
                other.append(row)
            continue
        width = len(cells[0])
        order = random.sample(range(width), width)
        headings = [f"Titre changé {at}" for at in range(width)]
        cells = [cells[0], headings, *cells[2 : 2 + ROWS]]
        place = random.randint(0, width)
        for line, row in enumerate(cells):
            moved = [row[at] for at in order]
            added = (None, "À nous")[line] if line < 2 else "3"
            other.append([*moved[:place], added, *moved[place:]])
    return saved(book)


def saved(book: Workbook) -> bytes:
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def loaded(reading: Any, sheet: Sheet, meant: Sequence[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """What was loaded of a sheet and what was meant, as comparable texts."""
    columns = list(meant[0])
    path = reading.tables[sheet.table.name]
    rows = duckdb.execute(f"SELECT {', '.join(columns)} FROM read_parquet('{path}')").fetchall()
    shown = [
        sorted(repr([_shown(value) for value in row]) for row in table)
        for table in (rows, [[one[name] for name in columns] for one in meant])
    ]
    return shown[0], shown[1]


def _shown(value: Any) -> Any:
    """Numbers alike, however many zeros follow their point."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{float(value):.4f}"
    return value
