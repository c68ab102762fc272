"""A table of a register written in other ways gives the same rows; a broken one loads none but its own."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sources.catalogue import find
from sources.layouts import shipped
from tests.conftest import REPOSITORY
from tests.sources.conftest import ReadSource
from warehouse.errors import RefusedDeliveryError

HERE = Path(__file__).parent
SOURCES = REPOSITORY / "sources"
Cells = list[list[str]]
WAYS = 1  # a reading costs a third of a second; the audit of test_broken_templates.py tries many more


def cells(path: Path) -> Cells:
    """The cells of a fixture, by the encoding that it has and the separator that gives it the most."""
    content = path.read_bytes()
    if content.startswith(codecs.BOM_UTF16_LE):
        written = content.decode("utf-16")
    else:
        try:
            written = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            written = content.decode("cp1252")
    ways = [[row for row in csv.reader(io.StringIO(written), delimiter=one) if row] for one in ";,"]
    return max(ways, key=lambda rows: len(rows[0]) if rows else 0)


def is_table(path: Path) -> bool:
    """Whether a fixture is one table from its first line to its last."""
    return len({len(row) for row in cells(path)}) == 1


# Of every source with layouts each fixture that is one table, whoever writes it.
DECLARED = sorted(path.parent.name for path in SOURCES.glob("*/layouts"))
TABLES = [
    str(path.relative_to(HERE))
    for source in DECLARED
    for path in sorted((HERE / source / "fixtures").glob("*.csv"))
    if is_table(path)
]


def test_every_source_with_layouts_has_a_table_that_is_broken() -> None:
    assert {table.split("/")[0] for table in TABLES} == set(DECLARED)


def text(rows: Cells, separator: str) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator).writerows(rows)
    return written.getvalue()


def written_otherwise(random: Random, source: str, rows: Cells) -> bytes:
    """A table in one of the separators and encodings that are met, or in those that the source declares."""
    files = [one.file for one in shipped(find(source).SPEC)]
    separators = [one.separator for one in files if one.separator] or [";", "\t"]
    encodings: list[str] = [one.encoding for one in files if one.encoding] or [
        "utf-8",
        "utf-8-sig",
        "cp1252",
        "utf-16",
    ]
    return text(rows, random.choice(separators)).encode(random.choice(encodings))


def loaded(read_source: ReadSource, source: str, content: bytes, name: str) -> Counter[Any]:
    """The rows that were loaded; none of a file that is refused."""
    try:
        return Counter(read_source(source, content, name).rows("*"))
    except RefusedDeliveryError:
        return Counter()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("way", range(WAYS))
def test_rows_are_the_same_however_their_table_is_written(
    read_source: ReadSource, table: str, way: int
) -> None:
    random = Random(f"{table}{way}")
    path = HERE / table
    rows = cells(path)
    true = loaded(read_source, table.split("/")[0], path.read_bytes(), path.name)
    order = list(range(len(rows[0])))
    random.shuffle(order)
    other = [[row[at] for at in order] for row in rows]
    if random.random() < 0.5:
        place = random.randint(0, len(order))
        other = [
            [*row[:place], "Inconnue" if rank == 0 else "x", *row[place:]] for rank, row in enumerate(other)
        ]
    other[0] = [random.choice((str.upper, str.lower, str.title, str))(head) for head in other[0]]
    if random.random() < 0.5:
        other.insert(1 + random.randrange(len(rows)), [""] * len(other[0]))
    if random.random() < 0.5:
        other = [["Registre de l'office"], *other]
    content = written_otherwise(random, table.split("/")[0], other)
    assert loaded(read_source, table.split("/")[0], content, path.name) == true


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("way", range(WAYS))
def test_a_broken_table_loads_no_row_that_was_not_there(
    read_source: ReadSource, table: str, way: int
) -> None:
    random = Random(f"{table}{way}")
    path = HERE / table
    rows = cells(path)
    true = loaded(read_source, table.split("/")[0], path.read_bytes(), path.name)
    broken = [list(row) for row in rows]
    at, column = random.randrange(1, len(rows)), random.randrange(len(rows[0]))
    harm = random.choice(("half saved", "shifted", "cell too many", "headless", "lost column"))
    if harm == "shifted":
        broken[at] = ["", *broken[at]]
    elif harm == "cell too many":
        broken[at].insert(column, "12")
    elif harm == "headless":
        broken = broken[1:]
    elif harm == "lost column":
        broken = [[cell for n, cell in enumerate(row) if n != column] for row in broken]
    content = text(broken, ";").encode()
    if harm == "half saved":
        content = content[: random.randrange(len(content) // 3, len(content))]
    found = loaded(read_source, table.split("/")[0], content, path.name)
    if harm == "lost column":  # of an optional column rows are there without it
        assert sum(found.values()) <= sum(true.values())
    else:
        assert found <= true, harm
