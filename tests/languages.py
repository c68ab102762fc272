"""Words of one language alone, as the catalogue knows them: how a text in the wrong language is found."""

from __future__ import annotations

import re

from warehouse.words.messages import LANGUAGES, catalogue

# Shorter words are too often written alike in both.
WORD = re.compile(r"[^\W\d_]{4,}")


def words_of(*begins: str, language: str) -> set[str]:
    """Words of the texts in a language, of keys that begin so, that no such text in the other one has."""
    found: dict[str, set[str]] = {}
    for key, texts in catalogue().items():
        if key.startswith(begins):
            for one in LANGUAGES:
                text = re.sub(r"\{\w+:?([^}]*)\}", r" \1 ", texts[one])
                found.setdefault(one, set()).update(WORD.findall(text.lower()))
    return found.pop(language) - found.popitem()[1]
