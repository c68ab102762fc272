"""Lines of delimited text with empty cells beyond the heading, which DuckDB takes for rows like the others.

Where every line has them, the tool ends its lines with a separator. Where only some have, a cell too many may
have shifted theirs: they are no rows.
"""

from __future__ import annotations

import csv
import mmap
from pathlib import Path

TOO_MANY = "="  # in a cell of its own, beyond those of a shifted line: no reader takes it then


def with_shifted_told(path: Path, separator: str, heading_line: int, width: int, work: Path) -> Path:
    """A UTF-8 file in which lines with empty cells beyond the `width` of some have one more, not empty.

    It is a copy in `work`, line by line the same; the file itself where no line has any, or every one.
    """
    ends = separator.encode() + b"\n"
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(ends) < 0 and content[-1:] != ends[:1]:
            return path
    longer: set[int] = set()
    lines = 0
    with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as source:
        for number, line in enumerate(source, 1):
            text = line.removesuffix("\n")
            if number <= heading_line or not text.strip(f"{separator} "):
                continue
            lines += 1
            # The last line of a row over several lines holds an odd number of quotes.
            if text.endswith(separator) and text.count('"') % 2 == 0:
                cells = next(csv.reader([text], delimiter=separator), [])
                if len(cells) > width and not any(cells[width:]):
                    longer.add(number)
    if not longer or len(longer) == lines:
        return path
    copy = work / "shifted.csv"
    with (
        path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as source,
        copy.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
    ):
        for number, line in enumerate(source, 1):
            text = line.removesuffix("\n")
            target.write(f"{text}{separator}{TOO_MANY}\n" if number in longer else line)
    return copy
