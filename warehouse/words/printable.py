"""Text of files, cells and people as a screen or a log may show it: on one line, nothing hidden that acts."""

from __future__ import annotations

import unicodedata

from warehouse.words.marks import plain

SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str, keep: str = "") -> str:
    """The text with every character that is not seen written out, such as `\\n`, `\\u001b` or `\\u202e`.

    A terminal obeys some of them, others turn what follows round or make two names look the same, and a line
    break forges a line. Spaces of any width stay, and so do the characters of `keep`. What is written out is
    as JSON escapes it, so that a JSON text still means the same. Our own marks are left out
    (`warehouse.words.marks`).
    """
    text = plain(text)
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in keep or unicodedata.category(c) == "Zs" else _written_out(c)
        for c in text
    )


def _written_out(character: str) -> str:
    if character in SHORT:
        return SHORT[character]
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))
