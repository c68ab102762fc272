"""Read a file as the layout says that it fits: the one way from a declared table to its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sources.layouts import Layout
from sources.reading.fields import Field
from sources.reading.judging import Reading
from warehouse.spec import SourceSpec

Special = Callable[[Mapping[str, Field]], Mapping[str, Field]]
"""What a source adds: it gets the fields of a layout by column, and gives all that are read."""


@dataclass(frozen=True)
class FileToRead:
    """A file, what messages call it, when it was received, and a folder to work in."""

    path: Path
    name: str
    received_at: datetime
    work: Path


@dataclass(frozen=True)
class LayoutReading:
    """The layout that a file fits, the sheet that was read, and what became of the file's rows.

    `reading.account.quarantine` is Parquet of `sources.staged.Quarantined`: each faulty cell by sheet, line,
    position of the column, what was found, and the reason that says what was expected.
    """

    layout: Layout
    sheet: str | None
    reading: Reading


def read(
    file: FileToRead,
    spec: SourceSpec,
    layouts: Sequence[Layout],
    *,
    constants: Mapping[str, str | int],
    zone: str,
    language: str,
    special: Special | None = None,
) -> LayoutReading:
    """Recognise the file among `layouts` and read it; writes nothing but in the work folder.

    `constants` are columns that no file holds (office, delivery_id). Raises RefusedDeliveryError when two
    layouts fit, or none, or when a date or a decimal sign can be read in two ways.
    """
    raise NotImplementedError
