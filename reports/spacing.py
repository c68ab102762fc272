"""Where a line of text may not break, in each language."""

from __future__ import annotations

import re

# Before a sign that stands apart, inside quotation marks, and behind the day of a month.
FRENCH = (
    (re.compile(" ([%€:?!»])"), "\u00a0\\1"),
    (re.compile(" ;"), "\u202f;"),
    (re.compile("« "), "«\u00a0"),
    (re.compile(r"(\d|\b1er) (?=[^\W\d_])"), "\\1\u00a0"),
)


def unbroken(words: str, language: str) -> str:
    """Words of ours, with the spaces that the language does not break at."""
    if language == "fr":
        for pattern, instead in FRENCH:
            words = pattern.sub(instead, words)
    return words
