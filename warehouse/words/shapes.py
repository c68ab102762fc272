"""Text that a file or a person gave, marked where it is quoted and shown by its shape where others read.

Nobody knows what stands in a cell, a heading or a file's name: a telephone number may stand where a nature
was asked for. Whoever writes a sentence with such text in it marks the text (`typed`). The working database
keeps the sentence whole, for the office itself (`plain`); what is published, sent or logged shows each marked
part by its shape (`shown`): « 10 chiffres », « texte de 23 caractères ».
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from unicodedata import normalize

from warehouse.words.marks import CLOSES, OPENS, plain, typed
from warehouse.words.messages import say

__all__ = ["of_library", "plain", "shape", "shown", "shown_name", "typed", "words_of"]

MARKED = re.compile(f"{OPENS}([^{OPENS}{CLOSES}]*)(?:{CLOSES}|$)")
# Periods in the names of files: a year, its month or day in either order, its half or quarter.
MONTH, DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
YEAR = r"(?:19|20|21)\d\d"
PERIOD = "|".join(
    (
        rf"{DAY}(?P<a>[-_.]){MONTH}(?P=a){YEAR}",
        rf"{YEAR}(?P<b>[-_.]?){MONTH}(?P=b){DAY}(?:T\d{{6}}Z)?",
        rf"{YEAR}[-_.]?{MONTH}",
        YEAR,
        "[STQH][1-4]",
        # The rank of a file, away from other digits: two of them side by side may be a telephone number.
        r"(?<!\d[-_. ])\d{1,2}(?![^\W_])(?![-_. ]\d)",
    )
)
# A part of a name that stands alone: no letter and no digit before or after it.
PIECE = re.compile(rf"(?<![^\W_])(?P<period>{PERIOD})(?![^\W_])|(?P<other>[^\W_]+)", re.IGNORECASE)
# All between quotes; or a number as long as a telephone's, with or without separators.
QUOTED = re.compile(r"""["'`«“‘].*["'`»”’]|\+?\d(?:[ .-]?\d){5,}""", re.DOTALL)
ENDINGS = ("csv", "json", "ndjson", "ods", "tsv", "txt", "xls", "xlsm", "xlsx", "xml", "zip")
# A file's name, or a source and how the names of its files begin (`source:` of an incident).
IS_NAME = re.compile(rf"[^/\\\n]+\.(?:{'|'.join(ENDINGS)})|[a-z_]+/[^/\n]*", re.IGNORECASE)


def shown(text: str, language: str, words: Collection[str] = ()) -> str:
    """The text with every marked part by its shape, for whoever else reads.

    A part that is a file's name keeps the pieces that are `words` (small letters) or periods (`shown_name`).
    """

    def of(part: re.Match[str]) -> str:
        inner = part[1]
        return shown_name(inner, language, words) if IS_NAME.fullmatch(inner) else shape(inner, language)

    return plain(MARKED.sub(of, text))


def shown_name(name: str, language: str, words: Collection[str]) -> str:
    """A file's name with every piece that is neither one of `words`, a period nor an ending by its shape."""

    def of(piece: re.Match[str]) -> str:
        known = piece["period"] or piece[0].casefold() in words or piece[0].casefold() in ENDINGS
        return piece[0] if known else f"[{shape(piece[0], language)}]"

    return PIECE.sub(of, normalize("NFC", name))


def of_library(text: str) -> str:
    """What a library says of an error, with whatever it may quote of a file marked.

    That is all between the first quote and the last, since an apostrophe looks like one, and long numbers.
    """
    return QUOTED.sub(lambda found: typed(found[0]), text)


def words_of(texts: Collection[str]) -> frozenset[str]:
    """The words that names may hold, in small letters: those of patterns, codes and labels."""
    return frozenset(piece[0].casefold() for text in texts for piece in re.finditer(r"[^\W_]+", text))


# What a text is made of, the first that fits, by the end of its key in the catalogue.
SHAPES: dict[str, Callable[[str], bool]] = {
    "empty": lambda text: not text.strip(),
    "digits": lambda text: text.isdecimal(),
    "text": lambda _: True,
}


def shape(text: str, language: str) -> str:
    """What a text looks like, without any part of it: `10 digits`, `text of 23 characters`."""
    key = next(key for key, fits in SHAPES.items() if fits(text))
    return say(f"shape.{key}", language, count=len(text))
