"""Tags: a hidden row of the workbooks that `vigie init --templates` writes, which says what each column is.

A tag is `vigie:` and the heading as the layout knows it. It moves with its column, and stays when somebody
renames the heading below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sources.reading.heading import Heading, fitting

MARK = "vigie:"


def tag(heading: str) -> str:
    """The tag of a column with that heading; of an empty text, that of a sheet which holds no table."""
    return f"{MARK}{heading}"


def is_explained(head: Sequence[Sequence[str]]) -> bool:
    """Whether a sheet is one of ours that holds no table: its first cell is a tag without a heading."""
    return bool(head) and bool(head[0]) and head[0][0].strip() == MARK


def tagged(head: Sequence[Sequence[str]]) -> tuple[int, list[str], list[str]] | None:
    """The rank of the heading below a row of tags, its cells as the tags say, and as they are written.

    A column without a tag keeps its heading: somebody added it. None where no row of tags is.
    """
    for rank, row in enumerate(head):
        tags = [cell.strip() for cell in row]
        if any(len(cell) > len(MARK) and cell.startswith(MARK) for cell in tags):
            below = next((at for at in range(rank + 1, len(head)) if any(map(str.strip, head[at]))), None)
            if below is None:
                return None
            written = list(head[below])
            width = max(len(tags), len(written))
            tags += [""] * (width - len(tags))
            written += [""] * (width - len(written))
            said = [
                cell.removeprefix(MARK) if cell.startswith(MARK) else heading
                for cell, heading in zip(tags, written, strict=True)
            ]
            return below, said, written
    return None


def contradicted(said: Sequence[str], written: Sequence[str], heading: Heading) -> list[tuple[str, str]]:
    """The columns whose tag says one of our columns and whose heading another: each tag and heading."""
    by_tag, by_heading = fitting(said, heading), fitting(written, heading)
    of_tag = {rank: name for name, ranks in by_tag.items() for rank in ranks}
    of_heading = {rank: name for name, ranks in by_heading.items() for rank in ranks}
    return [
        (said[rank], written[rank])
        for rank, name in sorted(of_tag.items())
        if said[rank] != written[rank] and of_heading.get(rank, name) != name
    ]
