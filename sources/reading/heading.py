"""Find the heading of a table and what its columns are to us, whatever case and accents it is written in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from warehouse.errors import RefusedDeliveryError
from warehouse.words.messages import say

HEADING_WITHIN = 30
# Signs that are written in several ways, as headings are compared.
TYPOGRAPHY = str.maketrans({"’": "'", "‘": "'", "º": "°"})


@dataclass(frozen=True)
class Heading:
    """The columns that a file must or may have: our name for each, and its headings: texts, or /patterns/.

    Those of `several` may stand over more than one column.
    """

    columns: Mapping[str, Sequence[str]]
    required: frozenset[str]
    several: frozenset[str] = frozenset()


@lru_cache(maxsize=8192)  # each cell of the first lines is compared with every heading of every layout
def plain(text: str) -> str:
    """A heading for comparison: no case, accents, outer spaces or doubled spaces.

    Signs such as arrows stay: two headings may differ by nothing else.
    """
    flat = unicodedata.normalize("NFKD", text.translate(TYPOGRAPHY))
    return spaced("".join(sign for sign in flat if unicodedata.category(sign) not in ("Mn", "Cf")))


def spaced(text: str) -> str:
    """A heading for comparison as it is written: no case, outer spaces or doubled spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def is_pattern(text: str) -> bool:
    """True for a regular expression, written between slashes."""
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


@cache
def matcher(spelling: str) -> Callable[[str], bool]:
    """A test of plain texts: whether one is the spelling itself, or is found by its pattern."""
    if not is_pattern(spelling):
        wanted = plain(spelling)
        return lambda text: text == wanted
    flat = unicodedata.normalize("NFKD", spelling[1:-1].translate(TYPOGRAPHY))
    found = re.compile("".join(s for s in flat if unicodedata.category(s) != "Mn"), re.IGNORECASE).search
    return lambda text: found(text) is not None


def fitting(cells: Sequence[str], heading: Heading) -> dict[str, list[int]]:
    """Ranks of the cells that fit each of our columns; those that fit as they are written go first.

    Patterns come last, and take no cell that a text has taken.
    """
    found: dict[str, list[int]] = {}

    def free(fold: Callable[[str], str]) -> list[tuple[int, str]]:
        taken = {rank for ranks in found.values() for rank in ranks}
        return [(rank, fold(cell)) for rank, cell in enumerate(cells) if rank not in taken]

    for fold in (spaced, plain):
        texts = free(fold)
        for name, spellings in heading.columns.items():
            if name not in found:
                written = (fold(one) for one in spellings if not is_pattern(one))
                fits = ([rank for rank, cell in texts if cell == one] for one in written)
                if ranks := next(filter(None, fits), []):
                    found[name] = ranks
    for name, spellings in heading.columns.items():
        if name not in found:
            texts = free(plain)
            patterns = (matcher(one) for one in spellings if is_pattern(one))
            fits = ([rank for rank, cell in texts if cell and fit(cell)] for fit in patterns)
            if ranks := next(filter(None, fits), []):
                found[name] = ranks
    return found


def column_names(cells: Sequence[str], heading: Heading) -> list[str]:
    """Our name for each heading cell; cells that we do not know get a name that no column has."""
    names = [f"~{rank}" for rank in range(len(cells))]
    for name, (rank, *_) in reversed(fitting(cells, heading).items()):
        names[rank] = name
    return names


def refuse_ambiguous(
    cells: Sequence[str], name: str, heading: Heading, language: str, place: str = ""
) -> None:
    """Raise RefusedDeliveryError when two cells fit one of our columns; `place`: where headings are said."""
    remedy = say("refused.ambiguous_heading_in", language, place=place) if place else ""
    for ours, ranks in fitting(cells, heading).items():
        if len(ranks) > 1 and ours not in heading.several:
            raise RefusedDeliveryError(
                say(
                    "refused.ambiguous_heading",
                    language,
                    file=name,
                    heading=heading.columns[ours][0],
                    place=remedy,
                    columns=", ".join(f"« {cells[rank].strip()} » ({rank + 1})" for rank in ranks),
                )
            )


def best_heading(rows: Sequence[Sequence[str]], heading: Heading) -> tuple[int, list[str]]:
    """The row with the most known headings: its rank and its cells.

    A heading may stand in two rows, of which the upper one is merged over several columns, or the lower one
    is empty below a cell of the upper: its cells are then those of the lower row, or both joined.
    """
    best: tuple[int, int, list[str]] = (-1, 0, [])
    for rank, row in enumerate(rows):
        for cells in (list(row), *(_in_two_rows(rows[rank - 1], row) if rank else ())):
            score = len(fitting(cells, heading))
            if score > best[0]:
                best = (score, rank, cells)
    return best[1], best[2]


def _in_two_rows(above: Sequence[str], below: Sequence[str]) -> tuple[list[str], list[str]]:
    """The headings that two rows make: the lower else the upper cell, and both joined."""
    width = max(len(above), len(below))
    uppers = [*above, *[""] * (width - len(above))]
    lowers = [*below, *[""] * (width - len(below))]
    lower_else_upper = [low if low.strip() else up for up, low in zip(uppers, lowers, strict=True)]
    for rank in range(1, width):
        if not uppers[rank].strip() and lowers[rank].strip():
            uppers[rank] = uppers[rank - 1] if lowers[rank - 1].strip() else ""
    return lower_else_upper, [f"{up} {low}".strip() for up, low in zip(uppers, lowers, strict=True)]


def missing_columns(
    name: str, missing: set[str] | frozenset[str], heading: Heading, language: str = "fr"
) -> str:
    """In words, which mandatory columns a file lacks."""
    return say("refused.missing_column", language, file=name, columns=wanted(missing, heading))


def wanted(columns: set[str] | frozenset[str], heading: Heading) -> str:
    """Our columns by the first of their headings, as messages list them."""
    return ", ".join(sorted("« " + heading.columns[n][0] + " »" for n in columns))
