"""Marks around text that a file or a person gave, within a sentence of ours (`warehouse.words.shapes`)."""

from __future__ import annotations

import re
from typing import Final

# Unicode's own signs around text of foreign origin: first strong isolate, pop directional isolate.
OPENS: Final = "\u2068"
CLOSES: Final = "\u2069"
MARKS = re.compile(f"[{OPENS}{CLOSES}]")


def typed(text: object) -> str:
    """The text, marked as one that somebody typed; marks that it brings along are taken out."""
    return f"{OPENS}{plain(str(text))}{CLOSES}"


def plain(text: str) -> str:
    """The text without marks, as it was typed: for the office itself."""
    return MARKS.sub("", text)
