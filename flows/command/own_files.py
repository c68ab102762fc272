"""The files of a home that are the office's own: how a person is found in them, and what is to be done then.

Vigie changes none of them. A PDF is not read: Vigie writes each beside the same document in another form,
which says what stands in it; one that stands alone is named, for somebody else to look into.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal

from reports.annual.writing import names_of_documents, saved_since
from warehouse.storage.contents import count_in
from warehouse.storage.layout import Home
from warehouse.words.person import Person

Kind = Literal["text", "draft", "changed", "published", "other"]
PARTS: dict[str, Kind] = {"texts": "text", "draft": "draft", "published": "published"}
PDF = b"%PDF-"
READ_BESIDE = (".html", ".docx", ".xlsx")  # the forms beside a PDF, of which any will do


@dataclass(frozen=True)
class OwnFiles:
    """Files of one folder of which the same is to be done; `year` is that of the report that they are of."""

    kind: Kind
    year: str
    folder: Path
    files: tuple[Path, ...]


def count_in_own(person: Person, path: Path) -> int | None:
    """How often a person is in a file of the office's own; None of a PDF that nothing beside it says.

    Beside a PDF that means: of the same name, and saved in the same second, as all documents of one writing.
    """
    with path.open("rb") as file:
        if file.read(len(PDF)) != PDF:
            return count_in(person, path)
    for twin in (path.with_suffix(form) for form in READ_BESIDE):
        if twin.is_file() and int(twin.stat().st_mtime) == int(path.stat().st_mtime):
            return count_in(person, twin)
    return person.count(path.name) or None


def what_to_do(home: Home, files: Iterable[Path], language: str) -> Iterator[OwnFiles]:
    """The files by what is to be done of them: first the texts, which documents are written from."""
    kinds: list[Kind] = ["text", "other", "draft", "changed", "published"]
    placed = [(*_kind_of(home, path, language), path) for path in files]
    placed.sort(key=lambda one: (kinds.index(one[0]), *one[1:]))
    for (kind, year, folder), several in groupby(placed, key=lambda one: one[:3]):
        yield OwnFiles(kind, year, folder, tuple(one[3] for one in several))


def _kind_of(home: Home, path: Path, language: str) -> tuple[Kind, str, Path]:
    """What a file is, of which year's report, and in which folder."""
    parts = path.relative_to(home.reports).parts if path.is_relative_to(home.reports) else ()
    if len(parts) < 3 or parts[1] not in PARTS:  # not <year>/<part>/<file>
        return "other", "", path.parent
    year, kind = parts[0], PARTS[parts[1]]
    if kind == "draft":
        ours = [path.parent / name for name in names_of_documents(year, language)]
        # A new draft puts aside what somebody saved, and leaves files of other names as they are.
        if path not in ours or path in saved_since(ours):
            kind = "changed"
    return kind, year, path.parent
